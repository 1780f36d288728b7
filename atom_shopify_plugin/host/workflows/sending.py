"""Steps that send something out of the host: `notify` and `webhook`, and the notices of questions.

A notice is sent at least once: an attempt is recorded before it is made, and one whose end nobody knows is made again
under the same id. A request of a `webhook` step that may have arrived is repeated only where its method or the step
says that this does no harm.
"""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.host.outgoing import (
    DEFAULT_TARGET,
    LARGEST_ATTACHMENT,
    Attached,
    Notice,
    Outgoing,
    Reply,
    SendFailure,
)
from atom_shopify_plugin.host.workflows import crash
from atom_shopify_plugin.host.workflows.decimals import Bad
from atom_shopify_plugin.host.workflows.definition import Step
from atom_shopify_plugin.host.workflows.expressions import fill, fill_url
from atom_shopify_plugin.host.workflows.leases import Approval, Lease, StepRow
from atom_shopify_plugin.host.workflows.parameters import fitted
from atom_shopify_plugin.host.workflows.values import load, portable
from atom_shopify_plugin.host.workflows.verdicts import Again, Done, Fail, Verdict, Wait

__all__ = ["CRASHES", "LONGEST_BACKOFF", "Sending", "key_of"]

CRASHES = 3  # attempts that may end with their process before the step counts as its killer
LONGEST_BACKOFF = 300.0
NOTICE_TRIES = 6
NOTICE_BACKOFF = 10.0
_TEXT = {"type": "string"}
_HARMLESS = frozenset({"GET", "PUT", "DELETE"})  # a repetition changes nothing further
_EXCERPT = 500


def _filled(member: str, value: Any, data: Mapping[str, Any]) -> str:
    try:
        return str(fitted(fill(value, data), _TEXT, None))
    except Bad as bad:
        raise Bad(f"{member}: {bad}") from None


def _file_name(text: str) -> str:
    """Return a text as the name of a file, without signs that mean something to a mail program or a system."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", text).strip("._")[:100] or "attachment"


def key_of(lease: Lease, step: Step, row: StepRow) -> str:
    """Return the key of a step's effect."""
    return f"{lease.run.id}:{step.id}" + (f":{row.generation}" if row.generation else "")


