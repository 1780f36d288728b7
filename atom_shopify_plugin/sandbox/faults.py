"""Faults on demand: what goes wrong with which request, and how often.

A fault is described by a JSON object: ``kind`` and the members of its kind, and for every kind ``times`` (how many
matching requests it hits; 1 by default, `null` for all), ``after`` (how many matching requests pass first), ``chance``
(0 to 1, drawn with ``seed``) and ``match`` (any of ``store``, ``path``, ``method``, ``subject``, each a shell pattern;
the subject of a request is its GraphQL operation or its OAuth grant type).

======================  ================================================================================
status                  answers ``status`` with ``body`` (text or JSON) and ``headers``; nothing runs
throttle_429            answers 429 with ``retry_after`` (any text; `null` for no header); nothing runs
internal_error          answers 200 with GraphQL's INTERNAL_SERVER_ERROR; nothing runs
html                    answers ``status`` (200) with an HTML page; nothing runs
gzip_bomb               answers 200 with ``megabytes`` (50) of zeros behind ``Content-Encoding: gzip``
reset                   resets the connection; nothing runs
lost_reply              runs the request and then resets the connection
latency                 waits ``seconds`` before the answer; adds to any other fault
drip                    sends the answer in pieces of ``piece`` (64) bytes, ``every`` (0.05) seconds
cut                     announces the whole length, sends the part ``keep`` (0.5), ends the connection
cut_without_length      the same without announcing a length
not_kept                answers a mutation as ever; what it wrote is not there afterwards
kept_otherwise          the same, but its nodes hold ``values`` (``{field: value}``, in Shopify's spelling) afterwards
kept_elsewhere          the same, but what it updated stands at the node ``at`` (a gid; another of its type)
in_progress             runs a mutation and then resets the connection; for ``seconds`` (5) of the sandbox's clock a
                        repeat with the same idempotency key is answered IDEMPOTENCY_CONCURRENT_REQUEST
bulk_fails              a bulk operation fails with ``error_code`` after the part ``keep`` (0.5) of its root objects
bulk_expired            the address of its result has ended; the status is ``status`` (EXPIRED, or COMPLETED)
bulk_slow               it works off ``rate`` (1) root objects a second, ``start_after`` (0) seconds after its start
bulk_cut                its result ends within a line, after the part ``keep`` (0.5); ``fileSize`` is that of the whole
bulk_finish_lost        its webhook ``bulk_operations/finish`` is not sent
======================  ================================================================================

Those of bulk operations hit the requests that start one. More than one of them can hit the same request.
"""

from __future__ import annotations

import copy
import gzip
import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

import orjson

from atom_shopify_plugin.sandbox import keeping
from atom_shopify_plugin.sandbox.bulk import settings as bulk
from atom_shopify_plugin.sandbox.keeping import Keeping
from atom_shopify_plugin.sandbox.messages import Delivery, Request, Response, json_reply

__all__ = ["KINDS", "Fault", "FaultTable", "Plan"]

_COMMON = {"kind", "times", "after", "chance", "seed", "match"}
KINDS: dict[str, frozenset[str]] = {
    "status": frozenset({"status", "body", "headers"}),
    "throttle_429": frozenset({"retry_after"}),
    "internal_error": frozenset(),
    "html": frozenset({"status", "body"}),
    "gzip_bomb": frozenset({"megabytes"}),
    "reset": frozenset(),
    "lost_reply": frozenset(),
    "latency": frozenset({"seconds"}),
    "drip": frozenset({"piece", "every"}),
    "cut": frozenset({"keep"}),
    "cut_without_length": frozenset({"keep"}),
    **keeping.KINDS,
    **bulk.FAULTS,
}
MATCHES = frozenset({"store", "path", "method", "subject"})
WHOLE = Delivery()
_INSTEAD = {"status", "throttle_429", "internal_error", "html", "gzip_bomb", "reset"}
_ADDED = {"latency", *bulk.FAULTS}  # they can come together with others
_PAGE = "<!doctype html><html><head><title>Something went wrong</title></head><body>Sorry.</body></html>"


@dataclass(frozen=True)
class Plan:
    """What the faults want with one request: an answer in its place, or a way to keep or deliver the real one."""

    kinds: tuple[str, ...] = ()
    instead: Response | None = None
    delivery: Delivery = WHOLE
    keeping: Keeping | None = None
    operation: Mapping[str, Any] | None = None

    def dress(self, response: Response) -> Response:
        """Return `response` as it shall travel."""
        return replace(response, delivery=self.delivery) if self.kinds else response


