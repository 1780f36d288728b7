"""PostgreSQL goes away while deliveries come in: each is answered in time, and none that was acknowledged is lost."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from dbfixtures import address_of, psycopg_connection, upgrade
from eventkit import encoded, headers_of, order
from outages import Postgres, Traffic
from served import Server, assert_each_became_one_event, children, end, settle, start, threads

ANSWER = 4.0
RECOVERY = 5.0


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    # Not in pytest's folder: no other user may look into that one, and PostgreSQL never runs as root.
    with tempfile.TemporaryDirectory(prefix="atom-pg-") as folder:
        found = Postgres(Path(folder))
        try:
            yield found
        finally:
            found.close()


@pytest.fixture
def migrated_database_url(postgres: Postgres) -> str:
    name = f"test_{secrets.token_hex(6)}"
    with psycopg_connection(postgres.url) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    address = address_of(postgres.url, name)
    upgrade(address)
    return address


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    """Let a claim whose answer got lost be taken over soon, and leave jobs to workers where the test has some."""
    return {**environ, "ATOM_SHOPIFY_JOB_LEASE": "3"}


class House:
    """All processes of an installation: those that answer, and those that run jobs."""

    def __init__(self, server: Server, worker: subprocess.Popen[bytes] | None) -> None:
        self.server = server
        self._worker = worker

    def pids(self) -> list[int]:
        """Return the processes that do the work; each has a parent that starts another when it ends."""
        return self.server.workers() + ([] if self._worker is None else children(self._worker.pid))

    def at_work(self) -> bool:
        """Return whether requests are answered, and each worker has got as far as to have threads for jobs."""
        workers = [] if self._worker is None else children(self._worker.pid)
        if self._worker is not None and not workers:
            return False
        return self.server.lives() and all(len(threads(pid)) > 4 for pid in workers)


@pytest.fixture(params=["one process", "workers apart"])
def house(request: pytest.FixtureRequest, environ: dict[str, str], tmp_path: Path) -> Iterator[House]:
    """One process for all, or two that answer and two that run jobs."""
    if request.param == "one process":
        yield House(request.getfixturevalue("server"), None)
        return
    environ["ATOM_SHOPIFY_WORKER_THREADS"] = "0"
    server: Server = request.getfixturevalue("server")
    worker = start(server.environ, tmp_path / "worker.log", "worker", "--processes", "2")
    try:
        yield House(server, worker)
    finally:
        end(worker)


@pytest.fixture
def serve_options(request: pytest.FixtureRequest) -> tuple[str, ...]:
    apart = request.node.callspec.params["house"] == "workers apart"
    return ("--threads", "16", "--workers", "2" if apart else "1")


def database_status(server: Server) -> float:
    """Return what the metrics say of the database: 1 for ok, 0 for down."""
    status, text = server.get("/metrics")
    assert status == 200
    (line,) = [line for line in text.splitlines() if line.startswith("atom_check_status") and '"database"' in line]
    return float(line.rpartition(" ")[2])


def ride_out(house: House, postgres: Postgres, outage: AbstractContextManager[None], seconds: float) -> None:
    """Deliver before, during and after an outage, and hold the server to what is promised."""
    server = house.server
    assert server.settings.database_url.startswith("postgresql")
    with Traffic(server) as traffic:
        assert settle(lambda: len(traffic.acknowledged) >= 30)
        assert settle(house.at_work)
        pids = house.pids()
        assert postgres.clients() > 0
        assert settle(lambda: database_status(server) == 1)
        with outage:
            away = time.monotonic()
            assert settle(lambda: database_status(server) == 0, seconds)
            time.sleep(max(0.0, away + seconds - time.monotonic()))
        back = time.monotonic()
        assert settle(lambda: traffic.taken_since(back), RECOVERY)
        time.sleep(max(0.0, back + RECOVERY + 1 - time.monotonic()))
        assert settle(lambda: database_status(server) == 1, 10.0)
    answers = traffic.answers
    assert {answer.status for answer in answers} == {200, 503}
    assert max(answer.seconds for answer in answers) < ANSWER
    assert {answer.status for answer in answers if answer.began > back + RECOVERY} == {200}
    assert {answer.status for answer in traffic.looks} == {200, 503}
    assert max(answer.seconds for answer in traffic.looks) < ANSWER
    assert {answer.status for answer in traffic.looks if answer.began > back + RECOVERY} == {200}
    assert {answer.status for answer in traffic.lives} == {200}
    assert max(answer.seconds for answer in traffic.lives) < ANSWER
    assert_each_became_one_event(server, traffic.acknowledged, 60.0)
    assert house.pids() == pids, "It has to come back by itself, not by a restart."


@pytest.mark.parametrize("house", ["one process"], indirect=True)
def test_a_frozen_postgresql_is_answered_503_in_time_and_loses_nothing(house: House, postgres: Postgres) -> None:
    ride_out(house, postgres, postgres.frozen(), 10.0)


@pytest.mark.parametrize("house", ["workers apart"], indirect=True)
def test_a_crashed_postgresql_is_answered_503_in_time_and_loses_nothing(house: House, postgres: Postgres) -> None:
    ride_out(house, postgres, postgres.crashed(), 10.0)


@pytest.mark.parametrize("house", ["one process"], indirect=True)
def test_a_postgresql_without_a_free_connection_is_answered_503_in_time_and_loses_nothing(
    house: House, postgres: Postgres
) -> None:
    ride_out(house, postgres, postgres.crowded(), 10.0)


@pytest.mark.parametrize("house", ["workers apart"], indirect=True)
def test_processes_that_start_while_postgresql_is_away_work_when_it_is_back(house: House, postgres: Postgres) -> None:
    server = house.server
    assert settle(house.at_work)
    before = house.pids()
    body = encoded(order())
    headers = headers_of(body, "orders/create", webhook_id="w1")

    def status() -> int | None:
        try:
            return server.post(body, headers)
        except OSError:
            return None  # it was sent to a process that has just been killed

    with postgres.crashed():
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        assert settle(lambda: len(set(house.pids()) - set(before)) == len(before) and house.at_work())
        assert settle(lambda: status() == 503)
    assert settle(lambda: status() == 200, RECOVERY)
    assert_each_became_one_event(server, {"w1"}, 30.0)
    assert database_status(server) == 1


@pytest.mark.soak
@pytest.mark.timeout(300)
@pytest.mark.parametrize("outage", [Postgres.frozen, Postgres.crashed, Postgres.crowded])
def test_an_outage_of_half_a_minute_loses_nothing(
    house: House, postgres: Postgres, outage: Callable[[Postgres], AbstractContextManager[None]]
) -> None:
    ride_out(house, postgres, outage(postgres), 30.0)
