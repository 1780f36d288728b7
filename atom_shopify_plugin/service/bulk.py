"""Bulk operations: exports and imports that Shopify carries out in the background.

Shopify runs five queries and five mutations of an app at once in a store. Further ones wait: their polls start them as
soon as there is room. A poll may do that although polls only read, because an operation carries a mark by which it is
found again. It is looked for before it is sent, so that no death of a process sends it twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.errors import (
    Fault,
    InvalidInput,
    MissingScope,
    OutcomeUnknown,
)
from atom_shopify_plugin.service.background import NothingDone, Pending
from atom_shopify_plugin.service.bulk_start import going_on, importing, looked, started, upload_of
from atom_shopify_plugin.shopify.bulk_documents import (
    RESOURCES,
    checked_mutation,
    checked_query,
    mark_of,
    named,
    query_of,
)
from atom_shopify_plugin.shopify.bulk_results import report
from atom_shopify_plugin.shopify.filestore import lines_of
from atom_shopify_plugin.shopify.scopes import missing_scopes
from atom_shopify_plugin.stores.bulk_files import RUNNING, result_pieces
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["cancel", "cancellation", "export", "exported", "imported", "run_mutation"]

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
    operation = looked(shop, look["operation"])
    if operation["status"] in RUNNING:
        return going_on(look, operation, "objects")
    if operation["status"] != "COMPLETED":
        raise NothingDone(_ending(operation, "export"), details={"operation": operation})
    return operation


def run_mutation(shop: Shop, **given: Any) -> Any:
    """Begin an import: upload a line for each of `variables` and run `mutation` with each of them.

    Raises `InvalidInput`, `Rejected`, `MissingScope`, and `OutcomeUnknown` where nobody can tell whether it began.
    """
    checked_mutation(given["mutation"])
    lines = upload_of(given["variables"])
    mark = mark_of(shop.idempotency_key, given["mutation"])
    text = named(given["mutation"], mark)
    shop.announce("BulkOperationRunMutation", {"mutation": text, "path": "…", "client_identifier": mark})
    return importing(shop, mark, text, lines)


def imported(shop: Shop, look: Mapping[str, str], **given: Any) -> Any:
    """Look at an import: return the operation and a line of the report for each line, `Pending` until it has ended.

    Raises `NothingDone` where it ended before any line.
    """
    if "operation" not in look:
        return importing(shop, look["mark"], named(given["mutation"], look["mark"]), upload_of(given["variables"]))
    operation, total = looked(shop, look["operation"]), len(given["variables"])
    if operation["status"] in RUNNING:
        return going_on(look, operation, "lines", total)
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
    operation = looked(shop, look["operation"])
    if operation["status"] in RUNNING:
        return Pending(look, message="Shopify stops the bulk operation.")
    if operation["status"] != "CANCELED":
        raise NothingDone(f"The bulk operation finished before it could be stopped: it is {operation['status']}.")
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
    return started(shop, mark, "query", lambda: shop.root("BulkOperationRunQuery", variables))


def _ending(operation: Mapping[str, Any], what: str) -> str:
    status = str(operation["status"])
    why = _WHY.get(str(operation["error_code"]))
    return f"Shopify ended the {what}: it is {status}" + (f" ({why})." if why else ".")
