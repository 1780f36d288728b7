"""Loss, duplicates, disorder and delay on demand, the same each time for the same seed."""

from __future__ import annotations

from collections import Counter

import pytest

from atom_shopify_plugin.sandbox.core import Sandbox


def storm(shop, changes: int = 60, seed: int = 7) -> None:
    shop.do("inventory/storm", {"changes": changes, "seed": seed})


@pytest.fixture
def levels(shop, receiver) -> str:
    return str(shop.subscribe("INVENTORY_LEVELS_UPDATE", receiver.url))


def test_a_dropped_delivery_never_arrives_and_is_listed(shop, receiver, levels):
    shop.control("POST", "webhooks", {"drop": 1})
    storm(shop, 5)
    shop.settle()
    assert receiver.got == []
    assert [row["status"] for row in shop.deliveries()] == ["dropped"] * 5


def test_a_duplicate_arrives_under_the_same_webhook_id(shop, receiver, levels):
    shop.control("POST", "webhooks", {"duplicate": 1})
    storm(shop, 5)
    shop.settle()
    assert sorted(Counter(one.webhook_id for one in receiver.got).values()) == [2] * 5
    assert {one.headers["X-Shopify-Hmac-Sha256"] for one in receiver.got[:1]} <= {
        one.headers["X-Shopify-Hmac-Sha256"] for one in receiver.got[1:]
    }
    assert [row["duplicate"] for row in shop.deliveries()] == [False, True] * 5


def test_shuffled_deliveries_arrive_in_another_order(shop, receiver, levels):
    shop.control("POST", "webhooks", {"shuffle": True, "workers": 1})
    storm(shop)
    shop.settle()
    raised = [row["webhook_id"] for row in shop.deliveries()]
    arrived = [one.webhook_id for one in receiver.got]
    assert sorted(arrived) == sorted(raised)
    assert arrived != raised


def test_without_shuffling_one_worker_keeps_the_order(shop, receiver, levels):
    shop.control("POST", "webhooks", {"workers": 1})
    storm(shop)
    shop.settle()
    assert [one.webhook_id for one in receiver.got] == [row["webhook_id"] for row in shop.deliveries()]


def test_a_delay_holds_deliveries_back_on_the_sandboxs_clock(shop, receiver, levels, clock):
    shop.control("POST", "webhooks", {"delay": 90})
    storm(shop, 1)
    clock.move(89)
    shop.settle()
    assert receiver.got == []
    clock.move(1)
    shop.settle()
    assert len(receiver.got) == 1


def test_what_is_held_goes_out_when_let_go(shop, receiver, levels):
    shop.control("POST", "webhooks", {"hold": True})
    storm(shop, 3)
    assert shop.control("GET", "webhooks?wait=0.05")["settled"] is False
    assert receiver.got == []
    shop.control("POST", "webhooks", {"hold": False})
    assert shop.control("GET", "webhooks?wait=20")["settled"] is True
    assert len(receiver.got) == 3


def test_the_same_seed_gives_the_same_faults(clock):
    def fates() -> list[tuple[str, bool]]:
        entries = [{"topics": ["inventory_levels/update"], "uri": "http://127.0.0.1:9/"}]
        with Sandbox(size="small", clock=clock, webhooks=entries) as sandbox:
            sandbox.issue_admin_token("demo.myshopify.com")
            sandbox.deliveries.change({"drop": 0.1, "duplicate": 0.1, "shuffle": True, "hold": True, "seed": 5})
            from atom_shopify_plugin.sandbox.webhooks.actions import Actor

            Actor(sandbox, sandbox.account("demo.myshopify.com")).storm(300, 3)
            return [(row.status, row.duplicate) for row in sandbox.deliveries.listing()]

    first = fates()
    assert first == fates()
    counted = Counter(first)
    assert 10 < counted["dropped", False] < 60
    assert 10 < counted["waiting", True] < 60


def test_after_a_storm_without_loss_the_last_of_each_level_is_its_stock(shop, receiver, levels, sandbox):
    shop.control("POST", "webhooks", {"workers": 1})
    storm(shop, 400)
    shop.settle()
    heard = {one.json["admin_graphql_api_id"]: one.json["available"] for one in receiver.got}
    stock = sandbox.store(shop.domain).all("InventoryLevel")
    assert heard == {gid: stock[gid]["stock"]["available"] for gid in heard}
    assert len(receiver.got) == 400


def test_a_storm_is_in_the_journal_with_the_origin_control(shop, sandbox):
    before = len(sandbox.store(shop.domain).journal)
    storm(shop, 25)
    effects = sandbox.store(shop.domain).journal[before:]
    assert [(one.operation, one.origin) for one in effects] == [("inventoryStorm", "control")] * 25


def test_forgetting_drops_what_waits_and_the_faults(shop, receiver, levels, clock):
    shop.control("POST", "webhooks", {"delay": 10, "drop": 0.5})
    storm(shop, 4)
    settings = shop.control("DELETE", "webhooks")
    assert (settings["delay"], settings["drop"]) == (0, 0)
    clock.move(60)
    shop.settle()
    assert receiver.got == []
    assert shop.deliveries() == []


@pytest.mark.parametrize(
    "body",
    [
        {"drop": 1.5},
        {"drop": True},
        {"duplicate": "all"},
        {"shuffle": 1},
        {"workers": 0},
        {"workers": 2.5},
        {"time_scale": -1},
        {"deadline": 0},
        {"chaos": 1},
    ],
)
def test_a_setting_out_of_its_range_is_refused(shop, body):
    before = shop.control("GET", "webhooks")["settings"]
    assert "error" in shop.control("POST", "webhooks", body, status=400)
    assert shop.control("GET", "webhooks")["settings"] == before


def test_deliveries_are_listed_by_store_topic_status_and_number(shop, receiver, levels):
    shop.subscribe("CUSTOMERS_CREATE", receiver.url)
    shop.do("customers", {"email": "new@example.com"})
    storm(shop, 3)
    shop.settle()
    assert len(shop.deliveries(topic="inventory_levels/update")) == 3
    assert len(shop.deliveries(store="demo", status="delivered")) == 4
    assert shop.deliveries(store="outlet") == []
    page = shop.control("GET", "webhooks?limit=3")
    assert len(page["deliveries"]) == 3
    assert len(shop.deliveries(since=page["next"])) == 1
