"""Companies: create, update and delete them, their contacts and locations; main contacts, roles and addresses.

The messages are those that live stores answer, each mutation's own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.companies import ROLES, contacts_of, locations_of, roles_of
from atom_shopify_plugin.sandbox.domains.company_locations import (
    GONE,
    UNFIT,
    Path,
    add_location,
    drop_location,
    kept_phone,
    known,
    text_errors,
    told,
)
from atom_shopify_plugin.sandbox.domains.customer_writes import EMAIL
from atom_shopify_plugin.sandbox.domains.metadata import drop_metafields
from atom_shopify_plugin.sandbox.extras.purchasing_companies import has_bought, is_kept
from atom_shopify_plugin.sandbox.inputs import label_of
from atom_shopify_plugin.sandbox.refusals import Refused, UserError
from atom_shopify_plugin.sandbox.registry import mutation
from atom_shopify_plugin.sandbox.store import Node
from atom_shopify_plugin.sandbox.writes import create as create_node

UNDELETED = "Failed to delete the company."

# companies


@mutation("companyCreate")
def company_create(ctx: Context, args: dict[str, Any]) -> Node:
    """Create a company with its two roles and its first location, and with a contact where one is given."""
    given = args["input"]["company"]
    path = ("input", "company")
    errors = text_errors(ctx, "Company", given, path, None)
    if given.get("name") is None:
        errors.append(UserError((*path, "name"), "Name can't be blank", "BLANK"))
    if errors:
        raise Refused(errors)
    values = {"customerSince": ctx.stamp, **{name: value for name, value in given.items() if value is not None}}
    company = ctx.create("Company", values)
    for name in ROLES:
        ctx.create("CompanyContactRole", {"name": name, "company": company["id"]})
    wish = args["input"].get("companyLocation") or {}
    location = add_location(ctx, company, wish, ("input", "companyLocation"), company["name"])
    if args["input"].get("companyContact") is not None:
        contact = _add_contact(ctx, company, args["input"]["companyContact"], ("input", "companyContact"))
        ctx.update(company, {"mainContact": contact["id"]})
        _assign(ctx, contact, roles_of(ctx, company)[-1], location)
    ctx.record("created", company)
    return {"company": company["id"]}


@mutation("companyUpdate")
def company_update(ctx: Context, args: dict[str, Any]) -> Node:
    company = known(ctx, "Company", args["companyId"], ("companyId",), "Resource requested does not exist.")
    given = args["input"]
    if not given:
        raise Refused.one(("input",), "At least one attribute to change must be present", "INVALID")
    if "customerSince" in given:
        message = "This field may only be set on creation."
        raise Refused.one(("input", "customerSince"), message, "INVALID_INPUT")
    if errors := text_errors(ctx, "Company", given, ("input",), company):
        raise Refused(errors)
    ctx.update(company, {**told(given, "name", "note", "externalId"), "updatedAt": ctx.stamp})
    ctx.record("updated", company)
    return {"company": company["id"]}


def _is_kept(ctx: Context, company: Node) -> bool:
    return has_bought(ctx, company["id"]) or any(is_kept(ctx, location) for location in locations_of(ctx, company))


def _drop(ctx: Context, company: Node) -> None:
    for contact in contacts_of(ctx, company):
        _drop_contact(ctx, contact)
    for location in locations_of(ctx, company):
        drop_location(ctx, location)
    for role in roles_of(ctx, company):
        ctx.delete(role)
    drop_metafields(ctx, company)
    ctx.delete(company)


@mutation("companyDelete")
def company_delete(ctx: Context, args: dict[str, Any]) -> Node:
    company = known(ctx, "Company", args["id"], ("id",), "Company does not exist.")
    if _is_kept(ctx, company):
        raise Refused.one(("id",), UNDELETED, "FAILED_TO_DELETE")
    _drop(ctx, company)
    ctx.record("deleted", company)
    return {"deletedCompanyId": company["id"]}


@mutation("companiesDelete")
def companies_delete(ctx: Context, args: dict[str, Any]) -> Node:
    """Delete the companies that there are, and tell of each of the others."""
    deleted, errors = [], []
    for at, gid in enumerate(args["companyIds"]):
        company = ctx.lookup(gid, "Company")
        if company is None:
            errors.append(UserError(("companyIds", str(at)), "Resource requested does not exist.", GONE).node())
            continue
        if _is_kept(ctx, company):
            errors.append(UserError(("companyIds", str(at)), UNDELETED, "FAILED_TO_DELETE").node())
            continue
        _drop(ctx, company)
        ctx.record("deleted", company)
        deleted.append(gid)
    return {"deletedCompanyIds": deleted, "errors": errors}


# contacts


def _contact_values(ctx: Context, given: Mapping[str, Any], path: Path, customer: Node | None) -> tuple[Node, Node]:
    """Return what a contact stores, and what its customer does."""
    errors = []
    email, locale = given.get("email"), given.get("locale")
    if any(UNFIT.search(given.get(name) or "") for name in ("firstName", "lastName")):
        raise Refused.one(path, "Invalid input.", "INVALID_INPUT")
    if email is not None and not EMAIL.fullmatch(email.strip()):
        word = "Email" if customer is None else "Email address"
        errors.append(UserError((*path, "email"), f"{word} is invalid", "INVALID"))
    if locale is not None and not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", locale):
        errors.append(UserError((*path, "locale"), "Invalid locale format.", "INVALID"))
    person = told(given, "firstName", "lastName")
    if email is not None:
        person["email"] = email.strip()
        other = next(iter(ctx.store.find("Customer", "email", email)), None)
        if other is not None and other is not customer and ctx.store.find("CompanyContact", "customer", other["id"]):
            errors.append(UserError((*path, "email"), "Email address has already been taken.", "TAKEN"))
    if given.get("phone") is not None:
        person["phone"] = kept_phone(ctx, given["phone"], (*path, "phone"))
        if any(other is not customer for other in ctx.store.find("Customer", "phone", person["phone"])):
            errors.append(UserError((*path, "phone"), "Phone number has already been taken.", "TAKEN"))
    if errors:
        raise Refused(errors)
    return {"locale": locale or "en", **told(given, "title")} if customer is None else told(
        given, "locale", "title"
    ), person


def _add_contact(ctx: Context, company: Node, given: Mapping[str, Any], path: Path) -> Node:
    if not given.get("email"):
        raise Refused.one(path, "Either the attribute email or customer_id must be provided", "INVALID")
    values, person = _contact_values(ctx, given, path, None)
    customer = next(iter(ctx.store.find("Customer", "email", person["email"])), None)
    customer = customer or create_node(ctx, "Customer", person, "CompanyContactInput")
    return ctx.create("CompanyContact", {**values, "company": company["id"], "customer": customer["id"]})


@mutation("companyContactCreate")
def contact_create(ctx: Context, args: dict[str, Any]) -> Node:
    if not args["input"]:
        raise Refused.one(None, "Company contact create input is empty.", "NO_INPUT")
    company = known(ctx, "Company", args["companyId"], ("companyId",), "Company does not exist.")
    contact = _add_contact(ctx, company, args["input"], ("input",))
    ctx.record("created", contact)
    return {"companyContact": contact["id"]}


@mutation("companyContactUpdate")
def contact_update(ctx: Context, args: dict[str, Any]) -> Node:
    if not args["input"]:
        raise Refused.one(None, "Company contact update input is empty.", "NO_INPUT")
    message = "The company contact doesn't exist."
    contact = known(ctx, "CompanyContact", args["companyContactId"], ("companyContactId",), message)
    _refuse_nulls(args["input"])
    customer = ctx.store.all("Customer")[contact["customer"]]
    values, person = _contact_values(ctx, args["input"], ("input",), customer)
    ctx.update(contact, {**values, "updatedAt": ctx.stamp})
    ctx.update(customer, person)
    ctx.record("updated", contact)
    return {"companyContact": contact["id"]}


def _refuse_nulls(given: Mapping[str, Any]) -> None:
    """Refuse what an update can't make null, in the words of a live store."""
    path, nulls = ("input",), [name for name, value in given.items() if value is None]
    errors = [
        UserError((*path, name), f"{label_of(name)} is of unexpected type NilClass", "UNEXPECTED_TYPE")
        for name in ("firstName", "lastName", "phone")
        if name in nulls
    ]
    if "phone" in nulls:
        errors.append(UserError((*path, "phone"), "Phone is invalid", "INVALID"))
    if "email" in nulls:
        errors.append(UserError(path, "Unexpected keys given: email", "INVALID"))
    if errors:
        raise Refused(errors)


