"""What is said after an answer, and what the conversation asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from atom_shopify_plugin.chat.conversation import Reply
from atom_shopify_plugin.storage.stores.chat_states import ChatStateRow

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.storage import Store

Say = Callable[[str], Reply]


def names(reply: Reply) -> list[str]:
    return [line.split(" · ")[0] for line in reply.text.splitlines() if line.startswith("#")]


def test_a_list_goes_on_and_its_things_can_be_named(say: Say) -> None:
    first = names(say("show me the orders"))
    second = names(say("more"))
    assert len(first) == len(second) == 10
    assert not set(first) & set(second)
    assert say("the second one").text.startswith(f"{second[1]} · ")
    assert f"“{second[1]}”" in say("cancel it").text
    assert say("no").text == "Nothing was changed."
    assert say("3").text.startswith(f"{second[2]} · ")
    assert say("the last one").text.startswith(f"{second[-1]} · ")
    assert "The list has no number 40" in say("40").text
    say("more")
    assert say("more").text == "There is no more."
    assert say("#1001").text.startswith("#1001 · ")
    assert "Ada Lovelace" in say("ada@example.com").text


def test_a_question_is_asked_again_for_another_period_or_store(say: Say, outlet: Store) -> None:
    say("orders in October")
    other = say("and last month?")
    assert other.command == "orders_by"
    week = names(say("what about last week"))
    assert week
    there = say("in outlet")
    assert "$" in there.text
    both = say("in all stores")
    assert both.text.startswith("Demo:\n")
    assert "Outlet:\n" in both.text
    assert say("list products in outlet").command == "products"


def test_a_missing_value_is_asked_for_and_the_next_message_gives_it(say: Say) -> None:
    assert say("track").text == "Which order? Its name is enough, such as #1001."
    assert say("1003").text.startswith("#1003 · ")
    assert say("order?").data == {"asks_for": "name"}
    assert say("yes").text.startswith("Which order?")
    assert say("list products").command == "products"
    asked = say("draft order for ada@example.com")
    assert asked.text == "Which product? Say its SKU or its name."
    shown = say("MUG-BLUE")
    assert "sku: MUG-BLUE" in shown.text
    assert "ada@example.com" in shown.text
    say("set the stock of MUG-BLUE to")
    assert "→ 12" in say("12").text


def test_a_value_that_is_asked_for_is_no_order_when_it_says_not_to(
    say: Say, runtime: Runtime, principal: Principal
) -> None:
    say("create product")
    for text in ("don't", "maybe later", "if you like"):
        reply = runtime.chat.answer(principal, text)
        assert reply is None or "Create a product" not in reply.text
        say("create product")


def test_products_are_found_by_words_and_several_are_asked_about(say: Say) -> None:
    asked = say("how many blue mugs do we have left?")
    assert "1. Mug Blue (MUG-BLUE)" in asked.text
    assert "2. Coastal Mug Blue (COASTAL-MUG-BLUE)" in asked.text
    assert say("the first one").text.startswith("MUG-BLUE · ")
    assert say("stock of Coastal Mug Blue").text.startswith("COASTAL-MUG-BLUE · ")
    nothing = say("stock of purple elephants")
    assert not nothing.ok
    assert "Nothing in demo is called “purple elephants”" in nothing.text


def test_it_means_nothing_before_something_was_spoken_of(say: Say) -> None:
    assert say("cancel it").text.startswith("Which order?")


def test_figures_come_from_the_copy_or_from_the_orders(say: Say, runtime: Runtime, store: Store) -> None:
    from copying import copy

    without = say("what did I sell last week compared to the week before")
    assert without.ok, without.text
    assert without.command == "sales_of"
    copy(runtime, store)
    told = say("what did I sell last week compared to the week before")
    assert told.command == "sales_numbers"
    assert "| Total sales |" in told.text
    assert "€" in told.text


def test_german_is_answered_in_german(say: Say) -> None:
    reply = say("storniere Bestellung 1001")
    assert "Sag ja" in reply.text
    assert say("nein").text == "Nichts wurde geändert."
    assert "verfügbar" in say("Bestand von MUG-BLUE").text


def test_what_is_near_is_suggested(say: Say) -> None:
    reply = say("cancel order 1001 and 1002")
    assert not reply.ok
    assert "“cancel order #1001”" in reply.text


def test_the_state_is_encrypted_expires_and_is_forgotten_with_the_store(
    say: Say, runtime: Runtime, principal: Principal, store: Store
) -> None:
    say("customer ada@example.com")
    with runtime.storage.read() as session:
        row = session.scalar(select(ChatStateRow))
        assert row is not None
        assert row.content is not None
        assert b"ada" not in row.content
    with runtime.storage.begin() as session:
        session.execute(update(ChatStateRow).values(key_id="old"))
    assert runtime.storage.chat_states.forget(store.id) == 1
    say("customer ada@example.com")
    runtime.connections.revoke(principal, store.shop)
    assert runtime.storage.chat_states.read(principal).version == 0
