"""Locations of companies and their addresses, and what is checked alike for companies.

The messages are those that live stores answer, each mutation's own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.companies import locations_of
from atom_shopify_plugin.sandbox.domains.customer_writes import clean_phone
from atom_shopify_plugin.sandbox.domains.metadata import drop_metafields
from atom_shopify_plugin.sandbox.extras.purchasing_companies import is_kept
from atom_shopify_plugin.sandbox.inputs import label_of
from atom_shopify_plugin.sandbox.places import PROVINCES
from atom_shopify_plugin.sandbox.refusals import Refused, UserError, not_modelled
from atom_shopify_plugin.sandbox.registry import mutation
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["GONE", "UNFIT", "Path", "add_location", "drop_location", "kept_phone", "known", "text_errors", "told"]

Path = tuple[str, ...]
GONE = "RESOURCE_NOT_FOUND"
TEXTS = ("address1", "address2", "city", "firstName", "lastName", "recipient")
ADDRESSES = ("billingAddress", "billingSameAsShipping", "shippingAddress")
ADDRESS = (*TEXTS, "phone", "zip", "countryCode", "zoneCode")
_EXTERNAL = re.compile(r"[A-Za-z0-9!@#$%^&*(){}\[\]\\/?<>_\-~,.;:'`\"]*")
UNFIT = re.compile(r"<[^<>]*>|https?://|[\U0001F000-\U0001FAFF\u2600-\u27BF]")
_ODD = (
    "External Id can only contain numbers, letters, and some special characters, including "
    "!@#$%^&*(){}[]\\/?<>_-~,.;:'`\""
)


def known(ctx: Context, kind: str, gid: str, path: Path | None, message: str) -> Node:
    return ctx.known(gid, kind, path, message, GONE)


# what all of them check


def text_errors(ctx: Context, kind: str, given: Mapping[str, Any], path: Path, node: Node | None) -> list[UserError]:
    """Return what is wrong with the name, the note and the external id of a company or a location."""
    errors = []
    name, note, external = given.get("name"), given.get("note"), given.get("externalId")
    if name is not None and not name.strip() and (kind == "Company" or node is not None):
        errors.append(UserError((*path, "name"), "Name can't be blank", "BLANK"))
    if len(name or "") > 255:
        errors.append(UserError((*path, "name"), "Name is too long (maximum is 255 characters)", "TOO_LONG"))
    if len(note or "") > 5000:
        errors.append(UserError((*path, "notes"), "Notes is too long (maximum is 5000 characters)", "TOO_LONG"))
    if external:
        place = (*path, "externalId")
        if len(external) > 64:
            errors.append(UserError(place, "External Id must be 64 characters or less.", "TOO_LONG"))
        elif not _EXTERNAL.fullmatch(external):
            errors.append(UserError(place, _ODD, "INVALID"))
        elif any(other is not node for other in ctx.store.find(kind, "externalId", external)):
            errors.append(UserError(place, "External id has already been taken.", "TAKEN"))
    return errors


def kept_phone(ctx: Context, text: str | None, path: Path) -> str | None:
    """Return a phone number with its country's digits; in North America they may be missing."""
    try:
        phone = clean_phone(text, list(path))
    except Refused:
        raise Refused.one(path, "Phone is invalid", "INVALID") from None
    here = ctx.store.shop["shopAddress"]["countryCodeV2"] in ("US", "CA")
    return (
        f"+1{phone[1:]}" if phone and here and len(phone) == 11 and not (text or "").strip().startswith("+") else phone
    )


def told(given: Mapping[str, Any], *names: str) -> Node:
    return {name: given[name] for name in names if name in given}


# locations

_PLAIN = ("name", "note", "phone", "externalId", "locale")


