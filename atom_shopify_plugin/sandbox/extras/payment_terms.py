"""Payment terms of orders and draft orders: when what is owed has to be paid.

The templates and the messages are those of live stores.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.order_amounts import outstanding
from atom_shopify_plugin.sandbox.refusals import Refused, wrong_id
from atom_shopify_plugin.sandbox.registry import derived, kind, mutation, query
from atom_shopify_plugin.sandbox.store import Node, gid_type, number, stamp

__all__ = ["hand_over", "set_terms"]

CREATES, UPDATES = "PAYMENT_TERMS_CREATION_UNSUCCESSFUL", "PAYMENT_TERMS_UPDATE_UNSUCCESSFUL"
_GID = "gid://shopify/PaymentTermsTemplate/"


def _template(at: int, sort: str, name: str, description: str = "", days: int | None = None) -> Node:
    named = {"name": name, "translatedName": name, "description": description or name}
    return {
        "__typename": "PaymentTermsTemplate",
        "id": f"{_GID}{at}",
        "paymentTermsType": sort,
        "dueInDays": days,
        **named,
    }


TEMPLATES = [
    _template(1, "RECEIPT", "Due on receipt"),
    _template(9, "FULFILLMENT", "Due on fulfillment"),
    *(_template(at, "NET", f"Net {days}", f"Within {days} days", days)
      for at, days in ((2, 7), (3, 15), (4, 30), (8, 45), (5, 60), (6, 90))),
    _template(7, "FIXED", "Fixed", "Fixed date"),
]  # fmt: skip

kind("PaymentTermsTemplate")
kind("PaymentTerms", {"template": None}, fields="order draftOrder")
kind("PaymentSchedule", {"paymentTerms": None}, fields="issuedAt dueAt", indexed=("paymentTerms",),
     listed={"PaymentTerms.paymentSchedules": "paymentTerms"})  # fmt: skip


@query("paymentTermsTemplates")
def templates(_ctx: Context, args: dict[str, Any]) -> list[Node]:
    wanted = args.get("paymentTermsType")
    return [one for one in TEMPLATES if wanted in (None, one["paymentTermsType"])]


# what follows from the terms


def _of(node: Node) -> Node:
    return next(one for one in TEMPLATES if one["id"] == node["template"])


def _total(ctx: Context, schedule: Node) -> Decimal:
    terms = ctx.store.all("PaymentTerms")[schedule["paymentTerms"]]
    owner = ctx.store.get(terms.get("order") or terms.get("draftOrder")) or {"total": Decimal(0)}
    return Decimal(owner["total"])


def _owed(ctx: Context, schedule: Node) -> Decimal:
    terms = ctx.store.all("PaymentTerms")[schedule["paymentTerms"]]
    order = ctx.store.get(terms.get("order"))
    return outstanding(ctx, order) if order is not None else _total(ctx, schedule)


def _completed(ctx: Context, schedule: Node) -> str | None:
    """Return when the last payment settled what was owed."""
    order = ctx.store.get(ctx.store.all("PaymentTerms")[schedule["paymentTerms"]].get("order"))
    if order is None or outstanding(ctx, order) > 0:
        return None
    paid = [ctx.store.all("OrderTransaction")[gid]["processedAt"] for gid in order["transactions"]]
    return max(paid, default=None)


def _due(ctx: Context, schedule: Node) -> bool:
    due = schedule.get("dueAt")
    return due is not None and due < ctx.stamp and _completed(ctx, schedule) is None


def _any_due(ctx: Context, terms: Node) -> bool:
    return any(_due(ctx, row) for row in ctx.store.find("PaymentSchedule", "paymentTerms", terms["id"]))


derived(
    {
        "PaymentTerms.paymentTermsName|translatedName": lambda _, node: _of(node)["name"],
        "PaymentTerms.paymentTermsType": lambda _, node: _of(node)["paymentTermsType"],
        "PaymentTerms.dueInDays": lambda _, node: _of(node)["dueInDays"],
        "PaymentTerms.due|overdue": _any_due,
        "PaymentSchedule.due": _due,
        "PaymentSchedule.completedAt": _completed,
        "PaymentSchedule.amount|totalBalance": _total,
        "PaymentSchedule.balanceDue": _owed,
    }
)


# writing


def set_terms(ctx: Context, owner: Node, given: Mapping[str, Any], code: str | None = CREATES) -> Node:
    """Give an order or a draft order payment terms, in place of those that it has; raise `Refused`."""
    former = ctx.store.get(owner.get("paymentTerms"))
    wanted = given.get("paymentTermsTemplateId") or (former or {}).get("template")
    template = next((one for one in TEMPLATES if one["id"] == wanted), None)
    if template is None:
        raise Refused.one(None, "Could not find payment terms template.", code)
    is_order = owner["__typename"] == "Order"
    if is_order and not owner.get("cancelledAt") and outstanding(ctx, owner) <= 0:
        message = "Cannot create payment terms on an Order that has already been paid in full."
        raise Refused.one(None, message, code)
    rows = _schedules(template, given.get("paymentSchedules"), code)
    if former is None:
        place = "order" if is_order else "draftOrder"
        former = ctx.create("PaymentTerms", {"template": template["id"], place: owner["id"]})
        ctx.update(owner, {"paymentTerms": former["id"]})
    elif rows is not None or former["template"] != template["id"]:
        for row in list(ctx.store.find("PaymentSchedule", "paymentTerms", former["id"])):
            ctx.delete(row)
        ctx.update(former, {"template": template["id"]})
    for row in rows or ():
        ctx.create("PaymentSchedule", {"paymentTerms": former["id"], **row})
    return former


def _schedules(template: Node, given: list[Mapping[str, Any]] | None, code: str | None) -> list[Node] | None:
    if given is None:
        return None
    if len(given) > 1:
        raise Refused.one(None, "Cannot create payment terms with multiple payment schedules.", code)
    wish = given[0] if given else {}
    issued, due = wish.get("issuedAt"), wish.get("dueAt")
    if template["paymentTermsType"] not in ("NET", "FIXED"):
        if due is not None:
            raise Refused.one(None, "A due date cannot be set with event payment terms.", code)
        return []
    if template["dueInDays"] is not None and issued is not None:
        due = stamp(datetime.fromisoformat(issued) + timedelta(days=template["dueInDays"]))
    if due is None:
        raise Refused.one(None, "A due date is required with fixed or net payment terms.", code)
    return [{"issuedAt": issued, "dueAt": due}]


def hand_over(ctx: Context, draft: Node, order: Node) -> None:
    """Let an order have the payment terms of the draft that it was made of."""
    terms = ctx.store.get(draft.get("paymentTerms"))
    if terms is not None:
        ctx.update(terms, {"order": order["id"]})
        ctx.update(order, {"paymentTerms": terms["id"]})


@mutation("paymentTermsCreate")
def create(ctx: Context, args: dict[str, Any]) -> Node:
    gid = args["referenceId"]
    sort = gid_type(gid)
    if sort not in ("Order", "DraftOrder"):
        raise wrong_id(gid, mutation=True)
    owner = ctx.lookup(gid, sort)
    if owner is None:
        name = "Order" if sort == "Order" else "Draft order"
        raise Refused.one(None, f"Cannot find the specific {name} with id {number(gid)}.", CREATES)
    terms = set_terms(ctx, owner, args["paymentTermsAttributes"])
    ctx.record("updated", owner)
    return {"paymentTerms": terms["id"]}


@mutation("paymentTermsUpdate")
def update(ctx: Context, args: dict[str, Any]) -> Node:
    given = args["input"]
    message = "Could not find payment terms."
    terms = ctx.known(given["paymentTermsId"], "PaymentTerms", None, message, UPDATES)
    owner = ctx.store.get(terms.get("order") or terms.get("draftOrder"))
    if owner is None:
        raise Refused.one(None, message, UPDATES)
    set_terms(ctx, owner, given["paymentTermsAttributes"], UPDATES)
    ctx.record("updated", owner)
    return {"paymentTerms": terms["id"]}


@mutation("paymentTermsDelete")
def delete(ctx: Context, args: dict[str, Any]) -> Node:
    code, gid = "PAYMENT_TERMS_DELETE_UNSUCCESSFUL", args["input"]["paymentTermsId"]
    if gid_type(gid) != "PaymentTerms":
        raise wrong_id(gid, mutation=False)  # seen: this mutation names it
    terms = ctx.known(gid, "PaymentTerms", None, "Could not find payment terms.", code)
    for row in list(ctx.store.find("PaymentSchedule", "paymentTerms", terms["id"])):
        ctx.delete(row)
    for name in ("order", "draftOrder"):
        owner = ctx.store.get(terms.get(name))
        if owner is not None:
            ctx.update(owner, {"paymentTerms": None})
            ctx.record("updated", owner)
    ctx.delete(terms)
    return {"deletedId": terms["id"]}
