"""The demo: a local Shopify, an ATOM host with the installed plugin, and two stores connected the real way.

Everything runs in this process and listens on this machine only. The state file ``demo.env`` lets the other commands
find the running demo; it is removed at the end.
"""

from __future__ import annotations

import gc
import json
import os
import shlex
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

if TYPE_CHECKING:
    import requests
    from flask import Flask

__all__ = ["FOLDER", "Demo", "DemoFailed", "running", "start"]

FOLDER = Path(".atom-demo")
PERSON = "demo"
WORKFLOW = "shopify-big-order"
SHOPS = ("demo.myshopify.com", "outlet.myshopify.com")
SPARE = "annex.myshopify.com"  # waits to be connected by who tries the demo
COMPLIANCE = ["customers/data_request", "customers/redact", "shop/redact"]
_SEEDS = {"full": "economy", "small": "small"}
_STATE = "demo.env"
_WEBHOOKS = "/api/shopify/webhooks"
_THREADS = 16
_DRAIN = 3.0  # seconds that requests have to end after Ctrl-C
_MARK = "This folder belongs to `atom-shopify demo` and is emptied at each start.\n"


class DemoFailed(Exception):
    """The demo can't start; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo."""

    host_url: str
    sandbox_url: str
    token: str
    link: str
    reports: tuple[Mapping[str, Any], ...] = ()
    dashboard: bool = False

    def facts(self) -> dict[str, Any]:
        """Return the addresses, the bearer token, the sign-in link, reports, and three `curl` lines that work."""
        return {
            "reports": list(self.reports),
            "host": self.host_url,
            "sandbox": self.sandbox_url,
            "stores": list(SHOPS),
            "person": PERSON,
            "token": self.token,
            "signin": self.link,
            "opens": "the dashboard" if self.dashboard else "the pages without JavaScript",
            "curl": [
                self._curl("/api/shopify/products?limit=3"),
                self._curl("/api/chat", {"message": "check orders"}),
                self._curl("/api/shopify/products", {"title": "Mug"}),
            ],
        }

    def _curl(self, path: str, body: Mapping[str, str] | None = None) -> str:
        words = ["curl", "-sS", "-H", f"Authorization: Bearer {self.token}"]
        if body is not None:
            words += ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
        return shlex.join([*words, f"{self.host_url}{path}"])


def running(folder: Path = FOLDER) -> dict[str, str] | None:
    """Return the settings of the demo that runs from `folder`, None if there is none."""
    try:
        lines = (folder / _STATE).read_text("utf-8").splitlines()
    except OSError:
        return None
    state = dict(line.split("=", 1) for line in lines if "=" in line)
    address = urlsplit(state.get("ATOM_SHOPIFY_PUBLIC_URL", ""))
    connection = HTTPConnection(
        address.hostname or "127.0.0.1", address.port or 0, timeout=10
    )  # a busy machine is slow, not dead
    try:
        connection.request("GET", "/healthz")
        alive = connection.getresponse().status == 200
    except (OSError, HTTPException):
        return None  # a demo that was killed leaves its file behind
    finally:
        connection.close()
    return state if alive else None


