"""Segments of customers: kept and listed. Who belongs to one is not modelled."""

from __future__ import annotations

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.registry import Kind, Member, Write, Writes, kind, writes

kind(
    Kind(
        "Segment",
        fields="name query creationDate lastEditDate",
        indexed=("name",),
        filters={"name": "text"},
        words=("name",),
    )
)


def _date(ctx: Context, write: Write) -> None:
    write.values |= {"lastEditDate": ctx.stamp} | ({"creationDate": ctx.stamp} if write.creates else {})


writes(
    "Segment",
    Writes(members={"name": Member(required=True, unique=True), "query": Member(required=True)}, check=_date),
)
