"""Whatever is asked in ShopifyQL is answered: with rows, with parse errors, or as not modelled."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sandbox_shop import Shop

ASK = "query Q($query: String!) { shopifyqlQuery(query: $query) { tableData { columns { name } rows } parseErrors } }"
WORDS = (
    "FROM", "sales", "SHOW", "total_sales", "orders", "product_title", "billing_city", "day", "month", "returns", ",",
    "GROUP", "BY", "TIMESERIES", "WHERE", "NOT", "IN", "(", ")", "=", "!=", "'Bonn'", "'", "\"", "IS", "NULL", "AND",
    "OR", "CONTAINS", "STARTS", "WITH", "SINCE", "-7d", "-0d", "-9999y", "-9999m", "-9999w", "0001-01-01", "9999-12-31",
    "2025-02-30", "today", "UNTIL", "DURING", "last_month", "last_week", "ORDER", "DESC", "LIMIT", "0", "OFFSET", "5",
    "--", "/*", "*/", "\n", "\u2028",
)  # fmt: skip
CLAUSES = (
    "GROUP BY product_title", "GROUP BY billing_city, day", "TIMESERIES month", "TIMESERIES day", "SINCE -1y",
    "SINCE 0001-01-01", "SINCE 1900-01-01", "UNTIL 9999-12-31", "UNTIL 2199-12-31", "UNTIL 2025-01-01",
    "DURING last_quarter", "DURING this_year", "WHERE billing_city = 'Bonn'", "ORDER BY net_sales DESC",
    "WHERE NOT (product_title IS NULL OR order_name STARTS WITH '#1')", "ORDER BY billing_city", "LIMIT 3 OFFSET 2",
    "LIMIT 0",
)  # fmt: skip
BEGIN = "FROM sales SHOW net_sales, orders "
texts = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(WORDS), max_size=15).map(" ".join),
    st.lists(st.sampled_from(CLAUSES), max_size=4).map(" ".join).map(BEGIN.__add__),
)


@example(query=BEGIN + "TIMESERIES day SINCE 0001-01-01 UNTIL 9999-12-31")
@example(query=BEGIN + "TIMESERIES year SINCE 1900-01-01 UNTIL 2199-12-31")
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=texts)
def test_every_text_is_answered(shop: Shop, query: str) -> None:
    shop.scopes = frozenset({"read_reports"})
    answer = shop.ask(ASK, {"query": query})
    if "errors" in answer:
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["NOT_MODELLED"]
        return
    found = answer["data"]["shopifyqlQuery"]
    assert (found["tableData"] is None) == bool(found["parseErrors"])
    if found["tableData"] is not None:
        names = [column["name"] for column in found["tableData"]["columns"]]
        assert all(list(row) == names for row in found["tableData"]["rows"])


def test_nested_conditions_end_somewhere(shop: Shop) -> None:
    def errors(depth: int, opening: str, closing: str) -> Sequence[str]:
        query = f"FROM sales SHOW orders WHERE {opening * depth} billing_city = 'Bonn' {closing * depth} SINCE -7d"
        found: Sequence[str] = shop.data(ASK, {"query": query})["shopifyqlQuery"]["parseErrors"]
        return found

    shop.scopes = frozenset({"read_reports"})
    assert errors(40, "(", ")") == errors(40, "NOT ", "") == []
    assert errors(5000, "(", ")") != []
    assert errors(5000, "NOT ", "") != []
