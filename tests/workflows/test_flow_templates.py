"""The ready workflows, with the plugin as it is and a sandbox in Shopify's place."""

from __future__ import annotations

import json
import signal
from contextlib import closing

import pytest
from copying import copy
from flow_house import eventually
from flow_process import LEASE, HostProcess

from atom_shopify_plugin.hookspecs import Event
from atom_shopify_plugin.plugin import ShopifyPlugin
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.server import serve
from atom_shopify_plugin.sandbox.webhooks import people
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.webhooks import sign
from atom_shopify_plugin.workflows import templates

SHOP = "demo.myshopify.com"
IDS = [template["id"] for template in templates()]


@pytest.fixture
def settings(environ, sandbox, store):
    with serve(sandbox) as server:
        yield {**environ, "ATOM_SHOPIFY_ENDPOINT": server.url, "ATOM_HOST_LEASE_SECONDS": LEASE}


@pytest.fixture
def shopify_house(open_house, settings):
    return open_house([("shopify", ShopifyPlugin())], **settings)


@pytest.fixture
def ada(shopify_house):
    return shopify_house.client()


@pytest.fixture
def call(runtime, principal, store):
    """Read and write as a person would."""
    from atom_shopify_plugin.actions.call import Call

    return lambda action, **given: runtime.actions.run(Call(principal, action, given)).data


@pytest.fixture
def effects(sandbox):
    """What workflows did to the store; the plugin subscribes to their triggers as well."""

    def effects_():
        found = (one for one in sandbox.store(SHOP).journal if one.origin == "api")
        return [one for one in found if not one.operation.startswith("webhookSubscription")]

    return effects_


def emit(house, key, payload, dedupe_key="e1", shop=SHOP):
    house.host.hook.atom_emit(event=Event(key, payload, dedupe_key, shop))


def paid(customer, total="750.00"):
    person = {"id": customer["id"], "legacy_id": customer["legacy_id"], "email": "ada@example.com"}
    money = {"shop_money": {"amount": total, "currency_code": "EUR"}}
    return {"id": "gid://shopify/Order/1", "name": "#1001", "total_price": money, "customer": person}


def test_every_template_of_the_plugin_is_offered_without_a_fault(ada):
    offered = ada.ask("GET", "/templates")["templates"]
    assert [one["id"] for one in offered] == IDS
    assert all(one["description"] and one["variables"] for one in offered)


def test_a_paid_order_above_the_limit_tags_its_customer(shopify_house, ada, call, effects):
    ada.ask("POST", "/definitions", json={"template": "shopify-big-order", "variables": {"tag": "big"}})
    before = call("customer_get", email="ada@example.com")
    for dedupe_key, runs in (("e1", 1), ("e1", 1), ("e2", 2)):
        emit(shopify_house, "order_paid", paid(before), dedupe_key)
        assert len(ada.settled(runs)) == runs
    emit(shopify_house, "order_paid", paid(before, "499.99"), "below")
    emit(shopify_house, "order_paid", {**paid(before, "900"), "customer": None}, "guest")
    assert [run["state"] for run in ada.settled(2)] == ["completed"] * 2
    after = call("customer_get", email="ada@example.com")
    assert sorted(after["tags"]) == sorted([*before["tags"], "big"])
    assert len([one for one in effects() if one.action == "updated"]) == 1


def test_low_stock_tags_the_product_and_leaves_a_note(shopify_house, ada, call):
    ada.ask("POST", "/definitions", json={"template": "shopify-low-stock"})
    item, before = call("inventory_level_get", sku="MUG-BLUE"), call("product_get", handle="mug")
    for available, key in ((6, "enough"), (None, "unknown"), (5, "low")):
        payload = {"inventory_item_id": int(item["legacy_id"]), "location_id": 1, "available": available}
        emit(shopify_house, "inventory_level_updated", payload, key)
    (run,) = ada.settled()
    shown = ada.run(run["id"])
    assert run["state"] == "completed", shown
    product = call("product_get", handle="mug")
    assert {"low-stock", *before["tags"]} == set(product["tags"])
    given = shown["steps"][-1]["input"]
    assert given["metafields"][0]["value"] == f"{item['variant']['display_name']}: 5 left"


