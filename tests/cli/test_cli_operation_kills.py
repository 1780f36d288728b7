"""A shell that is killed while Shopify works in the background, and called again with the same idempotency key."""

from __future__ import annotations

import json
import signal
import subprocess
import time

import pytest
from processes import PROGRAM, bare_environment

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.server import serve
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.storage import Storage

SHOP = "demo.myshopify.com"
ORDER = "gid://shopify/Order/1630000002"
WORDS = ("call", "order_cancel", "--input", json.dumps({"id": ORDER}), "--yes", "--idempotency-key", "k1", "--json")
AT_ONCE = ("operation_after_store", "operation_before_look", "operation_after_commit", "write_before_finish")
BY_A_JOB = ("operation_after_job", "operation_after_look", "operation_before_commit", "operation_after_commit")
POINTS = [(point, False) for point in AT_ONCE] + [(point, True) for point in BY_A_JOB]


@pytest.fixture
def sandbox():
    return Sandbox(size="small")


@pytest.fixture
def settings(tmp_path, migrated_database_url):
    return {
        "ATOM_SHOPIFY_DATABASE_URL": migrated_database_url,
        "ATOM_SHOPIFY_DATA_DIR": str(tmp_path / "data"),
        "ATOM_SHOPIFY_ENCRYPTION_KEYS": "k1:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        "ATOM_SHOPIFY_JOB_LEASE": "1",
        "SHOPIFY_API_KEY": "sandbox-key",
        "SHOPIFY_API_SECRET": "sandbox-secret",
    }


@pytest.fixture
def run(sandbox, settings, tmp_path):
    with serve(sandbox) as server:
        settings = {
            **settings,
            "ATOM_SHOPIFY_ENDPOINT": server.url,
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


@pytest.mark.parametrize("migrated_database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("point", "slow"), POINTS)
def test_work_is_followed_to_its_end_wherever_a_process_dies(
    run, sandbox, settings, point, slow
):  # fmt: skip
    if slow:  # nobody can look while the caller's thread does: a job has to
        sandbox.faults.add({"kind": "html", "times": 4, "match": {"subject": "JobGet"}})
    assert run(*WORDS, ATOM_SHOPIFY_CRASH_AT=point).returncode == -signal.SIGKILL
    again = settled(run, *WORDS)
    assert again["ok"] is True, again
    assert again["data"]["order"]["cancelled_at"] is not None
    assert again["meta"]["verified"] is True
    assert [call["subject"] for call in sandbox.calls()].count("OrderCancel") == 1
    storage, person = Storage(Settings.from_environ(settings)), Principal("local")
    (entry,) = [one for one in storage.audit.list(person) if one.action == "order_cancel"]
    (operation,) = storage.operations.list(person)
    storage.close()
    assert (entry.outcome, entry.verified, operation.state) == ("ok", True, "succeeded")


@pytest.mark.parametrize("migrated_database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("point", ["write_before_call", "write_after_answer"])
def test_a_write_that_died_before_it_was_an_operation_is_not_sent_again(run, sandbox, point):
    assert run(*WORDS, ATOM_SHOPIFY_CRASH_AT=point).returncode == -signal.SIGKILL
    asked = [call["subject"] for call in sandbox.calls()].count("OrderCancel")
    again = settled(run, *WORDS)
    assert (again["error"]["code"], again["error"]["retryable"]) == ("OUTCOME_UNKNOWN", False)
    assert [call["subject"] for call in sandbox.calls()].count("OrderCancel") == asked
