"""Bulk operations as nodes: started, cancelled, listed. What they do is the business of `sandbox.bulk.runner`."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLError

from atom_shopify_plugin.sandbox.bulk.export import probe
from atom_shopify_plugin.sandbox.bulk.plan import RowFailed, plan_of
from atom_shopify_plugin.sandbox.bulk.rules import checked_mutation, checked_query
from atom_shopify_plugin.sandbox.bulk.settings import Desk
from atom_shopify_plugin.sandbox.bulk.storage import LARGEST_UPLOAD
from atom_shopify_plugin.sandbox.connections import root_page
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.engine import is_modelled, schema
from atom_shopify_plugin.sandbox.refusals import Refused, bad_request, fault, not_modelled
from atom_shopify_plugin.sandbox.registry import Filter, derived, field_rule, kind, mutation, query
from atom_shopify_plugin.sandbox.store import Node

UNFINISHED = ("CREATED", "RUNNING", "CANCELING")
ENDED = {"COMPLETED": "completed", "FAILED": "failed", "CANCELED": "canceled", "EXPIRED": "expired"}
# What may be searched for; EXPIRED is none of them (official schema, seen on a live store).
STATUSES = frozenset({"canceled", "canceling", "completed", "created", "failed", "running"})
NO_FILE = (
    "The JSONL file could not be found. Try uploading the file again, and check that you've entered the URL correctly "
    "for the stagedUploadPath mutation argument."
)


def _shown_status(ctx: Context, node: Node) -> str:
    """Return the status; a result is expired when its address has ended, seven days after completion."""
    ended = node.get("urlEnds")
    gone = node["status"] == "COMPLETED" and ended is not None and ended <= ctx.now.timestamp()
    return "EXPIRED" if gone and not node.get("keepsStatus") else str(node["status"])


kind(
    "BulkOperation",
    {"objectCount": 0, "rootObjectCount": 0},
    fields="completedAt createdAt errorCode fileSize query",
    filters={
        "operation_type": Filter("enum", lambda _, node: node["type"], frozenset({"query", "mutation"})),
        "status": Filter("enum", _shown_status, STATUSES),
    },
    visible=lambda ctx, node: node["client"] == ctx.client_id,
)


@field_rule("BulkOperation.status")
def status(ctx: Context, node: Node, _args: dict[str, Any]) -> str:
    return _shown_status(ctx, node)


derived(
    {
        "BulkOperation.url": lambda ctx, node: (
            _address(ctx, node) if node["status"] in ("COMPLETED", "CANCELED") else None
        ),
        "BulkOperation.partialDataUrl": lambda ctx, node: _address(ctx, node) if node["status"] == "FAILED" else None,
    }
)


def _address(ctx: Context, node: Node) -> str | None:
    """Return the signed address of what was written, None where nothing was."""
    if node.get("file") is None:
        return None
    filename = f"bulk-{node['id'].rpartition('/')[2]}.jsonl"
    return str(_desk(ctx).storage.result_url(node["file"], filename, node["urlEnds"]))


def _desk(ctx: Context) -> Desk:
    if ctx.store.bulk is None:
        raise not_modelled("A bulk operation in a store without a sandbox around it")
    return ctx.store.bulk


# reading


@query("bulkOperations")
def operations(ctx: Context, args: dict[str, Any]) -> Any:
    """List the app's operations, newest first; `reverse` lists the oldest first (seen on a live store)."""
    args = {**args, "reverse": not args.get("reverse"), "sortKey": args.get("sortKey") or "CREATED_AT"}
    page = root_page(ctx, "BulkOperation", args)
    for search in ctx.searches:
        if search["path"] == ctx.path and any(warning["field"] == "created_at" for warning in search["warnings"]):
            raise bad_request("Invalid timestamp for query filter `created_at`.")
    return page


@query("currentBulkOperation")
def current(ctx: Context, args: dict[str, Any]) -> Node | None:
    """Return the app's newest operation of a type, finished or not."""
    of_type = [node for node in _own(ctx) if node["type"] == args["type"]]
    return of_type[-1] if of_type else None


