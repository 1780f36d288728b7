"""Orders that a bulk operation reads are those that pages give, whatever happens to its result on the way."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from copying import copy, settle
from mirrorshop import state_of, tables
from ordermaking import make_orders
from stockshop import DEMO, StockShop

from atom_shopify_plugin.jobs import Jobs
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.sandbox.adapter import SandboxAdapter
from atom_shopify_plugin.sandbox.clock import Clock
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.messages import Request, Response
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.storage import Store
from atom_shopify_plugin.storage.insight.sync_runs import StreamState
from atom_shopify_plugin.sync import mirror

Row = dict[str, Any]


def afresh(runtime: Runtime, store: Store, mode: str) -> tuple[dict[str, list[Any]], StreamState]:
    """Copy the orders anew; return what is in the tables then, and how the orders were read."""
    runtime.storage.mirrors.drop(store.id)
    states = copy(runtime, store, mode=mode, streams=["orders"])
    assert {(state.state, state.error) for state in states.values()} == {("done", "")}
    found = tables(runtime, store)
    assert found.pop("shopify_sync_lines") == [], "nothing waits when all of it is there"
    return found, states["orders"]


def test_orders_of_all_kinds_are_those_that_pages_give(
    runtime: Runtime, sandbox: Sandbox, shop: StockShop, store: Store
) -> None:
    made = make_orders(sandbox, DEMO.name, 21, seed=1)
    paged, state = afresh(runtime, store, "paged")
    assert state.lines_expected is None
    assert len(paged["shopify_orders"]) == len(sandbox.store(DEMO.name).all("Order")) > len(made)
    assert paged["shopify_order_refunds"]
    sandbox.bulk.change({"order": "any"})
    bulk, state = afresh(runtime, store, "bulk")
    assert (state.lines_done, state.roots_done) == (state.lines_expected, state.roots_expected)
    assert state.lines_done > state.roots_done == len(bulk["shopify_orders"])
    for name in paged:
        assert bulk[name] == paged[name], name


class Wire:
    """A sandbox behind a wire that changes the results of bulk operations and sends them in small parts."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.clock = sandbox, sandbox.clock
        self.rewrite: Callable[[list[Row]], list[Row]] = list
        self.part = 1 << 20
        self.parts = 0
        self.before: Callable[[], None] = lambda: None

    def handle(self, request: Request) -> Response:
        wanted = request.headers.get("range")
        if wanted is None:
            return self.sandbox.handle(request)
        self.parts += 1
        self.before()
        headers = {name: value for name, value in request.headers.items() if name != "range"}
        whole = self.sandbox.handle(Request("GET", request.host, request.path, request.query, headers))
        assert whole.status == 200
        rows = [json.loads(line) for line in bytes(whole.body[:]).splitlines()]
        body = b"".join(json.dumps(row).encode() + b"\n" for row in self.rewrite(rows))
        start = int(wanted.removeprefix("bytes=").partition("-")[0])
        part = body[start : start + self.part]
        if not part:
            return Response(416, {}, b"")
        about = {"Content-Range": f"bytes {start}-{start + len(part) - 1}/{len(body)}"}
        return Response(206, about, part)


@pytest.fixture
def wire(environ: dict[str, str], sandbox: Sandbox, runtime: Runtime) -> Iterator[SimpleNamespace]:
    """The wire, and a runtime at its end that shares its database with the other."""
    wire = Wire(sandbox)
    other = Runtime(Settings.from_environ(environ), adapter=SandboxAdapter(wire))  # type: ignore[arg-type]
    other.host.emit = lambda _event: None
    other.jobs = Jobs(other.services, threads=0, backoff=0.0)
    yield SimpleNamespace(wire=wire, runtime=other)
    other.close()


def orders_alone(rewrite: Callable[[list[Row]], list[Row]]) -> Callable[[list[Row]], list[Row]]:
    def only(rows: list[Row]) -> list[Row]:
        return rewrite(rows) if any("/Order/" in row["id"] for row in rows) else rows

    return only


