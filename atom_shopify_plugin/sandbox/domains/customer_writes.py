"""What is particular about writing customers, and what orders need of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.shared import address
from atom_shopify_plugin.sandbox.refusals import Refused
from atom_shopify_plugin.sandbox.registry import Member, Write, Writes, writes
from atom_shopify_plugin.sandbox.store import Node
from atom_shopify_plugin.sandbox.writes import create, values_for

__all__ = ["clean_email", "clean_phone", "upsert"]

EMAIL = re.compile(r"[^@\s,;<>()\[\]\"]+@[^@\s,;<>()\[\]\".]+(\.[^@\s,;<>()\[\]\".]+)+")
PHONE = re.compile(r"\+?[\d\s().-]+")


def upsert(ctx: Context, given: Mapping[str, Any]) -> Node:
    """Return the customer that `given` names by id, e-mail or phone, brought up to date; a new one if there is none."""
    known = ctx.lookup(given["id"], "Customer") if given.get("id") else None
    for field in ("email", "phone"):
        if known is None and given.get(field):
            known = next(iter(ctx.store.find("Customer", field, given[field].strip())), None)
    if known is None:
        return create(ctx, "Customer", given, "CustomerInput")
    told = {name: value for name, value in given.items() if value is not None}
    ctx.update(known, values_for(ctx, "Customer", known, told, "CustomerInput"))
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


def _check(ctx: Context, write: Write) -> None:
    if write.creates and write.given.get("id"):
        raise Refused.one(["id"], "Cannot specify ID on creation")
    for name, stored in (("emailMarketingConsent", "emailConsent"), ("smsMarketingConsent", "smsConsent")):
        if write.given.get(name) is not None:
            write.values[stored] = {"consentUpdatedAt": ctx.stamp, **write.given[name]}
    whole = {**(write.node or {}), **write.values}
    if not any(whole.get(name) for name in ("firstName", "lastName", "email", "phone")):
        raise Refused.one(None, "A name, phone number, or email address must be present")


def _finish(ctx: Context, write: Write) -> None:
    """Write the addresses; those of the input replace those that are there."""
    customer, given = write.target, write.given.get("addresses")
    if given is None:
        return
    for gid in customer["addressIds"]:
        ctx.delete(ctx.store.all("MailingAddress")[gid])
    made = []
    for entry in given:
        fresh = address(entry, f"{ctx.store.new_id('MailingAddress')}?model_name=CustomerAddress")
        made.append(ctx.create("MailingAddress", fresh, gid=fresh["id"])["id"])
    ctx.update(customer, {"addressIds": made, "defaultAddress": made[0] if made else None})


def _remove(ctx: Context, write: Write) -> None:
    customer = write.target
    if ctx.store.find("Order", "customer", customer["id"]):
        raise Refused.one(["id"], "Customer can't be deleted because they have associated orders")
    for gid in customer["addressIds"]:
        ctx.delete(ctx.store.all("MailingAddress")[gid])


writes(
    "Customer",
    Writes(
        members={
            "email": Member(clean=clean_email, unique=True),
            "phone": Member(clean=clean_phone, unique=True),
            "firstName": Member(longest=255),
            "lastName": Member(longest=255),
            **dict.fromkeys(("addresses", "emailMarketingConsent", "smsMarketingConsent"), Member(field=None)),
        },
        start={"tags": [], "addressIds": []},
        check=_check,
        finish=_finish,
        remove=_remove,
        missing={"delete": "Customer can't be found"},
    ),
)
