"""Products and variants, end to end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from atom_shopify_plugin.actions.run import Outcome
from atom_shopify_plugin.errors import ConfirmationNeeded, InvalidInput, NotFound, Rejected

Run = Callable[..., Any]


def test_a_new_product_is_found_by_its_handle(run: Run) -> None:
    made = run("product_create", title="Espresso Cup", tags=["new", "kitchen"], status="DRAFT")
    found = run("product_get", handle="espresso-cup")
    assert found["id"] == made["id"]
    assert found["status"] == "DRAFT"
    assert sorted(found["tags"]) == ["kitchen", "new"]


def test_a_new_product_is_read_back(outcome: Callable[..., Outcome]) -> None:
    assert outcome("product_create", title="Espresso Cup", vendor="Atelier").meta["verified"] is True


def test_options_make_the_first_variant(run: Run) -> None:
    made = run("product_create", title="Cup", product_options=[{"name": "Colour", "values": [{"name": "Blue"}]}])
    (variant,) = made["variants"]["nodes"]
    assert variant["selected_options"] == [{"name": "Colour", "value": "Blue"}]


def test_an_update_leaves_the_rest_and_null_clears(run: Run) -> None:
    mug = run("product_get", handle="mug")
    run("product_update", id=mug["id"], product_type=None, description_html="<p>Stoneware.</p>")
    changed = run("product_get", id=mug["legacy_id"])
    assert (changed["title"], changed["vendor"], changed["product_type"]) == (mug["title"], mug["vendor"], "")
    assert changed["description_html"] == "<p>Stoneware.</p>"


def test_deleting_wants_a_yes_and_then_the_product_is_gone(run: Run, confirmed: Run) -> None:
    mug = run("product_get", handle="mug")
    with pytest.raises(ConfirmationNeeded) as asked:
        run("product_delete", id=mug["id"])
    assert asked.value.details["preview"]["current"]["title"] == "Mug"
    assert run("product_get", handle="mug")["id"] == mug["id"]
    assert confirmed("product_delete", id=mug["id"]) == {"deleted_product_id": mug["id"]}
    with pytest.raises(NotFound):
        run("product_get", handle="mug")


def test_a_product_that_is_not_there_is_not_found(run: Run) -> None:
    with pytest.raises(NotFound):
        run("product_get", id=1)
    with pytest.raises(NotFound):
        run("product_get", handle="no-such-thing")


def test_a_product_that_is_not_there_is_not_changed(run: Run) -> None:
    with pytest.raises(NotFound):
        run("product_update", id=1, title="Nothing")


def test_filters_narrow_the_list(run: Run) -> None:
    by_sku = run("product_search", sku="MUG-BLUE")["items"]
    assert [product["handle"] for product in by_sku] == ["mug"]
    assert {product["vendor"] for product in run("product_search", vendor="Atelier")["items"]} == {"Atelier"}
    assert run("product_search", title="no such thing")["items"] == []


def test_pages_together_are_the_whole_list_without_repetition(run: Run, outcome: Callable[..., Outcome]) -> None:
    whole = [product["id"] for product in run("product_search", limit=250)["items"]]
    paged: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        found = outcome("product_search", limit=5, **cursor)
        paged += [product["id"] for product in found.data["items"]]
        assert found.page is not None
        if not found.page["has_more"]:
            break
        cursor = {"cursor": found.page["next"]}
    assert paged == whole
    assert len(set(paged)) == len(paged)


def test_a_variant_is_changed_by_its_id_alone(run: Run) -> None:
    variant = run("product_get", handle="mug")["variants"]["nodes"][0]
    changed = run("variant_update", id=variant["id"], price="24.50", compare_at_price="29.00", sku="MUG-NAVY")
    assert (changed["price"], changed["compare_at_price"], changed["sku"]) == ("24.50", "29.00", "MUG-NAVY")
    assert changed["product"]["handle"] == "mug"


def test_a_reduction_is_ended_by_null(run: Run) -> None:
    variant = run("product_get", handle="mug")["variants"]["nodes"][0]
    run("variant_update", id=variant["id"], compare_at_price="29.00")
    assert run("variant_update", id=variant["id"], compare_at_price=None)["compare_at_price"] is None


def test_a_variant_that_is_not_there_is_not_found(run: Run) -> None:
    with pytest.raises(NotFound):
        run("variant_update", id=1, price="1.00")


def test_shopifys_refusal_reaches_the_caller(run: Run) -> None:
    with pytest.raises(Rejected) as refusal:
        run("product_create", title="  ")
    assert refusal.value.details["user_errors"]


@pytest.mark.parametrize("given", [{"limit": 0}, {"limit": 251}, {"colour": "blue"}, {"created_at_min": "soon"}])
def test_a_wrong_filter_is_refused_before_shopify_is_asked(run: Run, given: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        run("product_search", **given)
