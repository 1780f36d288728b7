"""What a preview says, word for word: people decide by it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from atom_shopify_plugin.actions.run import Outcome
from atom_shopify_plugin.errors import ConfirmationNeeded

Run = Callable[..., Outcome]
DEMO = "demo.myshopify.com"


def test_a_preview_of_a_change_holds_everything_and_no_confirmation(run: Run) -> None:
    mug = run("product_get", {"handle": "mug"}).data
    outcome = run("product_update", {"id": mug["id"], "vendor": "Kiln"}, preview=True)
    assert outcome.meta == {"preview": True, "shop": DEMO}
    assert set(outcome.data) == {"preview"}
    told = outcome.data["preview"]
    assert {name: told[name] for name in ("action", "effect", "shop", "summary", "input", "current")} == {
        "action": "product_update",
        "effect": "write",
        "shop": DEMO,
        "summary": f"Update a product “{mug['title']}” in {DEMO}.",
        "input": {"id": mug["id"], "vendor": "Kiln"},
        "current": mug,
    }
    assert [change["field"] for change in told["changes"]] == ["vendor"]


def test_a_preview_of_what_destroys_says_how_long_it_may_be_confirmed(run: Run) -> None:
    mug = run("product_get", {"handle": "mug"}).data
    outcome = run("product_delete", {"id": mug["id"]}, preview=True)
    assert outcome.meta == {"preview": True, "shop": DEMO}
    assert set(outcome.data) == {"preview", "confirmation_token", "expires_in"}
    assert outcome.data["expires_in"] == 300
    assert outcome.data["preview"]["effect"] == "destructive"
    with pytest.raises(ConfirmationNeeded) as asked:
        run("product_delete", {"id": mug["id"]})
    assert asked.value.details["preview"] == outcome.data["preview"]
    assert asked.value.message == (
        f"{outcome.data['preview']['summary']} This can't be taken back: repeat the call with the confirmation token."
    )


@pytest.mark.parametrize(
    ("action", "find", "named", "change", "label"),
    [
        ("product_update", "product_get", {"handle": "mug"}, {"vendor": "Kiln"}, "title"),
        ("order_update", "order_get", {"name": "#1001"}, {"note": "x"}, "name"),
        ("inventory_adjust", "inventory_level_get", {"sku": "MUG-BLUE"}, {"delta": 1}, "sku"),
    ],
)
def test_a_summary_calls_a_thing_as_people_do(
    run: Run, action: str, find: str, named: dict[str, Any], change: Any, label: str
) -> None:
    found = run(find, named).data
    key = {"sku": "MUG-BLUE"} if label == "sku" else {"id": found["id"]}
    summary = run(action, {**key, **change}, preview=True).data["preview"]["summary"]
    assert f" “{found[label]}” in {DEMO}." in summary


def test_what_is_only_being_made_has_no_present_state_and_no_name(run: Run) -> None:
    preview = run("product_create", {"title": "Cup"}, preview=True).data["preview"]
    assert preview["current"] is None
    assert preview["summary"] == f"Create a product in {DEMO}."


def test_a_preview_under_a_key_uses_up_no_key(run: Run) -> None:
    assert run("product_create", {"title": "Cup"}, preview=True, idempotency_key="k1").meta["preview"] is True
    assert run("product_create", {"title": "Bowl"}, idempotency_key="k1").data["title"] == "Bowl"


def test_a_replay_repeats_what_was_said_and_says_that_it_is_one(run: Run) -> None:
    first = run("product_create", {"title": "Cup"}, idempotency_key="k1")
    again = run("product_create", {"title": "Cup"}, idempotency_key="k1")
    assert again.data == first.data
    assert again.meta == {**first.meta, "replayed": True}
    assert "replayed" not in first.meta
