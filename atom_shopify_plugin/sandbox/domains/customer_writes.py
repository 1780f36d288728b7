"""customerCreate, customerUpdate and customerDelete, and what orders need of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.metadata import set_metafields
from atom_shopify_plugin.sandbox.domains.shared import address, clean_tags
from atom_shopify_plugin.sandbox.mutations import plain_values
from atom_shopify_plugin.sandbox.refusals import Refused
from atom_shopify_plugin.sandbox.registry import mutation
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["clean_email", "clean_phone", "create", "upsert"]

EMAIL = re.compile(r"[^@\s,;<>()\[\]\"]+@[^@\s,;<>()\[\]\".]+(\.[^@\s,;<>()\[\]\".]+)+")
PHONE = re.compile(r"\+?[\d\s().-]+")
APART = (
    "id", "email", "phone", "tags", "metafields", "addresses", "emailMarketingConsent", "smsMarketingConsent",
    "taxExemptions",
)  # fmt: skip


@mutation("customerCreate")
def customer_create(ctx: Context, args: dict[str, Any]) -> Node:
    given = args["input"]
    if given.get("id"):
        raise Refused.one(["id"], "Cannot specify ID on creation")
    customer = create(ctx, given)
    ctx.record("created", customer)
    return {"customer": customer["id"]}


@mutation("customerUpdate")
def customer_update(ctx: Context, args: dict[str, Any]) -> Node:
    given = args["input"]
    customer = ctx.lookup(given["id"], "Customer") if given.get("id") else None
    if customer is None:
        raise Refused.one(["id"], "Customer does not exist")
    values = _values(ctx, given, customer)
    _needs_a_name({**customer, **values})
    ctx.update(customer, values | {"updatedAt": ctx.stamp})
    _hang_on(ctx, customer, given)
    ctx.record("updated", customer)
    return {"customer": customer["id"]}


@mutation("customerDelete")
def customer_delete(ctx: Context, args: dict[str, Any]) -> Node:
    customer = ctx.lookup(args["input"]["id"], "Customer")
    if customer is None:
        raise Refused.one(["id"], "Customer can't be found")
    if ctx.store.find("Order", "customer", customer["id"]):
        raise Refused.one(["id"], "Customer can't be deleted because they have associated orders")
    for gid in customer["addressIds"]:
        ctx.delete(ctx.store.all("MailingAddress")[gid])
    for entry in ctx.store.find("Metafield", "owner", customer["id"]):
        ctx.delete(entry)
    ctx.delete(customer)
    ctx.record("deleted", customer)
    return {"deletedCustomerId": customer["id"]}


def create(ctx: Context, given: Mapping[str, Any]) -> Node:
    values = _values(ctx, given, None)
    _needs_a_name(values)
    customer = ctx.create("Customer", {"tags": [], "addressIds": [], **values})
    _hang_on(ctx, customer, given)
    return customer


def upsert(ctx: Context, given: Mapping[str, Any]) -> Node:
    """Return the customer that `given` names by id, e-mail or phone, brought up to date; a new one if there is none."""
    known = ctx.lookup(given["id"], "Customer") if given.get("id") else None
    for field in ("email", "phone"):
        if known is None and given.get(field):
            known = next(iter(ctx.store.find("Customer", field, given[field].strip())), None)
    if known is None:
        customer = create(ctx, given)
        ctx.record("created", customer)
        return customer
    ctx.update(known, _values(ctx, {name: value for name, value in given.items() if value is not None}, known))
    return known


def clean_email(text: str | None, path: list[Any]) -> str | None:
    """Return an e-mail address trimmed; raise a user error for one that cannot be."""
    if text is None or not text.strip():
        return None
    if not EMAIL.fullmatch(text.strip()) or len(text) > 255:
        raise Refused.one(path, "Email is invalid")
    return text.strip()


def clean_phone(text: str | None, path: list[Any]) -> str | None:
    """Return a phone number as digits behind a plus; raise a user error for one that cannot be."""
    if text is None or not text.strip():
        return None
    digits = re.sub(r"\D", "", text)
    if not PHONE.fullmatch(text.strip()) or not 7 <= len(digits) <= 15:
        raise Refused.one(path, "Phone is invalid")
    return f"+{digits}"


def _values(ctx: Context, given: Mapping[str, Any], customer: Node | None) -> Node:
    values = plain_values("Customer", given, input_name="CustomerInput", apart=APART)
    for name, clean in (("email", clean_email), ("phone", clean_phone)):
        if name in given:
            values[name] = clean(given[name], [name])
            others = ctx.store.find("Customer", name, values[name]) if values[name] else []
            if any(other is not customer for other in others):
                raise Refused.one([name], f"{name.capitalize()} has already been taken")
    for name in ("firstName", "lastName"):
        if len(values.get(name) or "") > 255:
            what = "First name" if name == "firstName" else "Last name"
            raise Refused.one([name], f"{what} is too long (maximum is 255 characters)")
    if "tags" in given:
        values["tags"] = clean_tags(given["tags"] or [])
    if "taxExemptions" in given:
        values["taxExemptions"] = given["taxExemptions"] or []
    for name, stored in (("emailMarketingConsent", "emailConsent"), ("smsMarketingConsent", "smsConsent")):
        if given.get(name) is not None:
            values[stored] = {"consentUpdatedAt": ctx.stamp, **given[name]}
    return values


def _needs_a_name(values: Mapping[str, Any]) -> None:
    if not any(values.get(name) for name in ("firstName", "lastName", "email", "phone")):
        raise Refused.one(None, "A name, phone number, or email address must be present")


def _hang_on(ctx: Context, customer: Node, given: Mapping[str, Any]) -> None:
    """Write what hangs on a customer: addresses (the input's replace those that are there) and metafields."""
    if given.get("addresses") is not None:
        for gid in customer["addressIds"]:
            ctx.delete(ctx.store.all("MailingAddress")[gid])
        made = []
        for entry in given["addresses"]:
            fresh = address(entry, f"{ctx.store.new_id('MailingAddress')}?model_name=CustomerAddress")
            made.append(ctx.create("MailingAddress", fresh, gid=fresh["id"])["id"])
        ctx.update(customer, {"addressIds": made, "defaultAddress": made[0] if made else None})
    set_metafields(ctx, customer, given.get("metafields"), [])
