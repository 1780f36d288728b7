"""Deliveries over real sockets, behind the server that is used in production."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from eventkit import encoded, headers_of, order
from served import Line, Server, assert_each_became_one_event, settle

if TYPE_CHECKING:
    from sqlalchemy import Engine

BODY = encoded(order())


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    """Let the jobs of a killed process be taken over soon."""
    return {**environ, "ATOM_SHOPIFY_JOB_LEASE": "3"}


@pytest.fixture
def serve_options() -> tuple[str, ...]:
    return ("--threads", "16", "--workers", "2")


def kill_one(server: Server, rng: random.Random) -> None:
    """Kill one of the server's processes, which answer and run jobs, and see it gone."""
    assert settle(lambda: bool(server.workers()))
    victim = rng.choice(server.workers())
    os.kill(victim, signal.SIGKILL)
    assert settle(lambda: victim not in server.workers())


def storm_with_kills(server: Server, total: int, kills: int, seed: int) -> None:
    """Send `total` deliveries, a fifth of them repetitions, while workers of the server are killed at random.

    Nothing that was acknowledged may be lost, and no delivery may become an event twice.
    """
    rng = random.Random(seed)  # noqa: S311  # repeatable, not secret
    unique = total * 5 // 6
    sent = [(f"w{number}", encoded(order(number))) for number in range(unique)]
    again = [*sent, *rng.sample(sent, total - unique)]
    rng.shuffle(again)
    waiting = deque(again)
    acknowledged: set[str] = set()

    def send() -> None:
        line = Line(server)
        while waiting:
            try:
                webhook_id, body = waiting.popleft()
            except IndexError:
                break
            headers = headers_of(body, "orders/create", webhook_id=webhook_id)
            # As Shopify does, only faster.
            assert settle(lambda body=body, headers=headers: line.post(body, headers) == 200, 60.0)
            acknowledged.add(webhook_id)
        line.close()

    with ThreadPoolExecutor(16) as pool:
        senders = [pool.submit(send) for _ in range(16)]
        for kill in range(kills):
            left = len(again) - int(len(again) * (kill + rng.random()) / kills)
            assert settle(lambda left=left: len(waiting) <= left, 600.0)
            kill_one(server, rng)
        for sender in senders:
            sender.result()
    assert len(acknowledged) == unique
    # Acknowledging comes first: on a busy machine most of the work is still to be done by now.
    assert_each_became_one_event(server, acknowledged, 600.0 + total / 25)


@pytest.mark.timeout(600)
def test_five_kills_among_five_thousand_deliveries_lose_and_double_nothing(server: Server) -> None:
    storm_with_kills(server, 5_000, kills=5, seed=5)


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_fifty_kills_among_a_hundred_thousand_deliveries_lose_and_double_nothing(server: Server) -> None:
    storm_with_kills(server, 100_000, kills=50, seed=6)


@pytest.mark.parametrize("migrated_database_url", ["sqlite"], indirect=True)
def test_a_locked_database_is_answered_503_in_time_and_taken_up_again(server: Server) -> None:
    assert server.post(BODY, headers_of(BODY, "orders/create")) == 200
    storage = server.storage()
    engine: Engine = storage.engine
    with engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("BEGIN EXCLUSIVE")
        began = time.monotonic()
        body = encoded(order(77))
        assert server.post(body, headers_of(body, "orders/create", webhook_id="late")) == 503
        assert time.monotonic() - began < 4.0
        connection.exec_driver_sql("ROLLBACK")
    began = time.monotonic()
    assert settle(lambda: server.post(body, headers_of(body, "orders/create", webhook_id="late")) == 200, 5.0)
    assert len(storage.jobs.list(kind="delivery")) == 2
    storage.close()
