"""A dry run of a write: what would change, what would be sent and what it would cost; and nothing happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from running import prepare
from webhost import Caller, data_of, error_of
from webrows import row_of

from atom_shopify_plugin.catalog.loading import packaged

if TYPE_CHECKING:
    from collections.abc import Callable

    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox

PRODUCT = "/api/shopify/products/1250000001"
WRITES = [action for action in packaged().actions.values() if action.effect != "read" and action.rest is not None]


def preview(response: Any) -> dict[str, Any]:
    found: dict[str, Any] = data_of(response)["preview"]
    return found


def test_a_dry_run_shows_what_would_change_be_sent_and_cost(ada: Caller, sandbox: Sandbox) -> None:
    there = data_of(ada.get(PRODUCT))
    told = preview(ada.put(f"{PRODUCT}?dry_run=true", {"vendor": "Kiln", "title": there["title"]}))
    assert told["changes"] == [{"field": "vendor", "before": there["vendor"], "after": "Kiln"}]
    (sent,) = told["sends"]
    assert sent["operation"] == "ProductUpdate"
    assert sent["variables"]["vendor"] == "Kiln"
    assert told["then"] == []
    assert told["points"] >= sent["points"] >= 10
    assert data_of(ada.get(PRODUCT))["vendor"] == there["vendor"]
    assert sandbox.store("demo.myshopify.com").journal == []


def test_both_names_of_the_option_mean_the_same(ada: Caller) -> None:
    one, other = (preview(ada.put(f"{PRODUCT}?{name}=1", {"vendor": "Kiln"})) for name in ("preview", "dry_run"))
    assert one == other
    assert ada.put(f"{PRODUCT}?preview=true&dry_run=false", {"vendor": "Kiln"}).status_code == 400
    assert ada.put(f"{PRODUCT}?dry_run=perhaps", {"vendor": "Kiln"}).status_code == 400


def test_a_handler_is_run_up_to_its_first_mutation(ada: Caller, sandbox: Sandbox) -> None:
    told = preview(ada.post("/api/shopify/inventory/adjust?dry_run=1", {"sku": "MUG-BLUE", "delta": 5}))
    (sent,) = told["sends"]
    (change,) = sent["variables"]["input"]["changes"]
    assert change["delta"] == 5
    assert change["inventoryItemId"].startswith("gid://shopify/InventoryItem/")
    assert sandbox.store("demo.myshopify.com").journal == []


def test_mutations_that_follow_the_first_are_named(ada: Caller) -> None:
    address = {"address1": "1 Harbour Street", "city": "Hamburg", "country_code": "DE"}
    told = preview(ada.post("/api/shopify/customers?dry_run=1", {"email": "new@example.com", "addresses": [address]}))
    assert [one["operation"] for one in told["sends"]] == ["CustomerCreate"]
    assert told["then"] == ["CustomerAddressCreate"]


def test_mutations_that_do_not_follow_are_not_named(ada: Caller) -> None:
    told = preview(ada.post("/api/shopify/customers?dry_run=1", {"email": "new@example.com"}))
    assert told["then"] == []
    told = preview(
        ada.post("/api/shopify/tags/add?dry_run=1", {"id": "gid://shopify/Product/1250000001", "tags": ["a"]})
    )
    assert ([one["operation"] for one in told["sends"]], told["then"]) == (["ProductTagsAdd"], [])


def test_only_tags_that_are_not_there_are_a_change(ada: Caller) -> None:
    customer = "gid://shopify/Customer/1490000001"
    there = data_of(ada.get(f"/api/shopify/customers/{customer}"))["tags"]
    told = preview(ada.post("/api/shopify/tags/add?dry_run=1", {"id": customer, "tags": [*there[:1], "fresh"]}))
    assert told["changes"] == [{"field": "tags", "before": there, "after": [*there, "fresh"]}]
    told = preview(ada.post("/api/shopify/tags/remove?dry_run=1", {"id": customer, "tags": ["none of these"]}))
    assert told["changes"] == []


def test_a_dry_run_fails_where_the_write_would_fail_before_it_begins(ada: Caller) -> None:
    missing = ada.put("/api/shopify/products/99?dry_run=1", {"vendor": "Kiln"})
    assert (missing.status_code, error_of(missing)["code"]) == (404, "NOT_FOUND")
    unknown = ada.post("/api/shopify/inventory/adjust?dry_run=1", {"sku": "NO-SUCH", "delta": 5})
    assert unknown.status_code == 404


@pytest.mark.parametrize("action", WRITES, ids=lambda action: str(action.key))
def test_every_write_has_a_dry_run_that_changes_nothing(
    ada: Caller, sandbox: Sandbox, runtime: Runtime, upstream: Callable[[], int], action: Any
) -> None:
    from atom_shopify_plugin.actions.run import Call
    from atom_shopify_plugin.hookspecs import Principal

    assert row_of(action).method != "GET"
    prepare(sandbox, runtime, runtime.stores.by_name(Principal("ada"), None), action.key)
    before = list(sandbox.store("demo.myshopify.com").journal)
    outcome = runtime.actions.run(Call(Principal("ada"), action.key, action.examples[0], preview=True))
    told = outcome.data["preview"]  # type: ignore[union-attr]
    # What stays in ATOM's own database sends nothing.
    assert bool(told["sends"]) is not bool(action.mirrored)
    assert (told["points"] > 0) is not bool(action.mirrored)
    assert sandbox.store("demo.myshopify.com").journal == before
    assert runtime.storage.audit.list(Principal("ada")) == []