def _own(ctx: Context) -> list[Node]:
    return [node for node in ctx.store.all("BulkOperation").values() if ctx.sees(node)]


# starting and cancelling


@mutation("bulkOperationRunQuery")
def run_query(ctx: Context, args: dict[str, Any]) -> dict[str, Any]:
    desk = _desk(ctx)
    document = checked_query(schema(), args["query"])
    _refuse_more(ctx, desk, "QUERY")
    try:
        plan = plan_of(schema(), document)
        probe(ctx.apart(), plan)
    except RowFailed as problem:
        if problem.code == "NOT_MODELLED":  # told at once, where there is a row that shows it
            raise fault(str(problem), problem.code) from None
    except GraphQLError as problem:
        code = str((problem.extensions or {}).get("code"))
        if code == "NOT_MODELLED":
            raise
        if code != "ACCESS_DENIED":  # which the operation finds out by itself
            raise Refused.one(["query"], f"Invalid bulk query: {problem.message}", "INVALID") from None
    return {"bulkOperation": _started(ctx, "QUERY", args["query"], groupObjects=args["groupObjects"])}


@mutation("bulkOperationRunMutation")
def run_mutation(ctx: Context, args: dict[str, Any]) -> dict[str, Any]:
    desk = _desk(ctx)
    name = checked_mutation(schema(), args["mutation"])
    _check_identifier(args.get("clientIdentifier"))
    file = desk.storage.uploaded(args["stagedUploadPath"])
    if file is None or file.shop != ctx.store.shop["id"].rpartition("/")[2]:
        raise Refused.one(None, NO_FILE, "NO_SUCH_FILE")
    if not len(file.content):
        raise Refused.one(None, "The input file is empty.", "INVALID_STAGED_UPLOAD_FILE")
    if len(file.content) > LARGEST_UPLOAD:
        message = "The input file size exceeds the maximum allowed size of 100 MB."
        raise Refused.one(None, message, "INVALID_STAGED_UPLOAD_FILE")
    _refuse_more(ctx, desk, "MUTATION")
    if not is_modelled(name):
        raise not_modelled(f"The mutation {name}")
    named = {"clientIdentifier": args.get("clientIdentifier")}
    return {"bulkOperation": _started(ctx, "MUTATION", args["mutation"], input=file.content, **named)}


def _check_identifier(given: str | None) -> None:
    if given is not None and len(given) < 10:
        raise Refused.one(["clientIdentifier"], "is too short (minimum is 10 characters)", "INVALID_MUTATION")
    if given is not None and len(given) > 255:
        raise Refused.one(["clientIdentifier"], "is too long (maximum is 255 characters)", "INVALID_MUTATION")


def _refuse_more(ctx: Context, desk: Desk, type_: str) -> None:
    running = [node["id"] for node in _own(ctx) if node["type"] == type_ and node["status"] in UNFINISHED]
    if len(running) >= desk.settings.at_once:
        message = f"A bulk {type_.lower()} operation for this app and shop is already in progress"
        raise Refused.one(None, f"{message}: {', '.join(running)}.", "OPERATION_IN_PROGRESS")


def _started(ctx: Context, type_: str, text: str, **more: Any) -> str:
    values: Node = {"status": "CREATED", "type": type_, "query": text, "client": ctx.client_id, "scopes": ctx.scopes}
    values |= {"objectCount": 0, "rootObjectCount": 0, **more}
    node = ctx.create("BulkOperation", {**values, "fault": ctx.operation_fault, "created": ctx.now.timestamp()})
    return str(node["id"])


@mutation("bulkOperationCancel")
def cancel(ctx: Context, args: dict[str, Any]) -> dict[str, Any]:
    node = ctx.known(args["id"], "BulkOperation", ["id"], "Bulk operation does not exist")
    shown = _shown_status(ctx, node)
    if shown in ENDED:
        message = f"A bulk operation cannot be canceled when it is {ENDED[shown]}"
        raise Refused.one(None, message, bulkOperation=node["id"])
    ctx.update(node, {"status": "CANCELING"})
    ctx.record("updated", node)
    return {"bulkOperation": node["id"]}
