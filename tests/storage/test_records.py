"""What is written down: audit, usage, and what is thrown away."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from storage_helpers import DEMO, OUTLET, MovableClock, grant, key

from atom_shopify_plugin.errors import Unavailable
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.storage import AuditEntry, Begun, NewEvent, NewJob, Storage, Store
from atom_shopify_plugin.storage.calls.audit import Audit
from atom_shopify_plugin.storage.calls.idempotency import Idempotency
from atom_shopify_plugin.storage.calls.usage import UsageRow
from atom_shopify_plugin.storage.database.base import is_id, new_id
from atom_shopify_plugin.storage.stores.tables import OAuthState
from atom_shopify_plugin.storage.work.event_table import LedgerEvent
from atom_shopify_plugin.storage.work.job_table import QueuedJob


def entry(principal: Principal, store: Store | None = None, number: int = 0) -> AuditEntry:
    return AuditEntry(
        principal=principal,
        action="product_update",
        effect="write",
        outcome="ok",
        seconds=0.25,
        store_id=None if store is None else store.id,
        shop=None if store is None else store.shop.name,
        target="gid://shopify/Product/1",
        input={"id": 1, "title": "Canary"},
        before={"title": "Cup"},
        after={"title": "Canary", "number": number},
        verified=True,
        request_id="req-1",
    )


def test_an_entry_is_stored_whatever_its_input_holds(storage: Storage, ada: Principal) -> None:
    storage.audit.record(replace(entry(ada), input={"delta": -(2**70), "digits": 10**5000, "note": "\ud83d"}))
    (row,) = storage.audit.list(ada)
    assert (row.input["delta"], row.input["note"]) == (str(-(2**70)), "\ufffd")
    assert row.input["digits"].startswith("0x")


def test_an_entry_comes_back_as_it_was_written(
    storage: Storage, demo: Store, ada: Principal, clock: MovableClock
) -> None:
    row_id = storage.audit.record(entry(ada, demo))
    (row,) = storage.audit.list(ada, demo)
    assert (row.id, row.at, row.subject, row.action, row.outcome) == (row_id, clock(), "ada", "product_update", "ok")
    assert (row.before, row.input, row.verified) == ({"title": "Cup"}, {"id": 1, "title": "Canary"}, True)


def test_an_entry_is_there_before_its_outcome_and_completed_by_it(
    storage: Storage, demo: Store, ada: Principal
) -> None:
    begun = replace(entry(ada, demo), outcome="started", after=None, verified=None, seconds=0.0)
    row_id = storage.audit.record(begun)
    assert [row.outcome for row in storage.audit.list(ada)] == ["started"]
    storage.audit.settle(row_id, replace(begun, outcome="ok", after={"title": "Mug"}, verified=True, seconds=0.3))
    (row,) = storage.audit.list(ada)
    assert (row.id, row.outcome, row.after, row.verified) == (row_id, "ok", {"title": "Mug"}, True)


def test_what_changed_is_encrypted(storage: Storage, demo: Store, ada: Principal) -> None:
    storage.audit.record(entry(ada, demo))
    with storage.read() as session:
        assert b"Canary" not in (session.scalars(select(Audit.content)).one() or b"")


def test_who_may_use_a_store_sees_what_was_done_there_and_nobody_else_does(
    storage: Storage, demo: Store, ada: Principal, bob: Principal
) -> None:
    outlet = storage.installations.grant(grant(OUTLET), bob)
    storage.audit.record(entry(ada, demo))
    storage.audit.record(entry(bob, outlet))
    assert [row.shop for row in storage.audit.list(ada)] == [DEMO.name]
    assert storage.audit.list(ada, outlet) == []
    storage.memberships.add(ada, outlet.id)
    assert [row.shop for row in storage.audit.list(ada)] == [OUTLET.name, DEMO.name]


def test_the_log_is_read_page_by_page_from_the_newest(storage: Storage, demo: Store, ada: Principal) -> None:
    ids = [storage.audit.record(entry(ada, demo, number)) for number in range(7)]
    seen: list[str] = []
    before = None
    while page := storage.audit.list(ada, demo, limit=3, before=before):
        seen += [row.id for row in page]
        before = page[-1].id
    assert sorted(seen) == sorted(ids)
    assert seen == sorted(seen, reverse=True)


def test_an_entry_outlives_the_key_of_its_content(
    storage: Storage, demo: Store, ada: Principal, open_storage: Callable[..., Storage]
) -> None:
    storage.audit.record(entry(ada, demo))
    (row,) = open_storage(encryption_keys=(key(2),)).audit.list(ada)
    assert (row.action, row.after) == ("product_update", None)


def test_usage_is_counted_with_errors_and_durations(storage: Storage) -> None:
    for number in range(100):
        storage.usage.record("rest", "GET /products", number >= 2, 0.010 if number < 90 else 0.450)
    summary = storage.usage.summary(hours=1)["rest"]
    assert (summary["count"], summary["errors"]) == (100, 2)
    assert 0.007 <= summary["p50"] <= 0.010
    assert 0.400 <= summary["p95"] <= 0.500


def test_usage_is_written_in_batches(storage: Storage) -> None:
    storage.usage.record("action", "product_get", True, 0.01)
    with storage.read() as session:
        assert session.scalar(select(func.count()).select_from(UsageRow)) == 0
    storage.usage.flush()
    with storage.read() as session:
        assert session.scalar(select(func.count()).select_from(UsageRow)) == 2


def test_counts_of_several_processes_add_up(storage: Storage, open_storage: Callable[..., Storage]) -> None:
    other = open_storage()
    for one in (storage, other, storage):
        one.usage.record("action", "product_get", one is storage, 0.01, "s" * 32)
        one.usage.flush()
    assert storage.usage.totals("action") == [
        {"key": "product_get", "count": 3, "errors": 1, "seconds": pytest.approx(0.03)}
    ]
    assert storage.usage.totals("action", store_ids=["t" * 32]) == []
    assert other.usage.summary()["action"]["count"] == 3


def test_closing_writes_what_is_left(storage: Storage, open_storage: Callable[..., Storage]) -> None:
    other = open_storage()
    other.usage.record("oauth", "refresh", True, 0.2)
    other.close()
    assert storage.usage.summary()["oauth"]["count"] == 1


def test_a_summary_looks_back_only_so_far(storage: Storage, clock: MovableClock) -> None:
    storage.usage.record("rest", "GET /products", False, 0.01)
    clock.move(hours=2)
    storage.usage.record("rest", "GET /products", True, 0.01)
    assert storage.usage.summary(hours=1)["rest"]["errors"] == 0
    assert storage.usage.summary(hours=24)["rest"]["errors"] == 1


def test_counting_goes_on_while_the_database_is_away(settings: Settings, open_storage: Callable[..., Storage]) -> None:
    storage = open_storage(database_url=f"postgresql+psycopg:///nowhere?host={settings.data_dir}")
    storage.usage.record("rest", "GET /products", True, 0.01)
    with pytest.raises(Unavailable):
        storage.usage.flush()
    with pytest.raises(Unavailable):
        storage.usage.summary()
    storage.usage.record("rest", "GET /products", True, 0.01)


def test_a_forked_child_has_connections_and_counts_of_its_own(storage: Storage, demo: Store, ada: Principal) -> None:
    storage.usage.record("rest", "parent", True, 0.01)
    child = os.fork()
    if child == 0:
        try:
            storage.usage.record("rest", "child", True, 0.01)
            storage.usage.flush()
            os._exit(0 if storage.memberships.find(ada, None) == demo else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert storage.memberships.find(ada, None) == demo
    assert {row["key"]: row["count"] for row in storage.usage.totals("rest")} == {"parent": 1, "child": 1}


def test_cleanup_removes_what_has_expired_and_nothing_else(
    storage: Storage, demo: Store, ada: Principal, clock: MovableClock
) -> None:
    storage.oauth_states.issue(ada, DEMO, browser="b" * 43, return_to="stores")
    storage.confirmations.issue(ada, demo.id, "product_delete", "hash")
    assert isinstance(storage.idempotency.begin(demo.id, Principal("ada"), "a", "k", "h", 30), Begun)
    storage.usage.record("rest", "GET /products", True, 0.01)
    storage.usage.flush()
    assert set(storage.cleanup().values()) == {0}
    clock.move(days=3)
    assert storage.cleanup() == {
        "states": 1,
        "confirmations": 1,
        "conversations": 0,
        "chat_states": 0,
        "invitations": 0,
        "idempotency": 1,
        "audit": 0,
        "usage_minutes": 1,
        "usage_days": 0,
        "tokens": 0,
        "feed": 0,
        "jobs": 0,
        "events": 0,
        "operations": 0,
        "own_writes": 0,
        "contents": 0,
        "trigger_states": 0,
        "approvals": 0,
        "policy_usage": 0,
    }
    with storage.read() as session:
        for table in (OAuthState, Idempotency):
            assert session.scalar(select(func.count()).select_from(table)) == 0
    clock.move(days=400)
    assert storage.cleanup()["usage_days"] == 1


def test_a_token_that_is_dead_for_good_is_removed_and_the_store_asks_for_a_new_connection(
    storage: Storage, demo: Store, ada: Principal, clock: MovableClock
) -> None:
    assert demo.refresh_expires_at is not None
    clock.moment = demo.refresh_expires_at - timedelta(seconds=1)
    assert storage.cleanup()["tokens"] == 0
    clock.move(seconds=2)
    assert storage.cleanup()["tokens"] == 1
    store = storage.memberships.find(ada, None)
    assert store is not None
    assert store.state == "reauth_required"
    assert storage.tokens.read(demo.id) is None


def test_a_token_without_an_end_is_kept(storage: Storage, ada: Principal, clock: MovableClock) -> None:
    endless = grant(kind="admin_token", refresh=None, expires_at=None, refresh_expires_at=None)
    store = storage.installations.grant(endless, ada)
    clock.move(days=4000)
    assert storage.cleanup()["tokens"] == 0
    assert storage.tokens.read(store.id) is not None


def test_contents_are_bounded_by_bytes_for_each_person_and_the_entries_stay(storage: Storage) -> None:
    def record(person: Principal, size: int) -> str:
        return storage.audit.record(replace(entry(person), input={"x": "y" * size}))

    ada, bob = Principal("ada"), Principal("bob")
    storage.history = 10_000
    kept = record(bob, 5_000)
    made = [record(ada, 900) for _ in range(30)]
    assert storage.cleanup()["contents"] > 0
    entries = {row.id: row.input for row in storage.audit.list(ada, limit=100)}
    assert list(entries) == list(reversed(made))
    full = [row_id for row_id in made if entries[row_id] is not None]
    assert full == made[-len(full) :]
    assert 5 <= len(full) <= 11
    assert [row.input for row in storage.audit.list(bob) if row.id == kept] == [{"x": "y" * 5_000}]
    assert storage.cleanup()["contents"] == 0


def test_audit_entries_go_after_their_time(storage: Storage, clock: MovableClock) -> None:
    storage.audit.record(entry(Principal("ada")))
    clock.move(days=399)
    assert storage.cleanup()["audit"] == 0
    clock.move(days=2)
    assert storage.cleanup()["audit"] == 1


def test_bodies_and_payloads_are_bounded_by_bytes_for_each_store(storage: Storage, demo: Store) -> None:
    def deliver(number: int, shop: str) -> None:
        body = b"x" * 2_000
        job = NewJob(kind="delivery", dedupe=f"{shop}{number}", app="app", shop=shop, subject="t", body=body)
        placed = storage.jobs.put(replace(job, installation_id=demo.id, epoch=1))
        storage.events.put(
            NewEvent(trigger="t", dedupe_key=f"{shop}{number}", app="app", shop=shop, payload=body, job_id=placed.id)
        )

    for number in range(10):
        deliver(number, "demo.myshopify.com")
    deliver(0, "outlet.myshopify.com")
    storage.history = 9_000
    assert storage.cleanup()["contents"] == 0  # what waits is no history
    with storage.begin() as session:
        ended = update(QueuedJob).values(state="done", finished_at=storage.now())
        session.execute(ended.execution_options(synchronize_session=False))
        emitted = update(LedgerEvent).values(state="emitted")
        session.execute(emitted.execution_options(synchronize_session=False))
    assert storage.cleanup()["contents"] == 12
    with storage.read() as session:
        left = select(QueuedJob.shop_domain, func.count()).where(QueuedJob.body.is_not(None))
        assert dict(session.execute(left.group_by(QueuedJob.shop_domain)).all()) == {  # type: ignore[arg-type]
            "demo.myshopify.com": 4,
            "outlet.myshopify.com": 1,
        }
        assert session.scalar(select(func.count()).select_from(QueuedJob)) == 11


def test_ids_of_one_process_sort_by_age() -> None:
    made = [new_id() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert all(is_id(each) for each in made)
