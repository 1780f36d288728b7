"""One installation for all attacks: what a test does to it, the next one must not notice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from house import House, Person, open_house


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A served installation; ada has connected both stores of the sandbox."""
    with open_house(tmp_path_factory.mktemp("house"), "--threads", "16") as house:
        ada = house.person("ada")
        for shop in ("demo", "outlet"):
            house.connect(ada, shop)
        yield house


@pytest.fixture
def ada(house: House) -> Person:
    """The owner of both stores."""
    return house.person("ada")


@pytest.fixture
def mallory(house: House) -> Person:
    """Somebody with an account and no store."""
    return house.person("mallory")
