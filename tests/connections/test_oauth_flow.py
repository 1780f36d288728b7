"""From the merchant's yes to a stored token, and everything that must not lead there."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson
import pytest
from plugins import BROWSER, DEMO, OUTLET, TOKEN_PATH, Plugin, answer, token_calls
from requests import PreparedRequest, Response
from sqlalchemy import func, select

from atom_shopify_plugin.errors import Conflict, Forbidden, InvalidInput, Misconfigured, PluginError, UpstreamError
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.sandbox.adapter import SandboxAdapter
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.documents import Documents
from atom_shopify_plugin.shopify.oauth import sign_query
from atom_shopify_plugin.storage import Store
from atom_shopify_plugin.storage.stores.tables import Installation, OAuthToken
from atom_shopify_plugin.stores.connections import OtherName


def stored(plugin: Plugin) -> int:
    with plugin.storage.read() as session:
        return sum(session.scalar(select(func.count()).select_from(table)) or 0 for table in (Installation, OAuthToken))


@pytest.fixture
def query(plugin: Plugin, sandbox: Sandbox, ada: Principal) -> str:
    """What ada's browser comes back with."""
    return answer(sandbox, plugin.connections.begin(ada, DEMO, browser=BROWSER))


def test_the_flow_ends_with_a_connected_store(plugin: Plugin, query: str, ada: Principal) -> None:
    connected = plugin.connections.complete(ada, query, browser=BROWSER)
    assert (connected.shop, connected.state, connected.token_kind) == (DEMO, "active", "expiring")
    assert (connected.currency, connected.return_to, connected.missing_scopes) == ("EUR", "stores", frozenset())
    assert connected.granted_scopes == {"read_products", "write_products", "read_orders"}
    assert plugin.storage.memberships.stores(ada)[0].id == connected.id
    token = plugin.connections.token(connected)
    about = plugin.client.execute(DEMO, token.access, Documents.load().get("ConnectedShop"))
    assert about.data["shop"]["myshopify_domain"] == DEMO.name


def test_the_address_of_the_yes_holds_no_secret_and_names_the_state_once(plugin: Plugin, ada: Principal) -> None:
    url = plugin.connections.begin(ada, DEMO, browser=BROWSER)
    fields = dict(parse_qsl(urlsplit(url).query))
    assert urlsplit(url).hostname == DEMO.name
    assert len(fields["state"]) == 43
    assert BROWSER not in url
    assert "sandbox-secret" not in url


def test_shopifys_redirect_needs_no_signed_in_person(plugin: Plugin, query: str, ada: Principal) -> None:
    plugin.connections.complete(None, query, browser=BROWSER)
    assert [store.shop for store in plugin.storage.memberships.stores(ada)] == [DEMO]


def test_a_page_loaded_again_says_that_the_store_is_connected(
    plugin: Plugin, sandbox: Sandbox, query: str, ada: Principal
) -> None:
    plugin.connections.complete(ada, query, browser=BROWSER)
    with pytest.raises(Conflict, match="already connected") as caught:
        plugin.connections.complete(ada, query, browser=BROWSER)
    assert caught.value.details["reason"] == "already_connected"
    assert len(token_calls(sandbox)) == 1


def test_64_threads_on_one_callback_exchange_once(plugin: Plugin, sandbox: Sandbox, query: str, ada: Principal) -> None:
    def load(_number: int) -> Store | PluginError:
        try:
            return plugin.connections.complete(ada, query, browser=BROWSER)
        except PluginError as error:
            return error

    with ThreadPoolExecutor(64) as pool:
        results = list(pool.map(load, range(64)))
    assert sum(isinstance(result, Store) for result in results) == 1
    assert all(isinstance(result, Store | Conflict) for result in results)
    assert len(token_calls(sandbox)) == 1


