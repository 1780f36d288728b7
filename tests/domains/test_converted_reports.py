"""Reports over several stores in one currency: by the rates that were given, and never by another one."""

from __future__ import annotations

import csv
import io
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

import pytest
from copying import copy
from webhost import Caller, ada, app, caller, data_of, error_of, host  # noqa: F401  # fixtures are found by their names

from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.domain import ShopDomain

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

WHERE = "/api/shopify/enhanced/reports/store_comparison?since=2026-09-01&until=2026-11-29"


@pytest.fixture
def outlet(runtime: Runtime, sandbox: Sandbox, store: Store, principal: Principal) -> Store:
    """Connect a second store, and copy both."""
    other = ShopDomain("outlet.myshopify.com")
    token = Secret(sandbox.issue_admin_token(str(other), scopes=runtime.settings.scopes))
    found = runtime.connections.connect_token(principal, other, token)
    copy(runtime, store)
    copy(runtime, found)
    return found


def figures(section: dict[str, Any]) -> dict[str, Any]:
    return {one["name"]: one["value"] for one in section["figures"]}


def test_stores_are_shown_and_summed_in_one_currency_by_given_rates(ada: Caller, outlet: Store) -> None:  # noqa: F811
    plain = [one["data"] for one in data_of(ada.get(f"{WHERE}&shop=all"))["stores"]]
    rates = {one["currency"]: rate for one, rate in zip(plain, ("1.5", "2.25"), strict=True)}
    asked = "&".join(f"rates={currency}={rate}" for currency, rate in rates.items())
    both = [one["data"] for one in data_of(ada.get(f"{WHERE}&shop=all&convert_to=CHF&{asked}"))["stores"]]
    total = Decimal(0)
    for before, after in zip(plain, both, strict=True):
        assert after["sections"][1:] == before["sections"], "nothing else is converted"
        section = after["sections"][0]
        assert (section["question"], section["title"], section["currency"]) == (
            "sales_converted",
            "Sales in CHF",
            "CHF",
        )
        own = Decimal(figures(before["sections"][0])["net_sales"])
        net = (own * Decimal(rates[before["currency"]])).quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert figures(section)["net_sales"] == f"{net:.2f}"
        total += net
    page = ada.get(f"{WHERE}&shop=all&convert_to=CHF&{asked}&format=html").text
    assert "All stores" in page
    assert f"{total:,.2f}" in page
    table = ada.get(f"{WHERE}&shop=all&convert_to=CHF&{asked}&section=sales_converted&format=csv").get_data(
        as_text=True
    )
    rows = [row for row in csv.DictReader(io.StringIO(table.removeprefix("\ufeff"))) if row["figure"] == "net_sales"]
    assert [row["unit"] for row in rows] == ["CHF", "CHF"]
    assert sum(Decimal(row["value"]) for row in rows) == total


def test_a_store_without_a_rate_is_not_converted_and_nothing_is_summed(ada: Caller, outlet: Store) -> None:  # noqa: F811
    first, second = (one["data"] for one in data_of(ada.get(f"{WHERE}&shop=all"))["stores"])
    assert first["currency"] != second["currency"]
    asked = f"convert_to=CHF&rates={first['currency']}=1.5"
    one, other = (row["data"] for row in data_of(ada.get(f"{WHERE}&shop=all&{asked}"))["stores"])
    assert figures(one["sections"][0])["rate"] == "1.5"
    assert set(figures(other["sections"][0]).values()) == {None}
    page = ada.get(f"{WHERE}&shop=all&{asked}&format=html").text
    beside = page[page.index("Sales in CHF, side by side") :].split("</table>")[0]
    row = beside[beside.index("Net sales") :].split("</tr>")[0]
    assert row.count("–") == 2, "the store without a rate, and the sum"


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ("rates=EUR=1", "/rates"),
        ("convert_to=CHF&rates=EUR=0", "/rates/0"),
        ("convert_to=CHF&rates=EUR=1&rates=EUR=2", "/rates/1"),
        ("convert_to=francs", "/convert_to"),
        ("convert_to=CHF&rates=EUR=-1", "/rates/0"),
    ],
)
def test_rates_that_make_no_sense_are_refused(
    ada: Caller,  # noqa: F811
    runtime: Runtime,
    store: Store,
    asked: str,
    pointer: str,
) -> None:
    copy(runtime, store)
    error = error_of(ada.get(f"{WHERE}&{asked}"))
    assert [fault["pointer"] for fault in error["details"]["faults"]] == [pointer]


def test_no_section_of_ones_own_asks_for_it(ada: Caller, store: Store) -> None:  # noqa: F811
    error = error_of(ada.get("/api/shopify/enhanced/reports/custom?sections=sales_converted"))
    assert [fault["pointer"] for fault in error["details"]["faults"]] == ["/sections/0"]
