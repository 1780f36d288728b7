"""The comparison of copied customers and orders with the store: their ids, and by what each is known to have changed.

What differs, and what is not listed any more, is marked and then read again by its id, like what a webhook tells of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from atom_shopify_plugin.sync.mirror_rows import number_of
from atom_shopify_plugin.sync.mirror_sales_streams import SalesStream, counting, shown_since
from atom_shopify_plugin.sync.mirror_seen import Seen, place_of
from atom_shopify_plugin.sync.mirror_work import Put, Work
from atom_shopify_plugin.sync.sweeps import OVERLAP

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from atom_shopify_plugin.storage.insight.mirrors import Mirror

__all__ = ["compared"]

_LISTED = 250
_STORED = 1_000


def compared(work: Work, stream: SalesStream) -> float | None:
    """Do what can be done now: return the seconds until more can be, None once all has been compared."""
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
    work.finish(counting(work, stream))
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
        shown = shown_since(work.services, work.store, stream)
        if gone := seen.missing([row.id for row in rows if shown is None or row.created_at >= shown]):
            yield gone
