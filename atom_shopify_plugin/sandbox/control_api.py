"""The sandbox's control API under ``/__sandbox__/``, which Shopify does not have: tests and demos look and change here.

====================================================  ================================================================
GET    /                                              the stores, the clock, the versions and the waiting faults
GET    /model                                         what is modelled: queries, mutations, types
GET    /journal?store=&since=                         what requests really changed, once each
GET    /calls?store=&since=                           the requests that Shopify saw
GET    /faults · POST /faults {kind, …} · DELETE      see `faults`
GET    /clock · POST /clock {move|now|frozen}         seconds to move, ISO time to set, whether it stands still
POST   /snapshot {name?}                              keeps everything as it is now under a name (``default``)
POST   /reset {snapshot?}                             goes back to a snapshot, or to how the sandbox started
POST   /versions {retire}                             ends a version and those before it
POST   /app {client_secret?, webhooks?}               rotates the client secret; declares the app's subscriptions
POST   /install {shop, app_url?}                      answers the signed install request as ``url``
POST   /stores/{shop}/revoke-tokens {what?}           ``access``, ``refresh`` or ``all``
POST   /stores/{shop}/uninstall                       takes the app off the store (where it is not installed, the
                                                      merchant's own app)
POST   /stores/{shop}/scopes {scopes}                 changes what was granted
POST   /stores/{shop}/plan {plan}                     standard, advanced, plus or enterprise, with full buckets
POST   /stores/{shop}/bucket {available}              sets the points that are left
POST   /stores/{shop}/switches {…}                    see `accounts.Switches`
POST   /stores/{shop}/aliases {alias}                 lets the store be reached under another myshopify.com name
POST   /stores/{shop}/admin-token {scopes?}           makes a merchant's own token and shows it once
POST   /stores/{shop}/id-token {user?, life?}         opens the embedded app, installed where it is not: an ID token of
                                                      a user, good for ``life`` seconds (60), and the signed ``url``
====================================================  ================================================================

What buyers and merchants do, and what became of the webhooks, is in `webhooks.control_api`; bulk operations are in
`bulk.control_api`.

A store is named by its domain or its handle. A bad request answers 400 with ``{"error": …}``. A body is sent as JSON
(else 415), and pages of other sites are refused (403): a browser on this machine reaches the sandbox, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from atom_shopify_plugin.sandbox import oauth
from atom_shopify_plugin.sandbox.accounts import Account
from atom_shopify_plugin.sandbox.bulk import control_api as bulk
from atom_shopify_plugin.sandbox.control_bodies import Body, finite, only, wanted
from atom_shopify_plugin.sandbox.control_stores import STORE_ROUTES, shown
from atom_shopify_plugin.sandbox.engine import schema
from atom_shopify_plugin.sandbox.gate import refuse
from atom_shopify_plugin.sandbox.messages import Request, Response, json_reply, pairs
from atom_shopify_plugin.sandbox.resolve import modelled
from atom_shopify_plugin.sandbox.snapshots import START
from atom_shopify_plugin.sandbox.versions import RULES
from atom_shopify_plugin.sandbox.webhooks import control_api as webhooks

if TYPE_CHECKING:
    from atom_shopify_plugin.sandbox.state import SandboxState

__all__ = ["PREFIX", "answer"]

PREFIX = "/__sandbox__/"
_STORE_ROUTES = {**STORE_ROUTES, **webhooks.STORE_ROUTES}


def answer(sandbox: SandboxState, request: Request) -> Response:
    """Answer a request to one of the routes."""
    if refusal := refuse(request):
        return refusal
    steps = request.path.removeprefix(PREFIX).strip("/").split("/")
    body = request.json if request.body else {}
    if not isinstance(body, Mapping):
        return json_reply(400, {"error": "The body must be a JSON object."})
    try:
        if steps[0] == "stores" and len(steps) in (3, 4):
            store_route = _STORE_ROUTES.get((request.method, "/".join(steps[2:])))
            item_route = webhooks.ITEM_ROUTES.get((request.method, steps[2])) if len(steps) == 4 else None
            if store_route:
                return json_reply(200, store_route(sandbox, _account(sandbox, steps[1]), body))
            if item_route:
                return json_reply(200, item_route(sandbox, _account(sandbox, steps[1]), unquote(steps[3]), body))
        route = _ROUTES.get((request.method, "/".join(steps)))
        if route is None:
            return json_reply(404, {"error": "The control API has no such route.", "routes": _names()})
        query = dict(pairs(request.query))
        return json_reply(200, route(sandbox, query if request.method == "GET" else body))
    except (ValueError, TypeError, OverflowError) as error:
        return json_reply(400, {"error": str(error)})


def _names() -> list[str]:
    routes = [f"{method} {PREFIX}{name}" for method, name in _ROUTES]
    routes += [f"{method} {PREFIX}stores/{{shop}}/{name}" for method, name in _STORE_ROUTES]
    return routes + [f"{method} {PREFIX}stores/{{shop}}/{name}/{{id}}" for method, name in webhooks.ITEM_ROUTES]


def _account(sandbox: SandboxState, name: Any) -> Account:
    text = str(name).lower()
    account = sandbox.accounts.get(text) or sandbox.accounts.get(f"{text}.myshopify.com")
    if account is None:
        raise ValueError(f"There is no store {name!r}; there are {', '.join(sandbox.accounts)}.")
    return account


# -- routes of the sandbox


def _overview(sandbox: SandboxState, _query: Body) -> dict[str, Any]:
    return {
        "stores": [shown(sandbox, account) for account in sandbox.accounts.values()],
        "app": {"client_id": sandbox.app.client_id, "url": sandbox.app.url},
        "clock": _clock(sandbox, {}),
        "versions": _versions_now(sandbox),
        "faults": sandbox.faults.listing(),
        "routes": _names(),
    }


def _since(query: Body) -> int:
    since = int(query.get("since") or 0)
    if since < 0:
        raise ValueError("`since` must not be negative.")
    return since


def _journal(sandbox: SandboxState, query: Body) -> dict[str, Any]:
    """List effects by store; `since` counts per store, and `next` gives the number to go on from."""
    chosen = [_account(sandbox, query["store"])] if query.get("store") else list(sandbox.accounts.values())
    since, effects, following = _since(query), [], {}
    for account in chosen:
        journal = list(account.state.journal)
        following[account.domain] = len(journal)
        rows = enumerate(journal[since:], since + 1)
        effects += [{"seq": seq, "store": account.domain, **_row(effect)} for seq, effect in rows]
    return {"effects": effects, "next": following}


def _row(effect: Any) -> dict[str, Any]:
    return {name: getattr(effect, name) for name in effect.__dataclass_fields__}


def _calls(sandbox: SandboxState, query: Body) -> dict[str, Any]:
    store = _account(sandbox, query["store"]).domain if query.get("store") else None
    calls = sandbox.calls(store, _since(query))
    return {"calls": calls, "next": calls[-1]["seq"] if calls else _since(query)}


def _faults(sandbox: SandboxState, _query: Body) -> dict[str, Any]:
    return {"faults": sandbox.faults.listing()}


def _add_fault(sandbox: SandboxState, body: Body) -> dict[str, Any]:
    sandbox.faults.add(body)
    return _faults(sandbox, body)


def _clear_faults(sandbox: SandboxState, body: Body) -> dict[str, Any]:
    sandbox.faults.clear()
    return _faults(sandbox, body)


def _clock(sandbox: SandboxState, body: Body) -> dict[str, Any]:
    clock = sandbox.clock
    only(body, "move", "now", "frozen")
    if "frozen" in body:
        (clock.freeze if body["frozen"] else clock.run)()
    if "now" in body:
        moment = datetime.fromisoformat(body["now"])
        if moment.tzinfo is None:
            raise ValueError("`now` must carry an offset, such as 2026-11-23T12:00:00Z.")
        clock.set(moment.timestamp())
    if "move" in body:
        clock.move(finite(body, "move"))
    return {"now": clock.now().isoformat(), "offset": round(clock.offset, 3), "frozen": clock.frozen}


def _snapshot(sandbox: SandboxState, body: Body) -> dict[str, Any]:
    name = sandbox.snapshots.take(only(body, "name").get("name", "default"))
    return {"snapshot": name, "snapshots": sandbox.snapshots.names}


def _reset(sandbox: SandboxState, body: Body) -> dict[str, Any]:
    name = sandbox.snapshots.go_back(only(body, "snapshot").get("snapshot", START))
    return {"snapshot": name, "snapshots": sandbox.snapshots.names}


def _versions(sandbox: SandboxState, body: Body) -> dict[str, Any]:
    sandbox.versions.retire(wanted(body, "retire"))
    return _versions_now(sandbox)


def _versions_now(sandbox: SandboxState) -> dict[str, Any]:
    """List the versions by kind; `rules` is the one by whose schema and rules all of them are answered."""
    return {**sandbox.versions.listing(), "rules": RULES}


def _app(sandbox: SandboxState, body: Body) -> dict[str, Any]:
    secret, entries = body.get("client_secret"), body.get("webhooks")
    if secret is None and entries is None:
        raise ValueError("`client_secret` or `webhooks` is missing.")
    if secret is not None and (not isinstance(secret, str) or not secret):
        raise ValueError("`client_secret` must be a text.")
    if entries is not None:
        sandbox.webhooks.declare(entries)
    if secret is not None:
        sandbox.rotate_secret(secret)
    return {"client_id": sandbox.app.client_id, "webhooks": len(sandbox.webhooks.declared)}


def _install(sandbox: SandboxState, body: Body) -> dict[str, Any]:
    account = _account(sandbox, wanted(body, "shop"))
    return {"url": oauth.install_url(sandbox.app, account, sandbox.clock, body.get("app_url"))}


_ROUTES: dict[tuple[str, str], Callable[[SandboxState, Body], dict[str, Any]]] = {
    ("GET", ""): _overview,
    ("GET", "model"): lambda _sandbox, _query: modelled(schema()),
    ("GET", "journal"): _journal,
    ("GET", "calls"): _calls,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _add_fault,
    ("DELETE", "faults"): _clear_faults,
    ("GET", "clock"): lambda sandbox, _query: _clock(sandbox, {}),
    ("POST", "clock"): _clock,
    ("POST", "snapshot"): _snapshot,
    ("POST", "reset"): _reset,
    ("POST", "versions"): _versions,
    ("POST", "app"): _app,
    ("POST", "install"): _install,
    **bulk.ROUTES,
    **webhooks.ROUTES,
}
