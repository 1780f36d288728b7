from __future__ import annotations

import pytest
from host_door import Door
from toy_weather import Weather


@pytest.fixture
def open_host(tmp_path):
    doors: list[Door] = []

    def open_(plugins=(), folder=tmp_path / "host", **settings) -> Door:
        doors.append(Door(folder, plugins, **settings))
        return doors[-1]

    yield open_
    for door in doors:
        door.host.close()


@pytest.fixture
def weather():
    return Weather()


@pytest.fixture
def door(open_host, weather):
    return open_host([("weather", weather)])


@pytest.fixture
def app(door):
    """The host's application; pytest-flask's `client` comes in to it as nobody."""
    return door.app


@pytest.fixture
def ada(door):
    return door.signed_in("ada")
