"""Money in workflows: decimals, rounded half up to the digits of the currency, and never 0 by mistake."""

from __future__ import annotations

import json
from decimal import ROUND_HALF_UP, Decimal

from flow_house import eventually, step
from hypothesis import given
from hypothesis import strategies as st

from atom_shopify_plugin.hookspecs import Event
from atom_shopify_plugin.host.workflows.expressions import evaluate
from atom_shopify_plugin.plugin import ShopifyPlugin
from atom_shopify_plugin.sandbox.server import serve

CALCULATED = [
    ({"price": "{{ trigger.price * 0.5 }}"}, {"price": "2.00"}, {"price": "1.00"}),
    ({"price": "{{ trigger.price * 0.5 }}"}, {"price": "2.01", "currency": "EUR"}, {"price": "1.01"}),
    ({"price": "{{ trigger.price * trigger.quantity }}"}, {"price": "19.99", "quantity": 5}, {"price": "99.95"}),
    ({"price": "{{ trigger.price * 0.5 }}"}, {"price": 2.01, "currency": "EUR"}, {"price": "1.01"}),
    ({"price": "{{ trigger.price * 0.5 }}"}, {"price": "2011", "currency": "JPY"}, {"price": "1006"}),
    ({"price": "{{ trigger.price * 0.5 }}"}, {"price": "2.001", "currency": "KWD"}, {"price": "1.001"}),
    ({"price": "{{ (trigger.price / 3) | money('EUR') }}"}, {"price": "10.00"}, {"price": "3.33"}),
    ({"price": "{{ (trigger.price / 3) | round(2) }}"}, {"price": "10.00"}, {"price": "3.33"}),
    ({"price": "{{ trigger.price }}"}, {"price": None}, {"price": None}),
    ({"price": "{{ trigger.quantity * 5 }}"}, {"quantity": 3}, {"price": "15"}),
    ({"prices": [{"amount": "{{ trigger.price * 0.5 }}"}]}, {"price": "0.01", "currency": "EUR"},
     {"prices": [{"amount": "0.01"}]}),
    ({"quantity": "{{ trigger.quantity * 2 }}"}, {"quantity": "3"}, {"quantity": 6}),
    ({"quantity": "{{ trigger.quantity / 2 }}"}, {"quantity": 6}, {"quantity": 3}),
    ({"ratio": "{{ trigger.price / 4 }}"}, {"price": 1, "currency": "EUR"}, {"ratio": 0.25}),
    ({"rate": "{{ trigger.price * 1 }}"}, {"price": "0.1925", "currency": "EUR"}, {"rate": "0.1925"}),
    ({"id": "{{ trigger.id }}", "note": "{{ trigger.id }}"}, {"id": 9007199254740993},
     {"id": 9007199254740993, "note": "9007199254740993"}),
    ({"note": "{{ trigger.lines | map(attribute='price') | sum }}"},
     {"lines": [{"price": "0.10"}, {"price": "0.20"}]}, {"note": "0.30"}),
]  # fmt: skip


def test_an_amount_is_written_exactly(ada, ledger):
    for parameters, payload, written in CALCULATED:
        ada.create(step("s", "price", **parameters))
        answer = ada.execute(trigger_data=payload)
        assert answer["errors"] == [], parameters
        last = ledger.effects()[-1]
        assert (last, [*map(type, last.values())]) == (written, [*map(type, written.values())]), parameters


NOT_NUMBERS = [
    ("12,90", "text"), ("EUR 12.00", "text"), ("1e3", "text"), (" 12.00", "text"), ("١٢", "text"),
    ("", "empty text"), (None, "null"), (True, "a boolean"), ([1], "a list"), ({"no": 1}, "an object"),
]  # fmt: skip


NEEDING_NUMBERS = [
    "trigger.line.price * 2", "2 - trigger.line.price", "trigger.line.price | float", "-trigger.line.price",
    "trigger.line.price | money('EUR')", "1 if trigger.line.price <= 5 else 2", "trigger.line.price | int",
    "[trigger.line.price] | sum", "[1, trigger.line.price] | max",
]  # fmt: skip


def test_what_is_no_number_fails_the_step_by_name(ada, ledger):
    for expression in NEEDING_NUMBERS:
        ada.create(step("s", "price", price="{{ " + expression + " }}"))
        for value, kind in NOT_NUMBERS:
            answer = ada.execute(trigger_data={"line": {"price": value}})
            assert answer["status"] == "failed", (expression, value)
            (message,) = answer["errors"]
            assert message.startswith("price: ")
            assert kind in message, (expression, value)
            assert "trigger.line.price" in message or "[" in expression
            assert not value or str(value) not in message
    assert ledger.effects() == []


