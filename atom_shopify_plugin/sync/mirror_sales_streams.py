"""Customers and orders as they are copied: which documents read them, and by what they are compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from atom_shopify_plugin.service import mirror as reading
from atom_shopify_plugin.shopify.scopes import ALL_ORDERS, ORDER_WINDOW
from atom_shopify_plugin.storage.insight.amounts import stored
from atom_shopify_plugin.storage.insight.customers import CustomerRow
from atom_shopify_plugin.storage.insight.order_tables import OrderRow
from atom_shopify_plugin.sync.mirror_gather import UNREADABLE
from atom_shopify_plugin.sync.mirror_work import Counted, Work

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from atom_shopify_plugin.services import Services
    from atom_shopify_plugin.storage import Store
    from atom_shopify_plugin.storage.insight.mirrors import Mirror
    from atom_shopify_plugin.stores.shop import Shop

__all__ = ["SALES", "SalesStream", "counting", "shown_since"]


def _changed_at(node: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(node["updated_at"])


def _spent(node: Mapping[str, Any]) -> int:
    return stored(Decimal((node["amount_spent"] or {}).get("amount") or 0))


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


def counting(work: Work, stream: SalesStream) -> Callable[[Session, Mirror], Counted]:
    """Return what counts the rows of a stream, and the lines that belonged to nothing."""

    def count(session: Session, mirror: Mirror) -> Counted:
        chosen = select(func.count()).select_from(stream.model).where(stream.model.store == mirror.number)
        return {stream.name: session.scalar(chosen) or 0}, work.position.get("orphans", 0)

    return count


def shown_since(services: Services, store: Store, stream: SalesStream) -> datetime | None:
    """Return since when what is not shown is certainly gone; None where everything is shown."""
    if stream.name != "orders" or ALL_ORDERS in store.granted_scopes:
        return None
    return services.storage.now() - ORDER_WINDOW + timedelta(days=1)
