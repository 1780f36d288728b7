"""Orders from the lines of a bulk operation: kept as they come, put together once all are there.

An order, its lines and its shipping lines are lines of their own, in any order. What a bulk operation can't read, the
lines of refunds, is read for those orders that have refunds, by their ids. An order counts as copied when all of it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from atom_shopify_plugin.errors import UpstreamError
from atom_shopify_plugin.service import mirror as reading
from atom_shopify_plugin.storage.insight.sync_lines import Gathered
from atom_shopify_plugin.sync.mirror_bulk import Lines
from atom_shopify_plugin.sync.mirror_rows import number_of
from atom_shopify_plugin.sync.mirror_work import Put, Work

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from atom_shopify_plugin.services import Services
    from atom_shopify_plugin.storage.insight.mirrors import Mirror

__all__ = ["UNREADABLE", "clear", "kept", "put_together"]

UNREADABLE = frozenset({"refund_line_items", "refund_shipping_lines", "order_adjustments"})
"""What a bulk operation can't read of an order: connections inside the list of its refunds (shopify.dev)."""
_AT_ONCE = 5_000  # lines


def kept(services: Services, first: int, objects: Lines) -> Put:
    """Return what keeps the lines of a block, the first of which is the line number `first`."""
    lines = []
    for place, node in enumerate(objects, first):
        parent = node.pop("__parentId", None)
        lines.append((_order_of(parent or node["id"]), place, int(parent is None), orjson.dumps(node).decode()))

    def put(session: Session, mirror: Mirror) -> int:
        services.storage.sync_lines.add(session, mirror, lines)
        return 0

    return put


def put_together(work: Work, put: Callable[[Sequence[Any]], Put]) -> float | None:
    """Store some orders after the others: return the seconds until more can be, None once no line is left.

    Lines of an order that Shopify did not list are counted as `orphans` in the position.
    """
    storage = work.services.storage
    while some := storage.sync_lines.some(work.mirror, _AT_ONCE):
        orders = [_order(one) for one in some if one.root is not None]
        refunded = [order["id"] for order in orders if order["refunds"]]
        # As they are now: one that was deleted meanwhile is not there any more.
        again = reading.orders_by_id(work.shop, refunded)
        write = put([*(order for order in orders if not order["refunds"]), *again])

        def both(session: Session, mirror: Mirror, some: Sequence[Gathered] = some, write: Put = write) -> int:
            storage.sync_lines.done(session, mirror, some)
            return write(session, mirror)

        lost = sum(len(one.parts) for one in some if one.root is None)
        position = work.position
        work.commit(both, position={**position, "orphans": position.get("orphans", 0) + lost})
        if work.over:
            return 0.0
    return None


def clear(work: Work) -> None:
    """Forget the lines that an earlier load has left, in short transactions."""
    more = True

    def put(session: Session, mirror: Mirror) -> int:
        nonlocal more
        more = work.services.storage.sync_lines.clear(session, mirror)
        return 0

    while more:
        work.commit(put)


def _order(gathered: Gathered) -> dict[str, Any]:
    """Return an order as `MirrorOrder` reads it, but for its refunds; a line that came twice counts once."""
    order: dict[str, Any] = orjson.loads(gathered.root or "")
    parts: dict[str, dict[Any, Any]] = {"line_items": {}, "shipping_lines": {}}
    for place, text in enumerate(gathered.parts):
        part = orjson.loads(text)
        listed = parts["shipping_lines" if "discounted_price" in part else "line_items"]
        listed[part.get("id") or place] = part
    return {**order, **{name: {"nodes": list(nodes.values())} for name, nodes in parts.items()}}


def _order_of(gid: Any) -> int:
    if not isinstance(gid, str) or not gid.startswith("gid://shopify/Order/"):
        raise UpstreamError("Shopify’s result holds a line that belongs to no order.")
    return number_of(gid)