class Sending:
    """Carries out the steps that send; `home` is the address of the page where questions are answered."""

    def __init__(self, outgoing: Outgoing, home: str) -> None:
        self.outgoing = outgoing
        self._home = home

    def notify(self, lease: Lease, at: int, step: Step, row: StepRow, data: Mapping[str, Any]) -> Verdict:
        """Tell a target something; raise `Bad`, `LostLease`."""
        told = self.told(step, lease.run.definition, data)
        attached = self._attached(step, data)
        if row.state == "running" and row.attempts >= max(CRASHES, step.retries + 1):
            return Fail("ABANDONED", f"The host went down {row.attempts} times during this step.")
        lease.begin(at, step.id, told)
        crash.at("step_before_effect")
        run = lease.run
        facts = {**_facts(lease, step.id), "event": run.event, "shop": run.shop}
        notice = Notice(
            key_of(lease, step, row), "notice", told["title"], told["message"], facts=facts, attached=attached
        )
        try:
            self.outgoing.deliver(self.outgoing.target(told["to"], run.tenant, run.subject), notice)
        except SendFailure as failure:
            return _failed(step, row, failure, repeat=True)
        crash.at("step_after_effect")
        return Done({"sent": True, "to": told["to"]})

    @staticmethod
    def told(step: Step, definition: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, str]:
        """Return what a `notify` step tells and to whom: ``{to, title, message, attachment}``; raise `Bad`.

        Of an attachment it is the name alone: its content is in what the step before answered.
        """
        usual = {"to": DEFAULT_TARGET, "title": definition.get("name", "A workflow")}
        told = {}
        for member in ("to", "title", "message"):
            told[member] = _filled(member, step.raw.get(member, usual.get(member, "")), data)
        if "attachment" in step.raw:
            told["attachment"] = _file_name(_filled("attachment/name", step.raw["attachment"]["name"], data))
        return told

    @staticmethod
    def _attached(step: Step, data: Mapping[str, Any]) -> Attached | None:
        given = step.raw.get("attachment")
        if given is None:
            return None
        content = _filled("attachment/content", given["content"], data)
        if len(content.encode()) > LARGEST_ATTACHMENT:
            raise Bad(f"attachment/content: is larger than {LARGEST_ATTACHMENT // 1024} KiB")
        return Attached(_file_name(_filled("attachment/name", given["name"], data)), given["type"], content)

    def webhook(self, lease: Lease, at: int, step: Step, row: StepRow, data: Mapping[str, Any]) -> Verdict:
        """Send a request to another host; raise `Bad`, `LostLease`."""
        asked = self.asked(step, data)
        run, method = lease.run, asked["method"]
        harmless = method in _HARMLESS or bool(step.raw.get("safe_to_repeat"))
        if row.state == "running" and row.attempts >= max(CRASHES, step.retries + 1):
            return Fail("ABANDONED", f"The host went down {row.attempts} times during this step.")
        if row.state == "running" and not harmless:
            return Fail("OUTCOME_UNKNOWN", "The host went down during the request; it may have arrived. Check before "
                                           "you retry, or declare the step `safe_to_repeat`.")  # fmt: skip
        if fault := self.call_fault(asked, run.tenant, run.subject):
            return Fail("ADDRESS_REFUSED", fault)
        lease.begin(at, step.id, {**asked, "url": asked["url"].partition("?")[0]})
        crash.at("step_before_effect")
        named = {name: value["secret"] for name, value in asked["headers"].items() if isinstance(value, Mapping)}
        given = {name: value for name, value in asked["headers"].items() if isinstance(value, str)}
        body = None if asked["body"] is None else json.dumps(asked["body"], ensure_ascii=False).encode()
        usual = {"Idempotency-Key": key_of(lease, step, row)}
        if body is not None:
            usual["Content-Type"] = "application/json"
        there = {name.lower() for name in asked["headers"]}
        given |= {name: value for name, value in usual.items() if name.lower() not in there}
        try:
            reply = self.outgoing.call(method, asked["url"], given, named, body)
        except SendFailure as failure:
            return _failed(step, row, failure, repeat=harmless)
        crash.at("step_after_effect")
        if 200 <= reply.status < 300:
            return Done(_answer(reply))
        again = reply.status in (429, 503) or (harmless and (reply.status in (408, 425) or reply.status >= 500))
        moved = " A redirect is not followed: name the final address." if 300 <= reply.status < 400 else ""
        refused = SendFailure(
            f"HTTP_{reply.status}",
            f"The other side answered {reply.status}.{moved}",
            retryable=again,
            retry_after=reply.retry_after,
        )
        excerpt = {"status_code": reply.status, "response_text": _text(reply)[:_EXCERPT]}
        return _failed(step, row, refused, repeat=True, details=excerpt)

    @staticmethod
    def asked(step: Step, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return the request of a `webhook` step: ``{method, url, headers, body}``; raise `Bad`.

        A header that names a secret is shown as ``{"secret": name}``.
        """
        try:
            url = fill_url(step.raw["url"], data)
        except Bad as bad:
            raise Bad(f"url: {bad}") from None
        headers = {}
        for name, value in step.raw.get("headers", {}).items():
            try:
                headers[name] = value if isinstance(value, Mapping) else str(fitted(fill(value, data), _TEXT, None))
            except Bad as bad:
                raise Bad(f"headers: {name}: {bad}") from None
        try:
            parameters = fitted(fill(step.raw.get("parameters", {}), data), None, None)
        except Bad as bad:
            raise Bad(f"parameters: {bad}") from None
        method = step.raw.get("method", "POST")
        body = parameters.get("body", {} if method in ("POST", "PUT", "PATCH") else None)
        return {"method": method, "url": url, "headers": headers, "body": body}

    def call_fault(self, asked: Mapping[str, Any], tenant: str, subject: str) -> str | None:
        """Return why a request may not be sent, None where it may."""
        from atom_shopify_plugin.host.outgoing.wire import header_fault

        url = asked["url"]
        if fault := self.outgoing.call_fault(url):
            return fault
        for name, value in asked["headers"].items():
            plain = value if isinstance(value, str) else None
            fault = header_fault(name, plain)
            if fault is None and plain is None:
                fault = self.outgoing.secret_fault(value["secret"], url, tenant, subject)
            if fault is not None:
                return f"headers: {name}: {fault}"
        return None

    def hearing(self, lease: Lease) -> list[str]:
        """Return the targets that hear of the questions of a run."""
        run = lease.run
        named = run.definition.get("notify_approvals")
        return self.outgoing.approval_targets(run.tenant, run.subject) if named is None else list(named)

    def waiting(self, lease: Lease, step: Step, approval: Approval) -> Wait:
        """Send the notices of a question that are due, and say until when to wait; raise `LostLease`."""
        run = lease.run
        until = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(approval.expires_at)) if approval.expires_at else ""
        name = run.definition.get("name", run.workflow_id)
        text = f"{approval.question}\n\nThe workflow “{name}” asks (step {step.id}, run {run.id})."
        text += f" Answer until {until}." if until else ""
        facts = {**_facts(lease, step.id), "approval_id": approval.id, "question": approval.question, "until": until}
        for at, number, target, attempts in lease.notices(approval.id):
            if at > time.time():
                continue
            if attempts >= NOTICE_TRIES:
                lease.noticed(number, "failed", {"code": "ABANDONED", "message": "It was abandoned."})
                continue
            lease.noticing(number)
            notice = Notice(f"{approval.id}:{target}", "approval", f"A workflow asks: {name}", text, self._home, facts)
            try:
                self.outgoing.deliver(self.outgoing.target(target, run.tenant, run.subject), notice)
            except SendFailure as failure:
                told = {"code": failure.code, "message": str(failure)}
                if failure.retryable and attempts + 1 < NOTICE_TRIES:
                    wait = _pause(NOTICE_BACKOFF, attempts, failure)
                    lease.noticed(number, "waiting", told, time.time() + wait)
                else:
                    lease.noticed(number, "failed", told)
            else:
                lease.noticed(number, "sent", None)
        left = [at for at, *_ in lease.notices(approval.id)]
        return Wait(min(left, default=None))


def _facts(lease: Lease, step_id: str) -> dict[str, Any]:
    run = lease.run
    return {
        "workflow_id": run.workflow_id,
        "workflow": run.definition.get("name"),
        "run_id": run.id,
        "step_id": step_id,
    }


def _failed(
    step: Step, row: StepRow, failure: SendFailure, *, repeat: bool, details: Mapping[str, Any] | None = None
) -> Verdict:
    """Return what a failure means; `repeat` says that sending again does no harm."""
    if failure.sent and not repeat:
        return Fail("OUTCOME_UNKNOWN", f"{failure} It may have been received: check before you retry.")
    why = Fail(failure.code, str(failure), details or {})
    if failure.retryable and row.attempts < step.retries:
        return Again(time.time() + _pause(step.backoff, row.attempts, failure), why)
    return why


def _pause(backoff: float, attempts: int, failure: SendFailure) -> float:
    most = min(LONGEST_BACKOFF, backoff * 2.0**attempts)
    wanted = min(LONGEST_BACKOFF, failure.retry_after or 0.0)
    return float(max(wanted, most * random.uniform(0.5, 1)))  # noqa: S311  # jitter is no secret


def _answer(reply: Reply) -> dict[str, Any]:
    return {
        "status_code": reply.status,
        "response_text": _text(reply),
        "headers": dict(reply.headers),
        "json": _json(reply),
        "truncated": reply.truncated,
    }


def _text(reply: Reply) -> str:
    return reply.body.decode("utf-8", "replace")


def _json(reply: Reply) -> Any:
    """Return what an answer says as JSON, None where it is none."""
    kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if reply.truncated or not re.fullmatch(r"application/(?:[a-z0-9.-]+\+)?json", kind):
        return None
    try:
        value = load(_text(reply))
        portable([[value]])  # it is kept inside of the answer
    except (ValueError, RecursionError, Bad):
        return None
    return value
