"""Returns: from lines of an order, reasons and locations in people's words to Shopify's ids."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from atom_shopify_plugin.errors import Conflict, Fault, InvalidInput
from atom_shopify_plugin.service.finding import listed, missing
from atom_shopify_plugin.service.lines import lines_named
from atom_shopify_plugin.service.named import locations
from atom_shopify_plugin.service.repayment import shares, shown
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["calculate", "create", "dispose", "process", "request"]

_RESTOCKED = "RESTOCKED"
_PAYING = {"amount", "shipping_amount", "refund_shipping"}

Node = Mapping[str, Any]


def create(shop: Shop, *, order_id: str, lines: Sequence[Node], **given: Any) -> Any:
    """Open a return of items that were sent; return it. Raises `InvalidInput` for what can't be returned."""
    wanted: dict[str, Any] = {"orderId": order_id, "returnLineItems": list(_entries(shop, order_id, lines))}
    if "requested_at" in given:
        wanted["requestedAt"] = given["requested_at"]
    return shop.root("ReturnCreate", {"input": wanted})["return"]


def request(shop: Shop, *, order_id: str, lines: Sequence[Node]) -> Any:
    """Ask for a return, which waits for approval; return it. Raises as `create`."""
    wanted = {"orderId": order_id, "returnLineItems": list(_entries(shop, order_id, lines))}
    return shop.root("ReturnRequest", {"input": wanted})["return"]


def calculate(shop: Shop, *, order_id: str, lines: Sequence[Node]) -> Any:
    """Return what items would be worth as a return; nothing is written. Raises as `create`."""
    items = [{"fulfillmentLineItemId": gid, "quantity": units} for _, gid, units in _sent(shop, order_id, lines)]
    return shop.root("ReturnCalculate", {"input": {"orderId": order_id, "returnLineItems": items}})


def process(shop: Shop, *, id: str, **given: Any) -> Any:  # noqa: A002  # a member of the input
    """Confirm what came back, say what became of it, and pay it back where `refund` says so; return the return.

    Raises `Conflict` where it is not open or nothing is left to process, and `InvalidInput` for lines that are not in
    it and for more money than was paid.
    """
    node = _open(shop, id)
    faults: list[Fault] = []
    picks = _picked(node, given.get("lines"), faults, lambda row: int(row["processable_quantity"]))
    places = locations(shop, "LocationList", faults)
    told, rows = [], []
    for at, row, units in picks:
        line = given["lines"][at] if "lines" in given else {}
        how = line.get("disposition", given.get("disposition"))
        entry: dict[str, Any] = {"id": row["id"], "quantity": units}
        place = None
        if how is not None:
            pointer = f"/lines/{at}" if "lines" in given else ""
            place = _place(places, how, line.get("location", given.get("location")), f"{pointer}/location")
            entry["dispositions"] = list(_dispositions(node, row, units, how, place))
        rows.append(entry)
        told.append({"quantity": units, "name": _item(row)["name"], "how": how, "location": place and place["name"]})
    if faults:
        raise InvalidInput(faults[0].message, faults)
    if not rows:
        raise Conflict(f"Nothing of {node['name']} is left to process.", details={"return": node["name"]})
    wanted: dict[str, Any] = {"returnId": node["id"], "returnLineItems": rows}
    wanted["notifyCustomer"] = given["notify_customer"]
    if "note" in given:
        wanted["note"] = given["note"]
    shop.told.update(lines=told, total=None, payments=[])
    if given.get("refund") or _PAYING & set(given):
        wanted |= _refund(shop, node, picks, given)
    return shop.root("ReturnProcess", {"input": wanted})["return"]


def dispose(shop: Shop, *, id: str, lines: Sequence[Node]) -> Any:  # noqa: A002
    """Say what became of items that came back; return those rows, with the return's id. Raises as `process`."""
    node = _open(shop, id)
    faults: list[Fault] = []
    places = locations(shop, "LocationList", faults)
    entries: list[dict[str, Any]] = []
    for at, row, units in _picked(node, lines, faults, lambda row: sum(left for _, left in _waiting(node, row))):
        line = lines[at]
        place = _place(places, line["disposition"], line.get("location"), f"/lines/{at}/location")
        entries += _dispositions(node, row, units, line["disposition"], place)
    if faults:
        raise InvalidInput(faults[0].message, faults)
    rows = shop.root("ReturnItemDispose", {"inputs": entries})["reverse_fulfillment_order_line_items"]
    return {"id": node["id"], "reverse_fulfillment_order_line_items": rows}