@contextmanager
def start(
    *,
    host_port: int,
    sandbox_port: int,
    scopes: str,
    size: str = "full",
    folder: Path = FOLDER,
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[Demo]:
    """Start everything, give the running `Demo`, and take it all down again; raise `DemoFailed`.

    `scopes` are those that the stores are asked for, separated by commas. `cancelled` is asked between the steps: a
    person who gives up while it starts need not wait.
    """
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.sandbox.server import PortTaken, serve
    from atom_shopify_plugin.sandbox.state import STORES

    if running(folder) is not None:
        raise DemoFailed(f"A demo is already running from {folder}. Stop it with Ctrl-C in its terminal.")
    with ExitStack() as stack:
        port = stack.enter_context(_reserved(host_port))
        host_url = f"http://127.0.0.1:{port}"
        hooks = {"compliance_topics": COMPLIANCE, "topics": ["app/uninstalled"], "uri": f"{host_url}{_WEBHOOKS}"}
        try:
            sandbox = Sandbox({**STORES, SPARE: "standard"}, seed=_SEEDS[size], small=[SPARE], webhooks=[hooks])
            shopify = stack.enter_context(serve(sandbox, sandbox_port))
        except PortTaken as taken:
            raise DemoFailed(_taken(taken.port, "--sandbox-port", 5069)) from None
        _go_on(cancelled)
        state = _settings(_fresh(folder), host_url, shopify.url, scopes)
        for shop in SHOPS:
            shopify.sandbox.store(shop)
            _go_on(cancelled)
        gc.freeze()  # the stores live as long as the process: they need not be looked through again and again
        app = _host(state, stack, port)
        _go_on(cancelled)
        host = app.extensions["atom_host"]
        auth = host.auth
        rights = ("atom:operator",)
        token = auth.issue(PERSON, scopes=rights, lifetime=86400)
        for shop in SHOPS:
            _connect(host_url, token, shop)
            _go_on(cancelled)
        _automate(host_url, token)
        reports = tuple(_report(host_url, token, shop) for shop in SHOPS)
        _go_on(cancelled)
        _write_state(folder / _STATE, state)
        stack.callback((folder / _STATE).unlink, missing_ok=True)
        link = auth.signin_link(PERSON, scopes=rights)
        yield Demo(host_url, shopify.url, token, link, reports, host.serves_dashboard)


def _go_on(cancelled: Callable[[], bool]) -> None:
    if cancelled():
        raise DemoFailed("Stopped before it was ready.")


@contextmanager
def _reserved(port: int) -> Iterator[int]:
    from atom_shopify_plugin.host.server import PortTaken, reserved_port

    try:
        with reserved_port("127.0.0.1", port) as kept:
            yield kept
    except PortTaken:
        raise DemoFailed(_taken(port, "--host-port", 5068)) from None
    except OSError as error:
        raise DemoFailed(f"Port {port} can't be used: {error.strerror}. Choose another with --host-port.") from None


def _taken(port: int, flag: str, other: int) -> str:
    return f"Port {port} is taken by another program. Choose another, for example {flag} {other}."


def _fresh(folder: Path) -> Path:
    mark = folder / "README"
    if folder.exists() and any(folder.iterdir()) and not (mark.is_file() and mark.read_text() == _MARK):
        raise DemoFailed(f"{folder.absolute()} contains files that are not the demo's. Move them away first.")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    mark.write_text(_MARK)
    return folder.absolute()


def _settings(folder: Path, host_url: str, sandbox_url: str, scopes: str) -> dict[str, str]:
    return {
        "SHOPIFY_SCOPES": scopes,
        "ATOM_SHOPIFY_SYNC": "1",
        "SHOPIFY_API_KEY": "sandbox-key",
        "SHOPIFY_API_SECRET": "sandbox-secret",
        "ATOM_SHOPIFY_ENDPOINT": sandbox_url,
        "ATOM_SHOPIFY_PUBLIC_URL": host_url,
        "ATOM_SHOPIFY_DATA_DIR": str(folder),
        "ATOM_SHOPIFY_OPERATOR_SUBJECT": PERSON,
        "ATOM_HOST_DATA_DIR": str(folder),
        "ATOM_HOST_PUBLIC_URL": host_url,
    }


def _host(state: Mapping[str, str], stack: ExitStack, port: int) -> Flask:
    """Serve an ATOM host with the installed plugins on `port`, in a thread, until `stack` is unwound."""
    from atom_shopify_plugin.host.app import create_app
    from atom_shopify_plugin.host.server import ThreadedServer

    app = create_app({**state, "ATOM_HOST_DEMO": "1"})
    host = app.extensions["atom_host"]
    stack.callback(host.close)
    if "shopify" not in host.plugins.loaded:
        reasons = " ".join(one.reason for one in host.plugins.refused if one.plugin == "shopify")
        raise DemoFailed(f"The host has not loaded the plugin. {reasons or 'Is it installed? Try: pip install -e .'}")
    server = ThreadedServer(app, "127.0.0.1", port, threads=_THREADS, drain=_DRAIN)
    stack.callback(server.stop)
    try:
        server.start()
    except RuntimeError as error:
        raise DemoFailed(str(error)) from None
    return app


def _write_state(file: Path, state: Mapping[str, str]) -> None:
    text = "".join(f"{name}={value}\n" for name, value in state.items())
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(text)


class _Form(HTMLParser):
    """The fields of the page on which a merchant says yes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.action = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = given.get("action", "")
        elif tag == "input" and "name" in given:
            self.fields[given["name"]] = given.get("value", "")


def _connect(host_url: str, token: str, shop: str) -> None:
    """Connect `shop` as a browser would: ask the host, say yes on Shopify's page, come back with the code."""
    import requests

    with requests.Session() as browser:
        browser.trust_env = False
        browser.headers["Accept"] = "application/json"
        signed_in = {"Authorization": f"Bearer {token}"}
        begun = _ask(browser, "GET", f"{host_url}/api/auth/shopify/authorize", params={"shop": shop}, headers=signed_in)
        page_url = begun.json()["data"]["auth_url"]
        form = _Form(_ask(browser, "GET", page_url).text)
        agreed = _ask(
            browser, "POST", urljoin(page_url, form.action), data={**form.fields, "decision": "install"}, expect=302
        )
        _ask(browser, "GET", agreed.headers["Location"], headers=signed_in)


def _automate(host_url: str, token: str) -> None:
    """Store a workflow that tags whoever pays an order, so that a webhook can be seen to do something."""
    import requests

    workflow = {"template": WORKFLOW, "variables": {"limit": 0, "tag": "demo"}}
    with requests.Session() as browser:
        browser.trust_env = False
        headers = {"Authorization": f"Bearer {token}"}
        _ask(browser, "POST", f"{host_url}/api/workflows/definitions", json=workflow, headers=headers)


def _report(host_url: str, token: str, shop: str) -> dict[str, Any]:
    """Return the sales of a store in the last 30 days, as the REST API reports them."""
    import requests

    asked = {"shop": shop, "period": "last_30_days", "compare": "true", "top": "3"}
    with requests.Session() as browser:
        browser.trust_env = False
        headers = {"Authorization": f"Bearer {token}"}
        answer = _ask(browser, "GET", f"{host_url}/api/shopify/reports/sales", params=asked, headers=headers)
    return {"shop": shop, **answer.json()["data"]}


def _ask(browser: requests.Session, method: str, url: str, *, expect: int = 200, **options: Any) -> requests.Response:
    parts = urlsplit(url)
    if (parts.hostname or "").endswith(".localhost"):
        # Browsers know that every name below `localhost` is this machine (RFC 6761); not every system's resolver does.
        options["headers"] = {**options.get("headers", {}), "Host": parts.netloc}
        url = parts._replace(netloc=f"127.0.0.1:{parts.port}").geturl()
    answer = browser.request(method, url, timeout=30, allow_redirects=False, **options)
    if answer.status_code != expect:
        raise DemoFailed(f"The demo stopped at {parts.path}: {answer.status_code} {answer.text[:300]}")
    return answer
