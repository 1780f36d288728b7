"""Connecting a store: to Shopify and back, and the ways beside it (pasted tokens, client credentials).

The browser that comes back must be the one that left: a cookie of random bits is bound to the one-time state. It is
`SameSite=Lax`, so that it survives the way back from Shopify but not a request that another page makes.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from flask import Response, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from atom_shopify_plugin.errors import Fault, InvalidInput, Misconfigured, PluginError
from atom_shopify_plugin.settings import LOOPBACK, Secret
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.stores.connections import OtherName
from atom_shopify_plugin.web.body import parse_object, read_bytes
from atom_shopify_plugin.web.envelope import UnsupportedMediaType
from atom_shopify_plugin.web.identity import assert_user, authenticate, principal
from atom_shopify_plugin.web.options import only_query, posted, refuse_body, texts
from atom_shopify_plugin.web.page import page, refusal, wants_page
from atom_shopify_plugin.web.problems import answer
from atom_shopify_plugin.web.state import AUTH_PREFIX, PAGES, RequestState, state
from atom_shopify_plugin.web.stores import own_store, store_body

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.web.routing import Routes

__all__ = ["begin", "home", "register"]

_COOKIE = "atom_shopify_oauth"
_COOKIE_SECONDS = 900
_BROWSER = re.compile(r"[A-Za-z0-9_-]{43}")
# What ATOM's clients send along with authorize; where to go back to and what to ask for is not theirs to say.
_IGNORED = frozenset({"scopes", "scope", "redirect_uri", "state"})


def register(routes: Routes) -> None:
    """Add the routes below /api/auth/shopify."""
    runtime = routes.runtime

    def authorize() -> WerkzeugResponse:
        here = state()
        body: dict[str, Any] = {}
        if request.method == "POST":
            body = {name: value for name, value in posted().items() if name not in _IGNORED}
        else:
            refuse_body()
        only_query(here, {"user_id", "shop", "return_to"} | _IGNORED)
        given = texts(body, optional=("shop", "return_to"))
        name = _shop_name(here, given)
        if name is None and wants_page():
            return redirect(PAGES, 303)  # where a person names the store
        if name is None:
            message = "A shop is required: add ?shop=your-store.myshopify.com."
            raise InvalidInput(message, [Fault("/shop", message, "required")])
        shop = ShopDomain.from_handle(name)
        return_to = here.one("return_to") or given.get("return_to") or "stores"
        return begin(
            runtime,
            shop,
            return_to,
            lambda url: (
                redirect(url)
                if wants_page()
                else answer({"auth_url": url, "shop": str(shop)}, beside={"authorization_url": url})
            ),
        )

    def callback() -> WerkzeugResponse:
        caller = authenticate(routes.host)
        raw = request.query_string if request.method == "GET" else _posted_query(state())
        browser = request.cookies.get(_cookie(runtime)[0], "")
        try:
            connected = runtime.connections.complete(caller, raw, browser=browser)
        except OtherName as other:
            if not wants_page():
                raise
            return page("One more step", other.message, link=other.auth_url, label=f"Connect {other.shop}", status=409)
        if not wants_page():
            return answer(store_body(connected, runtime))
        if connected.return_to == "dashboard" and getattr(routes.host, "serves_dashboard", False):
            return redirect(f"{_dashboard(runtime)}?connected={connected.shop}", 303)
        missing = connected.missing_scopes
        note = f" It did not grant: {', '.join(sorted(missing))}." if missing else ""
        text = f"{connected.name or connected.shop} ({connected.shop}) is connected.{note}"
        return page("Connected", text, link=home(runtime))

    def for_people(view: Callable[[], WerkzeugResponse]) -> Callable[[], WerkzeugResponse]:
        """Let a person see what went wrong as a page."""

        def wrapper() -> WerkzeugResponse:
            try:
                return view()
            except PluginError as error:
                served = getattr(routes.host, "serves_dashboard", False)
                return refusal(error, link=_dashboard(runtime) if served else home(runtime))

        return wrapper

    def refresh() -> Response:
        store = own_store(runtime, _posted_shop())
        return answer(store_body(runtime.connections.refresh(principal(), store.shop), runtime))

    def revoke() -> Response:
        store = own_store(runtime, _posted_shop())
        runtime.connections.revoke(principal(), store.shop)
        return answer(None, meta={"shop": str(store.shop)})

    def token() -> Response:
        only_query(state(), ("user_id",))
        given = texts(posted(), optional=("shop", "access_token", "client_id", "client_secret"))
        shop = ShopDomain.from_handle(given.get("shop"))
        own_app = {"client_id", "client_secret"} & given.keys()
        connections = runtime.connections
        if "access_token" in given:
            if own_app:
                _choose("Give either access_token, or client_id and client_secret.")
            store = connections.connect_token(principal(), shop, Secret(given["access_token"]))
        else:
            if len(own_app) == 1:
                _choose("Client id and client secret belong together: give both.")
            store = (
                connections.connect_client_credentials(
                    principal(), shop, given["client_id"], Secret(given["client_secret"])
                )
                if own_app
                else connections.connect_own_organization(principal(), shop)
            )
        return answer(store_body(store, runtime), status=201)

    routes.add(["GET", "POST"], f"{AUTH_PREFIX}/authorize", "oauth_authorize", for_people(authorize))
    routes.add(["GET", "POST"], f"{AUTH_PREFIX}/callback", "oauth_callback", for_people(callback))
    routes.add("POST", f"{AUTH_PREFIX}/refresh", "oauth_refresh", refresh)
    routes.add("POST", f"{AUTH_PREFIX}/revoke", "oauth_revoke", revoke)
    routes.add("POST", f"{AUTH_PREFIX}/token", "oauth_token", token)


def begin(
    runtime: Runtime, shop: ShopDomain, return_to: str, respond: Callable[[str], WerkzeugResponse]
) -> WerkzeugResponse:
    """Begin to connect a store: what `respond` makes of Shopify's address, with the cookie that proves the browser."""
    cookie, secure = _cookie(runtime)
    browser = request.cookies.get(cookie, "")
    if not _BROWSER.fullmatch(browser):
        browser = secrets.token_urlsafe(32)
    response = respond(runtime.connections.begin(principal(), shop, browser=browser, return_to=return_to))
    response.set_cookie(
        cookie, browser, max_age=_COOKIE_SECONDS, path="/", secure=secure, httponly=True, samesite="Lax"
    )
    return response