def test_tell_me_when_stock_is_low(open_house, settings, mailbox, call):
    outgoing = {
        "smtp": {"host": "127.0.0.1", "port": mailbox.port, "security": "none", "from": "shop@example.com"},
        "targets": {"default": {"type": "email", "to": ["ada@example.com"]}},
    }
    house = open_house([("shopify", ShopifyPlugin())], **settings, ATOM_HOST_OUTGOING=json.dumps(outgoing))
    ada = house.client()
    ada.ask("POST", "/definitions", json={"template": "shopify-tell-low-stock", "variables": {"limit": 3}})
    item = call("inventory_level_get", sku="MUG-BLUE")
    for available, key in ((4, "enough"), (3, "low")):
        payload = {"inventory_item_id": int(item["legacy_id"]), "location_id": 1, "available": available}
        emit(house, "inventory_level_updated", payload, key)
    (run,) = ada.settled()
    assert run["state"] == "completed", ada.run(run["id"])
    (message,) = mailbox.messages
    name = item["variant"]["display_name"]
    assert message["Subject"] == f"Low stock: {name}"
    assert message.get_content().startswith(f"{name} has 3 left in {SHOP}.")


def test_the_template_that_tells_says_what_is_missing_where_nobody_can_be_told(ada):
    answer = ada.ask("POST", "/definitions", 400, json={"template": "shopify-tell-low-stock"})
    (fault,) = answer["faults"]
    assert fault["pointer"] == "/steps/2/to"
    assert "ATOM_HOST_OUTGOING" in fault["message"]


def test_the_customer_of_an_abandoned_checkout_is_tagged_for_a_campaign(shopify_house, ada, call):
    ada.ask("POST", "/definitions", json={"template": "shopify-abandoned-checkout", "variables": {"limit": 20}})
    before = call("customer_get", email="ada@example.com")
    money = {"shop_money": {"amount": "19.99", "currency_code": "EUR"}}
    left = {"id": "gid://shopify/AbandonedCheckout/1", "total_price": money, "customer": {"id": before["id"]}}
    more = {"total_price": {"shop_money": {**money["shop_money"], "amount": "20.00"}}}
    emit(shopify_house, "checkout_abandoned", left, "below")
    emit(shopify_house, "checkout_abandoned", {**left, **more, "customer": None}, "guest")
    emit(shopify_house, "checkout_abandoned", {**left, **more}, "left")
    (run,) = ada.settled()
    assert run["state"] == "completed", ada.run(run["id"])
    assert {*call("customer_get", email="ada@example.com")["tags"]} == {*before["tags"], "abandoned-checkout"}


def test_a_new_customer_is_tagged_for_a_segment(shopify_house, ada, call):
    ada.ask("POST", "/definitions", json={"template": "shopify-new-customer"})
    made = call("customer_create", email="grace@example.com", first_name="Grace", tags=["wholesale"])
    emit(shopify_house, "customer_created", {"id": made["id"], "email": "grace@example.com"})
    (run,) = ada.settled()
    assert run["state"] == "completed"
    assert sorted(call("customer_get", email="grace@example.com")["tags"]) == ["new", "wholesale"]
    assert "grace" not in json.dumps(ada.run(run["id"])).lower()


def test_six_workflows_that_tag_one_customer_at_the_same_time_lose_no_tag(shopify_house, ada, call):
    tags = [f"tag-{number}" for number in range(6)]
    for tag in tags:
        ada.ask("POST", "/definitions", json={"template": "shopify-big-order", "variables": {"tag": tag}})
    before = call("customer_get", email="ada@example.com")
    emit(shopify_house, "order_paid", paid(before))
    assert [run["state"] for run in ada.settled(6)] == ["completed"] * 6
    assert sorted(call("customer_get", email="ada@example.com")["tags"]) == sorted([*before["tags"], *tags])


