"""A broker goes away while deliveries come in: Shopify does not notice, and every delivery is worked off."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from broker_proxy import Proxy
from outages import Traffic
from served import Server, assert_each_became_one_event, end, settle, start

ANSWER = 4.0
NUMBER = 15  # of the broker's database: the tests of jobs take the others in turn


@pytest.fixture
def proxy(valkey: tuple[str, int]) -> Iterator[Proxy]:
    with Proxy(*valkey) as proxy:
        yield proxy


@pytest.fixture
def environ(environ: dict[str, str], proxy: Proxy) -> dict[str, str]:
    """Leave all jobs to Celery's workers, which hear of them through the proxy."""
    broker = f"redis://127.0.0.1:{proxy.port}/{NUMBER}"
    return {**environ, "ATOM_SHOPIFY_CELERY_BROKER_URL": broker, "ATOM_SHOPIFY_WORKER_THREADS": "0"}


@contextmanager
def mode(proxy: Proxy, name: str) -> Iterator[None]:
    proxy.mode = name
    proxy.cut()
    try:
        yield
    finally:
        proxy.mode = "open"
        proxy.cut()


def down(proxy: Proxy, _valkey: tuple[str, int]) -> AbstractContextManager[None]:
    return mode(proxy, "refuse")


def black_holed(proxy: Proxy, _valkey: tuple[str, int]) -> AbstractContextManager[None]:
    return mode(proxy, "silent")


@contextmanager
def flushed(_proxy: Proxy, valkey: tuple[str, int]) -> Iterator[None]:
    """Have the broker forget everything, over and over."""
    import redis

    over = threading.Event()

    def flush() -> None:
        with redis.Redis(*valkey, db=NUMBER) as client:
            while not over.wait(0.2):
                client.flushdb()

    thread = threading.Thread(target=flush)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


Outage = Callable[[Proxy, tuple[str, int]], AbstractContextManager[None]]


def ride_out(
    server: Server, proxy: Proxy, tmp_path: Path, outage: AbstractContextManager[None], seconds: float
) -> None:
    """Deliver before, during and after an outage: the answers are the same all the time."""
    worker = start(server.environ, tmp_path / "worker.log", "worker", "--processes", "2")
    try:
        with Traffic(server, senders=4, people=1) as traffic:
            assert settle(lambda: len(traffic.acknowledged) >= 30)
            assert settle(lambda: proxy.connections >= 2)  # who wakes, and who is woken
            with outage:
                time.sleep(seconds)
            back = time.monotonic()
            assert settle(lambda: traffic.taken_since(back), 5.0)
            time.sleep(2.0)
        assert {answer.status for answer in (*traffic.answers, *traffic.looks, *traffic.lives)} <= {200, 503}
        assert max(answer.seconds for answer in traffic.answers) < ANSWER
        assert_each_became_one_event(server, traffic.acknowledged, 120.0)
    finally:
        end(worker)


@pytest.mark.parametrize("outage", [down, black_holed, flushed])
@pytest.mark.parametrize("migrated_database_url", ["sqlite"], indirect=True)
def test_a_broker_that_goes_away_is_not_noticed_by_who_delivers(
    server: Server, proxy: Proxy, valkey: tuple[str, int], tmp_path: Path, outage: Outage
) -> None:
    ride_out(server, proxy, tmp_path, outage(proxy, valkey), 5.0)


@pytest.mark.soak
@pytest.mark.timeout(400)
@pytest.mark.parametrize("outage", [down, black_holed, flushed])
def test_half_a_minute_without_a_broker_loses_nothing(
    server: Server, proxy: Proxy, valkey: tuple[str, int], tmp_path: Path, outage: Outage
) -> None:
    ride_out(server, proxy, tmp_path, outage(proxy, valkey), 30.0)
