"""A service whose effects are lines in files, so that they can be counted over the deaths of processes.

`calls` gets a line for each call of an action; `effects` one for each effect. An effect under a known idempotency key
is answered and not carried out again, as the contract wants it.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from pathlib import Path

from atom_shopify_plugin.hookspecs import Check, Event, hookimpl

ACTIONS = {
    "echo": "read",
    "write": "write",
    "flaky": "write",
    "unsure": "write",
    "protected": "write",
    "erase": "destructive",
    "slow": "write",
    "poison": "write",
    "broken": "write",
    "nonsense": "read",
    "price": "write",
    "long": "write",
}
INPUTS = {
    "price": {
        "type": "object",
        "properties": {
            "price": {"anyOf": [{"type": "string", "format": "money"}, {"type": "null"}]},
            "prices": {
                "type": "array",
                "items": {"type": "object", "properties": {"amount": {"format": "money", "type": "string"}}},
            },
            "quantity": {"type": "integer"},
            "ratio": {"type": "number"},
            "rate": {"type": "string", "format": "decimal"},
            "id": {"type": ["integer", "string"]},
            "note": {"type": "string"},
        },
    },
}
MANIFEST = {
    "id": "ledger",
    "name": "Ledger",
    "version": "1.0.0",
    "type": "integration",
    "description": "Lines in a book.",
    "capabilities": ["write"],
    "workflow_triggers": [
        {"key": "paid", "title": "Paid", "description": "…"},
        {"key": "payment", "title": "Paid", "description": "…", "alias_of": "paid"},
    ],
    "workflow_actions": [
        {
            "key": key,
            "title": key,
            "description": "…",
            "effect": effect,
            **({"input": INPUTS[key]} if key in INPUTS else {}),
            **({"previews": True} if key == "write" else {}),
        }
        for key, effect in ACTIONS.items()
    ],
    "chat_commands": [],
}


class Ledger:
    """Keeps its books in `folder`. Only the people in `people` may see its events."""

    def __init__(self, folder: Path, people=("ada",)) -> None:
        self.folder = folder
        self.people = people
        self.contexts: list[dict] = []
        self.templates: list[dict] = []
        self.host = None
        self.retry_after = 0.05
        self.tell_of = self._tell_of
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def lines(self, book: str) -> list[dict]:
        file = self.folder / book
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def effects(self) -> list:
        return [line["input"] for line in self.lines("effects")]

    def emit(self, payload: dict, dedupe_key: str, shop: str = "main", key: str = "paid", **more) -> None:
        self.host.hook.atom_emit(event=Event(key, payload, dedupe_key, shop, **more))

    @hookimpl
    def atom_services(self):
        return [MANIFEST]

    @hookimpl
    def atom_health_reporters(self):
        return {"book": lambda: Check("book", "ok")}

    @hookimpl
    def atom_may_see(self, principal, event):
        return principal.subject in self.people if event.key == "paid" else None

    @hookimpl
    def atom_workflow_templates(self):
        return self.templates

    @hookimpl
    def atom_start(self, host):
        self.host = host

    @hookimpl
    def atom_run_action(self, service, action, input, context):  # noqa: A002  # the contract's word
        if service != "ledger":
            return None
        self.contexts.append(dict(context))
        if context.get("preview"):
            return _done({"preview": {"would_write": input}})
        if action == "echo" and "idempotency_key" not in context:  # a dry run
            return _done(input)
        key = context["idempotency_key"]
        self._add("calls", {"action": action, "key": key, "input": input})
        return getattr(self, f"_{action}")(input, context, key)

    def _echo(self, given, context, key):
        return _done(given)

    def _write(self, given, context, key):
        with self._lock:
            if all(line["key"] != key for line in self.lines("effects")):
                self._add("effects", {"key": key, "input": given, "subject": context["principal"].subject})
        return _done({"written": given, "shop": context.get("shop")})

    def _price(self, given, context, key):
        return self._write(given, context, key)

    def _flaky(self, given, context, key):
        tries = sum(line["key"] == key for line in self.lines("calls"))
        if tries <= given["failures"]:
            return _failed("UNAVAILABLE", retryable=True)
        return self._write(given, context, key)

    def _unsure(self, given, context, key):
        if not key.endswith(f":{given['after']}"):
            return _failed("OUTCOME_UNKNOWN")
        return self._write(given, context, key)

    def _protected(self, given, context, key):
        tries = sum(line["key"] == key for line in self.lines("calls"))
        if tries <= given["failures"]:
            return _failed("OUTCOME_UNKNOWN", retryable=True)
        return self._write(given, context, key)

    def _erase(self, given, context, key):
        token = f"token-{given['what']}"
        if context.get("confirm") != token:
            preview = {"what": given["what"], **({"question": given["says"]} if "says" in given else {})}
            details = {"preview": preview, "confirmation_token": token, "expires_in": 300}
            return _failed("CONFIRMATION_NEEDED", details=details)
        return self._write(given, context, key)

    def _slow(self, given, context, key):
        until = time.monotonic() + 30
        while not (self.folder / given["until"]).exists() and time.monotonic() < until:
            time.sleep(0.01)
        return self._write(given, context, key)

    def _long(self, given, context, key):
        """Take a line and write it once the file `until` is there; under a known key it is the same operation."""
        return self._pending(key, given)

    def _pending(self, key, given):
        if all(line["key"] != key for line in self.lines("taken")):
            self._add("taken", {"key": key, "input": given})
        return {"ok": True, "data": None, "pending": {"operation": key, "retry_after": self.retry_after}}

    @hookimpl
    def atom_operation(self, service, operation, context):
        if service != "ledger":
            return None
        return self.tell_of(service, operation, context)

    def _tell_of(self, service, operation, context):
        (taken,) = [line for line in self.lines("taken") if line["key"] == operation]
        given = taken["input"]
        self._add("asked", {"operation": operation})
        if not (self.folder / given["until"]).exists():
            return self._pending(operation, given)
        if given.get("fails"):
            return _failed(given["fails"])
        return self._write(given, context, operation)

    def _poison(self, given, context, key):
        os.kill(os.getpid(), signal.SIGKILL)

    def _broken(self, given, context, key):
        raise RuntimeError("the book's password is hunter2")

    def _nonsense(self, given, context, key):
        return {"none": None, "no-ok": {"data": 1}, "nan": {"ok": True, "data": float("nan")}, "text": "yes",
                "object": {"ok": True, "data": object()}, "huge": {"ok": True, "data": "x" * 2_000_000},
                "wordless": {"ok": False}}[given["kind"]]  # fmt: skip

    def _add(self, book: str, line: dict) -> None:
        # One write of one short line: whole or not there, whoever is killed.
        with (self.folder / book).open("ab", buffering=0) as file:
            file.write(json.dumps(line).encode() + b"\n")


def _done(data):
    return {"ok": True, "success": True, "data": data}


def _failed(code, *, retryable=False, details=None):
    error = {"code": code, "message": f"It is {code}.", "details": details or {}, "retryable": retryable}
    return {"ok": False, "success": False, "error": error}
