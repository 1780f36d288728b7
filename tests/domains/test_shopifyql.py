"""ShopifyQL, end to end: what Shopify answers, what it refuses, and that both sources of a report tell the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from selling import WEEKS, Line, Sold, made, orders, refunded
from webhost import Caller, ada, app, caller, data_of, error_of, host  # noqa: F401  # fixtures are found by their names

from atom_shopify_plugin.errors import InvalidInput, MissingScope, UpstreamError
from atom_shopify_plugin.sandbox.messages import Request

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

Run = Callable[..., Any]
ZERO = Decimal(0)


@pytest.fixture
def control(sandbox: Sandbox, store: Store) -> Run:
    """Send a request to the control API of the sandbox."""

    def send(path: str, **body: Any) -> None:
        headers = {"Content-Type": "application/json"}
        request = Request("POST", store.shop.name, f"/__sandbox__/{path}", "", headers, json.dumps(body).encode())
        assert sandbox.handle(request).status == 200

    return send


@pytest.fixture
def unapproved(control: Run) -> None:
    control("stores/demo/switches", customer_data_approved=False)


@pytest.fixture
def answering(sandbox: Sandbox) -> Run:
    """Let Shopify answer the next query in ShopifyQL with these members."""

    def answer(**members: Any) -> None:
        told = {"table_data": None, "parse_errors": [], "parse_warnings": [], **members}
        body = json.dumps({"data": {"shopifyql_query": told}})
        sandbox.faults.add({"kind": "status", "status": 200, "body": body, "match": {"subject": "RunShopifyql"}})

    return answer


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sold=st.lists(orders, max_size=4),
    cancels=st.booleans(),
    week=st.sampled_from(WEEKS),
    skip=st.integers(0, 4),
    days=st.integers(1, 9),
    by=st.sampled_from(["day", "week", "month"]),
)
def test_both_sources_of_a_report_tell_the_same(
    run: Run, shopify: Run, confirmed: Run, control: Run, sold: list[Sold], cancels: bool, week: date, skip: int,
    days: int, by: str,
) -> None:  # fmt: skip
    control("snapshot", name="empty")
    for number, order in enumerate(sold):
        node = made(shopify, order, number)
        for later, units in order.back[: order.lines[0].quantity]:
            refunded(shopify, node, order.at + later, units)
        if cancels and number == 0:
            confirmed("order_cancel", id=node["id"], reason="CUSTOMER", restock=False)
    since = week + timedelta(days=skip)
    asked = {"since": str(since), "until": str(since + timedelta(days=days - 1)), "group_by": by, "compare": True}
    ours = run("report_generate", **asked)
    theirs = run("report_generate", **asked, source="shopifyql")
    today = [
        run("report_generate", period="today", source=source, top=0)["totals"] for source in ("orders", "shopifyql")
    ]
    control("reset", snapshot="empty")
    assert (theirs["source"], theirs["orders_read"], theirs["complete"]) == ("shopifyql", 0, True)
    # A discount of a whole order, in prices with tax, is spread over its lines with cents to round.
    slack = sum((Decimal(len(order.lines)) for order in sold if order.included and order.off), ZERO) / 100
    same(ours["totals"], theirs["totals"], slack)
    same(ours["previous"], theirs["previous"], slack)
    same(*today, slack)
    for one, other in zip(ours["rows"], theirs["rows"], strict=True):
        same(one, other, slack)
    assert [product["title"] for product in theirs["products"]] == [product["title"] for product in ours["products"]]
    for one, other in zip(ours["products"], theirs["products"], strict=True):
        same(one, other, slack)


def same(ours: Any, theirs: Any, slack: Decimal) -> None:
    """Compare figures; gross sales and discounts may differ by the cents of a rounding, which net sales don't show."""
    rounded = ("gross_sales", "discounts", "change_percent")
    assert {name: value for name, value in theirs.items() if name not in rounded} == {
        name: value for name, value in ours.items() if name not in rounded
    }
    for name in ("gross_sales", "discounts"):
        assert abs(Decimal(theirs[name]) - Decimal(ours[name])) <= slack, name


def sale(price: str, moment: str, **more: Any) -> Sold:
    values: dict[str, Any] = {"shipping": ZERO, "included": False, "test": False, "off": ZERO, "back": []}
    return Sold(datetime.fromisoformat(moment), [Line(Decimal(price), 2, ZERO)], **{**values, **more})