def _entries(shop: Shop, order_id: str, lines: Sequence[Node]) -> Iterator[dict[str, Any]]:
    reasons = _reasons(shop, lines)
    for at, gid, units in _sent(shop, order_id, lines):
        line = lines[at]
        entry = {"fulfillmentLineItemId": gid, "quantity": units, "returnReasonDefinitionId": reasons[at]}
        for name, member in (("note", "returnReasonNote"), ("customer_note", "customerNote")):
            if name in line:
                entry[member] = line[name]
        yield entry


def _reasons(shop: Shop, lines: Sequence[Node]) -> list[str]:
    """Return the ids of the reasons that lines name by handle or name, such as “Too tight”."""
    known = listed(shop, "ReturnReasonList")
    by_name = {_plain(text): one["id"] for one in reversed(known) for text in (one["name"], one["handle"])}
    faults = [
        Fault(f"/lines/{at}/reason", "There is no such reason: return_reason_list lists them.", "not_found")
        for at, line in enumerate(lines)
        if _plain(line["reason"]) not in by_name
    ]
    if faults:
        shown = [one["handle"] for one in known if not one["deleted"]][:20]
        raise InvalidInput(faults[0].message, faults, details={"reasons": shown})
    return [by_name[_plain(line["reason"])] for line in lines]


def _plain(text: str) -> str:
    return re.sub(r"[\s_-]+", "-", text.strip().casefold())


def _sent(shop: Shop, order_id: str, lines: Sequence[Node]) -> Iterator[tuple[int, str, int]]:
    """Yield, for each line of an input, the rows of parcels that it takes its units from: place, id, units."""
    left: dict[str, list[list[Any]]] = {}
    known: dict[str, Node] = {}
    for parcel in listed(shop, "ReturnableItemList", {"order_id": order_id}):
        for row in parcel["returnable_fulfillment_line_items"]["nodes"]:
            item = row["fulfillment_line_item"]
            known.setdefault(item["line_item"]["id"], item["line_item"])
            left.setdefault(item["line_item"]["id"], []).append([item["id"], row["quantity"]])
    if not known:
        order = shop.root("ReturnOrder", {"id": order_id})
        if order is None:
            raise missing(shop, "order", {"id": order_id})
        message = f"Nothing of {order['name']} can be returned: only what was sent and is in no other return."
        raise Conflict(message, details={"order": order["name"]})
    faults: list[Fault] = []
    found = lines_named(list(known.values()), lines, faults)
    taken = []
    for at, (row, line) in enumerate(zip(found, lines, strict=True)):
        if row is None:
            continue
        there = sum(units for _, units in left[row["id"]])
        wanted = line.get("quantity", there)
        if not 0 < wanted <= there:
            faults.append(Fault(f"/lines/{at}/quantity", f"{there} of this line can be returned.", "quantity"))
            continue
        for entry in left[row["id"]]:
            units = min(wanted, entry[1])
            entry[1], wanted = entry[1] - units, wanted - units
            if units:
                taken.append((at, entry[0], units))
    if faults:
        raise InvalidInput(faults[0].message, faults, details={"returnable": list(_told(known, left))})
    yield from taken


def _told(known: Mapping[str, Node], left: Mapping[str, list[list[Any]]]) -> Iterator[dict[str, Any]]:
    for gid, row in list(known.items())[:20]:
        told = {"line_item_id": gid, "name": row["name"], "sku": row["sku"]}
        yield {**told, "quantity": sum(units for _, units in left[gid])}


def _open(shop: Shop, gid: str) -> Node:
    node: Node | None = shop.root("ReturnGet", {"id": gid})
    if node is None:
        raise missing(shop, "return", {"id": gid})
    if node["status"] != "OPEN":
        message = f"{node['name']} is {node['status'].lower()}: only an open return is worked on."
        raise Conflict(message, details={"return": node["name"], "status": node["status"]})
    return node


