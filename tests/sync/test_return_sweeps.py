"""Returns that no webhook told of are found, and told once whatever comes later."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from stockshop import DEMO, StockShop

from atom_shopify_plugin.actions.run import Call
from atom_shopify_plugin.errors import ConfirmationNeeded
from atom_shopify_plugin.events.intake import Delivery
from atom_shopify_plugin.hookspecs import Event, Principal
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.messages import Request
from atom_shopify_plugin.sandbox.webhooks import returns
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.webhooks import sign
from atom_shopify_plugin.storage import Store
from atom_shopify_plugin.sync import changes, snapshots, sweeps

CLOSE = "mutation ($id: ID!) { returnClose(id: $id) { userErrors { message } } }"
LINES = [{"sku": "COASTAL-BOWL-BLACK", "reason": "quality"}]


class Desk:
    """Somebody who handles returns in the demo store, whose webhooks come only when a test says so."""

    def __init__(self, runtime: Runtime, sandbox: Sandbox, store: Store, emitted: list[Event]) -> None:
        self._runtime, self._sandbox, self._store, self._emitted = runtime, sandbox, store, emitted

    def run(self, action: str, **given: Any) -> Any:
        call = Call(Principal("ada"), action, given)
        try:
            return self._runtime.actions.run(call).data
        except ConfirmationNeeded as asked:
            token = asked.details["confirmation_token"]
        return self._runtime.actions.run(Call(call.principal, action, given, confirm=token)).data

    def close(self, gid: str) -> None:
        """Close a return in Shopify's admin."""
        token = self._runtime.connections.token(self._store).access.reveal()
        headers = {"Content-Type": "application/json", "X-Shopify-Access-Token": token}
        body = json.dumps({"query": CLOSE, "variables": {"id": gid}}).encode()
        path = "/admin/api/2026-10/graphql.json"
        answer = self._sandbox.handle(Request("POST", DEMO.name, path, "", headers, body))
        assert json.loads(answer.body)["data"]["returnClose"]["userErrors"] == []

    def later(self) -> None:
        self._sandbox.clock.move(30)

    def sweep(self) -> int:
        return changes.sweep(self._runtime.services, self._store, changes.STREAMS["returns"])

    def work(self) -> None:
        jobs = self._runtime.storage.jobs
        for job in jobs.list(kind="missed", states=["pending"], limit=250):
            assert jobs.discard(job.id)
            assert jobs.replay(job.id)
        while self._runtime.jobs.run_one():
            pass

    def deliver(self, topic: str, gid: str, at: datetime) -> None:
        body = json.dumps(self.snapshot(gid)).encode()
        delivery = Delivery(
            sign(body, Secret("sandbox-secret")), topic, DEMO.name, topic.replace("/", "-"), triggered_at=at.isoformat()
        )
        assert self._runtime.intake.receive(delivery, body, is_json=True).new

    def snapshot(self, gid: str) -> dict[str, Any]:
        found = snapshots.returned(sweeps.shop_of(self._runtime.services, self._store), gid)
        assert found is not None
        return found

    def told(self) -> list[str]:
        return sorted(event.key for event in self._emitted if event.key.startswith("return_"))


@pytest.fixture
def desk(runtime: Runtime, sandbox: Sandbox, shop: StockShop, store: Store, emitted: list[Event]) -> Desk:
    """In a store that was connected a while ago, six minutes behind the time of the plugin."""
    runtime.storage.clock = lambda: datetime.now(UTC) + timedelta(minutes=26)
    sandbox.clock.move(1800)
    return Desk(runtime, sandbox, store, emitted)


def test_a_request_and_its_approval_are_told_once(desk: Desk, emitted: list[Event]) -> None:
    desk.sweep()
    asked = desk.run("return_request", order_id="#1003", lines=LINES)
    desk.later()
    desk.run("return_approve", id=asked["id"])
    assert desk.sweep() == 2
    desk.work()
    assert desk.told() == ["return_approved", "return_requested"]
    assert desk.sweep() == 0
    event = next(event for event in emitted if event.key == "return_requested")
    assert (event.payload["id"], event.payload["name"]) == (asked["id"], "#1003-R1")
    (line,) = event.payload["return_line_items"]["nodes"]
    assert line["fulfillment_line_item"]["line_item"]["id"].startswith("gid://shopify/LineItem/")


def test_a_refund_and_the_end_of_a_return_are_told(desk: Desk) -> None:
    desk.sweep()
    opened = desk.run("return_create", order_id="#1003", lines=LINES)
    desk.later()
    desk.run("return_process", id=opened["id"], refund=True)
    desk.later()
    desk.close(opened["id"])
    assert desk.sweep() == 3
    desk.work()
    assert desk.told() == ["return_approved", "return_closed", "return_processed"]


def test_what_a_webhook_told_is_not_told_again(desk: Desk) -> None:
    desk.sweep()
    opened = desk.run("return_create", order_id="#1003", lines=LINES)
    desk.deliver("returns/approve", opened["id"], datetime.fromisoformat(opened["created_at"]))
    desk.work()
    assert desk.sweep() == 0
    assert desk.told() == ["return_approved"]


def test_a_webhook_that_comes_after_the_sweep_tells_nothing_again(desk: Desk) -> None:
    desk.sweep()
    asked = desk.run("return_request", order_id="#1003", lines=LINES)
    assert desk.sweep() == 1
    desk.work()
    desk.deliver("returns/request", asked["id"], datetime.fromisoformat(asked["created_at"]))
    desk.work()
    assert desk.told() == ["return_requested"]


def test_a_swept_return_reads_like_a_delivered_one(desk: Desk, sandbox: Sandbox, store: Store) -> None:
    ctx = Context(sandbox.store(str(store.shop)), sandbox.clock.now(), frozenset(), sandbox.versions)
    for node in ctx.store.all("Return").values():
        delivered, swept = returns.whole(ctx, node), desk.snapshot(node["id"])
        for name in delivered.keys() & swept.keys() - {"return_line_items"}:
            assert swept[name] == delivered[name], name
        for one, other in zip(swept["return_line_items"], delivered["return_line_items"], strict=True):
            assert one == {name: other[name] for name in one}
