"""When a schedule is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from flow_house import eventually, step
from hypothesis import given, settings
from hypothesis import strategies as st

from atom_shopify_plugin.host.workflows.schedule import following, problem

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


def changes(zone, start, end):
    """The moments in a zone at which its clock is changed, with the offsets before and after."""
    here = ZoneInfo(zone)

    def offset(moment):
        return datetime.fromtimestamp(moment, here).utcoffset()

    low, before = start, offset(start)
    while low < end:
        high = low + 10 * 86_400
        after = offset(high)
        if after != before:
            first, last = low, high
            while last - first > 1:
                middle = (first + last) // 2
                first, last = (middle, last) if offset(middle) == before else (first, middle)
            yield last, before, after
        low, before = high, after


@cache
def kinds_of_change():
    """One change of a clock of each kind that there has been anywhere: how far, and at what time of the day."""
    found = {}
    for zone in sorted(available_timezones()):
        for moment, before, after in changes(zone, int(at("2005-01-01")), int(at("2028-01-01"))):
            wall = datetime.fromtimestamp(moment, UTC) + before
            found.setdefault((after - before, wall.hour, wall.minute), (zone, moment, before, after))
    return list(found.values())


def fired(cron, zone, start, end):
    moments = [float(start)]
    while moments[-1] < end:
        moments.append(following({"cron": cron, "timezone": zone}, moments[-1]))
    return moments[1:]


@pytest.mark.parametrize(
    ("cron", "longest"),
    [
        ("*/15 * * * *", 900),
        ("0 * * * *", 3600),
        ("45 * * * *", 3600),
        ("7,50 */1 * * *", 2580),
        ("*/20 * * * *", 1200),
    ],
)
def test_an_interval_goes_on_while_a_clock_is_changed(cron, longest):
    for zone, moment, _, _ in kinds_of_change():
        times = [moment - 7_300, *fired(cron, zone, moment - 7_300, moment + 7_300)]
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert all(0 < gap <= longest for gap in gaps), (zone, moment, gaps)


@pytest.mark.parametrize("wall", ["00:00", "01:15", "02:00", "02:30", "03:00", "12:05", "23:45"])
def test_a_fixed_time_comes_once_on_each_day_that_there_is(wall):
    hour, minute = map(int, wall.split(":"))
    for zone, moment, before, after in kinds_of_change():
        start = moment - 2 * 86_400
        expected = []
        for number in range(-4, 5):
            day = datetime.fromtimestamp(moment, ZoneInfo(zone)).date() + timedelta(days=number)
            shown = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
            seen = [(shown - offset).timestamp() for offset in (before, after)]
            real = [one for one in seen if datetime.fromtimestamp(one, ZoneInfo(zone)).replace(tzinfo=UTC) == shown]
            if real:
                expected.append(min(real))
            elif after - before < timedelta(hours=20):  # else the clock leaves the whole day out
                expected.append(moment)  # as the clock goes on
        times = fired(f"{minute} {hour} * * *", zone, start, moment + 86_400)
        assert times == [one for one in expected if one > start][: len(times)], (zone, moment)


IN_BERLIN = [
    ("*/15 2 * * *", 8, 1),  # the hour comes twice in autumn, and is left out in spring
    ("0 */2 * * *", 13, 12),
    ("0,30 2 * * *", 2, 1),
    ("30 2 * * 0", 1, 1),
    ("30 2 29-31 3 *", 0, 1),
]


@pytest.mark.parametrize(("cron", "autumn", "spring"), IN_BERLIN)
def test_how_often_a_pattern_comes_on_the_days_of_change(cron, autumn, spring):
    for day, times in (("2026-10-25", autumn), ("2026-03-29", spring)):
        start, end = at(day, "Europe/Berlin"), at(day, "Europe/Berlin") + (25 if times == autumn else 23) * 3600
        found = fired(cron, "Europe/Berlin", start - 1, end - 1)
        assert len([one for one in found if one < end]) == times


def test_a_quarter_of_an_hour_in_lord_howe():
    times = fired("*/15 * * * *", "Australia/Lord_Howe", at("2026-04-04T14:00"), at("2026-04-04T16:00"))
    assert [later - earlier for earlier, later in pairwise(times)] == [900.0] * (len(times) - 1)


@settings(max_examples=150)
@given(
    st.sampled_from(["*", "*/7", "5", "0-30/10", "59"]), st.sampled_from(["*", "*/3", "2", "1,2,3", "23", "0"]),
    st.sampled_from(["*", "1", "29", "L", "*/2"]), st.sampled_from(["*", "3", "10", "2", "*/5"]),
    st.sampled_from(["*", "0", "1-5", "7#1"]), st.sampled_from(sorted(available_timezones())),
    st.floats(at("2000-01-01"), at("2060-01-01")),
)  # fmt: skip
def test_a_schedule_goes_forward_and_stays_within_its_pattern(minute, hour, day, month, weekday, zone, after):
    trigger = {"cron": f"{minute} {hour} {day} {month} {weekday}", "timezone": zone}
    if problem(trigger):
        return
    first = following(trigger, after)
    second = following(trigger, first)
    assert after < first < second
    assert following(trigger, (first + second) / 2) == second


def test_a_pattern_of_chance_is_refused(ada):
    for cron in ("R * * * *", "H H * * *", "0 R(0-5) * * *", "0 0 1,r * *", "٣ * * * *"):
        body = {"id": "w", "steps": [step("s")], "trigger": {"cron": cron}}
        (fault,) = ada.ask("POST", "/definitions", 400, json=body)["faults"]
        assert fault["pointer"] == "/trigger/cron"


def test_the_next_time_is_shown_while_an_hour_is_repeated(open_house, ledger):
    house = open_house([("ledger", ledger)], ATOM_HOST_WORKFLOW_THREADS="0")
    house.client().create(step("s"), trigger={"cron": "*/15 * * * *", "timezone": "Europe/Berlin"})
    (one,) = house.client().ask("GET", "/definitions")["workflows"]
    assert 0 < one["next_at"] - datetime.now(UTC).timestamp() <= 900


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
