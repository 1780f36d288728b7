"""Options and whole products over REST, as a merchant's own program calls it."""

from __future__ import annotations

from typing import Any

import pytest
from webhost import Caller, ada, app, caller, data_of, error_of, host  # noqa: F401  # fixtures are found by their names

OPTIONS = "/api/shopify/products/mug/options"
PRODUCTS = "/api/shopify/products"


def agreed(ada: Caller, method: str, path: str, body: Any = None) -> Any:  # noqa: F811
    """Send a call that asks, check that it does, and send it again with the token."""
    asked = ada.send(method, path, json=body)
    assert asked.status_code == 409
    error = error_of(asked)
    assert error["code"] == "CONFIRMATION_NEEDED"
    token = error["details"]["confirmation_token"]
    done = ada.send(method, path, json=body, headers={"X-Confirmation-Token": token})
    return data_of(done), error["details"]["preview"]


def test_options_are_read_changed_and_deleted(ada: Caller) -> None:  # noqa: F811
    assert [option["name"] for option in data_of(ada.get(OPTIONS))["options"]] == ["Color"]
    data_of(ada.post(OPTIONS, {"name": "Size", "values": ["Small", "Large"]}))
    data_of(ada.put(OPTIONS, {"option": "Size", "values_to_rename": [{"value": "Large", "name": "Big"}]}))
    size = data_of(ada.get(f"{OPTIONS}?option=size"))["option"]
    assert [value["name"] for value in size["option_values"]] == ["Small", "Big"]
    assert size["variants_lost"] == 0
    left, _ = agreed(ada, "DELETE", f"{OPTIONS}?option=Size")
    assert [option["name"] for option in left["options"]] == ["Color"]
    gone, preview = agreed(ada, "DELETE", f"{OPTIONS}?option=Color&strategy=position")
    assert preview["question"] == "Delete the option “Color” of “Mug” in demo? 1 variant goes with it."
    assert gone["variants_count"]["count"] == 1


def test_a_product_is_set_after_a_yes(ada: Caller) -> None:  # noqa: F811
    body = {"handle": "mug", "variants": [{"option_values": [{"option_name": "Color", "name": "Blue"}]}]}
    done, preview = agreed(ada, "PUT", PRODUCTS, body)
    assert "1 of 2 variants (Red (MUG-RED))" in preview["summary"]
    assert [variant["sku"] for variant in done["variants"]["nodes"]] == ["MUG-BLUE"]


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({"title": "Mug", "vendor": "Kiln"}, ""),
        ({"handle": "mug", "variants": []}, "/variants"),
        ({"handle": "mug", "images": [{"alt": "nothing"}]}, "/images/0"),
        ({"handle": "mug", "product_options": [{"name": "Size", "values": ["S"]}]}, "/variants"),
    ],
)
def test_what_is_wrong_with_a_product_is_said_at_its_place(ada: Caller, body: Any, at: str) -> None:  # noqa: F811
    refused = ada.put(PRODUCTS, body)
    assert refused.status_code == 400
    assert [fault["pointer"] for fault in error_of(refused)["details"]["faults"]] == [at]


def test_one_variant_changes_and_the_others_stay(ada: Caller) -> None:  # noqa: F811
    before = data_of(ada.get(f"{PRODUCTS}/mug"))["variants"]["nodes"]
    data_of(ada.put("/api/shopify/variants/MUG-BLUE", {"price": "24.50", "barcode": "4006381333931"}))
    after = data_of(ada.get(f"{PRODUCTS}/mug"))["variants"]["nodes"]
    assert (after[0]["price"], after[0]["barcode"]) == ("24.50", "4006381333931")
    assert after[1:] == before[1:]
