"""customerSet: a customer, found by an identifier, becomes what the input says; a new one where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.customer_writes import NOBODY, clean_email, clean_phone
from atom_shopify_plugin.sandbox.domains.metadata import set_metafields
from atom_shopify_plugin.sandbox.identifiers import identified
from atom_shopify_plugin.sandbox.refusals import Refused, UserError
from atom_shopify_plugin.sandbox.registry import mutation
from atom_shopify_plugin.sandbox.store import Node
from atom_shopify_plugin.sandbox.upserts import check_identifier
from atom_shopify_plugin.sandbox.writes import create, update

INPUT = "CustomerSetInput"
CLEANED = {"email": clean_email, "phone": clean_phone}


@mutation("customerSet")
def customer_set(ctx: Context, args: dict[str, Any]) -> Node:
    given, identifier = args["input"], args.get("identifier")
    known = _known(ctx, given, identifier)
    if "taxExempt" in given and given["taxExempt"] is None:
        raise Refused.one(["input", "taxExempt"], "Tax exempt is of unexpected type NilClass", "INVALID")
    own = {name: value for name, value in given.items() if name != "id"}
    try:
        customer = create(ctx, "Customer", own, INPUT) if known is None else update(ctx, "Customer", known, own, INPUT)
    except Refused as refusal:
        errors = [UserError(("input", *(error.field or ())), error.message, _code(error)) for error in refusal.errors]
        raise Refused(errors) from None
    custom = (identifier or {}).get("customId")
    if custom is not None:
        set_metafields(ctx, customer, [{**custom, "type": "id"}], ["input"])
    return {"customer": customer["id"]}


def _code(error: UserError) -> str:
    return error.code or ("BLANK" if error.message == NOBODY else "INVALID")


def _known(ctx: Context, given: Mapping[str, Any], identifier: Mapping[str, Any] | None) -> Node | None:
    """Return the customer that is named, None where a new one is wanted; raise `Refused`."""
    if identifier is None:
        if given.get("id") is None:
            return None
        identifier = {"id": given["id"]}
    else:
        check_identifier(given, identifier, lambda name, value: CLEANED[name](value, ["input", name]))
    names = {"email": "emailAddress", "phone": "phoneNumber"}
    node = identified(ctx, "Customer", {names.get(name, name): value for name, value in identifier.items()})
    if node is None and identifier.get("id") is not None:
        raise Refused.one(["input"], "Resource matching the identifier was not found.", "NOT_FOUND")
    return node
