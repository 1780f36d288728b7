"""What the figures of reports are called, in which unit they are, and what they mean.

The meanings are short; `docs/metrics.md` defines each figure in full, under the heading that an answer's
``definitions`` names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["TERMS", "Term", "Unit"]

Unit = Literal["money", "count", "percent", "hours", "days", "number", "day", "moment", "month", "text"]


@dataclass(frozen=True, slots=True)
class Term:
    """A figure: its name for people, its unit, and what it means; `meaning` is empty for what needs no words."""

    label: str
    unit: Unit
    meaning: str = ""


TERMS = {
    "gross_sales": Term("Gross sales", "money", "Price times quantity, before discounts and returns, without tax."),
    "discounts": Term("Discounts", "money", "What was taken off the lines and the orders."),
    "returns": Term("Returns", "money", "Worth of what came back, on the day it came back, without tax."),
    "net_sales": Term("Net sales", "money", "Gross sales − discounts − returns."),
    "shipping": Term("Shipping", "money", "Charges for shipping without tax, less what was refunded of them."),
    "tax": Term("Tax", "money", "Taxes on lines and shipping, less what was refunded of them."),
    "total_sales": Term("Total sales", "money", "Net sales + shipping + tax."),
    "orders": Term("Orders", "count", "Orders placed, those that were cancelled later included."),
    "average_order_value": Term("Average order value", "money", "(Gross sales − discounts) / orders."),
    "units": Term("Units", "count", "Units sold."),
    "units_returned": Term("Units returned", "count", "Units that came back."),
    "rate": Term("Rate", "number", "What one unit of the store's currency is worth, as it was given."),
    "share_percent": Term("Share", "percent", "Part of the net sales of the period."),
    "cancelled": Term("Cancelled", "count", "Orders of the period that were cancelled, at any time since."),
    "cancelled_percent": Term("Cancelled in percent", "percent", "Cancelled orders of all orders of the period."),
    "refunded": Term("Refunded", "count", "Orders of the period with a refund, at any time since."),
    "refunded_percent": Term("Refunded in percent", "percent", "Orders with a refund of all orders of the period."),
    "returns_percent": Term("Returns in percent", "percent", "Returns of gross sales − discounts."),
    "fulfilled": Term("Fulfilled", "count", "Orders with a fulfilment that was not cancelled."),
    "waiting": Term("Waiting", "count", "Orders that are neither cancelled nor closed and have no fulfilment."),
    "delivered": Term("Delivered", "count", "Orders that arrived."),
    "late": Term("Late", "count", "Orders fulfilled later than the limit, or waiting longer than it."),
    "late_percent": Term("Late in percent", "percent", "Late orders of those that were not cancelled."),
    "hours_to_fulfill": Term("Hours to fulfil", "hours", "Median from the order to its first fulfilment."),
    "hours_to_fulfill_90": Term(
        "Hours to fulfil, 90 %", "hours", "Hours to the first fulfilment that 90 percent of orders did not exceed."
    ),
    "hours_to_deliver": Term("Hours to deliver", "hours", "Median from the order to its last delivery."),
    "days_waiting": Term("Days waiting", "days", "Whole days since the order."),
    "customers": Term("Customers", "count", "Customers who ordered in the period."),
    "new": Term("New", "count", "Customers whose first order is in the period."),
    "returning": Term("Returning", "count", "Customers who ordered in the period and had ordered before it."),
    "returning_percent": Term("Returning in percent", "percent", "Returning customers of all who ordered."),
    "repeat_percent": Term("Repeat in percent", "percent", "Customers with two orders or more, of all customers."),
    "orders_per_customer": Term("Orders per customer", "number", "Orders of all time / customers."),
    "net_sales_per_customer": Term(
        "Net sales per customer", "money", "What is left of the sales of all orders / customers."
    ),
    "retention": Term("Retention", "percent", "Part of the customers of a cohort who ordered in a later month."),
    "in_stock": Term("Units", "count", "Units in this state, at all locations."),
    "on_hand": Term("On hand", "count", "Units in stock, those included that are promised to orders."),
    "available": Term("Available", "count", "Units that can be sold."),
    "committed": Term("Committed", "count", "Units that are promised to orders."),
    "incoming": Term("Incoming", "count", "Units on their way."),
    "value_at_cost": Term("Stock value", "money", "Units on hand times unit cost. Units below zero count as none."),
    "units_without_cost": Term("Units without cost", "count", "Units on hand that the stock value lacks."),
    "sold_out": Term("Sold out", "count", "Tracked variants with no available unit at any location."),
    "variants": Term("Variants", "count", "Tracked variants with stock at an active location."),
    "since": Term("From", "day"),
    "value": Term("Name", "text"),
    "campaign": Term("Campaign", "text"),
    "new_customers": Term("New customers", "count", "Customers whose first order used a code of the campaign."),
    "sku": Term("SKU", "text"),
    "name": Term("Order", "text"),
    "status": Term("Status", "text"),
    "processed_at": Term("Placed", "moment"),
    "cohort": Term("First order in", "month"),
    "state": Term("State", "text"),
    "location": Term("Location", "text"),
    "product": Term("Product", "text"),
}
"""The terms by name."""