@pytest.mark.parametrize("who", [None, "bob"])
def test_a_victim_cannot_end_the_flow_of_an_attacker(plugin: Plugin, sandbox: Sandbox, query: str, who: Any) -> None:
    with pytest.raises(InvalidInput, match="not begun here"):
        plugin.connections.complete(who and Principal(who), query, browser="the-browser-of-the-victim")
    assert (stored(plugin), token_calls(sandbox)) == (0, [])


def test_an_attacker_cannot_end_the_flow_of_a_victim(
    plugin: Plugin, sandbox: Sandbox, query: str, bob: Principal
) -> None:
    with pytest.raises(InvalidInput, match="not begun here"):
        plugin.connections.complete(bob, query, browser=BROWSER)
    assert (stored(plugin), token_calls(sandbox)) == (0, [])


def resigned(query: str, secret: str = "sandbox-secret", **changes: str) -> str:
    pairs = [(name, changes.get(name, value)) for name, value in parse_qsl(query) if name != "hmac"]
    return urlencode([*pairs, ("hmac", sign_query(pairs, Secret(secret)))])


def test_a_callback_of_another_store_is_refused(plugin: Plugin, query: str, ada: Principal) -> None:
    with pytest.raises(OtherName) as caught:
        plugin.connections.complete(ada, resigned(query, shop=OUTLET.name), browser=BROWSER)
    assert caught.value.details["shop"] == OUTLET.name
    assert stored(plugin) == 0


def test_a_callback_that_shopify_did_not_sign_is_refused_and_uses_nothing_up(
    plugin: Plugin, query: str, ada: Principal
) -> None:
    for wrong in (resigned(query, "another-secret"), query.replace("code=", "code=0"), query + "&extra=1"):
        with pytest.raises(Forbidden):
            plugin.connections.complete(ada, wrong, browser=BROWSER)
    assert stored(plugin) == 0
    assert plugin.connections.complete(ada, query, browser=BROWSER)


def test_the_secret_before_a_rotation_still_signs(
    open_plugin: Callable[..., Plugin], sandbox: Sandbox, query: str, ada: Principal
) -> None:
    sandbox.rotate_secret("new-secret")
    rotated = open_plugin(api_secret=Secret("new-secret"), api_secret_previous=Secret("sandbox-secret"))
    assert rotated.connections.complete(ada, query, browser=BROWSER).state == "active"


def test_an_old_callback_is_refused(plugin: Plugin, sandbox: Sandbox, query: str, ada: Principal) -> None:
    sandbox.clock.move(91)
    with pytest.raises(InvalidInput):
        plugin.connections.complete(ada, query, browser=BROWSER)
    assert stored(plugin) == 0


def test_a_merchant_who_says_no_connects_nothing(plugin: Plugin, sandbox: Sandbox, ada: Principal) -> None:
    query = answer(sandbox, plugin.connections.begin(ada, DEMO, browser=BROWSER), decision="cancel")
    with pytest.raises(Forbidden, match="declined") as caught:
        plugin.connections.complete(ada, query, browser=BROWSER)
    assert "/api/auth/shopify/authorize?shop=demo" in caught.value.details["connect_url"]
    with pytest.raises(Conflict):
        plugin.connections.complete(ada, query, browser=BROWSER)
    assert (stored(plugin), token_calls(sandbox)) == (0, [])


def test_what_shopify_granted_is_stored_not_what_was_asked(plugin: Plugin, sandbox: Sandbox, ada: Principal) -> None:
    url = plugin.connections.begin(ada, DEMO, browser=BROWSER)
    connected = plugin.connections.complete(ada, answer(sandbox, url, scope="write_products"), browser=BROWSER)
    assert connected.granted_scopes == {"read_products", "write_products"}
    assert connected.missing_scopes == {"read_orders"}


class ForeignShop(SandboxAdapter):
    """Answers each question about a shop for the outlet store."""

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        response = super().send(request, *args, **kwargs)
        if request.url is not None and request.url.endswith("graphql.json"):
            response._content = response.content.replace(DEMO.name.encode(), OUTLET.name.encode())
        return response


