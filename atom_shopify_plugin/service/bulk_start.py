"""Starting bulk operations, and looking at them: what exports, imports and price changes have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from atom_shopify_plugin.errors import Fault, InvalidInput, OutcomeUnknown, PluginError, Rejected, Unavailable
from atom_shopify_plugin.process import crashpoints
from atom_shopify_plugin.service.background import NothingDone, Pending
from atom_shopify_plugin.shopify.filestore import File
from atom_shopify_plugin.shopify.search import Search, Term
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["going_on", "importing", "looked", "started", "upload_of"]

LARGEST_UPLOAD = 20 << 20  # bytes; Shopify takes 100 MB
_QUEUED = "Shopify is busy with other bulk operations of this app; this one starts when there is room."
_PAUSE = 1.0
_AGAIN = (0.5, 1.0, 2.0)  # seconds between the looks for an operation whose answer was lost


def importing(shop: Shop, mark: str, text: str, lines: bytes) -> Pending:
    """Upload lines and run a mutation with each of them; `text` is named by `mark`."""

    def send() -> Any:
        file = File(f"{mark}.jsonl", "text/jsonl", lines)
        target = shop.upload("StagedUploadsCreate", "BULK_MUTATION_VARIABLES", file)
        path = next(one["value"] for one in target["parameters"] if one["name"] == "key")
        variables = {"mutation": text, "path": path, "client_identifier": mark}
        return shop.root("BulkOperationRunMutation", variables)

    return started(shop, mark, "mutation", send)


def started(shop: Shop, mark: str, kind: str, send: Callable[[], Any]) -> Pending:
    """Start an operation unless it has been started; wait in line where Shopify has no room for it."""
    found = _find(shop, mark, kind)
    if found is None:
        try:
            crashpoints.at("bulk_before_send")
            found = send()["bulk_operation"]["id"]
            crashpoints.at("bulk_after_send")
        except Rejected as refused:
            codes = {error.get("code") for error in refused.details.get("user_errors", ())}
            if not codes & {"OPERATION_IN_PROGRESS", "LIMIT_REACHED"}:
                raise
            return Pending({"mark": mark}, _PAUSE, message=_QUEUED)
        except (OutcomeUnknown, Unavailable) as lost:
            found = _found_later(shop, mark, kind)
            if found is None:
                raise
            if isinstance(lost, OutcomeUnknown):
                shop.effects.found()
    return Pending({"mark": mark, "operation": found}, message="Shopify has accepted the bulk operation.")


def _find(shop: Shop, mark: str, kind: str) -> str | None:
    """Return the id of the operation with that mark, among the newest hundred of the app."""
    search = str(Search.any_of([Term("operation_type", ":", kind)]))
    nodes = shop.root("BulkOperationFind", {"query": search})["nodes"]
    return next((node["id"] for node in nodes if mark in node["query"]), None)


def _found_later(shop: Shop, mark: str, kind: str) -> str | None:
    for pause in _AGAIN:
        shop.pause(pause)
        try:
            if (found := _find(shop, mark, kind)) is not None:
                return found
        except PluginError:
            continue
    return None


def looked(shop: Shop, operation_id: str) -> Any:
    """Return an operation; raise `NothingDone` where Shopify knows none."""
    operation = shop.root("BulkOperationGet", {"id": operation_id})
    if operation is None:
        raise NothingDone("Shopify no longer knows this bulk operation.")
    return operation


def going_on(look: Mapping[str, str], operation: Mapping[str, Any], what: str, total: int | None = None) -> Pending:
    """Return what is said of an operation that still runs."""
    count = int(operation["object_count"])
    return Pending(look, _PAUSE, done=count, total=total, message=f"Shopify has processed {count} {what}.")


def upload_of(variables: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the lines of an upload. Members are sorted: Shopify may take another order for another input."""
    content = b"".join(
        orjson.dumps(one, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE, default=str) for one in variables
    )
    if len(content) > LARGEST_UPLOAD:
        message = f"The lines are larger than {LARGEST_UPLOAD >> 20} MiB together: send them in several calls."
        raise InvalidInput(message, [Fault("/variables", message, "maxItems")])
    return content
