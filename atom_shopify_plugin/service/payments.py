"""Payments of orders: what a refund pays back and by which payments, and which authorization is meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from atom_shopify_plugin.errors import Conflict, Fault, InvalidInput
from atom_shopify_plugin.service.finding import missing, order_id
from atom_shopify_plugin.service.repayment import shares, shown
from atom_shopify_plugin.shopify import money
from atom_shopify_plugin.shopify.wire import camel
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["capture", "list_payments", "preview", "record", "refund", "void"]

RESTOCKED = ("CANCEL", "RETURN")
_CHOICES = ("lines", "shipping_amount", "refund_shipping", "amount")

Node = Mapping[str, Any]


def list_payments(shop: Shop, **by: str) -> Any:
    """Return an order's payments, by `id` or `name`; None where there is no such order."""
    found = order_id(shop, "OrderFind", by)
    return None if found is None else shop.root("OrderPaymentList", {"id": found})


def preview(shop: Shop, **given: Any) -> Any:
    """Return what a refund would pay back: of what is named, of all that is left where nothing is; None without order.

    Nothing is written. Raises `InvalidInput` for a line that the order does not have, or not as often.
    """
    found = order_id(shop, "OrderFind", given)
    return None if found is None else _suggested(shop, found, given)


def refund(shop: Shop, **given: Any) -> Any:
    """Pay back what Shopify suggests for lines and shipping, or `amount`; return the refund.

    Raises `InvalidInput` where it would be more than was paid: Shopify could do that, and no action of ours does.
    """
    gid = order_id(shop, "OrderFind", given)
    order = None if gid is None else _suggested(shop, gid, given)
    if order is None:
        raise missing(shop, "order", {name: given[name] for name in ("id", "name") if name in given})
    currency, suggested = order["presentment_currency_code"], order["suggested_refund"]
    total, paid = shares(shop, order, given.get("amount"))
    rows = suggested["refund_line_items"] if set(given) & {"lines", "full"} else []
    if not rows and not total:
        raise Conflict(f"Nothing of {order['name']} is left to refund.", details={"order": order["name"]})
    entries = [_entry(row, given) for row in rows]
    shop.told.update(
        total=shown(total, currency),
        payments=[{"gateway": one["gateway"], "amount": shown(share, currency)} for one, share in paid],
        lines=[{**entry, "name": row["line_item"]["name"]} for entry, row in zip(entries, rows, strict=True)],
        locations={
            place: _place(shop, place) for place in {one["locationId"] for one in entries if "locationId" in one}
        },
    )
    wanted = {
        "orderId": order["id"],
        "currency": currency,
        "refundLineItems": entries,
        "notify": given["notify_customer"],
        "transactions": [
            {
                "orderId": order["id"],
                "parentId": one["parent_transaction"]["id"],
                "gateway": one["gateway"],
                "kind": "REFUND",
                "amount": f"{share:f}",
            }
            for one, share in paid
        ],
        **camel({name: given[name] for name in ("note", "discrepancy_reason") if name in given}),
    }
    if given.get("refund_shipping") or given.get("full"):
        wanted["shipping"] = {"fullRefund": True}
    elif "shipping_amount" in given:
        wanted["shipping"] = {"amount": given["shipping_amount"]}
    return shop.root("OrderRefund", {"input": wanted})["refund"]


def record(shop: Shop, **given: Any) -> Any:
    """Record a payment that was made elsewhere; return the order. The amount is in the buyer's currency.

    Raises `InvalidInput` for an amount on another plan than Plus: Shopify's refusal has no code, so that nobody could
    tell it from a write that went wrong.
    """
    names = ("id", "payment_method_name", "processed_at")
    variables: dict[str, Any] = {name: given[name] for name in names if name in given}
    if "amount" in given:
        order = _known(shop, given)
        if not shop.root("StorePlan")["plan"]["shopify_plus"]:
            message = "An amount of its own needs Shopify Plus; without it, all that is outstanding is recorded."
            raise InvalidInput(message, [Fault("/amount", message, "plan")])
        variables["amount"] = {"amount": given["amount"], "currencyCode": order["presentment_currency_code"]}
    return shop.root("OrderPaymentRecord", variables)["order"]


def capture(shop: Shop, **given: Any) -> Any:
    """Take what was authorized, or `amount` of it; return the payment."""
    order = _known(shop, given)
    parent = _authorization(order, given.get("transaction_id"))
    authorized = parent["amount"]["presentment_money"]
    amount = given.get("amount", authorized["amount"])
    shop.told.update(amount=money.shown({**authorized, "amount": amount}), of=money.shown(authorized))
    wanted = {
        "id": order["id"],
        "parentTransactionId": parent["id"],
        "amount": amount,
        "currency": authorized["currency_code"],
    }
    return shop.root("OrderPaymentCapture", {"input": wanted})["transaction"]


