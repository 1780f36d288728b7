from __future__ import annotations

import pytest
from toy_weather import Weather

from atom_shopify_plugin.host.app import create_app


class Door:
    """A host with given plugins, and clients that come in as one person or as nobody."""

    def __init__(self, folder, plugins, **settings) -> None:
        self.app = create_app({"ATOM_HOST_DATA_DIR": str(folder), **settings}, plugins)
        self.host = self.app.extensions["atom_host"]

    def anonymous(self, **arguments):
        return self.app.test_client(**arguments)

    def signed_in(self, subject="ada", **arguments):
        client = self.app.test_client(use_cookies=False)
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {self.host.auth.issue(subject, **arguments)}"
        return client


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
