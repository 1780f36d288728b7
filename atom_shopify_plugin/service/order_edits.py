"""Edits of placed orders: begin, stage the changes, commit them together.

Nothing of an edit is on the order before the commit, so that only a lost answer to the commit leaves a doubt. What
Shopify calculates of the staged changes is what previews show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from atom_shopify_plugin.errors import Conflict, Fault, InvalidInput, Rejected
from atom_shopify_plugin.service.finding import missing
from atom_shopify_plugin.service.lines import lines_named
from atom_shopify_plugin.shopify import money
from atom_shopify_plugin.stores.shop import Shop

__all__ = [
    "add_custom_lines",
    "add_discounts",
    "add_lines",
    "add_shipping_lines",
    "remove_discounts",
    "set_quantities",
]

_SHIPPING = "OrderEditAddShippingLine"

Node = Mapping[str, Any]


def add_lines(shop: Shop, *, id: str, lines: Sequence[Node], **given: Any) -> Any:  # noqa: A002  # a member of the input
    """Add variants to an order; return it with what the edit did."""
    edit = _Edit(shop, id)
    for at, line in enumerate(lines):
        edit.add("OrderEditAddVariant", at, dict(line))
    return edit.commit(given)


def add_custom_lines(shop: Shop, *, id: str, lines: Sequence[Node], **given: Any) -> Any:  # noqa: A002
    """Add things that are not variants of the store; return the order with what the edit did."""
    edit = _Edit(shop, id)
    for at, line in enumerate(lines):
        edit.add("OrderEditAddCustomItem", at, {**line, "price": edit.money(line["price"])})
    return edit.commit(given)


def set_quantities(shop: Shop, *, id: str, lines: Sequence[Node], **given: Any) -> Any:  # noqa: A002
    """Set how often lines are on an order, none for 0; return it with what the edit did.

    Raises `InvalidInput` for a line that is not there, and for fewer items than were sent already.
    """
    edit = _Edit(shop, id)
    rows = edit.named(lines)
    faults = [
        Fault(
            f"/lines/{at}/quantity",
            f"{sent} of this line are fulfilled: only the others can be taken off.",
            "fulfilled",
        )
        for at, (row, line) in enumerate(zip(rows, lines, strict=True))
        if line["quantity"] < (sent := row["quantity"] - row["editable_quantity"])
    ]
    if faults:
        raise InvalidInput(faults[0].message, faults)
    for at, (row, line) in enumerate(zip(rows, lines, strict=True)):
        if line["quantity"] == row["quantity"]:
            continue
        restock = line.get("restock", True)
        edit.change("OrderEditSetQuantity", at, row, {"quantity": line["quantity"], "restock": restock})
        edit.back.append({"line_item_id": _line_id(row), "quantity": row["quantity"]})
    return edit.commit(given)


def add_discounts(shop: Shop, *, id: str, lines: Sequence[Node], **given: Any) -> Any:  # noqa: A002
    """Take a percentage, or an amount of each unit, off lines of an order; return it with what the edit did."""
    edit = _Edit(shop, id)
    for at, (row, line) in enumerate(zip(edit.named(lines), lines, strict=True)):
        discount = {"description": line["description"]} if "description" in line else {}
        if "percent" in line:
            discount["percentValue"] = line["percent"]
        else:
            discount["fixedValue"] = edit.money(line["amount"])
        edit.change("OrderEditAddLineItemDiscount", at, row, {"discount": discount})
        edit.back.append({"line_item_id": _line_id(row)})
    return edit.commit(given)


def remove_discounts(shop: Shop, *, id: str, lines: Sequence[Node], **given: Any) -> Any:  # noqa: A002
    """Take the discounts of lines back that belong to the line alone; return the order with what the edit did.

    Raises `Conflict` where a line has none.
    """
    edit = _Edit(shop, id)
    for at, row in enumerate(edit.named(lines)):
        own = [one["discount_application"] for one in row["calculated_discount_allocations"]]
        own = [one for one in own if one["applied_to"] == "LINE"]
        if not own:
            raise Conflict(f"{_name(row)} has no discount of its own.", details={"line": _line_id(row)})
        for one in own:
            edit.stage("OrderEditRemoveDiscount", at, {"discount_id": one["id"]})
            edit.back.append({"line_item_id": _line_id(row), **_given(one)})
        edit.lines.append({"id": _line_id(row), "current_quantity": row["quantity"]})
        edit.changes.append({"field": f"discount of {_name(row)}", "before": _given(own[0]), "after": None})
    return edit.commit(given)


def add_shipping_lines(shop: Shop, *, id: str, lines: Sequence[Node], **given: Any) -> Any:  # noqa: A002
    """Add shipping with a price to an order; return it with what the edit did."""
    edit = _Edit(shop, id)
    for at, line in enumerate(lines):
        price = edit.money(line["price"])
        edit.stage(_SHIPPING, at, {"shipping_line": {"title": line["title"], "price": price}})
        edit.changes.append({"field": "shipping_lines", "before": None, "after": f"{line['title']}, {_text(price)}"})
    return edit.commit(given)


class _Edit:
    """One edit. `lines` are those that it changes, as the order has to show them; `back` is what undoes it."""

    def __init__(self, shop: Shop, order: str) -> None:
        begun = shop.root("OrderEditBegin", {"id": order})["calculated_order"]
        if begun is None:
            raise missing(shop, "order", {"id": order})
        self._shop = shop
        self._order = begun["original_order"]
        self._before = self._now = begun
        self._rows: Sequence[Node] = begun["line_items"]["nodes"]
        self.lines: list[dict[str, Any]] = []
        self.back: list[dict[str, Any]] = []
        self.changes: list[dict[str, Any]] = []

    def money(self, amount: str) -> dict[str, str]:
        """Return an amount in the buyer's currency."""
        return {"amount": amount, "currencyCode": self._order["presentment_currency_code"]}

    def named(self, lines: Sequence[Node]) -> list[Node]:
        """Return the rows that the lines of an input name; raise `InvalidInput` with every one that is not there."""
        faults: list[Fault] = []
        rows = [row for row in lines_named(self._rows, lines, faults) if row is not None]
        twice = [at for at, row in enumerate(rows) if row["id"] in {other["id"] for other in rows[:at]}]
        faults += [Fault(f"/lines/{at}", "This line is named twice.", "duplicate") for at in twice if not faults]
        if faults:
            raise InvalidInput(faults[0].message, faults, details={"lines": list(self._known())})
        return rows

    def stage(self, operation: str, at: int, variables: Mapping[str, Any]) -> Any:
        """Stage a change; raise `Rejected` with the place of the line that Shopify refuses."""
        try:
            payload = self._shop.root(operation, {"id": self._now["id"], **variables})
        except Rejected as refusal:
            details = {**refusal.details, "pointer": f"/lines/{at}"}
            raise Rejected(f"Line {at + 1}: {refusal.message}", details=details) from refusal
        self._now = payload["calculated_order"]
        return payload

    def add(self, operation: str, at: int, variables: Mapping[str, Any]) -> None:
        """Stage a line that the order does not have yet."""
        row = self.stage(operation, at, variables)["calculated_line_item"]
        self.lines.append({"title": row["title"], "sku": row["sku"], "current_quantity": row["quantity"]})
        self.changes.append({"field": f"quantity of {_name(row)}", "before": None, "after": row["quantity"]})

    def change(self, operation: str, at: int, row: Node, variables: Mapping[str, Any]) -> None:
        """Stage a change of a line of the order."""
        now = self.stage(operation, at, {"line_item_id": row["id"], **variables})["calculated_line_item"]
        told = {"id": _line_id(row), "current_quantity": now["quantity"]}
        if now["quantity"] != row["quantity"]:
            change = {"field": f"quantity of {_name(row)}", "before": row["quantity"], "after": now["quantity"]}
        else:
            told["discounted_unit_price"] = now["discounted_unit_price"]
            prices = [money.shown(one["discounted_unit_price"]) for one in (row, now)]
            change = {"field": f"price of {_name(row)}", "before": prices[0], "after": prices[1]}
        self.lines.append(told)
        self.changes.append(change)

    def commit(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Write the staged changes; return the order, with what Shopify calculated and what undoes it in ``edit``."""
        if not self.changes:
            raise Conflict(f"{self._order['name']} is like this already.", details={"order": self._order["name"]})
        names = ("total_price", "total_outstanding")
        self.changes += [
            {"field": name, "before": before, "after": after}
            for name in names
            if (before := _buyers(self._before[name])) != (after := _buyers(self._now[name]))
        ]
        total, owed = (self._now[name]["presentment_money"] for name in names)
        self._shop.told.update(
            changes=self.changes,
            total=money.shown(total),
            before=_buyers(self._before["total_price"]),
            owed=money.shown({**owed, "amount": owed["amount"].removeprefix("-")}),
            owing="nobody" if not money.nonzero(owed) else "store" if owed["amount"].startswith("-") else "customer",
        )
        wanted = {"id": self._now["id"], "notify_customer": given["notify_customer"]}
        if "staff_note" in given:
            wanted["staff_note"] = given["staff_note"]
        order = self._shop.root("OrderEditCommit", wanted)["order"]
        back = self.back or [{"line_item_id": gid, "quantity": 0} for gid in self._fresh(order)]
        told = {name: self._now[name]["presentment_money"] for name in names}
        return {**order, "edit": {**told, "lines": self.lines, "undo": back}}

    def _fresh(self, order: Node) -> Iterator[str]:
        known = {_line_id(row) for row in self._rows}
        return (line["id"] for line in order["line_items"]["nodes"] if line["id"] not in known)

    def _known(self) -> Iterator[dict[str, Any]]:
        for row in self._rows[:20]:
            yield {"line_item_id": _line_id(row), **{name: row[name] for name in ("title", "sku", "quantity")}}


def _line_id(row: Node) -> str:
    """Return the id of the order's line that a line of an edit stands for: both have the same number."""
    return f"gid://shopify/LineItem/{row['id'].rpartition('/')[2]}"


def _name(row: Node) -> str:
    return " - ".join(filter(None, (row["title"], row["variant_title"])))


def _given(discount: Node) -> dict[str, Any]:
    """Return a discount as `add_discounts` takes it."""
    value = discount["value"]
    told = {"percent": value["percentage"]} if "percentage" in value else {"amount": value["amount"]}
    return {**told, **({"description": discount["description"]} if discount["description"] else {})}


def _buyers(bag: Node) -> str:
    return money.shown(bag["presentment_money"])


def _text(price: Node) -> str:
    return money.shown({"amount": price["amount"], "currency_code": price["currencyCode"]})
