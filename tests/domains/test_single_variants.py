"""One variant of a product, added or deleted without touching the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from atom_shopify_plugin.errors import InvalidInput, NotFound, Rejected

if TYPE_CHECKING:
    from atom_shopify_plugin.actions.run import Outcome
    from atom_shopify_plugin.sandbox.core import Sandbox

Run = Callable[..., Any]
MUG = "gid://shopify/Product/1250000001"
SAND = [{"option_name": "Color", "name": "Sand"}]


def skus(run: Run) -> list[str | None]:
    return [one["sku"] for one in run("product_get", id=MUG)["variants"]["nodes"]]


def test_a_variant_is_added_beside_the_others_and_deleted_again(
    outcome: Callable[..., Outcome], run: Run, confirmed: Run
) -> None:
    before = run("product_get", id=MUG)["variants"]["nodes"]
    stock = [{"quantity": 4, "location": "Shop Floor"}]
    done = outcome("variant_create", product_id=MUG, option_values=SAND, price="13.50", sku="MUG-SAND", stock=stock)
    assert done.meta["verified"] is True
    assert skus(run) == ["MUG-BLUE", "MUG-RED", "MUG-SAND"]
    levels = run("inventory_level_get", sku="MUG-SAND")["levels"]
    assert {level["location"]["name"]: level["available"] for level in levels}["Shop Floor"] == 4
    gone = confirmed("variant_delete", id=done.data["id"])
    assert gone["deleted_variant_id"] == done.data["id"]
    assert [one["id"] for one in run("product_get", id=MUG)["variants"]["nodes"]] == [one["id"] for one in before]


def test_what_can_not_be_added_or_deleted_changes_nothing(run: Run, confirmed: Run, sandbox: Sandbox) -> None:
    with pytest.raises(InvalidInput) as refused:
        run("variant_create", product_id=MUG, option_values=SAND, stock=[{"quantity": 1, "location": "Attic"}])
    assert [fault.pointer for fault in refused.value.faults] == ["/stock/0/location"]
    with pytest.raises(Rejected):
        run("variant_create", product_id=MUG, option_values=[{"option_name": "Color", "name": "Blue"}])
    with pytest.raises(NotFound):
        run("variant_delete", id=1)
    assert sandbox.store("demo.myshopify.com").journal == []
    made = run("product_create", title="Cup")["variants"]["nodes"][0]
    with pytest.raises(Rejected):
        confirmed("variant_delete", id=made["id"])
