from __future__ import annotations

import pytest
from flow_house import House
from toy_ledger import Ledger


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "books")


@pytest.fixture
def open_house(tmp_path):
    houses = []

    def open_(plugins, folder=tmp_path / "host", **settings):
        houses.append(House(folder, plugins, **settings))
        return houses[-1]

    yield open_
    for house in houses:
        house.host.close()


@pytest.fixture
def house(open_house, ledger):
    return open_house([("ledger", ledger)])


@pytest.fixture
def ada(house):
    return house.client("ada")
