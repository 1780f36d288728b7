"""A workflow that would take stock below zero asks its owner, and the yes holds for the stock that was shown."""

from __future__ import annotations

import pytest
from flow_house import eventually

from atom_shopify_plugin.actions.call import Call
from atom_shopify_plugin.plugin import ShopifyPlugin
from atom_shopify_plugin.sandbox.server import serve

TAKE = {
    "id": "take", "type": "service_action", "service": "shopify", "action": "inventory_adjust",
    "parameters": {"sku": "MUG-BLUE", "location_id": "{{ input.place }}", "delta": "{{ input.delta }}"},
}  # fmt: skip


@pytest.fixture
def ada(open_house, environ, sandbox, store):
    with serve(sandbox) as server:
        yield open_house([("shopify", ShopifyPlugin())], **environ, ATOM_SHOPIFY_ENDPOINT=server.url).client()


@pytest.fixture
def stock(runtime, principal, store):
    """Read the blue mugs of the warehouse, of which there are three, or set their number."""
    level = runtime.actions.run(Call(principal, "inventory_level_get", {"sku": "MUG-BLUE"})).data["levels"][0]
    named = {"sku": "MUG-BLUE", "location_id": level["location"]["id"]}

    def stock(quantity=None):
        if quantity is not None:
            runtime.actions.run(Call(principal, "inventory_set", {**named, "quantity": quantity}))
        return runtime.actions.run(Call(principal, "inventory_level_get", named)).data["levels"][0]["available"]

    stock(3)
    stock.place = named["location_id"]
    return stock


def answer(ada, question):
    ada.ask("POST", f"/approvals/{question['id']}", json={"approve": True})


def question_of(ada, text):
    def found():
        waiting = ada.ask("GET", "/approvals")["approvals"]
        return [one for one in waiting if text in one["details"]["message"]]

    (question,) = eventually(found)
    return question


def ended(ada, run_id):
    return eventually(lambda: (found := ada.run(run_id))["finished_at"] and found)


def test_a_step_below_zero_asks_and_asks_again_when_the_stock_has_moved(ada, stock):
    ada.create(TAKE)
    run_id = ada.execute(input={"place": stock.place, "delta": -5})["execution_id"]
    first = question_of(ada, "3 → -2 available")
    stock(2)
    answer(ada, first)
    second = question_of(ada, "2 → -3 available")
    assert stock() == 2
    answer(ada, second)
    assert ended(ada, run_id)["state"] == "completed"
    assert stock() == -3


def test_a_step_that_stays_above_asks_nobody(ada, stock):
    ada.create(TAKE)
    run_id = ada.execute(input={"place": stock.place, "delta": -3})["execution_id"]
    assert ended(ada, run_id)["state"] == "completed"
    assert stock() == 0