def _picked(
    node: Node, lines: Sequence[Node] | None, faults: list[Fault], left: Callable[[Node], int]
) -> list[tuple[int, Node, int]]:
    """Return the rows of a return that an input names, each with the place of its line and its units.

    `left` says how many units of a row there are to take: all of them where the input, or a line, does not say it.
    """
    rows: Sequence[Node] = node["return_line_items"]["nodes"]
    if lines is None:
        return [(0, row, left(row)) for row in rows if left(row)]
    items = {item["id"]: item for item in map(_item, rows)}
    free = {row["id"]: left(row) for row in rows}
    picks = []
    for at, (line, item) in enumerate(zip(lines, lines_named(list(items.values()), lines, faults), strict=True)):
        if item is None:
            continue
        meant = [row for row in rows if _item(row)["id"] == item["id"]]
        there = sum(free[row["id"]] for row in meant)
        wanted = line.get("quantity", there)
        if not 0 < wanted <= there:
            faults.append(Fault(f"/lines/{at}/quantity", f"{there} of this line are left.", "quantity"))
            continue
        for row in meant:
            units = min(wanted, free[row["id"]])
            free[row["id"]], wanted = free[row["id"]] - units, wanted - units
            if units:
                picks.append((at, row, units))
    return picks


def _item(row: Node) -> Node:
    item: Node = row["fulfillment_line_item"]["line_item"]
    return item


def _place(places: Any, how: str, named: str | None, pointer: str) -> Node | None:
    """Return the location that items go back to; only what is restocked needs one."""
    if named is not None:
        found: Node | None = places.find(named, pointer)
        return found
    return places.only(pointer) if how == _RESTOCKED else None


def _waiting(node: Node, row: Node) -> Iterator[tuple[str, int]]:
    """Yield the rows in which units of a line come back, each with those of which nobody has said what became."""
    for work in node["reverse_fulfillment_orders"]["nodes"]:
        for back in work["line_items"]["nodes"]:
            if back["fulfillment_line_item"]["id"] == row["fulfillment_line_item"]["id"]:
                yield back["id"], back["total_quantity"] - sum(one["quantity"] for one in back["dispositions"])


def _dispositions(node: Node, row: Node, units: int, how: str, place: Node | None) -> Iterator[dict[str, Any]]:
    """Yield what becomes of units of a line, by the rows in which they come back."""
    for gid, left in _waiting(node, row):
        part = min(units, left)
        if part:
            units -= part
            entry = {"reverseFulfillmentOrderLineItemId": gid, "quantity": part, "dispositionType": how}
            yield {**entry, "locationId": place["id"]} if place is not None else entry
    if units:
        message = f"{units} × {_item(row)['name']} of {node['name']} have been dealt with already."
        raise Conflict(message, details={"return": node["name"]})


def _refund(shop: Shop, node: Node, picks: Sequence[tuple[int, Node, int]], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that pay a return back: what Shopify suggests for its lines and shipping, or an amount."""
    lines = [
        {"lineItemId": _item(row)["id"], "quantity": units, "restockType": "NO_RESTOCK"} for _, row, units in picks
    ]
    shipping = {name: given[name] for name in ("shipping_amount", "refund_shipping") if name in given}
    order = shop.root("OrderRefundPreview", {"id": node["order"]["id"], "lines": lines, **shipping})
    if order is None or order["suggested_refund"] is None:
        raise Conflict(f"Shopify suggests no refund of {node['order']['name']}.", details={"return": node["name"]})
    total, paid = shares(shop, order, given.get("amount"))
    currency = order["presentment_currency_code"]
    shop.told.update(
        total=shown(total, currency),
        payments=[{"gateway": one["gateway"], "amount": shown(share, currency)} for one, share in paid],
    )
    transactions = [
        {
            "parentId": one["parent_transaction"]["id"],
            "transactionAmount": {"amount": f"{share:f}", "currencyCode": currency},
        }
        for one, share in paid
    ]
    members: dict[str, Any] = {"financialTransfer": {"issueRefund": {"orderTransactions": transactions}}}
    if given.get("refund_shipping"):
        members["refundShipping"] = {"fullRefund": True}
    elif "shipping_amount" in given:
        amount = {"amount": given["shipping_amount"], "currencyCode": currency}
        members["refundShipping"] = {"shippingRefundAmount": amount}
    return members
