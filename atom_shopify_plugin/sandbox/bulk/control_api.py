"""The control API for bulk operations, under ``/__sandbox__/`` (see `sandbox.control_api` for its rules).

====================================================  ================================================================
GET    /bulk?store=&wait=                             the settings and all operations with their progress; ``wait``:
                                                      seconds to let what is due by the clock be done first
POST   /bulk {rate, start_after, hold, at_once, …}    see `bulk.settings.Settings`
====================================================  ================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from math import isfinite
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from atom_shopify_plugin.sandbox.state import SandboxState

__all__ = ["ROUTES"]

LONGEST_WAIT = 60.0
# `reason` says why an operation failed, which Shopify does not tell.
SHOWN = (
    "id", "type", "status", "errorCode", "reason", "objectCount", "rootObjectCount", "createdAt", "completedAt",
    "clientIdentifier",
)  # fmt: skip


def _list(sandbox: SandboxState, query: Mapping[str, Any]) -> dict[str, Any]:
    more = {}
    if "wait" in query:
        wait = float(query["wait"])
        if not isfinite(wait) or not 0 <= wait <= LONGEST_WAIT:
            raise ValueError(f"`wait` must be a number from 0 to {LONGEST_WAIT:g}.")
        more["settled"] = sandbox.bulk.settle(wait)
    name = query.get("store")
    wanted = name if name is None or "." in name else f"{name}.myshopify.com"
    rows = []
    for account in sandbox.accounts.values():
        if account.built is not None and wanted in (None, account.domain):
            with account.built.lock:
                nodes = [dict(node) for node in account.built.all("BulkOperation").values()]
            rows += [{"store": account.domain, **{name: node.get(name) for name in SHOWN}} for node in nodes]
    return {"settings": asdict(sandbox.desk.settings), "operations": rows, **more}


def _change(sandbox: SandboxState, body: Mapping[str, Any]) -> dict[str, Any]:
    sandbox.bulk.change(body)
    return asdict(sandbox.desk.settings)


ROUTES: Mapping[tuple[str, str], Callable[[SandboxState, Mapping[str, Any]], dict[str, Any]]] = {
    ("GET", "bulk"): _list,
    ("POST", "bulk"): _change,
}
