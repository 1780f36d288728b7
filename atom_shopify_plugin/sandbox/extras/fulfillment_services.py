"""Fulfillment services: added with a location of their own, changed and deleted.

The messages are those that live stores answer. A service's id ends in ``?id=true``, the id of a deleted one does not.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.fulfillment_orders import default_location
from atom_shopify_plugin.sandbox.domains.locations import close_down, remove_location
from atom_shopify_plugin.sandbox.inputs import handle_from
from atom_shopify_plugin.sandbox.refusals import Refused, UserError, not_modelled
from atom_shopify_plugin.sandbox.registry import derived, kind, mutation, query
from atom_shopify_plugin.sandbox.store import Node

RESERVED = frozenset({"amazon", "gift_card", "manual", "shopify"})
FORBIDDEN_HOSTS = ("example.com", "shopify.com")
SUFFIX = "?id=true"
MANUAL = {
    "__typename": "FulfillmentService",
    "id": "gid://shopify/FulfillmentService/manual",
    "handle": "manual",
    "serviceName": "Manual",
    "type": "MANUAL",
    "trackingSupport": False,
    "inventoryManagement": False,
}

kind(
    "FulfillmentService",
    {"type": "THIRD_PARTY", "fulfillmentOrdersOptIn": True},
    fields="callbackUrl handle serviceName location inventoryManagement requiresShippingMethod trackingSupport",
)


def _service(ctx: Context, node: Node) -> Node:
    """Return who sent a parcel: the service whose location it left, or the merchant by hand."""
    place = ctx.store.get(node.get("location")) or {}
    service: Node | None = ctx.store.get(place.get("fulfillmentService"))
    return service or {**MANUAL, "location": place.get("id")}


derived({"Fulfillment.service": _service})


@query("fulfillmentService")
def fulfillment_service(ctx: Context, args: dict[str, Any]) -> Node | None:
    return _found(ctx, args["id"])


def _found(ctx: Context, gid: str) -> Node | None:
    return ctx.lookup(gid.removesuffix(SUFFIX) + SUFFIX, "FulfillmentService")


def _known(ctx: Context, gid: str) -> Node:
    service = _found(ctx, gid)
    if service is None:
        raise Refused.one(["id"], "Fulfillment service could not be found.")
    return service


def _check(ctx: Context, args: dict[str, Any], service: Node | None) -> None:
    errors = []
    name, handle = args.get("name"), handle_from(args.get("name") or "")
    if name is not None:
        messages = []
        if not name.strip():
            messages.append("can't be blank")
        else:
            if name != name.lstrip():
                messages.append("cannot begin with a whitespace character")
            if name != name.rstrip():
                messages.append("cannot end with a whitespace character")
            if name.casefold() in RESERVED:
                messages.append("is reserved")
            others = (one for one in ctx.store.all("FulfillmentService").values() if one is not service)
            if any(one["handle"] == handle or one["serviceName"].casefold() == name.casefold() for one in others):
                messages.append("has already been taken")
        errors = [UserError(("name",), f"Name {message}") for message in messages]
    if args.get("callbackUrl"):
        address = urlsplit(args["callbackUrl"])
        if address.scheme not in ("http", "https"):
            message = f"Callback url protocol {address.scheme}:// is not supported"
            errors.append(UserError(("callbackUrl",), message))
        elif f".{address.hostname or ''}".endswith(tuple(f".{host}" for host in FORBIDDEN_HOSTS)):
            errors.append(UserError(("callbackUrl",), "Callback url is not allowed"))
    if errors:
        raise Refused(errors)


@mutation("fulfillmentServiceCreate")
def fulfillment_service_create(ctx: Context, args: dict[str, Any]) -> Node:
    """Add a fulfillment service with a location that has its name and the country of the shop."""
    _check(ctx, args, None)
    name = args["name"]
    first = ctx.store.all("Location")[default_location(ctx)]
    place = ctx.create(
        "Location",
        {"name": name, "address": {part: first["address"].get(part) for part in ("country", "countryCode")},
         "isActive": True, "isPrimary": False, "addressVerified": True, "deactivatable": False,
         "fulfillsOnlineOrders": True, "isFulfillmentService": True},
    )  # fmt: skip
    flags = {flag: bool(args.get(flag)) for flag in ("inventoryManagement", "trackingSupport")}
    flags["requiresShippingMethod"] = args.get("requiresShippingMethod", True) is not False
    named = {"serviceName": name, "handle": handle_from(name), "location": place["id"]}
    service = ctx.create(
        "FulfillmentService",
        {**named, "callbackUrl": args.get("callbackUrl"), **flags},
        gid=ctx.store.new_id("FulfillmentService") + SUFFIX,
    )
    ctx.update(place, {"fulfillmentService": service["id"]})
    return {"fulfillmentService": service["id"]}


@mutation("fulfillmentServiceUpdate")
def fulfillment_service_update(ctx: Context, args: dict[str, Any]) -> Node:
    """Change a service; its location takes its new name, its handle stays."""
    service = _known(ctx, args["id"])
    _check(ctx, args, service)
    flags = ("inventoryManagement", "trackingSupport")
    values: Node = {name: args[name] for name in (*flags, "callbackUrl") if args.get(name) is not None}
    # Seen on live stores: left out, this one is true again.
    values["requiresShippingMethod"] = args.get("requiresShippingMethod", True) is not False
    if args.get("name"):
        values["serviceName"] = args["name"]
        ctx.update(ctx.store.all("Location")[service["location"]], {"name": args["name"]})
    ctx.update(service, values)
    return {"fulfillmentService": service["id"]}


@mutation("fulfillmentServiceDelete")
def fulfillment_service_delete(ctx: Context, args: dict[str, Any]) -> Node:
    """Delete a service: its location becomes the merchant's, gives its stock to another one, or goes as well."""
    service = _known(ctx, args["id"])
    action = args.get("inventoryAction") or "TRANSFER"
    target = args.get("destinationLocationId")
    if target is not None and action != "TRANSFER":
        message = "Inventory action Destination location id should not be present when deleting/keeping the inventory "
        raise Refused.one(["inventoryAction"], f"{message}of the fulfillment service.")
    place = ctx.store.all("Location")[service["location"]]
    if action == "KEEP":
        ctx.update(place, {"fulfillmentService": None, "isFulfillmentService": False})
    else:
        other = ctx.store.get(target) if target is not None else None
        if action == "TRANSFER" and (other is None or other["__typename"] != "Location" or other is place):
            raise Refused.one(None, "Invalid destination location.")
        if any(work["location"] == place["id"] for work in ctx.store.all("FulfillmentOrder").values()):
            raise not_modelled("The deletion of a fulfillment service that has fulfillment orders")
        close_down(ctx, place, other if action == "TRANSFER" else None)
        remove_location(ctx, place)
    ctx.delete(service)
    return {"deletedId": service["id"].removesuffix(SUFFIX)}
