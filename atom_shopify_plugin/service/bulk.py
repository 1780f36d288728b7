"""Bulk operations: exports and imports that Shopify carries out in the background.

Shopify runs five queries and five mutations of an app at once in a store. Further ones wait: their polls start them as
soon as there is room. A poll may do that although polls only read, because an operation carries a mark by which it is
found again. It is looked for before it is sent, so that no death of a process sends it twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from atom_shopify_plugin.errors import (
    Fault,
    InvalidInput,
    MissingScope,
    OutcomeUnknown,
    PluginError,
    Rejected,
)
from atom_shopify_plugin.service.background import NothingDone, Pending
from atom_shopify_plugin.shopify.bulk_documents import (
    RESOURCES,
    checked_mutation,
    checked_query,
    mark_of,
    named,
    query_of,
)
from atom_shopify_plugin.shopify.bulk_results import report
from atom_shopify_plugin.shopify.filestore import File, lines_of
from atom_shopify_plugin.shopify.scopes import missing_scopes
from atom_shopify_plugin.shopify.search import Search, Term
from atom_shopify_plugin.stores.bulk_files import RUNNING, result_pieces
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["cancel", "cancellation", "export", "exported", "imported", "run_mutation"]

LARGEST_UPLOAD = 20 << 20  # bytes; Shopify takes 100 MB
_QUEUED = "Shopify is busy with other bulk operations of this app; this one starts when there is room."
_PAUSE = 1.0
_AGAIN = (0.5, 1.0, 2.0)  # seconds between the looks for an operation whose answer was lost
_WHY = {
    "ACCESS_DENIED": "the app lacks a scope, or the approval for customer data, that the operation needs",
    "INTERNAL_SERVER_ERROR": "Shopify had an error; try again",
    "TIMEOUT": "it took longer than Shopify allows; export less at once",
}


def export(shop: Shop, **given: Any) -> Any:
    """Begin an export of a named `resource`, or of a `query` in GraphQL.

    Raises `InvalidInput` and `Rejected` for what can't be a bulk query, and `MissingScope`.
    """
    text = _query(shop, given)
    return _exporting(shop, mark_of(shop.idempotency_key, text), text, given)


def exported(shop: Shop, look: Mapping[str, str], **given: Any) -> Any:
    """Look at an export: return the operation once it is complete, `Pending` until then.

    Raises `NothingDone` where it failed, was cancelled, or its result has ended.
    """
    if "operation" not in look:
        return _exporting(shop, look["mark"], _query(shop, given), given)
    operation = _looked(shop, look["operation"])
    if operation["status"] in RUNNING:
        return _going_on(look, operation, "objects")
    if operation["status"] != "COMPLETED":
        raise NothingDone(_ending(operation, "export"), details={"operation": operation})
    return operation


def run_mutation(shop: Shop, **given: Any) -> Any:
    """Begin an import: upload a line for each of `variables` and run `mutation` with each of them.

    Raises `InvalidInput`, `Rejected`, `MissingScope`, and `OutcomeUnknown` where nobody can tell whether it began.
    """
    checked_mutation(given["mutation"])
    lines = _lines(given["variables"])
    mark = mark_of(shop.idempotency_key, given["mutation"])
    text = named(given["mutation"], mark)
    shop.announce("BulkOperationRunMutation", {"mutation": text, "path": "…", "client_identifier": mark})
    return _importing(shop, mark, text, lines)


def imported(shop: Shop, look: Mapping[str, str], **given: Any) -> Any:
    """Look at an import: return the operation and a line of the report for each line, `Pending` until it has ended.

    Raises `NothingDone` where it ended before any line.
    """
    if "operation" not in look:
        return _importing(shop, look["mark"], named(given["mutation"], look["mark"]), _lines(given["variables"]))
    operation, total = _looked(shop, look["operation"]), len(given["variables"])
    if operation["status"] in RUNNING:
        return _going_on(look, operation, "lines", total)
    answers = list(report(lines_of(result_pieces(shop, operation["id"], missing_ok=True)), total))
    counts = {state: sum(one["state"] == state for one in answers) for state in ("done", "failed", "unknown")}
    if operation["status"] != "COMPLETED" and counts["unknown"] == total:
        # What ran before it stopped may be missing from the report, which Shopify does not always keep.
        raise OutcomeUnknown(_ending(operation, "import"), details={"operation": operation})
    return {"operation": operation, "counts": {"lines": total, **counts}, "lines": answers}


def cancel(shop: Shop, *, id: str) -> Any:  # noqa: A002  # the input calls it so
    """Have Shopify stop a bulk operation. What it has written stays."""
    shop.root("BulkOperationCancel", {"id": id})
    return Pending({"operation": id}, message="Shopify stops the bulk operation.")


def cancellation(shop: Shop, look: Mapping[str, str], **_given: Any) -> Any:
    """Look at a bulk operation that is being stopped; raise `NothingDone` where it ended before."""
    operation = _looked(shop, look["operation"])
    if operation["status"] in RUNNING:
        return Pending(look, message="Shopify stops the bulk operation.")
    if operation["status"] != "CANCELED":
        raise NothingDone(f"The bulk operation ended before it could be stopped: it is {operation['status']}.")
    return operation


def _query(shop: Shop, given: Mapping[str, Any]) -> str:
    if "query" in given:
        if "filter" in given:
            message = "A query holds its own filter: leave this out."
            raise InvalidInput(message, [Fault("/filter", message, "not_allowed")])
        return checked_query(given["query"])
    resource = RESOURCES[given["resource"]]
    if missing := missing_scopes(shop.store.granted_scopes, resource.scopes):
        names = ", ".join(sorted(missing))
        raise MissingScope(
            f"{shop.domain} has not granted {names}, which an export of {given['resource']} needs. Connect the store "
            "again to grant it.",
            details={"missing_scopes": sorted(missing), "shop": str(shop.domain)},
        )
    return query_of(given["resource"], given.get("filter"))


def _exporting(shop: Shop, mark: str, text: str, given: Mapping[str, Any]) -> Pending:
    variables = {"query": named(text, mark), "group_objects": given["group_objects"]}
    return _started(shop, mark, "query", lambda: shop.root("BulkOperationRunQuery", variables))


def _importing(shop: Shop, mark: str, text: str, lines: bytes) -> Pending:
    def send() -> Any:
        file = File(f"{mark}.jsonl", "text/jsonl", lines)
        target = shop.upload("StagedUploadsCreate", "BULK_MUTATION_VARIABLES", file)
        path = next(one["value"] for one in target["parameters"] if one["name"] == "key")
        variables = {"mutation": text, "path": path, "client_identifier": mark}
        return shop.root("BulkOperationRunMutation", variables)

    return _started(shop, mark, "mutation", send)


def _started(shop: Shop, mark: str, kind: str, send: Callable[[], Any]) -> Pending:
    """Start an operation unless it has been started; wait in line where Shopify has no room for it."""
    found = _find(shop, mark, kind)
    if found is None:
        try:
            found = send()["bulk_operation"]["id"]
        except Rejected as refused:
            codes = {error.get("code") for error in refused.details.get("user_errors", ())}
            if not codes & {"OPERATION_IN_PROGRESS", "LIMIT_REACHED"}:
                raise
            return Pending({"mark": mark}, _PAUSE, message=_QUEUED)
        except OutcomeUnknown:
            found = _found_later(shop, mark, kind)
            if found is None:
                raise
            shop.effects.found()
    return Pending({"mark": mark, "operation": found}, message="Shopify has taken the bulk operation.")


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


def _looked(shop: Shop, operation_id: str) -> Any:
    operation = shop.root("BulkOperationGet", {"id": operation_id})
    if operation is None:
        raise NothingDone("Shopify knows this bulk operation no longer.")
    return operation


def _going_on(look: Mapping[str, str], operation: Mapping[str, Any], what: str, total: int | None = None) -> Pending:
    count = int(operation["object_count"])
    return Pending(look, _PAUSE, done=count, total=total, message=f"Shopify has processed {count} {what}.")


def _ending(operation: Mapping[str, Any], what: str) -> str:
    status = str(operation["status"])
    why = _WHY.get(str(operation["error_code"]))
    return f"Shopify ended the {what}: it is {status}" + (f" ({why})." if why else ".")


def _lines(variables: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the lines of an upload. Members are sorted: Shopify may take another order for another input."""
    content = b"".join(
        orjson.dumps(one, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE, default=str) for one in variables
    )
    if len(content) > LARGEST_UPLOAD:
        message = f"The lines are larger than {LARGEST_UPLOAD >> 20} MiB together: send them in several calls."
        raise InvalidInput(message, [Fault("/variables", message, "maxItems")])
    return content
