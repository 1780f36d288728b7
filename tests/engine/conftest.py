"""Doors into the engine, and a look at what really happened in the store."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from atom_shopify_plugin.actions.run import Call, Outcome
from atom_shopify_plugin.hookspecs import Principal

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store


@pytest.fixture
def run(runtime: Runtime, principal: Principal, store: Store) -> Callable[..., Outcome]:
    """Run an action as the owner of the demo store; keywords beside the input are those of `Call`."""

    def run(action: str, given: dict[str, Any] | None = None, **call: Any) -> Outcome:
        return runtime.actions.run(Call(call.pop("principal", principal), action, given or {}, **call))

    return run


@pytest.fixture
def effects(sandbox: Sandbox) -> Callable[[], list[str]]:
    """Return the operations that changed the demo store, in their order."""
    state = sandbox.store("demo.myshopify.com")
    return lambda: [effect.operation for effect in state.journal]
