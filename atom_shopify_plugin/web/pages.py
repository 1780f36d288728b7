"""Pages for merchants: their stores, connecting one, a question in chat, and the last changes.

They are made on the server and need no script. A form is taken only from a page of this host: `refuse_foreign_page`
and the host's own check of the session look at where it came from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlsplit

from flask import Response, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from atom_shopify_plugin.actions.wording import unknown_fields
from atom_shopify_plugin.errors import Fault, InvalidInput, NotSignedIn, PluginError
from atom_shopify_plugin.pages.render import Pages, headers
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.stores.resolve import shop_in_address
from atom_shopify_plugin.sync import mirror
from atom_shopify_plugin.sync.mirror_state import line as copy_line
from atom_shopify_plugin.web.body import read_bytes
from atom_shopify_plugin.web.envelope import UnsupportedMediaType
from atom_shopify_plugin.web.identity import principal
from atom_shopify_plugin.web.options import only_query
from atom_shopify_plugin.web.page import refusal
from atom_shopify_plugin.web.reports import listed_reports, shown_report
from atom_shopify_plugin.web.state import AUTH_PREFIX, PAGES, state

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.storage import AuditRow, Store
    from atom_shopify_plugin.web.routing import Routes

__all__ = ["register"]

_PAGES = Pages(Path(__file__).parent / "templates")
_LARGEST_FORM = 16 * 1024
_CHANGES = 10
_PHRASES = ("check orders", "list products", "help")
_STATES = {
    "active": "Connected.",
    "reauth_required": "Shopify no longer accepts the connection. Connect the store again.",
    "uninstalled": "The app was removed from the store. Connect it again to go on.",
}
_OUTCOMES = {"ok": "done", "started": "under way", "OUTCOME_UNKNOWN": "not known: look at the store"}


def register(routes: Routes) -> None:
    """Add the pages below /shopify."""
    runtime = routes.runtime

    def stores() -> WerkzeugResponse:
        # Further parameters, such as those that a mail program adds to links, are left alone.
        notice, shop = (state().query.get(name, [""])[0] for name in ("notice", "shop"))
        return _stores_page(runtime, notice=_notice(notice, shop))

    def connect() -> WerkzeugResponse:
        typed = _form("shop")["shop"]
        try:
            shop = shop_in_address(typed)
        except InvalidInput as error:
            return _stores_page(runtime, problem=error.message, shop_typed=typed, status=error.status)
        return redirect(f"{AUTH_PREFIX}/authorize?shop={quote(shop.name)}", 303)

    def connect_token() -> WerkzeugResponse:
        given = _form("shop", "access_token")
        try:
            shop = shop_in_address(given["shop"])
            store = runtime.connections.connect_token(principal(), shop, Secret(given["access_token"].strip()))
        except PluginError as error:
            return _stores_page(runtime, problem=error.message, status=error.status)
        return _back("connected", store.shop)

    def set_default(shop: str) -> WerkzeugResponse:
        _form()
        store = runtime.stores.by_name(principal(), shop)
        runtime.storage.memberships.set_default(principal(), store.shop)
        return _back("default", store.shop)

    def disconnect(shop: str) -> WerkzeugResponse:
        store = runtime.stores.by_name(principal(), shop)
        if request.method == "GET":
            only_query(state(), ())
            return _page(runtime, "disconnect.html", store=_shown(store, runtime), consequence=_consequence(store))
        _form()
        runtime.connections.revoke(principal(), store.shop)
        return _back("disconnected", store.shop)

    def set_read_only(shop: str, word: str) -> WerkzeugResponse:
        _form()
        store = runtime.stores.by_name(principal(), shop)
        runtime.read_only.set(principal(), store, word == "read-only", state().request_id)
        return _back(word, store.shop)

    def sync(shop: str) -> WerkzeugResponse:
        _form()
        store = runtime.stores.by_name(principal(), shop)
        mirror.ask(runtime.services, store)
        return _back("copying", store.shop)

    def reports(shop: str) -> WerkzeugResponse:
        only_query(state(), ())
        store = runtime.stores.by_name(principal(), shop)
        return _page(runtime, "reports.html", **listed_reports(runtime, store))

    def report(shop: str, name: str) -> WerkzeugResponse:
        only_query(state(), ("period",))
        return shown_report(runtime, shop, name, state().one("period"))

    def chat() -> WerkzeugResponse:
        text = _form("text")["text"]
        reply = runtime.chat.answer(principal(), text, None, state().request_id)
        told = {"ok": False, "text": "I did not understand that. Ask “help” to see what I can answer."}
        if reply is not None:
            told = {"ok": reply.ok, "text": reply.text}
        return _stores_page(runtime, asked=text, reply=told)

    def for_people(view: Callable[..., WerkzeugResponse]) -> Callable[..., WerkzeugResponse]:
        """Show a person what went wrong as a page, in place of JSON."""

        def wrapper(**in_path: str) -> WerkzeugResponse:
            try:
                return view(**in_path)
            except PluginError as error:
                home = f"{runtime.settings.public_url}/" if isinstance(error, NotSignedIn) else PAGES
                return refusal(error, link=home, title="That did not work")

        return wrapper

    routes.add("GET", PAGES, "page_stores", for_people(stores))
    routes.add("POST", f"{PAGES}/connect", "page_connect", for_people(connect))
    routes.add("POST", f"{PAGES}/connect-token", "page_connect_token", for_people(connect_token))
    routes.add("POST", f"{PAGES}/chat", "page_chat", for_people(chat))
    routes.add("POST", f"{PAGES}/stores/<shop>/default", "page_default", for_people(set_default))
    switch = f"{PAGES}/stores/<shop>/<any('read-only',writable):word>"
    routes.add("POST", switch, "page_read_only", for_people(set_read_only))
    routes.add("POST", f"{PAGES}/stores/<shop>/sync", "page_sync", for_people(sync))
    routes.add("GET", f"{PAGES}/stores/<shop>/reports", "page_reports", for_people(reports))
    routes.add("GET", f"{PAGES}/stores/<shop>/reports/<name>", "page_report", for_people(report))
    routes.add(["GET", "POST"], f"{PAGES}/stores/<shop>/disconnect", "page_disconnect", for_people(disconnect))


_NOTICES = {
    "connected": "{shop} is connected.",
    "copying": "{shop} is being copied. You can go on meanwhile.",
    "default": "{shop} is your default store: commands, chat and workflows that name no store use it.",
    "disconnected": "{shop} is disconnected.",
    "read-only": "{shop} is read-only: nothing changes it through ATOM.",
    "writable": "{shop} can be changed through ATOM again.",
}


def _notice(name: str, shop: str) -> str:
    """Return what is said of a store, nothing for what is no store: a link from elsewhere must not put words here."""
    try:
        return _NOTICES[name].format(shop=ShopDomain.parse(shop))
    except (KeyError, InvalidInput):
        return ""


def _back(notice: str, shop: ShopDomain) -> WerkzeugResponse:
    return redirect(f"{PAGES}?notice={notice}&shop={quote(shop.name)}", 303)


def _form(*names: str) -> dict[str, str]:
    """Return the fields of a posted form: exactly `names`, each once and not empty."""
    only_query(state(), ())
    content = read_bytes(_LARGEST_FORM)
    if content and request.mimetype != "application/x-www-form-urlencoded":
        raise UnsupportedMediaType("Send the form as application/x-www-form-urlencoded.")
    try:
        pairs = parse_qsl(content.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError:
        raise InvalidInput("The form can't be read.", [Fault("", "It must be URL-encoded UTF-8.", "form")]) from None
    fields = dict(pairs)
    faults = [Fault(f"/{name}", "Fill it in.", "required") for name in names if not fields.get(name, "").strip()]
    faults += unknown_fields("", fields, names)
    if faults or len(pairs) != len(fields) or any("\0" in value for value in fields.values()):
        raise InvalidInput("The form is not complete.", faults)
    return fields


def _stores_page(
    runtime: Runtime,
    *,
    notice: str = "",
    problem: str = "",
    shop_typed: str = "",
    asked: str = "",
    reply: Mapping[str, Any] | None = None,
    status: int = 200,
) -> Response:
    person = principal()
    stores = [_shown(store, runtime) for store in runtime.storage.memberships.stores(person)]
    changes = runtime.storage.audit.list(person, None, _CHANGES, None) if stores else []
    return _page(
        runtime,
        "stores.html",
        status=status,
        stores=stores,
        has_app=runtime.settings.has_app,
        notice=notice,
        problem=problem,
        shop_typed=shop_typed,
        asked=asked,
        reply=reply,
        phrases=_PHRASES,
        changes=[_change(row, runtime) for row in changes],
    )


def _page(runtime: Runtime, template: str, *, status: int = 200, **values: Any) -> Response:
    links = [
        {"label": "ATOM", "href": f"{runtime.settings.public_url}/", "current": False},
        {"label": "Shopify", "href": PAGES, "current": request.path == PAGES},
    ]
    html = _PAGES.render(template, links=links, here=PAGES, person=principal().subject, **values)
    response = Response(html, status, mimetype="text/html")
    # The form that connects a store is redirected to Shopify, which a browser counts as a target of the form.
    response.headers.update(headers(form_targets=_shopify_pages(runtime)))
    return response


def _shopify_pages(runtime: Runtime) -> str:
    endpoint = runtime.settings.endpoint
    if endpoint is None:
        return "https://*.myshopify.com https://admin.shopify.com"
    return f"{endpoint} http://*.localhost:{urlsplit(endpoint).port}"


def _shown(store: Store, runtime: Runtime) -> dict[str, Any]:
    missing = sorted(runtime.settings.scopes - store.granted_scopes) if store.state == "active" else []
    return {
        "shop": store.shop.name,
        "title": store.name or store.shop.handle,
        "role": store.role,
        "currency": store.currency,
        "timezone": store.timezone,
        "is_default": store.is_default,
        "read_only": store.read_only,
        "state": _STATES.get(store.state, store.state),
        "fine": store.state == "active",
        "reconnect": store.state != "active",
        "missing": missing,
        "attention": store.attention,
        "copy_state": copy_line(runtime.services, store),
        "copied": runtime.storage.mirrors.get(store.id) is not None,
        "connect_url": runtime.stores.connect_url(store.shop),
    }


def _consequence(store: Store) -> str:
    if store.role != "owner":
        return "You lose access to this store in ATOM. Its owners keep it connected."
    if store.token_kind in ("expiring", "offline"):
        return (
            "The app is removed from the store. Everybody who uses it here loses access, and workflows that act in it "
            "fail. Nothing in the store itself is changed."
        )
    return (
        "Its token is deleted here. Everybody who uses the store here loses access, and workflows that act in it fail. "
        "The app that the token belongs to stays in the store: remove it in Shopify’s admin."
    )


def _change(row: AuditRow, runtime: Runtime) -> dict[str, str]:
    action = runtime.catalog.actions.get(row.action)
    return {
        "at": row.at.strftime("%Y-%m-%d %H:%M UTC"),
        "shop": (row.shop or "").removesuffix(".myshopify.com"),
        "title": action.title if action is not None else row.action,
        "outcome": _OUTCOMES.get(row.outcome, "failed"),
        "by": row.subject,
    }
