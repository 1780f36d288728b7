"""A day in a filter is a day of the store, wherever it is and whatever its clocks do."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from webhost import Caller, data_of, error_of

from atom_shopify_plugin.catalog.loading import packaged
from atom_shopify_plugin.catalog.model import Action

if TYPE_CHECKING:
    from collections.abc import Callable

    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

DEMO = "demo.myshopify.com"
ORDERS = "/api/shopify/orders"
# Zone, day, its first moment, its last second, by the tables of the time zone database.
DAYS = [
    ("Pacific/Auckland", "2026-10-31", "2026-10-30T11:00:00Z", "2026-10-31T10:59:59Z"),
    ("America/Los_Angeles", "2026-10-31", "2026-10-31T07:00:00Z", "2026-11-01T06:59:59Z"),
    ("America/New_York", "2026-11-01", "2026-11-01T04:00:00Z", "2026-11-02T04:59:59Z"),  # 25 hours
    ("America/New_York", "2026-03-08", "2026-03-08T05:00:00Z", "2026-03-09T03:59:59Z"),  # 23 hours
    ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z", "2026-04-24T20:59:59Z"),  # begins at one
    ("Pacific/Kiritimati", "2026-10-31", "2026-10-30T10:00:00Z", "2026-10-31T09:59:59Z"),
]


@pytest.fixture
def ada_in(sandbox: Sandbox, request: pytest.FixtureRequest) -> Callable[[str], Caller]:
    """Return the owner of a store that lies in a time zone."""

    def connect(zone: str) -> Caller:
        sandbox.store(DEMO).timezone = zone
        caller: Caller = request.getfixturevalue("ada")
        return caller

    return connect


def order(ada: Caller, moment: str, at: str) -> None:
    given = {"line_items": [{"title": "Cup", "price": "1.00"}], "note": moment, "processed_at": at}
    assert ada.post(ORDERS, given).status_code == 201


def notes(ada: Caller, query: str) -> set[str]:
    return {item["note"] for item in data_of(ada.get(f"{ORDERS}?{query}"))["items"]} & {
        "before",
        "first",
        "last",
        "after",
    }


@pytest.mark.parametrize(("zone", "day", "first", "last"), DAYS)
def test_a_day_begins_at_the_stores_midnight_and_ends_at_the_next(
    zone: str, day: str, first: str, last: str, ada_in: Callable[[str], Caller]
) -> None:
    ada = ada_in(zone)
    second = timedelta(seconds=1)
    moments = {
        "before": datetime.fromisoformat(first) - second,
        "first": datetime.fromisoformat(first),
        "last": datetime.fromisoformat(last),
        "after": datetime.fromisoformat(last) + second,
    }
    for name, moment in moments.items():
        order(ada, name, moment.isoformat().replace("+00:00", "Z"))
    assert notes(ada, f"processed_at_min={day}") == {"first", "last", "after"}
    assert notes(ada, f"processed_at_max={day}") == {"before", "first", "last"}
    assert notes(ada, f"processed_at_min={day}&processed_at_max={day}") == {"first", "last"}
    offset = moments["first"].isoformat().replace("+00:00", "%2B00:00")
    assert notes(ada, f"processed_at_max={offset}") == {"before", "first"}


def test_a_zone_that_is_not_known_is_asked_for_once(
    sandbox: Sandbox, runtime: Runtime, store: Store, ada: Caller
) -> None:
    sandbox.store(DEMO).timezone = "Pacific/Auckland"
    runtime.storage.installations.describe(store.id, name=store.name, currency=store.currency, timezone="")
    for _ in range(3):
        assert ada.get(f"{ORDERS}?created_at_min=2026-10-31").status_code == 200
    assert [call["subject"] for call in sandbox.calls()].count("ConnectedShop") == 2  # when it was connected, and now
    (known,) = data_of(ada.get("/api/shopify/stores"))
    assert known["timezone"] == "Pacific/Auckland"


def test_a_zone_is_asked_for_only_where_a_day_is_named(
    runtime: Runtime, store: Store, sandbox: Sandbox, ada: Caller
) -> None:
    runtime.storage.installations.describe(store.id, name=store.name, currency=store.currency, timezone="")
    assert ada.get(f"{ORDERS}?created_at_min=2026-10-31T00:00:00Z").status_code == 200
    assert [call["subject"] for call in sandbox.calls()].count("ConnectedShop") == 1


def test_a_zone_that_this_machine_does_not_know_is_asked_for_anew(
    sandbox: Sandbox, runtime: Runtime, store: Store, ada: Caller
) -> None:
    runtime.storage.installations.describe(store.id, name=store.name, currency=store.currency, timezone="Mars/Olympus")
    assert ada.get(f"{ORDERS}?created_at_min=2026-10-31").status_code == 200  # the store says another one now


LISTS = [action for action in packaged().actions.values() if action.is_search and action.rest is not None]
DAYS_AND_MOMENTS = ["2026-10-31", "0001-01-01", "9999-12-31", "2026-10-31T08:00:00Z", "2026-10-31T08:00+02:00"]
NEITHER = [
    "2026-W01-1", "20261031", "2026-10", "2026-305", "2026-02-30", "31.10.2026", "2026-10-31T08:00:00",
    "2026-10-31 08:00:00Z", "2026-10-31T24:00:00Z", "2026-W01-1T08:00:00Z", "20261031T080000Z", "٢٠٢٦-10-31",
    "2026-10-31T08:00:00+99:00", "0001-01-01T00:00:00+14:00", "2026-10-31T08:00:00.Z",
]  # fmt: skip


# What an action cannot do without.
REQUIRED = {"metaobject_search": "type=designer&"}


@pytest.mark.parametrize("action", LISTS, ids=lambda action: action.key)
def test_every_filter_on_moments_takes_days_and_says_so(action: Action, ada: Caller) -> None:
    for name, schema in action.properties.items():
        on_moments = schema.get("format") == "date-time" and "search" in schema
        of_numbers = schema.get("type") == "integer" or name.startswith("total_")
        assert (name.endswith(("_min", "_max")) and not of_numbers) == on_moments, name
        if not on_moments:
            continue
        assert "this day in the store’s time zone" in schema["description"]
        address = f"/api/shopify{action.rest[1] if action.rest else ''}?{REQUIRED.get(action.key, '')}{name}="
        for text in DAYS_AND_MOMENTS:
            assert ada.get(address + quote(text)).status_code == 200, text
        for text in NEITHER:
            response = ada.get(address + quote(text))
            assert response.status_code == 400, text
            (fault,) = error_of(response)["details"]["faults"]
            assert fault["pointer"] == f"/{name}"
            assert "must be a day such as 2026-10-31, or a moment with its offset" in fault["message"]


def test_what_is_written_is_a_moment_and_no_day(ada: Caller) -> None:
    given = {"line_items": [{"title": "Cup", "price": "1.00"}], "processed_at": "2026-10-31"}
    (fault,) = error_of(ada.post(ORDERS, given))["details"]["faults"]
    assert fault["message"].endswith("must be a moment with its offset, such as 2026-10-31T08:00:00Z.")
