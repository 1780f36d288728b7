"""A customer's addresses, one at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.customer_writes import new_address
from atom_shopify_plugin.sandbox.domains.postal_addresses import clean_parts
from atom_shopify_plugin.sandbox.domains.shared import ADDRESS_PARTS, address
from atom_shopify_plugin.sandbox.refusals import Refused, wrong_id
from atom_shopify_plugin.sandbox.registry import mutation
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["add_address", "settle_in"]


def add_address(ctx: Context, customer: Node, given: Mapping[str, Any], *, default: bool) -> Node:
    """Add an address to a customer; the first one is the default in any case."""
    fresh = new_address(ctx, customer, given, ["address"])
    if any(_same(ctx.store.all("MailingAddress")[gid], fresh) for gid in customer["addressIds"]):
        raise Refused.one(["address"], "Address already exists")
    node = ctx.create("MailingAddress", fresh, gid=fresh["id"])
    values = {"addressIds": [*customer["addressIds"], node["id"]]}
    if default or not customer.get("defaultAddress"):
        values["defaultAddress"] = node["id"]
    ctx.update(customer, values)
    return node


def settle_in(ctx: Context, customer: Node, given: Mapping[str, Any]) -> None:
    """Make an address the customer's default one; it is added where it is not known, and gives a missing name."""
    home = ctx.store.get(customer.get("defaultAddress"))
    if home is not None and customer.get("firstName") and customer.get("lastName") and _is_at(given, home):
        return
    fresh = new_address(ctx, customer, given, ["address"])
    known = (gid for gid in customer["addressIds"] if _same(ctx.store.all("MailingAddress")[gid], fresh))
    gid = next(known, None) or add_address(ctx, customer, given, default=True)["id"]
    names = {name: given[name] for name in ("firstName", "lastName") if given.get(name) and not customer.get(name)}
    ctx.update(customer, {"defaultAddress": gid, **names})


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(one.get(name) == value for name, value in other.items() if name != "id")


def _is_at(given: Mapping[str, Any], home: Node) -> bool:
    """Tell whether an input says, part by part, what is stored of an address: then nothing has to be resolved."""
    codes = home["countryCodeV2"] == given.get("countryCode") and home["provinceCode"] == given.get("provinceCode")
    named = "country" in given or "province" in given
    return codes and not named and all(home[name] == given.get(name) for name in ADDRESS_PARTS)


@mutation("customerAddressCreate")
def address_create(ctx: Context, args: dict[str, Any]) -> Node:
    customer = _customer(ctx, args)
    node = add_address(ctx, customer, args["address"], default=bool(args.get("setAsDefault")))
    ctx.record("created", node)
    return {"address": node["id"]}


@mutation("customerAddressUpdate")
def address_update(ctx: Context, args: dict[str, Any]) -> Node:
    """Replace the members that are given; a country or province by code brings its name."""
    customer = _customer(ctx, args)
    node = _address(ctx, customer, args)
    given = {name: value for name, value in args["address"].items() if name != "id"}
    if args["address"].get("id") not in (None, node["id"]):
        raise Refused.one(["addressId"], "The id of the address does not match the id in the input")
    stored: Node = {**node, "countryCode": node["countryCodeV2"]}
    for name in ("country", "province"):  # a code and a name stand for each other
        if given.get(name) or given.get(f"{name}Code"):
            stored |= {name: None, f"{name}Code": None}
    fresh = address(clean_parts({**stored, **given}, ["address"]), node["id"])
    ctx.update(node, fresh)
    if args.get("setAsDefault"):
        ctx.update(customer, {"defaultAddress": node["id"]})
    ctx.update(customer, {"updatedAt": ctx.stamp})
    ctx.record("updated", node)
    return {"address": node["id"]}


@mutation("customerAddressDelete")
def address_delete(ctx: Context, args: dict[str, Any]) -> Node:
    customer = _customer(ctx, args)
    node = _address(ctx, customer, args)
    rest = [gid for gid in customer["addressIds"] if gid != node["id"]]
    default = customer["defaultAddress"]
    left = next(iter(rest), None) if default == node["id"] else default
    ctx.update(customer, {"addressIds": rest, "defaultAddress": left})
    ctx.delete(node)
    ctx.record("deleted", node)
    return {"deletedAddressId": node["id"]}


@mutation("customerUpdateDefaultAddress")
def default_address(ctx: Context, args: dict[str, Any]) -> Node:
    customer = _customer(ctx, args)
    node = _address(ctx, customer, args)
    if ctx.update(customer, {"defaultAddress": node["id"]}):
        ctx.record("updated", customer)
    return {"customer": customer["id"]}


def _customer(ctx: Context, args: Mapping[str, Any]) -> Node:
    return ctx.known(args["customerId"], "Customer", ["customerId"], "Customer does not exist")


def _address(ctx: Context, customer: Node, args: Mapping[str, Any]) -> Node:
    if not args["addressId"].endswith("?model_name=CustomerAddress"):
        raise wrong_id(args["addressId"], mutation=True)
    node = ctx.lookup(args["addressId"], "MailingAddress")
    if node is None or node["id"] not in customer["addressIds"]:
        raise Refused.one(["addressId"], "Address does not exist")
    return node
