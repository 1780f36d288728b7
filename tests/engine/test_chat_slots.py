"""Values in chat: what people write round them makes no difference, and what belongs to them stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from babel.numbers import format_currency
from hypothesis import given
from hypothesis import strategies as st

from atom_shopify_plugin.actions.run import Call
from atom_shopify_plugin.catalog.loading import packaged
from atom_shopify_plugin.catalog.spoken import BASE, KINDS
from atom_shopify_plugin.chat.conversation import Chat, Reply
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.domain import ShopDomain

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

Say = Callable[[str], Reply]
TODAY = date(2026, 11, 30)
PLAIN = ("name", "code", "text", "query")
PHRASES = [
    (phrase, name, kind)
    for command in packaged().commands.values()
    for phrase in command.says
    for name, kind in command.slots.items()
    if f"{{{name}}}" in phrase and set(command.slots.values()) <= set(PLAIN)
]
LITERAL = [phrase for command in packaged().commands.values() for phrase in command.says if "{" not in phrase]
QUOTES = ["{}", '"{}"', "'{}'", "“{}”", "„{}“", "»{}«", "« {} »", "‘{}’", "`{}`"]
ENDS = ["", "?", ".", "!", "?!", " ?", "...", "…", ",", ";", "？", "。", "؟", ". "]
STARTS = ["", "shopify ", "Shopify, ", "SHOPIFY: ", "  ", "¿"]
VALUES = {
    "name": st.from_regex(r"#?[A-Za-z0-9]([A-Za-z0-9 -]{0,10}[A-Za-z0-9])?", fullmatch=True),
    # With inch and foot marks, anywhere but in front.
    "code": st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9_/\"' .-]{0,10}[A-Za-z0-9\"'])?", fullmatch=True),
    "text": st.from_regex(r"[a-z0-9]([a-z0-9@. -]{0,10}[a-z0-9])?", fullmatch=True),
    "query": st.from_regex(r"(FROM|from|SHOW) [a-z]{1,9}", fullmatch=True),
}


@pytest.fixture(scope="module")
def chat() -> Chat:
    """Chat that only understands: nothing is asked of stores."""
    nothing: Any = None
    return Chat(packaged(), nothing, nothing, nothing, nothing, nothing)


def test_every_plain_kind_of_slot_has_its_values_here() -> None:
    assert set(VALUES) == set(KINDS) - set(BASE) == set(PLAIN)
    assert {kind for _, _, kind in PHRASES} <= set(VALUES)


@pytest.mark.parametrize(("phrase", "name", "kind"), PHRASES)
@given(data=st.data())
def test_what_stands_round_a_value_makes_no_difference(
    chat: Chat, phrase: str, name: str, kind: str, data: st.DataObject
) -> None:
    value = " ".join(data.draw(VALUES[kind]).split())
    plain = chat.match(phrase.replace(f"{{{name}}}", value), TODAY)
    assert plain is not None
    # A phrase with more literal words may be meant: “use shopify”.
    if name not in plain[1]:
        return
    assert plain[1][name] == value
    quoted = data.draw(st.sampled_from(QUOTES)).format(value)
    said = phrase.replace(f"{{{name}}}", quoted + data.draw(st.sampled_from(ENDS)))
    said = data.draw(st.sampled_from(STARTS)) + data.draw(st.sampled_from([said, said[0].upper() + said[1:]]))
    assert chat.match(said, TODAY) == plain, said


@pytest.mark.parametrize("phrase", LITERAL)
def test_what_stands_round_a_phrase_makes_no_difference(chat: Chat, phrase: str) -> None:
    plain = chat.match(phrase, TODAY)
    assert plain is not None
    changes = plain[0].key in ("undo", "default_store")  # a question does not change anything
    ends = [end for end in ENDS if not (changes and end.strip()[-1:] in ("?", "？", "؟"))]
    for start, end in [*((start, "!") for start in STARTS), *(("", end) for end in ends)]:
        assert chat.match(f"{start}{phrase.upper()}{end}", TODAY) == plain


@given(st.text(max_size=80))
def test_no_text_is_too_strange_to_be_read(chat: Chat, text: str) -> None:
    for phrase, name, _ in PHRASES:
        found = chat.match(phrase.replace(f"{{{name}}}", text), TODAY)
        assert found is None or all(value == value.strip() != "" for value in found[1].values())


# In a store


@pytest.fixture
def say(runtime: Runtime, principal: Principal, store: Store) -> Say:
    def say(text: str) -> Reply:
        reply = runtime.chat.answer(principal, text)
        assert reply is not None, f"not understood: {text}"
        return reply

    return say


@pytest.fixture
def run(runtime: Runtime, principal: Principal, store: Store) -> Callable[..., Any]:
    return lambda action, **given: runtime.actions.run(Call(principal, action, given)).data


@pytest.mark.parametrize(
    "text", ["order #1001?", 'order "#1001"', "order “#1001”.", "order: #1001", "order (1001)!", "order ＃1001"]
)
def test_an_order_is_found_however_its_name_is_written(say: Say, text: str) -> None:
    reply = say(text)
    assert reply.ok, reply.text
    assert reply.text.startswith("#1001 · ")


@pytest.mark.parametrize(
    "text", ['stock TV-55"', 'stock TV-55"?', 'stock "TV-55""', "stock TV-55”", "stock 'TV-55\"'."]
)
def test_an_inch_mark_belongs_to_its_sku(say: Say, run: Callable[..., Any], text: str) -> None:
    red = run("inventory_level_get", sku="MUG-RED")
    run("variant_update", id=red["variant"]["id"], sku='TV-55"')
    reply = say(text)
    assert reply.ok, reply.text
    assert reply.text.startswith('TV-55" · ')


def test_between_quotes_a_sku_is_taken_as_it_is(say: Say, run: Callable[..., Any]) -> None:
    red = run("inventory_level_get", sku="MUG-RED")
    run("variant_update", id=red["variant"]["id"], sku="WHAT?")
    assert say('stock "WHAT?"').ok


@pytest.mark.parametrize("text", ["product mug?", 'product "mug"', "product “Mug”!"])
def test_free_text_is_searched_for_without_what_stands_round_it(say: Say, text: str) -> None:
    assert "Mug" in say(text).text


# Money


def test_a_refunded_order_shows_what_is_left_of_each_line_and_what_went_back(say: Say, run: Callable[..., Any]) -> None:
    (order, *_) = (
        order
        for order in run("order_search", limit=250)["items"]
        if order["display_financial_status"] == "PARTIALLY_REFUNDED" and not order["cancelled_at"]
    )
    text = say(f"order {order['name']}").text
    for line in order["line_items"]["nodes"]:
        gone = line["quantity"] - line["current_quantity"]
        said = f", {gone} of {line['quantity']} refunded or removed" if gone else ""
        sku = f" ({line['sku']})" if line["sku"] else ""
        assert f"\n{line['current_quantity']} × {line['name']}{sku}{said}\n" in f"{text}\n"
    assert any(line["quantity"] != line["current_quantity"] for line in order["line_items"]["nodes"])
    head = text.splitlines()[0]
    assert money(order["current_total_price"]) in head
    assert f"(at first {money(order['total_price'])})" in head
    assert f"\nRefunded: {money(order['total_refunded'])}" in text


def test_an_untouched_order_says_nothing_of_refunds(say: Say, run: Callable[..., Any]) -> None:
    run("order_create", line_items=[{"title": "Engraving", "price": "12.1", "quantity": 3}])
    newest = run("order_search", limit=1)["items"][0]["name"]
    reply = say(f"order {newest}")
    assert reply.text.splitlines()[0].startswith(f"{newest} · 36,30\xa0€ · ")
    assert "3 × Engraving" in reply.text
    assert "efunded" not in reply.text
    assert "at first" not in reply.text


def test_a_long_order_says_how_many_lines_it_does_not_show(say: Say, run: Callable[..., Any]) -> None:
    run("order_create", line_items=[{"title": f"Line {n}", "price": "1.00"} for n in range(120)])
    newest = run("order_search", limit=1)["items"][0]["name"]
    text = say(f"order {newest}").text
    assert text.count(" × Line ") == 20
    assert "… and 100 further lines" in text


def money(bag: Any) -> str:
    return format_currency(Decimal(bag["shop_money"]["amount"]), bag["shop_money"]["currency_code"], locale="en_DE")


# Stores


@pytest.fixture
def connect(runtime: Runtime, sandbox: Sandbox, principal: Principal, store: Store) -> Callable[[str], None]:
    """Connect the second store, which shows some name."""

    def connect(name: str) -> None:
        outlet = ShopDomain("outlet.myshopify.com")
        (shop,) = sandbox.store(str(outlet)).all("Shop").values()
        shop["name"] = name
        token = Secret(sandbox.issue_admin_token(str(outlet), scopes=runtime.settings.scopes))
        runtime.connections.connect_token(principal, outlet, token)

    return connect


@pytest.mark.parametrize(
    "text",
    [
        "use My Shop!", "use my shop", 'use "My  Shop!"', "use MY SHOP?", "use outlet", "use OUTLET.myshopify.com.",
        "use https://outlet.myshopify.com/admin", "use admin.shopify.com/store/outlet",
    ],
)  # fmt: skip
def test_a_store_is_used_by_any_of_its_names(say: Say, connect: Callable[[str], None], text: str) -> None:
    connect("My Shop!")
    reply = say(text)
    assert reply.ok, reply.text
    assert reply.data == {"shop": "outlet.myshopify.com"}
    assert "outlet (My Shop!) is now used" in reply.text


def test_the_handle_of_one_store_goes_before_the_name_of_another(say: Say, connect: Callable[[str], None]) -> None:
    connect("Demo")
    assert say("use Demo").data == {"shop": "demo.myshopify.com"}


def test_two_stores_of_one_name_are_told_apart_by_their_handles(
    say: Say, runtime: Runtime, sandbox: Sandbox, principal: Principal, connect: Callable[[str], None]
) -> None:
    (shop,) = sandbox.store("demo.myshopify.com").all("Shop").values()
    shop["name"] = "Main Shop"
    demo = ShopDomain("demo.myshopify.com")
    token = Secret(sandbox.issue_admin_token(str(demo), scopes=runtime.settings.scopes))
    runtime.connections.connect_token(principal, demo, token)
    connect("main shop")
    reply = say("use Main Shop")
    assert not reply.ok
    assert "demo (Main Shop)" in reply.text
    assert "outlet (main shop)" in reply.text
    assert say("use outlet").ok


def test_who_names_no_store_of_theirs_hears_which_they_have(say: Say) -> None:
    reply = say("use Our Other Shop")
    assert not reply.ok
    assert "Our Other Shop" in reply.text
    assert "demo (Demo" in reply.text
    assert "myshopify.com domain" not in reply.text
