"""What Shopify answers to queries in ShopifyQL."""

from __future__ import annotations

from typing import Any

from facts import Before, Fact, each

DOCS = "documentation: shopify.dev, ShopifyQL"
SCHEMA = "official schema"
SCOPES = ["read_reports", "write_orders", "read_all_orders"]
ASK = """query Q($query: String!) { shopifyqlQuery(query: $query) {
  tableData { columns { name dataType displayName columnOrigin } rows } parseErrors parseWarnings } }"""
ROWS = "query Q($query: String!) { shopifyqlQuery(query: $query) { tableData { rows } parseErrors } }"
CREATE = """mutation M($order: OrderCreateOrderInput!) { orderCreate(order: $order) {
  order { lineItems(first: 5) { nodes { id } } id } userErrors { message } } }"""
REFUND = """mutation M($input: RefundInput!) { refundCreate(input: $input) @idempotent(key: "one") {
  refund { id } userErrors { message } } }"""
NEEDS = (
    "`read_reports` access scope. Also: Level 2 access to Customer data including name, address, phone, and email fields. "
    "Please refer to protected customer data [requirements](https://shopify.dev/docs/apps/launch/protected-customer-data)."
)


def bag(amount: str) -> dict[str, Any]:
    return {"shopMoney": {"amount": amount, "currencyCode": "EUR"}}


def order(day: str, title: str, price: str, **more: Any) -> Before:
    line = {"title": title, "quantity": 2, "priceSet": bag(price)}
    given = {"processedAt": f"{day}T12:00:00Z", "lineItems": [line], **more}
    path = "orderCreate.order.id"
    return Before(CREATE, {"order": given}, "order", path, also={"line": "orderCreate.order.lineItems.nodes.0.id"})


SOLD = [
    order("2025-05-05", "Lamp", "10.05", shippingLines=[{"title": "Post", "priceSet": bag("4.90")}],
          billingAddress={"countryCode": "FR", "city": "Lyon"}),
    order("2025-05-07", "Mug", "25.00", discountCode={"itemFixedDiscountCode": {"code": "LESS", "amountSet": bag("5.00")}},
          billingAddress={"countryCode": "DE", "city": "Bonn"}),
    Before(REFUND, {"input": {"orderId": "<order>", "processedAt": "2025-05-08T12:00:00Z",
                              "refundLineItems": [{"lineItemId": "<line>", "quantity": 1, "restockType": "NO_RESTOCK"}]}}),
]  # fmt: skip
DAYS = "SINCE 2025-05-05 UNTIL 2025-05-08"


def answered(what: str, query: str, *rows: dict[str, Any], source: str = DOCS, now: str = "") -> Fact:
    data = {"shopifyqlQuery": {"tableData": {"rows": list(rows)}, "parseErrors": []}}
    control = {"clock": {"now": now}} if now else {}
    return Fact(what, ROWS, {"query": query}, before=SOLD, data=data, control=control, source=source)


def refused(what: str, query: str, *errors: str, source: str = "ours") -> Fact:
    data = {"shopifyqlQuery": {"tableData": None, "parseErrors": list(errors), "parseWarnings": []}}
    return Fact(what, ASK, {"query": query}, data=data, source=source)


def unmodelled(query: str) -> Fact:
    """The sandbox says so where it does not know Shopify's rows."""
    errors = [{"path": ["shopifyqlQuery"], "extensions": {"code": "NOT_MODELLED"}}]
    return Fact(
        f"not modelled: {query}", ASK, {"query": query}, data={"shopifyqlQuery": None}, errors=errors, source="ours"
    )


def denied(what: str, source: str, **more: Any) -> Fact:
    message = f"Access denied for shopifyqlQuery field. Required access: {NEEDS}"
    errors = [
        {
            "message": message,
            "path": ["shopifyqlQuery"],
            "extensions": {
                "code": "ACCESS_DENIED",
                "documentation": "https://shopify.dev/api/usage/access-scopes",
                "requiredAccess": NEEDS,
            },
        }
    ]
    return Fact(
        what,
        ROWS,
        {"query": f"FROM sales SHOW orders {DAYS}"},
        data={"shopifyqlQuery": None},
        errors=errors,
        source=source,
        **more,
    )


def money(day: str, total: str) -> dict[str, str]:
    return {"day": day, "total_sales": total}


