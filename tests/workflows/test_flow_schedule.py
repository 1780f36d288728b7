"""When a schedule is due."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from flow_house import eventually, step
from hypothesis import given
from hypothesis import strategies as st

from atom_shopify_plugin.host.workflows.schedule import following

BERLIN = ZoneInfo("Europe/Berlin")


def at(text, zone="UTC"):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def shown(moment, zone="UTC"):
    return datetime.fromtimestamp(moment, ZoneInfo(zone)).isoformat()


CRON = [
    ("0 9 * * 1-5", "UTC", "2026-11-27T10:00", "2026-11-30T09:00:00+00:00"),
    ("0 9 * * *", "Europe/Berlin", "2026-11-25T08:30", "2026-11-25T09:00:00+01:00"),
    ("*/15 * * * *", "UTC", "2026-11-25T10:15", "2026-11-25T10:30:00+00:00"),
    ("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00", "2026-03-29T03:00:00+02:00"),
    ("30 2 * * *", "Europe/Berlin", "2026-10-25T01:00", "2026-10-25T02:30:00+02:00"),
    ("30 2 * * *", "Europe/Berlin", "2026-10-25T02:31", "2026-10-26T02:30:00+01:00"),
]


@pytest.mark.parametrize(("cron", "zone", "after", "due"), CRON)
def test_cron_reads_the_wall_clock_of_its_zone(cron, zone, after, due):
    assert shown(following({"cron": cron, "timezone": zone}, at(after, zone)), zone) == due


def test_a_night_with_two_half_past_twos_has_one_run():
    first = following({"cron": "30 2 * * *", "timezone": "Europe/Berlin"}, at("2026-10-25T00:00", "Europe/Berlin"))
    second = following({"cron": "30 2 * * *", "timezone": "Europe/Berlin"}, first)
    assert (shown(first, "Europe/Berlin")[:16], shown(second, "Europe/Berlin")[:16]) == (
        "2026-10-25T02:30",
        "2026-10-26T02:30",
    )


@given(st.integers(1, 10**6), st.floats(1e9, 2e9), st.floats(0, 1e6))
def test_an_interval_keeps_its_beat_and_never_looks_back(every, due, late):
    after = due + late
    found = following({"every": every}, after, due)
    assert after < found + 1e-6
    assert found <= after + every + 1e-6
    assert abs((found - due) / every - round((found - due) / every)) < 1e-6


def test_hours_without_a_host_are_made_up_by_one_run(open_house, ledger):
    house = open_house([("ledger", ledger)], ATOM_HOST_WORKFLOW_THREADS="0")
    house.client().create(step("s", "write", due="{{ trigger.due }}"), trigger={"every": 60})
    house.host.store.run("UPDATE host_workflows SET next_at = next_at - 36000")
    other = open_house([("ledger", ledger)])
    (run,) = other.client().settled()
    assert run["state"] == "completed"
    (next_at,) = [one["next_at"] for one in house.client().ask("GET", "/definitions")["workflows"]]
    assert eventually(lambda: next_at > datetime.now(BERLIN).timestamp() - 1)
    assert len(house.client().runs()) == 1
