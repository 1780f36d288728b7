"""What is counted: kept while the database is away, added up over processes and threads, and written by itself."""

from __future__ import annotations

import os
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from atom_shopify_plugin.metrics.families import ACTION_SECONDS, ACTIONS, FAMILIES, door
from atom_shopify_plugin.metrics.meter import Meter
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.storage import Storage


def total(storage: Storage, name: str) -> float:
    return sum(row.total for row in storage.counters.all() if row.name == name)


def eventually(ask: Callable[[], bool], seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not ask():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_two_processes_are_added_up(environ: dict[str, str]) -> None:
    settings = Settings.from_environ(environ)
    storage = Storage(settings)
    storage.meter.count(ACTIONS, "product_get", "rest", "ok")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns where threads run: that is the point
        child = os.fork()
    if not child:
        status = 1
        try:  # what the parent counted, the parent writes
            storage.meter.count(ACTIONS, "product_get", "rest", "ok", amount=10)
            storage.close()
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    other = Storage(settings)
    storage.close()
    assert total(other, ACTIONS.name) == 11
    other.close()


def test_threads_lose_nothing(environ: dict[str, str]) -> None:
    storage = Storage(Settings.from_environ(environ))

    def work() -> None:
        for _ in range(200):
            storage.meter.count(ACTIONS, "product_get", "rest", "ok")
            storage.meter.observe(ACTION_SECONDS, 0.02, "product_get")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    storage.counters.flush()
    for thread in threads:
        thread.join()
    assert total(storage, ACTIONS.name) == 1600
    storage.close()


def test_a_process_writes_by_itself_and_its_thread_ends(environ: dict[str, str]) -> None:
    settings = Settings.from_environ(environ)
    idle, looking = Storage(settings), Storage(settings)
    idle.meter.count(ACTIONS, "product_get", "rest", "ok")
    eventually(lambda: total(looking, ACTIONS.name) == 1)
    looking.close()
    eventually(lambda: all(thread.name != "atom-shopify-counters" for thread in threading.enumerate()))
    idle.meter.count(ACTIONS, "product_get", "rest", "ok")
    idle.close()
    assert all(thread.name != "atom-shopify-counters" for thread in threading.enumerate())
    again = Storage(settings)
    assert total(again, ACTIONS.name) == 2
    again.close()


def test_counts_outlast_a_database_that_is_away(environ: dict[str, str], tmp_path: Path) -> None:
    away = Storage(Settings.from_environ({**environ, "ATOM_SHOPIFY_DATABASE_URL": f"sqlite:///{tmp_path}/new.db"}))
    away.meter.count(ACTIONS, "product_get", "rest", "ok")
    away.close()  # nobody has made the tables: the counts stay in memory
    away.upgrade()
    assert total(away, ACTIONS.name) == 1
    away.close()


def test_the_name_of_a_store_is_kept_only_where_it_is_wanted_and_goes_with_it(environ: dict[str, str]) -> None:
    for wanted, found in (("0", {""}), ("1", {"", "demo.myshopify.com"})):
        storage = Storage(Settings.from_environ({**environ, "ATOM_SHOPIFY_METRICS_BY_STORE": wanted}))
        storage.meter.count(ACTIONS, "product_get", "rest", "ok", shop="demo.myshopify.com")
        assert {row.shop for row in storage.counters.all()} == found
        storage.close()
    storage = Storage(Settings.from_environ(environ))
    storage.erasure.forget_store("sandbox-key", "demo.myshopify.com", None, except_id="")
    assert {row.shop for row in storage.counters.all()} == {""}
    storage.close()


@given(st.lists(st.floats(0, 1000), max_size=50))
def test_every_duration_falls_into_one_bucket(seconds: list[float]) -> None:
    meter = Meter()
    for value in seconds:
        meter.observe(ACTION_SECONDS, value, "x")
    cells = meter.take()
    assert sum(count for count, _ in cells.values()) == len(seconds)
    ends = (*ACTION_SECONDS.bounds, float("inf"))
    for cell, (count, _) in cells.items():
        low = ends[cell.bucket - 1] if cell.bucket else -1.0
        assert count == sum(low < value <= ends[cell.bucket] for value in seconds)


@given(st.text())
def test_what_a_host_says_about_a_door_makes_no_new_label(via: str) -> None:
    assert door(via) in {"agent", "chat", "cli", "mcp", "rest", "workflow", "other"}
    assert door("rest by " + via) == "rest"


def test_names_and_units_are_those_of_prometheus() -> None:
    assert len({family.name for family in FAMILIES}) == len(FAMILIES)
    for family in FAMILIES:
        assert family.name.endswith("_seconds" if family.bounds else "_total")
        assert list(family.bounds) == sorted(set(family.bounds))
        assert all(len(labels) == len(family.labels) for labels in family.zeros)
