"""Resources: stores, one order or product, and reports, each the answer of a read action."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from atom_shopify_plugin.actions.call import Accepted, Call
from atom_shopify_plugin.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atom_shopify_plugin.actions.run import Actions
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.storage import Storage

__all__ = ["Library"]

_STORES = "shopify://stores"
_ADDRESS = re.compile(
    r"shopify://stores/([A-Za-z0-9.-]{1,255})(?:/(orders|products|reports)/([A-Za-z0-9%._-]{1,100}))?"
)
_REPORTS = {
    "sales": ("analytics_sales", "Sales of the last 30 days, from the store's copy."),
    "health": ("store_health", "What works in the store and what doesn't."),
}
_READS = {"orders": "order_get", "products": "product_get"}


class Library:
    """Reads resources as the principal who asks; what is not theirs looks as if it were not there."""

    templates = (
        ("shopify://stores/{shop}", "store", "A store, by handle or domain."),
        ("shopify://stores/{shop}/orders/{id}", "order", "An order, by id."),
        ("shopify://stores/{shop}/products/{id}", "product", "A product, by id."),
        ("shopify://stores/{shop}/reports/{report}", "report", f"A report: {', '.join(_REPORTS)}."),
    )

    def __init__(self, *, actions: Actions, storage: Storage) -> None:
        self._actions = actions
        self._storage = storage

    def listed(self, principal: Principal) -> list[tuple[str, str, str]]:
        """Return the address, name and description of what a principal can read without knowing an id."""
        return list(self._listed(principal))

    def read(self, principal: Principal, uri: str) -> Any:
        """Return what is at an address; raise a `PluginError`."""
        if uri == _STORES:
            return {"stores": [_facts(store) for store in self._storage.memberships.stores(principal)]}
        match = _ADDRESS.fullmatch(uri)
        if match is None:
            raise NotFound("There is no resource at this address. resources/templates/list shows the address formats.")
        shop, kind, name = match[1], match[2], unquote(match[3] or "")
        if kind is None:
            return self._run(principal, shop, "store_get", {})
        if kind == "reports":
            if name not in _REPORTS:
                raise NotFound(f"There is no such report. They are: {', '.join(_REPORTS)}.")
            return self._run(principal, shop, _REPORTS[name][0], {})
        return self._run(principal, shop, _READS[kind], {"id": name})

    def _listed(self, principal: Principal) -> Iterator[tuple[str, str, str]]:
        yield _STORES, "stores", "Your stores, their state and your role."
        for store in self._storage.memberships.stores(principal):
            base = f"{_STORES}/{store.shop.handle}"
            yield base, store.shop.handle, "The store's settings and plan."
            for name, (_, about) in _REPORTS.items():
                yield f"{base}/reports/{name}", f"{store.shop.handle} {name}", about

    def _run(self, principal: Principal, shop: str, action: str, given: dict[str, Any]) -> Any:
        outcome = self._actions.run(Call(principal, action, given, shop=shop, request_id=os.urandom(16).hex()))
        return dict(outcome.operation) if isinstance(outcome, Accepted) else outcome.as_dict()


def _facts(store: Any) -> dict[str, Any]:
    return {
        "shop": store.shop.name,
        "handle": store.shop.handle,
        "name": store.name,
        "state": store.state,
        "role": store.role,
        "is_default": store.is_default,
        "read_only": store.read_only,
        "currency": store.currency,
        "time_zone": store.timezone,
    }
