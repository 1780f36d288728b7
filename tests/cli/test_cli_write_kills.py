"""A shell that is killed in the middle of a write, and called again with the same idempotency key."""

from __future__ import annotations

import json
import signal

import pytest
from killing import SHOP, settled

POINTS = ("write_before_call", "write_after_answer", "write_before_finish", "write_after_finish")


def products(sandbox):
    return [node for node in sandbox.store(SHOP).all("Product").values() if node["title"] == "Saucer"]


@pytest.mark.parametrize("point", POINTS)
def test_a_write_that_was_cut_off_is_not_done_twice_and_does_not_look_undone(run, sandbox, point):
    """What Shopify doesn't run once by itself: either it is known to be done, or somebody is told to look."""
    words = ("call", "product_create", "--input", '{"title": "Saucer"}', "--idempotency-key", "k1", "--json")
    assert run(*words, ATOM_SHOPIFY_CRASH_AT=point).returncode == -signal.SIGKILL
    done = len(products(sandbox))
    assert done == (point != "write_before_call")
    again = settled(run, *words)
    if point == "write_after_finish":
        assert again["ok"] is True
        assert again["meta"]["replayed"] is True
    else:
        assert again["error"]["code"] == "OUTCOME_UNKNOWN"
        assert again["error"]["retryable"] is False
    assert len(products(sandbox)) == done


@pytest.mark.parametrize("migrated_database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("point", ["write_before_call", "write_after_answer"])
def test_a_write_that_shopify_runs_once_is_simply_repeated(run, sandbox, point):
    item = next(iter(sandbox.store(SHOP).all("InventoryLevel").values()))
    change = {
        "inventory_item_id": item["item"], "location_id": item["location"], "delta": 3, "reason": "correction",
    }  # fmt: skip
    words = ("call", "inventory_adjust", "--input", json.dumps(change), "--idempotency-key", "k1", "--json")
    before = item["stock"]["available"]
    assert run(*words, ATOM_SHOPIFY_CRASH_AT=point).returncode == -signal.SIGKILL
    again = settled(run, *words)
    assert again["ok"] is True, again
    level = sandbox.store(SHOP).all("InventoryLevel")[item["id"]]
    assert level["stock"]["available"] == before + 3


@pytest.mark.parametrize("migrated_database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("point", ["write_before_call", "write_after_answer", "write_before_finish"])
def test_an_undo_that_was_cut_off_has_one_effect(run, sandbox, point):
    def stock():
        return sum(level["stock"]["available"] for level in sandbox.store(SHOP).all("InventoryLevel").values())

    before = stock()
    written = run("call", "inventory_adjust", "--input", '{"sku": "MUG-BLUE", "delta": 5}', "--json")
    words = ("audit", "undo", json.loads(written.stdout)["meta"]["audit_id"], "--json")
    assert run(*words, ATOM_SHOPIFY_CRASH_AT=point).returncode == -signal.SIGKILL
    for _ in range(2):
        again = settled(run, *words)
        assert again["ok"] is True, again
    assert stock() == before
