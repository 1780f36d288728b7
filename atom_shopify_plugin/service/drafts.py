"""Draft orders: from plain amounts to Shopify's input, and from a name such as #D1 to the draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.service.finding import missing, nearest
from atom_shopify_plugin.shopify.search import Term
from atom_shopify_plugin.shopify.wire import camel, camel_case
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["calculate", "create", "get", "preview_invoice", "send_invoice", "update"]

# Members whose names differ from Shopify's only in their spelling.
_PLAIN = (
    "email", "phone", "note", "po_number", "tags", "tax_exempt", "custom_attributes", "shipping_address",
    "billing_address", "use_customer_default_address", "reserve_inventory_until",
)  # fmt: skip
_LINE = ("variant_id", "title", "sku", "taxable", "requires_shipping", "custom_attributes")
_EMAIL = ("to", "subject", "custom_message", "bcc")


def get(shop: Shop, **by: str) -> Any:
    """Return the draft order of that `id` or `name`, None where there is none."""
    found = _id(shop, by)
    return None if found is None else shop.root("DraftGet", {"id": found})


def create(shop: Shop, **given: Any) -> Any:
    """Create a draft order and return it. Amounts are in the store's currency."""
    return shop.root("DraftCreate", {"input": _input(shop, given)})["draft_order"]


def update(shop: Shop, **given: Any) -> Any:
    """Change a draft order and return it; lines, where they are given, take the place of all that are there."""
    return shop.root("DraftUpdate", {"id": given["id"], "input": _input(shop, given)})["draft_order"]


def calculate(shop: Shop, **given: Any) -> Any:
    """Return what a draft order would amount to; nothing is written."""
    return shop.root("DraftCalculate", {"input": _input(shop, given)})["calculated_draft_order"]


def preview_invoice(shop: Shop, **given: Any) -> Any:
    """Return subject and HTML of the e-mail with the invoice; nothing is sent. None where there is no such draft."""
    found = _id(shop, given)
    if found is None:
        return None
    shown = shop.root("DraftInvoicePreview", {"id": found, **_email(given)})
    return {"id": found, "subject": shown["preview_subject"], "html": shown["preview_html"]}


def send_invoice(shop: Shop, **given: Any) -> Any:
    """Send the invoice by e-mail, and return the draft order."""
    found = _id(shop, given)
    if found is None:
        raise missing(shop, "draft order", {"name": given["name"]})
    return shop.root("DraftInvoiceSend", {"id": found, **_email(given)})["draft_order"]


def _id(shop: Shop, by: Mapping[str, Any]) -> str | None:
    if "id" in by:
        return str(by["id"])
    name = by["name"].strip()
    bare = name.removeprefix("#")
    # Shopify's search has no filter for the name; as a free word it is found.
    draft = nearest(shop, "DraftFind", str(Term(None, ":", bare)), "name", [name, f"#{bare}"])
    return None if draft is None else str(draft["id"])


def _email(given: Mapping[str, Any]) -> dict[str, Any]:
    wanted = camel({name: given[name] for name in _EMAIL if name in given})
    return {"email": wanted} if wanted else {}


def _input(shop: Shop, given: Mapping[str, Any]) -> dict[str, Any]:
    currency = shop.store.currency
    found: dict[str, Any] = {camel_case(name): camel(given[name]) for name in _PLAIN if name in given}
    if "line_items" in given:
        found["lineItems"] = [_line(line, currency) for line in given["line_items"]]
    if "customer_id" in given:
        found["purchasingEntity"] = {"customerId": given["customer_id"]}
    if "discount" in given:
        found["appliedDiscount"] = _discount(given["discount"])
    if "shipping_line" in given:
        line = given["shipping_line"]
        money = None if line is None else {"amount": line["price"], "currencyCode": currency}
        found["shippingLine"] = None if line is None else {"title": line["title"], "priceWithCurrency": money}
    return found


def _line(line: Mapping[str, Any], currency: str) -> dict[str, Any]:
    found = camel({"quantity": line["quantity"], **{name: line[name] for name in _LINE if name in line}})
    if "price" in line:
        name = "priceOverride" if "variant_id" in line else "originalUnitPriceWithCurrency"
        found[name] = {"amount": line["price"], "currencyCode": currency}
    return {**found, **({"appliedDiscount": _discount(line["discount"])} if "discount" in line else {})}


def _discount(discount: Mapping[str, Any] | None) -> Any:
    if discount is None:
        return None
    named = {name: discount[name] for name in ("title", "description") if name in discount}
    return {"valueType": discount["type"], "value": float(discount["value"]), **named}
