"""Many deliveries, shuffled and repeated, by several workers at once."""

from __future__ import annotations

import random
import threading
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from eventkit import Emitted, Shopify, encoded, order

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime


def storm(shopify: Shopify, runtime: Runtime, emitted: Emitted, total: int, seed: int) -> None:
    """Send `total` deliveries of which every fifth is a repetition, while four workers are at it."""
    rng = random.Random(seed)  # noqa: S311  # repeatable, not secret
    orders = total // 8
    first = [
        (f"w{number}-{version}", encoded(order(number, updated_at=f"2026-11-01T10:00:{version:02}Z")))
        for number in range(orders)
        for version in range(8)
    ]
    sent = [*first, *rng.sample(first, len(first) // 5)]
    rng.shuffle(sent)
    sending = threading.Event()
    sending.set()

    def work() -> None:
        while sending.is_set() or runtime.storage.jobs.backlog()["pending"]:
            runtime.jobs.run_one()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for webhook_id, body in sent:
        assert shopify.deliver("orders/updated", body, webhook_id=webhook_id).status_code == 200
    sending.clear()
    for worker in workers:
        worker.join()
    # Every delivery is a row that has ended; every event was handed over once at most.
    assert runtime.storage.jobs.backlog() | {"oldest_seconds": 0.0} == dict.fromkeys(
        ("pending", "running", "dead", "quarantined", "parked", "oldest_seconds"), 0
    )
    assert max(Counter(event.dedupe_key for event in emitted.events).values()) == 1
    newest: dict[str, str] = {}
    for event in emitted.events:
        name, updated_at = event.payload["name"], event.payload["updated_at"]
        assert newest.get(name, "") <= updated_at, "an older state came after a newer one"
        newest[name] = updated_at
    assert newest == {f"#{number}": "2026-11-01T10:00:07Z" for number in range(orders)}


@pytest.mark.slow
def test_five_hundred_shuffled_deliveries_with_repetitions(
    shopify: Shopify, runtime: Runtime, emitted: Emitted
) -> None:
    storm(shopify, runtime, emitted, 500, seed=1)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_ten_thousand_shuffled_deliveries_with_repetitions(
    shopify: Shopify, runtime: Runtime, emitted: Emitted
) -> None:
    storm(shopify, runtime, emitted, 10_000, seed=2)
