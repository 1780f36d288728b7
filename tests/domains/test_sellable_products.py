"""A product that sells, made in one call: price, stock, variants, images, sales channels; and what may go wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from atom_shopify_plugin.actions.run import Call, Outcome
from atom_shopify_plugin.errors import InvalidInput, MissingScope, Rejected
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.domain import ShopDomain

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

Run = Callable[..., Any]
JUG = {
    "title": "Milk jug",
    "price": "24.50",
    "compare_at_price": "29.00",
    "sku": "JUG-1",
    "barcode": "4006381333931",
    "stock": [{"quantity": 12, "location": "main warehouse"}],
    "images": [{"url": "https://example.com/jug.png", "alt": "A jug"}],
    "metafields": [{"namespace": "care", "key": "wash", "type": "single_line_text_field", "value": "cold"}],
    "tags": ["kitchen"],
    "publish_to": ["online_store"],
}


def values(colour: str) -> list[dict[str, str]]:
    return [{"option_name": "Colour", "name": colour}]


def rows(variants: Any) -> list[tuple[str, str, str | None, int]]:
    return [(one["title"], one["price"], one["sku"], one["inventory_quantity"]) for one in variants["nodes"]]


def faults(refused: pytest.ExceptionInfo[InvalidInput]) -> dict[str, str]:
    return {fault.pointer: fault.code for fault in refused.value.faults}


def written(sandbox: Sandbox) -> int:
    return len(sandbox.store("demo.myshopify.com").journal)


def test_one_call_makes_a_product_that_sells(outcome: Callable[..., Outcome], run: Run) -> None:
    done = outcome("product_create", **JUG)
    assert done.meta["verified"] is True
    made = done.data
    (variant,) = made["variants"]["nodes"]
    assert (variant["price"], variant["compare_at_price"]) == ("24.50", "29.00")
    assert (variant["sku"], variant["barcode"], variant["available_for_sale"]) == ("JUG-1", "4006381333931", True)
    assert made["published_at"] is not None
    assert [(one["name"], one["state"]) for one in made["publications"]] == [("Online Store", "published")]
    levels = run("inventory_level_get", sku="JUG-1")["levels"]
    assert {level["location"]["name"]: level["available"] for level in levels} == {"Main Warehouse": 12}
    (image,) = made["media"]["nodes"]
    assert (image["alt"], image["status"], image["preview"]["image"]) == ("A jug", "UPLOADED", None)
    assert [one["code"] for one in made["warnings"]] == ["IMAGES_PROCESSING"]


def test_variants_take_what_they_leave_out_from_the_product(run: Run) -> None:
    made = run(
        "product_create",
        title="Saucer",
        price="6.00",
        variants=[
            {"option_values": values("Blue"), "sku": "S-BLUE", "stock": [{"quantity": 5, "location": "Shop Floor"}]},
            {"option_values": values("Red"), "sku": "S-RED", "price": "6.50"},
        ],
    )  # fmt: skip
    assert rows(made["variants"]) == [("Blue", "6.00", "S-BLUE", 5), ("Red", "6.50", "S-RED", 0)]
    assert [(one["name"], one["values"]) for one in made["options"]] == [("Colour", ["Blue", "Red"])]
    assert made["warnings"] == made["publications"] == []


def test_options_and_a_price_make_every_combination(run: Run) -> None:
    options = [
        {"name": "Size", "values": [{"name": "S"}, {"name": "M"}]},
        {"name": "Colour", "values": [{"name": "Grey"}, {"name": "Navy"}]},
    ]
    made = run("product_create", title="Apron", price="35.00", product_options=options)
    assert [title for title, *_ in rows(made["variants"])] == ["S / Grey", "S / Navy", "M / Grey", "M / Navy"]
    assert {price for _, price, *_ in rows(made["variants"])} == {"35.00"}


def test_stock_needs_no_location_where_there_is_one(
    runtime: Runtime, principal: Principal, store: Store, sandbox: Sandbox, run: Run
) -> None:
    locations = sandbox.store("demo.myshopify.com").all("Location")
    next(place for place in locations.values() if place["name"] == "Shop Floor")["isActive"] = False
    run("product_create", title="Saucer", sku="SAUCER", stock=[{"quantity": 3}])
    assert [level["available"] for level in run("inventory_level_get", sku="SAUCER")["levels"]] == [3]


def test_names_that_the_store_does_not_know_are_all_told_before_anything_is_made(run: Run, sandbox: Sandbox) -> None:
    with pytest.raises(InvalidInput) as refused:
        run(
            "product_create",
            title="Saucer",
            stock=[{"quantity": 3}, {"quantity": 4, "location": "Attic"}],
            publish_to=["Online Store", "Market square"],
        )
    assert faults(refused) == {
        "/publish_to/1": "unknown",
        "/stock/0/location": "required",
        "/stock/1/location": "unknown",
    }
    assert "Main Warehouse, Shop Floor" in refused.value.faults[-1].message
    assert written(sandbox) == 0


def test_several_variants_share_no_sku(run: Run, sandbox: Sandbox) -> None:
    sizes = [{"name": "Size", "values": [{"name": "S"}, {"name": "M"}]}]
    with pytest.raises(InvalidInput) as refused:
        run("product_create", title="Apron", product_options=sizes, sku="APRON", barcode="1")
    assert faults(refused) == {"/barcode": "ambiguous", "/sku": "ambiguous"}
    with pytest.raises(InvalidInput) as refused:
        run("product_create", title="Apron", variants=[{"sku": "A"}, {"sku": "B"}])
    assert faults(refused) == {"/variants/1/option_values": "required"}
    many = [{"name": f"Option {at}", "values": [{"name": str(n)} for n in range(10)]} for at in range(3)]
    with pytest.raises(InvalidInput) as refused:
        run("product_create", title="Apron", product_options=many, price="1.00")
    assert faults(refused) == {"/product_options": "maxItems"}
    assert written(sandbox) == 0


def test_a_location_is_named_once(run: Run) -> None:
    stock = [{"quantity": 1, "location": "Shop Floor"}, {"quantity": 2, "location": "shop floor"}]
    with pytest.raises(InvalidInput) as refused:
        run("product_create", title="Saucer", stock=stock)
    assert faults(refused) == {"/stock": "uniqueItems"}


def test_a_draft_waits_for_its_status(run: Run) -> None:
    made = run("product_create", title="Saucer", status="DRAFT", price="6.00", publish_to=["Online Store"])
    assert [one["state"] for one in made["publications"]] == ["waiting"]
    (warning,) = made["warnings"]
    assert warning["code"] == "NOT_ACTIVE"
    assert "once its status is ACTIVE" in warning["message"]


def test_the_simple_call_stays_as_it_was(run: Run) -> None:
    colours = [{"name": "Colour", "values": [{"name": "A"}, {"name": "B"}]}]
    made = run("product_create", title="Cup", product_options=colours)
    assert rows(made["variants"]) == [("A", "0.00", None, 0)]
    assert made["published_at"] is None


REFUSED = {"publishable": None, "user_errors": [{"field": ["id"], "message": "Channel is closed"}]}
PUBLISH = {"subject": "ProductPublish"}
FAILURES: dict[str, tuple[list[dict[str, Any]], str, list[str]]] = {
    "refused": (
        [{"kind": "status", "status": 200, "body": {"data": {"publishable_publish": REFUSED}}, "match": PUBLISH}],
        "not_published",
        ["NOT_PUBLISHED"],
    ),
    "never sent": (
        [{"kind": "throttle_429", "retry_after": "3600", "match": PUBLISH}],
        "not_published",
        ["NOT_PUBLISHED"],
    ),
    "published, and the answer lost": ([{"kind": "lost_reply", "match": PUBLISH}], "published", []),
    "the answer and the look lost": (
        [
            {"kind": "lost_reply", "match": PUBLISH},
            {"kind": "html", "times": None, "match": {"subject": "ProductPublications"}},
        ],
        "unknown",
        ["PUBLICATION_UNKNOWN"],
    ),
    "nobody knows whether it arrived": (
        [{"kind": "internal_error", "times": None, "match": PUBLISH}],
        "unknown",
        ["PUBLICATION_UNKNOWN"],
    ),
}


@pytest.mark.parametrize("name", FAILURES)
def test_what_goes_wrong_after_the_product_is_made_is_a_warning(
    name: str, outcome: Callable[..., Outcome], run: Run, sandbox: Sandbox
) -> None:
    faults, state, codes = FAILURES[name]
    for fault in faults:
        sandbox.faults.add(fault)
    done = outcome("product_create", title="Saucer", price="6.00", publish_to=["Online Store"])
    assert done.meta["verified"] is True
    assert [one["state"] for one in done.data["publications"]] == [state]
    assert [one["code"] for one in done.data["warnings"]] == codes
    assert all("do not create it again" in one["message"] for one in done.data["warnings"])
    assert run("product_get", handle="saucer")["id"] == done.data["id"]


def test_a_member_asks_for_the_scope_that_it_needs(runtime: Runtime, sandbox: Sandbox, principal: Principal) -> None:
    token = Secret(sandbox.issue_admin_token("demo.myshopify.com", scopes={"write_products"}))
    runtime.connections.connect_token(principal, ShopDomain("demo.myshopify.com"), token)
    with pytest.raises(MissingScope) as refused:
        runtime.actions.run(Call(principal, "product_create", JUG))
    assert refused.value.details["missing_scopes"] == ["read_locations", "write_publications"]
    assert "which publish_to of product_create needs" in refused.value.message
    assert written(sandbox) == 0
    plain = {"title": "Cup", "price": "6.00", "sku": "CUP"}
    assert runtime.actions.run(Call(principal, "product_create", plain)).data["published_at"] is None  # type: ignore[union-attr]


def test_shopifys_refusal_makes_nothing(run: Run) -> None:
    run("product_create", title="Cup", handle="cup")
    with pytest.raises(Rejected):
        run("product_create", title="Cup", handle="cup", price="1.00")


def test_a_dry_run_names_what_follows(runtime: Runtime, principal: Principal, store: Store, sandbox: Sandbox) -> None:
    told = runtime.actions.run(Call(principal, "product_create", JUG, preview=True)).data["preview"]  # type: ignore[union-attr]
    assert [one["operation"] for one in told["sends"]] == ["ProductSet"]
    assert told["then"] == ["ProductPublish"]
    simple = Call(principal, "product_create", {"title": "Cup"}, preview=True)
    assert runtime.actions.run(simple).data["preview"]["then"] == []  # type: ignore[union-attr]
    assert written(sandbox) == 0
