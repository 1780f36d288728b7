"""What people do with deliveries: look, replay, give up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from eventkit import DEMO, OUTLET, Emitted, Shopify, connect, order
from webhost import Caller, data_of, error_of

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox

Work = Callable[[], int]
PATH = "/api/shopify/enhanced/webhooks/deliveries"


@pytest.fixture
def mixed(shopify: Shopify, work: Work) -> None:
    """Two deliveries that went well, one that was put aside, and one that waits."""
    shopify.deliver("orders/create", order(1), webhook_id="w1", event_id="e1", triggered_at="2026-11-01T09:00:00Z")
    shopify.deliver("products/update", {"id": 5})
    shopify.deliver("orders/create", b"no json")
    work()
    shopify.deliver("orders/create", order(2))


@pytest.mark.usefixtures("mixed")
def test_deliveries_are_listed_the_newest_first_without_their_content(ada: Caller) -> None:
    items = data_of(ada.get(PATH))["items"]
    assert [(item["topic"], item["state"]) for item in items] == [
        ("orders/create", "pending"),
        ("orders/create", "quarantined"),
        ("products/update", "done"),
        ("orders/create", "done"),
    ]
    assert (items[3]["webhook_id"], items[3]["event_id"]) == ("w1", "e1")
    assert items[1]["reason"] == "The body is not JSON: Expecting value at character 0."
    assert "ada@example.com" not in str(items)


@pytest.mark.usefixtures("mixed")
def test_deliveries_are_filtered_and_paged(ada: Caller) -> None:
    def count(query: str) -> int:
        return len(data_of(ada.get(f"{PATH}?{query}"))["items"])

    assert (count("topic=orders/create"), count("state=done"), count("state=done,quarantined")) == (3, 2, 3)
    assert count("topic=orders/create&state=quarantined") == 1
    seen: list[str] = []
    cursor = ""
    while True:
        answer = ada.get(f"{PATH}?limit=1&cursor={cursor}")
        seen += [item["id"] for item in data_of(answer)["items"]]
        cursor = answer.json["page"]["next"]  # type: ignore[index]
        if not cursor:
            break
    assert seen == [item["id"] for item in data_of(ada.get(PATH))["items"]]
    assert ada.get(f"{PATH}?state=lost").status_code == 400
    assert ada.get(f"{PATH}?cursor=x").status_code == 400


def test_the_last_page_of_each_list_says_that_it_is_the_last(ada: Caller, shopify: Shopify, work: Work) -> None:
    # Four rows: pages of 1, 2 and 4 end with the list, a page of 3 ends before it.
    for number in range(4):
        shopify.deliver(
            "customers/data_request", {"shop_domain": DEMO.name, "customer": {"id": number + 1}, "orders_requested": []}
        )
    work()
    for path in (f"{PATH}?topic=customers/data_request&", "/api/shopify/compliance?", "/api/shopify/audit?"):
        everything = [item["id"] for item in data_of(ada.get(path))["items"]]
        assert len(everything) == 4, path
        for limit in (1, 2, 3, 4, 5):
            seen, cursor, pages = list[str](), "", 0
            while cursor is not None:
                answer = ada.get(f"{path}limit={limit}&cursor={cursor}")
                seen += [item["id"] for item in data_of(answer)["items"]]
                page = answer.json["page"]  # type: ignore[index]
                cursor, pages = page["next"], pages + 1
                assert page["has_more"] == (cursor is not None)
            assert (seen, pages) == (everything, -(-4 // limit)), path


@pytest.mark.usefixtures("mixed")
def test_a_delivery_that_was_put_aside_is_replayed_or_given_up(ada: Caller, work: Work) -> None:
    (bad,) = data_of(ada.get(f"{PATH}?state=quarantined"))["items"]
    assert bad["can_be_replayed"] is True
    assert data_of(ada.post(f"{PATH}/{bad['id']}/replay"))["state"] == "pending"
    work()
    assert data_of(ada.get(f"{PATH}?state=quarantined"))["items"][0]["id"] == bad["id"]
    assert data_of(ada.post(f"{PATH}/{bad['id']}/discard"))["state"] == "discarded"
    again = ada.post(f"{PATH}/{bad['id']}/discard")
    assert (again.status_code, error_of(again)["code"]) == (409, "CONFLICT")


@pytest.mark.usefixtures("mixed")
def test_deliveries_of_another_store_are_not_there(
    shopify: Shopify,
    runtime: Runtime,
    sandbox: Sandbox,
    ada: Caller,
    mallory: Caller,
    stranger: Principal,
    emitted: Emitted,
) -> None:
    connect(runtime, sandbox, stranger, OUTLET)
    items = data_of(ada.get(PATH))["items"]
    assert data_of(mallory.get(PATH))["items"] == []
    for verb in ("replay", "discard"):
        theirs = mallory.post(f"{PATH}/{items[0]['id']}/{verb}")
        nobody = mallory.post(f"{PATH}/{'0' * 32}/{verb}")
        assert theirs.status_code == nobody.status_code == 404
        assert error_of(theirs)["message"] == error_of(nobody)["message"]
    assert mallory.get(f"{PATH}?shop=demo").status_code == 404
    assert data_of(ada.get(PATH))["items"] == items
