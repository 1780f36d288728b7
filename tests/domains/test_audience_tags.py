"""The tag of an audience in Shopify: previewed, given, taken back, kept in step, and never more than its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from copying import copy

from atom_shopify_plugin.actions.run import Call
from atom_shopify_plugin.errors import Conflict
from atom_shopify_plugin.sync import audiences

if TYPE_CHECKING:
    from collections.abc import Callable

    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

    Run = Callable[..., Any]

MARK = "chosen"
RULES = [{"attribute": "tags", "operator": "has", "value": MARK}]


def tags_of(run: Run, number: str) -> list[str]:
    tags: list[str] = run("tag_get", id=f"gid://shopify/Customer/{number}")["tags"]
    return tags


def settle(runtime: Runtime, most: int = 50) -> None:
    """Run what there is to do for audiences and operations, without waiting for its time."""
    for _ in range(most):
        jobs = [
            job for kind in ("operation", audiences.KIND)
            for job in runtime.storage.jobs.list(kind=kind, states=["pending"], limit=50)
        ]  # fmt: skip
        if not jobs:
            return
        for job in jobs:
            if not runtime.jobs.run_one(job.id):
                runtime.storage.jobs.discard(job.id)
                runtime.storage.jobs.replay(job.id)
                runtime.jobs.run_one(job.id)
    raise AssertionError("The tags do not come to an end.")


@pytest.fixture
def three(run: Run, runtime: Runtime, sandbox: Sandbox, store: Store) -> list[str]:
    """Three customers who are in the audience, each with a tag of their own, in a store that is copied."""
    ids = sorted(sandbox.store(store.shop.name).all("Customer"))[:3]
    for number in ids:
        run("tag_add", id=number, tags=[MARK, "own"])
    copy(runtime, store)
    run("audience_create", name="Chosen ones", rules=RULES)
    return [one.rpartition("/")[2] for one in ids]


def follow(run: Run, runtime: Runtime, store: Store) -> None:
    """Bring the copy up to date, then what is kept in step."""
    copy(runtime, store)
    audiences.upkeep(runtime.services)
    settle(runtime)


def test_a_preview_counts_and_writes_nothing(
    run: Run, runtime: Runtime, principal: Principal, three: list[str]
) -> None:
    call = Call(principal, "audience_push", {"audience": "Chosen ones", "tag": "aud"}, preview=True)
    preview = runtime.actions.run(call).data["preview"]
    assert "Customers who get the tag: 3. Customers who lose it: 0." in preview["summary"]
    assert preview["changes"] == [{"field": "customers with the tag", "before": 0, "after": 3}]
    assert all("aud" not in tags_of(run, number) for number in three)
    assert run("audience_get", audience="Chosen ones")["tag"] is None


def test_who_left_loses_the_tag_of_the_audience_and_no_other(
    run: Run, confirmed: Run, runtime: Runtime, store: Store, three: list[str]
) -> None:
    by_hand = f"gid://shopify/Customer/{three[1]}"
    run("tag_add", id=by_hand, tags=["AUD"])
    copy(runtime, store)
    done = confirmed("audience_push", audience="Chosen ones", tag="aud")
    assert done["counts"] == {"added": 2, "removed": 0, "failed": 0}
    assert {"aud", "own"} <= set(tags_of(run, three[0]))
    for number in three[:2]:
        run("tag_remove", id=f"gid://shopify/Customer/{number}", tags=[MARK])
    copy(runtime, store)
    done = confirmed("audience_push", audience="Chosen ones")
    assert (done["counts"], done["tagged"]) == ({"added": 0, "removed": 1, "failed": 0}, 1)
    assert tags_of(run, three[0]) == [tag for tag in tags_of(run, three[0]) if tag not in ("aud", MARK)]
    assert "own" in tags_of(run, three[0])
    assert "AUD" in tags_of(run, three[1]), "somebody gave it by hand"
    assert confirmed("audience_push", audience="Chosen ones")["counts"] == {"added": 0, "removed": 0, "failed": 0}


def test_tags_are_kept_in_step_and_taken_back(
    run: Run, confirmed: Run, runtime: Runtime, store: Store, three: list[str]
) -> None:
    assert confirmed("audience_push", audience="Chosen ones", tag="aud", keep_in_step=True)["keep_in_step"] is True
    run("tag_remove", id=f"gid://shopify/Customer/{three[0]}", tags=[MARK])
    follow(run, runtime, store)
    assert "aud" not in tags_of(run, three[0])
    assert "aud" in tags_of(run, three[1])
    done = confirmed("audience_push", audience="Chosen ones", take_back=True)
    assert (done["tag"], done["tagged"], done["counts"]["removed"]) == (None, 0, 2)
    assert all("aud" not in tags_of(run, number) and "own" in tags_of(run, number) for number in three)
    assert run("audience_get", audience="Chosen ones")["keep_in_step"] is False


def test_what_is_planned_is_done_by_whoever_comes_next(
    run: Run, runtime: Runtime, principal: Principal, store: Store, three: list[str]
) -> None:
    """A process that died between the plan and the tags, or after some of them, leaves rows that the next one reads."""
    storage = runtime.storage
    with storage.begin() as session:
        audience = storage.audiences.find(session, store.id, "Chosen ones")
        assert audience is not None
        storage.audiences.change(session, audience.id, tag="aud", pushed_by=principal)
        mirror = storage.mirrors.lock(session, store)
        storage.audiences.plan(session, mirror, audience.id, [int(number) for number in three], [])
    run("tag_add", id=f"gid://shopify/Customer/{three[0]}", tags=["aud"])  # it was sent, and its row not settled
    audiences.upkeep(runtime.services)
    settle(runtime)
    assert all(tags_of(run, number).count("aud") == 1 for number in three)
    assert run("audience_get", audience="Chosen ones")["tagged"] == 3


def test_two_audiences_do_not_share_a_tag(run: Run, confirmed: Run, three: list[str]) -> None:
    confirmed("audience_push", audience="Chosen ones", tag="aud")
    run("audience_create", name="Others", rules=RULES)
    with pytest.raises(Conflict, match="“Chosen ones” gives the tag “AUD”"):
        confirmed("audience_push", audience="Others", tag="AUD")
    with pytest.raises(Conflict, match="take_back"):
        confirmed("audience_push", audience="Chosen ones", tag="other")
