"""Segments of customers: kept and listed, their queries checked."""

from __future__ import annotations

import re
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.inputs import stripped
from atom_shopify_plugin.sandbox.refusals import Refused, UserError, fault
from atom_shopify_plugin.sandbox.registry import Member, Write, kind, query, writes
from atom_shopify_plugin.sandbox.segment_query import query_problems
from atom_shopify_plugin.sandbox.store import Node

MOST = 6000

kind(
    "Segment",
    fields="name query creationDate lastEditDate",
    indexed=("name",),
    filters={"name": "text"},
    words=("name",),
)


@query("segment")
def segment(ctx: Context, args: dict[str, Any]) -> Node:
    node = ctx.lookup(args["id"], "Segment")
    if node is None:
        raise fault("Segment does not exist", "NOT_FOUND")
    return node


def _check(ctx: Context, write: Write) -> None:
    values = write.values
    if not write.creates and not {"name", "query"} & set(values):
        raise Refused.one(None, "At least one attribute to change must be present")
    if write.creates and len(ctx.store.all("Segment")) >= MOST:
        raise Refused.one(None, "Segment limit reached. Delete an existing segment to create more.")
    if "query" in values and (problems := query_problems(values["query"])):
        raise Refused([UserError(("query",), f"Query {problem}") for problem in problems])
    if "name" in values:
        values["name"] = _free(ctx, values["name"], write.node)
    values |= {"lastEditDate": ctx.stamp} | ({"creationDate": ctx.stamp} if write.creates else {})


def _free(ctx: Context, name: str, node: Node | None) -> str:
    """Return a name that no other segment has: a taken one gets the next number in parentheses."""
    found = re.fullmatch(r"(.*?) \((\d+)\)", name)
    base, at = (found[1], int(found[2])) if found else (name, 1)
    while any(other is not node for other in ctx.store.find("Segment", "name", name)):
        at += 1
        name = f"{base} ({at})"
    return name


writes(
    "Segment",
    members={
        "name": Member(required=True, clean=stripped, longest=255, filled=True),
        "query": Member(required=True, longest=5000, filled=True),
    },
    check=_check,
)
