"""What a caller is told of a write, whatever goes wrong on its way, held against what the store's journal says.

Never "repeat it" where an effect stands, unless the caller's key makes the repetition harmless; never "done" where
none does; and the audit log and the idempotency key say the same. The network is simulated, time included.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import Time

from atom_shopify_plugin.actions.operations import Follower
from atom_shopify_plugin.actions.run import Accepted, Call, Outcome
from atom_shopify_plugin.errors import ConfirmationNeeded, PluginError
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.sandbox.adapter import SandboxAdapter
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.shopify.domain import ShopDomain

DEMO = "demo.myshopify.com"
ADA = Principal("ada", via="test")
ADDRESS = {"address1": "1 Harbour Street", "city": "Hamburg", "zip": "20457", "country_code": "DE"}

FAULTS: dict[str, dict[str, Any]] = {
    "lost": {"kind": "lost_reply"},
    "429": {"kind": "throttle_429", "retry_after": "1"},
    "503": {"kind": "status", "status": 503},
    "cut": {"kind": "cut"},
    "reset": {"kind": "reset"},
    "timeout": {"kind": "latency", "seconds": 1000},
    # Beside those: a wait that no deadline allows, Shopify's own failures, and a request that nothing happens to.
    "429 for an hour": {"kind": "throttle_429", "retry_after": "3600"},
    "internal": {"kind": "internal_error"},
    "html": {"kind": "html"},
    "well": {"kind": "drip", "piece": 1 << 20, "every": 0},
}
DID_NOT_RUN = {"429", "429 for an hour"}
FEW = ["lost", "429 for an hour", "503", "well"]


@dataclass(frozen=True)
class Kind:
    """A kind of write: its action, and an input that no other write of the kind has."""

    action: str
    given: Callable[[World], dict[str, Any]]


@dataclass
class World:
    """A store, a plugin that is connected to it, and a clock that only moves when somebody waits."""

    sandbox: Sandbox
    runtime: Runtime
    numbers: Iterator[int]

    def run(self, call: Call) -> Outcome | Accepted | PluginError:
        try:
            try:
                return self.runtime.actions.run(call)
            except ConfirmationNeeded as asked:
                return self.runtime.actions.run(replace(call, confirm=asked.details["confirmation_token"]))
        except PluginError as error:
            return error

    def ended(self, told: Outcome | Accepted | PluginError) -> Outcome | PluginError:
        """Return what becomes of work that was accepted: its job looks at it until it has ended."""
        while isinstance(told, Accepted):
            services, found = self.runtime.services, self.runtime.actions.operation(ADA, told.operation_id)
            store = services.storage.installed.store(found.store_id)
            assert store is not None
            Follower.of(services).look(found, services.open_shop(store))
            try:
                told = self.runtime.actions.outcome(ADA, told.operation_id)
            except PluginError as error:
                return error
        return told

    @property
    def journal(self) -> list[str]:
        return [effect.operation for effect in self.sandbox.store(DEMO).journal]

    @property
    def stock(self) -> int:
        return int(self.level["stock"]["available"])

    @property
    def level(self) -> dict[str, Any]:
        return next(iter(self.sandbox.store(DEMO).all("InventoryLevel").values()))

    def calm_down(self) -> None:
        """Let the faults end, the bucket fill, and what the store does in the background come to its end."""
        self.sandbox.faults.clear()
        self.sandbox.clock.move(3600)
        for _ in range(2):  # requests that a job of the sandbox needs to get done
            assert isinstance(self.run(Call(ADA, "store_get")), Outcome)

    def place(self) -> dict[str, Any]:
        return {"inventory_item_id": self.level["item"], "location_id": self.level["location"]}

    def node(self, kind: str, at: int = 0) -> str:
        return str(list(self.sandbox.store(DEMO).all(kind))[at])

    def order(self) -> str:
        line = {"title": "Mug", "quantity": 1, "price": "1.00"}
        made = self.runtime.actions.run(Call(ADA, "order_create", {"line_items": [line]}))
        return str(made.data["id"])


KINDS = {
    "one document, idempotent": Kind("inventory_adjust", lambda w: {**w.place(), "delta": 1}),
    "one document, idempotent, with a condition": Kind(
        "inventory_set", lambda w: {**w.place(), "quantity": w.stock + 1, "change_from_quantity": w.stock}
    ),
    "one document": Kind("product_create", lambda w: {"title": f"Cup {next(w.numbers)}"}),
    "one document, read before": Kind(
        "variant_update", lambda w: {"id": w.node("ProductVariant"), "barcode": f"{next(w.numbers)}"}
    ),
    "several documents and a read": Kind(
        "customer_create",
        lambda w: {"first_name": f"{next(w.numbers)}", "addresses": [ADDRESS, {**ADDRESS, "city": "Bremen"}]},
    ),
    "a job that is asked for": Kind("order_cancel", lambda w: {"id": w.order(), "reason": "CUSTOMER"}),
}
IDEMPOTENT = {"inventory_adjust", "inventory_set"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    time = Time()

    with Sandbox(size="small") as sandbox:

        def sleep(seconds: float) -> None:
            time.sleep(seconds)
            sandbox.clock.move(seconds)

        settings = Settings.from_environ({"ATOM_SHOPIFY_DATA_DIR": str(tmp_path_factory.mktemp("effects"))})
        adapter = SandboxAdapter(sandbox, sleep=sleep)
        runtime = Runtime(settings, adapter=adapter, clock=time, sleep=sleep)
        runtime.storage.upgrade()
        token = Secret(sandbox.issue_admin_token(DEMO, scopes=runtime.settings.scopes))
        runtime.connections.connect_token(ADA, ShopDomain(DEMO), token)
        yield World(sandbox, runtime, itertools.count(1))
        runtime.close()


@dataclass(frozen=True)
class Course:
    """A kind of write that nothing goes wrong with: its requests before the first mutation, and all of its effects."""

    reads: int
    effects: list[str]


def course(world: World, kind: Kind) -> Course:
    call = Call(ADA, kind.action, kind.given(world))
    effects, seen = len(world.journal), world.sandbox.calls()[-1]["seq"]
    assert isinstance(world.run(call), Outcome)
    world.calm_down()
    subjects = [request["subject"] for request in world.sandbox.calls(since=seen)]
    kinds = [world.runtime.documents.get(subject).kind for subject in subjects]
    return Course(kinds.index("mutation"), world.journal[effects:])


def check(world: World, kind: Kind, course: Course, faults: tuple[str, ...], *, keyed: bool, endless: bool) -> None:
    """Meet the write's requests, from the first mutation on, with `faults`, and judge what is told of it."""
    key = f"key-{next(world.numbers)}" if keyed else None
    call = Call(ADA, kind.action, kind.given(world), idempotency_key=key, request_id="r")
    for at, name in enumerate(faults):
        last = {"times": None} if endless and at == len(faults) - 1 else {}
        world.sandbox.faults.add({**FAULTS[name], "after": course.reads, **last})
    begun = len(world.journal)
    told = world.run(call)
    world.calm_down()
    told = world.ended(told)
    stands = world.journal[begun:]
    entry = world.runtime.storage.audit.list(ADA, limit=1)[0]
    assert entry.request_id == "r"
    harmless = keyed and kind.action in IDEMPOTENT
    if isinstance(told, Outcome):
        assert stands == course.effects, "done, they said"
        assert entry.outcome == "ok"
    elif told.code == "OUTCOME_UNKNOWN":
        assert not set(faults) <= DID_NOT_RUN or stands, "nothing could have run, and everybody knows"
        assert told.retryable == harmless
        assert entry.outcome == "OUTCOME_UNKNOWN"
        assert told.details["look_at"]["action"] in world.runtime.catalog.actions
    else:
        assert stands == [], "a plain failure means that nothing was done"
        assert entry.outcome == told.code
    if not keyed:
        return
    again = world.run(call)
    now = world.journal[begun:]
    if isinstance(told, Outcome):
        assert isinstance(again, Outcome)
        assert again.meta["replayed"] is True
        assert again.data == told.data
        assert now == stands
    elif told.code == "OUTCOME_UNKNOWN" and not harmless:
        assert isinstance(again, PluginError)
        assert (again.code, again.retryable) == ("OUTCOME_UNKNOWN", False)
        assert now == stands
    else:
        assert isinstance(again, Outcome), again
        assert now == course.effects, "one effect, however often it is asked for"


