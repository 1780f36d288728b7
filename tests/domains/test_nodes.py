"""Things of any type by their ids, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from webhost import Caller, ada, app, caller, data_of, error_of, host

__all__ = ["ada", "app", "caller", "host"]

Run = Callable[..., Any]
LISTS = {
    "Collection": "collection_search",
    "Customer": "customer_search",
    "DraftOrder": "draft_search",
    "FulfillmentOrder": "fulfillment_order_search",
    "Location": "location_list",
    "Order": "order_search",
    "Product": "product_search",
    "ProductVariant": "variant_list",
    "Segment": "segment_list",
    "WebhookSubscription": "webhook_list",
}


def read(ada: Caller, *ids: str) -> list[Any]:
    return list(data_of(ada.post("/api/shopify/nodes", {"ids": list(ids)}))["nodes"])


@pytest.mark.parametrize(("kind", "action"), LISTS.items())
def test_a_thing_reads_as_in_the_list_of_its_type(ada: Caller, run: Run, kind: str, action: str) -> None:
    listed = run(action, limit=2)["items"]
    found = read(ada, *(item["id"] for item in listed))
    assert [row["type"] for row in found] == [kind] * len(listed)
    for row, item in zip(found, listed, strict=True):
        assert row["node"].keys() >= item.keys()
        assert row["node"]["id"] == item["id"]


def test_ids_of_several_types_come_back_in_their_order(ada: Caller, run: Run) -> None:
    products = [item["id"] for item in run("product_search", limit=12)["items"]]
    order = run("order_get", id="#1001")["id"]
    ids = [products[3], order, "gid://shopify/Product/1", *products, products[3]]
    found = read(ada, *ids)
    assert [row["id"] for row in found] == ids
    assert [row["id"] for row in found if row["node"] is None] == ["gid://shopify/Product/1"]
    assert found[1]["node"]["name"] == "#1001"


def test_a_type_that_is_not_read_is_named(ada: Caller) -> None:
    told = error_of(ada.post("/api/shopify/nodes", {"ids": ["gid://shopify/Product/1", "gid://shopify/Theme/1"]}))
    (fault,) = told["details"]["faults"]
    assert fault["pointer"] == "/ids/1"
    assert "no Theme" in fault["message"]


def test_the_scope_of_each_type_is_asked_for(ada: Caller, run: Run, regranted: Callable[[str], None]) -> None:
    order, product = run("order_get", id="#1001")["id"], run("product_get", id="mug")["id"]
    regranted("read_products")
    assert read(ada, product)[0]["node"]["title"] == "Mug"
    told = error_of(ada.post("/api/shopify/nodes", {"ids": [product, order]}))
    assert told["code"] == "MISSING_SCOPE"
    assert "read_orders" in told["message"]
