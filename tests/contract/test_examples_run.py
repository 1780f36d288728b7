"""Every example of every manifest, through the engine, against a new store of the sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from running import prepare

from atom_shopify_plugin.actions.run import Call, Outcome
from atom_shopify_plugin.actions.verify import declared
from atom_shopify_plugin.catalog.loading import packaged
from atom_shopify_plugin.errors import ConfirmationNeeded, NotFound
from atom_shopify_plugin.hookspecs import Principal

if TYPE_CHECKING:
    from atom_shopify_plugin.catalog.model import Verify
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

ACTIONS = packaged().actions
EXAMPLES = [(key, n) for key, action in ACTIONS.items() for n in range(len(action.examples))]
MOMENTS = {"last_edit_date", "updated_at", "as_of"}
REVERSIBLE = [(key, n) for key, n in EXAMPLES if ACTIONS[key].undo is not None]
FINAL = [(key, n) for key, n in EXAMPLES if ACTIONS[key].undo is None]


def carry_out(runtime: Runtime, call: Call) -> Outcome:
    """Run a call, saying yes where it is asked for."""
    try:
        return runtime.actions.run(call)
    except ConfirmationNeeded as asked:
        token = asked.details["confirmation_token"]
    return runtime.actions.run(Call(call.principal, call.action, call.input, confirm=token))


def proved(runtime: Runtime, principal: Principal, sandbox: Sandbox, store: Store, key: str, n: int) -> Outcome:
    """Run an example, which has to answer as declared, and to change something where it is a write."""
    action = runtime.catalog.actions[key]
    prepare(sandbox, runtime, store, key)
    effects = len(sandbox.store(str(store.shop)).journal)
    outcome = carry_out(runtime, Call(principal, key, action.examples[n]))
    faults = [
        f"{error.json_path}: {error.message}" for error in Draft202012Validator(action.output).iter_errors(outcome.data)
    ]
    assert faults == []
    looked_at = action.effect != "read" and action.any_document is None  # what somebody wrote has no declared proof
    assert outcome.meta.get("verified") is (True if looked_at else None), outcome.meta
    assert ("undo" in outcome.meta) == (action.undo is not None)
    changed = len(sandbox.store(str(store.shop)).journal) > effects
    assert changed == (action.effect != "read" and not action.mirrored)
    return outcome


@pytest.mark.parametrize(("key", "n"), FINAL)
def test_an_example_runs_and_answers_as_declared(
    key: str, n: int, runtime: Runtime, principal: Principal, store: Store, sandbox: Sandbox
) -> None:
    proved(runtime, principal, sandbox, store, key, n)


def without_moments(value: Any) -> Any:
    """Return a resource without the moments at which it was touched."""
    if isinstance(value, Mapping):
        return {name: without_moments(member) for name, member in value.items() if name not in MOMENTS}
    return [without_moments(item) for item in value] if isinstance(value, list) else value


def at(value: Any, path: str) -> Any:
    for step in path.split("."):
        value = value[step]
    return value


@pytest.mark.parametrize(("key", "n"), REVERSIBLE)
def test_an_example_runs_and_its_undo_puts_things_back(
    key: str, n: int, runtime: Runtime, principal: Principal, store: Store, sandbox: Sandbox
) -> None:
    action = runtime.catalog.actions[key]
    verify: Verify | None = action.verify
    assert verify is not None
    given = action.examples[n]
    prepare(sandbox, runtime, store, key)

    def look(named: Mapping[str, Any]) -> Any:
        try:
            return without_moments(runtime.actions.run(Call(principal, verify.read, named)).data)
        except NotFound:
            return None

    takes = ACTIONS[verify.read].properties
    named = {name: declared(takes[name], given[name]) for name in verify.by if name in given}
    before = look(named) if named else None
    done = proved(runtime, principal, sandbox, store, key, n)
    named = named or {member: at(done.data, path) for member, path in verify.after.items()}
    assert look(named) != before, "the example changes nothing"
    undo = done.meta["undo"]
    undone = carry_out(runtime, Call(principal, undo["action"], undo["input"]))
    assert undone.meta["verified"] is True
    if action.undo is not None and action.undo.leaves:
        left = look(named)
        for path, value in action.undo.leaves.items():
            former = isinstance(value, str) and value.startswith("before.")
            assert at(left, path) == (at(before, value.removeprefix("before.")) if former else value)
    else:
        assert look(named) == before
