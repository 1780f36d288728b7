"""What a definition sends out of the host, compared with what the operator allows, before any run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from atom_shopify_plugin.host.outgoing import DEFAULT_TARGET, Outgoing, SendFailure
from atom_shopify_plugin.host.outgoing.wire import header_fault
from atom_shopify_plugin.host.workflows.decimals import Bad
from atom_shopify_plugin.host.workflows.expressions import evaluate, head_of, names

__all__ = ["outlet_faults"]

_SECRET = re.compile(r"authorization|cookie|token|secret|passw|api[-_]?key|signature", re.IGNORECASE)
_HEAD = re.compile(r"(https?://[^/?]+)[/?].*", re.DOTALL)


def outlet_faults(raw: Mapping[str, Any], outgoing: Outgoing, tenant: str, subject: str) -> Iterator[dict[str, str]]:
    """Yield what the steps of a definition without other faults may not send, each as ``{pointer, message}``."""
    for at, name in enumerate(raw.get("notify_approvals", ())):
        yield from _target(f"/notify_approvals/{at}", name, outgoing, tenant, subject)
    for at, step in enumerate(raw["steps"]):
        here = f"/steps/{at}"
        if step["type"] == "notify":
            to = _constant(step.get("to", DEFAULT_TARGET), raw)
            if to is not None:
                yield from _target(f"{here}/to", to, outgoing, tenant, subject)
        elif step["type"] == "webhook":
            yield from _request(here, step, outgoing, tenant, subject)


def _target(pointer: str, name: str, outgoing: Outgoing, tenant: str, subject: str) -> Iterator[dict[str, str]]:
    try:
        outgoing.target(name, tenant, subject)
    except SendFailure as failure:
        yield {"pointer": pointer, "message": str(failure)}


def _constant(text: str, raw: Mapping[str, Any]) -> str | None:
    """Return what a text is in every run, None where that depends on the run."""
    if "{" not in text:
        return text
    try:
        if not names(text) <= {"variables"}:
            return None
        return str(evaluate(text, {"variables": raw.get("variables", {})}))
    except Bad:
        return None


def _request(
    here: str, step: Mapping[str, Any], outgoing: Outgoing, tenant: str, subject: str
) -> Iterator[dict[str, str]]:
    url = step["url"]
    try:
        head = head_of(url) if "{" in url else f"{url}/"
    except Bad:
        return  # told already
    place = _HEAD.fullmatch(head)
    if place is None:
        message = "must begin with https:// and a host in plain text, and a / before the first expression"
        yield {"pointer": f"{here}/url", "message": message}
        return
    start = url if "{" not in url else f"{place[1]}/"
    if fault := outgoing.call_fault(start):
        yield {"pointer": f"{here}/url", "message": fault}
        return
    for name, value in step.get("headers", {}).items():
        plain = value if isinstance(value, str) else None
        fault = header_fault(name, None if plain is None or "{" in plain else plain)
        if fault is None and plain is not None and _SECRET.search(name):
            fault = 'takes no plain value: let the operator keep it, and write {"secret": "its name"}'
        if fault is None and plain is None:
            fault = outgoing.secret_fault(value["secret"], start, tenant, subject)
        if fault is not None:
            escaped = name.replace("~", "~0").replace("/", "~1")
            yield {"pointer": f"{here}/headers/{escaped}", "message": fault}