def _cookie(runtime: Runtime) -> tuple[str, bool]:
    """Return the cookie's name and whether it is `Secure`.

    A `__Host-` cookie can't be set by a neighbouring subdomain, but needs https; plain http is for this machine only.
    """
    public = urlsplit(runtime.settings.public_url)
    if public.scheme == "https":
        return f"__Host-{_COOKIE}", True
    if public.hostname in LOOPBACK:
        return _COOKIE, False
    raise Misconfigured(
        "ATOM_SHOPIFY_PUBLIC_URL must be an https address: a store can't be connected over plain http.",
        details={"setting": "ATOM_SHOPIFY_PUBLIC_URL"},
    )


def home(runtime: Runtime) -> str:
    """Return the page that a person goes back to: the one of their stores."""
    # Where a flow may go on is a name, never an address.
    return f"{runtime.settings.public_url}{PAGES}"


def _dashboard(runtime: Runtime) -> str:
    """Return where the dashboard shows a person's stores."""
    return f"{runtime.settings.public_url}/app/stores"


def _choose(message: str) -> None:
    raise InvalidInput(message, [Fault("", message, "oneOf")])


def _shop_name(here: RequestState, body: dict[str, str]) -> str | None:
    in_query, in_body = here.one("shop"), body.get("shop")
    if in_query is not None and in_body is not None and in_query != in_body:
        message = "Two different shops were given."
        raise InvalidInput(message, [Fault("/shop", message, "repeated")])
    return in_query if in_query is not None else in_body


def _posted_shop() -> str | None:
    here = state()
    only_query(here, ("user_id", "shop"))
    return _shop_name(here, texts(posted(), optional=("shop",)))


def _posted_query(here: RequestState) -> bytes:
    """Return the signed query of a POST callback, byte for byte as it came: from the address or from the body.

    `user_id` is ours, not Shopify's: it is compared with who signed in and kept out of the signed text.
    """
    pairs = [pair for pair in request.query_string.split(b"&") if pair]
    signed = [pair for pair in pairs if pair.partition(b"=")[0] != b"user_id"]
    claims = list(here.query.get("user_id", []))
    content = read_bytes()
    if content and signed:
        message = "Send Shopify's parameters in the query string or in the body, not in both."
        raise InvalidInput(message, [Fault("", message, "repeated")])
    if not content:
        raw = b"&".join(signed)
    elif request.mimetype == "application/x-www-form-urlencoded":
        raw = content
    elif request.mimetype == "application/json":
        body = parse_object(content)
        claims += [claimed] if isinstance(claimed := body.pop("user_id", None), str) else []
        raw = urlencode(texts(body, optional=body.keys())).encode()
    else:
        raise UnsupportedMediaType("Send the parameters as a query string, a form or a JSON object.")
    if claims and here.caller is not None:
        assert_user(claims)
    return raw
