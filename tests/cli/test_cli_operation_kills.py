"""A shell that is killed while Shopify works in the background, and called again with the same idempotency key."""

from __future__ import annotations

import json
import signal

import pytest
from killing import settled

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.storage import Storage

ORDER = "gid://shopify/Order/1630000002"
WORDS = ("call", "order_cancel", "--input", json.dumps({"id": ORDER}), "--yes", "--idempotency-key", "k1", "--json")
AT_ONCE = ("operation_after_store", "operation_before_look", "operation_after_commit", "write_before_finish")
BY_A_JOB = ("operation_after_job", "operation_after_look", "operation_before_commit", "operation_after_commit")
POINTS = [(point, False) for point in AT_ONCE] + [(point, True) for point in BY_A_JOB]


@pytest.mark.parametrize("migrated_database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("point", "slow"), POINTS)
def test_work_is_followed_to_its_end_wherever_a_process_dies(
    run, sandbox, shell_settings, point, slow
):  # fmt: skip
    if slow:  # nobody can look while the caller's thread does: a job has to
        sandbox.faults.add({"kind": "html", "times": 6, "match": {"subject": "JobGet"}})
    assert run(*WORDS, ATOM_SHOPIFY_CRASH_AT=point).returncode == -signal.SIGKILL
    again = settled(run, *WORDS)
    assert again["ok"] is True, again
    assert again["data"]["order"]["cancelled_at"] is not None
    assert again["meta"]["verified"] is True
    assert [call["subject"] for call in sandbox.calls()].count("OrderCancel") == 1
    storage, person = Storage(Settings.from_environ(shell_settings)), Principal("local")
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
