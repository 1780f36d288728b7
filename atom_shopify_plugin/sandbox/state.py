"""The platform behind the sandbox: its stores, its app, its clock, and how a request to Shopify is answered."""

from __future__ import annotations

import logging
import re
import threading
import uuid
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import Any, Self

from atom_shopify_plugin.sandbox import admin_api, id_tokens, oauth, seed_file, seeds
from atom_shopify_plugin.sandbox.accounts import CUSTOM_APP, Account, App
from atom_shopify_plugin.sandbox.admin_api import Answer
from atom_shopify_plugin.sandbox.bulk import storage_api
from atom_shopify_plugin.sandbox.bulk.runner import Runner
from atom_shopify_plugin.sandbox.bulk.settings import Desk, Settings
from atom_shopify_plugin.sandbox.bulk.storage import Storage
from atom_shopify_plugin.sandbox.clock import Clock
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.engine import GraphQLEngine, schema
from atom_shopify_plugin.sandbox.faults import FaultTable, Plan
from atom_shopify_plugin.sandbox.messages import Request, Response, json_reply
from atom_shopify_plugin.sandbox.scopes import parse
from atom_shopify_plugin.sandbox.snapshots import START, Snapshots
from atom_shopify_plugin.sandbox.store import Change, StoreState
from atom_shopify_plugin.sandbox.versions import RULES, Versions
from atom_shopify_plugin.sandbox.webhooks.deliveries import Deliveries
from atom_shopify_plugin.sandbox.webhooks.hub import Hub

__all__ = ["STORES", "SandboxState"]

STORES: Mapping[str, str] = {"demo.myshopify.com": "standard", "outlet.myshopify.com": "plus"}
APP_URL = "http://127.0.0.1:5058/api/auth/shopify/authorize"
APP_SCOPES = (
    "write_products,write_orders,write_customers,write_inventory,read_locations,write_locations,write_fulfillments,"
    "write_metaobjects,"
    "read_assigned_fulfillment_orders,write_merchant_managed_fulfillment_orders,write_returns,write_order_edits,write_draft_orders,write_discounts,"
    "write_files"
)
_GRAPHQL = re.compile(r"/admin/api/(?:(?P<version>[\w-]{1,20})/)?graphql\.json")
_HOST = re.compile(r"([a-z0-9][a-z0-9-]*)\.(?:myshopify\.com|localhost)")
_STATUS = {
    "frozen": json_reply(402, {"errors": "Unavailable Shop"}),
    "locked": json_reply(423, {"errors": "Locked"}),
    "closed": json_reply(404, {"errors": "Not Found"}),
}
# Names the store in a request to the plain address, for clients that can't set the Host header (Node's fetch).
_SHOP_HEADER = "x-sandbox-shop"
_PLAIN = frozenset({"127.0.0.1", "localhost", "[::1]"})
log = logging.getLogger(__name__)


def _store_of(request: Request) -> str:
    """Return the name of the store that a request is for: the host, or the header on the plain address."""
    host = request.host.rpartition(":")[0] if request.host[-1:].isdigit() and ":" in request.host else request.host
    return request.headers.get(_SHOP_HEADER, request.host) if host in _PLAIN else request.host


