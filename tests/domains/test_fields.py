"""`fields`: only what is asked for comes back, and a name that is not there is answered with the one that is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from atom_shopify_plugin.actions.inputs import Inputs
from atom_shopify_plugin.actions.run import Outcome
from atom_shopify_plugin.catalog.loading import packaged
from atom_shopify_plugin.errors import InvalidInput

Run = Callable[..., Any]


def test_only_these_members_of_each_item_come_back(outcome: Callable[..., Outcome]) -> None:
    whole = outcome("product_search", limit=2)
    found = outcome("product_search", limit=2, fields="id, title,variants.sku")
    assert (found.page or {})["has_more"] == (whole.page or {})["has_more"]
    for item, other in zip(found.data["items"], whole.data["items"], strict=True):
        assert list(item) == ["id", "title", "variants"]
        assert item["title"] == other["title"]
        assert item["variants"]["nodes"] == [{"sku": variant["sku"]} for variant in other["variants"]["nodes"]]
        assert item["variants"]["truncated"] == other["variants"]["truncated"]


def test_the_next_page_may_choose_other_members(outcome: Callable[..., Outcome]) -> None:
    first = outcome("product_search", limit=1, fields=["id"])
    second = outcome("product_search", limit=1, fields=["title"], cursor=(first.page or {})["next"])
    assert [list(item) for item in (*first.data["items"], *second.data["items"])] == [["id"], ["title"]]


@pytest.mark.parametrize(
    ("action", "given", "fields", "shape"),
    [
        ("order_get", {"id": "#1001"}, "name", {"name"}),
        ("order_get", {"id": "#1001"}, ["name", "total_price.shop_money.amount"], {"name", "total_price"}),
        ("inventory_level_get", {"sku": "MUG-BLUE"}, "levels.available", {"levels"}),
        ("product_count", {}, "count", {"count"}),
    ],
)
def test_one_thing_has_only_these_members(
    run: Run, action: str, given: dict[str, Any], fields: Any, shape: set[str]
) -> None:
    assert set(run(action, **given, fields=fields)) == shape


def test_a_path_leads_through_lists_and_objects(run: Run) -> None:
    levels = run("inventory_level_get", sku="MUG-BLUE", fields="levels.location.name")["levels"]
    assert levels
    assert all(list(level) == ["location"] and list(level["location"]) == ["name"] for level in levels)
    both = run("order_get", id="#1001", fields="line_items,line_items.sku")
    assert both["line_items"] == run("order_get", id="#1001")["line_items"]


@pytest.mark.parametrize(
    ("fields", "pointer", "near"),
    [
        (["id", "titel"], "/fields/1", "Did you mean title?"),
        (["variants.skuu"], "/fields/0", "Did you mean variants.sku?"),
        (["title.text"], "/fields/0", "no such field"),
        (["zzzzzz"], "/fields/0", "no such field"),
        (["Title"], "/fields/0", "path with dots"),
        ([], "/fields", "at least 1"),
    ],
)
def test_a_name_that_is_not_there_is_a_fault(run: Run, fields: list[str], pointer: str, near: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        run("product_search", fields=fields)
    (fault,) = refused.value.faults
    assert fault.pointer == pointer
    assert near in fault.message


@pytest.mark.parametrize("key", [key for key, action in packaged().actions.items() if action.effect == "read"])
def test_every_read_takes_its_own_members(key: str) -> None:
    action = packaged().actions[key]
    output = action.output["properties"]
    names = output["items"]["items"]["properties"] if action.is_search else output
    example = {**action.examples[0], "fields": list(names)[:50]}
    assert Inputs().check(action, example)["fields"] == list(names)[:50]


def test_a_write_takes_no_fields(run: Run) -> None:
    with pytest.raises(InvalidInput):
        run("order_update", id="#1001", note="x", fields=["id"])
