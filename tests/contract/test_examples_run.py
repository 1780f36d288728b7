"""Every example of every manifest, through the engine, against a new store of the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from atom_shopify_plugin.actions import Call, Outcome
from atom_shopify_plugin.errors import ConfirmationNeeded
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.manifest import load

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

EXAMPLES = [(key, n) for key, action in load().actions.items() for n in range(len(action.examples))]


def carry_out(runtime: Runtime, call: Call) -> Outcome:
    """Run a call, saying yes where it is asked for."""
    try:
        return runtime.actions.run(call)
    except ConfirmationNeeded as asked:
        token = asked.details["confirmation_token"]
    return runtime.actions.run(Call(call.principal, call.action, call.input, confirm=token))


@pytest.mark.parametrize(("key", "n"), EXAMPLES)
def test_an_example_runs_and_answers_as_declared(
    key: str, n: int, runtime: Runtime, principal: Principal, store: Store, sandbox: Sandbox
) -> None:
    action = runtime.catalog.actions[key]
    effects = len(sandbox.store(str(store.shop)).journal)
    outcome = carry_out(runtime, Call(principal, key, action.examples[n]))
    faults = [
        f"{error.json_path}: {error.message}" for error in Draft202012Validator(action.output).iter_errors(outcome.data)
    ]
    assert faults == []
    assert outcome.meta.get("verified", True) is True, outcome.meta
    changed = len(sandbox.store(str(store.shop)).journal) > effects
    assert changed == (action.effect != "read")
