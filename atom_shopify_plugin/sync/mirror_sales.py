"""Copies of customers and orders: read by a bulk operation, those of a small store page by page.

A comparison lists ids and when each thing changed. What differs, and what is not listed any more, is marked and then
read again by its id, like what a webhook tells of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from atom_shopify_plugin.process import crashpoints
from atom_shopify_plugin.service import mirror as reading
from atom_shopify_plugin.shopify.ids import gid
from atom_shopify_plugin.shopify.scopes import ALL_ORDERS, ORDER_WINDOW
from atom_shopify_plugin.shopify.search import Term
from atom_shopify_plugin.storage.insight.amounts import stored
from atom_shopify_plugin.storage.insight.customers import CustomerRow
from atom_shopify_plugin.storage.insight.order_tables import OrderRow
from atom_shopify_plugin.sync.mirror_bulk import Lines, Refused, bulk
from atom_shopify_plugin.sync.mirror_gather import UNREADABLE, clear, kept, put_together
from atom_shopify_plugin.sync.mirror_rows import number_of
from atom_shopify_plugin.sync.mirror_seen import Seen, place_of
from atom_shopify_plugin.sync.mirror_work import Counted, Put, Work
from atom_shopify_plugin.sync.sweeps import OVERLAP

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from atom_shopify_plugin.services import Services
    from atom_shopify_plugin.storage import Store
    from atom_shopify_plugin.storage.insight.mirrors import Mirror
    from atom_shopify_plugin.stores.shop import Shop

__all__ = ["SALES", "SalesStream", "read_sales_again", "sales"]

_LISTED = 250
_STORED = 1_000
_AT_ONCE = 25
_SMALL = 4


@dataclass(frozen=True, slots=True)
class SalesStream:
    """Customers or orders: how pages and single ones are read, and which document lists their ids.

    A bulk operation reads the document `bulk`, `without` some of its fields. `compared` are the columns by which a
    stored one is known to be as it is listed; `listed` gives their values.
    """

    name: str
    scopes: frozenset[str]
    page: int
    type: str
    ids: str
    model: Any
    pages: Callable[[Shop, int, str | None, str | None], reading.Page]
    by_id: Callable[[Shop, Sequence[str]], list[Any]]
    bulk: str
    compared: tuple[Any, ...]
    listed: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    without: frozenset[str] = frozenset()


SALES: Mapping[str, SalesStream] = MappingProxyType(
    {
        stream.name: stream
        for stream in (
            SalesStream(
                "customers",
                frozenset({"read_customers"}),
                100,
                "Customer",
                "MirrorCustomerIds",
                CustomerRow,
                reading.customers,
                reading.customers_by_id,
                "MirrorCustomers",
                (CustomerRow.updated_at, CustomerRow.orders, CustomerRow.spent),
                lambda node: (_changed_at(node), int(node["number_of_orders"]), _spent(node)),
            ),
            SalesStream(
                "orders",
                frozenset({"read_orders"}),
                25,
                "Order",
                "MirrorOrderIds",
                OrderRow,
                reading.orders,
                reading.orders_by_id,
                "MirrorOrders",
                (OrderRow.updated_at,),
                lambda node: (_changed_at(node),),
                UNREADABLE,
            ),
        )
    }
)


def sales(work: Work, stream: SalesStream) -> float | None:
    """Do what can be done now: return the seconds until more can be, None once the stream is done."""
    if work.checks:
        return _check(work, stream)
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
    work.finish(_count(work, stream), _roll_up(work.services) if first else None)
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
        return kept(work.services, work.state.lines_done, objects) if gathers else write(objects)

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


def _count(work: Work, stream: SalesStream) -> Callable[[Session, Mirror], Counted]:
    def count(session: Session, mirror: Mirror) -> Counted:
        chosen = select(func.count()).select_from(stream.model).where(stream.model.store == mirror.number)
        return {stream.name: session.scalar(chosen) or 0}, work.position.get("orphans", 0)

    return count


# Comparing everything


def _check(work: Work, stream: SalesStream) -> float | None:
    position = work.position
    path = place_of(work.services.settings.data_dir, f"{work.store.id}-{stream.name}")
    seen = Seen(path, f"{work.state.run}|{work.state.generation}")
    try:
        if not seen.resumed or "listed" not in position:
            position = {"by": "paged", "listed": 0, "orphans": position.get("orphans", 0)}
            work.begin(position=position, lines_done=0, differing=0)
        while not position.get("ended"):
            given = {"first": _LISTED, "after": position.get("after")}
            page = work.shop.root(stream.ids, given)
            info, nodes = page["page_info"], page["nodes"]
            known = {number_of(node["id"]): stream.listed(node) for node in nodes}
            seen.add(known)
            position = {**position, "after": info["end_cursor"], "ended": not info["has_next_page"]}
            work.commit(_marking(work, stream, known), position=position, lines_done=work.state.lines_done + len(nodes))
            if work.over and not position["ended"]:
                return 0.0
        for gone in _unlisted(work, stream, seen):
            work.commit(_marks(work, stream, gone))
    finally:
        seen.close()
    work.finish(_count(work, stream))
    seen.remove()
    return None


def _marking(work: Work, stream: SalesStream, known: Mapping[int, tuple[Any, ...]]) -> Put:
    """Return what marks the things that are not stored as they are listed.

    Shopify tells to the second when a thing changed. What changed since the last comparison may have been read and have
    changed again within one second: it is read again as well, and is no drift.
    """
    since = None if work.state.whole_at is None else work.state.whole_at - OVERLAP

    def put(session: Session, mirror: Mirror) -> int:
        model = stream.model
        chosen = select(model.id, *stream.compared).where(model.store == mirror.number, model.id.in_(known))
        there = {row[0]: tuple(row[1:]) for row in session.execute(chosen)}
        differing = [one for one, values in known.items() if there.get(one) != values]
        young = [one for one, values in known.items() if since is not None and values[0] >= since]
        _marks(work, stream, sorted({*young, *differing}))(session, mirror)
        return len(differing)

    return put


def _changed_at(node: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(node["updated_at"])


def _spent(node: Mapping[str, Any]) -> int:
    return stored(Decimal((node["amount_spent"] or {}).get("amount") or 0))


def _marks(work: Work, stream: SalesStream, ids: Sequence[int]) -> Put:
    def put(session: Session, mirror: Mirror) -> int:
        work.services.storage.changed_things.mark_all(session, mirror, stream.name, ids)
        return len(ids)

    return put


def _unlisted(work: Work, stream: SalesStream, seen: Seen) -> Iterator[list[int]]:
    """Yield stored things that were not listed. Orders from before the window are never listed, and stay."""
    model, last = stream.model, 0
    while True:
        with work.services.storage.read() as session:
            chosen = select(model.id, model.created_at).where(model.store == work.mirror.number, model.id > last)
            rows = session.execute(chosen.order_by(model.id).limit(_STORED)).all()
        if not rows:
            return
        last = rows[-1].id
        shown = _shown_since(work.services, work.store, stream)
        if gone := seen.missing([row.id for row in rows if shown is None or row.created_at >= shown]):
            yield gone


def _shown_since(services: Services, store: Store, stream: SalesStream) -> datetime | None:
    """Return since when what is not shown is certainly gone; None where everything is shown."""
    if stream.name != "orders" or ALL_ORDERS in store.granted_scopes:
        return None
    return services.storage.now() - ORDER_WINDOW + timedelta(days=1)


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
            shown = _shown_since(services, shop.store, stream)
            if gone and shown is not None:
                young = (model.store == mirror.number, model.id.in_(gone), model.created_at >= shown)
                gone = list(session.scalars(select(model.id).where(*young)))
            if gone:
                rows = storage.mirrored_orders if stream.name == "orders" else storage.mirrored_customers
                rows.delete(session, mirror, gone)
            return found

        yield both, len(some)