def _drop_contact(ctx: Context, contact: Node) -> None:
    for row in ctx.store.find("CompanyContactRoleAssignment", "companyContact", contact["id"]):
        ctx.delete(row)
    company = ctx.store.all("Company")[contact["company"]]
    if company.get("mainContact") == contact["id"]:
        ctx.update(company, {"mainContact": None})
    ctx.delete(contact)


@mutation("companyContactDelete", "companyContactRemoveFromCompany")
def contact_delete(ctx: Context, args: dict[str, Any]) -> Node:
    message = "The company contact doesn't exist."
    contact = known(ctx, "CompanyContact", args["companyContactId"], ("companyContactId",), message)
    if has_bought(ctx, contact["id"]):
        message = "Cannot delete a company contact with existing orders or draft orders."
        raise Refused.one(("companyContactId",), message, "FAILED_TO_DELETE")
    _drop_contact(ctx, contact)
    ctx.record("deleted", contact)
    return {"deletedCompanyContactId": contact["id"], "removedCompanyContactId": contact["id"]}


@mutation("companyAssignCustomerAsContact")
def assign_customer(ctx: Context, args: dict[str, Any]) -> Node:
    company = known(ctx, "Company", args["companyId"], ("companyId",), "Company does not exist.")
    customer = known(ctx, "Customer", args["customerId"], ("customerId",), "Customer does not exist.")
    if not customer.get("email"):
        raise Refused.one(("companyId",), "Customer must have an email address.", "INVALID_INPUT")
    if ctx.store.find("CompanyContact", "customer", customer["id"]):
        message = "Customer is already associated with a company contact."
        raise Refused.one(("companyId",), message, "INVALID_INPUT")
    contact = ctx.create("CompanyContact", {"company": company["id"], "customer": customer["id"], "locale": "en"})
    ctx.record("created", contact)
    return {"companyContact": contact["id"]}


