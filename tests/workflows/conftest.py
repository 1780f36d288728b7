from __future__ import annotations

import json

import pytest
from flow_house import House
from receiver import Mailbox, Receiver
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


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def mailbox():
    mailbox = Mailbox()
    yield mailbox
    mailbox.close()


@pytest.fixture
def sending_house(open_house, ledger):
    """Open a house whose operator allows something to be sent."""

    def open_(folder=None, **outgoing):
        where = {} if folder is None else {"folder": folder}
        return open_house([("ledger", ledger)], **where, ATOM_HOST_OUTGOING=json.dumps(outgoing))

    return open_
