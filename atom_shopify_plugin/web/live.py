"""What happens in a person's stores, as it happens: the same events for polling, and for streams.

Without a server that can stream, or for a client that does not ask for a stream, the answer is JSON: what came after
a position. `Seat` is how the native route (`live_stream`) has this view admit a stream: by the rules of every route.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Response, request

from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.payload_shapes.topics import kind_of
from atom_shopify_plugin.shopify.ids import gid
from atom_shopify_plugin.storage.work.feed import Entry, FeedPage, Position
from atom_shopify_plugin.stores.resolve import ALL
from atom_shopify_plugin.web.identity import principal
from atom_shopify_plugin.web.options import only_query, refuse_body
from atom_shopify_plugin.web.problems import answer
from atom_shopify_plugin.web.state import PREFIX, RequestState, state
from atom_shopify_plugin.web.stores import moment, own_store, page_limit

if TYPE_CHECKING:
    from atom_shopify_plugin.catalog.model import Catalog
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.web.routing import Routes

__all__ = ["EVENTS", "SEAT", "STREAM", "Seat", "Wish", "event_body", "keys", "read_page", "register"]

EVENTS = f"{PREFIX}/events"
STREAM = "text/event-stream"

SEAT = "atom_shopify.seat"
"""The key of the WSGI environment under which the native route leaves a `Seat` for a stream."""

_OF_TWO = {"inventory_levels": "InventoryItem"}  # what is named by two numbers, and what the first one is


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to hear of: one store or all of theirs, and the keys of triggers.

    `after` is where it goes on: None for from now on; `malformed` says that a position was given which is none.
    """

    shop: str | None
    triggers: frozenset[str]
    after: Position | None
    malformed: bool


@dataclass(slots=True)
class Seat:
    """The place of a stream: taken once the view has let somebody in."""

    principal: Principal | None = None
    caller: Principal | None = None
    request_id: str = ""
    wish: Wish | None = None


def register(routes: Routes) -> None:
    """Add the route of events."""
    runtime = routes.runtime

    def events() -> Response:
        refuse_body()
        here = state()
        only_query(here, ("user_id", "shop", "events", "last_event_id", "limit"))
        limit, wish = page_limit(here.one("limit")), _wish(here, runtime)
        seat = request.environ.get(SEAT)
        if isinstance(seat, Seat) and _wants_stream():
            seat.principal, seat.caller, seat.request_id, seat.wish = principal(), here.caller, here.request_id, wish
            here.streams = True
            return Response(mimetype=STREAM)
        return answer(_body(read_page(runtime, principal(), wish, limit)))

    routes.add("GET", EVENTS, "events", events)


def keys(catalog: Catalog) -> frozenset[str]:
    """Return the keys of all triggers whose events are shown: those that start workflows, too."""
    return frozenset({*catalog.triggers, *catalog.computed})


def read_page(runtime: Runtime, who: Principal, wish: Wish, limit: int, until: Position | None = None) -> FeedPage:
    """Return what somebody may see after `wish.after`, at most up to `until`."""
    if wish.malformed:
        end = runtime.storage.feed.page(who, None, triggers=()).end
        return FeedPage(end, [], more=False, reset=True)
    return runtime.storage.feed.page(who, wish.after, until=until, shop=wish.shop, triggers=wish.triggers, limit=limit)


def event_body(entry: Entry, epoch: str) -> dict[str, Any]:
    """Return an event as people see it: what happened to what, and when. Its payload is not part of it."""
    return {
        "id": str(Position(epoch, entry.number)),
        "event": entry.trigger,
        "shop": entry.shop,
        "resource": entry.resource,
        "resource_id": _gid(entry.resource),
        "occurred_at": moment(entry.occurred_at),
    }


def _body(page: FeedPage) -> Mapping[str, Any]:
    return {
        "events": [event_body(entry, page.end.epoch) for entry in page.entries],
        "last_event_id": str(page.end),
        "more": page.more,
        "reset": page.reset,
    }


def _gid(resource: str | None) -> str | None:
    """Return the global id of what a resource's name, such as ``orders/1``, stands for; None where it is not known."""
    topic, _, rest = (resource or "").partition("/")
    first, _, second = rest.partition("/")
    kind = _OF_TWO.get(topic, "") if second else kind_of(topic)
    return gid(kind, first) if kind and first.isascii() and first.isdigit() else None


def _wish(here: RequestState, runtime: Runtime) -> Wish:
    shop = here.one("shop")
    name = None if shop is None or shop == ALL else own_store(runtime, shop).shop.name
    known = keys(runtime.catalog)
    wanted = frozenset(filter(None, (part.strip() for part in (here.one("events") or "").split(","))))
    if not wanted <= known:
        message = "events must be keys of triggers, separated by commas; the reference lists them."
        raise InvalidInput(message, [Fault("/events", message, "enum")])
    # A browser repeats the address of its first request, and tells in the header how far it has come since.
    given = request.headers.get("Last-Event-ID") or here.one("last_event_id")
    after = None if given is None or given == "" else Position.parse(given)
    return Wish(name, wanted or known, after, malformed=bool(given) and after is None)


def _wants_stream() -> bool:
    return request.accept_mimetypes.best_match(["application/json", STREAM]) == STREAM
