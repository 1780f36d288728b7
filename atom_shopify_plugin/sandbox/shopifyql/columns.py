"""The tables and the columns of ShopifyQL by name: those that are modelled, and those that only Shopify has.

Names and types are those of the documentation (shopify.dev, "ShopifyQL": Schemas, sales) and of the enum
ColumnDataType. The names of returns were removed with 2026-07, and replaced by those of reversals (shopify.dev,
changelog), and the page of `sales` still names some of them: what Shopify answers to them is not known.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["DIMENSIONS", "METRICS", "OF_ORDERS", "OF_PRODUCTS", "OTHER_COLUMNS", "OTHER_TABLES", "TIMES", "Column"]


class Column(NamedTuple):
    """A column of an answer, with its type (a ColumnDataType) and the name that people see."""

    name: str
    kind: str
    label: str


def _columns(kind: str, names: str) -> dict[str, Column]:
    return {name: Column(name, kind, name.replace("_", " ").capitalize()) for name in names.split()}


METRICS = {
    **_columns("MONEY", "gross_sales discounts sales_reversals net_sales shipping_charges taxes total_sales"),
    **_columns("INTEGER", "orders quantity_ordered reversed_quantity net_items_sold"),
    **_columns("MONEY", "average_order_value"),
}
TIMES = {
    name: Column(name, f"{name.upper()}_TIMESTAMP", name.capitalize()) for name in ("day", "month", "quarter", "year")
}
_PRODUCTS = "product_title product_title_at_time_of_sale product_type product_vendor"
OF_PRODUCTS = frozenset(_PRODUCTS.split())
DIMENSIONS = _columns(
    "STRING",
    f"{_PRODUCTS} billing_country billing_region billing_city "
    "shipping_country shipping_region shipping_city order_name",
)
# They count orders: which ones of a product is not documented.
OF_ORDERS = frozenset({"orders", "average_order_value"})

OTHER_COLUMNS = frozenset(
    """
    second minute hour week day_of_week hour_of_day week_of_year month_of_year
    returns net_returns gross_returns total_returns discounts_returned shipping_returned taxes_returned
    quantity_returned returned_quantity net_sales_reversals gross_sales_reversals total_sales_reversals
    discount_reversals shipping_reversals tax_reversals return_fees duties additional_fees tips
    cost_of_goods_sold gross_profit gross_margin net_sales_with_cost_recorded net_sales_without_cost_recorded
    customers new_customers returning_customers returning_customer_rate amount_spent_per_customer
    product_id product_variant_id product_variant_title product_variant_sku product_tags product_collections
    product_type_at_time_of_sale product_vendor_at_time_of_sale product_variant_title_at_time_of_sale
    product_variant_sku_at_time_of_sale sales_channel discount_code discount_name discount_type order_id order_tags
    line_type is_sale_adjustment order_or_sales_reversal customer_id customer_name customer_email customer_tags
    new_or_returning_customer order_referrer_source order_referrer_name referring_channel referrer_source referrer_name
    utm_source utm_medium utm_campaign utm_content utm_term pos_location_name staff_member_name is_pos_sale
    billing_postal_code shipping_postal_code billing_company shipping_company
    """.split()  # noqa: SIM905
)
OTHER_TABLES = frozenset(
    """
    attributed_sessions campaign_products campaign_sales campaign_sessions customer_cohorts_monthly
    customer_cohorts_quarterly customer_cohorts_weekly customers discounts fees fulfillments inventory payments
    returns searches sessions subscriptions web_performance
    """.split()  # noqa: SIM905
)
