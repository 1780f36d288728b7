"""The question before a destructive action names the thing as it stands."""

from __future__ import annotations

import pytest

from atom_shopify_plugin.actions.questions import question
from atom_shopify_plugin.errors import ConfirmationNeeded

ASKS = "Delete “{title}” with {variants_count.count|variant|variants} in {shop}? Placed orders stay."


ONE = "Delete “Mug” with 1 variant in demo? Placed orders stay."


@pytest.mark.parametrize(
    ("resource", "asked"),
    [
        ({"title": "Mug", "variants_count": {"count": 3}}, "Delete “Mug” with 3 variants in demo? Placed orders stay."),
        ({"title": "Mug", "variants_count": {"count": "1"}}, ONE),
        ({"title": "{shop}", "variants_count": {"count": 0}},
         "Delete “{shop}” with 0 variants in demo? Placed orders stay."),
        ({"title": "Mug"}, None),
        ({"title": "Mug", "variants_count": None}, None),
        (None, None),
    ],
)  # fmt: skip
def test_a_question_holds_what_is_known_and_is_left_out_where_something_is_not(resource, asked):
    assert question(ASKS, resource, "demo") == asked


def test_a_destructive_action_asks_for_this_very_product(run):
    mug = run("product_get", {"handle": "mug"}).data
    with pytest.raises(ConfirmationNeeded) as needed:
        run("product_delete", {"id": mug["id"]})
    count = mug["variants_count"]["count"]
    assert needed.value.details["preview"]["question"] == (
        f"Delete “{mug['title']}” with {count} variants in demo? Placed orders stay."
    )
