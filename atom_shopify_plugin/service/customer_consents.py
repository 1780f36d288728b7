"""Consents of customers to marketing, by e-mail, text message and WhatsApp."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from atom_shopify_plugin.errors import Fault, InvalidInput, Rejected
from atom_shopify_plugin.service.finding import missing
from atom_shopify_plugin.service.refusals import plainly
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["update_email", "update_sms", "update_whatsapp"]


class _Channel(NamedTuple):
    """One way to write to customers: its mutation, the member of its input, and what the customer needs for it."""

    operation: str
    member: str
    needs: str
    lacking: str
    names: Mapping[str, str]


_NAMES = {
    "marketing_state": "marketingState",
    "marketing_opt_in_level": "marketingOptInLevel",
    "consent_updated_at": "consentUpdatedAt",
}
_EMAIL = _Channel(
    "CustomerEmailConsentUpdate",
    "emailMarketingConsent",
    "default_email_address",
    "This customer has no e-mail address: set one with customer_update first.",
    _NAMES,
)
_PHONE = ("default_phone_number", "This customer has no phone number: set one with customer_update first.")
_SMS = _Channel("CustomerSmsConsentUpdate", "smsMarketingConsent", *_PHONE, _NAMES)
_WHATSAPP = _Channel(
    "CustomerWhatsAppConsentUpdate",
    "whatsAppMarketingConsent",
    *_PHONE,
    {"marketing_state": "state", "marketing_opt_in_level": "optInLevel", "consent_updated_at": "updatedAt"},
)


def update_email(shop: Shop, **given: Any) -> Any:
    """Set a customer's consent to e-mail and return the customer.

    Raises `InvalidInput` where the customer has no address, which Shopify leaves as it is without a word.
    """
    return _updated(shop, _EMAIL, given)["customer"]


def update_sms(shop: Shop, **given: Any) -> Any:
    """Set a customer's consent to text messages and return the customer."""
    return _updated(shop, _SMS, given)["customer"]


def update_whatsapp(shop: Shop, **given: Any) -> Any:
    """Set a customer's consent to WhatsApp and return the customer."""
    _updated(shop, _WHATSAPP, given)
    return shop.root("CustomerGet", {"id": given["id"]})


def _updated(shop: Shop, channel: _Channel, given: Mapping[str, Any]) -> Any:
    state, level = given["marketing_state"], given.get("marketing_opt_in_level")
    if state != "UNSUBSCRIBED" and level is None:
        raise _refused(f"{state} needs how the customer consented.", "/marketing_opt_in_level", "required")
    if state == "PENDING" and level != "CONFIRMED_OPT_IN":
        raise _refused("PENDING waits for a confirmation: it needs CONFIRMED_OPT_IN.", "/marketing_opt_in_level")
    customer = shop.root("CustomerGet", {"id": given["id"]})
    if customer is None:
        raise missing(shop, "customer", {"id": given["id"]})
    if customer[channel.needs] is None:
        raise _refused(channel.lacking, "/id")
    consent = {theirs: given[ours] for ours, theirs in channel.names.items() if ours in given}
    members = {f"{channel.member}.{theirs}": f"/{ours}" for ours, theirs in channel.names.items()}
    try:
        return shop.root(channel.operation, {"input": {"customerId": given["id"], channel.member: consent}})
    except Rejected as refusal:
        raise plainly(refusal, members, _WORDS) from None


def _refused(message: str, pointer: str, code: str = "conflict") -> InvalidInput:
    return InvalidInput(message, [Fault(pointer, message, code)])


_WORDS = {
    "/consent_updated_at INVALID": "The time of consent can’t be in the future.",
}
