"""What the history shows, how long it is kept, and how people are forgotten."""

from __future__ import annotations

import sqlite3
import time

import pytest
from flow_house import step
from hypothesis import given
from hypothesis import strategies as st

from atom_shopify_plugin.host.store import HostStore
from atom_shopify_plugin.host.workflows.housekeeping import DAY, clean
from atom_shopify_plugin.host.workflows.redaction import HIDDEN, redacted, said

PERSON = {
    "id": 7,
    "email": "grace@example.com",
    "firstName": "Grace",
    "last_name": "Hopper",
    "phone": "+1 555 0100 22",
    "customer": {"id": 9, "name": "Grace Hopper", "orders_count": 3, "default_address": {"city": "York"}},
    "access_token": "shpat_0123456789abcdef0123456789abcdef",
    "text": "write to grace@example.com or +15550100222, token tok_0123456789abcdefghij, Bearer abcdefghijk",
    "name": "#1001",
    "title": "Mug",
    "tags": ["vip"],
    "note": "Likes blue",
}
TRACES = ("grace", "Hopper", "555 0100", "15550100222", "York", "Likes blue", "0123456789abcdef", "abcdefghijk")


def files(house):
    folder = house.host.config.data_dir
    return b"".join(one.read_bytes() for one in folder.iterdir())


def test_secrets_and_personal_data_are_hidden_and_the_rest_is_not():
    shown = redacted(PERSON)
    assert shown == {
        "id": 7,
        "email": HIDDEN,
        "firstName": HIDDEN,
        "last_name": HIDDEN,
        "phone": HIDDEN,
        "customer": {"id": 9, "name": HIDDEN, "orders_count": 3, "default_address": HIDDEN},
        "access_token": HIDDEN,
        "text": f"write to {HIDDEN} or {HIDDEN}, token {HIDDEN}, {HIDDEN}",
        "name": "#1001",
        "title": "Mug",
        "tags": ["vip"],
        "note": HIDDEN,
    }


@pytest.mark.parametrize("text", ["2026-11-25T10:00:00+01:00", "gid://shopify/Order/16300000011630000001", "12.50",
                                  "order_partially_fulfilled_and_paid", "1+1", "a @ b"])  # fmt: skip
def test_texts_that_only_look_a_little_like_it_stay(text):
    assert redacted([text]) == [text]


nested = st.recursive(st.just("grace@example.com"), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
    st.text(max_size=8), inner, max_size=3), max_leaves=20)  # fmt: skip


@given(nested)
def test_an_address_is_hidden_wherever_it_stands(value):
    assert "grace" not in said(value)


def test_what_is_too_large_or_too_deep_is_cut():
    deep = []
    for _ in range(500):
        deep = [deep]
    assert len(said(deep)) < 1_000
    assert len(said({"a": ["x" * 10_000] * 5_000})) < 2_000_000


def test_the_history_holds_inputs_and_outputs_redacted(ada, ledger):
    ada.create(step("s", "write", to="{{ trigger }}"), trigger={"key": "paid"})
    ledger.emit(PERSON, "e1")
    (run,) = ada.settled()
    shown = ada.run(run["id"])
    assert shown["input"]["trigger"] == redacted(PERSON)
    assert shown["steps"][0]["input"] == {"to": redacted(PERSON)}
    assert shown["steps"][0]["output"]["written"] == {"to": redacted(PERSON)}
    assert ledger.effects() == [{"to": PERSON}]


def test_a_finished_run_leaves_nothing_unredacted_behind(house, ada, ledger):
    ada.create(step("s", x="{{ trigger }}"), step("t", y="{{ s.x.email }}"), trigger={"key": "paid"})
    ledger.emit(PERSON, "e1")
    ada.settled()
    house.host.store.scrub()
    kept = files(house).decode("latin1")
    assert [trace for trace in TRACES if trace in kept] == []


def test_a_failed_run_keeps_its_data_for_a_retry_and_no_longer(house, ada):
    ada.create(step("s", "broken", to="{{ input.email }}"))
    run_id = ada.execute(input={"email": "grace@example.com"})["execution_id"]
    clean(house.host.store)
    ada.ask("POST", f"/runs/{run_id}/retry")
    ada.settled()
    clean(house.host.store, time.time() + 8 * DAY)
    assert "no longer kept" in ada.ask("POST", f"/runs/{run_id}/retry", 409)["message"]
    house.host.store.scrub()
    assert b"grace" not in files(house)


def test_old_runs_and_events_go_and_young_ones_stay(house, ada, ledger):
    ada.create(step("s"), trigger={"key": "paid"})
    ledger.emit({}, "e1")
    ada.settled()
    clean(house.host.store, time.time() + 29 * DAY)
    assert len(ada.runs()) == 1
    clean(house.host.store, time.time() + 31 * DAY)
    assert ada.runs() == []
    (left,) = house.host.store.run("SELECT (SELECT count(*) FROM host_steps) + (SELECT count(*) FROM host_events)")
    assert left == (0,)


@pytest.mark.parametrize("terms", [["grace@example.com"], ["9"], ["GRACE@EXAMPLE.COM", "+15550100222"]])
def test_a_person_is_forgotten_in_that_shop(house, ada, ledger, terms):
    ada.create(step("ask", of="approval", message="{{ trigger.email }}?"), trigger={"key": "paid"})
    other = {"email": "alan@example.org", "customer": {"id": 99}}
    for payload, key, shop in ((PERSON, "e1", "main"), (other, "e2", "main"), (PERSON, "e3", "elsewhere")):
        ledger.emit(payload, key, shop)
    ada.settled(3)
    house.host.hook.atom_forget(shop="main", terms=terms)
    assert sorted(run["event"]["dedupe_key"] for run in ada.runs()) == ["e2", "e3"]
    house.host.hook.atom_forget(shop="elsewhere", terms=terms)
    kept = files(house).decode("latin1")
    assert [trace for trace in TRACES if trace in kept] == []
    assert "alan@example.org" in kept
    ledger.emit(PERSON, "e1", "main")
    assert len(ada.runs()) == 1


def test_a_shop_is_forgotten_as_a_whole(house, ada, ledger):
    ada.create(step("s", "broken", to="{{ trigger.email }}"), trigger={"key": "paid"})
    ledger.emit(PERSON, "e1", "main")
    ada.settled()
    house.host.hook.atom_forget(shop="main", terms=None)
    assert ada.runs() == []
    assert b"grace" not in files(house)
    house.host.hook.atom_forget(shop="main", terms=[" "])


def test_a_file_of_the_version_before_is_taken_over(tmp_path):
    with sqlite3.connect(tmp_path / "atom-host.db") as old:
        old.execute(
            "CREATE TABLE host_workflows (id TEXT PRIMARY KEY, tenant TEXT NOT NULL, subject TEXT NOT NULL,"
            " service_id TEXT NOT NULL, config TEXT NOT NULL, created_at TEXT NOT NULL)"
        )
        old.execute("INSERT INTO host_workflows VALUES ('w', 't', 'ada', 'x', '{}', '2026-01-01')")
    old.close()
    store = HostStore(tmp_path)
    assert store.run("SELECT id, version, runnable, trigger_key FROM host_workflows") == [("w", 1, 0, None)]
    new = HostStore(tmp_path / "new")
    assert store.run("PRAGMA user_version") == new.run("PRAGMA user_version")
    new.close()
    store.close()