class Fault:
    """One entry of the table; raises `ValueError` for a description that makes no sense."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        kind = spec.get("kind")
        if kind not in KINDS:
            raise ValueError(f"`kind` must be one of {', '.join(KINDS)}.")
        unknown = sorted(set(spec) - _COMMON - KINDS[kind])
        if unknown:
            raise ValueError(f"A fault of kind {kind} has no member {', '.join(unknown)}.")
        match = spec.get("match") or {}
        if not isinstance(match, Mapping) or not MATCHES.issuperset(match):
            raise ValueError(f"`match` may name {', '.join(sorted(MATCHES))}.")
        self.kind: str = kind
        self.spec = dict(spec)
        self.match = {name: str(pattern) for name, pattern in match.items()}
        self.left: int | None = _number(spec, "times", 1, whole=True, none=True)
        self.after: int = _number(spec, "after", 0, whole=True)
        self._chance: float = _number(spec, "chance", 1.0)
        self._random = random.Random(_number(spec, "seed", 0, whole=True))
        self._instead = self._answer() if kind in _INSTEAD else None
        self._delivery = self._way()
        members = {name: spec[name] for name in keeping.KINDS.get(kind, ()) if name in spec}
        if kind == "in_progress":
            members["seconds"] = _number(spec, "seconds", 5.0)
        self._keeping = Keeping(kind, **members) if kind in keeping.KINDS else None
        self._operation = bulk.checked_fault(spec) if kind in bulk.FAULTS else None

    def hits(self, facts: Mapping[str, str]) -> bool:
        """Say whether this request is hit, and count it; the table's lock is held."""
        if self._operation is not None and not facts["starts"]:
            return False
        if self.left == 0 or not all(fnmatchcase(facts[name], pattern) for name, pattern in self.match.items()):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        if self._chance < 1 and self._random.random() >= self._chance:
            return False
        if self.left is not None:
            self.left -= 1
        return True

    def add_to(self, plan: Plan) -> Plan:
        """Return `plan` with this fault in it."""
        delivery = self._delivery
        if self.kind == "latency":
            delivery = replace(plan.delivery, delay=plan.delivery.delay + delivery.delay)
        elif self._operation is not None:
            delivery = plan.delivery
        else:
            delivery = replace(delivery, delay=plan.delivery.delay)
        operation = {**(plan.operation or {}), **self._operation} if self._operation else plan.operation
        kept = self._keeping or plan.keeping
        return Plan((*plan.kinds, self.kind), self._instead or plan.instead, delivery, kept, operation)

    def as_dict(self) -> dict[str, Any]:
        return {**self.spec, "left": self.left}

    def _answer(self) -> Response:
        spec = self.spec
        if self.kind == "reset":
            return Response(503)  # nobody gets to see it
        if self.kind == "throttle_429":
            wait = spec.get("retry_after", "2.0")
            headers = {} if wait is None else {"Retry-After": str(wait)}
            return json_reply(429, {"errors": "Exceeded 2 calls per second for api client."}, headers)
        if self.kind == "internal_error":
            text = (
                "Internal error. Looks like something went wrong on our end.\n"
                "Request ID: sandbox (include this in support requests)."
            )
            code = {"code": "INTERNAL_SERVER_ERROR", "requestId": "sandbox"}
            return json_reply(200, {"errors": [{"message": text, "extensions": code}]})
        if self.kind == "gzip_bomb":
            bomb = gzip.compress(b"0" * (_number(spec, "megabytes", 50, whole=True) << 20), compresslevel=6)
            return Response(200, {"Content-Type": "application/json", "Content-Encoding": "gzip"}, bomb)
        body, extra = spec.get("body"), spec.get("headers", {})
        if not isinstance(extra, Mapping):
            raise ValueError("`headers` must be an object.")  # noqa: TRY004  # one kind of error for a bad description
        default, kind = (_PAGE, "text/html") if self.kind == "html" else ("", "application/json")
        text = default if body is None else body
        status: int = _number(spec, "status", 200 if self.kind == "html" else None, whole=True)
        if not 200 <= status <= 599:
            raise ValueError("`status` must be a number from 200 to 599.")
        raw = text.encode() if isinstance(text, str) else orjson.dumps(text)
        return Response(status, {"Content-Type": kind, **{name: str(value) for name, value in extra.items()}}, raw)

    def _way(self) -> Delivery:
        if self.kind == "latency":
            return Delivery(delay=_number(self.spec, "seconds", None))
        if self.kind in ("reset", "lost_reply", "in_progress"):
            return Delivery("reset")
        if self.kind == "drip":
            piece = max(1, _number(self.spec, "piece", 64, whole=True))
            return Delivery("drip", piece=piece, every=_number(self.spec, "every", 0.05))
        keep = min(1.0, _number(self.spec, "keep", 0.5))
        if self.kind == "cut":
            return Delivery("cut", keep=keep)
        return Delivery("cut_without_length", keep=keep) if self.kind == "cut_without_length" else WHOLE


class FaultTable:
    """All faults that wait for their request. All methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, spec: Mapping[str, Any]) -> None:
        """Add the fault that `spec` describes; raise `ValueError` where it makes no sense."""
        fault = Fault(spec)
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._faults = []

    def saved(self) -> list[Fault]:
        """Return a copy of the faults, for `restore`."""
        with self._lock:
            return copy.deepcopy(self._faults)

    def restore(self, saved: list[Fault]) -> None:
        """Go back to the faults that `saved` returned."""
        with self._lock:
            self._faults = copy.deepcopy(saved)

    def listing(self) -> list[dict[str, Any]]:
        with self._lock:
            return [fault.as_dict() for fault in self._faults]

    def plan(self, store: str, request: Request) -> Plan:
        """Return what happens to `request`: the first fault that hits it, with every latency that does."""
        plan = Plan()
        if not self._faults:
            return plan
        facts = {"store": store, "path": request.path, "method": request.method, "subject": request.subject}
        facts["starts"] = "yes" if b"bulkOperationRun" in request.body else ""
        with self._lock:
            for fault in self._faults:
                if (fault.kind in _ADDED or not set(plan.kinds) - _ADDED) and fault.hits(facts):
                    plan = fault.add_to(plan)
            self._faults = [fault for fault in self._faults if fault.left != 0]
        return plan


def _number(spec: Mapping[str, Any], name: str, default: Any, *, whole: bool = False, none: bool = False) -> Any:
    value = spec.get(name, default)
    if value is None and none and name in spec:
        return None
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float) or value < 0:
        raise ValueError(f"`{name}` must be a {'whole ' if whole else ''}number, not negative.")
    return value
