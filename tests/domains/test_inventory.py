"""Stock and locations, end to end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from atom_shopify_plugin.errors import InvalidInput, NotFound, Rejected

if TYPE_CHECKING:
    from atom_shopify_plugin.sandbox.core import Sandbox

Run = Callable[..., Any]


def at(item: Any, place: str) -> Any:
    """Return the level of an item at the location of that name."""
    return next(level for level in item["levels"] if level["location"]["name"] == place)


def test_sku_variant_and_item_name_the_same_stock(run: Run) -> None:
    item = run("inventory_level_get", sku="MUG-BLUE")
    assert item["variant"]["product"]["title"] == "Mug"
    assert run("inventory_level_get", variant_id=item["variant"]["id"]) == item
    assert run("inventory_level_get", inventory_item_id=item["id"]) == item


def test_a_location_leaves_one_level(run: Run) -> None:
    item = run("inventory_level_get", sku="MUG-BLUE")
    place = item["levels"][0]["location"]
    (level,) = run("inventory_level_get", sku="MUG-BLUE", location_id=place["id"])["levels"]
    assert level["location"] == place


@pytest.mark.parametrize("given", [{"sku": "NO-SUCH-SKU"}, {"variant_id": 1}, {"inventory_item_id": 1}])
def test_stock_of_nothing_is_not_found(run: Run, given: dict[str, Any]) -> None:
    with pytest.raises(NotFound):
        run("inventory_level_get", **given)
    with pytest.raises(NotFound):
        run("inventory_set", quantity=1, **given)


def test_stock_is_set_at_the_primary_location_when_none_is_named(run: Run) -> None:
    before = run("inventory_level_get", sku="MUG-BLUE")
    after = run("inventory_set", sku="MUG-BLUE", quantity=42)
    assert at(after, "Main Warehouse")["available"] == 42
    assert [level for level in after["levels"] if level["location"]["name"] != "Main Warehouse"] == [
        level for level in before["levels"] if level["location"]["name"] != "Main Warehouse"
    ]


def test_on_hand_moves_what_is_available(run: Run) -> None:
    before = at(run("inventory_level_get", sku="MUG-RED"), "Main Warehouse")
    after = at(run("inventory_set", sku="MUG-RED", quantity=before["on_hand"] + 7, name="on_hand"), "Main Warehouse")
    assert after["on_hand"] - before["on_hand"] == after["available"] - before["available"] == 7


def test_an_adjustment_adds(run: Run) -> None:
    before = at(run("inventory_level_get", sku="MUG-BLUE"), "Main Warehouse")
    after = at(run("inventory_adjust", sku="MUG-BLUE", delta=-3, reason="damaged"), "Main Warehouse")
    assert after["available"] == before["available"] - 3


def test_a_store_that_can_not_be_read_after_the_write_makes_it_no_failure(run: Run, sandbox: Sandbox) -> None:
    """What the answer holds is the stock as it is, and a second request isn't needed."""
    before = run("inventory_level_get", sku="MUG-BLUE")
    place = {"inventory_item_id": before["id"], "location_id": before["levels"][0]["location"]["id"]}
    seen = sandbox.calls()[-1]["seq"]
    item = run("inventory_adjust", **place, delta=2)
    first = next(at for at, call in enumerate(sandbox.calls(since=seen)) if call["subject"] == "InventoryAdjust")
    assert item["levels"][0]["available"] == before["levels"][0]["available"] + 2
    sandbox.faults.add({"kind": "html", "times": None, "after": first, "match": {"subject": "InventoryItemGet"}})
    item = run("inventory_adjust", **place, delta=3)
    assert item["levels"][0]["available"] == before["levels"][0]["available"] + 5
    sandbox.faults.clear()
    change = item.pop("change")
    assert (change["location_id"], change["delta"]) == (place["location_id"], 3)
    assert change["available"] == item["levels"][0]["available"]  # Shopify leaves the quantity after a change empty
    assert run("inventory_level_get", sku="MUG-BLUE") == item
    # Where nothing has to be changed, Shopify's answer to the write holds no item.
    again = run("inventory_set", **place, quantity=item["levels"][0]["available"])
    assert again.pop("change")["delta"] == 0
    assert again == item


def test_a_quantity_that_changed_meanwhile_is_refused(run: Run) -> None:
    before = at(run("inventory_level_get", sku="MUG-BLUE"), "Main Warehouse")
    with pytest.raises(Rejected) as refusal:
        run("inventory_set", sku="MUG-BLUE", quantity=1, change_from_quantity=before["available"] + 1)
    assert refusal.value.details["user_errors"][0]["code"] == "CHANGE_FROM_QUANTITY_STALE"
    assert at(run("inventory_level_get", sku="MUG-BLUE"), "Main Warehouse") == before
    run("inventory_set", sku="MUG-BLUE", quantity=1, change_from_quantity=before["available"])


def test_a_sku_that_two_items_have_is_refused_with_both(run: Run) -> None:
    red = run("inventory_level_get", sku="MUG-RED")
    run("variant_update", id=red["variant"]["id"], sku="MUG-BLUE")
    with pytest.raises(InvalidInput) as refusal:
        run("inventory_level_get", sku="MUG-BLUE")
    assert red["id"] in refusal.value.details["items"]


def test_locations_are_listed(run: Run) -> None:
    assert {place["name"] for place in run("location_list")["items"]} >= {"Main Warehouse", "Shop Floor"}
