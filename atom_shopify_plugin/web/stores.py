"""The caller's stores, how they are used, and this API's own description."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from flask import Response

from atom_shopify_plugin.actions.wording import unknown_fields
from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.web.identity import principal
from atom_shopify_plugin.web.options import only_query, posted, refuse_body, texts
from atom_shopify_plugin.web.problems import answer, json_response
from atom_shopify_plugin.web.state import PREFIX, state

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.storage import Store
    from atom_shopify_plugin.web.routing import Routes

__all__ = ["listed", "moment", "narrowed", "own_store", "page_cursor", "page_limit", "register", "store_body"]

_CURSOR_DIGITS = frozenset("0123456789abcdef")


def moment(value: datetime | None) -> str | None:
    """Return a moment as ISO 8601 with its offset."""
    return value.isoformat(timespec="seconds") if value is not None else None


def store_body(store: Store, runtime: Runtime) -> dict[str, Any]:
    """Return what a person may know of a store of theirs."""
    from atom_shopify_plugin.chat.show import country_of  # only now: it loads the languages' data

    missing = sorted(runtime.settings.scopes - store.granted_scopes)
    body: dict[str, Any] = {
        "id": store.id,
        "shop": str(store.shop),
        "shop_id": store.shop_id,
        "name": store.name,
        "currency": store.currency,
        "timezone": store.timezone,
        "country": country_of(store.timezone),
        "state": store.state,
        "role": store.role,
        "is_default": store.is_default,
        "read_only": store.read_only,
        "token_kind": store.token_kind,
        "scopes": sorted(store.granted_scopes),
        "missing_scopes": missing,
        "connected_at": moment(store.connected_at),
        "expires_at": moment(store.expires_at),
        "refresh_expires_at": moment(store.refresh_expires_at),
        "attention": store.attention or None,
    }
    if store.state != "active" or missing:
        body["connect_url"] = runtime.stores.connect_url(store.shop)
    return body


def own_store(runtime: Runtime, name: str | None) -> Store:
    """Return the caller's store of that name, or the default one.

    A store of somebody else and one that nobody has give the same `NotFound`; no store at all gives
    `StoreNotConnected`.
    """
    return runtime.stores.by_name(principal(), name)


def narrowed(runtime: Runtime) -> Store | None:
    """Return the store that the query names, None where it names none; raise as `own_store` does."""
    shop = state().one("shop")
    return own_store(runtime, shop) if shop is not None else None


def register(routes: Routes) -> None:
    """Add the routes about stores, usage and the OpenAPI document."""
    runtime = routes.runtime

    def list_stores() -> Response:
        refuse_body()
        only_query(state(), ("user_id",))
        return answer([store_body(store, runtime) for store in runtime.storage.memberships.stores(principal())])

    def set_default(shop: str) -> Response:
        only_query(state(), ("user_id",))
        texts(posted(), optional=())
        chosen = runtime.storage.memberships.set_default(principal(), own_store(runtime, shop).shop)
        return answer(store_body(chosen, runtime))

    def set_read_only(shop: str) -> Response:
        only_query(state(), ("user_id",))
        body = posted()
        read_only = body.pop("read_only", None)
        faults = list(unknown_fields("", body, ()))
        if not isinstance(read_only, bool):
            faults.append(Fault("/read_only", "It must be true or false.", "type"))
        if faults or not isinstance(read_only, bool):
            raise InvalidInput.about("The body", faults)
        store = own_store(runtime, shop)
        runtime.read_only.set(principal(), store, read_only, state().request_id)
        return answer(store_body(replace(store, read_only=read_only), runtime))

    def usage() -> Response:
        refuse_body()
        here = state()
        only_query(here, ("user_id", "days"))
        ids = [store.id for store in runtime.storage.memberships.stores(principal())]
        days = _number(here.one("days"), "days", 30, 1, 365)
        return answer({"days": days, "actions": runtime.storage.usage.totals("action", days, ids)})

    def openapi_document() -> Response:
        refuse_body()
        only_query(state(), ("user_id",))
        from atom_shopify_plugin import openapi

        return json_response(openapi.build(runtime.catalog, runtime.settings))

    routes.add("GET", f"{PREFIX}/stores", "stores", list_stores)
    routes.add("PUT", f"{PREFIX}/stores/<shop>/default", "store_default", set_default)
    routes.add("PUT", f"{PREFIX}/stores/<shop>/read-only", "store_read_only", set_read_only)
    routes.add("GET", f"{PREFIX}/usage", "usage", usage)
    routes.add("GET", f"{PREFIX}/openapi.json", "openapi", openapi_document)


def _number(text: str | None, name: str, default: int, low: int, high: int) -> int:
    if text is None or text == "":
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and low <= int(text) <= high):
        message = f"{name} must be a whole number from {low} to {high}."
        raise InvalidInput(message, [Fault(f"/{name}", message, "type")])
    return int(text)


class Row(Protocol):
    """A row of a list: its id says where the list goes on."""

    @property
    def id(self) -> str: ...


R = TypeVar("R", bound=Row)


def listed(
    fetch: Callable[[int, str | None], list[R]],
    body_of: Callable[[R], dict[str, Any]],
    limit: int,
    before: str | None,
) -> Response:
    """Answer one page of a list. `fetch` returns at most so many rows that come after the row of that id."""
    rows = fetch(limit, before)
    more = len(rows) == limit and bool(fetch(1, rows[-1].id))
    page = {"next": rows[-1].id if more else None, "has_more": more}
    return answer({"items": [body_of(row) for row in rows]}, page=page)


def page_limit(text: str | None) -> int:
    return _number(text, "limit", 50, 1, 250)


def page_cursor(text: str | None) -> str | None:
    if text and (len(text) != 32 or not set(text) <= _CURSOR_DIGITS):
        message = "This cursor does not belong to this list. Take page.next of the same list."
        raise InvalidInput(message, [Fault("/cursor", message, "cursor")])
    return text or None
