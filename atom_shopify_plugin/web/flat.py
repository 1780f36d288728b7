"""The addresses that ATOM's own TypeScript clients call, in the flat shapes that they read.

They are mounted where the host says that its clients read them (`flat`). Each runs an action of the Catalog, so that
what they do is checked, confirmed and audited as anywhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from flask import Response, redirect
from werkzeug.wrappers import Response as WerkzeugResponse

from atom_shopify_plugin.actions.call import Accepted, Call
from atom_shopify_plugin.actions.fanout import StoreResults
from atom_shopify_plugin.errors import Fault, InvalidInput, PluginError, StoreNotConnected
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.stores.read_only import require_writing_caller
from atom_shopify_plugin.web import flat_shapes
from atom_shopify_plugin.web.identity import principal
from atom_shopify_plugin.web.oauth import begin
from atom_shopify_plugin.web.options import only_query, posted, refuse_body
from atom_shopify_plugin.web.page import wants_page
from atom_shopify_plugin.web.problems import answer, failure
from atom_shopify_plugin.web.state import AUTH_PREFIX, PREFIX, state
from atom_shopify_plugin.web.stores import own_store

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.web.routing import Routes

__all__ = ["CHANGING", "FLAT", "register"]

_INTEGRATION = "/api/integrations/shopify"
_TOP = 10
_DAYS = "last_30_days"

FLAT: Mapping[str, Callable[[Any], Any]] = {
    "product_search": lambda data: {"products": [flat_shapes.product(one) for one in data["items"]]},
    "order_get": lambda data: flat_shapes.order(data),
}
"""Routes of the Catalog whose answers ATOM's older clients, which send a `user_id`, read in the flat shape."""

CHANGING = frozenset({"flat_disconnect", "flat_service_disconnect", "flat_auth", "flat_auth_url"})
"""What is closed to callers who may change nothing; of the others the actions see to that."""

# What is taken of a thing to be made, by our names; the rest that clients send is for reading, or invented.
_PRODUCT = {
    name: name for name in ("title", "vendor", "product_type", "handle", "price", "compare_at_price", "sku", "barcode")
} | {"body_html": "description_html"}
_OF_VARIANT = ("price", "compare_at_price", "sku", "barcode")
_LINE = ("variant_id", "title", "price", "quantity", "sku")
_ORDER = {name: name for name in ("email", "phone", "note")}
_CUSTOMER = {name: name for name in ("first_name", "last_name", "email", "phone", "note")}


