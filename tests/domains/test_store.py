"""The store itself, and what chat says of it all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from atom_shopify_plugin.catalog.loading import packaged

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.storage import Store

Run = Callable[..., Any]
COMMANDS = [(key, text) for key, command in packaged().commands.items() for text in command.examples]


def test_the_store_tells_its_name_and_currency(run: Run) -> None:
    shop = run("store_get")
    assert (shop["myshopify_domain"], shop["currency_code"]) == ("demo.myshopify.com", "EUR")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("list products", "Mug"),
        ("product mug", "Mug (mug) · active"),
        ("shopify check orders", "#10"),
        ("order #1001", "#1001 · "),
        ("order 1001", "#1001 · "),
        ("stock MUG-BLUE", "Main Warehouse: "),
        ("customer ada@example.com", "Ada Lovelace <ada@example.com>"),
        ("product no-such-thing", "No product matches that."),
        ("customer nobody@example.com", "No customer matches that."),
    ],
)
def test_chat_answers_in_plain_lines(
    runtime: Runtime, principal: Principal, store: Store, text: str, wanted: str
) -> None:
    reply = runtime.chat.answer(principal, text)
    assert reply is not None
    assert reply.ok
    assert wanted in reply.text


@pytest.mark.parametrize("text", ["order #999999", "stock NO-SUCH-SKU"])
def test_chat_says_calmly_what_is_not_there(runtime: Runtime, principal: Principal, store: Store, text: str) -> None:
    reply = runtime.chat.answer(principal, text)
    assert reply is not None
    assert not reply.ok
    assert "no such" in reply.text


@pytest.mark.parametrize(("key", "text"), COMMANDS)
def test_an_example_of_a_command_is_understood_as_that_command(runtime: Runtime, key: str, text: str) -> None:
    understood = runtime.chat.match(text)
    assert understood is not None
    assert understood[0].key == key
