"""Copies of customers and orders: read by a bulk operation, those of a small store page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from atom_shopify_plugin.process import crashpoints
from atom_shopify_plugin.shopify.ids import gid
from atom_shopify_plugin.shopify.scopes import ALL_ORDERS, ORDER_WINDOW
from atom_shopify_plugin.shopify.search import Term
from atom_shopify_plugin.sync.mirror_bulk import Lines, Refused, bulk
from atom_shopify_plugin.sync.mirror_gather import clear, kept, put_together
from atom_shopify_plugin.sync.mirror_rows import number_of
from atom_shopify_plugin.sync.mirror_sales_check import compared
from atom_shopify_plugin.sync.mirror_sales_streams import SALES, SalesStream, counting, shown_since
from atom_shopify_plugin.sync.mirror_work import Put, Work
from atom_shopify_plugin.sync.sweeps import OVERLAP

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from atom_shopify_plugin.services import Services
    from atom_shopify_plugin.storage.insight.mirrors import Mirror
    from atom_shopify_plugin.stores.shop import Shop

__all__ = ["SALES", "SalesStream", "read_sales_again", "sales"]

_AT_ONCE = 25
_SMALL = 4


def sales(work: Work, stream: SalesStream) -> float | None:
    """Do what can be done now: return the seconds until more can be, None once the stream is done."""
    if work.checks:
        return compared(work, stream)
    position, gathers = work.position, stream.name == "orders"
    if "since" not in position:
        if gathers:
            clear(work)
        since = work.state.read_up_to if work.state.task == "changes" else None
        by = "bulk" if work.state.mode == "bulk" and since is None else "paged"
        position = {"by": by, "since": None if since is None else (since - OVERLAP).isoformat()}
        work.begin(position=position, **_earliest(work, stream, everything=since is None))
    pause = _by_bulk(work, stream) if position["by"] == "bulk" else _by_pages(work, stream, position)
    if pause is not None:
        return pause
    if work.state.task == "full" and work.state.whole_at is not None:
        # What is no longer there shows when all ids are listed.
        _restart(work, {"orphans": work.position.get("orphans", 0)}, task="check")
        return 0.0
    first = work.state.whole_at is None and gathers
    work.finish(counting(work, stream), _roll_up(work.services) if first else None)
    return None


def _roll_up(services: Services) -> Put:
    def put(session: Session, mirror: Mirror) -> int:
        services.storage.mirrored_orders.roll_up(session, mirror)
        return 0

    return put


def _earliest(work: Work, stream: SalesStream, *, everything: bool) -> dict[str, Any]:
    """Return since when all orders are known, where that is not since ever; what was copied before stays."""
    if stream.name != "orders" or not everything:
        return {}
    if ALL_ORDERS in work.store.granted_scopes:
        return {"earliest": None}
    known = work.state.earliest if work.state.whole_at is not None else work.services.storage.now() - ORDER_WINDOW
    return {"earliest": known}


def _restart(work: Work, position: Mapping[str, Any], **values: Any) -> None:
    nothing: dict[str, Any] = {"operation_id": None, "bytes_done": 0, "lines_done": 0, "roots_done": 0}
    work.commit(position=position, lines_expected=None, roots_expected=None, **nothing, **values)


def _by_pages(work: Work, stream: SalesStream, position: dict[str, Any]) -> float | None:
    since = position["since"]
    search = None if since is None else str(Term("updated_at", ":>=", datetime.fromisoformat(since)))
    # The first load leaves the sums to the end; afterwards they are kept with each order.
    first = work.state.whole_at is None
    while not position.get("ended"):
        large = position.get("pages", 0) >= _SMALL and search is None
        if large and work.state.mode == "auto" and not position.get("refused"):
            _restart(work, {**position, "by": "bulk", "after": None})
            return 0.0
        page = stream.pages(work.shop, stream.page, position.get("after"), search)
        position = {**position, "after": page.next, "ended": page.next is None, "pages": position.get("pages", 0) + 1}
        put = _put(work.services, stream, page.nodes, rollups=not first)
        work.commit(put, position=position, lines_done=work.state.lines_done + len(page.nodes))
        if work.over and not position["ended"]:
            return 0.0
    return None


def _by_bulk(work: Work, stream: SalesStream) -> float | None:
    # The first load leaves the sums of orders to the end; afterwards they are kept with each order.
    write = partial(_put, work.services, stream, rollups=work.state.whole_at is not None)
    gathers = stream.name == "orders"
    if work.position.get("gathered"):
        return put_together(work, write)
    if gathers and work.state.operation_id is None:
        clear(work)

    def put(objects: Lines) -> Put:
        return kept(work.services, work.state.lines_done, objects) if gathers else write(list(objects))

    try:
        pause = bulk(work, work.shop.bulk_query(stream.bulk, without=stream.without), put)
    except Refused as error:
        since = work.position["since"]
        why = f"It is read page by page: {error}"
        if gathers:
            clear(work)
        _restart(work, {"by": "paged", "since": since, "refused": True}, error=why)
        return 0.0
    if pause is None and gathers:
        work.commit(position={**work.position, "gathered": True})
        crashpoints.at("sync_gathered")
        return 0.0
    return pause


def _put(services: Services, stream: SalesStream, nodes: Sequence[Any], *, rollups: bool) -> Put:
    storage = services.storage

    def put(session: Session, mirror: Mirror) -> int:
        if stream.name == "orders":
            done = storage.mirrored_orders.put(session, mirror, nodes, ZoneInfo(mirror.timezone), rollups=rollups)
        else:
            done = storage.mirrored_customers.put(session, mirror, nodes)
        return done.new + done.changed

    return put


def read_sales_again(
    services: Services, shop: Shop, stream: SalesStream, ids: Sequence[int]
) -> Iterator[tuple[Put, int]]:
    """Yield what writes things that are marked, read as they are now, and how many they are; see `read_again`.

    An order that is older than Shopify shows is not gone because it is not shown: it stays as it was.
    """
    storage, model = services.storage, stream.model
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        nodes = stream.by_id(shop, [gid(stream.type, one) for one in some])
        gone = sorted(set(some) - {number_of(node["id"]) for node in nodes})
        put = _put(services, stream, nodes, rollups=True)

        def both(session: Session, mirror: Mirror, put: Put = put, gone: list[int] = gone) -> int:
            found = put(session, mirror)
            shown = shown_since(services, shop.store, stream)
            if gone and shown is not None:
                young = (model.store == mirror.number, model.id.in_(gone), model.created_at >= shown)
                gone = list(session.scalars(select(model.id).where(*young)))
            if gone:
                rows = storage.mirrored_orders if stream.name == "orders" else storage.mirrored_customers
                rows.delete(session, mirror, gone)
            return found

        yield both, len(some)
