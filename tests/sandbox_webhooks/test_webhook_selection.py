"""Filters and includeFields of subscriptions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_shopify_plugin.sandbox.webhooks.selection import matches, reduced

PRODUCT = {
    "id": 7,
    "title": "Mug",
    "status": "active",
    "vendor": None,
    "taxable": True,
    "total_price": "36.00",
    "updated_at": "2026-10-20T11:30:00+02:00",
    "variants": [{"sku": "A-1", "price": "9.50"}, {"sku": "B-2", "price": "20.00"}],
    "customer": {"email": "ada@example.com"},
    "codes": ["x", "y"],
}


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        (None, True),
        ("status:active", True),
        ("status:ACTIVE", False),
        ("status:act*", True),
        ("status:*", True),
        ("vendor:*", False),
        ("nothing:*", False),
        ("nothing:1", False),
        ("id:7", True),
        ("id:>6", True),
        ("id:>7", False),
        ("taxable:true", True),
        ("total_price:36", True),
        ("total_price:>=36.00", True),
        ("total_price:<36", False),
        ("variants.price:>=20", True),
        ("variants.price:>20", False),
        ("variants.sku:B-2", True),
        ("variants.sku:B-3", False),
        ("customer.email:ada@example.com", True),
        ("codes:y", True),
        ("updated_at:>'2026-10-20T09:00:00Z'", True),
        ("updated_at:>'2026-10-20T10:00:00Z'", False),
        ("status:active AND id:8", False),
        ("status:draft OR id:7", True),
        ("NOT status:draft", True),
        ("-status:active", False),
        ('title:"Mug"', True),
        ("customer:*", False),
    ],
)
def test_a_filter_compares_fields_of_the_payload(text, passes):
    assert matches(PRODUCT, text) is passes


@pytest.mark.parametrize(
    ("fields", "left"),
    [
        (["id", "status"], {"id": 7, "status": "active"}),
        (["nothing"], {}),
        (["customer.email", "customer.phone"], {"customer": {"email": "ada@example.com"}}),
        (["variants.sku"], {"variants": [{"sku": "A-1"}, {"sku": "B-2"}]}),
        (["variants", "variants.sku"], {"variants": PRODUCT["variants"]}),
        (["codes"], {"codes": ["x", "y"]}),
    ],
)
def test_included_fields_are_all_that_is_left(fields, left):
    assert reduced(PRODUCT, fields) == left


@given(st.lists(st.sampled_from(sorted(PRODUCT))))
def test_reducing_twice_changes_nothing(fields):
    once = reduced(PRODUCT, fields)
    assert reduced(once, fields) == once
    assert set(once) == set(fields)


@given(st.text(max_size=40))
def test_no_filter_text_fails(text):
    assert matches(PRODUCT, text) in (True, False)


def test_only_what_passes_the_filter_is_delivered(shop, receiver):
    shop.subscribe("CUSTOMERS_CREATE", receiver.url, filter="tags:vip AND first_name:Grace")
    for name, tags in (("Grace", ["vip"]), ("Grace", []), ("Joan", ["vip"])):
        shop.do("customers", {"first_name": name, "email": f"{name}{len(tags)}@example.com", "tags": tags})
    shop.settle()
    assert [one.json["email"] for one in receiver.got] == ["Grace1@example.com"]


def test_only_included_fields_are_delivered(shop, receiver):
    shop.subscribe("PRODUCTS_UPDATE", receiver.url, includeFields=["id", "title", "variants.sku"])
    shop.do("products/mug", {"title": "Cup"})
    shop.settle()
    (got,) = receiver.got
    assert set(got.json) == {"id", "title", "variants"}
    assert got.json["variants"] == [{"sku": "MUG-BLUE"}, {"sku": "MUG-RED"}]


def test_a_reduced_payload_that_did_not_change_is_not_delivered_again(shop, receiver):
    shop.sandbox.deliveries.change({"workers": 1})
    shop.subscribe("PRODUCTS_UPDATE", receiver.url, includeFields=["id", "title"])
    for values in ({"title": "Cup"}, {"tags": ["new"]}, {"title": "Beaker"}):
        shop.do("products/mug", values)
    shop.settle()
    assert [one.json["title"] for one in receiver.got] == ["Cup", "Beaker"]


def test_a_filter_sees_the_included_fields_alone(shop, receiver):
    shop.subscribe("PRODUCTS_UPDATE", receiver.url, includeFields=["id"], filter="title:Cup")
    shop.do("products/mug", {"title": "Cup"})
    shop.settle()
    assert receiver.got == []


def test_wanted_metafields_come_with_the_payload(shop, receiver):
    wanted = {"metafieldNamespaces": ["care"], "metafields": [{"namespace": "other", "key": "drying"}]}
    shop.subscribe("PRODUCTS_UPDATE", receiver.url, **wanted)
    entry = {"namespace": "care", "key": "washing", "type": "single_line_text_field", "value": "by hand"}
    others = [{**entry, "namespace": "other"}, {**entry, "namespace": "other", "key": "drying"}]
    shop.do("products/mug", {"metafields": [entry, *others]})
    shop.settle()
    rows = [(row["namespace"], row["key"]) for row in receiver.got[0].json["metafields"]]
    assert sorted(rows) == [("care", "washing"), ("other", "drying")]
