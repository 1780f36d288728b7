"""Which run of a workflow an event is put down to: the one whose write it tells of, and nobody else's change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from eventkit import Emitted, Shopify

from atom_shopify_plugin.actions.run import Call, Outcome
from atom_shopify_plugin.errors import ConfirmationNeeded, NotFound, Rejected
from atom_shopify_plugin.hookspecs import Origin, Principal

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.storage import Store

Work = Callable[[], int]
RUN = Origin("first-run", "this-run", 3)
Do = Callable[..., Outcome]


@pytest.fixture
def do(runtime: Runtime, principal: Principal, store: Store) -> Do:
    """Run an action as a step of a run does."""
    return lambda action, origin=RUN, preview=False, **given: runtime.actions.run(
        Call(principal, action, given, origin=origin, preview=preview)
    )


@pytest.fixture
def cause(shopify: Shopify, work: Work, emitted: Emitted) -> Callable[..., Origin | None]:
    """Deliver a webhook and return what its event is put down to."""

    def deliver(topic: str, payload: dict[str, Any]) -> Origin | None:
        shopify.deliver(topic, payload)
        work()
        return emitted.events[-1].caused_by

    return deliver


def customer(do: Do, number: int = 0) -> dict[str, Any]:
    return dict(do("customer_search", limit=2).data["items"][number])


def body(thing: dict[str, Any], later: float = 0.0) -> dict[str, Any]:
    at = datetime.fromisoformat(thing["updated_at"]) + timedelta(seconds=later)
    return {"id": int(thing["legacy_id"]), "updated_at": at.isoformat()}


def test_an_event_about_what_a_run_wrote_names_the_run(do: Do, cause: Any) -> None:
    written = do("customer_update", id=customer(do)["id"], note="by a run").data
    assert cause("customers/update", body(written)) == RUN


def test_what_people_change_is_nobody_elses(do: Do, cause: Any) -> None:
    one, other = customer(do), customer(do, 1)
    assert cause("customers/update", body(one)) is None
    written = do("customer_update", id=one["id"], note="by a run").data
    assert cause("customers/update", body(written, later=30)) is None
    assert cause("customers/update", body(other)) is None
    by_hand = do("customer_update", origin=None, id=other["id"], note="by a person").data
    assert cause("customers/update", body(by_hand)) is None


def test_a_write_whose_answer_tells_no_moment_counts_for_a_minute(do: Do, cause: Any) -> None:
    one = customer(do)
    do("tag_add", id=one["id"], tags=["x"])
    now = datetime.now().astimezone()
    assert cause("customers/update", {"id": int(one["legacy_id"]), "updated_at": now.isoformat()}) == RUN
    later = (now + timedelta(minutes=3)).isoformat()
    assert cause("customers/update", {"id": int(one["legacy_id"]), "updated_at": later}) is None


def test_an_event_without_a_moment_is_put_down_to_a_write_just_before(do: Do, cause: Any) -> None:
    one = customer(do)
    payload = {"customerId": one["id"], "tags": ["x"]}
    assert cause("customer.tags_added", payload) is None
    do("tag_add", id=one["id"], tags=["x"])
    assert cause("customer.tags_added", payload) == RUN


def test_what_follows_for_other_things_is_put_down_to_it_too(do: Do, cause: Any) -> None:
    product = do("product_get", handle="mug").data
    variant = do("variant_update", id=product["variants"]["nodes"][0]["id"], price="17.50").data
    now = datetime.now().astimezone().isoformat()
    assert cause("products/update", {"id": int(product["legacy_id"]), "updated_at": now}) == RUN
    item = do("inventory_set", sku=variant["sku"], quantity=7).data
    level = {"inventory_item_id": int(item["legacy_id"]), "location_id": 9, "available": 7, "updated_at": now}
    assert cause("inventory_levels/update", level) == RUN


@pytest.mark.parametrize("how", ["preview", "refused", "not there", "not confirmed"])
def test_what_was_not_written_causes_nothing(do: Do, cause: Any, how: str) -> None:
    one, product = customer(do), do("product_get", handle="mug").data
    if how == "preview":
        do("customer_update", preview=True, id=one["id"], note="x")
    elif how == "refused":
        with pytest.raises(Rejected):
            do("customer_update", id=one["id"], email=customer(do, 1)["default_email_address"]["email_address"])
    elif how == "not there":
        with pytest.raises(NotFound):
            do("customer_update", id=1, note="x")
        one = {**one, "legacy_id": "1"}
    else:
        with pytest.raises(ConfirmationNeeded):
            do("product_delete", id=product["id"])
    now = datetime.now().astimezone().isoformat()
    assert cause("customers/update", {"id": int(one["legacy_id"]), "updated_at": now}) is None
    assert cause("products/update", {"id": int(product["legacy_id"]), "updated_at": now}) is None


def test_of_several_runs_the_deepest_counts(do: Do, cause: Any) -> None:
    one = customer(do)["id"]
    deep = Origin("another", "deep", 4)
    for origin in (Origin("a", "a", 1), deep, Origin("b", "b", 2)):
        written = do("customer_update", origin=origin, id=one, note=f"by {origin.run}").data
    assert cause("customers/update", body(written)) == deep


def test_what_runs_wrote_is_kept_for_two_days(do: Do, runtime: Runtime) -> None:
    do("customer_update", id=customer(do)["id"], note="by a run")
    now = runtime.storage.now()
    assert runtime.storage.cleanup()["own_writes"] == 0
    runtime.storage.clock = lambda: now + timedelta(days=3)
    assert runtime.storage.cleanup()["own_writes"] >= 1
