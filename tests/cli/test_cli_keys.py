"""Keys are rotated and dropped while a server goes on writing, and a ring that is gone is told."""

from __future__ import annotations

import itertools
import json
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
from contextlib import closing

import pytest
import requests
from ports import free_port
from processes import PROGRAM, bare_environment

from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.server import serve

SHOP = "demo.myshopify.com"
TABLES = ("oauth_tokens", "installations", "idempotency", "audit", "data_keys")


@pytest.fixture
def settings(tmp_path):
    with serve(Sandbox(size="small")) as server:
        yield {
            "ATOM_SHOPIFY_ENDPOINT": server.url,
            "ATOM_SHOPIFY_DATA_DIR": str(tmp_path / "data"),
            "SHOPIFY_API_KEY": "sandbox-key",
            "SHOPIFY_API_SECRET": "sandbox-secret",
            "token": server.sandbox.issue_admin_token(SHOP),
        }


@pytest.fixture
def run(settings, tmp_path):
    """Type a command line in a process of its own; a store is connected."""
    token = settings.pop("token")

    def run_(*words, stdin=""):
        return subprocess.run(
            [*PROGRAM, *words], input=stdin, env=bare_environment(**settings), cwd=tmp_path,
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    connected = run_("stores", "connect", SHOP, "--token", stdin=f"{token}\n")
    assert connected.returncode == 0, connected.stderr
    return run_


def carried(folder):
    """The ids of the keys that rows carry."""
    with closing(sqlite3.connect(folder / "atom-shopify.db")) as database:
        queries = [f"SELECT key_id FROM shopify_{table} WHERE key_id IS NOT NULL" for table in TABLES]  # noqa: S608  # our own names
        return {row[0] for query in queries for row in database.execute(query)}


class Writers:
    """People who create products, each call under an idempotency key of its own."""

    def __init__(self, url, token):
        self.url, self.headers = f"{url}/api/shopify/products", {"Authorization": f"Bearer {token}"}
        self.done, self.failed = {}, []
        self._numbers = itertools.count()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._write, daemon=True) for _ in range(3)]

    def post(self, key, title):
        headers = {**self.headers, "Idempotency-Key": key}
        return requests.post(self.url, json={"title": title}, headers=headers, timeout=30)

    def _write(self):
        while not self._over.is_set():
            key = f"key-{next(self._numbers)}"
            answer = self.post(key, key)
            if answer.ok:
                self.done[key] = answer.json()["data"]
            else:
                self.failed.append(answer.text)
            time.sleep(0.05)  # within what one person may ask

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        for thread in self._threads:
            thread.join(40)

    def wait_for_more(self, count=10):
        wanted = len(self.done) + count
        until = time.monotonic() + 60
        while len(self.done) < wanted:
            assert time.monotonic() < until, self.failed[-3:]
            time.sleep(0.05)


def test_a_server_goes_on_with_the_new_key_and_the_old_one_can_be_dropped(run, start, settings, tmp_path):
    port = free_port()
    # A worker of its own would renew nothing; two processes serve, and both have to notice.
    program = start("serve", "--port", str(port), "--workers", "2", ATOM_SHOPIFY_RATE_LIMIT="100000/minute", **settings)
    url = f"http://127.0.0.1:{port}"
    program.wait_for_answer(f"{url}/healthz")
    token = json.loads(run("token", "create", "--subject", "local", "--json").stdout)["token"]
    (old,) = carried(tmp_path / "data")
    with Writers(url, token) as writers:
        writers.wait_for_more()
        rotated = run("keys", "rotate", "--json")
        assert rotated.returncode == 0, rotated.stderr
        found = json.loads(rotated.stdout)
        assert found["left"] == {}
        assert found["rows"]["idempotency"] >= 10
        dropped = run("keys", "drop", old)
        assert dropped.returncode == 0, dropped.stderr
        writers.wait_for_more()
    assert writers.failed == []
    assert old not in (tmp_path / "data" / "encryption.keys").read_text()
    assert carried(tmp_path / "data") == {found["new_key"]}
    for key in list(writers.done)[::5]:
        answer = writers.post(key, key)
        assert answer.status_code == 201, answer.text
        assert answer.json()["data"] == writers.done[key]
        assert answer.json()["meta"]["replayed"] is True
    assert program.stop(signal.SIGTERM) == 0


def test_a_key_that_rows_carry_is_not_dropped(run, tmp_path):
    ring = tmp_path / "data" / "encryption.keys"
    (old,) = carried(tmp_path / "data")
    before = ring.read_text()
    made = run("keys", "generate").stdout.strip()
    ring.write_text(f"{made}\n{before}")
    refused = run("keys", "drop", old)
    assert refused.returncode == 1
    assert "keys rotate" in refused.stderr
    assert ring.read_text() == f"{made}\n{before}"
    assert run("keys", "drop", made.partition(":")[0]).returncode == 1  # the one that encrypts
    assert run("keys", "drop", "nobody").returncode == 1


def test_a_rotation_says_what_it_could_not_read(run, tmp_path):
    ring = tmp_path / "data" / "encryption.keys"
    (old,) = carried(tmp_path / "data")
    ring.write_text(run("keys", "generate").stdout)
    rotated = run("keys", "rotate", "--json")
    assert rotated.returncode == 1
    assert json.loads(rotated.stdout)["left"] == {old: {"tokens": 1}}
    assert f"warning: rows still carry {old}" in rotated.stderr
    assert "put it back" in rotated.stderr


def test_a_ring_that_is_gone_is_never_replaced_in_silence(run, start, settings, tmp_path):
    ring = tmp_path / "data" / "encryption.keys"
    kept = ring.rename(tmp_path / "kept.keys")
    for words in (("keys", "rotate"), ("doctor",), ("call", "store_get")):
        answer = run(*words)
        assert answer.returncode == 1, words
        assert "encryption.keys is missing" in answer.stderr + answer.stdout
        assert not ring.exists()
    server = start("serve", "--port", str(free_port()), **settings)
    assert server.process.wait(60) == 1
    assert server.err.startswith("error: The key ring encryption.keys is missing")
    shutil.move(kept, ring)
    assert run("call", "store_get").returncode == 0
