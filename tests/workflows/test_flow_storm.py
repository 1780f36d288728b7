"""From Shopify's delivery to an effect in the store, once, whatever happens in between."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from eventkit import encoded, headers_of, order
from house import House, Person, open_house
from served import Line, settle

SKU = "MUG-BLUE"
WORKFLOW = {
    "id": "count",
    "trigger": {"key": "order_created"},
    "steps": [
        {
            "id": "count",
            "type": "service_action",
            "service": "shopify",
            "action": "inventory_adjust",
            "parameters": {
                "sku": SKU,
                "delta": 1,
                "reference_document_uri": "gid://count/Order/{{ trigger.legacy_id }}",
            },
        }
    ],
}


@pytest.fixture
def settings(migrated_database_url: str) -> dict[str, str]:
    """Settings of an installation on either database whose leases are short."""
    return {
        "ATOM_SHOPIFY_DATABASE_URL": migrated_database_url,
        "ATOM_SHOPIFY_ENCRYPTION_KEYS": "k1:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        "ATOM_SHOPIFY_JOB_LEASE": "3",
        "ATOM_HOST_LEASE_SECONDS": "3",
    }


def runs(house: House, condition: str = "1", *values: str) -> Counter[str]:
    """Return how many runs of workflows there are of each state."""
    with sqlite3.connect(house.server.host_file, timeout=10) as host:
        found = host.execute(f"SELECT state, count(*) FROM host_runs WHERE {condition} GROUP BY state", values)  # noqa: S608
        return Counter(dict(found.fetchall()))


def make_zombie(house: House, rng: random.Random) -> None:
    """Stop a process that is in the middle of a run, and let it go on when another one has taken the run over."""

    def taken_over() -> bool:
        pid = rng.choice(house.server.workers())
        os.kill(pid, signal.SIGSTOP)
        try:
            # Where it was stopped while it wrote to SQLite, nobody else can: then it is no use, and the next one is.
            return holds(house, pid) and settle(lambda: not holds(house, pid), 8.0)
        finally:
            os.kill(pid, signal.SIGCONT)

    assert settle(taken_over, 120.0)


def holds(house: House, pid: int) -> bool:
    return bool(runs(house, "state = 'running' AND lease_owner LIKE ?", f"%:{pid}:%"))


def available(person: Person) -> int:
    """Return how many there are in the store."""
    return sum(
        level["available"] for level in person.get(f"/api/shopify/inventory?sku={SKU}&shop=demo").json["data"]["levels"]
    )


def storm(house: House, total: int, zombies: int, seed: int) -> None:
    """Deliver `total` orders, each fifth twice and all shuffled, while processes are stopped for longer than a lease.

    Each order has a workflow add one to a stock: in the end the store's journal has each of them, once.
    """
    ada = house.person("ada")
    house.connect(ada, "demo")
    before = available(ada)
    assert ada.post("/api/workflows/definitions", WORKFLOW).status_code == 200
    rng = random.Random(seed)  # noqa: S311  # repeatable, not secret
    numbers = [*range(total), *rng.sample(range(total), total // 5)]
    rng.shuffle(numbers)
    waiting = deque(numbers)

    def send() -> None:
        line = Line(house.server)
        while waiting:
            try:
                number = waiting.popleft()
            except IndexError:
                break
            body = encoded(order(number))
            headers = headers_of(body, "orders/create", webhook_id=f"w{number}")
            assert settle(lambda body=body, headers=headers: line.post(body, headers) == 200, 120.0)
        line.close()

    with ThreadPoolExecutor(8) as pool:
        senders = [pool.submit(send) for _ in range(8)]
        for number in range(zombies):
            # Spread over the work that there is to do.
            assert settle(lambda number=number: runs(house)["completed"] >= total * number // zombies, 60.0 + total / 2)
            make_zombie(house, rng)
        for sender in senders:
            sender.result()
    assert settle(lambda: runs(house) == {"completed": total}, 120.0 + total / 2), runs(house)
    journal = house.sandbox.store("demo.myshopify.com").journal
    effects = [effect.input["input"] for effect in journal if effect.operation == "inventoryAdjustQuantities"]
    assert len(effects) == len({effect["referenceDocumentUri"] for effect in effects}) == total
    assert available(ada) - before == total


@pytest.mark.timeout(400)
def test_zombies_duplicates_and_disorder_double_no_effect(settings: dict[str, str], tmp_path: Path) -> None:
    with open_house(tmp_path, "--threads", "16", "--workers", "2", **settings) as house:
        storm(house, 100, zombies=2, seed=1)


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_ten_thousand_effects_are_there_once(settings: dict[str, str], tmp_path: Path) -> None:
    with open_house(tmp_path, "--threads", "16", "--workers", "2", plan="plus", **settings) as house:
        storm(house, 10_000, zombies=50, seed=2)
