"""Every write of the catalogue says no more than it knows when one of its mutations goes unanswered.

Each example runs once undisturbed. Then the store goes back to where it was, and the answer to one of the mutations
that the example sends is lost: Shopify carried it out, or did not. What the plugin says then is compared with the
sandbox's journal.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import pytest
from running import prepare

from atom_shopify_plugin.actions.operations import Follower
from atom_shopify_plugin.actions.run import Accepted, Call, Outcome
from atom_shopify_plugin.catalog.loading import packaged
from atom_shopify_plugin.errors import ConfirmationNeeded, Misconfigured, PluginError
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.sandbox.adapter import SandboxAdapter
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.shopify.domain import ShopDomain

DEMO = "demo.myshopify.com"
ADA = Principal("ada", via="test")
CONNECTED = "connected"
LOST = {"carried out": {"kind": "lost_reply"}, "not carried out": {"kind": "reset"}}
REPEATS = {"audience_push"}
"""They send again what nobody answered: a tag that is added twice is there once."""
UNLISTED = {"file_upload", "graphql_mutate"}
WRITES = [
    (key, n)
    for key, action in packaged().actions.items()
    if action.effect != "read" and not action.mirrored  # what ATOM keeps itself is not sent
    for n in range(len(action.examples))
]


class World:
    """A store, and a plugin that is connected to it. Time passes only while somebody waits."""

    def __init__(self, sandbox: Sandbox, runtime: Runtime) -> None:
        self.sandbox, self.runtime = sandbox, runtime

    def begin(self, key: str) -> None:
        """Bring the store back to where it was, with what the action needs."""
        self.sandbox.snapshots.go_back(CONNECTED)
        store = self.runtime.stores.by_name(ADA, None)
        prepare(self.sandbox, self.runtime, store, key)

    def run(self, call: Call) -> Outcome | PluginError:
        """Run a call to its end, and say yes where it asks."""
        try:
            try:
                outcome = self.runtime.actions.run(call)
            except ConfirmationNeeded as asked:
                outcome = self.runtime.actions.run(replace(call, confirm=asked.details["confirmation_token"]))
            while isinstance(outcome, Accepted):
                self.follow(outcome)
                outcome = self.runtime.actions.outcome(call.principal, outcome.operation_id)
        except PluginError as error:
            return error
        return outcome

    def follow(self, accepted: Accepted) -> None:
        services = self.runtime.services
        operation = self.runtime.actions.operation(ADA, accepted.operation_id)
        store = services.storage.installed.store(operation.store_id)
        assert store is not None
        Follower.of(services).look(operation, services.open_shop(store))

    def calm_down(self) -> None:
        """Let the faults end, the rate limit fill, and what the store does in the background finish."""
        self.sandbox.faults.clear()
        self.sandbox.clock.move(3600)
        for _ in range(2):
            assert isinstance(self.run(Call(ADA, "store_get")), Outcome)

    @property
    def journal(self) -> list[str]:
        return [effect.operation for effect in self.sandbox.store(DEMO).journal]


class Course(NamedTuple):
    """What an undisturbed write does: the numbers of its requests that are mutations, and its effects."""

    mutations: list[int]
    effects: list[str]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    now = [1_790_000_000.0]

    with Sandbox(size="small") as sandbox:

        def sleep(seconds: float) -> None:
            now[0] += seconds
            sandbox.clock.move(seconds)

        settings = Settings.from_environ({"ATOM_SHOPIFY_DATA_DIR": str(tmp_path_factory.mktemp("answers"))})
        runtime = Runtime(settings, adapter=SandboxAdapter(sandbox, sleep=sleep), clock=lambda: now[0], sleep=sleep)
        runtime.storage.upgrade()
        token = Secret(sandbox.issue_admin_token(DEMO, scopes=settings.scopes))
        runtime.connections.connect_token(ADA, ShopDomain(DEMO), token)
        sandbox.snapshots.take(CONNECTED)
        yield World(sandbox, runtime)
        runtime.close()


def course(world: World, call: Call) -> Course:
    world.begin(call.action)
    effects, seen = len(world.journal), max((request["seq"] for request in world.sandbox.calls()), default=0)
    outcome = world.run(call)
    assert isinstance(outcome, Outcome), outcome
    subjects = [request["subject"] for request in world.sandbox.calls(since=seen)]
    world.calm_down()
    # Uploads to the file storage have no subject.
    kinds = [kind_of(world, subject) if subject else "file" for subject in subjects]
    return Course([number for number, kind in enumerate(kinds) if kind == "mutation"], world.journal[effects:])


def kind_of(world: World, operation: str) -> str:
    """Return whether an operation changes something; one that is no document of ours was written by the caller."""
    try:
        return world.runtime.documents.get(operation).kind
    except Misconfigured:
        return "mutation"


@pytest.mark.slow
@pytest.mark.parametrize("lost", LOST)
@pytest.mark.parametrize(("key", "n"), WRITES)
def test_a_write_whose_answer_is_lost_says_no_more_than_it_knows(world: World, key: str, n: int, lost: str) -> None:
    call = Call(ADA, key, world.runtime.catalog.actions[key].examples[n])
    usual = course(world, call)
    for number in usual.mutations:
        world.begin(key)
        begun = len(world.journal)
        world.sandbox.faults.add({**LOST[lost], "after": number})
        told = world.run(call)
        world.calm_down()
        stands = world.journal[begun:]
        with explained(f"the answer to request {number} was lost; the plugin says {told!r}, and there stands {stands}"):
            if isinstance(told, Outcome):
                whole = stands == usual.effects or (key in REPEATS and set(stands) == set(usual.effects))
                assert whole or told.data["warnings"], "what it calls done is not done"
            elif told.code == "OUTCOME_UNKNOWN":
                look = told.details["look_at"]
                assert look is None if key in UNLISTED else look["action"] in world.runtime.catalog.actions
                assert not told.retryable, "without an idempotency key, a repetition could do it twice"
            else:
                assert stands == [], "a plain failure means that nothing was done"


@contextlib.contextmanager
def explained(note: str) -> Iterator[None]:
    try:
        yield
    except AssertionError as error:
        error.add_note(note)
        raise
