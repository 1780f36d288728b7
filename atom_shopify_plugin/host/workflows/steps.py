"""Carrying out one step: what it says becomes a verdict, and the engine records it.

A step's effect has one key, made from the run and the step. It is the same over retries, restarts and takeovers, so
that a plugin which keeps such keys carries the effect out once. It changes only where a plugin says that it can't know
whether an earlier attempt went through, and either the step is declared `safe_to_repeat` or a person asks for a retry.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from atom_shopify_plugin.host.plugins import Plugins
from atom_shopify_plugin.host.workflows import crash
from atom_shopify_plugin.host.workflows.decimals import Bad, kind
from atom_shopify_plugin.host.workflows.definition import Step
from atom_shopify_plugin.host.workflows.expressions import evaluate, fill
from atom_shopify_plugin.host.workflows.intake import principal_of
from atom_shopify_plugin.host.workflows.leases import Lease, StepRow
from atom_shopify_plugin.host.workflows.parameters import currency_of, fitted
from atom_shopify_plugin.host.workflows.values import dump, load

__all__ = ["Again", "Ask", "Done", "End", "Fail", "Skip", "Steps", "Verdict", "Wait"]

log = logging.getLogger(__name__)

RESULT_LIMIT = 1024 * 1024
LONGEST_BACKOFF = 300.0
CRASHES = 3  # attempts that may end with their process before the step counts as its killer
REPEATS = 5  # new keys that a step may get by itself
STILL_RUNNING_FOR = 900.0


@dataclass(frozen=True, slots=True)
class Done:
    value: Any


@dataclass(frozen=True, slots=True)
class Skip:
    """`when` did not hold."""


@dataclass(frozen=True, slots=True)
class End:
    """The run is over, as planned."""

    note: str


@dataclass(frozen=True, slots=True)
class Fail:
    code: str
    message: str
    details: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, **({"details": self.details} if self.details else {})}


@dataclass(frozen=True, slots=True)
class Again:
    """Try once more at `at`."""

    at: float
    why: Fail
    counted: bool = True
    new_key: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do before `at`; None: before a person has answered."""

    at: float | None


@dataclass(frozen=True, slots=True)
class Ask:
    """A person has to say yes."""

    reason: str
    details: Mapping[str, Any]


_TEXT = {"type": "string"}
Verdict = Done | Skip | End | Fail | Again | Wait | Ask
_NEW = StepRow("pending", 0, 0, None, None, None, None)


