"""Products, orders and customers as ATOM's own clients read them: flat, with numeric ids and words in lower case.

That is how Shopify's REST API told of them. `admin_graphql_api_id` holds the id that everything else here uses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["FINANCIAL", "FULFILLMENT", "customer", "hit", "order", "product", "top_selling"]

Thing = Mapping[str, Any]

# What REST knew of these states; null stands for a state that it had no word for.
FINANCIAL = frozenset(
    {"pending", "authorized", "partially_paid", "paid", "partially_refunded", "refunded", "voided", "expired"}
)
FULFILLMENT: Mapping[str, str] = {
    "FULFILLED": "fulfilled",
    "PARTIALLY_FULFILLED": "partial",
    "UNFULFILLED": "unfulfilled",
    "RESTOCKED": "restocked",
}


def product(one: Thing) -> dict[str, Any]:
    """Return a product with its variants."""
    variants = [_variant(variant, one) for variant in _nodes(one, "variants")]
    return {
        **_ids(one),
        "title": one["title"],
        "body_html": one["description_html"],
        "vendor": one["vendor"],
        "product_type": one["product_type"],
        "handle": one["handle"],
        "status": one["status"].lower(),
        "tags": ", ".join(one["tags"]),
        "created_at": one["created_at"],
        "updated_at": one["updated_at"],
        "published_at": one["published_at"],
        "template_suffix": one["template_suffix"],
        "options": [
            {
                "id": _number(option),
                "product_id": _number(one),
                **{name: option[name] for name in ("name", "position", "values")},
            }
            for option in one["options"]
        ],
        "variants": variants,
        "images": [],
        "image": None,
        "metafields": [],
        "total_inventory": one["total_inventory"],
    }


def _variant(one: Thing, of: Thing) -> dict[str, Any]:
    chosen = [option["value"] for option in one["selected_options"]]
    return {
        **_ids(one),
        "product_id": _number(of),
        "title": one["title"],
        "price": one["price"],
        "compare_at_price": one["compare_at_price"],
        "sku": one["sku"] or "",
        "barcode": one["barcode"],
        "position": one["position"],
        "inventory_policy": one["inventory_policy"].lower(),
        "inventory_quantity": one["inventory_quantity"],
        "inventory_item_id": _number(one["inventory_item"]),
        "taxable": one["taxable"],
        "requires_shipping": one["inventory_item"]["requires_shipping"],
        **{f"option{at + 1}": chosen[at] if at < len(chosen) else None for at in range(3)},
        "updated_at": one["updated_at"],
    }


def order(one: Thing) -> dict[str, Any]:
    """Return an order with its lines; amounts are in the currency of the store."""
    financial = (one["display_financial_status"] or "").lower()
    return {
        **_ids(one),
        "name": one["name"],
        "email": one["email"] or "",
        "phone": one["phone"],
        "note": one["note"],
        "tags": ", ".join(one["tags"]),
        "test": one["test"],
        "currency": one["currency_code"],
        "total_price": _amount(one["total_price"]),
        "subtotal_price": _amount(one["subtotal_price"]),
        "total_tax": _amount(one["total_tax"]),
        "total_discounts": _amount(one["total_discounts"]),
        "current_total_price": _amount(one["current_total_price"]),
        "financial_status": financial if financial in FINANCIAL else None,
        "fulfillment_status": FULFILLMENT.get(one["display_fulfillment_status"], "unfulfilled"),
        **{name: one[name] for name in ("created_at", "updated_at", "processed_at", "closed_at", "cancelled_at")},
        "cancel_reason": one["cancel_reason"].lower() if one["cancel_reason"] else None,
        "customer": None
        if one["customer"] is None
        else {**_ids(one["customer"]), "display_name": one["customer"]["display_name"]},
        "line_items": [_line(line) for line in _nodes(one, "line_items")],
    }


def _line(one: Thing) -> dict[str, Any]:
    return {
        **_ids(one),
        "name": one["name"],
        "title": one["title"],
        "variant_title": one["variant_title"],
        "sku": one["sku"] or "",
        "vendor": one["vendor"],
        "quantity": one["quantity"],
        "current_quantity": one["current_quantity"],
        "price": _amount(one["original_unit_price"]),
        "variant_id": None if one["variant"] is None else _number(one["variant"]),
        "product_id": None if one["product"] is None else _number(one["product"]),
    }


def customer(one: Thing) -> dict[str, Any]:
    """Return a customer."""
    email, phone = one["default_email_address"], one["default_phone_number"]
    return {
        **_ids(one),
        "email": email["email_address"] if email else None,
        "phone": phone["phone_number"] if phone else None,
        "first_name": one["first_name"],
        "last_name": one["last_name"],
        "note": one["note"],
        "tags": ", ".join(one["tags"]),
        "state": one["state"].lower(),
        "verified_email": one["verified_email"],
        "tax_exempt": one["tax_exempt"],
        "orders_count": int(one["number_of_orders"]),
        "total_spent": one["amount_spent"]["amount"],
        "currency": one["amount_spent"]["currency_code"],
        "created_at": one["created_at"],
        "updated_at": one["updated_at"],
    }


def hit(kind: str, one: dict[str, Any]) -> dict[str, Any]:
    """Return a flat thing as one that was searched for: with its type, and its date under `created`."""
    price = {"price": one["variants"][0]["price"] if one["variants"] else None} if kind == "product" else {}
    return {**one, **price, "type": kind, "created": one["created_at"]}


def top_selling(row: Thing) -> dict[str, Any]:
    """Return a variant that sold well, with the figure under the names that ATOM's clients read."""
    return {
        "product_id": _digits(row["product_id"]),
        "variant_id": _digits(row["value"]),
        "title": row["title"],
        "variant_title": row["sku"] or "",
        "quantity_sold": row["units"],
        "count": row["units"],
    }


def _ids(one: Thing) -> dict[str, Any]:
    return {"id": _number(one), "admin_graphql_api_id": one["id"]}


def _number(one: Thing) -> int | None:
    return _digits(one.get("legacy_id") or one.get("id"))


def _digits(text: Any) -> int | None:
    """Return the number at the end of an id, None where there is none."""
    end = str(text or "").rpartition("/")[2].partition("?")[0]
    return int(end) if end.isascii() and end.isdigit() else None


def _amount(money: Thing | None) -> str | None:
    return None if money is None else str(money["shop_money"]["amount"])


def _nodes(one: Thing, name: str) -> list[Thing]:
    return list((one.get(name) or {}).get("nodes", ()))