def test_no_template_replaces_a_list_that_others_may_change():
    from atom_shopify_plugin.catalog.loading import packaged

    actions = packaged().actions
    for template in templates():
        for step in template["steps"]:
            properties = actions[step["action"]].properties if "action" in step else {}
            assert [name for name in step.get("parameters", ()) if properties[name].get("replaces")] == []


@pytest.mark.slow
def test_an_event_of_a_store_that_is_not_the_owners_starts_nothing(shopify_house, call, effects):
    mallory = shopify_house.client("mallory")
    mallory.ask("POST", "/definitions", json={"template": "shopify-big-order"})
    emit(shopify_house, "order_paid", paid(call("customer_get", email="ada@example.com")))
    assert mallory.runs() == []


def test_a_destructive_action_of_the_plugin_waits_for_a_yes(ada, call, effects):
    product = call("product_get", handle="mug")
    body = {
        "id": "w",
        "steps": [{"id": "s", "type": "service_action", "service": "shopify", "action": "product_delete",
                   "parameters": {"id": "{{ input.id }}"}}],
    }  # fmt: skip
    ada.ask("POST", "/definitions", json=body)
    run_id = ada.execute(input={"id": product["id"]})["execution_id"]
    (approval,) = ada.ask("GET", "/approvals")["approvals"]
    assert approval["details"]["preview"]["current"]["title"] == "Mug"
    count = product["variants_count"]["count"]
    assert approval["question"] == f"Delete “Mug” with {count} variants in demo? Placed orders stay."
    assert approval["question"] in ada.client.get("/pages").text
    assert effects() == []
    ada.ask("POST", f"/approvals/{approval['id']}", json={"approve": True})
    run = eventually(lambda: ada.run(run_id)["finished_at"] and ada.run(run_id))
    assert run["state"] == "completed", run
    assert [one.action for one in effects()] == ["deleted"]


@pytest.mark.parametrize("point", ["step_before_effect", "step_after_effect"])
def test_a_killed_host_leaves_one_effect_in_the_store(open_house, settings, call, effects, tmp_path, point):
    watching = open_house([("shopify", ShopifyPlugin())], **settings, ATOM_HOST_WORKFLOW_THREADS="0").client()
    body = {
        "id": "w",
        "trigger": {"key": "order_paid"},
        "steps": [{"id": "s", "type": "service_action", "service": "shopify", "action": "customer_update",
                   "parameters": {"id": "{{ trigger.customer.id }}", "tags": ["paid"]}}],
    }  # fmt: skip
    watching.ask("POST", "/definitions", json=body)
    customer = call("customer_get", email="ada@example.com")
    with closing(HostProcess(tmp_path / "host", None, crash_at=point, **settings)) as host:
        host.tell(emit=[paid(customer), "e1", SHOP, "order_paid"])
        assert host.gone() == -signal.SIGKILL
    open_house([("shopify", ShopifyPlugin())], **settings)
    (run,) = watching.settled()
    assert run["state"] == "completed"
    assert call("customer_get", email="ada@example.com")["tags"] == ["paid"]
    assert len(effects()) == 1


def deliver(house, topic, payload, webhook_id):
    """Send a delivery to the host as Shopify does."""
    body = json.dumps(payload).encode()
    headers = {
        "X-Shopify-Topic": topic,
        "X-Shopify-Hmac-Sha256": sign(body, Secret("sandbox-secret")),
        "X-Shopify-Shop-Domain": SHOP,
        "X-Shopify-Webhook-Id": webhook_id,
        "Content-Type": "application/json",
    }
    answer = house.app.test_client().post("/api/shopify/webhooks", data=body, headers=headers)
    assert answer.status_code == 200, answer.data


