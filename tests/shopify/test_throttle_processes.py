"""Real processes share one store's bucket, on each board; one of them is killed while it holds a share."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import orjson
import pytest

from atom_shopify_plugin.sandbox.accounts import CUSTOM_APP
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.server import serve
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.shopify.throttle import Board
from atom_shopify_plugin.shopify.throttle.pool import LEASE, Pool
from atom_shopify_plugin.storage.boards.choose import choose_board
from atom_shopify_plugin.storage.boards.sqlite_board import SQLiteBoard

SHOP = "demo.myshopify.com"
PROGRAM = Path(__file__).parent / "drainer.py"


@pytest.fixture(params=["sqlite", "postgresql", "redis"])
def environ(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """The settings of an installation, once with each kind of board."""
    values = {
        "ATOM_SHOPIFY_DATA_DIR": str(tmp_path),
        "ATOM_SHOPIFY_THROTTLE_LEDGER": "redis" if request.param == "redis" else "database",
        "ATOM_SHOPIFY_ENCRYPTION_KEYS": "test:" + "A" * 43 + "=",
        "SHOPIFY_API_KEY": tmp_path.name,  # a board that tests share is empty for each of them
    }
    if request.param == "postgresql":
        address = request.getfixturevalue("postgres_server")
        values["ATOM_SHOPIFY_DATABASE_URL"] = address.replace("postgresql://", "postgresql+psycopg://")
    if request.param == "redis":
        host, port = request.getfixturevalue("valkey")
        values["ATOM_SHOPIFY_CELERY_BROKER_URL"] = f"redis://{host}:{port}/5"
    return values


@pytest.fixture
def board(environ: dict[str, str]) -> Iterator[Board]:
    board = choose_board(Settings.from_environ(environ))
    assert board is not None
    yield board
    board.close()


def key_of(environ: dict[str, str]) -> str:
    import hashlib

    return hashlib.sha256(f"{environ['SHOPIFY_API_KEY']}|{SHOP}".encode()).hexdigest()[:32]


def pool_of(board: Board, environ: dict[str, str]) -> Pool:
    """Return the pool as it is now: a process that asks for nothing lets time pass."""
    text, now = board.update(key_of(environ), lambda text, now: (text or "", (text, now)))
    pool = Pool.load(text)
    assert pool is not None
    pool.advance(now, "nobody", None)
    return pool


def test_the_share_of_a_killed_process_returns_and_nothing_is_throttled(environ: dict[str, str], board: Board) -> None:
    with Sandbox(size="small", stores={SHOP: "plus"}) as sandbox, serve(sandbox) as shopify, ExitStack() as stack:
        token = sandbox.issue_admin_token(SHOP)
        sandbox.account(SHOP).bucket(CUSTOM_APP).fill(4000)
        values = {**os.environ, **environ, "ATOM_SHOPIFY_ENDPOINT": shopify.url}

        def start() -> subprocess.Popen[str]:
            process = subprocess.Popen(
                [sys.executable, str(PROGRAM), token],
                env=values, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        def tell(process: subprocess.Popen[str], calls: int) -> None:
            assert process.stdin is not None
            process.stdin.write(f"{calls}\n")
            process.stdin.flush()

        def answer(process: subprocess.Popen[str]) -> str:
            assert process.stdout is not None
            return process.stdout.readline().strip()

        processes = [start() for _ in range(3)]
        tell(processes[0], 1)
        assert answer(processes[0]) == "done"
        for process in processes:
            tell(process, 60)
        doomed, *others = processes
        deadline = time.monotonic() + 60
        while pool_of(board, environ).held < 50:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.kill(doomed.pid, signal.SIGKILL)
        doomed.wait(10)
        assert [answer(process) for process in others] == ["done", "done"]
        deadline = time.monotonic() + 3 * LEASE + 30
        while (pool := pool_of(board, environ)).shares:
            assert time.monotonic() < deadline, orjson.dumps(pool.shares)
            time.sleep(0.05)
        codes = [call["code"] for call in sandbox.calls(SHOP)]
        assert "THROTTLED" not in codes
        assert len(codes) >= 121
        assert pool.maximum == 20000
        assert pool.held == 0


def test_a_text_that_is_no_utf_8_is_replaced(environ: dict[str, str], board: Board, tmp_path: Path) -> None:
    key = key_of(environ)
    board.update(key, lambda text, _: ("first", text))
    if "ATOM_SHOPIFY_DATABASE_URL" in environ:
        return  # PostgreSQL takes no such text: there is nothing to replace
    if "ATOM_SHOPIFY_CELERY_BROKER_URL" in environ:
        import redis

        client = redis.Redis.from_url(environ["ATOM_SHOPIFY_CELERY_BROKER_URL"])
        client.set(f"atom-shopify:board:{key}", b"\xff\xfe")
    else:
        (file,) = tmp_path.glob("*.throttle")
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            connection.execute("UPDATE board SET text = CAST(x'fffe' AS TEXT)")
    assert Pool.load(board.update(key, lambda text, _: ("second", text))) is None
    assert board.update(key, lambda text, _: ("third", text)) == "second"


def test_processes_meet_again_after_the_file_of_the_board_was_deleted(tmp_path: Path) -> None:
    first, second = (SQLiteBoard(tmp_path / "shop.throttle") for _ in range(2))
    try:
        first.update("key", lambda _text, _now: ("old", None))
        for file in tmp_path.iterdir():
            file.unlink()
        second.update("key", lambda _text, _now: ("new", None))
        assert first.update("key", lambda text, _now: ("newer", text)) == "new"
    finally:
        first.close()
        second.close()


def test_a_process_without_a_board_goes_on_and_says_so(tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    environ = {
        "ATOM_SHOPIFY_DATABASE_URL": f"sqlite:///{blocked / 'test.db'}",
        "ATOM_SHOPIFY_THROTTLE_LEDGER": "database",
        "ATOM_SHOPIFY_DATA_DIR": str(tmp_path),
    }
    (blocked / "test.db.throttle").mkdir()
    with Sandbox(size="small", stores={SHOP: "plus"}) as sandbox, serve(sandbox) as shopify:
        values = {**os.environ, **environ, "ATOM_SHOPIFY_ENDPOINT": shopify.url}
        command = [sys.executable, str(PROGRAM), sandbox.issue_admin_token(SHOP)]
        done = subprocess.run(command, env=values, input="3\n", capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "its file can't be used (SQLITE_CANTOPEN)"
    assert [call["code"] for call in sandbox.calls(SHOP)] == [None] * 3