def test_a_missing_price_makes_no_condition_true(ada, ledger):
    ada.create(step("s", "price", price="1.00"), trigger={"key": "paid"}, conditions=["trigger.sum | int <= 5"])
    ledger.emit({"sum": None}, "e1")
    (run,) = ada.settled()
    assert run["state"] == "failed"
    assert run["error"]["message"].startswith("condition 1: `trigger.sum | int`: the value is null")
    assert ledger.effects() == []


WRONG = [
    ({"quantity": "{{ 5 / 2 }}"}, "quantity: the value is a number with a fraction"),
    ({"price": "{{ '2.01' * 0.5 }}"}, "price: the amount has more than two digits"),
    ({"prices": [{"amount": "{{ 1 / 3 }}"}]}, "prices: 0: amount: the amount has more than two digits"),
    ({"price": "{{ '1.00' + '2.00' }}"}, "two texts that are numbers"),
    ({"price": "{{ '1.00' | money('Euro') }}"}, "a currency is an ISO 4217 code"),
]


def test_what_would_be_written_wrongly_is_not_written(ada, ledger):
    for parameters, said in WRONG:
        ada.create(step("s", "price", **parameters))
        assert said in ada.execute()["errors"][0]
    assert ledger.effects() == []


def test_the_currency_of_one_store_rounds_no_amount_of_another(ada, ledger):
    ada.create(step("s", "price", price="{{ trigger.sum * 0.5 }}", shop="other"), trigger={"key": "paid"})
    ledger.emit({"sum": "2011", "currency": "JPY"}, "e1")
    ada.settled()
    assert ledger.effects() == [{"price": "1005.50"}]


def test_a_default_for_what_is_no_number_is_refused_when_a_workflow_is_created(ada):
    for text in ("trigger.x | int(0)", "trigger.x | float(0.0)"):
        body = {"id": "w", "steps": [step("s", price="{{ " + text + " }}")]}
        (fault,) = ada.ask("POST", "/definitions", 400, json=body)["faults"]
        assert fault["pointer"] == "/steps/0/parameters/price"
        assert "default(0)" in fault["message"]


amounts = st.decimals(min_value=0, max_value=10**9, places=2)


@given(
    amounts, st.decimals(min_value=0, max_value=100, places=3), st.sampled_from([("JPY", 0), ("EUR", 2), ("KWD", 3)])
)
def test_money_is_what_a_person_calculates(amount, factor, currency):
    name, digits = currency
    data = {"a": str(amount), "b": str(factor)}
    exact = amount * factor
    rounded = exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    assert evaluate("a * b", data, expression=True) == exact
    assert evaluate(f"(a * b) | money('{name}')", data, expression=True) == str(rounded)


def test_a_price_in_a_store_is_halved_half_up(open_house, environ, sandbox, store, runtime, principal):
    from atom_shopify_plugin.actions.call import Call

    def call(action, **given):
        return runtime.actions.run(Call(principal, action, given)).data

    variant = call("inventory_level_get", sku="MUG-BLUE")["variant"]
    with serve(sandbox) as server:
        house = open_house([("shopify", ShopifyPlugin())], **{**environ, "ATOM_SHOPIFY_ENDPOINT": server.url})
        ada = house.client()
        half = "{{ trigger.total_price.shop_money.amount * 0.5 }}"
        halve = {"id": "s", "type": "service_action", "service": "shopify", "action": "variant_update",
                 "parameters": {"id": variant["id"], "price": half}}  # fmt: skip
        ada.ask("POST", "/definitions", json={"id": "w", "steps": [halve], "trigger": {"key": "order_paid"}})
        for number, total in enumerate(("2.01", "12,90", "", None)):
            payload = {"id": number, "total_price": {"shop_money": {"amount": total}}, "currency": "EUR"}
            house.host.hook.atom_emit(event=Event("order_paid", payload, f"e{number}", "demo.myshopify.com"))
        runs = eventually(lambda: len(found := ada.settled(4)) == 4 and found)
        assert sorted(run["state"] for run in runs) == ["completed", "failed", "failed", "failed"]
    assert '"price": "1.01"' in json.dumps(call("product_get", handle="mug"))
