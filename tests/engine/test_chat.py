"""Chat: what is understood, and how it is answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from atom_shopify_plugin.actions.call import Call
from atom_shopify_plugin.chat.conversation import Reply
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.storage.stores.conversations import Conversation

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
    "text",
    ["", "good morning", "delete everything", "x" * 10_000, "\0", "how are you?", "the weather in Berlin", "yes", "no",
     "more"],
)  # fmt: skip
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
    assert say("use outlet").text.startswith("outlet (Outlet) is now used in this conversation.")
    assert say("stores").text.splitlines() == ["demo (Demo): active, default", "outlet (Outlet): active, in use here"]
    elsewhere = runtime.chat.answer(replace(principal, via="desk"), "stores")
    assert elsewhere is not None
    assert "demo (Demo): active, default, in use here" in elsewhere.text
    assert say("list products").data != runtime.fanout.run(Call(principal, "product_search", {}), None).data
    found = runtime.storage.memberships.find(principal, None)
    assert found is not None
    assert found.shop.handle == "demo", "REST, the command line and workflows go on with the default store"
    assert "Chat, REST, the command line and your workflows use it" in say("make outlet my default").text
    found = runtime.storage.memberships.find(principal, None)
    assert found is not None
    assert found.shop == outlet
    assert say("stores").text.splitlines() == ["outlet (Outlet): active, default, in use here", "demo (Demo): active"]


def test_what_a_conversation_is_about_is_forgotten_after_half_a_day(
    say: Say, runtime: Runtime, sandbox: Sandbox, principal: Principal
) -> None:
    outlet = ShopDomain("outlet.myshopify.com")
    token = Secret(sandbox.issue_admin_token(str(outlet), scopes=runtime.settings.scopes))
    connected = runtime.connections.connect_token(principal, outlet, token)
    say("use outlet")
    with runtime.storage.begin() as session:
        session.execute(update(Conversation).values(expires_at=runtime.storage.now() + timedelta(hours=1)))
    assert runtime.storage.conversations.store(principal) is not None
    with runtime.storage.read() as session:
        assert session.scalar(select(Conversation.expires_at)) > runtime.storage.now() + timedelta(hours=11)
    with runtime.storage.begin() as session:
        session.execute(update(Conversation).values(expires_at=runtime.storage.now() - timedelta(seconds=1)))
    assert "demo (Demo): active, default, in use here" in say("stores").text
    assert runtime.storage.cleanup()["conversations"] == 1
    say("use outlet")
    runtime.storage.installations.uninstall(connected.id)
    assert "in use here" in say("stores").text.splitlines()[0]


def test_a_store_that_is_not_there_can_not_be_used(say: Say) -> None:
    for text in ("use nowhere", "use evil.com", "use Evil.com/admin", "use our best store"):
        assert not say(text).ok


def test_without_a_store_the_answer_holds_the_address_that_connects_one(runtime: Runtime, stranger: Principal) -> None:
    reply = runtime.chat.answer(stranger, "check orders")
    assert reply is not None
    assert not reply.ok
    assert "http://127.0.0.1:5058/shopify" in reply.text