def register(routes: Routes) -> None:
    """Add the routes."""
    runtime = routes.runtime

    def run(key: str, given: Mapping[str, Any]) -> Any:
        state().action = key
        call = Call(principal(), key, dict(given), request_id=state().request_id)
        outcome = runtime.fanout.run(call, state().one("shop"))
        if isinstance(outcome, Accepted | StoreResults):
            return {}
        return outcome.data

    def listed(key: str, shape: Callable[[Any], Any], given: Mapping[str, Any]) -> list[Any]:
        return [shape(one) for one in run(key, given)["items"]]

    def products() -> Response:
        body = _body()
        if body.get("operation") == "create":
            made = run("product_create", _new_product(body))
            return answer({"product": flat_shapes.product(made), **_shop(runtime)})
        wanted = _filters(body, "product_type", "vendor", "created_at_min", "created_at_max", "limit")
        wanted |= _word(body, "status", ("active", "archived", "draft"))
        return answer({"products": listed("product_search", flat_shapes.product, wanted)})

    def orders() -> Response:
        body = _body()
        if body.get("operation") == "create":
            made = run("order_create", _new_order(body))
            return answer({"order": flat_shapes.order(made), **_shop(runtime)})
        wanted = _filters(body, "created_at_min", "created_at_max", "limit")
        wanted |= _word(body, "status", ("open", "closed", "cancelled"))
        wanted |= _word(body, "fulfillment_status", ("unfulfilled", "partial", "fulfilled", "unshipped", "shipped"))
        return answer({"orders": listed("order_search", flat_shapes.order, wanted)})

    def customers() -> Response:
        body = _body()
        if body.get("operation") == "create":
            made = run("customer_create", _picked(_data(body), _CUSTOMER) | _tags(_data(body)))
            return answer({"customer": flat_shapes.customer(made), **_shop(runtime)})
        wanted = _filters(body, "email", "limit")
        return answer({"customers": listed("customer_search", flat_shapes.customer, wanted)})

    def profile() -> Response:
        _body()
        shop = run("store_get", {})
        told = {
            "name": shop["name"],
            "domain": shop["myshopify_domain"],
            "currency": shop["currency_code"],
            "timezone": shop["iana_timezone"],
            "email": shop["contact_email"],
            "created_at": shop["created_at"],
            "updated_at": None,
        }
        return answer({"user": {"id": principal().subject}, "shop": told})

    def search() -> Response:
        body = _body()
        kind = body.get("type") or "all"
        kinds = {"products": "product", "orders": "order", "customers": "customer"}
        if kind != "all" and kind not in kinds:
            raise _fault("/type", "type must be all, products, orders or customers.")
        wanted = _filters(body, "limit", "query")
        shapes = {"product": flat_shapes.product, "order": flat_shapes.order, "customer": flat_shapes.customer}
        results: list[Any] = []
        for one in kinds.values() if kind == "all" else (kinds[str(kind)],):
            found = listed(f"{one}_search", shapes[one], wanted)
            results += [flat_shapes.hit(one, thing) for thing in found]
        return answer({"results": results, "total_count": len(results)})

    def top_selling() -> Response:
        _query()
        given = {"by": "variant", "sort": "units", "first": _TOP, "period": _DAYS}
        rows = run("analytics_breakdown", given)["rows"]
        return answer({"products": [flat_shapes.top_selling(row) for row in rows]})

    def connection_status() -> Response:
        _query()
        try:
            store = own_store(runtime, state().one("shop"))
        except StoreNotConnected:
            return answer({"isConnected": False})
        if store.state != "active":
            return answer({"isConnected": False})
        return answer({"isConnected": True, "shopUrl": f"https://{store.shop}"})

    def disconnect() -> Response:
        require_writing_caller(principal())
        _body()
        runtime.connections.revoke(principal(), own_store(runtime, state().one("shop")).shop)
        return answer(None)

    def update_inventory() -> Response:
        body = _body()
        given = {
            "variant_id": body.get("variant_id"),
            "quantity": body.get("new_quantity"),
            **_filters(body, "location_id"),
        }
        item = run("inventory_set", given)
        level = {"inventory_item_id": str(item["legacy_id"]), "available": body.get("new_quantity")}
        return answer({"inventory_level": level})

    def health() -> Response:
        _query()
        try:
            store = own_store(runtime, None)
        except PluginError as error:
            # This client shows `error` as it is.
            response = failure(error)
            said = {"ok": False, "success": False, "status": "unhealthy", "error": error.in_full()}
            response.set_data(_json(said))
            return response
        status = "healthy" if store.state == "active" else "unhealthy"
        told = {"status": status, "shop": str(store.shop)}
        return answer(told, beside=told)

    def auth() -> WerkzeugResponse:
        _query("shop_name", "shop")
        here = state()
        shop = ShopDomain.from_handle(here.one("shop_name") or here.one("shop"))
        place = f"{AUTH_PREFIX}/authorize?shop={shop}"
        user = here.one("user_id")
        if user is not None:
            place += f"&user_id={user}" if user.isalnum() else ""
        if wants_page():
            return redirect(place, 302)
        return answer({"auth_url": f"{runtime.settings.public_url}{place}"})

    def connection() -> Response:
        _query()
        try:
            store = own_store(runtime, state().one("shop"))
        except StoreNotConnected:
            return answer(None, beside={"connected": False, "shop": None})
        return answer(None, beside={"connected": store.state == "active", "shop": str(store.shop)})

    def auth_url() -> WerkzeugResponse:
        _query("shop")
        shop = ShopDomain.from_handle(state().one("shop"))

        def respond(url: str) -> Response:
            told = {"url": url, "shop": str(shop), "configured": True}
            return answer(told, beside={**told, "timestamp": datetime.now(UTC).isoformat(timespec="seconds")})

        return begin(runtime, shop, "stores", respond)

    routes.add("GET", f"{PREFIX}/connection", "flat_connection", connection)
    routes.add("GET", f"{PREFIX}/auth/url", "flat_auth_url", auth_url)
    routes.add("GET", f"{PREFIX}/top-selling-products", "flat_top_selling", top_selling)
    routes.add("GET", f"{PREFIX}/connection-status", "flat_connection_status", connection_status)
    routes.add("POST", f"{PREFIX}/disconnect", "flat_disconnect", disconnect)
    routes.add("POST", f"{PREFIX}/update-inventory", "flat_update_inventory", update_inventory)
    routes.add("GET", f"{PREFIX}/auth", "flat_auth", auth)
    routes.add("POST", "/api/services/shopify/disconnect", "flat_service_disconnect", disconnect)
    routes.add("GET", f"{_INTEGRATION}/health", "flat_health", health)
    routes.add("POST", f"{_INTEGRATION}/products", "flat_products", products)
    routes.add("POST", f"{_INTEGRATION}/orders", "flat_orders", orders)
    routes.add("POST", f"{_INTEGRATION}/customers", "flat_customers", customers)
    routes.add("POST", f"{_INTEGRATION}/user/profile", "flat_profile", profile)
    routes.add("POST", f"{_INTEGRATION}/search", "flat_search", search)


