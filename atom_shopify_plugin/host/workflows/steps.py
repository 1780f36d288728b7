"""Carrying out one step: what it says becomes a verdict, and the engine records it.

A step's effect has one key, made from the run and the step. It is the same over retries, restarts and takeovers, so
that a plugin which keeps such keys carries the effect out once. It changes only where a plugin says that it can't know
whether an earlier attempt went through, and either the step is declared `safe_to_repeat` or a person asks for a retry.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.host.plugins import Plugins
from atom_shopify_plugin.host.workflows import crash
from atom_shopify_plugin.host.workflows.calls import ask, call, code_of, entry_of, store_named
from atom_shopify_plugin.host.workflows.decimals import Bad
from atom_shopify_plugin.host.workflows.definition import Step
from atom_shopify_plugin.host.workflows.expressions import evaluate, fill
from atom_shopify_plugin.host.workflows.intake import principal_of
from atom_shopify_plugin.host.workflows.leases import Lease, StepRow
from atom_shopify_plugin.host.workflows.parameters import currency_of, fitted
from atom_shopify_plugin.host.workflows.questions import question
from atom_shopify_plugin.host.workflows.sending import CRASHES, LONGEST_BACKOFF, Sending, key_of
from atom_shopify_plugin.host.workflows.transforms import transformed
from atom_shopify_plugin.host.workflows.verdicts import Again, Ask, Done, End, Fail, Follow, Skip, Verdict, Wait

__all__ = ["Steps"]

REPEATS = 5  # new keys that a step may get by itself
STILL_RUNNING_FOR = 900.0
LONGEST_LOOK = 60.0  # seconds between two questions about an operation whose end nobody has told


_TEXT = {"type": "string"}
_EXPIRED = Fail("EXPIRED", "Nobody answered in time. Retry the run to ask again.")
_NEW = StepRow("pending", 0, 0, None, None, None, None)


class Steps:
    """Carries out steps with the plugins' actions, and with what may be sent."""

    def __init__(self, plugins: Plugins, sending: Sending) -> None:
        self._plugins = plugins
        self._sending = sending

    def carry_out(self, lease: Lease, at: int, step: Step, row: StepRow | None, data: Mapping[str, Any]) -> Verdict:
        """Do what a step says; raise `LostLease`. `data` is what its expressions may read."""
        row = row or _NEW
        try:
            if "when" in step.raw and not _holds(step, "when", data):
                return Skip()
            if row.operation is not None:
                return self._followed(lease, step, row, data)
            match step.type:
                case "condition":
                    held = _holds(step, "condition", data)
                    return Done({"result": True}) if held else End(f"the condition of step {step.id} was false")
                case "delay":
                    return self._delay(lease, at, step, row)
                case "approval":
                    return self._approval(lease, step, data)
                case "notify":
                    return self._sending.notify(lease, at, step, row, data)
                case "webhook":
                    return self._sending.webhook(lease, at, step, row, data)
                case "data_transform":
                    return Done(transformed(step, data))
                case _:
                    return self._action(lease, at, step, row, data)
        except Bad as bad:
            return Fail("EXPRESSION_ERROR", str(bad))

    def _delay(self, lease: Lease, at: int, step: Step, row: StepRow) -> Verdict:
        seconds = float(step.raw["delay_seconds"])
        until = row.wake_at
        if until is None:
            until = time.time() + seconds
            lease.begin(at, step.id, {"delay_seconds": seconds}, until)
        return Done({"waited_seconds": seconds}) if until <= time.time() else Wait(until)

    def _approval(self, lease: Lease, step: Step, data: Mapping[str, Any]) -> Verdict:
        answer = lease.approval(step.id)
        if answer is None or answer.state == "void":
            message = _filled("message", step.raw.get("message", step.raw.get("name", "")), data)
            return Ask("step", {"message": fitted(message, _TEXT, None)}, self._sending.hearing(lease))
        match answer.state:
            case "approved":
                return Done({"approved": True, "by": answer.decided_by})
            case "refused":
                return Fail("REFUSED", f"{answer.decided_by} said no.")
            case "expired":
                return _EXPIRED
            case _:
                return self._sending.waiting(lease, step, answer)

    def _action(self, lease: Lease, at: int, step: Step, row: StepRow, data: Mapping[str, Any]) -> Verdict:
        answer = lease.approval(step.id)
        if answer is not None and answer.state == "refused":
            return Fail("REFUSED", f"{answer.decided_by} said no.")
        if answer is not None and answer.state == "expired":
            return _EXPIRED
        if answer is not None and answer.state == "waiting":
            return self._sending.waiting(lease, step, answer)
        if row.state == "running" and row.attempts >= max(CRASHES, step.retries + 1):
            return Fail("ABANDONED", f"The host went down {row.attempts} times during this step.")
        shop = _shop(lease, step, data)
        # A payload tells the currency of its own store.
        currency = currency_of(data["trigger"]) if lease.run.shop in (None, shop) else None
        filled = fill(step.raw.get("parameters", {}), data)
        service, action = step.raw["service"], step.raw["action"]
        entry = entry_of(self._plugins, service, action)
        given = fitted(filled, entry.get("input"), currency)
        lease.begin(at, step.id, given)
        crash.at("step_before_effect")
        context = self._context(lease, step, row, shop)
        envelope = call(self._plugins, service, action, given, context)
        if code_of(envelope) == "CONFIRMATION_NEEDED":
            details = envelope["error"].get("details") or {}
            # Where an action marks the state that it asks about, the yes holds for that state alone.
            mark = {"agreed": details["agreed"]} if "agreed" in details else {}
            if answer is None or answer.state != "approved" or answer.details.get("agreed") != mark.get("agreed"):
                asked = {"message": question(envelope["error"], entry), **mark, "preview": details.get("preview")}
                return Ask("confirmation", asked, self._sending.hearing(lease))
            # The yes was given to these parameters; the token that carries it is made for this very moment.
            confirmed = {**context, "confirm": details.get("confirmation_token")}
            envelope = call(self._plugins, service, action, given, confirmed)
        crash.at("step_after_effect")
        return self._verdict(step, row, envelope)

    def _followed(self, lease: Lease, step: Step, row: StepRow, data: Mapping[str, Any]) -> Verdict:
        """Ask what became of the operation that a step waits for; the step itself is not carried out again."""
        context = self._context(lease, step, row, _shop(lease, step, data))
        envelope = ask(self._plugins, step.raw["service"], step.raw["action"], str(row.operation), context)
        if not envelope["ok"] and envelope["error"].get("retryable") is True:
            return Follow(str(row.operation), time.time() + _look(row, 1.0))  # it could not be told
        return self._verdict(step, row, envelope)

    def _context(self, lease: Lease, step: Step, row: StepRow, shop: Any) -> dict[str, Any]:
        run = lease.run
        context = {
            "principal": principal_of(run.tenant, run.subject),
            "via": "workflow",
            "idempotency_key": key_of(lease, step, row),
            "request_id": f"{run.id}:{step.id}",
            "origin": run.origin,
        }
        return {**context, "shop": shop} if shop else context

    def _verdict(self, step: Step, row: StepRow, envelope: Mapping[str, Any]) -> Verdict:
        pending = envelope.get("pending")
        if envelope["ok"] and isinstance(pending, Mapping):
            if not isinstance(pending.get("operation"), str):
                return Fail("BAD_ANSWER", f"{step.raw['service']} goes on, and does not say with which operation.")
            again = pending.get("retry_after")
            wanted = float(again) if isinstance(again, int | float) and not isinstance(again, bool) else 1.0
            return Follow(pending["operation"], time.time() + _look(row, wanted))
        if envelope["ok"]:
            return Done(_result(envelope))
        error = envelope["error"]
        details = error.get("details")
        why = Fail(str(error.get("code")), str(error.get("message")), details if isinstance(details, Mapping) else {})
        now = time.time()
        if why.code == "STILL_RUNNING" and now - (row.started_at or now) < STILL_RUNNING_FOR:
            return Again(now + random.uniform(1, 3), why, counted=False)  # noqa: S311  # jitter is no secret
        retryable = error.get("retryable") is True  # under the same key
        unknown = why.code == "OUTCOME_UNKNOWN" and not retryable
        if unknown and step.raw.get("safe_to_repeat") and row.generation < REPEATS:
            return Again(now, why, counted=False, new_key=True)
        if retryable and row.attempts < step.retries:
            most = min(LONGEST_BACKOFF, step.backoff * 2**row.attempts)
            return Again(now + most * random.uniform(0.5, 1), why)  # noqa: S311
        return why


def _result(envelope: Mapping[str, Any]) -> Any:
    """Return what later steps read: the data, and for a list also where it goes on."""
    data, page = envelope.get("data"), envelope.get("page")
    return {**data, "page": page} if isinstance(data, Mapping) and page is not None else data


def _shop(lease: Lease, step: Step, data: Mapping[str, Any]) -> str | None:
    return store_named(_filled("shop", step.raw["shop"], data)) if "shop" in step.raw else lease.run.shop


def _look(row: StepRow, wanted: float) -> float:
    """Return the seconds until the next question about an operation: what takes long is asked for less often."""
    now = time.time()
    return min(LONGEST_LOOK, max(1.0, wanted, (now - (row.started_at or now)) / 4))


def _holds(step: Step, member: str, data: Mapping[str, Any]) -> bool:
    try:
        return bool(evaluate(step.raw[member], data, expression=True))
    except Bad as bad:
        raise Bad(f"{member}: {bad}") from None


def _filled(member: str, text: str, data: Mapping[str, Any]) -> Any:
    try:
        return fill(text, data)
    except Bad as bad:
        raise Bad(f"{member}: {bad}") from None
