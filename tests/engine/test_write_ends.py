"""Whatever ends a write, its idempotency key and its audit entry are settled, and the caller hears what may stand."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from requests import PreparedRequest, Response

from atom_shopify_plugin.actions.run import Call, Outcome
from atom_shopify_plugin.errors import OutcomeUnknown, PluginError
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.sandbox.adapter import SandboxAdapter
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.shopify.domain import ShopDomain

DEMO = "demo.myshopify.com"
ADA = Principal("ada", via="test")


class Network(SandboxAdapter):
    """A network on which something happens once, just after the mutation of the name has reached Shopify."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self.mutation = ""
        self.happens: Callable[[], object] = lambda: None

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        reply = super().send(request, *args, **options)
        if self.mutation and f'"operationName":"{self.mutation}"'.encode() in (request.body or b""):  # type: ignore[operator]
            self.mutation = ""
            self.happens()
        return reply


@pytest.fixture
def network(sandbox: Sandbox) -> Network:
    return Network(sandbox)


@pytest.fixture
def runtime(environ: dict[str, str], network: Network, sandbox: Sandbox) -> Iterator[Runtime]:
    runtime = Runtime(Settings.from_environ({**environ, "ATOM_SHOPIFY_TIMEOUT": "3"}), adapter=network)
    token = Secret(sandbox.issue_admin_token(DEMO, scopes=runtime.settings.scopes))
    runtime.connections.connect_token(ADA, ShopDomain(DEMO), token)
    yield runtime
    runtime.close()


def call(action: str, given: dict[str, Any], key: str | None = "k1") -> Call:
    return Call(ADA, action, given, idempotency_key=key)


def fail(error: BaseException) -> Callable[[], object]:
    def happens() -> object:
        raise error

    return happens


@pytest.mark.parametrize("error", [MemoryError(), RecursionError(), KeyError("x"), KeyboardInterrupt(), SystemExit(1)])
def test_an_exception_in_the_middle_of_a_write_leaves_it_unknown(
    runtime: Runtime, network: Network, sandbox: Sandbox, error: BaseException
) -> None:
    network.mutation, network.happens = "ProductCreate", fail(error)
    expected = OutcomeUnknown if isinstance(error, Exception) else type(error)
    with pytest.raises(expected):
        runtime.actions.run(call("product_create", {"title": "Cup"}))
    (entry,) = runtime.storage.audit.list(ADA)
    assert entry.outcome == "OUTCOME_UNKNOWN"
    with pytest.raises(OutcomeUnknown):
        runtime.actions.run(call("product_create", {"title": "Cup"}))
    assert [effect.operation for effect in sandbox.store(DEMO).journal] == ["productCreate"]


def test_a_write_that_shopify_protects_goes_on_after_an_exception(
    runtime: Runtime, network: Network, sandbox: Sandbox
) -> None:
    adjust = call("inventory_adjust", {"sku": "MUG-BLUE", "delta": 1})
    network.mutation, network.happens = "InventoryAdjust", fail(MemoryError())
    with pytest.raises(OutcomeUnknown) as told:
        runtime.actions.run(adjust)
    assert told.value.retryable
    assert "same idempotency key" in told.value.message
    assert runtime.actions.run(adjust).data
    assert [effect.operation for effect in sandbox.store(DEMO).journal] == ["inventoryAdjustQuantities"]


@pytest.mark.slow
def test_a_database_that_goes_away_after_the_write_makes_it_no_failure(
    runtime: Runtime, network: Network, sandbox: Sandbox, environ: dict[str, str]
) -> None:
    data_dir = Path(environ["ATOM_SHOPIFY_DATA_DIR"])
    elsewhere = data_dir.with_name("elsewhere")

    def go_away() -> None:
        runtime.storage.engine.dispose()
        data_dir.rename(elsewhere)
        data_dir.write_bytes(b"a file where the folder was")

    network.mutation, network.happens = "ProductCreate", go_away
    try:
        told = runtime.actions.run(call("product_create", {"title": "Cup"}))
    finally:
        data_dir.unlink()
        elsewhere.rename(data_dir)
    assert isinstance(told, Outcome)
    assert told.data["title"] == "Cup"
    codes = []
    until = time.monotonic() + 60
    while codes[-1:] != ["OUTCOME_UNKNOWN"] and time.monotonic() < until:
        with pytest.raises(PluginError) as again:
            runtime.actions.run(call("product_create", {"title": "Cup"}))
        codes.append(again.value.code)
        time.sleep(0.1)
    assert set(codes) <= {"STILL_RUNNING", "OUTCOME_UNKNOWN"}
    assert codes[-1] == "OUTCOME_UNKNOWN"
    assert [effect.operation for effect in sandbox.store(DEMO).journal] == ["productCreate"]


def test_a_token_that_is_refused_in_between_is_renewed_and_the_write_has_one_effect(
    runtime: Runtime, network: Network, sandbox: Sandbox
) -> None:
    """The answer is lost, and the token with it: what is told is told of both attempts."""
    adjust = call("inventory_adjust", {"sku": "MUG-BLUE", "delta": 1}, key=None)
    sandbox.faults.add({"kind": "lost_reply", "match": {"subject": "InventoryAdjust"}})
    sandbox.faults.add({"kind": "status", "status": 401, "match": {"subject": "InventoryAdjust"}, "times": None})
    with pytest.raises(OutcomeUnknown) as told:
        runtime.actions.run(adjust)
    assert (told.value.details["cause"], told.value.retryable) == ("REAUTH_REQUIRED", False)
    assert "connect_url" in told.value.details
    assert [effect.operation for effect in sandbox.store(DEMO).journal] == ["inventoryAdjustQuantities"]
