"""In a read-only store, and for a read-only caller, no write of the catalogue is sent, and every read still works."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from running import prepare

from atom_shopify_plugin.actions.run import Accepted, Call, Outcome
from atom_shopify_plugin.catalog.loading import packaged
from atom_shopify_plugin.errors import ReadOnly
from atom_shopify_plugin.hookspecs import READ_ONLY_SCOPE, Principal
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.sandbox.adapter import SandboxAdapter
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.shopify.domain import ShopDomain

DEMO = "demo.myshopify.com"
ADA = Principal("ada", via="test")
GUEST = Principal("ada", scopes=frozenset({READ_ONLY_SCOPE}), via="test")
EXAMPLES = {
    effect: [
        (key, n) for key, action in packaged().actions.items() if reads(action) for n in range(len(action.examples))
    ]
    for effect, reads in (
        ("read", lambda action: action.effect == "read"),
        ("write", lambda action: action.effect != "read"),
    )
}


@dataclass
class World:
    """A store that is read-only for everybody or for the caller alone, and a plugin that is connected to it."""

    sandbox: Sandbox
    runtime: Runtime
    caller: Principal

    @property
    def journal(self) -> list[str]:
        return [effect.operation for effect in self.sandbox.store(DEMO).journal]

    def sent(self, work: Callable[[], object]) -> list[str]:
        """Return the mutations that Shopify sees while `work` runs, those not counted that change nothing."""
        seen = max((request["seq"] for request in self.sandbox.calls()), default=0)
        work()
        subjects = [request["subject"] for request in self.sandbox.calls(since=seen)]
        # Uploads to the file storage have no subject.
        return [
            subject or "a file"
            for subject in subjects
            if not subject or self.runtime.documents.get(subject).kind == "mutation"
        ]


@pytest.fixture(scope="module", params=["store", "caller"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with Sandbox(size="small") as sandbox:
        settings = Settings.from_environ({"ATOM_SHOPIFY_DATA_DIR": str(tmp_path_factory.mktemp("read-only"))})
        runtime = Runtime(settings, adapter=SandboxAdapter(sandbox))
        runtime.storage.upgrade()
        token = Secret(sandbox.issue_admin_token(DEMO, scopes=settings.scopes))
        store = runtime.connections.connect_token(ADA, ShopDomain(DEMO), token)
        if request.param == "store":
            runtime.read_only.set(ADA, store, True)
        yield World(sandbox, runtime, ADA if request.param == "store" else GUEST)
        runtime.close()


@pytest.mark.parametrize(("key", "n"), EXAMPLES["write"])
def test_a_write_is_refused_before_anything_is_sent_and_can_be_previewed(world: World, key: str, n: int) -> None:
    actions = world.runtime.actions
    prepare(world.sandbox, world.runtime, actions.store_of(ADA, None), key)
    call = Call(world.caller, key, world.runtime.catalog.actions[key].examples[n])
    before = world.journal

    def refused() -> None:
        with pytest.raises(ReadOnly) as told:
            actions.run(call)
        assert told.value.details["reason"] == ("caller" if world.caller is GUEST else "store")

    assert world.sent(refused) == []
    preview = Call(call.principal, key, call.input, preview=True)
    assert world.sent(lambda: actions.run(preview)) == []
    assert world.journal == before


@pytest.mark.parametrize(("key", "n"), EXAMPLES["read"])
def test_a_read_still_works(world: World, key: str, n: int) -> None:
    prepare(world.sandbox, world.runtime, world.runtime.actions.store_of(ADA, None), key)
    before = world.journal
    found = world.runtime.actions.run(Call(world.caller, key, world.runtime.catalog.actions[key].examples[n]))
    assert isinstance(found, Outcome | Accepted)
    assert world.journal == before