def test_lines_without_their_order_are_counted_and_lines_that_come_twice_count_once(
    runtime: Runtime, sandbox: Sandbox, shop: StockShop, store: Store, wire: SimpleNamespace
) -> None:
    paged, _ = afresh(runtime, store, "paged")

    def rewrite(rows: list[Row]) -> list[Row]:
        """Put lines of another order in the place of those of the last one, and a repetition in that of a line."""
        (last,) = [row["id"] for row in rows if "__parentId" not in row][-1:]
        lost = [row for row in rows if last in (row["id"], row.get("__parentId"))]
        kept = [row for row in rows if row not in lost]
        strange = {**lost[-1], "__parentId": "gid://shopify/Order/999999999999"}
        twice = next(row for row in kept if "/LineItem/" in row["id"])
        more = [strange, *[twice] * (len(lost) - 2)]
        return [*more, *kept, {**lost[0]}] if len(lost) > 1 else rows

    wire.wire.rewrite = orders_alone(rewrite)
    bulk, state = afresh(wire.runtime, store, "bulk")
    assert state.orphans == 1
    assert len(bulk["shopify_orders"]) == len(paged["shopify_orders"])
    missing = set(paged["shopify_order_lines"]) - set(bulk["shopify_order_lines"])
    assert missing, "the order came without its lines"
    assert set(bulk["shopify_order_lines"]) < set(paged["shopify_order_lines"])


def test_a_line_that_belongs_to_no_order_has_the_orders_read_by_pages(
    runtime: Runtime, sandbox: Sandbox, shop: StockShop, store: Store, wire: SimpleNamespace
) -> None:
    paged, _ = afresh(runtime, store, "paged")
    wire.wire.rewrite = orders_alone(lambda rows: [*rows[:-1], {"id": "gid://shopify/Product/1"}])
    states = copy(wire.runtime, store, mode="bulk", streams=["orders"], task="full")
    assert states["orders"].state == "done"
    found = tables(wire.runtime, store)
    assert found.pop("shopify_sync_lines") == []
    assert found["shopify_orders"] == paged["shopify_orders"]


def test_whoever_takes_over_goes_on_behind_the_last_part_that_was_stored(
    runtime: Runtime, sandbox: Sandbox, shop: StockShop, store: Store, wire: SimpleNamespace
) -> None:
    make_orders(sandbox, DEMO.name, 3, seed=4)
    sandbox.bulk.change({"order": "any"})
    paged, _ = afresh(runtime, store, "paged")

    def take_over() -> None:
        """Have another run take over before each third part: what is read of that one is not stored any more."""
        if wire.wire.parts % 3 == 0:
            mirror.ask(runtime.services, store, task="full", mode="bulk", streams=["orders"])

    wire.wire.before = take_over
    wire.wire.part = 3_000
    bulk, _ = afresh(wire.runtime, store, "bulk")
    assert 20 < wire.wire.parts < 100
    assert len(sandbox.store(DEMO.name).all("BulkOperation")) == 1
    for name in paged:
        assert bulk[name] == paged[name], name


def test_a_redaction_while_orders_are_read_is_not_undone_by_an_older_result(
    runtime: Runtime, sandbox: Sandbox, shop: StockShop, store: Store, wire: SimpleNamespace
) -> None:
    real = sandbox.store(DEMO.name)
    gone = next(one["customer"] for one in real.all("Order").values() if one.get("customer"))
    who = int(gone.rpartition("/")[2])

    def redact() -> None:
        wire.wire.before = lambda: None
        for one in real.all("Order").values():
            if one.get("customer") == gone:
                one["customer"] = None
        shop.redact(who)
        for job in runtime.storage.jobs.list(kind="delivery", states=["pending"]):
            assert runtime.jobs.run_one(job.id)

    wire.wire.before = redact
    mirror.ask(runtime.services, store, mode="bulk", streams=["orders"])
    settle(wire.runtime)
    assert state_of(runtime, store, "orders").state == "done"
    found = tables(runtime, store)
    assert len(found["shopify_orders"]) == len(real.all("Order"))
    assert [row for row in found["shopify_orders"] if str(who) in row] == []


@pytest.mark.slow
@pytest.mark.parametrize("migrated_database_url", ["sqlite"], indirect=True)
class TestEconomy:
    """Hundreds of believable orders, of which the app is shown those of the last 60 days."""

    @pytest.fixture
    def sandbox(self) -> Iterator[Sandbox]:
        with Sandbox(seed="economy", clock=Clock()) as sandbox:
            yield sandbox

    def test_the_economy_is_copied_alike(
        self, runtime: Runtime, sandbox: Sandbox, shop: StockShop, store: Store
    ) -> None:
        shop.door(f"stores/{DEMO}/plan", {"plan": "plus"})  # its bucket fills faster
        paged, _ = afresh(runtime, store, "paged")
        bulk, state = afresh(runtime, store, "auto")
        assert state.lines_expected is not None, "a store of this size is read by a bulk operation"
        assert len(sandbox.store(DEMO.name).all("Order")) > len(bulk["shopify_orders"]) > 100
        assert state.earliest is not None
        for name in paged:
            assert bulk[name] == paged[name], name
