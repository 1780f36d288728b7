"""Finding by a name that people use: Shopify's search also gives what only begins with it, on as many pages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from atom_shopify_plugin.errors import Fault, InvalidInput, NotFound
from atom_shopify_plugin.shopify.search import Search, Term
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["PAGE", "PAGES", "dialled", "listed", "matching", "missing", "nearest", "order_id"]

PAGES = 8
PAGE = 250
_SEARCHED = frozenset({"name", "sku"})  # what nothing but a search can find; ids, handles and addresses are looked up


def dialled(phone: str) -> str:
    """Return a phone number without the blanks and marks between its digits: Shopify looks it up letter by letter."""
    return re.sub(r"[ ().-]", "", phone)


def nearest(shop: Shop, operation: str, query: str, member: str, names: Sequence[str]) -> Any:
    """Return what bears the first of `names` that anything bears, None where nothing does; see `matching`."""
    found = matching(shop, operation, query, member, names)
    return min(found, key=lambda node: _rank(node[member], names), default=None)


def order_id(shop: Shop, operation: str, given: Mapping[str, Any]) -> str | None:
    """Return the id of the order that an input names (`id`, `name`, `order_id`, `order_name`), None without one.

    A name is searched for by `operation`, with and without its sign, and compared whole: Shopify's search also finds
    what begins with it (``#100`` finds ``#1001``). The name as it was given comes before the one with a sign.
    """
    for member in ("id", "order_id"):
        if member in given:
            return str(given[member])
    name = str(given["order_name" if "order_name" in given else "name"]).strip()
    names = [name] if name.startswith("#") else [name, f"#{name}"]
    search = Search.any_of([Term("name", ":", wanted) for wanted in names])
    order = nearest(shop, operation, str(search), "name", names)
    return None if order is None else str(order["id"])


def _rank(text: str, names: Sequence[str]) -> tuple[int, bool]:
    place = [name.casefold() for name in names].index(_plain(text))
    return place, text.strip() != names[place]


def matching(shop: Shop, operation: str, query: str, member: str, names: Sequence[str]) -> list[Any]:
    """Return the nodes of a search whose `member` is one of `names`, whatever its case and the blanks around it.

    `operation` takes ``first``, ``after`` and ``query``. Raise `InvalidInput` where the search has more than
    `PAGES` pages: what is on the others is not known.
    """
    wanted = {name.casefold() for name in names}
    found: list[Any] = []
    after = None
    for _ in range(PAGES):
        page = shop.root(operation, {"first": PAGE, "after": after, "query": query})
        found += [node for node in page["nodes"] if _plain(node[member]) in wanted]
        if not page["page_info"]["has_next_page"]:
            return found
        after = page["page_info"]["end_cursor"]
    message = f"More than {PAGES * PAGE} things have a {member} that begins like this: name the one meant by its id."
    raise InvalidInput(message, [Fault(f"/{member}", message, "ambiguous")])


def listed(shop: Shop, operation: str, given: Mapping[str, Any] = MappingProxyType({})) -> list[Any]:
    """Return the nodes of a short list, such as locations. `operation` takes ``first``, ``after`` and `given`.

    Nodes beyond `PAGES` pages are left out.
    """
    found: list[Any] = []
    after = None
    for _ in range(PAGES):
        page = shop.root(operation, {**given, "first": PAGE, "after": after})
        found += page["nodes"]
        after = page["page_info"]["end_cursor"]
        if not page["page_info"]["has_next_page"]:
            break
    return found


def missing(shop: Shop, what: str, named: Mapping[str, Any]) -> NotFound:
    """Return the error for a thing that is not there, or that Shopify's search does not find yet."""
    hint = " Shopify finds a new name or SKU only some seconds after it was written." if _SEARCHED & set(named) else ""
    return NotFound(f"{shop.domain} has no such {what}.{hint}", details=dict(named))


def _plain(text: str | None) -> str:
    return (text or "").strip().casefold()
