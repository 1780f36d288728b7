"""What the demo tells a person: a report on its stores, where everything is, and what to try."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

__all__ = ["tell"]


def tell(facts: Mapping[str, Any]) -> str:
    """Return what a person is told when the demo is ready."""
    lines = [
        "",
        *(_shown(report) for report in facts["reports"]),
        *([""] if facts["reports"] else []),
        f"ATOM host   {facts['host']}",
        f"Shopify     {facts['sandbox']}   (local; its log of changes: {facts['sandbox']}/__sandbox__/journal)",
        f"Stores      {', '.join(facts['stores'])}, connected for {facts['person']}",
        "",
        f"Sign-in link for a browser, which opens {facts['opens']} (works once, within 15 minutes):",
        f"  {facts['signin']}",
        "",
        "Bearer token:",
        f"  {facts['token']}",
        "",
        "Try these requests:",
        *(f"  {line}" for line in facts["curl"]),
        "",
        "Questions worth asking, in another terminal, in this folder (after `. .venv/bin/activate`):",
        "  atom-shopify chat sales last 30 days in all stores",
        "  atom-shopify chat top products               what sold best, and how much of it came back",
        "  atom-shopify chat low stock                  what sold out, and what will soon",
        "",
        "Both stores are being copied, which takes a minute (`atom-shopify sync --status`). Then try:",
        "  atom-shopify report weekly_sales --format html --output weekly.html",
        "  atom-shopify chat reorder list               what to order now, and how much",
        "  atom-shopify chat best customers             who they are by recency, frequency and money",
        "  atom-shopify chat forecast                   what will sell, and how sure that is",
        "",
        "More commands:",
        "  atom-shopify chat check orders",
        """  atom-shopify call product_create --input '{"title": "Mug"}'""",
        "  atom-shopify sandbox order --store demo      places an order; a workflow then tags the customer",
        "  atom-shopify workflows runs                  shows the run of that workflow",
        "",
        "Stop with Ctrl-C.",
    ]
    return "\n".join(lines)


def _shown(report: Mapping[str, Any]) -> str:
    """Return what a report says, in three lines."""
    totals, currency = report["totals"], report["currency"]
    change = report["previous"]["change_percent"]
    parts = [
        f"{_amount(totals['total_sales'])} {currency} total sales ({_risen(change['total_sales'])})",
        f"{totals['orders']} orders ({_risen(change['orders'])})",
        f"{_amount(totals['discounts'])} {currency} discounts",
        f"{_amount(totals['returns'])} {currency} returns",
    ]
    best = ", ".join(product["title"] for product in report["products"])
    lines = [
        f"{report['shop']}, the last 30 days against the 30 days before:",
        f"  {' · '.join(parts)}",
        *([f"  Best sellers: {best}"] if best else []),
    ]
    return "\n".join(lines)


def _amount(text: str) -> str:
    return f"{Decimal(text):,.2f}"


def _risen(percent: str | None) -> str:
    return "new" if percent is None else f"{Decimal(percent):+.1f} %"