FACTS = [
    denied("a query needs read_reports", "seen on a live store", scopes=["write_orders"]),
    denied("a query needs the approval for customer data of level 2", SCHEMA, control={"stores/demo/switches": {"customer_data_approved": False}}),
    Fact("a table has columns with types and names, and rows by column name with numbers as texts", ASK, {"query": f"FROM sales SHOW total_sales, orders {DAYS}"}, before=SOLD,
         data={"shopifyqlQuery": {"tableData": {
             "columns": [{"name": "total_sales", "dataType": "MONEY", "displayName": "Total sales", "columnOrigin": "REQUESTED"},
                         {"name": "orders", "dataType": "INTEGER", "displayName": "Orders", "columnOrigin": "REQUESTED"}],
             "rows": [{"total_sales": "47.5", "orders": "2"}]}, "parseErrors": [], "parseWarnings": []}}),
    answered("discounts and reversals are below zero, and the parts come to net and total sales",
             f"FROM sales SHOW gross_sales, discounts, sales_reversals, net_sales, shipping_charges, taxes, total_sales {DAYS}",
             {"gross_sales": "70.1", "discounts": "-5", "sales_reversals": "-22.5", "net_sales": "42.6", "shipping_charges": "4.9", "taxes": "0", "total_sales": "47.5"}),
    answered("units are ordered and reversed", f"FROM sales SHOW quantity_ordered, reversed_quantity, net_items_sold {DAYS}",
             {"quantity_ordered": "4", "reversed_quantity": "-1", "net_items_sold": "3"}),
    answered("the average order is what was sold less discounts", f"FROM sales SHOW average_order_value {DAYS}", {"average_order_value": "32.55"}, source="help.shopify.com"),
    answered("TIMESERIES has every day of the period, both boundaries included", f"FROM sales SHOW total_sales TIMESERIES day {DAYS}",
             money("2025-05-05", "25"), money("2025-05-06", "0"), money("2025-05-07", "45"), money("2025-05-08", "-22.5")),
    answered("a time in GROUP BY has the days with sales alone", f"FROM sales SHOW total_sales GROUP BY day {DAYS} ORDER BY day DESC",
             money("2025-05-08", "-22.5"), money("2025-05-07", "45"), money("2025-05-05", "25")),
    answered("months begin with their first day", "FROM sales SHOW orders TIMESERIES month SINCE 2025-04-30 UNTIL 2025-05-31", {"month": "2025-04-01", "orders": "0"}, {"month": "2025-05-01", "orders": "2"}),
    answered("keywords have no case, and clauses no order", f"from sales\n  show net_sales -- what is left\n  {DAYS.lower()}\n  group by product_title_at_time_of_sale\n  order by net_sales desc\n  limit 1",
             {"product_title_at_time_of_sale": "Mug", "net_sales": "22.5"}),
    answered("OFFSET passes rows", f"FROM sales SHOW orders GROUP BY billing_country {DAYS} ORDER BY billing_country LIMIT 5 OFFSET 1", {"billing_country": "Germany", "orders": "1"}),
    answered("WHERE filters by dimensions", f"FROM sales SHOW orders, total_sales WHERE billing_country = 'France' AND NOT (billing_city = 'Paris') {DAYS}", {"orders": "1", "total_sales": "25"}),
    answered("IN, STARTS WITH and OR", f"FROM sales SHOW orders WHERE billing_city IN ('Bonn', 'Rome') OR billing_city STARTS WITH 'Ly' {DAYS}", {"orders": "2"}),
    answered("what is not equal has no value, too", f"FROM sales SHOW orders WHERE shipping_country != 'France' {DAYS}", {"orders": "2"}),
    answered("IS NOT NULL excludes what has no value", f"FROM sales SHOW total_sales WHERE product_title IS NOT NULL {DAYS}", {"total_sales": "42.6"}),
    answered("an offset counts back from today, and without UNTIL a period ends today", "FROM sales SHOW orders SINCE -6d", {"orders": "1"}, now="2025-05-12T12:00:00Z"),
    answered("weeks, months and years of an offset", "FROM sales SHOW orders SINCE -1w UNTIL -5d", {"orders": "2"}, now="2025-05-12T12:00:00Z"),
    answered("a day of a longer month is the last of a shorter one", "FROM sales SHOW orders SINCE -1m", {"orders": "0"}, now="2025-07-31T12:00:00Z"),
    answered("a named period is a whole one", "FROM sales SHOW orders DURING last_month", {"orders": "2"}, now="2025-06-30T12:00:00Z"),
    answered("a day is one of the store's time zone", "FROM sales SHOW orders, sales_reversals DURING today", {"orders": "0", "sales_reversals": "-22.5"}, now="2025-05-08T21:59:00Z"),
    answered("without sales there are no groups", "FROM sales SHOW orders GROUP BY billing_country SINCE 2025-05-06 UNTIL 2025-05-06"),
    Fact("no target matches where there is none", "query Q($query: String!) { shopifyqlQuery(query: $query) { analyticsTargets { name } } }", {"query": f"FROM sales SHOW orders {DAYS}"},
         data={"shopifyqlQuery": {"analyticsTargets": []}}, source=SCHEMA),
    refused("a table that there is not", "FROM visits SHOW visits", "Schema Error: Invalid dataset in FROM clause - visits", "Column Not Found: Column 'visits' not found", source="seen on a live store"),
    refused("a column that there is not", f"FROM sales SHOW customer_type {DAYS}", "Column Not Found: Column 'customer_type' not found", source="seen on a live store"),
    refused("no query at all", "SELECT 1", "Syntax Error: unexpected 'SELECT' at line 1, column 1"),
    refused("an empty query", "", "Syntax Error: unexpected end of the query"),
    refused("a query shows something", f"FROM sales {DAYS}", "Syntax Error: a query needs SHOW or VISUALIZE"),
    refused("a clause comes once", "FROM sales SHOW orders\nSINCE -7d\nSINCE -8d", "Syntax Error: unexpected 'SINCE' at line 3, column 1"),
    refused("a text ends", f"FROM sales SHOW orders WHERE billing_city = 'Bonn {DAYS}", "Syntax Error: unexpected ''' at line 1, column 45"),
    refused("a dimension that is shown is grouped by", f"FROM sales SHOW billing_city, orders {DAYS}", "Schema Error: 'billing_city' must be in GROUP BY"),
    refused("WHERE filters by no metric", f"FROM sales SHOW orders WHERE orders = 'x' {DAYS}", "Schema Error: 'orders' is no dimension"),
    refused("rows are put in the order of columns that are shown", f"FROM sales SHOW orders {DAYS} ORDER BY net_sales", "Schema Error: 'net_sales' is not in SHOW"),
    refused("DURING is a period of its own", "FROM sales SHOW orders SINCE -7d DURING today", "Syntax Error: DURING can't be combined with SINCE and UNTIL"),
    refused("a period does not end before it begins", "FROM sales SHOW orders SINCE today UNTIL yesterday", "Invalid date range: UNTIL is before SINCE"),
    refused("UNTIL needs SINCE or TIMESERIES", "FROM sales SHOW orders UNTIL today", "Invalid date range: UNTIL needs SINCE or TIMESERIES"),
    refused("a day that there is not", "FROM sales SHOW orders SINCE 2025-02-30", "Invalid date: 2025-02-30"),
    refused("an unknown period", "FROM sales SHOW orders DURING someday", "Invalid date range: someday"),
    *map(unmodelled, (
        "FROM sessions SHOW sessions SINCE -7d", "FROM sales, sessions SHOW total_sales SINCE -7d", "FROM ORGANIZATION sales SHOW orders SINCE -7d",
        "FROM sales SHOW returns SINCE -7d", "FROM sales SHOW gross_margin SINCE -7d", "FROM sales SHOW sum(total_sales) SINCE -7d", "FROM sales SHOW total_sales AS money SINCE -7d",
        "FROM sales SHOW total_sales / orders SINCE -7d", "FROM sales SHOW total_sales", "FROM sales SHOW orders TIMESERIES day", "FROM sales SHOW orders TIMESERIES week SINCE -7d",
        "FROM sales SHOW orders DURING last_week", "FROM sales SHOW orders SINCE startOfDay(-7d)", "FROM sales SHOW orders SINCE -7d COMPARE TO previous_period",
        "FROM sales SHOW orders SINCE -7d WITH TOTALS", "FROM sales SHOW orders SINCE -7d VISUALIZE orders TYPE line", "FROM sales SHOW orders GROUP BY TOP 5 billing_city SINCE -7d",
        "FROM sales SHOW orders GROUP BY product_title SINCE -7d", "FROM sales SHOW orders WHERE billing_city BETWEEN 'A' AND 'B' SINCE -7d",
        "FROM sales SHOW orders WHERE order_name > 'A' SINCE -7d", "FROM sales SHOW orders GROUP BY sales_channel SINCE -7d", "FROM sales SHOW orders HAVING orders > 1 SINCE -7d")),
    Fact("texts that differ in case alone", ROWS, {"query": f"FROM sales SHOW orders WHERE billing_city = 'bonn' {DAYS}"}, before=SOLD, data={"shopifyqlQuery": None},
         errors=[{"extensions": {"code": "NOT_MODELLED"}}], source="ours"),
    Fact("an order in another currency", ROWS, {"query": f"FROM sales SHOW orders {DAYS}"},
         before=[Before(CREATE, {"order": {"processedAt": "2025-05-06T12:00:00Z", "currency": "USD", "lineItems": [{"title": "Pin", "quantity": 1, "priceSet": {"shopMoney": {"amount": "1", "currencyCode": "USD"}}}]}})],
         data={"shopifyqlQuery": None}, errors=[{"extensions": {"code": "NOT_MODELLED"}}], source="ours"),
]  # fmt: skip

test_facts = each(FACTS, SCOPES)