def _location_values(ctx: Context, given: Mapping[str, Any], path: Path, node: Node | None) -> Node:
    if given.get("buyerExperienceConfiguration") is not None:
        raise not_modelled("CompanyLocationInput.buyerExperienceConfiguration")
    if errors := text_errors(ctx, "CompanyLocation", given, path, node):
        raise Refused(errors)
    values = told(given, *_PLAIN)
    if "phone" in values:
        values["phone"] = kept_phone(ctx, values["phone"], (*path, "phone"))
    return values


def add_location(ctx: Context, company: Node, given: Mapping[str, Any], path: Path, name: str = "") -> Node:
    """Add a location; without a name it is called by its street, or for a new company by the company."""
    values = {
        "locale": "en",
        **{key: value for key, value in _location_values(ctx, given, path, None).items() if value},
    }
    if "taxExempt" in given and given["taxExempt"] is None:
        raise Refused.one((*path, "taxExempt"), "Invalid input.", "INVALID_INPUT")
    same, shipping, billing = (given.get(key) for key in ("billingSameAsShipping", "shippingAddress", "billingAddress"))
    if same and billing is not None:
        raise Refused.one((*path, "billingAddress"), "Invalid input.", "INVALID_INPUT")
    if same and shipping is None:
        raise Refused.one((*path, "shippingAddress"), "Invalid input.", "INVALID_INPUT")
    if shipping is not None:
        values["shippingAddress"] = _address(ctx, company, shipping, (*path, "shippingAddress"))
    if same:
        values["billingAddress"] = values["shippingAddress"]
    elif billing is not None:
        values["billingAddress"] = _address(ctx, company, billing, (*path, "billingAddress"))
    values |= {
        key: given[key] for key in ("taxExempt", "taxExemptions", "taxRegistrationId") if given.get(key) is not None
    }
    if not values.get("name"):
        values["name"] = name or (shipping or billing or {}).get("address1") or company["name"]
    return ctx.create("CompanyLocation", {**values, "company": company["id"]})


def _address(ctx: Context, company: Node, given: Mapping[str, Any], path: Path, gid: str | None = None) -> Node:
    errors = []
    for name in TEXTS:
        if UNFIT.search(given.get(name) or ""):
            errors.append(UserError((*path, name), f"{label_of(name)} is invalid", "INVALID"))
    country, zone, code = given.get("countryCode"), given.get("zoneCode"), given.get("zip")
    if country is None or country == "ZZ":
        errors.append(UserError((*path, "countryCode"), "Country code is invalid", "INVALID"))
    elif zone and country in PROVINCES and (not re.fullmatch(r"[A-Z]{2}", zone) or zone == "ZZ"):
        errors.append(UserError((*path, "zoneCode"), "Zone code is invalid", "INVALID"))
    elif code and country == "US" and not re.fullmatch(r"\d{5}(-\d{4})?", code):
        errors.append(UserError((*path, "zip"), "Zip is invalid", "INVALID"))
    if errors:
        raise Refused(errors)
    values = {**{name: given.get(name) for name in ADDRESS}, "address1": given.get("address1") or ""}
    if values["phone"]:
        values["phone"] = kept_phone(ctx, values["phone"], (*path, "phone"))
    times = {"createdAt": ctx.stamp, "updatedAt": ctx.stamp}
    gid = gid or ctx.store.new_id("CompanyAddress")
    return {"__typename": "CompanyAddress", "id": gid, "company": company["id"], **times, **values}


@mutation("companyLocationCreate")
def location_create(ctx: Context, args: dict[str, Any]) -> Node:
    given = args["input"]
    # Seen on live stores: addresses alone are no input.
    if all(value is None or name in ADDRESSES for name, value in given.items()):
        raise Refused.one(None, "Company location create input is empty.", "NO_INPUT")
    company = known(ctx, "Company", args["companyId"], ("companyId",), "Company does not exist.")
    location = add_location(ctx, company, given, ("input",))
    ctx.record("created", location)
    return {"companyLocation": location["id"]}


