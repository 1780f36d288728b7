"""A kind is declared in a few words; what does not follow from the schema fails at the start."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox_shop import NOW

from atom_shopify_plugin.sandbox import seed
from atom_shopify_plugin.sandbox.engine import schema
from atom_shopify_plugin.sandbox.kinds import complete
from atom_shopify_plugin.sandbox.registry import Filter, Kind, Registry


def completed(kind: Kind) -> Kind:
    registry = Registry(kinds={kind.name: kind})
    complete(schema(), registry)
    complete(schema(), registry)  # once more changes nothing
    return registry.kinds[kind.name]


def filter_of(name: str, how: str, **more: Any) -> Filter:
    found = completed(Kind("Product", {"status": "ACTIVE"}, filters={name: how}, **more)).filters[name]
    assert isinstance(found, Filter)
    return found


def test_the_empty_value_of_a_field_is_its_types() -> None:
    kind = completed(Kind("Product", {"status": "DRAFT"}, fields="title tags isGiftCard category updatedAt"))
    assert kind.defaults == {
        "title": "",
        "tags": [],
        "isGiftCard": False,
        "category": None,
        "updatedAt": None,
        "status": "DRAFT",
    }


@pytest.mark.parametrize(
    ("name", "declared", "how"),
    [
        ("created_at", "", "date"),
        ("status", "", "enum"),
        ("gift_card", "flag isGiftCard", "flag"),
        ("title", "text", "text"),
        ("variant_id", "id variants", "id"),
        ("inventory_total", " totalInventory", "number"),
        ("tag", "exact tags", "exact"),
    ],
)
def test_how_a_filter_compares_follows_from_its_field(name: str, declared: str, how: str) -> None:
    assert filter_of(name, declared).how == how


def test_a_name_of_shopifys_table_is_compared_by_the_field_of_the_same_name() -> None:
    filters = completed(Kind("Product", fields="createdAt vendor tags isGiftCard", indexed=("vendor",))).filters
    assert {name: found.how for name, found in filters.items() if isinstance(found, Filter)} == {
        "created_at": "date",
        "vendor": "exact",
        "tag": "exact",
        "tag_not": "exact",
    }
    vendor, tag_not = filters["vendor"], filters["tag_not"]
    assert isinstance(vendor, Filter)
    assert vendor.lookup is not None
    assert isinstance(tag_not, Filter)
    assert tag_not.without


def test_a_filter_that_shopify_does_not_have_fails_at_the_start() -> None:
    with pytest.raises(ValueError, match="Shopify does not search Product by seo_title"):
        filter_of("seo_title", "text seo.title")


def test_an_enums_words_are_the_schemas() -> None:
    assert filter_of("status", "").values == {"active", "archived", "draft", "unlisted"}


def test_an_exact_filter_over_an_indexed_field_uses_the_index() -> None:
    assert filter_of("handle", "exact", indexed=("handle",)).lookup is not None
    assert filter_of("handle", "exact").lookup is None


def test_a_path_leads_through_references_and_lists() -> None:
    store = seed.build("demo.myshopify.com", "small", now=NOW)
    (mug,) = store.find("Product", "handle", "mug")

    class Here:
        pass

    Here.store = store  # type: ignore[attr-defined]
    assert filter_of("sku", "exact variants.sku").read(Here, mug) == ["MUG-BLUE", "MUG-RED"]
    assert filter_of("seo_title", "text seo.title", words=("seo_title",)).read(Here, mug) == []


@pytest.mark.parametrize(
    "kind",
    [
        Kind("Product", fields="nothing"),
        Kind("Product", fields="status"),
        Kind("Product", filters={"title": ""}),
        Kind("Product", filters={"nothing": ""}),
    ],
)
def test_what_does_not_follow_from_the_schema_is_refused(kind: Kind) -> None:
    with pytest.raises(ValueError, match="Product"):
        completed(kind)


def test_a_list_of_a_field_that_is_not_served_is_refused() -> None:
    registry = Registry(kinds={"Product": Kind("Product")}, lists={("Collection", "wares"): ("Product", "collection")})
    with pytest.raises(ValueError, match=r"Collection\.wares is declared and not served"):
        complete(schema(), registry)


def test_a_derived_field_that_is_not_served_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Product\.colour is declared and not served"):
        complete(schema(), Registry(derived={("Product", "colour")}))
