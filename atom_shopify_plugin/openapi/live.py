"""The route of live events."""

from __future__ import annotations

from collections.abc import Iterator

from atom_shopify_plugin.apidoc import (
    FLAG,
    MOMENT,
    TEXT,
    Answer,
    Route,
    header,
    list_of,
    nullable,
    object_of,
    one_of,
    query,
    ref,
)
from atom_shopify_plugin.catalog.model import Catalog
from atom_shopify_plugin.openapi.shapes import BLANK, PREFIX, SHOP_NAME, USER, envelope

__all__ = ["LIVE_EVENTS", "live_routes"]

LIVE_EVENTS = object_of(
    {
        "events": list_of(
            object_of(
                {
                    "id": {**TEXT, "description": "The position after this event, for `last_event_id`."},
                    "event": {**TEXT, "description": "The key of the trigger, such as order_created."},
                    "shop": TEXT,
                    "resource": {**nullable(TEXT), "description": "What it is about, such as orders/1."},
                    "resource_id": {**nullable(TEXT), "description": "The same as a global id, if it has one."},
                    "occurred_at": MOMENT,
                }
            )
        ),
        "last_event_id": {**TEXT, "description": "The position after these events."},
        "more": {**FLAG, "description": "Whether more events are available now."},
        "reset": {**FLAG, "description": "Whether events may be missing; if so, read everything again."},
    }
)
_ABOUT = (
    "What came after a position; without one the position where the events end now. A client that accepts "
    "`text/event-stream` gets a stream of server-sent events, where the host can stream."
)
_AFTER = "Go on after this event: the `last_event_id` of the answer before."
_LIMIT = {"type": "integer", "minimum": 1, "maximum": 250, "default": 50}


def live_routes(catalog: Catalog) -> Iterator[Route]:
    """Yield it."""
    triggers = list_of(one_of(*sorted({*catalog.triggers, *catalog.computed})))
    yield Route(
        "GET", f"{PREFIX}/events", "events", "Live events of your stores", "events",
        (Answer(200, _ABOUT, {"application/json": envelope(ref("LiveEvents")), "text/event-stream": TEXT}),),
        parameters=(
            query("shop", {"anyOf": [SHOP_NAME, {"const": "all"}]}, "Only this store; all of yours without it."),
            query(
                "events", triggers, "Only these triggers: their keys, separated by commas.", style="form", explode=False
            ),
            query("last_event_id", TEXT, _AFTER, **BLANK),
            header("Last-Event-ID", TEXT, "The same, as browsers send it; it overrides the parameter."),
            query("limit", _LIMIT, "How many events an answer in JSON holds.", **BLANK),
            USER,
        ),
        more={"description": "If the position is no longer known, the answer is `reset`: read everything again."},
    )  # fmt: skip
