"""Plugins hear which triggers workflows wait for, and when that changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

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


NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def test_an_older_state_is_not_taken_after_a_newer_one(ada, ledger):
    """Two processes that hand over two states of one thing may overtake each other: the host has the last word."""
    ada.create(step("s", "echo"), trigger={"key": "paid"})
    for dedupe_key, shop, about, minute in (
        ("first", "main", "orders/1", 5),
        ("older", "main", "orders/1", 0),  # dropped
        ("another", "main", "orders/2", 0),
        ("elsewhere", "other", "orders/1", 0),
        ("as new", "main", "orders/1", 5),
        ("newer", "main", "orders/1", 9),
        ("older", "main", "orders/1", 0),  # dropped again
        ("a fact", "main", None, 0),
    ):
        ledger.emit({}, dedupe_key, shop, about=about, as_of=NOON + timedelta(minutes=minute))
    taken = [run["event"]["dedupe_key"] for run in reversed(ada.settled(6))]
    assert taken == ["first", "another", "elsewhere", "as new", "newer", "a fact"]
