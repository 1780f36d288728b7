"""A change that takes the stock below zero asks first, whoever makes it, and holds for what was agreed to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from skipping import skipping

from atom_shopify_plugin.actions.run import Call, Outcome, UndoCall
from atom_shopify_plugin.errors import ConfirmationNeeded, OutcomeUnknown

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

Do = Callable[..., Outcome]
PLACE = "Main Warehouse"


@pytest.fixture
def pauses(sandbox: Sandbox) -> dict[str, Any]:
    return skipping(sandbox)


@pytest.fixture
def do(runtime: Runtime, principal: Principal, store: Store) -> Do:
    def run(
        action: str, *, key: str | None = None, confirm: str | None = None, preview: bool = False, **given: Any
    ) -> Outcome:
        call = Call(principal, action, given, idempotency_key=key, confirm=confirm, preview=preview)
        outcome = runtime.actions.run(call)
        assert isinstance(outcome, Outcome)
        return outcome

    return run


@pytest.fixture
def mug(do: Do) -> dict[str, Any]:
    """Three blue mugs in the warehouse, named as an item at a location."""
    item = do("inventory_level_get", sku="MUG-BLUE").data
    place = next(level["location"]["id"] for level in item["levels"] if level["location"]["name"] == PLACE)
    named = {"inventory_item_id": item["id"], "location_id": place}
    do("inventory_set", **named, quantity=3)
    return named


def stock(do: Do, mug: dict[str, Any], name: str = "available") -> int:
    return int(do("inventory_level_get", **mug).data["levels"][0][name])


def asked(run: Callable[[], Any]) -> dict[str, Any]:
    with pytest.raises(ConfirmationNeeded) as needed:
        run()
    return {"message": needed.value.message, **needed.value.details}


def test_what_stays_at_or_above_zero_is_not_asked_about(do: Do, mug: dict[str, Any]) -> None:
    do("inventory_adjust", **mug, delta=-3)
    assert stock(do, mug) == 0
    do("inventory_set", **mug, quantity=0)
    do("inventory_adjust", **mug, delta=2)
    assert stock(do, mug) == 2


@pytest.mark.parametrize(
    ("action", "given"),
    [("inventory_adjust", {"delta": -5}), ("inventory_set", {"quantity": -2})],
    ids=["adjust", "set"],
)
def test_what_goes_below_zero_is_shown_and_waits_for_a_yes(
    action: str, given: dict[str, Any], do: Do, mug: dict[str, Any]
) -> None:
    question = asked(lambda: do(action, **mug, **given))
    assert "MUG-BLUE at Main Warehouse: 3 → -2 available, which is below zero." in question["message"]
    assert question["preview"]["changes"] == [
        {"field": "available", "before": 3, "after": -2, "item": "MUG-BLUE", "location": PLACE}
    ]
    (sent,) = question["preview"]["sends"]
    ((row,),) = (rows for rows in sent["variables"]["input"].values() if isinstance(rows, list))
    assert row["changeFromQuantity"] == 3
    assert stock(do, mug) == 3
    done = do(action, **mug, **given, confirm=question["confirmation_token"])
    assert done.meta["verified"] is True
    assert stock(do, mug) == -2
    # What is below zero already and comes up is no question any more.
    do("inventory_adjust", **mug, delta=1)
    assert stock(do, mug) == -1


def test_what_is_on_hand_counts_without_what_is_committed(do: Do, mug: dict[str, Any], sandbox: Sandbox) -> None:
    levels = sandbox.store("demo.myshopify.com").all("InventoryLevel").values()
    level = next(one for one in levels if (one["item"], one["location"]) == tuple(mug.values()))
    level["stock"]["committed"] = 4
    question = asked(lambda: do("inventory_set", **mug, name="on_hand", quantity=2))
    assert [(one["field"], one["before"], one["after"]) for one in question["preview"]["changes"]] == [
        ("on_hand", 7, 2),
        ("available", 3, -2),
    ]
    do("inventory_set", **mug, name="on_hand", quantity=4)
    assert stock(do, mug) == 0


def test_a_yes_holds_for_the_stock_that_was_shown(do: Do, mug: dict[str, Any]) -> None:
    first = asked(lambda: do("inventory_adjust", **mug, delta=-5))
    do("inventory_adjust", **mug, delta=-1)
    again = asked(lambda: do("inventory_adjust", **mug, delta=-5, confirm=first["confirmation_token"]))
    assert "2 → -3" in again["message"]
    assert stock(do, mug) == 2
    do("inventory_adjust", **mug, delta=-5, confirm=again["confirmation_token"])
    assert stock(do, mug) == -3


def test_a_dry_run_shows_the_stock_and_hands_out_the_token(do: Do, mug: dict[str, Any]) -> None:
    harmless = do("inventory_adjust", **mug, delta=-1, preview=True).data
    assert "confirmation_token" not in harmless
    assert [(one["before"], one["after"]) for one in harmless["preview"]["changes"]] == [(3, 2)]
    asks = do("inventory_adjust", **mug, delta=-4, preview=True).data
    do("inventory_adjust", **mug, delta=-4, confirm=asks["confirmation_token"])
    assert stock(do, mug) == -1


def test_a_lost_answer_is_repeated_without_another_question_and_counts_once(
    do: Do, mug: dict[str, Any], sandbox: Sandbox
) -> None:
    lost = {"kind": "lost_reply", "times": None, "match": {"subject": "InventoryAdjust"}}
    token = asked(lambda: do("inventory_adjust", **mug, delta=-5, key="k1"))["confirmation_token"]
    sandbox.faults.add(lost)
    with pytest.raises(OutcomeUnknown) as told:
        do("inventory_adjust", **mug, delta=-5, key="k1", confirm=token)
    assert told.value.retryable
    sandbox.faults.clear()
    done = do("inventory_adjust", **mug, delta=-5, key="k1", confirm=token)
    assert (done.data["change"]["delta"], stock(do, mug)) == (-5, -2)
    # Nor does one that was no question: by now, the stock would not do for it a second time.
    do("inventory_set", **mug, quantity=3)
    sandbox.faults.add(lost)
    with pytest.raises(OutcomeUnknown):
        do("inventory_adjust", **mug, delta=-2, key="k2")
    sandbox.faults.clear()
    do("inventory_adjust", **mug, delta=-2, key="k2")
    assert stock(do, mug) == 1


def test_a_refused_yes_leaves_the_key_free(do: Do, mug: dict[str, Any]) -> None:
    given = {**mug, "delta": -5, "change_from_quantity": 3}
    token = asked(lambda: do("inventory_adjust", **given, key="k1"))["confirmation_token"]
    do("inventory_adjust", **given, key="k1", confirm=token)
    assert stock(do, mug) == -2


def test_an_undo_that_would_go_below_zero_asks_too(
    do: Do, mug: dict[str, Any], runtime: Runtime, principal: Principal
) -> None:
    entry = do("inventory_adjust", **mug, delta=2).meta["audit_id"]
    do("inventory_set", **mug, quantity=1)
    question = asked(lambda: runtime.actions.undo(UndoCall(principal, entry)))
    assert "1 → -1" in question["message"]
    runtime.actions.undo(UndoCall(principal, entry, confirm=question["confirmation_token"]))
    assert stock(do, mug) == -1


def test_a_place_that_does_not_keep_the_item_is_shopifys_to_refuse(do: Do, mug: dict[str, Any]) -> None:
    from atom_shopify_plugin.errors import Rejected

    with pytest.raises(Rejected):
        do("inventory_adjust", **{**mug, "location_id": "gid://shopify/Location/1"}, delta=-5)
