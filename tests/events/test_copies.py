"""What webhooks, redactions and the end of an installation do to the copy of a store."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from copying import settle
from eventkit import DEMO, Shopify, connect
from sqlalchemy import select
from webhost import Caller, data_of, error_of

from atom_shopify_plugin.storage.insight.audiences import AudienceRow, MemberRow, TagRow
from atom_shopify_plugin.storage.insight.order_tables import OrderRow
from atom_shopify_plugin.sync import mirror

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

SYNC = "/api/shopify/sync?shop=demo"


def rows(runtime: Runtime, store: Store, table: str = "products") -> dict[int, dict[str, Any]]:
    key = {"products": "product_id", "variants": "variant_id"}[table]
    return {row[key]: row for row in runtime.storage.catalogue.rows(store.id, table)}


def copied(runtime: Runtime, ada: Caller) -> None:
    assert ada.post(SYNC, {}).status_code == 202
    settle(runtime)
    assert data_of(ada.get(SYNC))["state"] == "done"


def test_a_copy_is_asked_for_looked_at_and_deleted(
    ada: Caller, mallory: Caller, caller: Callable[[str | None], Caller], runtime: Runtime, store: Store
) -> None:
    assert data_of(ada.get(SYNC)) == {"shop": DEMO.name, "state": "none", "complete_at": None, "streams": []}
    begun = ada.post(SYNC, {"streams": ["products"], "mode": "bulk"})
    assert (begun.status_code, data_of(begun)["state"]) == (202, "running")
    settle(runtime)
    (products,) = data_of(ada.get(SYNC))["streams"]
    assert (products["state"], products["rows"]) == ("done", {"products": 12, "variants": 46})
    assert products["progress"]["objects"] == products["progress"]["expected"] == 58
    for body in (
        {"mode": "fast"},
        {"streams": []},
        {"streams": ["people"]},
        {"streams": ["orders"] * 2},
        {"full": 1},
        {"more": True},
    ):
        refused = ada.post(SYNC, body)
        assert (refused.status_code, error_of(refused)["code"]) == (400, "VALIDATION_ERROR")
    assert mallory.delete(SYNC).status_code == 404
    from webhost import PEOPLE

    runtime.storage.memberships.add(PEOPLE["colleague"], store.id)
    assert caller("colleague").delete(SYNC).status_code == 403
    assert data_of(ada.delete(SYNC))["deleted"] is True
    assert data_of(ada.get(SYNC))["streams"] == []
    assert rows(runtime, store) == {}


def test_what_webhooks_tell_of_is_read_again_once(
    ada: Caller, shopify: Shopify, runtime: Runtime, sandbox: Sandbox, store: Store
) -> None:
    copied(runtime, ada)
    first, last = min(rows(runtime, store)), max(rows(runtime, store))
    assert ada.put(f"/api/shopify/products/{first}", {"title": "Renamed"}).status_code == 200
    for number in range(3):
        shopify.deliver("products/update", {"id": first, "title": "Old"}, webhook_id=f"update-{number}")
    asked = ada.delete(f"/api/shopify/products/{last}")
    token = error_of(asked)["details"]["confirmation_token"]
    assert ada.delete(f"/api/shopify/products/{last}", headers={"X-Confirmation-Token": token}).status_code == 200
    shopify.deliver("products/delete", {"id": last}, webhook_id="delete")
    settle(runtime)
    assert rows(runtime, store)[first]["title"] == "Renamed", "as the store says, not the delivery"
    assert last not in rows(runtime, store)
    assert all(row["product_id"] != last for row in rows(runtime, store, "variants").values())


def test_a_redaction_reaches_the_copy_and_a_request_tells_of_it(
    ada: Caller, shopify: Shopify, runtime: Runtime, sandbox: Sandbox, store: Store
) -> None:
    copied(runtime, ada)
    gid = min(sandbox.store(DEMO.name).all("Customer"))
    who = int(gid.rpartition("/")[2])
    about = {"shop_domain": DEMO.name, "customer": {"id": who}}
    assert runtime.storage.mirrored_customers.held(store.id, who) is not None
    shopify.deliver("customers/data_request", {**about, "orders_requested": []}, webhook_id="request")
    settle(runtime)
    (export,) = data_of(ada.get("/api/shopify/compliance?shop=demo"))["items"]
    records = data_of(ada.get(f"/api/shopify/compliance/{export['id']}?shop=demo"))["records"]
    assert [record["content"]["id"] for record in records if record["kind"] == "copy"] == [who]
    theirs = select(OrderRow.id).where(OrderRow.customer == who)
    with runtime.storage.read() as session:
        assert session.scalars(theirs).all()
    shopify.deliver("customers/redact", {**about, "orders_to_redact": []}, webhook_id="redact")
    settle(runtime)
    assert runtime.storage.mirrored_customers.held(store.id, who) is None
    with runtime.storage.read() as session:
        assert session.scalars(theirs).all() == []


def test_redactions_and_the_end_of_the_copy_delete_who_was_in_an_audience(
    ada: Caller, shopify: Shopify, runtime: Runtime, store: Store
) -> None:
    copied(runtime, ada)
    rules = [{"attribute": "orders", "operator": "at_least", "value": "0"}]
    made = data_of(ada.post("/api/shopify/enhanced/segments?shop=demo", {"name": "Everybody", "rules": rules}))
    page = data_of(ada.get(f"/api/shopify/enhanced/segments/{made['id']}/members?shop=demo&limit=2"))["items"]
    who, other = (int(one["legacy_id"]) for one in page)
    audiences = runtime.storage.audiences
    with runtime.storage.begin() as session:
        mirrored = runtime.storage.mirrors.lock(session, store)
        audiences.observe(session, mirrored, made["id"], [who, other])
        audiences.plan(session, mirrored, made["id"], [who, other], [])

    def held() -> list[set[int]]:
        with runtime.storage.read() as session:
            return [set(session.scalars(select(model.customer))) - {0} for model in (MemberRow, TagRow)]

    assert held() == [{who, other}] * 2
    about = {"shop_domain": DEMO.name, "customer": {"id": who}, "orders_to_redact": []}
    shopify.deliver("customers/redact", about, webhook_id="redact-member")
    settle(runtime)
    assert held() == [{other}] * 2
    assert ada.delete(SYNC).status_code == 200
    assert held() == [set()] * 2
    left = data_of(ada.get("/api/shopify/enhanced/segments?shop=demo"))["audiences"]
    assert [one["name"] for one in left] == ["Everybody"], "names and rules tell of nobody"
    runtime.storage.erasure.forget_store(store.app, store.shop.name, store.id, except_id="")
    with runtime.storage.read() as session:
        assert session.scalars(select(AudienceRow.id)).all() == []


def test_the_end_of_an_installation_ends_the_copy_and_the_next_one_begins_anew(
    ada: Caller, shopify: Shopify, runtime: Runtime, sandbox: Sandbox, store: Store, principal: Principal
) -> None:
    copied(runtime, ada)
    gone = {"id": int(store.shop_id.rpartition("/")[2]), "myshopify_domain": DEMO.name}
    shopify.deliver("app/uninstalled", gone, triggered_at="2099-01-01T00:00:00Z")
    settle(runtime)
    assert runtime.storage.mirrors.get(store.id) is None
    again = connect(runtime, sandbox, principal, DEMO)
    assert mirror.states(runtime.services, again) == []
    copied(runtime, ada)
    assert len(rows(runtime, again)) == 12
