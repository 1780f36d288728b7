"""A disk that takes no more writes: health says so, nothing is acknowledged, and all works when there is room again."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from dbfixtures import psycopg_connection
from eventkit import encoded, headers_of, order
from ports import free_port
from served import Server, assert_each_became_one_event, serving, settle
from test_troubled_starts import connect

from atom_shopify_plugin.health.report import Health
from atom_shopify_plugin.hookspecs import Check
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.settings import Secret, Settings

KEYS = (("k1", Secret("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")),)


@pytest.fixture
def server(environ: dict[str, str], tmp_path: Path) -> Iterator[Server]:
    values = {
        **environ,
        "ATOM_HOST_DATA_DIR": str(tmp_path / "host"),
        "ATOM_SHOPIFY_ENDPOINT": "http://127.0.0.1:9",  # nobody listens there: Shopify is away
        "ATOM_SHOPIFY_PUBLIC_URL": "http://127.0.0.1:9",
    }
    connect(Settings.from_environ(values))
    with serving(values, tmp_path / "server.log", free_port()) as found:
        yield found


def status(server: Server, check: str) -> float:
    """What the metrics say of a check: 1 for ok, 0.5 for degraded, 0 for down."""
    code, text = server.get("/metrics")
    assert code == 200
    (line,) = [line for line in text.splitlines() if line.startswith(f'atom_check_status{{check="{check}"')]
    return float(line.rpartition(" ")[2])


@pytest.mark.skipif(sys.platform != "linux", reason="prlimit is Linux's")
def test_a_full_disk_is_told_by_health_and_heals(server: Server) -> None:
    def deliver(webhook_id: str) -> int:
        body = encoded(order(int(webhook_id[1:])))
        return server.post(body, headers_of(body, "orders/create", webhook_id=webhook_id))

    assert settle(lambda: (status(server, "database"), status(server, "storage")) == (1, 1))
    assert deliver("w1") == 200
    (worker,) = server.workers()
    before = resource.prlimit(worker, resource.RLIMIT_FSIZE)
    resource.prlimit(worker, resource.RLIMIT_FSIZE, (1, before[1]))  # no file of the process may grow or change
    assert settle(lambda: (status(server, "database"), status(server, "storage")) == (0, 0))
    assert deliver("w2") == 503
    assert server.lives()
    resource.prlimit(worker, resource.RLIMIT_FSIZE, before)
    assert settle(lambda: (status(server, "database"), status(server, "storage")) == (1, 1))
    assert deliver("w2") == 200
    assert_each_became_one_event(server, {"w1", "w2"}, 60.0)
    assert server.workers() == [worker]


def database_check(runtime: Runtime) -> Check:
    return {check.name: check for check in Health(runtime.services, seconds=30.0).checks()}["database"]


@pytest.mark.parametrize("migrated_database_url", ["postgresql"], indirect=True)
def test_a_postgresql_that_can_only_be_read_is_down(migrated_database_url: str, tmp_path: Path) -> None:
    runtime = Runtime(Settings(data_dir=tmp_path, database_url=migrated_database_url, encryption_keys=KEYS))
    from psycopg import sql

    try:
        assert database_check(runtime).status == "ok"
        with psycopg_connection(migrated_database_url.replace("+psycopg", "")) as admin:
            end = (
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            name = sql.Identifier(admin.info.dbname)
            admin.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(name))
            admin.execute(end)
            try:
                found = database_check(runtime)
                assert (found.status, "can only be read" in found.detail) == ("down", True)
            finally:
                admin.execute("SET default_transaction_read_only = off")
                admin.execute(sql.SQL("ALTER DATABASE {} RESET default_transaction_read_only").format(name))
                admin.execute(end)
        assert database_check(runtime).status == "ok"
    finally:
        runtime.close()


def test_a_file_that_may_not_grow_is_down(environ: dict[str, str]) -> None:
    from sqlalchemy import event

    runtime = Runtime(Settings.from_environ(environ))
    runtime.start()
    limit = [1_000_000]

    @event.listens_for(runtime.storage.engine, "begin")
    def keep_small(connection: object) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {limit[0]}")  # type: ignore[attr-defined]  # a Connection

    try:
        assert database_check(runtime).status == "ok"
        limit[0] = 1
        with runtime.storage.begin() as session:  # what is free inside the file is used first
            session.connection().exec_driver_sql("CREATE TABLE IF NOT EXISTS unused (filler BLOB)")
    except Exception:  # noqa: BLE001, S110  # it may be full at once
        pass
    try:
        found = database_check(runtime)
        assert (found.status, "the disk is full" in found.detail) == ("down", True)
        limit[0] = 1_000_000
        assert database_check(runtime).status == "ok"
    finally:
        runtime.close()