def test_a_token_that_belongs_to_another_store_is_not_stored(
    open_plugin: Callable[..., Plugin], sandbox: Sandbox, query: str, ada: Principal
) -> None:
    plugin = open_plugin(adapter=ForeignShop(sandbox))
    with pytest.raises(UpstreamError, match="does not belong to"):
        plugin.connections.complete(ada, query, browser=BROWSER)
    assert stored(plugin) == 0


GOOD: dict[str, Any] = {
    "access_token": "shpat_1",
    "scope": "read_products",
    "expires_in": 3600,
    "refresh_token": "shprt_1",
    "refresh_token_expires_in": 7776000,
}


WRONG: list[tuple[str, list[Any]]] = [
    ("access_token", [None, "", 1, [], "a b", "a\nb", "é"]),
    ("refresh_token", [None, "", 1, {}]),
    ("expires_in", ["3600", 0, -1, 1e12, True]),
    ("scope", [None, 1, ["read_products"], "<b>"]),
]


@pytest.mark.parametrize(
    "body",
    [orjson.dumps({**GOOD, name: value}).decode() for name, values in WRONG for value in values],
)
def test_a_malformed_token_answer_is_not_stored(
    plugin: Plugin, sandbox: Sandbox, query: str, ada: Principal, body: str
) -> None:
    sandbox.faults.add({"kind": "status", "status": 200, "body": body, "match": {"path": TOKEN_PATH}})
    with pytest.raises(UpstreamError):
        plugin.connections.complete(ada, query, browser=BROWSER)
    assert stored(plugin) == 0


@pytest.mark.parametrize("body", ["", "[]", "{}", "<html></html>", "null", '{"access_token": "shpat_c'])
def test_an_answer_that_is_not_shopifys_costs_no_connection(
    plugin: Plugin, sandbox: Sandbox, query: str, ada: Principal, body: str
) -> None:
    sandbox.faults.add({"kind": "status", "status": 200, "body": body, "match": {"path": TOKEN_PATH}})
    plugin.connections.complete(ada, query, browser=BROWSER)
    assert [store.state for store in plugin.storage.memberships.stores(ada)] == ["active"]


def test_a_used_code_is_refused(plugin: Plugin, sandbox: Sandbox, query: str, ada: Principal) -> None:
    first = dict(parse_qsl(query))
    plugin.connections.complete(ada, query, browser=BROWSER)
    again = answer(sandbox, plugin.connections.begin(ada, DEMO, browser=BROWSER))
    with pytest.raises(InvalidInput, match="used before"):
        plugin.connections.complete(ada, resigned(again, code=first["code"]), browser=BROWSER)
    assert plugin.storage.memberships.stores(ada)[0].state == "active"


def test_connecting_again_replaces_the_token_of_everybody(
    plugin: Plugin, connect: Callable[..., Store], demo: Store, bob: Principal
) -> None:
    before = plugin.connections.token(demo)
    second = connect(bob)
    assert (second.id, second.epoch, second.role) == (demo.id, 1, "member")
    assert plugin.connections.token(demo).version > before.version


def test_a_store_installed_anew_gets_a_new_epoch(
    plugin: Plugin, connect: Callable[..., Store], demo: Store, ada: Principal
) -> None:
    plugin.connections.revoke(ada, DEMO)
    again = connect(ada)
    assert (again.id, again.epoch, again.state) == (demo.id, demo.epoch + 1, "active")


@pytest.mark.parametrize(
    "name", ["//evil", "https:evil", "/\\evil", "%2f%2fevil", "javascript:alert(1)", "stores\r\nX: y", "", "Stores"]
)
def test_a_flow_returns_to_places_known_by_name_only(plugin: Plugin, ada: Principal, name: str) -> None:
    with pytest.raises(InvalidInput):
        plugin.connections.begin(ada, DEMO, browser=BROWSER, return_to=name)