@pytest.mark.parametrize("kind", ["one document, idempotent", "one document, idempotent, with a condition"])
@pytest.mark.parametrize("reads", [True, False], ids=["before it is sent", "when it is sent"])
def test_a_repetition_that_fails_does_not_end_the_doubt_of_the_call_before(
    world: World, kind: str, reads: bool
) -> None:
    action, usual = KINDS[kind], course(world, KINDS[kind])
    call = Call(ADA, action.action, action.given(world), idempotency_key=f"key-{next(world.numbers)}")
    world.sandbox.faults.add({**FAULTS["lost"], "after": usual.reads})
    world.sandbox.faults.add({**FAULTS["reset"], "after": usual.reads, "times": None})
    begun = len(world.journal)
    for _ in range(3):
        told = world.run(call)
        assert isinstance(told, PluginError)
        assert (told.code, told.retryable) == ("OUTCOME_UNKNOWN", True)
        world.calm_down()
        world.sandbox.faults.add({**FAULTS["429 for an hour"], "after": 0 if reads else usual.reads, "times": None})
    world.calm_down()
    assert isinstance(world.run(call), Outcome)
    assert world.journal[begun:] == usual.effects


@pytest.mark.slow
@pytest.mark.parametrize("keyed", [False, True], ids=["without a key", "with a key"])
@pytest.mark.parametrize("name", KINDS)
def test_no_sequence_of_two_faults_makes_anybody_tell_a_lie(world: World, name: str, keyed: bool) -> None:
    kind = KINDS[name]
    usual = course(world, kind)
    sequences = [*itertools.product(FAULTS, repeat=1), *itertools.product([*FAULTS][:6], FEW)]
    for faults, endless in itertools.product(sequences, [False, True]):
        try:
            check(world, kind, usual, faults, keyed=keyed, endless=endless)
        except AssertionError as error:
            error.add_note(f"{faults}, {endless=}")
            raise


@pytest.mark.slow
@given(
    st.sampled_from(sorted(KINDS)), st.booleans(), st.booleans(),
    st.lists(st.sampled_from(sorted(FAULTS)), min_size=2, max_size=4).map(tuple),
)  # fmt: skip
def test_no_longer_sequence_does(world: World, name: str, keyed: bool, endless: bool, faults: tuple[str, ...]) -> None:
    check(world, KINDS[name], course(world, KINDS[name]), faults, keyed=keyed, endless=endless)
