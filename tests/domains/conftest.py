"""One way to run an action in the demo store, as every interface does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from atom_shopify_plugin.actions.run import Call, Outcome
from atom_shopify_plugin.errors import ConfirmationNeeded
from atom_shopify_plugin.hookspecs import Principal

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime
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
def confirmed(runtime: Runtime, principal: Principal, store: Store) -> Run:
    """Run a destructive action: ask, then say yes."""

    def run(action: str, **given: Any) -> Any:
        with pytest.raises(ConfirmationNeeded) as asked:
            runtime.actions.run(Call(principal, action, given))
        token = asked.value.details["confirmation_token"]
        return runtime.actions.run(Call(principal, action, given, confirm=token)).data

    return run