def test_a_query_is_answered_with_columns_and_rows(run: Run, shopify: Run) -> None:
    made(shopify, sale("10.05", "2025-05-05T12:00:00+00:00", shipping=Decimal("4.90")))
    found = run(
        "shopifyql_run", query="FROM sales SHOW total_sales, orders TIMESERIES day SINCE 2025-05-05 UNTIL 2025-05-06"
    )
    assert found == {
        "columns": [
            {"name": "day", "data_type": "DAY_TIMESTAMP", "label": "Day"},
            {"name": "total_sales", "data_type": "MONEY", "label": "Total sales"},
            {"name": "orders", "data_type": "INTEGER", "label": "Orders"},
        ],
        "rows": [
            {"day": "2025-05-05", "total_sales": "25", "orders": "1"},
            {"day": "2025-05-06", "total_sales": "0", "orders": "0"},
        ],
        "parse_warnings": [],
    }


def test_what_shopify_does_not_understand_is_refused_in_its_words(run: Run, sandbox: Sandbox, store: Store) -> None:
    calls = len(sandbox.calls(str(store.shop), 0))
    with pytest.raises(InvalidInput) as refused:
        run("shopifyql_run", query="FROM sales SHOW sales_total, totals SINCE -7d")
    assert "Column Not Found: Column 'sales_total' not found" in refused.value.message
    assert [fault.pointer for fault in refused.value.faults] == ["/query", "/query"]
    assert not refused.value.retryable
    assert len(sandbox.calls(str(store.shop), 0)) == calls + 1


def test_what_the_sandbox_does_not_model_is_no_fault_of_the_caller(run: Run) -> None:
    with pytest.raises(UpstreamError) as refused:
        run("shopifyql_run", query="FROM sessions SHOW sessions SINCE -7d")
    assert not refused.value.retryable


def test_without_the_scope_the_other_report_is_named(run: Run, regranted: Run, shopify: Run) -> None:
    regranted("read_orders")
    with pytest.raises(MissingScope) as refused:
        run("shopifyql_run", query="FROM sales SHOW orders SINCE -7d")
    assert refused.value.details["missing_scopes"] == ["read_reports"]
    assert "report_generate" in refused.value.message
    with pytest.raises(MissingScope) as refused:
        run("report_generate", source="shopifyql")
    assert refused.value.details["missing_scopes"] == ["read_reports"]
    assert run("report_generate", source="auto")["source"] == "orders"
    assert run("report_generate")["source"] == "orders"


def test_without_the_approval_it_is_asked_for(run: Run, unapproved: None) -> None:
    for action, input_ in (
        ("shopifyql_run", {"query": "FROM sales SHOW orders SINCE -7d"}),
        ("report_generate", {"source": "shopifyql"}),
    ):
        with pytest.raises(MissingScope) as refused:
            run(action, **input_)
        assert refused.value.details["missing_scopes"] == []
        assert "although demo.myshopify.com has granted read_reports" in refused.value.message
        assert "protected customer data" in refused.value.message
        assert ("use report_generate" in refused.value.message) == (action == "shopifyql_run")
    assert run("report_generate", source="auto")["source"] == "orders"


def test_shopifys_reports_count_orders_that_the_app_does_not_see(outcome: Run, regranted: Run, control: Run) -> None:
    regranted("read_orders,read_reports")
    control("clock", move=timedelta(days=100).total_seconds())
    long_ago = {"since": str(date.today() - timedelta(days=300)), "top": 0}  # noqa: DTZ011  # any day will do
    whole, cut = (outcome("report_generate", **long_ago, source=source) for source in ("shopifyql", "orders"))
    assert "limits" not in whole.meta
    assert [limit["code"] for limit in cut.meta["limits"]] == ["ORDERS_OF_60_DAYS"]
    assert whole.data["totals"]["orders"] > cut.data["totals"]["orders"] == 0
    assert outcome("report_generate", **long_ago, source="auto").data["source"] == "shopifyql"


