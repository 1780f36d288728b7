"""What is particular about writing customers, and what orders need of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.consents import CHANNELS, check_consents
from atom_shopify_plugin.sandbox.domains.postal_addresses import clean_parts
from atom_shopify_plugin.sandbox.domains.shared import address
from atom_shopify_plugin.sandbox.inputs import clean_tags
from atom_shopify_plugin.sandbox.refusals import Refused, UserError
from atom_shopify_plugin.sandbox.registry import Member, Write, writes
from atom_shopify_plugin.sandbox.store import Node
from atom_shopify_plugin.sandbox.writes import create, values_for

__all__ = ["NOBODY", "clean_email", "clean_phone", "new_address", "replace_addresses", "upsert"]

EMAIL = re.compile(r"[^@\s,;<>()\[\]\"]+@[^@\s,;<>()\[\]\".]+(\.[^@\s,;<>()\[\]\".]+)+")
PHONE = re.compile(r"\+?[\d\s().-]+")
LONGEST = 255
LONGEST_NOTE = 5000
MOST_TAGS = 250
NOBODY = "A name, phone number, or email address must be present"


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
    """Return an e-mail address without blanks; raise a user error for one that cannot be."""
    plain = "".join((text or "").split())
    if not plain:
        return None
    faults = [(f"Email is too long (maximum is {LONGEST} characters)", "TOO_LONG")] * (len(plain) > LONGEST)
    if faults or not EMAIL.fullmatch(plain):
        faults.append(("Email is invalid", "INVALID"))
    return _without(faults, path, plain)


def clean_phone(text: str | None, path: list[Any]) -> str | None:
    """Return a phone number as digits behind a plus; raise a user error for one that cannot be."""
    plain = (text or "").strip()
    if not plain:
        return None
    digits = re.sub(r"\D", "", plain)
    faults = [(f"Phone is too long (maximum is {LONGEST} characters)", "TOO_LONG")] * (len(plain) > LONGEST)
    if not PHONE.fullmatch(plain) or not 7 <= len(digits) <= 15:
        faults.append(("Phone is invalid", "INVALID"))
    return _without(faults, path, f"+{digits}")


def _without(faults: Sequence[tuple[str, str]], path: list[Any], value: str) -> str:
    if faults:
        raise Refused([UserError(tuple(map(str, path)), message, code) for message, code in faults])
    return value


def _locale(text: str | None, path: list[Any]) -> str | None:
    if text and not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z]{2,4})?", text):
        raise Refused.one(path, "Locale is invalid", "INVALID")
    return text


def _tags(tags: Sequence[str] | None, path: list[Any]) -> list[str]:
    cleaned = clean_tags(tags or ())
    if any(len(tag) > LONGEST for tag in cleaned):
        raise Refused.one(path, f"Tags is too long (maximum is {LONGEST} characters)", "TOO_LONG")
    if len(cleaned) > MOST_TAGS:
        raise Refused.one(path, f"Tags cannot be more than {MOST_TAGS}", "INVALID")
    return cleaned


def _check(ctx: Context, write: Write) -> None:
    errors = check_consents(ctx, write)
    if write.creates:
        errors += [
            UserError(("metafields", str(at), "id"), "Cannot specify metafield ID on creation")
            for at, entry in enumerate(write.given.get("metafields") or ())
            if entry.get("id")
        ]
    if errors:
        raise Refused(errors)
    whole = {**(write.node or {}), **write.values}
    if not any(whole.get(name) for name in ("firstName", "lastName", "email", "phone")):
        raise Refused.one(None, NOBODY)


def _finish(ctx: Context, write: Write) -> None:
    if write.given.get("addresses") is not None:
        replace_addresses(ctx, write.target, write.given["addresses"], ["addresses"], fresh=write.creates)


def new_address(ctx: Context, customer: Node, given: Mapping[str, Any], path: list[Any]) -> Node:
    """Return an address of a customer, not stored yet; it takes over the names that it leaves out."""
    named = {name: given.get(name) or customer.get(name) for name in ("firstName", "lastName")}
    parts = clean_parts({**given, **named}, path)
    return address(parts, f"{ctx.store.new_id('MailingAddress')}?model_name=CustomerAddress")


def replace_addresses(
    ctx: Context, customer: Node, given: Sequence[Mapping[str, Any]], path: list[Any], *, fresh: bool
) -> None:
    """Write the addresses of a customer in place of those that are there; one with an id keeps what it leaves out."""
    kept: list[str] = []
    for at, entry in enumerate(given):
        where, gid = [*path, at], entry.get("id")
        if fresh and gid:
            raise Refused.one([*where, "id"], "Cannot specify address ID on creation")
        if gid:
            known = ctx.store.get(gid)
            if known is None or gid not in customer["addressIds"]:
                raise Refused.one([*where, "id"], "Customer address does not exist")
            told = {name: value for name, value in entry.items() if name != "id"}
            ctx.update(known, address(clean_parts({**known, **told}, where), gid))
            kept.append(gid)
            continue
        if not any(value for value in entry.values()):
            raise Refused.one(where, "Customer address cannot be blank.")
        made = new_address(ctx, customer, entry, where)
        kept.append(ctx.create("MailingAddress", made, gid=made["id"])["id"])
    for gid in customer["addressIds"]:
        if gid not in kept:
            ctx.delete(ctx.store.all("MailingAddress")[gid])
    default = customer.get("defaultAddress")
    default = default if default in kept else next(iter(kept), None)
    ctx.update(customer, {"addressIds": kept, "defaultAddress": default})


def _remove(ctx: Context, write: Write) -> None:
    customer = write.target
    if ctx.store.find("Order", "customer", customer["id"]):
        raise Refused.one(["id"], "Customer can’t be deleted because they have associated orders")
    if any(_is_promised(ctx, card, customer["id"]) for card in ctx.store.all("GiftCard").values()):
        message = "Customer can't be deleted because they are the recipient of an unsent scheduled gift card"
        raise Refused.one(["id"], message)
    for gid in customer["addressIds"]:
        ctx.delete(ctx.store.all("MailingAddress")[gid])


def _is_promised(ctx: Context, card: Node, customer: str) -> bool:
    """Tell whether a gift card is to be sent to a customer later."""
    recipient = card.get("recipientAttributes") or {}
    return recipient.get("recipient") == customer and (recipient.get("sendNotificationAt") or "") > ctx.stamp


writes(
    "Customer",
    members={
        "email": Member(clean=clean_email, unique=True),
        "phone": Member(clean=clean_phone, unique=True),
        "firstName": Member(longest=LONGEST),
        "lastName": Member(longest=LONGEST),
        "note": Member(longest=LONGEST_NOTE),
        "locale": Member(clean=_locale),
        "tags": Member(clean=_tags),
        "addresses": Member(field=None),
        **{channel.member: Member(field=None) for channel in CHANNELS},
    },
    start={"tags": [], "addressIds": []},
    check=_check,
    finish=_finish,
    remove=_remove,
    missing={"delete": "Customer can't be found"},
    own_id=(("id",), "Cannot specify ID on creation"),
)
