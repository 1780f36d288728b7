"""Accepted work: what Shopify does in the background is followed to its end, and told once."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update
from webhost import Caller, data_of, error_of

from atom_shopify_plugin.actions import operations
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.jobs.runner import Runner
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.sandbox.adapter import SandboxAdapter
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.storage.calls.operations import OperationRow
from atom_shopify_plugin.storage.work.job_table import QueuedJob

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask

    from atom_shopify_plugin.sandbox.core import Sandbox

DEMO = "demo.myshopify.com"
PATH = "/api/shopify/orders/1630000002/cancel"
OPERATIONS = "/api/shopify/operations"


@pytest.fixture
def runtime(environ: dict[str, str], sandbox: Sandbox) -> Iterator[Runtime]:
    """A plugin that does not really wait between two looks."""
    runtime = Runtime(Settings.from_environ(environ), adapter=SandboxAdapter(sandbox), sleep=lambda _seconds: None)
    yield runtime
    runtime.close()


@pytest.fixture(autouse=True)
def nobody_else_works(runtime: Runtime, app: Flask) -> Iterator[None]:
    """The jobs of these tests are run by the tests."""
    runtime.jobs.stop()
    yield
    runtime.jobs.stop()


def begin(person: Caller, **headers: str) -> Any:
    """Cancel an order, with a yes."""
    asked = person.post(PATH, {"reason": "CUSTOMER"}, headers=headers)
    if asked.status_code != 409 or error_of(asked)["code"] != "CONFIRMATION_NEEDED":
        return asked
    token = error_of(asked)["details"]["confirmation_token"]
    return person.post(PATH, {"reason": "CUSTOMER"}, headers={**headers, "X-Confirmation-Token": token})


def slow(sandbox: Sandbox) -> None:
    """Let nobody see the end of a job of Shopify until the faults are cleared."""
    sandbox.faults.add({"kind": "html", "times": None, "match": {"subject": "JobGet"}})


def work(runtime: Runtime, operation: str, seconds: float = 20.0) -> None:
    """Run the job of an operation as a worker does until the operation has ended."""
    services = runtime.services
    runner = Runner(services, runtime.jobs.handlers, lease=30, backoff=0.01, attempts=12, run_limit=900)
    until = time.monotonic() + seconds
    while not (found := runtime.storage.operations.find(operation)) or not found.ended:
        assert time.monotonic() < until
        with runtime.storage.begin() as session:  # what is put off is due at once
            session.execute(update(QueuedJob).values(available_at=runtime.storage.now(session)))
        runner.one()


def test_what_ends_at_once_is_answered_at_once(ada: Caller) -> None:
    done = begin(ada)
    assert done.status_code == 200
    envelope = done.get_json()
    assert envelope["data"]["order"]["cancel_reason"] == "CUSTOMER"
    assert envelope["meta"]["verified"] is True
    shown = data_of(ada.get(f"{OPERATIONS}/{envelope['meta']['operation_id']}"))
    assert (shown["state"], shown["done"], shown["data"]) == ("succeeded", True, envelope["data"])


def test_what_takes_longer_is_accepted_followed_and_verified(ada: Caller, sandbox: Sandbox, runtime: Runtime) -> None:
    slow(sandbox)
    taken = begin(ada)
    operation = data_of(taken)
    assert taken.status_code == 202
    assert taken.headers["Location"] == f"{OPERATIONS}/{operation['id']}"
    assert taken.headers["Retry-After"] == "1"
    assert (operation["state"], operation["done"], operation["data"]) == ("accepted", False, None)
    entry = taken.get_json()["meta"]["audit_id"]
    assert data_of(ada.get(f"/api/shopify/audit/{entry}"))["outcome"] == "started"
    sandbox.faults.clear()
    work(runtime, operation["id"])
    shown = data_of(ada.get(taken.headers["Location"]))
    assert (shown["state"], shown["error"], shown["meta"]["verified"]) == ("succeeded", None, True)
    assert shown["data"]["order"]["cancelled_at"] is not None
    audited = data_of(ada.get(f"/api/shopify/audit/{entry}"))
    assert (audited["outcome"], audited["verified"]) == ("ok", True)
    assert audited["before"]["cancelled_at"] is None
    assert [effect.operation for effect in sandbox.store(DEMO).journal].count("orderCancel") >= 1


def test_a_key_is_answered_with_the_same_operation_and_then_with_its_result(
    ada: Caller, sandbox: Sandbox, runtime: Runtime
) -> None:
    slow(sandbox)
    key = {"Idempotency-Key": "k1"}
    first = begin(ada, **key)
    again = ada.post(PATH, {"reason": "CUSTOMER"}, headers=key)
    assert (again.status_code, data_of(again)["id"]) == (202, data_of(first)["id"])
    assert again.get_json()["meta"]["replayed"] is True
    sandbox.faults.clear()
    work(runtime, data_of(first)["id"])
    ended = ada.post(PATH, {"reason": "CUSTOMER"}, headers=key)
    assert (ended.status_code, ended.get_json()["meta"]["replayed"]) == (200, True)
    assert data_of(ended)["order"]["cancelled_at"] is not None
    asked = [call["subject"] for call in sandbox.calls()]
    assert asked.count("OrderCancel") == 1


def test_work_that_came_to_nothing_is_told_as_a_failure(ada: Caller, sandbox: Sandbox, runtime: Runtime) -> None:
    slow(sandbox)
    operation = data_of(begin(ada, **{"Idempotency-Key": "k1"}))["id"]
    state = sandbox.store(DEMO)
    for promised in state.pending:
        state.nodes["Job"][promised.job]["done"] = True
    state.pending.clear()
    sandbox.faults.clear()
    work(runtime, operation)
    shown = data_of(ada.get(f"{OPERATIONS}/{operation}"))
    assert (shown["state"], shown["error"]["code"]) == ("failed", "CONFLICT")
    assert data_of(ada.get(f"/api/shopify/audit/{shown['audit_id']}"))["outcome"] == "CONFLICT"
    repeated = error_of(ada.post(PATH, {"reason": "CUSTOMER"}, headers={"Idempotency-Key": "k1"}))
    assert (repeated["code"], repeated["message"]) == ("CONFLICT", shown["error"]["message"])


def test_what_nobody_could_see_the_end_of_is_unknown(ada: Caller, sandbox: Sandbox, runtime: Runtime) -> None:
    slow(sandbox)
    operation = data_of(begin(ada, **{"Idempotency-Key": "k1"}))["id"]
    with runtime.storage.begin() as session:
        now = runtime.storage.now(session)
        session.execute(update(OperationRow).where(OperationRow.id == operation).values(expires_at=now))
    work(runtime, operation)
    shown = data_of(ada.get(f"{OPERATIONS}/{operation}"))
    assert (shown["state"], shown["error"]["code"]) == ("unknown", "OUTCOME_UNKNOWN")
    assert data_of(ada.get(f"/api/shopify/audit/{shown['audit_id']}"))["outcome"] == "OUTCOME_UNKNOWN"
    repeated = error_of(ada.post(PATH, {"reason": "CUSTOMER"}, headers={"Idempotency-Key": "k1"}))
    assert (repeated["code"], repeated["retryable"]) == ("OUTCOME_UNKNOWN", False)
    assert [call["subject"] for call in sandbox.calls()].count("OrderCancel") == 1


def test_cancelling_ends_the_following_and_says_what_may_still_happen(
    ada: Caller, sandbox: Sandbox, runtime: Runtime
) -> None:
    slow(sandbox)
    operation = data_of(begin(ada))["id"]
    for _ in range(2):
        shown = data_of(ada.post(f"{OPERATIONS}/{operation}/cancel", {}))
        assert (shown["state"], shown["error"]["code"]) == ("cancelled", "OUTCOME_UNKNOWN")
        assert "may still complete it" in shown["error"]["message"]
    sandbox.faults.clear()
    work(runtime, operation)
    assert runtime.storage.operations.find(operation).state == "cancelled"  # type: ignore[union-attr]
    done = begin(ada)
    assert done.status_code in (400, 200)


def test_an_operation_that_has_ended_can_not_be_cancelled(ada: Caller) -> None:
    operation = begin(ada).get_json()["meta"]["operation_id"]
    refused = ada.post(f"{OPERATIONS}/{operation}/cancel", {})
    assert (refused.status_code, error_of(refused)["details"]["state"]) == (409, "succeeded")


def test_operations_are_seen_by_the_members_of_their_store_alone(
    ada: Caller, mallory: Caller, caller: Callable[[str | None], Caller], sandbox: Sandbox
) -> None:
    slow(sandbox)
    operation = data_of(begin(ada))["id"]
    for person in (mallory, caller("foreign"), caller("admin")):
        assert data_of(person.get(OPERATIONS))["items"] == []
        assert person.get(f"{OPERATIONS}/{operation}").status_code == 404
        assert person.post(f"{OPERATIONS}/{operation}/cancel", {}).status_code == 404
    token = data_of(ada.post("/api/shopify/stores/demo/invitations", {}))["token"]
    colleague = caller("colleague")
    colleague.post("/api/shopify/invitations/accept", {"token": token})
    assert data_of(colleague.get(f"{OPERATIONS}/{operation}"))["subject"] == "ada"


def test_the_list_is_narrowed_by_state_and_store(ada: Caller, sandbox: Sandbox) -> None:
    slow(sandbox)
    operation = data_of(begin(ada))["id"]
    for query, wanted in (("", [operation]), ("?state=accepted,running&shop=demo", [operation]), ("?state=failed", [])):
        assert [one["id"] for one in data_of(ada.get(OPERATIONS + query))["items"]] == wanted
    assert ada.get(f"{OPERATIONS}?state=done").status_code == 400
    assert ada.get(f"{OPERATIONS}?state=").status_code == 400


def test_an_operation_that_nobody_follows_any_more_is_followed_again(
    ada: Caller, sandbox: Sandbox, runtime: Runtime
) -> None:
    """As after a process that died between storing the operation and placing its job."""
    slow(sandbox)
    operation = data_of(begin(ada))["id"]
    with runtime.storage.begin() as session:
        long_ago = runtime.storage.now(session) - timedelta(minutes=5)
        session.execute(update(OperationRow).values(updated_at=long_ago))
        session.query(QueuedJob).filter(QueuedJob.kind == "operation").delete()
    sandbox.faults.clear()
    operations.upkeep(runtime.services)
    work(runtime, operation)
    assert data_of(ada.get(f"{OPERATIONS}/{operation}"))["state"] == "succeeded"


def test_the_chat_tells_how_far_it_is(ada: Caller, sandbox: Sandbox, runtime: Runtime) -> None:
    slow(sandbox)
    begin(ada)
    reply = runtime.chat.answer(Principal("ada", via="chat"), "operations")
    assert reply is not None
    assert reply.text.startswith("Cancel an order in demo.myshopify.com: ")
