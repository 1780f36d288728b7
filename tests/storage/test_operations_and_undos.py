"""Operations end once, together with their audit entry; an entry is undone once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from storage_helpers import OUTLET, MovableClock, grant, key

from atom_shopify_plugin.errors import StillRunning
from atom_shopify_plugin.hookspecs import Origin, Principal
from atom_shopify_plugin.storage import AuditEntry, Ending, LeaseLost, NewJob, NewOperation, Operation, Storage, Store
from atom_shopify_plugin.storage.calls.audit import Undoing
from atom_shopify_plugin.storage.calls.operations import FOLLOWED, KEEP, OperationRow

GONE = "0" * 32


def entry(person: Principal, store: Store, **members: Any) -> AuditEntry:
    usual: dict[str, Any] = {"action": "order_cancel", "effect": "destructive", "outcome": "started", "seconds": 0.0}
    return AuditEntry(
        principal=person, store_id=store.id, shop=str(store.shop), **{**usual, "input": {"id": 1}, **members}
    )


def begin(storage: Storage, store: Store, person: Principal, **members: Any) -> Operation:
    usual: dict[str, Any] = {
        "action": "order_cancel", "input": {"id": 1}, "before": {"name": "#1"}, "look": {"job": "1"}, "audit_id": None,
    }  # fmt: skip
    return storage.operations.begin(NewOperation(principal=person, store=store, **{**usual, **members}))


def test_an_operation_goes_on_and_ends_together_with_its_entry(
    storage: Storage, demo: Store, ada: Principal, clock: MovableClock
) -> None:
    audit_id = storage.audit.record(entry(ada, demo, before={"name": "#1"}))
    begun = begin(storage, demo, ada, audit_id=audit_id, origin=Origin("c", "r", 2))
    assert (begun.state, begun.ended, begun.origin) == ("accepted", False, Origin("c", "r", 2))
    assert begun.expires_at == clock() + FOLLOWED
    clock.move(seconds=5)
    assert storage.operations.progress(begun.id, look={"job": "2"}, done=1, total=3, message="On it.")
    found = storage.operations.get(ada, begun.id)
    assert found is not None
    assert (found.state, found.done, found.total, found.message) == ("running", 1, 3, "On it.")
    assert (found.content["look"], found.content["input"]) == ({"job": "2"}, {"id": 1})
    clock.move(seconds=5)
    ending = Ending(
        "succeeded", {"x": 1}, {"verified": True}, audit={"outcome": "ok", "after": {"x": 1}, "verified": True}
    )
    assert storage.operations.finish(begun.id, ending)
    shown = storage.operations.get(ada, begun.id)
    assert shown is not None
    assert (shown.state, shown.as_dict()["data"], shown.expires_at) == ("succeeded", {"x": 1}, clock() + KEEP)
    row = storage.audit.get(ada, audit_id)
    assert row is not None
    assert (row.outcome, row.before, row.after, row.verified) == ("ok", {"name": "#1"}, {"x": 1}, True)
    assert row.seconds == pytest.approx(10)


def test_an_operation_ends_once_whoever_comes_first(storage: Storage, demo: Store, ada: Principal) -> None:
    begun = begin(storage, demo, ada)
    endings = [Ending("succeeded", number) for number in range(4)] + [Ending("cancelled", error={"code": "X"})]
    with ThreadPoolExecutor(5) as pool:
        done = list(pool.map(lambda ending: storage.operations.finish(begun.id, ending), endings))
    assert sum(done) == 1
    assert not storage.operations.progress(begun.id, message="late")
    assert not storage.operations.finish(GONE, endings[0])


def test_a_worker_that_lost_its_lease_writes_nothing(
    storage: Storage, demo: Store, ada: Principal, clock: MovableClock
) -> None:
    begun = begin(storage, demo, ada)
    storage.jobs.put(NewJob(kind="operation", app=demo.app, shop=str(demo.shop), dedupe=begun.id))
    first = storage.jobs.claim("one", ["operation"], 10)
    assert first is not None
    clock.move(seconds=20)
    second = storage.jobs.claim("two", ["operation"], 10)
    assert second is not None
    for write in (
        lambda: storage.operations.progress(begun.id, message="late", job=first),
        lambda: storage.operations.finish(begun.id, Ending("succeeded"), job=first),
    ):
        with pytest.raises(LeaseLost):
            write()
    assert storage.operations.finish(begun.id, Ending("succeeded"), job=second)


def test_a_job_that_gets_on_is_not_worn_out_by_its_looks(storage: Storage, demo: Store, clock: MovableClock) -> None:
    storage.jobs.put(NewJob(kind="operation", app=demo.app, shop=str(demo.shop), dedupe="x"))
    for _ in range(5):
        job = storage.jobs.claim("one", ["operation"], 10)
        assert job is not None
        assert job.attempts == 1
        assert storage.jobs.put_off(job, 30)
        assert not storage.jobs.put_off(job, 30)
        assert storage.jobs.claim("two", ["operation"], 10) is None
        clock.move(seconds=31)
    assert storage.jobs.find("operation", "x") is not None
    assert storage.jobs.find("operation", "y") is None


def test_operations_are_seen_by_members_alone(storage: Storage, demo: Store, ada: Principal, bob: Principal) -> None:
    outlet = storage.installations.grant(grant(OUTLET), bob)
    first, second = begin(storage, demo, ada), begin(storage, outlet, bob)
    assert [one.id for one in storage.operations.list(ada)] == [first.id]
    assert storage.operations.get(ada, second.id) is None
    storage.memberships.add(ada, outlet.id)
    assert [one.id for one in storage.operations.list(ada)] == [second.id, first.id]
    assert [one.id for one in storage.operations.list(ada, demo, states=["accepted"])] == [first.id]
    assert storage.operations.list(ada, states=["failed"]) == []
    for strange in ("", "x", "\0", "\ud83d", "0" * 33, GONE):
        assert storage.operations.get(ada, strange) is None
        assert storage.audit.get(ada, strange) is None


def test_what_nobody_looks_at_is_found_and_what_is_old_is_deleted(
    storage: Storage, demo: Store, ada: Principal, clock: MovableClock
) -> None:
    begun, other = begin(storage, demo, ada, call_id="c"), begin(storage, demo, ada)
    assert storage.operations.unfollowed(timedelta(minutes=3)) == []
    clock.move(minutes=4)
    storage.operations.progress(other.id)
    assert [one.id for one in storage.operations.unfollowed(timedelta(minutes=3))] == [begun.id]
    found = storage.operations.of_call("c")
    assert found is not None
    assert found.id == begun.id
    storage.operations.finish(begun.id, Ending("succeeded"))
    clock.move(days=6)
    assert storage.cleanup()["operations"] == 0
    clock.move(days=2)
    assert storage.cleanup()["operations"] == 1
    assert storage.operations.find(begun.id) is None
    assert storage.operations.find(other.id) is not None


def test_contents_are_encrypted_rotated_and_erased(
    storage: Storage, demo: Store, ada: Principal, open_storage: Callable[..., Storage]
) -> None:
    begun = begin(storage, demo, ada, input={"email": "canary@example.com"})
    with storage.read() as session:
        assert b"canary" not in (session.scalars(select(OperationRow.content)).one() or b"")
    rotating = open_storage(encryption_keys=(key(2), key(1)))
    assert rotating.rotate()["operations"] == 1
    alone = open_storage(encryption_keys=(key(2),))
    found = alone.operations.find(begun.id)
    assert found is not None
    assert found.content["input"] == {"email": "canary@example.com"}
    (held,) = [one for one in alone.erasure.held(demo.app, str(demo.shop), demo.id) if one.kind == "operation"]
    assert b"canary" in held.content
    alone.erasure.erase(held)
    found = alone.operations.find(begun.id)
    assert found is not None
    assert found.content == {}


def test_an_entry_is_undone_by_one_write_at_a_time(storage: Storage, demo: Store, ada: Principal) -> None:
    first = storage.audit.record(entry(ada, demo, outcome="ok", undo={"action": "x", "input": {}, "look": {}}))

    def undo(_: int) -> str | None:
        try:
            return storage.audit.record(entry(ada, demo, undoes=Undoing(first)))
        except StillRunning:
            return None

    with ThreadPoolExecutor(4) as pool:
        (won,) = [found for found in pool.map(undo, range(4)) if found is not None]
    row = storage.audit.get(ada, first)
    assert row is not None
    assert (row.undone_by, row.undo["action"]) == (won, "x")
    taken_over = storage.audit.record(entry(ada, demo, undoes=Undoing(first, instead_of=won)))
    with pytest.raises(StillRunning):
        storage.audit.record(entry(ada, demo, undoes=Undoing(first, instead_of=won)))
    # Who was replaced and fails later takes nothing away from who replaced it.
    storage.audit.settle(won, entry(ada, demo, outcome="UNAVAILABLE", undoes=Undoing(first)))
    assert storage.audit.get(ada, first).undone_by == taken_over  # type: ignore[union-attr]
    storage.audit.settle(taken_over, entry(ada, demo, outcome="OUTCOME_UNKNOWN", undoes=Undoing(first)))
    assert storage.audit.get(ada, first).undone_by == taken_over  # type: ignore[union-attr]
    assert storage.audit.failed_undos(first) == 1
    storage.audit.settle(taken_over, entry(ada, demo, outcome="SHOPIFY_USER_ERROR", undoes=Undoing(first)))
    assert storage.audit.get(ada, first).undone_by is None  # type: ignore[union-attr]
    assert storage.audit.failed_undos(first) == 2


def test_the_last_write_of_a_person_in_a_store_is_found(storage: Storage, demo: Store, ada: Principal) -> None:
    chat = Principal("ada", via="chat")
    assert storage.audit.last_write(chat, demo) is None
    first = storage.audit.record(entry(chat, demo, outcome="ok"))
    second = storage.audit.record(entry(chat, demo, outcome="ok"))
    for other in (
        entry(ada, demo, outcome="ok"),
        entry(chat, demo, outcome="NOT_FOUND"),
        entry(chat, demo, effect="read", outcome="ok"),
    ):
        storage.audit.record(other)
    storage.audit.record(entry(chat, demo, outcome="ok", undoes=Undoing(second)))
    found = storage.audit.last_write(chat, demo)
    assert found is not None
    assert found.id == first
