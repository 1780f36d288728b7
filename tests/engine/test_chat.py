"""Chat: what is understood, and how it is answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from atom_shopify_plugin.chat.conversation import Reply
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.domain import ShopDomain

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

Say = Callable[[str], Reply]


@pytest.fixture
def say(runtime: Runtime, principal: Principal, store: Store) -> Say:
    """Say something as the owner of the demo store."""

    def say(text: str) -> Reply:
        reply = runtime.chat.answer(principal, text)
        assert reply is not None, f"not understood: {text}"
        return reply

    return say


@pytest.mark.parametrize(
    ("text", "command", "part"),
    [
        ("list products", "products", "Mug"),
        ("Shopify, list products", "products", "Mug"),
        ("shopify list products", "products", "Mug"),
        ("LIST   PRODUCTS", "products", "Mug"),
        ("check orders", "orders", "\n#10"),
        ("product mug", "product", "Mug"),
        ("order #1001", "order", "#1001"),
        ("order 1001", "order", "#1001"),
        ("stock MUG-BLUE", "stock", "MUG-BLUE"),
        ("customer ada", "customer", "Ada Lovelace"),
        ("stores", "stores", "demo"),
        ("use demo", "use_store", "demo"),
        ("help", "help", "list products"),
    ],
)
def test_a_phrase_is_answered(
    runtime: Runtime, principal: Principal, store: Store, text: str, command: str, part: str
) -> None:
    reply = runtime.chat.answer(principal, text)
    assert reply is not None
    assert reply.ok, reply.text
    assert reply.command == command
    assert part in reply.text
    assert "{" not in reply.text


def test_use_shopify_is_not_taken_for_a_store_of_that_name(say: Say) -> None:
    for text in ("use shopify", "access shopify"):
        reply = say(text)
        assert reply.ok
        assert reply.command != "use_store"


@pytest.mark.parametrize(
    "text", ["", "good morning", "delete everything", "x" * 10_000, "\0", "product", "use \u202e", "order ?"]
)
def test_what_is_not_ours_is_left_to_others(runtime: Runtime, principal: Principal, store: Store, text: str) -> None:
    assert runtime.chat.answer(principal, text) is None


def test_a_slot_is_a_value_and_never_syntax(say: Say) -> None:
    reply = say('product mug" OR status:any')
    assert reply.ok
    assert "Mug" not in reply.text


def test_nothing_found_is_said_calmly(say: Say) -> None:
    assert say("product nosuchthing").ok
    reply = say("order #999999")
    assert not reply.ok
    assert reply.error is not None
    assert reply.error["code"] == "NOT_FOUND"


def test_another_store_can_be_taken_into_use(
    say: Say, runtime: Runtime, sandbox: Sandbox, principal: Principal
) -> None:
    outlet = ShopDomain("outlet.myshopify.com")
    runtime.connections.connect_token(
        principal, outlet, Secret(sandbox.issue_admin_token(str(outlet), scopes=runtime.settings.scopes))
    )
    assert "outlet" in say("use outlet").text
    assert say("stores").text.count("in use") == 1
    found = runtime.storage.memberships.find(principal, None)
    assert found is not None
    assert found.shop == outlet


def test_a_store_that_is_not_there_can_not_be_used(say: Say) -> None:
    for text in ("use nowhere", "use evil.com", "use Evil.com/admin", "use our best store"):
        assert not say(text).ok


def test_without_a_store_the_answer_holds_the_address_that_connects_one(runtime: Runtime, stranger: Principal) -> None:
    reply = runtime.chat.answer(stranger, "check orders")
    assert reply is not None
    assert not reply.ok
    assert "http://127.0.0.1:5058/shopify" in reply.text
