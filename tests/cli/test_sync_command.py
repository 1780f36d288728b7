"""A store is copied from the command line, and by processes that are killed on the way."""

from __future__ import annotations

import json
import signal

import pytest
from processes import PROGRAM, bare_environment  # noqa: F401  # what `run` of the conftest needs

SHOP = "demo.myshopify.com"
KINDS = {"products": "Product", "variants": "ProductVariant", "locations": "Location", "stock": "InventoryLevel"}


def counts(answer) -> dict[str, int]:
    """Return the rows by table that ``--json`` tells of."""
    found = json.loads(answer.stdout)["data"]
    return {name: count for stream in found["streams"] for name, count in stream["rows"].items()}


def sales(run) -> int:
    """Return how many orders the sums count."""
    given = {"since": "2025-01-01"}
    return json.loads(run("call", "analytics_sales", "--input", json.dumps(given)).stdout)["totals"]["orders"]


def wanted(sandbox) -> dict[str, int]:
    return {name: len(sandbox.store(SHOP).all(kind)) for name, kind in KINDS.items()}


@pytest.mark.parametrize("migrated_database_url", ["sqlite"], indirect=True)
@pytest.mark.timeout(300)
def test_a_store_is_copied_shown_and_its_copy_deleted(run, sandbox):
    assert "has not been copied" in run("sync", "--status").stdout
    copied = run("sync", "--wait", "--json")
    assert copied.returncode == 0, copied.stderr
    assert "rows." in copied.stderr, "it says how far it is"
    assert wanted(sandbox).items() <= counts(copied).items()
    again = run("sync", "--wait")
    assert again.returncode == 0, again.stderr
    assert "12 products" in again.stdout
    assert counts(run("sync", "--status", "--json")) == counts(copied)
    assert "is deleted" in run("sync", "--stop").stdout
    assert "has not been copied" in run("sync", "--status").stdout
    assert run("sync", "--status", "--full").returncode == 2


@pytest.mark.parametrize("migrated_database_url", ["sqlite"], indirect=True)
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "points",
    [
        ("bulk_before_send", "bulk_after_send", "sync_bulk_begun"),
        ("sync_before_commit", "sync_after_commit", "sync_before_end"),
        ("sync_customers_committed", "sync_orders_committed", "sync_gathered"),
    ],
    ids=["starting", "reading", "orders"],
)
def test_a_copy_goes_on_wherever_its_process_died(run, sandbox, tmp_path, points):
    once = tmp_path / "once"
    once.mkdir()
    crashes = {"ATOM_SHOPIFY_CRASH_AT": ",".join(points), "ATOM_SHOPIFY_CRASH_ONCE": str(once)}
    for _ in range(len(points) + 1):
        answer = run("sync", "--wait", "--json", "--mode", "bulk", **crashes)
        if answer.returncode == 0:
            break
        assert answer.returncode == -signal.SIGKILL, answer.stderr
    assert answer.returncode == 0
    assert {point.name for point in once.iterdir()} == set(points)
    assert wanted(sandbox).items() <= counts(answer).items()
    assert sales(run) == len([one for one in sandbox.store(SHOP).all("Order").values() if not one.get("test")])
    begun = [one["query"] for one in sandbox.store(SHOP).all("BulkOperation").values()]
    assert len(begun) == len(set(begun)) == 6, "no operation was started twice"


@pytest.mark.parametrize("migrated_database_url", ["sqlite"], indirect=True)
@pytest.mark.timeout(120)
def test_what_could_not_be_copied_is_said_and_the_rest_is_there(run, sandbox):
    token = sandbox.issue_admin_token(SHOP, ["read_products"])
    assert run("stores", "connect", SHOP, "--token", stdin=f"{token}\n").returncode == 0
    answer = run("sync", "--wait", "--json")
    assert answer.returncode == 1
    streams = {
        one["stream"]: one for one in json.loads(answer.stdout.partition('\n{\n  "ok": false')[0])["data"]["streams"]
    }
    assert streams["products"]["state"] == "done"
    assert streams["inventory"]["state"] == "failed"
    assert "read_inventory" in streams["inventory"]["message"]
    assert "again" in streams["inventory"]["message"]
