"""One way to run an action in the demo store, as every interface does."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from atom_shopify_plugin.actions.run import Call, Outcome
from atom_shopify_plugin.errors import ConfirmationNeeded
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.sandbox.messages import Request
from atom_shopify_plugin.settings import Secret

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

Run = Callable[..., Any]


@pytest.fixture
def outcome(runtime: Runtime, principal: Principal, store: Store) -> Callable[..., Outcome]:
    """Run an action with its input as keywords."""
    return lambda action, **given: runtime.actions.run(Call(principal, action, given))


@pytest.fixture
def run(outcome: Callable[..., Outcome]) -> Run:
    """Run an action and return its data."""
    return lambda action, **given: outcome(action, **given).data


@pytest.fixture
def shopify(runtime: Runtime, sandbox: Sandbox, store: Store) -> Run:
    """Send a document to Shopify itself, with its variables as keywords, and return its data."""

    def send(query: str, **variables: Any) -> Any:
        token = runtime.connections.token(store).access.reveal()
        headers = {"Content-Type": "application/json", "X-Shopify-Access-Token": token}
        body = json.dumps({"query": query, "variables": variables}).encode()
        path = "/admin/api/2026-10/graphql.json"
        return json.loads(sandbox.handle(Request("POST", store.shop.name, path, "", headers, body)).body)["data"]

    return send


@pytest.fixture
def regranted(runtime: Runtime, sandbox: Sandbox, principal: Principal, store: Store) -> Callable[[str], None]:
    """Connect the store again with these scopes and no more."""

    def connect(scopes: str) -> None:
        token = Secret(sandbox.issue_admin_token(str(store.shop), scopes=scopes.split(",")))
        runtime.connections.connect_token(principal, store.shop, token)

    return connect


@pytest.fixture
def confirmed(runtime: Runtime, principal: Principal, store: Store) -> Run:
    """Run a destructive action: ask, then say yes."""

    def run(action: str, **given: Any) -> Any:
        with pytest.raises(ConfirmationNeeded) as asked:
            runtime.actions.run(Call(principal, action, given))
        token = asked.value.details["confirmation_token"]
        return runtime.actions.run(Call(principal, action, given, confirm=token)).data

    return run