@mutation("companyAssignMainContact")
def assign_main(ctx: Context, args: dict[str, Any]) -> Node:
    company = known(ctx, "Company", args["companyId"], ("companyId",), "Company does not exist.")
    message = "The company contact doesn't exist."
    contact = known(ctx, "CompanyContact", args["companyContactId"], ("companyContactId",), message)
    if contact["company"] != company["id"]:
        message = "The company contact does not belong to the company."
        raise Refused.one(("companyContactId",), message, "INVALID_INPUT")
    return _main(ctx, company, contact["id"])


@mutation("companyRevokeMainContact")
def revoke_main(ctx: Context, args: dict[str, Any]) -> Node:
    return _main(ctx, known(ctx, "Company", args["companyId"], ("companyId",), "Company does not exist."), None)


def _main(ctx: Context, company: Node, contact: str | None) -> Node:
    if ctx.update(company, {"mainContact": contact}):
        ctx.record("updated", company)
    return {"company": company["id"]}


# roles


def _assign(ctx: Context, contact: Node, role: Node, location: Node) -> Node:
    values = {"companyContact": contact["id"], "role": role["id"], "companyLocation": location["id"]}
    return ctx.create("CompanyContactRoleAssignment", {"company": contact["company"], **values})


@mutation("companyContactAssignRole")
def assign_role(ctx: Context, args: dict[str, Any]) -> Node:
    places = {"companyContactId": "CompanyContact", "companyLocationId": "CompanyLocation",
              "companyContactRoleId": "CompanyContactRole"}  # fmt: skip
    nodes: list[Node] = []
    for name, kind in places.items():
        message = f"The {label_of(kind).lower()} doesn't exist."
        node = known(ctx, kind, args[name], (name,), message)
        if nodes and node["company"] != nodes[0]["company"]:
            raise Refused.one((name,), message, GONE)
        nodes.append(node)
    contact, location, role = nodes
    rows = ctx.store.find("CompanyContactRoleAssignment", "companyContact", contact["id"])
    if any(row["companyLocation"] == location["id"] for row in rows):
        message = "Company contact has already been assigned a role in that company location."
        raise Refused.one(None, message, "LIMIT_REACHED")
    row = _assign(ctx, contact, role, location)
    ctx.record("created", row)
    return {"companyContactRoleAssignment": row["id"]}


@mutation("companyContactRevokeRole")
def revoke_role(ctx: Context, args: dict[str, Any]) -> Node:
    row = ctx.lookup(args["companyContactRoleAssignmentId"], "CompanyContactRoleAssignment")
    if row is None or row["companyContact"] != args["companyContactId"]:
        path = ("companyContactRoleAssignmentId",)
        raise Refused.one(path, "The role assignment doesn't exist.", GONE)
    ctx.delete(row)
    ctx.record("deleted", row)
    return {"revokedCompanyContactRoleAssignmentId": row["id"]}
