"""A step of the real plugin whose work Shopify does in the background, and a dry run of it."""

from __future__ import annotations

import time

import pytest
from flow_house import eventually

from atom_shopify_plugin.actions.call import Call
from atom_shopify_plugin.plugin import ShopifyPlugin
from atom_shopify_plugin.sandbox.server import serve
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.domain import ShopDomain

ORDER = "gid://shopify/Order/1630000002"
STEPS = [
    {
        "id": "cancel", "type": "service_action", "service": "shopify", "action": "order_cancel",
        "parameters": {"id": "{{ input.id }}"},
    },
    {
        "id": "tag", "type": "service_action", "service": "shopify", "action": "tag_add",
        "parameters": {"id": "{{ cancel.order.id }}", "tags": ["gone"]},
    },
]  # fmt: skip


@pytest.fixture
def ada(open_house, environ, sandbox, store):
    with serve(sandbox) as server:
        yield open_house([("shopify", ShopifyPlugin())], **environ, ATOM_SHOPIFY_ENDPOINT=server.url).client()


@pytest.mark.slow
def test_a_run_goes_on_when_shopify_has_done_its_work(ada, sandbox, runtime, principal):
    sandbox.faults.add({"kind": "html", "times": 7, "match": {"subject": "JobGet"}})
    ada.create(*STEPS)
    run_id = ada.execute(input={"id": ORDER})["execution_id"]
    (question,) = ada.ask("GET", "/approvals")["approvals"]
    begun = time.monotonic()
    ada.ask("POST", f"/approvals/{question['id']}", json={"approve": True})
    run = eventually(lambda: (found := ada.run(run_id))["finished_at"] and found, 40)
    assert run["state"] == "completed", run
    assert time.monotonic() - begun < 40
    order = runtime.actions.run(Call(principal, "order_get", {"id": ORDER})).data
    assert order["cancelled_at"] is not None
    assert "gone" in order["tags"]
    (operation,) = runtime.storage.operations.list(principal)
    assert (operation.state, operation.content["origin"][1]) == ("succeeded", run_id)
    assert [call["subject"] for call in sandbox.calls()].count("OrderCancel") == 1


def test_a_dry_run_shows_what_would_be_sent_and_does_nothing(ada, sandbox):
    before = len(sandbox.store("demo.myshopify.com").journal)
    told = ada.ask("POST", "/dry-run", json={"definition": {"steps": STEPS}, "input": {"id": ORDER}})
    cancel, tag = told["steps"]
    assert (cancel["would"], cancel["asks"]) == ("run", True)
    assert cancel["preview"]["sends"][0]["operation"] == "OrderCancel"
    assert cancel["preview"]["points"] > 0
    assert tag["would"] == "unknown"
    assert [one for one in sandbox.store("demo.myshopify.com").journal[before:] if one.operation == "orderCancel"] == []


@pytest.fixture
def outlet(sandbox, runtime, principal):
    token = Secret(sandbox.issue_admin_token("outlet.myshopify.com", scopes=runtime.settings.scopes))
    return runtime.connections.connect_token(principal, ShopDomain("outlet.myshopify.com"), token)


def acting(action, parameters, **members):
    step = {"id": "s", "type": "service_action", "service": "shopify", "action": action, "parameters": parameters}
    return {**step, **members}


def test_a_dry_run_in_several_stores_shows_what_would_be_sent_in_each(ada, outlet):
    step = acting("product_create", {"title": "Saucer"}, shop="all")
    (told,) = ada.ask("POST", "/dry-run", json={"definition": {"steps": [step]}})["steps"]
    assert told["would"] == "run"
    stores = told["preview"]["stores"]
    assert [one["shop"] for one in stores] == ["demo.myshopify.com", "outlet.myshopify.com"]
    assert [one["data"]["preview"]["sends"][0]["operation"] for one in stores] == ["ProductCreate"] * 2


def test_a_dry_run_acts_in_the_store_of_the_event_before_that_of_the_definition(ada, outlet):
    definition = {
        "trigger": {"service": "shopify", "key": "order_paid", "shop": "outlet.myshopify.com"},
        "shop": "demo.myshopify.com",
        "steps": [acting("store_get", {})],
    }
    (told,) = ada.ask("POST", "/dry-run", json={"definition": definition})["steps"]
    assert told["result"]["myshopify_domain"] == "outlet.myshopify.com"


def test_a_store_whose_name_came_out_empty_is_not_the_default_store(ada):
    step = acting("product_create", {"title": "Saucer"}, shop="{{ input.shop }}")
    (told,) = ada.ask("POST", "/dry-run", json={"definition": {"steps": [step]}, "input": {"shop": " "}})["steps"]
    assert (told["would"], told["why"]) == ("fail", "shop: is empty, and the name of a store is needed")
    ada.create(step)
    run = ada.run(ada.execute(input={"shop": ""})["execution_id"])
    assert (run["state"], run["error"]["code"]) == ("failed", "EXPRESSION_ERROR")


def test_a_step_takes_names_for_ids_and_texts_for_what_they_stand_for(ada):
    step = acting("order_update", {"id": "{{ input.name }}", "tags": "vip, {{ input.tag }}"})
    asked = {"definition": {"steps": [step]}, "input": {"name": "#1001", "tag": "new"}}
    (told,) = ada.ask("POST", "/dry-run", json=asked)["steps"]
    assert told["preview"]["names"] == {"/id": "#1001"}
    assert told["preview"]["input"]["tags"] == ["vip", "new"]
    assert told["preview"]["current"]["name"] == "#1001"
