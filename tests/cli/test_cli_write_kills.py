"""A shell that is killed in the middle of a write, and called again with the same idempotency key."""

from __future__ import annotations

import json
import signal
import subprocess
import time

import pytest
from processes import PROGRAM, bare_environment

from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.server import serve

SHOP = "demo.myshopify.com"
POINTS = ("write_before_call", "write_after_answer", "write_before_finish", "write_after_finish")


@pytest.fixture
def sandbox():
    return Sandbox(size="small")


@pytest.fixture
def run(sandbox, migrated_database_url, tmp_path):
    """Type a command line in a process of its own, on either database."""
    with serve(sandbox) as server:
        settings = {
            "ATOM_SHOPIFY_ENDPOINT": server.url,
            "ATOM_SHOPIFY_DATABASE_URL": migrated_database_url,
            "ATOM_SHOPIFY_DATA_DIR": str(tmp_path / "data"),
            "ATOM_SHOPIFY_ENCRYPTION_KEYS": "k1:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
            "SHOPIFY_API_KEY": "sandbox-key",
            "SHOPIFY_API_SECRET": "sandbox-secret",
        }

        def run_(*words, stdin="", **more):
            return subprocess.run(
                [*PROGRAM, *words], input=stdin, env=bare_environment(**settings, **more), cwd=tmp_path,
                capture_output=True, text=True, timeout=60, check=False,
            )  # fmt: skip

        token = sandbox.issue_admin_token(SHOP)
        connected = run_("stores", "connect", SHOP, "--token", stdin=f"{token}\n")
        assert connected.returncode == 0, connected.stderr
        settings["ATOM_SHOPIFY_TIMEOUT"] = "2"  # a call that has not ended after twice as long counts as cut off
        yield run_


def settled(run, *words):
    """Ask again with the same key until the call that was cut off counts as that."""
    until = time.monotonic() + 30
    while True:
        answer = run(*words)
        found = json.loads(answer.stdout or "{}")
        if found.get("error", {}).get("code") != "STILL_RUNNING":
            return found
        assert time.monotonic() < until
        time.sleep(0.2)


def products(sandbox):
    return [node for node in sandbox.store(SHOP).all("Product").values() if node["title"] == "Saucer"]


@pytest.mark.parametrize("point", POINTS)
def test_a_write_that_was_cut_off_is_not_done_twice_and_does_not_look_undone(run, sandbox, point):
    """What Shopify doesn't run once by itself: either it is known to be done, or somebody is told to look."""
    words = ("call", "product_create", "--input", '{"title": "Saucer"}', "--idempotency-key", "k1", "--json")
    assert run(*words, ATOM_SHOPIFY_CRASH_AT=point).returncode == -signal.SIGKILL
    done = len(products(sandbox))
    assert done == (point != "write_before_call")
    again = settled(run, *words)
    if point == "write_after_finish":
        assert again["ok"] is True
        assert again["meta"]["replayed"] is True
    else:
        assert again["error"]["code"] == "OUTCOME_UNKNOWN"
        assert again["error"]["retryable"] is False
    assert len(products(sandbox)) == done


@pytest.mark.parametrize("migrated_database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("point", ["write_before_call", "write_after_answer"])
def test_a_write_that_shopify_runs_once_is_simply_repeated(run, sandbox, point):
    item = next(iter(sandbox.store(SHOP).all("InventoryLevel").values()))
    change = {
        "inventory_item_id": item["item"], "location_id": item["location"], "delta": 3, "reason": "correction",
    }  # fmt: skip
    words = ("call", "inventory_adjust", "--input", json.dumps(change), "--idempotency-key", "k1", "--json")
    before = item["stock"]["available"]
    assert run(*words, ATOM_SHOPIFY_CRASH_AT=point).returncode == -signal.SIGKILL
    again = settled(run, *words)
    assert again["ok"] is True, again
    level = sandbox.store(SHOP).all("InventoryLevel")[item["id"]]
    assert level["stock"]["available"] == before + 3
