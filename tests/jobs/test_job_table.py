"""The job table, seen by one process with a clock that tests move; on each database."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from probe import APP, KIND, SHOP, new
from sqlalchemy import update

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.storage import Grant, Job, Placed, Storage
from atom_shopify_plugin.storage.work.job_table import QueuedJob

LEASE = 30.0
# The examples of a test share its database; none of them meets the rows of another.
EACH_ON_ITS_OWN = hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)


class MovableClock:
    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 25, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def move(self, **duration: float) -> None:
        self.moment += timedelta(**duration)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def storage(open_runtime: Callable[..., Runtime], clock: MovableClock) -> Storage:
    return open_runtime(clock=clock).storage


def take(storage: Storage, worker: str = "w1", **options: Any) -> Job | None:
    return storage.jobs.claim(worker, (KIND,), LEASE, **options)


def must_take(storage: Storage, worker: str = "w1", **options: Any) -> Job:
    job = take(storage, worker, **options)
    assert job is not None
    return job


def connect(storage: Storage) -> str:
    grant = Grant(
        app=APP,
        shop=ShopDomain(SHOP),
        shop_id="gid://shopify/Shop/1",
        name="Demo",
        currency="EUR",
        timezone="UTC",
        kind="offline",
        scope="read_orders",
        granted_scopes=frozenset({"read_orders"}),
        access=Secret("shpat_x"),
    )
    return storage.installations.grant(grant, Principal("ada")).id


def test_a_job_comes_out_as_it_was_put_in(storage: Storage) -> None:
    body = b"\x00\xff\xed\xa0\x80 not even text"
    placed = storage.jobs.put(
        new("one", "orders/create", headers={"event": "1", "bad": "\ud800\0"}, body=body, installation_id="i1")
    )
    job = must_take(storage)
    assert (job.id, job.kind, job.dedupe, job.app, job.shop) == (placed.id, KIND, "one", APP, SHOP)
    assert (job.subject, job.installation_id, job.attempts, job.taken_over) == ("orders/create", "i1", 1, False)
    assert job.headers == {"event": "1", "bad": "?"}
    assert job.body is None
    assert storage.jobs.open(job).body == body


@EACH_ON_ITS_OWN
@given(bodies=st.lists(st.binary(max_size=200), min_size=1, max_size=4))
def test_any_bytes_can_be_a_body(storage: Storage, bodies: list[bytes]) -> None:
    for body in bodies:
        placed = storage.jobs.put(new(None, body=body))
        job = must_take(storage, job_id=placed.id)
        assert storage.jobs.open(job).body == body
        assert storage.jobs.finish(job)


def test_the_same_job_is_stored_once(storage: Storage) -> None:
    assert storage.jobs.put(new("one")).new
    assert storage.jobs.put(new("one")) == Placed(False, "")
    assert storage.jobs.put(new("one", kind="other")).new
    assert len(storage.jobs.list()) == 2


def test_a_finished_job_still_keeps_a_repetition_away(storage: Storage) -> None:
    storage.jobs.put(new("one"))
    assert storage.jobs.finish(must_take(storage))
    assert not storage.jobs.put(new("one")).new


def test_long_and_strange_dedupe_keys_stay_apart(storage: Storage) -> None:
    keys = ["x" * 255, "x" * 256, "x" * 257, "a\0", "a", "\ud800", "?"]
    assert all(storage.jobs.put(new(key)).new for key in keys)
    assert not any(storage.jobs.put(new(key)).new for key in keys)


def test_of_many_who_put_the_same_job_at_once_one_is_told_that_it_is_new(storage: Storage) -> None:
    names = [f"job-{number % 10}" for number in range(80)]
    with ThreadPoolExecutor(8) as pool:
        placed = list(pool.map(lambda name: storage.jobs.put(new(name, body=b"x")).new, names))
    assert sum(placed) == 10


def test_of_many_who_claim_at_once_each_gets_another_job(storage: Storage) -> None:
    for number in range(40):
        storage.jobs.put(new(f"job-{number}"))
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda number: take(storage, f"w{number}"), range(60)))
    ids = [job.id for job in taken if job is not None]
    assert len(ids) == len(set(ids)) == 40


def test_what_has_waited_longest_is_claimed_first(storage: Storage, clock: MovableClock) -> None:
    storage.jobs.put(new("late", delay=20))
    storage.jobs.put(new("second", delay=10))
    storage.jobs.put(new("first"))
    clock.move(seconds=25)
    assert [must_take(storage).dedupe for _ in range(3)] == ["first", "second", "late"]
    assert take(storage) is None


def test_a_delayed_job_waits(storage: Storage, clock: MovableClock) -> None:
    storage.jobs.put(new("one", delay=10))
    assert take(storage) is None
    assert storage.jobs.next_due((KIND,)) == 10.0
    clock.move(seconds=10)
    assert storage.jobs.next_due((KIND,)) == 0.0
    assert must_take(storage).dedupe == "one"
    assert storage.jobs.next_due(("other",)) is None


def test_a_kind_that_a_worker_does_not_know_is_left_to_others(storage: Storage) -> None:
    storage.jobs.put(new("one", kind="newer"))
    assert take(storage) is None
    assert storage.jobs.claim("w1", ("newer",), LEASE) is not None


def test_one_job_can_be_claimed_by_its_id(storage: Storage) -> None:
    storage.jobs.put(new("one"))
    placed = storage.jobs.put(new("two"))
    assert must_take(storage, job_id=placed.id).dedupe == "two"
    assert take(storage, job_id=placed.id) is None


def test_a_silent_worker_loses_its_job_and_every_later_write_of_it_is_refused(
    storage: Storage, clock: MovableClock
) -> None:
    storage.jobs.put(new("one"))
    silent = must_take(storage)
    clock.move(seconds=LEASE - 1)
    assert take(storage, "w2") is None
    clock.move(seconds=1)
    assert take(storage, "w2", only_pending=True) is None
    second = must_take(storage, "w2")
    assert (second.id, second.attempts, second.taken_over) == (silent.id, 2, True)
    assert not storage.jobs.heartbeat(silent, LEASE)
    assert not storage.jobs.retry(silent, 0, "")
    assert not storage.jobs.finish(silent)
    with storage.begin() as session:
        assert not storage.jobs.held(session, silent)
        assert storage.jobs.held(session, second)
    assert storage.jobs.finish(second)
    assert not storage.jobs.finish(second)


def test_a_worker_that_takes_its_own_job_over_is_another_claim(storage: Storage, clock: MovableClock) -> None:
    storage.jobs.put(new("one"))
    first = must_take(storage)
    clock.move(seconds=LEASE)
    must_take(storage)
    assert not storage.jobs.finish(first)


def test_a_claim_from_before_a_replay_writes_nothing_after_it(storage: Storage) -> None:
    placed = storage.jobs.put(new("one"))
    first = must_take(storage)
    assert storage.jobs.finish(first, "dead", "no")
    assert storage.jobs.replay(placed.id)
    again = must_take(storage)
    assert (again.attempts, first.attempts) == (1, 1)
    assert not storage.jobs.finish(first)
    assert storage.jobs.finish(again)


def test_a_heartbeat_keeps_a_job(storage: Storage, clock: MovableClock) -> None:
    storage.jobs.put(new("one"))
    job = must_take(storage)
    for _ in range(5):
        clock.move(seconds=LEASE - 1)
        assert storage.jobs.heartbeat(job, LEASE)
    assert take(storage, "w2") is None
    assert storage.jobs.finish(job)


def test_a_job_that_is_tried_again_waits_first_and_counts_its_attempts(storage: Storage, clock: MovableClock) -> None:
    placed = storage.jobs.put(new("one"))
    assert storage.jobs.retry(must_take(storage), 60, "Shopify is away.")
    summary = storage.jobs.get(placed.id)
    assert summary is not None
    assert (summary.state, summary.reason) == ("pending", "Shopify is away.")
    assert take(storage) is None
    clock.move(seconds=60)
    job = must_take(storage)
    assert (job.attempts, job.taken_over) == (2, False)


def test_parked_jobs_wait_until_their_store_is_active_again(storage: Storage, clock: MovableClock) -> None:
    installation = connect(storage)
    for name in ("running", "waiting", "own"):
        storage.jobs.put(new(name, installation_id=installation, delay=0 if name == "running" else 1))
    storage.jobs.put(new("foreign", installation_id="another", delay=2))
    running = must_take(storage)
    own = next(job for job in storage.jobs.list() if job.available_at > clock() and job.installation_id == installation)
    assert storage.jobs.park(installation, "The app was removed.", except_id=own.id) == 2
    assert not storage.jobs.finish(running)
    clock.move(seconds=5)
    assert {must_take(storage).id for _ in range(2)} >= {own.id}
    assert take(storage) is None
    storage.installations.uninstall(installation)
    clock.move(seconds=120)
    assert storage.jobs.unpark() == 0
    connect(storage)
    assert storage.jobs.unpark(after=200) == 0
    assert storage.jobs.unpark() == 2


def test_a_job_of_an_earlier_installation_is_stale(storage: Storage) -> None:
    installation = connect(storage)
    storage.jobs.put(new("bound", installation_id=installation, epoch=1))
    storage.jobs.put(new("free", installation_id=installation))
    jobs = [must_take(storage), must_take(storage)]
    assert not any(storage.jobs.stale(job) for job in jobs)
    storage.installations.uninstall(installation)
    connect(storage)
    assert {job.dedupe for job in jobs if storage.jobs.stale(job)} == {"bound"}


@pytest.mark.parametrize("state", ["dead", "quarantined", "discarded", "done", "parked"])
def test_an_ended_job_can_be_replayed_and_begins_anew(storage: Storage, state: Any) -> None:
    placed = storage.jobs.put(new("one", body=b"x"))
    assert not storage.jobs.replay(placed.id)
    assert storage.jobs.finish(must_take(storage), state)
    assert storage.jobs.replay(placed.id)
    job = must_take(storage)
    assert job.attempts == 1
    assert storage.jobs.open(job).body == b"x"
    assert not storage.jobs.replay(placed.id)


def test_a_job_whose_body_is_gone_is_not_replayed(storage: Storage, clock: MovableClock) -> None:
    old = storage.jobs.put(new("old", body=b"x"))
    storage.jobs.finish(must_take(storage))
    clock.move(days=8)
    assert storage.jobs.prune() == 1
    assert not storage.jobs.replay(old.id)
    erased = storage.jobs.put(new("erased", body=b"x"))
    storage.jobs.finish(must_take(storage), "dead")
    storage.data_keys.destroy(APP, SHOP)
    assert not storage.jobs.replay(erased.id)


def test_a_discarded_job_is_given_up(storage: Storage) -> None:
    waiting = storage.jobs.put(new("waiting"))
    assert storage.jobs.discard(waiting.id)
    assert not storage.jobs.discard(waiting.id)
    assert take(storage) is None
    running = storage.jobs.put(new("running"))
    job = must_take(storage)
    assert not storage.jobs.discard(running.id)
    assert storage.jobs.finish(job)
    assert not storage.jobs.discard(running.id)


def test_jobs_of_other_installations_are_not_there(storage: Storage) -> None:
    mine = storage.jobs.put(new("mine", installation_id="i1"))
    other = storage.jobs.put(new("other", installation_id="i2"))
    assert [job.id for job in storage.jobs.list(installation_ids=["i1"])] == [mine.id]
    assert storage.jobs.get(other.id, ["i1"]) is None
    assert not storage.jobs.discard(other.id, ["i1"])
    assert storage.jobs.backlog(["i1"])["pending"] == 1
    assert storage.jobs.backlog([])["pending"] == 0
    storage.jobs.discard(other.id)
    assert not storage.jobs.replay(other.id, ["i1"])


def test_jobs_are_listed_page_by_page_the_newest_first(storage: Storage) -> None:
    ids = [storage.jobs.put(new(f"job-{number}", "a/b" if number % 2 else "c/d")).id for number in range(9)]
    seen: list[str] = []
    while page := storage.jobs.list(limit=4, before=seen[-1] if seen else None):
        seen += [job.id for job in page]
    assert seen == sorted(ids, reverse=True)
    assert len(storage.jobs.list(subject="a/b")) == 4
    assert (
        storage.jobs.list(kind="other") == storage.jobs.list(shop="other") == storage.jobs.list(states=["dead"]) == []
    )


def test_the_backlog_says_how_many_and_for_how_long(storage: Storage, clock: MovableClock) -> None:
    assert storage.jobs.backlog()["oldest_seconds"] == 0.0
    for number in range(6):
        storage.jobs.put(new(f"job-{number}", delay=1000 if number == 5 else 0))
    clock.move(seconds=40)
    for state in ("dead", "quarantined", "parked"):
        assert storage.jobs.finish(must_take(storage), state)  # type: ignore[arg-type]
    must_take(storage)
    assert storage.jobs.backlog() == {
        "pending": 2,
        "running": 1,
        "dead": 1,
        "quarantined": 1,
        "parked": 1,
        "oldest_seconds": 40.0,
    }


def test_retention_deletes_in_small_batches_what_was_kept_long_enough(storage: Storage, clock: MovableClock) -> None:
    for number in range(7):
        storage.jobs.put(new(f"job-{number}", body=b"x"))
    for number in range(6):
        assert storage.jobs.finish(must_take(storage), "dead" if number == 0 else "done")
    assert storage.jobs.prune() == 0
    clock.move(days=8)
    assert [storage.jobs.prune(batch=2) for _ in range(4)] == [2, 2, 1, 0]
    assert sum(job.has_body for job in storage.jobs.list()) == 2
    clock.move(days=28)
    assert storage.cleanup()["jobs"] == 5
    clock.move(days=60)
    assert storage.cleanup()["jobs"] == 1
    assert [job.state for job in storage.jobs.list()] == ["pending"]


def test_a_body_moved_to_another_row_does_not_open(storage: Storage) -> None:
    storage.jobs.put(new("one", body=b"mine"))
    other = storage.jobs.put(new("two", body=b"yours"))
    first = must_take(storage)
    with storage.begin() as session:
        session.execute(update(QueuedJob).where(QueuedJob.id == other.id).values(body=first.sealed))
    second = must_take(storage)
    with pytest.raises(Exception, match="does not belong"):
        storage.jobs.open(second)
    assert storage.jobs.open(first).body == b"mine"


def test_a_quarantined_job_is_kept_and_never_claimed(storage: Storage) -> None:
    placed = storage.jobs.put(new("odd", body=b"{", state="quarantined", reason="The body is no JSON."))
    assert take(storage) is None
    job = storage.jobs.get(placed.id)
    assert job is not None
    assert (job.state, job.reason, job.has_body) == ("quarantined", "The body is no JSON.", True)
    assert storage.jobs.replay(placed.id)
    assert must_take(storage).id == placed.id


def test_erasing_a_store_takes_its_jobs_and_no_others(storage: Storage) -> None:
    kept = storage.jobs.put(new("redact"))
    storage.jobs.put(new("gone"))
    other = storage.jobs.put(new("other", shop="outlet.myshopify.com"))
    assert storage.jobs.erase(APP, SHOP, except_id=kept.id) == 1
    assert {job.id for job in storage.jobs.list()} == {kept.id, other.id}


def test_the_file_of_an_sqlite_database_holds_no_body_in_the_clear(storage: Storage, tmp_path: Path) -> None:
    storage.jobs.put(new("one", body=b"canary@example.com"))
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert b"canary@example.com" not in file.read_bytes()
