"""Campaigns: what their codes brought is what the orders say, and what makes no sense is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from copying import copy
from mirrored import Line, Sold, as_json
from webhost import Caller, ada, app, caller, data_of, error_of, host  # noqa: F401  # fixtures are found by their names

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.storage import Store

WHERE = "/api/shopify/enhanced/campaigns"
BREAKDOWN = "/api/shopify/enhanced/analytics/breakdown?by=discount_code&first=250"
NOW = datetime.now(UTC)
YEAR = {"since": f"{NOW - timedelta(days=365):%Y-%m-%d}"}
SINCE = f"since={YEAR['since']}"


def placed(number: int, codes: tuple[str, ...], customer: int | None, *, cancelled: bool = False) -> dict[str, Any]:
    """Return an order of 3 × 10.00 with 5.00 off, as Shopify tells it."""
    at = NOW - timedelta(days=30 - number)
    return as_json(
        Sold(
            number=9_000_000 + number, at=at, lines=(Line(number, 7, Decimal(10), 3, Decimal(5), Decimal(0), False),),
            shipping=Decimal(0), shipping_tax=Decimal(0), included=False, test=False, currency="EUR",
            customer=customer, channel="Online Store", country="DE", codes=codes, tags=(), refunds=(),
            cancelled=at if cancelled else None, fulfilled=None, delivered=None, updated=at,
        )
    )  # fmt: skip


@pytest.fixture
def copied(runtime: Runtime, store: Store) -> None:
    """Copy a store, with orders that use codes: of a new customer, of the same one, of a guest, and a cancelled one."""
    copy(runtime, store)
    orders = [
        placed(1, ("LESS",), 77),
        placed(2, ("less", "MORE"), 77),
        placed(3, ("MORE",), None),
        placed(4, ("LESS",), 78, cancelled=True),
        placed(5, (), 79),
    ]
    with runtime.storage.begin() as session:
        mirror = runtime.storage.mirrors.lock(session, store)
        runtime.storage.mirrored_orders.put(session, mirror, orders, ZoneInfo(mirror.timezone))


def test_a_campaign_brought_what_the_orders_with_its_codes_say(
    ada: Caller,  # noqa: F811
    copied: None,
    store: Store,
) -> None:
    made = data_of(ada.post(WHERE, {"name": "Some", "codes": ["Less", "MORE", "NEVER-USED"], **YEAR}))
    assert made["until"] is None
    result = data_of(ada.get(f"{WHERE}/some/result"))
    assert (result["orders"], result["units"], result["gross_sales"], result["discounts"]) == (4, 12, "120.00", "20.00")
    assert (result["returns"], result["net_sales"]) == ("25.00", "75.00"), "the cancelled order came back"
    assert (result["customers"], result["new_customers"]) == (1, 1), "guests and cancelled orders are nobody's"
    assert [(one["code"], one["used"], one["orders"]) for one in result["codes"]] == [
        ("Less", True, 3),
        ("MORE", True, 2),
        ("NEVER-USED", False, 0),
    ], "an order with two codes counts for each of them"
    rows = {row["value"]: row for row in data_of(ada.get(f"{BREAKDOWN}&{SINCE}"))["rows"]}
    assert result["codes"][1]["net_sales"] == rows["MORE"]["net_sales"]
    sales = data_of(ada.get(f"/api/shopify/enhanced/analytics?{SINCE}&compare=true"))
    assert result["store"]["net_sales"] == sales["totals"]["net_sales"]
    assert result["before"]["net_sales"] == sales["previous"]["net_sales"]
    assert (result["over"], result["period"]["since"]) == (False, YEAR["since"])


def test_the_report_on_marketing_and_the_chat_show_campaigns(
    ada: Caller,  # noqa: F811
    runtime: Runtime,
    principal: Principal,
    copied: None,
    store: Store,
) -> None:
    data_of(ada.post(WHERE, {"name": "Some", "codes": ["LESS"], **YEAR}))
    data_of(ada.post(WHERE, {"name": "More", "codes": ["MORE"], "since": f"{NOW - timedelta(days=28):%Y-%m-%d}"}))
    data_of(ada.post(WHERE, {"name": "Next century", "codes": ["LESS"], "since": "2199-01-01"}))
    report = data_of(ada.get(f"/api/shopify/enhanced/reports/marketing?{SINCE}&section=sales_by_campaign"))
    (section,) = report["sections"]
    assert [(row["campaign"], row["orders"], row["net_sales"]) for row in section["rows"]] == [
        ("More", 2, "50.00"),
        ("Some", 3, "50.00"),
    ]
    told = runtime.chat.answer(principal, "campaign some")
    assert told is not None
    assert "3 orders, 50.00 EUR net sales, 15.00 EUR discounts, 1 new customers of 1" in told.text


def test_a_campaign_that_has_not_begun_says_so(ada: Caller, runtime: Runtime, store: Store) -> None:  # noqa: F811
    copy(runtime, store)
    data_of(ada.post(WHERE, {"name": "Later", "codes": ["A"], "since": "2199-01-01", "until": "2199-01-31"}))
    error = error_of(ada.get(f"{WHERE}/Later/result"))
    assert (error["code"], "starts on 2199-01-01" in error["message"]) == ("CONFLICT", True)


def test_without_a_copy_a_campaign_is_saved_and_its_result_is_not_known(ada: Caller, store: Store) -> None:  # noqa: F811
    data_of(ada.post(WHERE, {"name": "Some", "codes": ["A"], **YEAR}))
    assert error_of(ada.get(f"{WHERE}/Some/result"))["code"] == "NOT_SYNCED"


def test_a_campaign_is_changed_and_put_back(ada: Caller, store: Store) -> None:  # noqa: F811
    made = data_of(ada.post(WHERE, {"name": "Some", "codes": ["A"], "since": "2026-01-01", "until": "2026-01-31"}))
    done = ada.put(f"{WHERE}/Some", {"until": None, "codes": ["B", "C"], "name": "Other"}).get_json()
    assert (done["data"]["until"], done["data"]["codes"]) == (None, ["B", "C"])
    undo = {key: value for key, value in done["meta"]["undo"]["input"].items() if key != "campaign"}
    back = data_of(ada.put(f"{WHERE}/{made['id']}", undo))
    assert {**back, "updated_at": None} == {**made, "updated_at": None}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"since": "2026-02-30"}, "/since"),
        ({"since": "1999-01-01"}, "/since"),
        ({"since": "2026-03-01", "until": "2026-02-01"}, "/until"),
        ({"since": "2020-01-01", "until": "2026-02-01"}, "/until"),
        ({"codes": ["A", "b", "a"]}, "/codes/2"),
        ({"codes": [" "]}, "/codes/0"),
        ({"codes": ["A\n"]}, "/codes/0"),
        ({"codes": [f"C{n}" for n in range(101)]}, "/codes"),
        ({"name": "a/b"}, "/name"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(
    ada: Caller,  # noqa: F811
    store: Store,
    change: dict[str, Any],
    pointer: str,
) -> None:
    error = error_of(ada.post(WHERE, {"name": "Some", "codes": ["A"], "since": "2026-01-01", **change}))
    assert [fault["pointer"] for fault in error["details"]["faults"]] == [pointer]
    assert data_of(ada.get(WHERE))["campaigns"] == []