def void(shop: Shop, **given: Any) -> Any:
    """Give up an authorization of which nothing was taken; return the transaction."""
    parent = _authorization(_known(shop, given), given.get("transaction_id"))
    shop.told.update(amount=money.shown(parent["amount"]["presentment_money"]))
    return shop.root("OrderPaymentVoid", {"transaction_id": parent["id"]})["transaction"]


def _known(shop: Shop, given: Mapping[str, Any]) -> Node:
    order: Node | None = list_payments(shop, **{name: given[name] for name in ("id", "name") if name in given})
    if order is None:
        raise missing(shop, "order", {name: given[name] for name in ("id", "name") if name in given})
    return order


def _authorization(order: Node, gid: str | None) -> Node:
    """Return the authorization that is meant: the one that is named, or the only one that is open."""
    rows: Sequence[Node] = order["transactions"]
    settled = {
        row["parent_transaction"]["id"]
        for row in rows
        if row["parent_transaction"] and row["status"] == "SUCCESS" and row["kind"] == "VOID"
    }
    good = [row for row in rows if (row["kind"], row["status"]) == ("AUTHORIZATION", "SUCCESS")]
    meant = [row for row in good if (row["id"] == gid if gid else row["id"] not in settled)]
    if len(meant) == 1:
        return meant[0]
    told = [{"id": row["id"], "amount": money.shown(row["amount"])} for row in good]
    if gid or not meant:
        raise Conflict(f"{order['name']} has no such authorized payment.", details={"authorizations": told})
    message = f"{order['name']} has {len(meant)} authorized payments: say which with transaction_id."
    raise InvalidInput(message, [Fault("/transaction_id", message, "required")], details={"authorizations": told})


def _suggested(shop: Shop, gid: str, given: Mapping[str, Any]) -> Any:
    """Return the order with what Shopify suggests to pay back; None where there is no such order."""
    variables: dict[str, Any] = {"id": gid}
    if given.get("full") or not set(given) & set(_CHOICES):
        variables["full"] = True
    if "lines" in given:
        lines = shop.root("RefundLines", {"id": gid})
        if lines is None:
            return None
        variables["lines"] = _lines(lines["line_items"]["nodes"], given)
    variables |= {name: given[name] for name in ("shipping_amount", "refund_shipping") if name in given}
    order = shop.root("OrderRefundPreview", variables)
    if order is not None and order["suggested_refund"] is None:
        raise Conflict(f"Shopify suggests no refund of {order['name']}.", details={"order": order["name"]})
    return order


def _lines(rows: Sequence[Node], given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the lines of an input as Shopify's; raise `InvalidInput` with every line that can't be refunded."""
    found: list[dict[str, Any]] = []
    faults: list[Fault] = []
    for at, line in enumerate(given["lines"]):
        name = "line_item_id" if "line_item_id" in line else "sku"
        meant = [row for row in rows if _same(row["id"] if name == "line_item_id" else row["sku"], line[name])]
        if len(meant) != 1:
            said = "The order has no such line." if not meant else "Several lines have this SKU: name one by its id."
            faults.append(Fault(f"/lines/{at}/{name}", said, "ambiguous" if meant else "not_found"))
            continue
        left = int(meant[0]["current_quantity"])
        quantity = line.get("quantity", left)
        if not 0 < quantity <= left:
            faults.append(Fault(f"/lines/{at}", f"{left} of this line are left to refund.", "quantity"))
            continue
        entry = {"lineItemId": meant[0]["id"], "quantity": quantity, "restockType": line["restock"]}
        place = line.get("location_id", given.get("location_id"))
        found.append({**entry, "locationId": place} if place and line["restock"] in RESTOCKED else entry)
    if faults:
        raise InvalidInput(faults[0].message, faults)
    return found


def _entry(row: Node, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a suggested line as it is refunded; without lines of its own, a call restocks nothing."""
    how = row["restock_type"] if "lines" in given else "NO_RESTOCK"
    entry = {"lineItemId": row["line_item"]["id"], "quantity": row["quantity"], "restockType": how}
    return {**entry, "locationId": row["location"]["id"]} if row["location"] and how in RESTOCKED else entry


def _place(shop: Shop, gid: str) -> str:
    location = shop.root("LocationName", {"id": gid})
    if location is None:
        message = "There is no such location."
        raise InvalidInput(message, [Fault("/location_id", message, "not_found")])
    return str(location["name"])


def _same(one: Any, other: str) -> bool:
    return str(one or "").strip() == other.strip()
