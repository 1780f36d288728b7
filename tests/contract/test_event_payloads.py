"""A workflow sees one shape of a thing: the payload of a trigger and what the matching action answers agree."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from eventkit import declare
from jsonschema import Draft202012Validator

from atom_shopify_plugin.actions.run import Call
from atom_shopify_plugin.catalog.loading import packaged
from atom_shopify_plugin.catalog.model import Catalog
from atom_shopify_plugin.events.intake import Delivery
from atom_shopify_plugin.events.members import payloads as known_payloads
from atom_shopify_plugin.events.shapes import shaped
from atom_shopify_plugin.hookspecs import Event, Principal
from atom_shopify_plugin.jobs import Jobs
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.webhooks import orders, payloads, people, returns
from atom_shopify_plugin.sandbox.webhooks.resources import RESOURCES
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.webhooks import sign

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

Run = Callable[..., Any]
CATALOG = packaged()
TRIGGERS = [key for key, trigger in CATALOG.triggers.items() if trigger.resource is not None]
# What no action reads yet; their ids, tags and names follow the same rules.
ALONE = {
    "app_scopes_changed", "collection_updated", "customer_email_consent_changed", "customer_joined_segment",
    "customer_left_segment", "customer_merged", "order_edited", "order_risk_changed", "order_transaction_created",
    "fulfillment_event_created",
    "cart_updated", "company_created", "dispute_opened", "dispute_updated", "payment_schedule_due",
    "subscription_billing_failed", "customer_data_requested", "customer_redaction_requested",
    "shop_redaction_requested",
}  # fmt: skip
# By definition: the bodies of its things, made by the sandbox, each with the action's answer about the same thing.
MANY = 12


def things(ctx: Context, run: Run) -> dict[str, list[tuple[Any, Any]]]:
    def some(kind: str) -> list[Any]:
        return list(ctx.store.all(kind).values())[:MANY]

    variants = [
        (payloads.variant(ctx, ctx.store.all("ProductVariant")[one["id"]]), one)
        for node in some("Product")
        for one in run("product_get", id=node["id"])["variants"]["nodes"]
    ]
    items = [(node, run("inventory_level_get", inventory_item_id=node["id"])) for node in some("InventoryItem")]
    levels = [
        (payloads.inventory_level(ctx, ctx.store.all("InventoryLevel")[level["id"]]), level)
        for _, item in items
        for level in item["levels"]
    ]
    return {
        "order": [(orders.order(ctx, node), run("order_get", id=node["id"])) for node in some("Order")],
        "product": [(payloads.product(ctx, node), run("product_get", id=node["id"])) for node in some("Product")],
        "customer": [(people.customer(ctx, node), run("customer_get", id=node["id"])) for node in some("Customer")],
        "variant": variants,
        "inventory_item": [(payloads.inventory_item(ctx, node), item) for node, item in items],
        "inventory_level": levels,
        "fulfillment": [
            (orders.fulfillment(ctx, node), run("fulfillment_get", id=node["id"])) for node in some("Fulfillment")
        ],
        "fulfillment_order": [
            (
                {"fulfillment_order": {"id": node["id"], "status": ctx.value(node, "status").lower()}},
                run("fulfillment_order_get", id=node["id"]),
            )
            for node in some("FulfillmentOrder")
        ],
        "metaobject": [
            (RESOURCES["Metaobject"][1](ctx, node), run("metaobject_get", id=node["id"])) for node in some("Metaobject")
        ],
        "draft_order": [
            (RESOURCES["DraftOrder"][1](ctx, node), run("draft_get", id=node["id"])) for node in some("DraftOrder")
        ],
        "discount": [
            (RESOURCES[kind][1](ctx, node), run("discount_get", id=node["id"]))
            for kind in ("DiscountCodeNode", "DiscountAutomaticNode")
            for node in some(kind)
        ],
        "abandoned_checkout": [
            (RESOURCES["AbandonedCheckout"][1](ctx, ctx.store.all("AbandonedCheckout")[one["id"]]), one)
            for one in run("abandoned_checkout_search")["items"]
        ],
        "return": [(returns.whole(ctx, node), run("return_get", id=node["id"])) for node in some("Return")],
        "refund": [(orders.refund(ctx, node), run("refund_get", id=node["id"])) for node in some("Refund")],
        "bulk_operation": [
            (payloads.bulk_operation(ctx, node), run("bulk_operation_get", id=node["id"]))
            for node in some("BulkOperation")
        ],
        "store": [(people.shop(ctx, next(iter(ctx.store.all("Shop").values()))), run("store_get"))],
    }


@pytest.fixture
def emitted(runtime: Runtime) -> list[Event]:
    events: list[Event] = []
    runtime.host.emit = events.append
    runtime.jobs = Jobs(runtime.services, threads=0, backoff=0.0)  # they run when a test says so
    return events


@pytest.fixture
def ctx(sandbox: Sandbox, store: Store) -> Context:
    now = sandbox.clock.now()
    return Context(sandbox.store(str(store.shop)), now, frozenset(), sandbox.versions)


@pytest.fixture
def run(runtime: Runtime, principal: Principal, store: Store) -> Run:
    return lambda action, **given: runtime.actions.run(Call(principal, action, given)).data


def unlike(payload: Any, answer: Any, path: str = "") -> Iterator[str]:
    """Say where two values of one thing differ; members that only one has are no difference."""
    if isinstance(payload, Mapping) and isinstance(answer, Mapping):
        for name in payload.keys() & answer.keys():
            yield from unlike(payload[name], answer[name], f"{path}.{name}")
    elif isinstance(payload, list) and isinstance(answer, list):
        if len(payload) != len(answer):
            yield f"{path}: {len(payload)} and {len(answer)}"
        for at, (one, other) in enumerate(zip(payload, answer, strict=False)):
            yield from unlike(one, other, f"{path}[{at}]")
    elif type(payload) is not type(answer):
        if {payload, answer} != {None, ""} if isinstance(payload, str | None) else True:
            yield f"{path}: {payload!r} and {answer!r}"
    elif payload != answer and not same_moment(payload, answer) and not same_amount(path, payload, answer):
        yield f"{path}: {payload!r} and {answer!r}"


def same_moment(one: Any, other: Any) -> bool:
    try:
        return datetime.fromisoformat(one) == datetime.fromisoformat(other)
    except (TypeError, ValueError):
        return False


def same_amount(path: str, one: Any, other: Any) -> bool:
    return path.endswith((".amount", "price")) and float(one) == float(other)


def test_a_trigger_names_the_shape_of_its_thing() -> None:
    assert {key for key, trigger in CATALOG.triggers.items() if trigger.resource is None} == ALONE


@pytest.mark.slow
def test_every_trigger_tells_of_a_thing_as_its_action_does(
    runtime: Runtime, store: Store, run: Run, ctx: Context, emitted: list[Event]
) -> None:
    discount = {"type": "PERCENTAGE", "value": "12.5"}
    lines = [{"title": "Engraving", "price": "12.00", "discount": discount}]
    run("draft_create", line_items=lines, discount=discount, shipping_line={"title": "Courier", "price": "7.25"})
    run("bulk_export", resource="products")
    known = things(ctx, run)
    assert {CATALOG.triggers[key].resource for key in TRIGGERS} == set(known)
    expected = []
    for key in TRIGGERS:
        trigger = CATALOG.triggers[key]
        if trigger.topic in ("app/uninstalled", "customer.tags_added", "customers/purchasing_summary"):
            continue  # the first ends the connection; the others name the customer by another member
        for at, (raw, answer) in enumerate(known[str(trigger.resource)]):
            sent = {"id": raw["id"]} if trigger.topic.endswith("/delete") else raw
            body = json.dumps(sent).encode()
            delivery = Delivery(sign(body, Secret("sandbox-secret")), trigger.topic, store.shop.name, f"{key}-{at}")
            assert runtime.intake.receive(delivery, body, is_json=True).new
            while runtime.jobs.run_one():
                pass
            expected.append((key, answer))
    got = {(event.key, event.payload.get("id")): event.payload for event in emitted}
    faults = {f"{key}{fault}" for key, answer in expected for fault in unlike(got[key, answer["id"]], answer)}
    assert faults == set()
    assert all(got[key, answer["id"]].get("legacy_id") == answer["legacy_id"] for key, answer in expected)


@pytest.mark.parametrize("key", TRIGGERS)
def test_what_a_trigger_declares_has_the_types_of_its_shape(key: str, catalog: Catalog) -> None:
    trigger = catalog.triggers[key]
    whole = catalog.schemas.resolved({"$ref": f"#/$defs/{trigger.resource}"})
    shape = {"type": "object", "properties": relaxed(whole)["properties"]}
    for sample in trigger.samples:
        seen = shaped(trigger, catalog.schemas, sample)
        faults = [f"{one.json_path}: {one.message}" for one in Draft202012Validator(shape).iter_errors(seen)]
        assert faults == []
        assert shaped(trigger, catalog.schemas, seen) == seen
    for name, declared in known_payloads(catalog)[key]["properties"].items():
        if name in whole["properties"] and "type" in declared:
            assert types(declared) - {"null"} == types(whole["properties"][name]) - {"null"}, name


def types(schema: Mapping[str, Any]) -> set[str]:
    if "anyOf" in schema:
        return set().union(*(types(one) for one in schema["anyOf"]))
    found = schema["type"]
    # A sample does not tell whether a number may have decimals.
    return {"number" if name == "integer" else name for name in ([found] if isinstance(found, str) else found)}


def relaxed(schema: Any) -> Any:
    """Return a schema that asks for the types alone: a webhook tells of some members, and of others besides."""
    if isinstance(schema, list):
        return [relaxed(one) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    kept = {name: relaxed(value) for name, value in schema.items() if name not in ("required", "additionalProperties")}
    if isinstance(kept.get("type"), str):
        kept["type"] = [kept["type"], "null"]
    return kept


@pytest.mark.parametrize("key", sorted(packaged().triggers))
def test_ids_are_gids_tags_are_lists_and_names_are_snake_case(key: str, catalog: Catalog) -> None:
    trigger = catalog.triggers[key]
    for sample in trigger.samples:
        for name, value in members(shaped(trigger, catalog.schemas, sample)):
            assert name == name.lower()
            if name == "tags":
                assert isinstance(value, list)
            if name in ("order_id", "customer_id", "product_id", "variant_id", "inventory_item_id", "location_id"):
                assert value is None or str(value).startswith("gid://shopify/"), name


def members(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield name, member
            yield from members(member)
    elif isinstance(value, list):
        for one in value:
            yield from members(one)


def test_a_condition_is_about_the_payload_that_a_workflow_sees(
    runtime: Runtime, store: Store, emitted: list[Event]
) -> None:
    wanted = {"properties": {"tags": {"contains": {"const": "vip"}}}}
    tagged = replace(runtime.catalog.triggers["customer_updated"], key="vip_updated", when=wanted)
    declare(runtime, tagged)
    for number, tags in ((1, "new, vip"), (2, "vipper")):
        body = json.dumps({"id": number, "tags": tags}).encode()
        delivery = Delivery(sign(body, Secret("sandbox-secret")), "customers/update", store.shop.name, f"w{number}")
        runtime.intake.receive(delivery, body, is_json=True)
    while runtime.jobs.run_one():
        pass
    assert {event.payload["legacy_id"] for event in emitted if event.key == "vip_updated"} == {"1"}