def test_a_flow_needs_a_browser_that_can_be_told_from_others(plugin: Plugin, ada: Principal) -> None:
    with pytest.raises(InvalidInput):
        plugin.connections.begin(ada, DEMO, browser="")


def test_without_the_apps_credentials_the_setting_is_named(open_plugin: Callable[..., Plugin], ada: Principal) -> None:
    plugin = open_plugin(api_key="")
    with pytest.raises(Misconfigured, match="SHOPIFY_API_KEY"):
        plugin.connections.begin(ada, DEMO, browser=BROWSER)
    with pytest.raises(Misconfigured, match="SHOPIFY_API_KEY"):
        plugin.connections.complete(ada, "shop=demo.myshopify.com", browser=BROWSER)


def test_wrong_credentials_of_the_app_are_the_operators_to_mend(
    open_plugin: Callable[..., Plugin], query: str, ada: Principal
) -> None:
    plugin = open_plugin(api_secret=Secret("wrong"), api_secret_previous=Secret("sandbox-secret"))
    with pytest.raises(Misconfigured, match="client id and secret"):
        plugin.connections.complete(ada, query, browser=BROWSER)


def test_connections_are_counted_for_the_objective(
    plugin: Plugin, sandbox: Sandbox, query: str, ada: Principal
) -> None:
    sandbox.faults.add({"kind": "html", "status": 403, "match": {"path": TOKEN_PATH}})
    with pytest.raises(UpstreamError):
        plugin.connections.complete(ada, query, browser=BROWSER)
    again = answer(sandbox, plugin.connections.begin(ada, DEMO, browser=BROWSER))
    plugin.connections.complete(ada, again, browser=BROWSER)
    counts = plugin.storage.usage.totals("oauth")
    assert [(row["key"], row["count"], row["errors"]) for row in counts] == [("connect", 2, 1)]


def test_no_secret_reaches_a_log_or_an_error(
    plugin: Plugin, sandbox: Sandbox, demo: Store, ada: Principal, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = plugin.connections.token(demo)
    kept = plugin.storage.tokens.read(demo.id)
    assert kept is not None
    assert kept.refresh is not None
    said: list[str] = []
    for fault in ({"kind": "html"}, {"kind": "reset", "times": None}, {"kind": "status", "status": 403, "body": "{}"}):
        sandbox.faults.clear()
        sandbox.faults.add({**fault, "match": {"path": "/admin/*"}})
        for call in (lambda: plugin.connections.refresh(ada, None), lambda: plugin.connections.revoke(ada, None)):
            try:
                call()
            except PluginError as error:
                said.append(f"{error!r} {error.as_dict()}")
    said += [caplog.text, repr(kept), repr(token), repr(plugin.settings)]
    for secret in (token.access.reveal(), kept.refresh.reveal(), "sandbox-secret"):
        assert secret not in "".join(said)


class Meanwhile(SandboxAdapter):
    """Does something else whenever Shopify is asked."""

    do: Callable[[], object]

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        self.do()
        return super().send(request, *args, **kwargs)


def test_no_transaction_is_open_while_shopify_is_asked(
    open_plugin: Callable[..., Plugin], sandbox: Sandbox, query: str, ada: Principal
) -> None:
    adapter = Meanwhile(sandbox)
    plugin, other = open_plugin(adapter=adapter), open_plugin()
    written: list[object] = []

    def write() -> None:
        # On SQLite this waits for any open writer until it is refused.
        written.append(other.connections.begin(ada, OUTLET, browser=BROWSER))
        for store in other.storage.memberships.stores(ada):
            other.storage.installations.describe(store.id, name="Renamed", currency="EUR", timezone="UTC")

    adapter.do = write
    store = plugin.connections.complete(ada, query, browser=BROWSER)
    sandbox.clock.move(7200)
    plugin.connections.token(store)
    assert len(written) == 3
    assert plugin.storage.memberships.stores(ada)[0].name == "Renamed"