def test_a_redaction_reaches_the_runs_of_the_host(shopify_house, ada, store, tmp_path):
    ada.ask("POST", "/definitions", json={"template": "shopify-new-customer", "shop": SHOP})
    person = {"id": 77, "email": "grace@example.com", "phone": "+15550177"}
    customer = {**person, "updated_at": "2026-11-20T10:00:00Z", "created_at": "2026-11-20T10:00:00Z"}
    deliver(shopify_house, "customers/create", customer, "w1")
    (run,) = ada.settled(1)
    assert run["state"] == "failed"  # there is no such customer: what the run was given is kept for a retry
    deliver(
        shopify_house,
        "customers/redact",
        {
            "shop_id": int(store.shop_id.rpartition("/")[2]),
            "shop_domain": SHOP,
            "customer": person,
            "orders_to_redact": [],
        },
        "w2",
    )
    assert eventually(lambda: ada.runs() == [])
    files = [path for path in tmp_path.rglob("*.db*") if not path.name.endswith("-shm")]
    assert eventually(lambda: all(b"grace@example.com" not in path.read_bytes() for path in files))


def level(item, available, minute):
    at = f"2026-11-20T10:{minute:02}:00Z"
    return {"inventory_item_id": int(item["legacy_id"]), "location_id": 7, "available": available, "updated_at": at}


def test_workflows_hear_of_the_thresholds_that_they_named(shopify_house, ada, call):
    for name, parameters in (("five", {}), ("three", {"threshold": "{{ variables.limit }}"}), ("again", {"margin": 0})):
        step = {"id": "s", "type": "service_action", "service": "shopify", "action": "store_get"}
        trigger = {"key": "stock_below_threshold", "parameters": parameters, "when": {"available": {"gte": 0}}}
        body = {"id": name, "trigger": trigger, "variables": {"limit": 3}, "steps": [step]}
        ada.ask("POST", "/definitions", json=body)
    item = call("inventory_level_get", sku="MUG-BLUE")
    deliver(shopify_house, "inventory_levels/update", level(item, 9, 0), "w0")
    deliver(shopify_house, "inventory_levels/update", level(item, 4, 1), "w1")
    assert sorted(run["workflow_id"] for run in ada.settled(2)) == ["again", "five"]
    deliver(shopify_house, "inventory_levels/update", level(item, 2, 2), "w2")
    assert sorted(run["workflow_id"] for run in ada.settled(3)) == ["again", "five", "three"]


def test_a_loyal_customer_is_tagged(shopify_house, ada, call):
    ada.ask("POST", "/definitions", json={"template": "shopify-loyal-customer", "variables": {"orders": 3}})
    customer = call("customer_get", email="ada@example.com")
    for count in (2, 3, 4):
        summary = {
            "customerId": customer["id"],
            "numberOfOrders": count,
            "amountSpent": {"amount": "99.00", "currencyCode": "EUR"},
            "occurredAt": f"2026-11-20T10:0{count}:00Z",
        }
        deliver(shopify_house, "customers/purchasing_summary", summary, f"w{count}")
    (run,) = ada.settled()
    assert run["state"] == "completed", ada.run(run["id"])
    assert "loyal" in call("customer_get", email="ada@example.com")["tags"]


def test_tell_me_when_a_paid_order_is_not_sent(open_house, settings, mailbox):
    outgoing = {
        "smtp": {"host": "127.0.0.1", "port": mailbox.port, "security": "none", "from": "shop@example.com"},
        "targets": {"default": {"type": "email", "to": ["ada@example.com"]}},
    }
    house = open_house([("shopify", ShopifyPlugin())], **settings, ATOM_HOST_OUTGOING=json.dumps(outgoing))
    ada = house.client()
    ada.ask("POST", "/definitions", json={"template": "shopify-late-order", "variables": {"hours": 24, "least": 50}})
    for number, total, hours in ((1, "49.00", 24), (2, "50.00", 48), (3, "50.00", 24)):
        payload = {**paid({"id": "gid://shopify/Customer/1", "legacy_id": "1"}, total), "name": f"#{number}"}
        event = Event("order_unfulfilled_overdue", payload, f"e{number}", SHOP, parameters={"hours": hours})
        house.host.hook.atom_emit(event=event)
    (run,) = ada.settled()
    assert run["state"] == "completed", ada.run(run["id"])
    (message,) = mailbox.messages
    assert message["Subject"] == "Order #3 is late"


