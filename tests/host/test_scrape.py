"""A scrape tells what all processes did, the same whichever of them answers, and names nobody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from house import House, open_house
from observed import Scrape, scraped, used
from served import end, settle, start

DEMO = "demo.myshopify.com"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Two processes that serve and run no jobs, and a worker in a process of its own."""
    folder = tmp_path_factory.mktemp("observed")
    with open_house(folder, "--workers", "2", ATOM_SHOPIFY_WORKER_THREADS="0") as house:
        worker = start({**house.server.environ, "ATOM_SHOPIFY_WORKER_THREADS": "2"}, folder / "worker.log", "worker")
        try:
            used(house)
            yield house
        finally:
            end(worker)


@pytest.fixture(scope="module")
def scrape(house: House) -> Scrape:
    """What is told once the counters of all processes have come together."""
    assert settle(lambda: scraped(house).value("atom_shopify_triggers_fired_total") > 0), scraped(house).text
    assert settle(lambda: scraped(house).value("atom_shopify_delivery_age_seconds_count") > 0), scraped(house).text
    return scraped(house)


def test_print(scrape: Scrape) -> None:
    print(scrape.text)