class Steps:
    """Carries out steps with the plugins' actions."""

    def __init__(self, plugins: Plugins) -> None:
        self._plugins = plugins

    def carry_out(self, lease: Lease, at: int, step: Step, row: StepRow | None, data: Mapping[str, Any]) -> Verdict:
        """Do what a step says; raise `LostLease`. `data` is what its expressions may read."""
        row = row or _NEW
        try:
            if "when" in step.raw and not _holds(step, "when", data):
                return Skip()
            match step.type:
                case "condition":
                    held = _holds(step, "condition", data)
                    return Done({"result": True}) if held else End(f"the condition of step {step.id} did not hold")
                case "delay":
                    return self._delay(lease, at, step, row)
                case "approval":
                    return self._approval(lease, step, data)
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
            return Ask("step", {"message": fitted(message, _TEXT, None)})
        match answer.state:
            case "approved":
                return Done({"approved": True, "by": answer.decided_by})
            case "refused":
                return Fail("REFUSED", f"{answer.decided_by} said no.")
            case _:
                return Wait(None)

    def _action(self, lease: Lease, at: int, step: Step, row: StepRow, data: Mapping[str, Any]) -> Verdict:
        answer = lease.approval(step.id)
        if answer is not None and answer.state == "refused":
            return Fail("REFUSED", f"{answer.decided_by} said no.")
        if answer is not None and answer.state == "waiting":
            return Wait(None)
        if row.state == "running" and row.attempts >= max(CRASHES, step.retries + 1):
            return Fail("ABANDONED", f"The host went down {row.attempts} times during this step.")
        shop = _filled("shop", step.raw["shop"], data) if "shop" in step.raw else lease.run.shop
        if shop is not None and not isinstance(shop, str):
            raise Bad(f"shop: is {kind(shop)}, and the name of a store is needed")
        # A payload tells the currency of its own store.
        currency = currency_of(data["trigger"]) if lease.run.shop in (None, shop) else None
        filled = fill(step.raw.get("parameters", {}), data)
        given = fitted(filled, self._input(step), currency)
        lease.begin(at, step.id, given)
        crash.at("step_before_effect")
        context = self._context(lease, step, row, shop)
        envelope = self._call(step, given, context)
        if _code(envelope) == "CONFIRMATION_NEEDED":
            details = envelope["error"].get("details") or {}
            if answer is None or answer.state != "approved":
                return Ask(
                    "confirmation", {"message": envelope["error"].get("message"), "preview": details.get("preview")}
                )
            # The yes was given to these parameters; the token that carries it is made for this very moment.
            envelope = self._call(step, given, {**context, "confirm": details.get("confirmation_token")})
        crash.at("step_after_effect")
        return self._verdict(step, row, envelope)

    def _input(self, step: Step) -> Any:
        """Return the schema that the action declares for its input, None where it declares none."""
        owner = self._plugins.owner(step.raw["service"])
        actions = owner.services[step.raw["service"]]["workflow_actions"] if owner else ()
        return next((entry.get("input") for entry in actions if entry["key"] == step.raw["action"]), None)

    def _context(self, lease: Lease, step: Step, row: StepRow, shop: Any) -> dict[str, Any]:
        run = lease.run
        key = f"{run.id}:{step.id}" + (f":{row.generation}" if row.generation else "")
        context = {
            "principal": principal_of(run.tenant, run.subject),
            "via": "workflow",
            "idempotency_key": key,
            "request_id": f"{run.id}:{step.id}",
            "origin": run.origin,
        }
        return {**context, "shop": shop} if shop else context

    def _call(self, step: Step, given: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
        service, action = step.raw["service"], step.raw["action"]
        owner = self._plugins.owner(service)
        if owner is None:
            return _failure("SERVICE_MISSING", f"No installed plugin offers the service {service}.")
        hook = self._plugins.only(owner.plugin).atom_run_action
        try:
            envelope = hook(service=service, action=action, input=given, context=context)
        except Exception:  # the boundary to a plugin: its bug is one failed step, and its text stays here
            log.exception("plugin %s failed in step %s", owner.name, step.id)
            return _failure("PLUGIN_ERROR", f"{service} failed with an error of its own; the host's log says how.")
        return _checked(service, action, envelope)

    def _verdict(self, step: Step, row: StepRow, envelope: Mapping[str, Any]) -> Verdict:
        if envelope["ok"]:
            return Done(envelope.get("data"))
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


def _checked(service: str, action: str, envelope: Any) -> dict[str, Any]:
    """Return the answer of a plugin, or a failure in its place where it is none."""
    if envelope is None:
        return _failure("NO_SUCH_ACTION", f"{service} did not take the action {action}.")
    try:
        text = dump(envelope)
    except Bad as bad:
        return _failure("BAD_ANSWER", f"{service} gave an answer that can't be kept: {bad}.")
    if len(text) > RESULT_LIMIT:
        return _failure("ANSWER_TOO_LARGE", f"The answer of {service} is larger than {RESULT_LIMIT // 1024} KiB.")
    answer = load(text)
    if not isinstance(answer, dict) or not isinstance(answer.get("ok"), bool):
        return _failure("BAD_ANSWER", f"{service} gave an answer without `ok`.")
    if not answer["ok"] and not isinstance(answer.get("error"), dict):
        return _failure("BAD_ANSWER", f"{service} failed without saying why.")
    return answer


def _failure(code: str, message: str) -> dict[str, Any]:
    return {"ok": False, "error": {"code": code, "message": message, "retryable": False}}


def _code(envelope: Mapping[str, Any]) -> Any:
    return None if envelope["ok"] else envelope["error"].get("code")
