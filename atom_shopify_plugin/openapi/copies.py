"""The routes of copied stores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from atom_shopify_plugin.apidoc import MOMENT, TEXT, Answer, Route, list_of, nullable, object_of, one_of, ref
from atom_shopify_plugin.openapi.shapes import PREFIX, SHOP, USER, envelope
from atom_shopify_plugin.sync.mirror import STREAMS

__all__ = ["COPY", "sync_routes"]

_COUNT: Mapping[str, Any] = {"type": "integer", "minimum": 0}
_MOMENT = nullable(MOMENT)
_STREAM = object_of(
    {
        "stream": one_of(*STREAMS),
        "state": one_of("waiting", "running", "done", "failed"),
        "task": one_of("full", "check", "changes"),
        "by": {**nullable(one_of("bulk", "paged")), "description": "How it is being read."},
        "progress": object_of({"objects": _COUNT, "expected": nullable(_COUNT), "bytes": _COUNT}),
        "rows": {"type": "object", "description": "Rows by table.", "additionalProperties": _COUNT},
        "read_up_to": {**_MOMENT, "description": "All changes up to this time are in the tables."},
        "earliest": {**_MOMENT, "description": "Shopify does not show older data to this app."},
        "whole_at": {**_MOMENT, "description": "When everything was last read."},
        "checked_at": {**_MOMENT, "description": "When everything was last compared."},
        "drift": {**nullable(_COUNT), "description": "Rows that differed then; they were corrected."},
        "orphans": {**_COUNT, "description": "Rows that belong to something that Shopify does not list."},
        "message": nullable(TEXT),
    }
)
COPY = object_of(
    {
        "shop": TEXT,
        "state": one_of("none", "running", "done", "failed"),
        "complete_at": {
            **_MOMENT,
            "description": "Everything up to this time is in the copy; null while something is missing.",
        },
        "streams": list_of(_STREAM),
    }
)


def sync_routes() -> Iterator[Route]:
    """Yield them."""
    tag = "sync"
    shown = Answer.json(envelope(ref("Copy")), 200, "The copy.")
    begun = Answer.json(envelope(ref("Copy")), 202, "The copy, which is being updated now.", "Location", "Retry-After")
    yield Route("GET", f"{PREFIX}/sync", "sync", "State of the copy of a store", tag, (shown,), parameters=(SHOP, USER))
    yield Route(
        "POST", f"{PREFIX}/sync", "sync_begin", "Copy a store, or bring its copy up to date", tag, (begun,),
        parameters=(SHOP, USER),
        body=object_of(
            {},
            {
                "user_id": {**nullable(TEXT), "description": USER["description"]},
                "full": {"type": "boolean", "default": False, "description": "Read everything anew."},
                "mode": {"type": "string", "enum": ["auto", "bulk", "paged"], "default": "auto"},
                "streams": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": len(STREAMS),
                    "uniqueItems": True,
                    "items": {"type": "string", "enum": list(STREAMS)},
                    "description": "Only these.",
                },
            },
        ),
        more={"description": "The first sync reads everything. Names, addresses and contacts are not copied."},
    )  # fmt: skip
    yield Route(
        "DELETE", f"{PREFIX}/sync", "sync_stop", "Delete the copy of a store that you own", tag,
        (Answer.json(envelope(object_of({"shop": TEXT, "deleted": {"type": "boolean"}})), 200, "It is gone."),),
        parameters=(SHOP, USER),
    )  # fmt: skip