def _query(*known: str) -> None:
    refuse_body()
    only_query(state(), ("user_id", "shop", *known))


def _body() -> dict[str, Any]:
    only_query(state(), ("user_id", "shop"))
    return posted(exact=True)


def _json(body: Mapping[str, Any]) -> bytes:
    from atom_shopify_plugin.strictjson import encode

    found: bytes = encode(body)
    return found


def _shop(runtime: Runtime) -> dict[str, Any]:
    # The client makes an address of it: https://<domain>.myshopify.com/…
    return {"shop": {"domain": own_store(runtime, state().one("shop")).shop.handle}}


def _filters(body: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return what a client filters by; what it leaves empty, or has as null, is not set."""
    return {name: body[name] for name in names if body.get(name) not in (None, "")}


def _word(body: Mapping[str, Any], name: str, known: Iterable[str]) -> dict[str, str]:
    value = body.get(name)
    if value in (None, "", "any", "all"):
        return {}
    if not isinstance(value, str) or value not in known:
        raise _fault(f"/{name}", f"{name} must be any or one of {', '.join(known)}.")
    return {name: value.upper()}


def _data(body: Mapping[str, Any]) -> Mapping[str, Any]:
    data = body.get("data")
    if not isinstance(data, Mapping):
        raise _fault("/data", "data must be an object: what is to be made.")
    return data


def _picked(data: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {ours: data[theirs] for theirs, ours in names.items() if data.get(theirs) not in (None, "")}


def _tags(data: Mapping[str, Any]) -> dict[str, Any]:
    tags = data.get("tags")
    if isinstance(tags, str):
        tags = [tag.strip() for tag in tags.split(",") if tag.strip()]
    return {"tags": tags} if tags else {}


def _new_product(body: Mapping[str, Any]) -> dict[str, Any]:
    data = _data(body)
    variants = data.get("variants") or [{}]
    if not isinstance(variants, list) or not isinstance(variants[0], Mapping) or len(variants) > 1:
        raise _fault("/data/variants", f"Give one variant here. POST {PREFIX}/products makes products with several.")
    given = _picked(variants[0], {name: name for name in _OF_VARIANT}) | _picked(data, _PRODUCT) | _tags(data)
    return given | _word(data, "status", ("active", "archived", "draft"))


def _new_order(body: Mapping[str, Any]) -> dict[str, Any]:
    data = _data(body)
    lines = data.get("line_items")
    if not isinstance(lines, list) or not all(isinstance(line, Mapping) for line in lines):
        raise _fault("/data/line_items", "line_items must be a list of objects.")
    given = _picked(data, _ORDER) | _tags(data)
    given["line_items"] = [_picked(line, {name: name for name in _LINE}) for line in lines]
    customer = data.get("customer")
    if isinstance(customer, Mapping) and customer.get("id"):
        given["customer_id"] = customer["id"]
    return given


def _fault(pointer: str, message: str) -> InvalidInput:
    return InvalidInput(message, [Fault(pointer, message, "invalid")])