class SandboxState:
    """A Shopify with its stores, one app, and faults on demand.

    `stores` names the domains with their plans (default: demo.myshopify.com on Standard and outlet.myshopify.com on
    Plus); `size` is ``full``, ``small`` or ``none`` and tells how much is in them. `seed` is one of these names, or
    ``economy`` for a history of trade (see `economy.build`), or the content of a seed file (see `seed_file`), which
    names the stores and what is in them; a wrong one raises `seed_file.SeedError`. Stores in `small` are small whatever
    the others are.

    `app_url` is where an install request goes; `redirect_uris` lists the addresses that may follow a grant (default:
    any on this machine). `webhooks` are the subscriptions of the app's configuration, see
    `webhooks.subscriptions.declared`. Methods may be called from any thread. `close` ends the threads that deliver
    webhooks; a sandbox that has nothing to deliver has none.
    """

    def __init__(
        self,
        stores: Mapping[str, str] | Iterable[str] = STORES,
        *,
        size: str = "full",
        seed: Mapping[str, Any] | str | None = None,
        small: Iterable[str] = (),
        clock: Clock | None = None,
        client_id: str = "sandbox-key",
        client_secret: str = "sandbox-secret",  # noqa: S107  # a made-up secret of a made-up Shopify
        app_url: str = APP_URL,
        app_scopes: str = APP_SCOPES,
        redirect_uris: Iterable[str] | None = None,
        webhooks: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        name, content = (seed, None) if isinstance(seed, str) else (size, seed)
        if name not in seeds.NAMES:
            raise ValueError(f"The seed of a store is {', '.join(seeds.NAMES)} or the content of a file, not {name!r}.")
        self.clock = clock or Clock()
        listed = frozenset(redirect_uris) if redirect_uris is not None else None
        self.app = App(client_id, (client_secret,), parse(app_scopes), app_url, listed)
        self.faults = FaultTable()
        self.versions = Versions()
        self.engine = GraphQLEngine(self.versions)
        self.webhooks = Hub(self, webhooks)
        self.storage = Storage(self.clock)
        self.desk = Desk(self.storage, Settings())
        self.bulk = Runner(self, self.desk)
        plans = stores if isinstance(stores, Mapping) else {domain: STORES.get(domain, "standard") for domain in stores}
        self._seed = {} if content is None else seed_file.stores_of(content)
        if content is not None:
            plans = {domain: entry.get("plan", "standard") for domain, entry in self._seed.items()}
        few = frozenset(small)
        self.accounts = {
            domain: Account(
                domain, plan, self.clock, partial(self._build, domain, plan, "small" if domain in few else name)
            )
            for domain, plan in plans.items()
        }
        for account in self.accounts.values():
            self.webhooks.listen(account)
        self._aliases: dict[str, str] = {}
        self._calls: deque[dict[str, Any]] = deque(maxlen=20_000)
        self._count = 0
        self._lock = threading.Lock()
        self.snapshots = Snapshots(self)
        if content is not None:
            for domain in self.accounts:
                self.store(domain)  # what is wrong with a seed is told at the start
        self.snapshots.take(START)

    def __repr__(self) -> str:
        return f"Sandbox({', '.join(self.accounts)})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop running bulk operations and delivering webhooks. The sandbox itself can be used on."""
        self.bulk.close()
        self.deliveries.close()

    def _build(self, domain: str, plan: str, name: str) -> StoreState:
        schema()  # what a kind has by default is known from here on
        now = self.clock.now()
        if domain in self._seed:
            state = seed_file.build(self.engine, domain, self._seed[domain], now)
        else:
            state = seeds.build(domain, name, plan=plan.lower(), now=now)
        state.observer, state.bulk = self._observe, self.desk
        return state

    def _observe(self, ctx: Context, changes: list[Change]) -> None:
        self.webhooks.observe(ctx, changes)
        self.bulk.observe(ctx, changes)

    # -- for those who hold the object

    @property
    def deliveries(self) -> Deliveries:
        """The webhooks that were sent, are on their way or wait."""
        return self.webhooks.deliveries

    def account(self, domain: str) -> Account:
        """Return a store as the platform sees it (plan, switches, tokens); `KeyError` for one that is not there."""
        return self.accounts[domain]

    def store(self, domain: str) -> StoreState:
        """Return what is in a store and the journal of what was done to it; `KeyError` for one that is not there."""
        return self.accounts[domain].state

    def issue_admin_token(self, domain: str, scopes: Iterable[str] | None = None) -> str:
        """Make an access token of a merchant's own app, as the admin shows it once; it does not end.

        `scopes` default to those of the sandbox's app.
        """
        granted = self.app.scopes if scopes is None else parse(",".join(scopes))
        return self.accounts[domain].tokens.admin_token(CUSTOM_APP, granted).value

    def issue_id_token(self, domain: str, *, user: int | None = None, life: int = id_tokens.LIFE) -> str:
        """Open the embedded app in a store's admin: return the ID token that it gets about `user`.

        The app is put on the store where it is not installed, as a managed installation does. `life` is in seconds.
        """
        app, account = self.app, self.accounts[domain]
        account.tokens.install(app.client_id, app.scopes)
        user = oauth.ONLINE_USER["id"] if user is None else user
        return id_tokens.id_token(domain, app.client_id, app.secrets[0], user=user, now=self.clock.time(), life=life)

    def add_alias(self, domain: str, alias: str) -> None:
        """Let a store be reached under another ``*.myshopify.com`` name, as after a change of its name.

        `KeyError` for a store that is not there, `ValueError` for a name that is none or belongs to another store.
        """
        name = alias.lower() if "." in alias else f"{alias.lower()}.myshopify.com"
        if not name.endswith(".myshopify.com") or not _HOST.fullmatch(name):
            raise ValueError(f"{alias!r} is no name of a store; give one such as old-name.myshopify.com.")
        if name in self.accounts or self._aliases.get(name, domain) != domain:
            raise ValueError(f"{name} is a store already.")
        self._aliases[name] = self.accounts[domain].domain

    def aliases(self, domain: str) -> list[str]:
        """Return the other names of a store."""
        return sorted(alias for alias, owner in self._aliases.items() if owner == domain)

    def saved_aliases(self) -> dict[str, str]:
        return dict(self._aliases)

    @property
    def last_call(self) -> int:
        """The number of the last request that Shopify saw."""
        return self._count

    def forget_since(self, aliases: Mapping[str, str], call: int) -> None:
        """Go back to these names of stores, and forget the requests after number `call`."""
        with self._lock:
            self._aliases = dict(aliases)
            self._count = call
            while self._calls and self._calls[-1]["seq"] > call:
                self._calls.pop()

    def rotate_secret(self, secret: str) -> None:
        """Give the app a new client secret; the one before it still opens the token endpoint."""
        self.app = replace(self.app, secrets=(secret, self.app.secrets[0]))

    def calls(self, store: str | None = None, since: int = 0) -> list[dict[str, Any]]:
        """Return the requests that Shopify saw after number `since`, oldest first; never a token or a body."""
        with self._lock:
            return [call for call in self._calls if call["seq"] > since and store in (None, call["store"])]

    # -- the platform

    def handle(self, request: Request) -> Response:
        """Answer one request; the front end delivers the response as its `delivery` says."""
        try:
            return self._handle(request)
        except Exception:  # the edge of the platform: a defect of the sandbox is a 500, not a hang-up
            log.exception("The sandbox failed at %s %s", request.method, request.path)
            return json_reply(500, {"errors": "Internal Server Error"})

    def _handle(self, request: Request) -> Response:
        if storage_api.is_storage(request.path):
            return self._stored(request)
        account = self._account_of(_store_of(request))
        if account is None:
            return json_reply(404, {"errors": "Not Found"})
        request_id = str(uuid.uuid4())
        plan = self.faults.plan(account.domain, request)
        graphql = _GRAPHQL.fullmatch(request.path)
        version = self.versions.served(graphql["version"]) if graphql else None
        answer = Answer(plan.instead) if plan.instead else self._route(account, request, version, plan)
        headers = {"X-Request-Id": request_id}
        if version:
            headers |= {"X-Shopify-API-Version": version, "X-Sandbox-Rules": RULES}
        self._remember(account.domain, request, answer, plan.kinds, request_id)
        response = answer.response
        return plan.dress(Response(response.status, {**headers, **response.headers}, response.body))

    def _stored(self, request: Request) -> Response:
        """Answer a request to the storage, which knows no store."""
        store = storage_api.store_of(self.storage, request)
        plan = self.faults.plan(store, request)
        response = plan.instead or storage_api.answer(self.storage, self.clock, request)
        self._remember(store, request, Answer(response), plan.kinds, str(uuid.uuid4()))
        return plan.dress(response)

    def _account_of(self, host: str) -> Account | None:
        name = _HOST.fullmatch(host.lower().partition(":")[0])
        if name is None:
            return None
        domain = f"{name[1]}.myshopify.com"
        return self.accounts.get(self._aliases.get(domain, domain))

    def _route(self, account: Account, request: Request, version: str | None, plan: Plan) -> Answer:
        if closed := _STATUS.get(account.switches.status):
            return Answer(closed)
        route = request.method, request.path
        if route in (("GET", "/admin/oauth/authorize"), ("POST", "/admin/oauth/authorize")):
            return Answer(oauth.authorize(self.app, account, self.clock, request))
        if route == ("POST", "/admin/oauth/access_token"):
            return Answer(oauth.token(self.app, account, request))
        known = {"/admin/oauth/access_scopes.json": "GET", "/admin/api_permissions/current.json": "DELETE"}
        wanted = "POST" if version else known.get(request.path)
        if wanted is None or wanted != request.method:
            return Answer(json_reply(404, {"errors": "Not Found"}))
        token = admin_api.authenticate(account, request)
        if isinstance(token, Response):
            return Answer(token)
        if version:
            return admin_api.answer(self.engine, account, token, request, plan.keeping, plan.operation)
        return Answer(oauth.access_scopes(token) if wanted == "GET" else oauth.revoke(account, token))

    def _remember(self, store: str, request: Request, answer: Answer, kinds: tuple[str, ...], request_id: str) -> None:
        call = {
            "at": self.clock.now().isoformat(),
            "store": store,
            "method": request.method,
            "path": request.path,
            "subject": request.subject,
            "status": answer.response.status,
            "code": answer.code,
            "cost": answer.cost,
            "faults": list(kinds),
            "request_id": request_id,
        }
        with self._lock:
            self._count += 1
            self._calls.append({"seq": self._count, **call})
