"""A dry run of a workflow: what each step would do with a sample event, and why it would not.

Conditions and templates are evaluated as in a run. An action that only reads is really carried out; one that writes is
previewed by its plugin, which does nothing. What such a step would answer is not known, so a later step that needs it
is shown as not known, too. Nothing waits, nothing is stored, and nobody is asked.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.host.plugins import Plugins
from atom_shopify_plugin.host.workflows.calls import call, entry_of, store_named
from atom_shopify_plugin.host.workflows.decimals import Bad
from atom_shopify_plugin.host.workflows.definition import Definition, Step
from atom_shopify_plugin.host.workflows.expressions import evaluate, fill, names
from atom_shopify_plugin.host.workflows.filters import readable, unmatched
from atom_shopify_plugin.host.workflows.intake import principal_of
from atom_shopify_plugin.host.workflows.parameters import currency_of, fitted
from atom_shopify_plugin.host.workflows.sending import Sending
from atom_shopify_plugin.host.workflows.transforms import transformed
from atom_shopify_plugin.host.workflows.values import portable

__all__ = ["SECONDS", "dry_run"]

SECONDS = 20.0
"""How long a dry run may take: what comes after it is not evaluated."""


class _Unknown(Exception):
    """A text needs what only a real run would know."""


def dry_run(
    plugins: Plugins,
    sending: Sending,
    principal: Principal,
    definition: Definition,
    given: Mapping[str, Any],
    trigger: Mapping[str, Any],
    request_id: str | None = None,
) -> dict[str, Any]:
    """Return ``{starts, conditions, steps}`` of a definition without faults; raise nothing.

    Each step tells in ``would`` what it would do: ``run``, ``skip``, ``wait``, ``ask``, ``go_on``, ``end``, ``fail``,
    or ``unknown`` and ``not_reached``, with the reason in ``why``.
    """
    return _DryRun(plugins, sending, principal, definition, given, trigger, request_id).run()


class _DryRun:
    def __init__(
        self,
        plugins: Plugins,
        sending: Sending,
        principal: Principal,
        definition: Definition,
        given: Mapping[str, Any],
        trigger: Mapping[str, Any],
        request_id: str | None,
    ) -> None:
        self._plugins = plugins
        self._sending = sending
        self._definition = definition
        self._shop = definition.trigger.get("shop") or definition.raw.get("shop")  # as in a run: the event's first
        self._until = time.monotonic() + SECONDS
        self._open: set[str] = set()  # steps whose results only a real run would know
        self._results: dict[str, Any] = {}
        self._errors: dict[str, Any] = {}
        self._data: dict[str, Any] = {
            "trigger": trigger,
            "input": given,
            "event": {},
            "variables": definition.raw.get("variables", {}),
            "run": {"id": "dry-run", "cause": "manual", "shop": self._shop},
            "steps": self._results,
            "errors": self._errors,
        }
        self._owner = principal_of(principal.tenant, principal.subject)
        self._context = {
            "principal": self._owner,
            "via": "workflow",
            **({"request_id": request_id} if request_id else {}),
        }

    def run(self) -> dict[str, Any]:
        conditions = list(self._conditions())
        starts = all(one["holds"] for one in conditions)
        stopped = None if starts else "the conditions are not met"
        steps = []
        for step in self._definition.steps:
            if stopped is None and time.monotonic() > self._until:
                stopped = f"the dry run took longer than {SECONDS:.0f} s"
            if stopped is not None:
                steps.append({"id": step.id, "type": step.type, "would": "not_reached", "why": stopped})
                continue
            told = self._step(step)
            steps.append({"id": step.id, "type": step.type, **told})
            if told["would"] == "end":
                stopped = f"step {step.id} would end the run"
            elif told["would"] == "fail":
                self._errors[step.id] = told["error"]
                if not step.goes_on:
                    stopped = f"step {step.id} would fail"
        return {"starts": starts, "conditions": conditions, "steps": steps}

    def _conditions(self) -> Iterator[dict[str, Any]]:
        if "when" in self._definition.trigger:
            payload = readable(self._data["trigger"])
            miss = unmatched(self._definition.trigger["when"], payload, self._data["variables"])
            why = {} if miss is None else {"why": f"did not match: {miss.detail}"}
            yield {"condition": "trigger.when", "holds": miss is None, **why}
        for text in self._definition.raw.get("conditions", ()):
            try:
                yield {"condition": text, "holds": bool(evaluate(text, self._data, expression=True))}
            except Bad as bad:
                yield {"condition": text, "holds": False, "why": str(bad)}

    def _step(self, step: Step) -> dict[str, Any]:
        try:
            if "when" in step.raw and not self._holds(step, "when"):
                return {"would": "skip", "why": f"`when` is not met: {step.raw['when']}"}
            match step.type:
                case "condition":
                    holds = self._holds(step, "condition")
                    if holds:
                        self._done(step, {"result": True})
                    return {"would": "go_on" if holds else "end", "why": f"the condition: {step.raw['condition']}"}
                case "delay":
                    seconds = float(step.raw["delay_seconds"])
                    self._done(step, {"waited_seconds": seconds})
                    return {"would": "wait", "why": f"for {seconds:g} s"}
                case "approval":
                    message = self._filled(step.raw.get("message", step.raw.get("name", "")))
                    self._done(step, {"approved": True, "by": self._owner.subject})
                    return {
                        "would": "ask",
                        "why": "a person has to approve it",
                        "message": fitted(message, _TEXT, None),
                    }
                case "notify" | "webhook":
                    return self._outgoing(step)
                case "data_transform":
                    self._need([step.raw[one] for one in ("condition", "mapping") if one in step.raw], expression=True)
                    self._need(_texts(step.raw["parameters"]), expression=False)
                    self._done(step, transformed(step, self._data))
                    result = portable(self._results[step.id])
                    return {"would": "run", "why": "it only computes: it was carried out", "result": result}
                case _:
                    return self._action(step)
        except _Unknown as unknown:
            self._open.add(step.id)
            return {"would": "unknown", "why": str(unknown)}
        except Bad as bad:
            return {"would": "fail", "why": str(bad), "error": {"code": "EXPRESSION_ERROR", "message": str(bad)}}

    def _action(self, step: Step) -> dict[str, Any]:
        service, action = step.raw["service"], step.raw["action"]
        shop = store_named(self._filled(step.raw["shop"])) if "shop" in step.raw else self._shop
        entry = entry_of(self._plugins, service, action)
        currency = currency_of(self._data["trigger"]) if self._shop in (None, shop) else None
        given = fitted(self._filled(step.raw.get("parameters", {})), entry.get("input"), currency)
        told: dict[str, Any] = {"would": "run", "service": service, "action": action, "parameters": given}
        context = {**self._context, **({"shop": shop} if shop else {})}
        if entry.get("effect") == "read":
            envelope = call(self._plugins, service, action, given, context)
            if envelope["ok"]:
                self._done(step, envelope.get("data"))
                return {**told, "why": "it only reads: it was carried out", "result": portable(envelope.get("data"))}
        elif entry.get("previews") is True:
            envelope = call(self._plugins, service, action, given, {**context, "preview": True})
            if envelope["ok"]:
                self._open.add(step.id)
                data = envelope.get("data")
                preview = data.get("preview", data) if isinstance(data, Mapping) else data
                asks = {"asks": True} if isinstance(data, Mapping) and "confirmation_token" in data else {}
                return {**told, **asks, "why": "it writes: it was previewed", "preview": portable(preview)}
        else:
            self._open.add(step.id)
            return {**told, "why": f"{service} can't predict what it would do"}
        error = envelope["error"]
        return {**told, "would": "fail", "why": str(error.get("message")), "error": portable(error)}

    def _outgoing(self, step: Step) -> dict[str, Any]:
        """Say what a step would send; nothing is sent."""
        members = ("to", "title", "message", "attachment", "url", "headers", "parameters")
        filled = [step.raw.get(member) for member in members]
        self._need(_texts(filled), expression=False)
        if step.type == "notify":
            told = self._sending.told(step, self._definition.raw, self._data)
            self._done(step, {"sent": True, "to": told["to"]})
            return {"would": "run", "why": f"it would tell {told['to']}: nothing was sent", "parameters": told}
        asked = self._sending.asked(step, self._data)
        self._open.add(step.id)
        fault = self._sending.call_fault(asked, self._owner.tenant, self._owner.subject)
        if fault is not None:
            error = {"code": "ADDRESS_REFUSED", "message": fault}
            return {"would": "fail", "why": fault, "error": error, "parameters": asked}
        return {"would": "run", "why": "it would send a request: nothing was sent", "parameters": asked}

    def _done(self, step: Step, value: Any) -> None:
        self._results[step.id] = value
        self._data[step.id] = value

    def _holds(self, step: Step, member: str) -> bool:
        text = step.raw[member]
        self._need([text], expression=True)
        try:
            return bool(evaluate(text, self._data, expression=True))
        except Bad as bad:
            raise Bad(f"{member}: {bad}") from None

    def _filled(self, value: Any) -> Any:
        self._need(_texts(value), expression=False)
        return fill(value, self._data)

    def _need(self, texts: Any, *, expression: bool) -> None:
        """Raise `_Unknown` where a text reads a step whose result only a real run would know."""
        for text in texts:
            read = names(text, expression=expression)
            open_ = self._open & read or ({one for one in self._open if one in text} if "steps" in read else set())
            if open_:
                named = ", ".join(sorted(open_))
                raise _Unknown(f"it needs the result of {named}, which only a real run would know")


_TEXT = {"type": "string"}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str) and "{" in value:
        yield value
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from _texts(member)
    elif isinstance(value, list | tuple):
        for member in value:
            yield from _texts(member)
