"""Plugins hear which triggers workflows wait for, and when that changes."""

from __future__ import annotations

import pytest
from flow_house import step
from toy_ledger import Ledger

from atom_shopify_plugin.hookspecs import hookimpl


class Listener(Ledger):
    """Writes down what is in use each time that it is told of a change."""

    def __init__(self, folder) -> None:
        super().__init__(folder)
        self.heard = []

    @hookimpl
    def atom_triggers_changed(self):
        self.heard.append({key for used in self.host.hook.atom_triggers_in_use() for key in used})


@pytest.fixture
def listener(tmp_path):
    return Listener(tmp_path / "books")


def test_a_change_of_the_triggers_in_use_is_told_once(open_house, listener):
    ada = open_house([("ledger", listener)]).client()
    ada.create(step("s", "write", n=1), id="a", trigger={"key": "paid"})
    assert listener.heard == [{"paid"}]
    ada.create(step("s", "write", n=2), id="a", trigger={"key": "paid"})
    ada.create(step("s", "write", n=1), id="b", trigger={"key": "payment"})  # the same one by another name
    ada.create(step("s", "write", n=1), id="c", trigger={"cron": "0 * * * *"})
    assert listener.heard == [{"paid"}]
    ada.ask("DELETE", "/definitions/a")
    assert listener.heard == [{"paid"}]
    ada.ask("DELETE", "/definitions/b")
    assert listener.heard == [{"paid"}, set()]


def test_a_plugin_that_fails_on_hearing_it_keeps_no_workflow_from_being_stored(open_house, listener):
    listener.heard = None
    ada = open_house([("ledger", listener)]).client()
    ada.create(step("s", "write", n=1), id="a", trigger={"key": "paid"})
    assert [one["id"] for one in ada.ask("GET", "/definitions")["workflows"]] == ["a"]
