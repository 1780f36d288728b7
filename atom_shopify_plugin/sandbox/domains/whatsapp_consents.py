"""Consents of customers to marketing by WhatsApp.

That its rules are those of SMS, with its name in the messages, is inferred.
"""

from __future__ import annotations

from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.consents import Channel, update_consent
from atom_shopify_plugin.sandbox.domains.customers import default_phone
from atom_shopify_plugin.sandbox.refusals import Refused, UserError
from atom_shopify_plugin.sandbox.registry import mutation
from atom_shopify_plugin.sandbox.store import Node

_WHATSAPP = Channel(
    "whatsAppMarketingConsent",
    "whatsAppConsent",
    "phone",
    "A phone number is required to set the WhatsApp consent state.",
    "customerWhatsAppMarketingConsentUpdate",
)
_NAMES = {"state": "marketingState", "optInLevel": "marketingOptInLevel", "updatedAt": "consentUpdatedAt"}
_THEIRS = {ours: theirs for theirs, ours in _NAMES.items()}


@mutation(_WHATSAPP.update)
def whatsapp_consent_update(ctx: Context, args: dict[str, Any]) -> Node:
    given = args["input"]
    consent = {_NAMES.get(name, name): value for name, value in given[_WHATSAPP.member].items()}
    try:
        update_consent(ctx, {"customerId": given["customerId"], _WHATSAPP.member: consent}, _WHATSAPP)
    except Refused as refusal:
        raise Refused([_renamed(error) for error in refusal.errors]) from None
    customer = ctx.lookup(given["customerId"], "Customer")
    return {"customerPhoneNumber": None if customer is None else default_phone(ctx, customer, {})}


def _renamed(error: UserError) -> UserError:
    path = None if error.field is None else tuple(_THEIRS.get(step, step) for step in error.field)
    return UserError(path, error.message, error.code)