@mutation("companyLocationUpdate")
def location_update(ctx: Context, args: dict[str, Any]) -> Node:
    given = args["input"]
    if not given:
        raise Refused.one(None, "Company location update input is empty.", "NO_INPUT")
    message = "The company location doesn't exist"
    location = known(ctx, "CompanyLocation", args["companyLocationId"], ("input",), message)
    if "name" in given and given["name"] is None:
        message = "Name is of unexpected type NilClass"
        raise Refused.one(("input", "name"), message, "UNEXPECTED_TYPE")
    ctx.update(location, {**_location_values(ctx, given, ("input",), location), "updatedAt": ctx.stamp})
    ctx.record("updated", location)
    return {"companyLocation": location["id"]}


def drop_location(ctx: Context, location: Node) -> None:
    """Delete a location with the roles that contacts have there."""
    for row in ctx.store.find("CompanyContactRoleAssignment", "companyLocation", location["id"]):
        ctx.delete(row)
    drop_metafields(ctx, location)
    ctx.delete(location)


@mutation("companyLocationDelete")
def location_delete(ctx: Context, args: dict[str, Any]) -> Node:
    path = ("companyLocationId",)
    location = known(ctx, "CompanyLocation", args["companyLocationId"], path, "The company location doesn't exist")
    alone = len(locations_of(ctx, ctx.store.all("Company")[location["company"]])) == 1
    if alone or is_kept(ctx, location):
        raise Refused.one(path, "Failed to delete the company location.", "FAILED_TO_DELETE")
    drop_location(ctx, location)
    ctx.record("deleted", location)
    return {"deletedCompanyLocationId": location["id"]}


@mutation("companyLocationAssignAddress")
def assign_address(ctx: Context, args: dict[str, Any]) -> Node:
    """Give a location an address for one use or both; an address that is there keeps its id."""
    message = "The company location doesn't exist"
    location = known(ctx, "CompanyLocation", args["locationId"], ("locationId",), message)
    kinds = [kind.lower() for kind in args["addressTypes"]]
    if len(set(kinds)) < len(kinds) or not kinds:
        raise Refused.one(None, "Invalid input.", "INVALID_INPUT")
    company = ctx.store.all("Company")[location["company"]]
    addresses: Node = {}
    for kind in kinds:
        former = location.get(f"{kind}Address") or {}
        addresses[f"{kind}Address"] = _address(ctx, company, args["address"], ("address",), former.get("id"))
    ctx.update(location, {**addresses, "updatedAt": ctx.stamp})
    ctx.record("updated", location)
    return {"addresses": list(addresses.values())}


@mutation("companyAddressDelete")
def address_delete(ctx: Context, args: dict[str, Any]) -> Node:
    for location in ctx.store.all("CompanyLocation").values():
        # Seen on a live store: one address for both uses is first taken from shipping.
        for name in ("shippingAddress", "billingAddress"):
            if (location.get(name) or {}).get("id") == args["addressId"]:
                ctx.update(location, {name: None, "updatedAt": ctx.stamp})
                ctx.record("updated", location)
                return {"deletedAddressId": args["addressId"]}
    raise Refused.one(("addressId",), "Company address was not found.", GONE)


@mutation("companyLocationTaxSettingsUpdate")
def tax_settings_update(ctx: Context, args: dict[str, Any]) -> Node:
    path = ("companyLocationId",)
    location = known(ctx, "CompanyLocation", args["companyLocationId"], path, "The company location doesn't exist")
    values: Node = {name: args[name] for name in ("taxExempt", "taxRegistrationId") if name in args}
    gone = set(args.get("exemptionsToRemove") or ())
    kept = [name for name in ctx.value(location, "taxExemptions") if name not in gone]
    values["taxExemptions"] = list(dict.fromkeys([*kept, *(args.get("exemptionsToAssign") or ())]))
    ctx.update(location, {**values, "updatedAt": ctx.stamp})
    ctx.record("updated", location)
    return {"companyLocation": location["id"]}