def test_types_that_nobody_knows_and_numbers_are_taken_as_they_come(run: Run, answering: Run) -> None:
    columns = [{"name": name, "data_type": "SOMETHING_NEW", "label": name.title()} for name in ("size", "rate", "tags")]
    rows = [{"size": 12, "rate": 0.1, "tags": ["a"]}, {"size": "1.50", "rate": None, "tags": True}]
    answering(table_data={"columns": columns, "rows": rows}, parse_warnings=["size is deprecated"])
    found = run("shopifyql_run", query="FROM things SHOW size")
    assert found["columns"][0] == {"name": "size", "data_type": "SOMETHING_NEW", "label": "Size"}
    assert found["rows"] == [{"size": "12", "rate": "0.1", "tags": ["a"]}, {"size": "1.50", "rate": None, "tags": True}]
    assert found["parse_warnings"] == ["size is deprecated"]


def test_an_answer_that_is_too_large_or_none_is_refused(run: Run, answering: Run) -> None:
    answering()
    with pytest.raises(UpstreamError):
        run("shopifyql_run", query="FROM sales SHOW orders SINCE -7d")
    columns = [{"name": "text", "data_type": "STRING", "label": "Text"}]
    answering(table_data={"columns": columns, "rows": [{"text": "x" * 1000}] * 1001})
    with pytest.raises(InvalidInput) as refused:
        run("shopifyql_run", query="FROM sales SHOW orders SINCE -7d")
    assert "LIMIT" in refused.value.message


def test_a_report_that_shopify_does_not_answer_falls_back_to_orders(run: Run, answering: Run) -> None:
    answering(parse_errors=["Column Not Found: Column 'sales_reversals' not found"])
    with pytest.raises(UpstreamError) as refused:
        run("report_generate", source="shopifyql", period="today")
    assert "orders" in refused.value.message
    answering(parse_errors=["Column Not Found: Column 'sales_reversals' not found"])
    assert run("report_generate", source="auto", period="today")["source"] == "orders"
    columns = [{"name": "day", "data_type": "DAY_TIMESTAMP", "label": "Day"}]
    answering(table_data={"columns": columns, "rows": [{"day": str(date.today())}]})  # noqa: DTZ011
    with pytest.raises(UpstreamError):
        run("report_generate", source="shopifyql", period="today")


def test_chat_reports_in_lines(runtime: Runtime, principal: Principal, store: Store, shopify: Run) -> None:
    made(shopify, sale("10.00", "2025-05-05T12:00:00+00:00"))
    query = "FROM sales SHOW net_sales WHERE product_title_at_time_of_sale = 'Thing 0'"
    said = runtime.chat.answer(principal, f"report {query} SINCE 2025-05-01 UNTIL 2025-05-31")
    assert said is not None
    assert (said.command, said.text.splitlines()) == ("report", ["Net sales", "20"])
    none = runtime.chat.answer(
        principal, "report FROM sales SHOW orders GROUP BY order_name SINCE 2024-01-01 UNTIL 2024-01-02"
    )
    assert none is not None
    assert none.text.splitlines() == ["Order name · Orders", "No rows."]
    many = runtime.chat.answer(principal, "shopify report from sales show orders timeseries day since -29d")
    assert many is not None
    assert many.text.splitlines()[-1] == "… and 10 more."
    wrong = runtime.chat.answer(principal, "report FROM sales SHOW nonsense")
    assert wrong is not None
    assert not wrong.ok
    assert "Shopify does not understand the query" in wrong.text


def test_a_query_is_run_over_http(ada: Caller) -> None:  # noqa: F811
    path = "/api/shopify/reports/shopifyql"
    query = "FROM sales\n  SHOW net_sales\n  GROUP BY product_title\n  SINCE -30d\n  ORDER BY net_sales DESC\n  LIMIT 3"
    found = data_of(ada.post(path, {"query": query}))
    assert len(found["rows"]) == 3
    assert [column["name"] for column in found["columns"]] == ["product_title", "net_sales"]
    refused = ada.post(path, {"query": "FROM visits SHOW visits"})
    assert refused.status_code == 400
    assert error_of(refused)["retryable"] is False
    assert [fault["pointer"] for fault in error_of(refused)["details"]["faults"]] == ["/query", "/query"]
    assert ada.post(path, {"query": ""}).status_code == 400
    report = data_of(ada.get("/api/shopify/reports/sales?period=last_30_days&source=auto&top=2&group_by=week"))
    assert report["source"] == "shopifyql"
    assert len(report["products"]) == 2
    assert sum(Decimal(row["total_sales"]) for row in report["rows"]) == Decimal(report["totals"]["total_sales"]) != 0
