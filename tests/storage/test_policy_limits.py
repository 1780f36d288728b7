"""Limits of a day: whoever takes of one, and from however many processes, the sum stays within it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from storage_helpers import MovableClock

from atom_shopify_plugin.errors import Conflict
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.storage import Storage, Store
from atom_shopify_plugin.storage.calls.approvals import MOST_WAITING
from atom_shopify_plugin.storage.calls.policies import Rule, Share

DAY = "2026-11-30"


def limit(**members: int | str) -> Rule:
    values = {"amount": None, "quantity": None, "calls": None, "subject": "claude", "via": "", "tool": "refunds"}
    return Rule(
        id="", kind="limit", approve=True, created_by="ada", created_at=datetime.now(UTC), **{**values, **members}
    )  # type: ignore[arg-type]


def test_takers_in_many_processes_never_exceed_a_limit(
    open_storage: Callable[..., Storage], demo: Store, storage: Storage
) -> None:
    amounts = storage.policies.put(demo.id, "default", limit(amount=1000))
    calls = storage.policies.put(demo.id, "default", limit(calls=12, tool="*"))
    others = [open_storage() for _ in range(4)]
    wanted = [37 + 11 * number % 90 for number in range(48)]

    def take(number: int) -> int:
        shares = [Share(rule=rule, day=DAY, amount=wanted[number]) for rule in (calls, amounts)]
        return wanted[number] if others[number % 4].policies.take(demo.id, "claude", shares) is None else 0

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(take, range(48)))
    done = [amount for amount in taken if amount]
    assert 0 < sum(done) <= 1000
    assert len(done) <= 12
    assert storage.policies.used(amounts, "claude", DAY) == (sum(done), 0, len(done))
    assert storage.policies.used(calls, "claude", DAY)[2] == len(done)
    assert min(wanted) > 1000 - sum(done) or len(done) == 12 or max(wanted) > 1000 - sum(done)


def test_a_limit_counts_for_each_person_and_day_and_as_it_is_now(storage: Storage, demo: Store) -> None:
    rule = storage.policies.put(demo.id, "default", limit(amount=10, subject="*"))

    def take(subject: str, day: str, amount: int) -> bool:
        return storage.policies.take(demo.id, subject, [Share(rule=rule, day=day, amount=amount)]) is None

    assert [take("a", DAY, 10), take("a", DAY, 1), take("b", DAY, 10), take("a", "2026-12-01", 10)] == [
        True, False, True, True,
    ]  # fmt: skip
    storage.policies.put(demo.id, "default", limit(amount=5, subject="*"))
    assert not take("c", DAY, 6)  # by a process that had read the old rule
    storage.policies.remove(demo.id, "default", rule.id)
    assert not take("c", DAY, 1)


def test_what_is_not_known_is_not_taken(storage: Storage, demo: Store) -> None:
    rule = storage.policies.put(demo.id, "default", limit(amount=10))
    share = Share(rule=rule, day=DAY, amount=None)
    assert storage.policies.take(demo.id, "claude", [share]) == share
    assert storage.policies.used(rule, "claude", DAY) == (0, 0, 0)


def test_an_approval_is_used_once_and_ends_with_its_day(
    storage: Storage, demo: Store, ada: Principal, clock: MovableClock
) -> None:
    agent = Principal("claude")
    asked = storage.approvals.ask(agent, demo.id, "order_refund", "a" * 64, "0" * 32)
    assert storage.approvals.ask(agent, demo.id, "order_refund", "a" * 64, "1" * 32).id == asked.id
    assert storage.approvals.approved(agent, demo.id, "order_refund", "a" * 64) is None
    assert storage.approvals.decide(demo.id, asked.id, ada, approve=True) is not None
    assert storage.approvals.approved(agent, demo.id, "order_refund", "b" * 64) is None
    with ThreadPoolExecutor(8) as pool:
        used = list(pool.map(lambda _: storage.approvals.move(asked.id, "approved", "used"), range(16)))
    assert used.count(True) == 1
    late = storage.approvals.ask(agent, demo.id, "order_refund", "c" * 64, "0" * 32)
    clock.move(hours=25)
    assert storage.approvals.decide(demo.id, late.id, ada, approve=True) is None
    assert storage.cleanup()["approvals"] == 2


def test_few_calls_of_one_person_wait_at_a_time(storage: Storage, demo: Store) -> None:
    agent = Principal("claude")
    for number in range(MOST_WAITING):
        storage.approvals.ask(agent, demo.id, "order_refund", f"{number:064d}", "0" * 32)
    with pytest.raises(Conflict):
        storage.approvals.ask(agent, demo.id, "order_refund", "f" * 64, "0" * 32)
