"""Companies that buy: an order or a draft order is made for a location of a company, by one of its contacts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.extras.store_credit import has_credit
from atom_shopify_plugin.sandbox.inputs import label_of
from atom_shopify_plugin.sandbox.refusals import Refused
from atom_shopify_plugin.sandbox.store import Node, gid_type

__all__ = ["BUYERS", "has_bought", "is_kept", "purchase", "purchaser"]

MEMBERS = {"companyId": "Company", "companyContactId": "CompanyContact", "companyLocationId": "CompanyLocation"}
BUYERS = {"Company": "buyingCompany", "CompanyContact": "buyingContact", "CompanyLocation": "buyingLocation"}


def purchase(ctx: Context, given: Mapping[str, Any] | None) -> Node:
    """Return what an order stores of a PurchasingCompanyInput: who buys, and the customer who is the contact."""
    if given is None:
        return {}
    nodes = {}
    for member, kind in MEMBERS.items():
        message = f"{label_of(kind)} does not exist"
        node = nodes[kind] = ctx.known(given[member], kind, None, message)
        if node.get("company", given["companyId"]) != given["companyId"]:
            raise Refused.one(None, message)
    return {BUYERS[kind]: node["id"] for kind, node in nodes.items()} | {
        "customer": nodes["CompanyContact"]["customer"]
    }


def purchaser(ctx: Context, node: Node) -> Node | None:
    """Return the PurchasingEntity of an order or a draft order: a company, or the customer."""
    if not node.get("buyingCompany"):
        return ctx.store.get(node.get("customer"))
    parts = {name.removeprefix("buying").lower(): node[name] for name in BUYERS.values()}
    return {"__typename": "PurchasingCompany", **parts}


def has_bought(ctx: Context, gid: str) -> bool:
    """Tell whether a company, a contact or a location has orders or draft orders."""
    field = BUYERS[str(gid_type(gid))]
    return any(ctx.store.find(kind, field, gid) for kind in ("Order", "DraftOrder"))


def is_kept(ctx: Context, location: Node) -> bool:
    """Tell whether something hangs on a company location that keeps it from being deleted."""
    return has_bought(ctx, location["id"]) or has_credit(ctx, location["id"])