def test_a_weekly_report_arrives_with_its_page(open_house, settings, mailbox, receiver, runtime, store, call):
    copy(runtime, store)
    outgoing = {
        "smtp": {"host": "127.0.0.1", "port": mailbox.port, "security": "none", "from": "shop@example.com"},
        "targets": {
            "default": {"type": "email", "to": ["ada@example.com"]},
            "team": {"type": "slack", "url": f"{receiver.url}/hooks"},
            "erp": {"type": "webhook", "url": receiver.url},
        },
        "internal_hosts": [receiver.host],
    }
    house = open_house([("shopify", ShopifyPlugin())], **settings, ATOM_HOST_OUTGOING=json.dumps(outgoing))
    ada = house.client()
    for to in ("default", "team", "erp"):
        ada.ask("POST", "/definitions", json={"template": "shopify-weekly-report", "variables": {"to": to}})
    period = {"name": "last_week", "since": "2026-11-09", "until": "2026-11-15"}
    payload = {"reason": "schedule", "period": period, "totals": {}}
    scheduled = {"every": "week", "weekday": "monday", "hour": 8, "deviations": None}
    house.host.hook.atom_emit(event=Event("sales_report_ready", payload, "e1", SHOP, parameters=scheduled))
    assert [run["state"] for run in ada.settled(3)] == ["completed"] * 3
    report = call("report_render", name="weekly_sales", since=period["since"], until=period["until"], format="html")
    (message,) = mailbox.messages
    assert message["Subject"] == f"Weekly sales of {report['store']}"
    assert message.get_body(("plain",)).get_content().splitlines() == report["text"].splitlines()
    (page,) = message.iter_attachments()
    assert (page.get_filename(), page.get_content_type()) == ("weekly_sales.html", "text/html")
    assert page.get_content().splitlines() == report["content"].splitlines()
    slack, own = sorted((json.loads(one.body) for one in receiver.requests), key=len)
    assert report["sections"][0]["figures"][0]["label"] in slack["text"]
    assert own["attachment"] == {"name": "weekly_sales.html", "type": "text/html", "content": report["content"]}


def shopify_tells(house, sandbox, gid, number):
    """Deliver what Shopify says of a customer as they are now."""
    context = Context(sandbox.store(SHOP), sandbox.clock.now(), frozenset(), sandbox.versions)
    deliver(house, "customers/update", people.customer(context, context.store.get(gid)), f"told-{number}")


@pytest.mark.parametrize("own_changes", ["followed", "left out"])
@pytest.mark.slow
def test_a_workflow_that_changes_what_it_waits_for_ends_by_itself(
    open_house, settings, sandbox, call, effects, own_changes
):
    house = open_house([("shopify", ShopifyPlugin())], **settings)
    trigger = {"key": "customer_updated", **({} if own_changes == "followed" else {"ignore_own_changes": True})}
    body = {
        "id": "loop",
        "trigger": trigger,
        "steps": [{"id": "s", "type": "service_action", "service": "shopify", "action": "customer_update",
                   "parameters": {"id": "{{ trigger.id }}", "note": "{{ run.id }}"}}],
    }  # fmt: skip
    warnings = house.client().ask("POST", "/definitions", json=body)["warnings"]
    assert len(warnings) == (1 if own_changes == "followed" else 0)
    customer = call("customer_get", email="ada@example.com")
    before, told = len(effects()), 0
    shopify_tells(house, sandbox, customer["id"], told)
    for _ in range(12):
        found = house.client().settled(min(told + 1, 6) if own_changes == "followed" else 1)
        if len(effects()) - before <= told:
            break
        told += 1
        if told == 3:  # what is known of the chain is in the databases
            house.host.close()
            house = open_house([("shopify", ShopifyPlugin())], **settings)
        shopify_tells(house, sandbox, customer["id"], told)
        if own_changes == "left out":
            recent = house.host.workflows.intake.recent
            assert eventually(lambda recent=recent: len(recent()) == 2)
    states = [(run["state"], (run["error"] or {}).get("code")) for run in found]
    if own_changes == "followed":
        assert states == [("failed", "CHAIN_TOO_LONG"), *[("completed", None)] * 5]
    else:
        assert states == [("completed", None)]
    assert len(effects()) - before == (5 if own_changes == "followed" else 1)
