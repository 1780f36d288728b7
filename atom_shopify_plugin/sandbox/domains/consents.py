"""Marketing consents of customers by e-mail and SMS: set with a new customer, or by a mutation each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.refusals import Refused, UserError, fault
from atom_shopify_plugin.sandbox.registry import Write, mutation
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["CHANNELS", "Channel", "check_consents", "update_consent"]

# What nobody can say of a customer: Shopify alone sets these states.
NO_INPUT = ("INVALID", "NEVER_SUBSCRIBED", "NOT_SUBSCRIBED", "REDACTED")


@dataclass(frozen=True)
class Channel:
    """One way to write to customers: the member of inputs, where it is stored, and what it needs of the customer."""

    member: str
    stored: str
    needs: str
    missing: str
    update: str


CHANNELS = (
    Channel(
        "emailMarketingConsent",
        "emailConsent",
        "email",
        "An email address is required to set the email marketing consent state.",
        "customerEmailMarketingConsentUpdate",
    ),
    Channel(
        "smsMarketingConsent",
        "smsConsent",
        "phone",
        "A phone number is required to set the SMS consent state.",
        "customerSmsMarketingConsentUpdate",
    ),
)
_EMAIL, _SMS = CHANNELS


def _refuse_states(consent: Mapping[str, Any]) -> None:
    if consent["marketingState"] in NO_INPUT:
        raise fault(f"Cannot specify {consent['marketingState']} as a marketing state input", "INVALID")


def check_consents(ctx: Context, write: Write) -> list[UserError]:
    """Put the consents of a new customer into `write.values`; return what is wrong. An update can't set them."""
    errors = []
    for channel in CHANNELS:
        consent = write.given.get(channel.member)
        if consent is None:
            continue
        if not write.creates:
            message = f"To update {channel.member}, please use the {channel.update} Mutation instead"
            errors.append(UserError((channel.member,), message))
            continue
        _refuse_states(consent)
        if not write.values.get(channel.needs):
            errors.append(UserError((channel.member,), channel.missing))
            continue
        write.values[channel.stored] = {"consentUpdatedAt": ctx.stamp, **consent}
    return errors


@mutation(_EMAIL.update)
def email_consentupdate_consent(ctx: Context, args: dict[str, Any]) -> Node:
    return update_consent(ctx, args["input"], _EMAIL)


@mutation(_SMS.update)
def sms_consentupdate_consent(ctx: Context, args: dict[str, Any]) -> Node:
    return update_consent(ctx, args["input"], _SMS)


def update_consent(ctx: Context, given: Mapping[str, Any], channel: Channel) -> Node:
    """Set the consent of a customer; a customer without an e-mail address is left as it is (seen on a live store)."""
    customer, consent = ctx.lookup(given["customerId"], "Customer"), given[channel.member]
    by_email = channel is _EMAIL
    if customer is None:
        path = ["input", "customerId"] if by_email else None
        raise Refused.one(path, "Customer not found", "INVALID" if by_email else None)
    _refuse_states(consent)
    # The mutation for e-mail shows the customer beside its errors, the one for SMS does not.
    shown = {"customer": customer["id"]} if by_email else {}
    path = ["input", channel.member]
    if not customer.get(channel.needs) and not by_email:
        raise Refused.one(path, channel.missing, "INVALID", **shown)
    state, level = consent["marketingState"], consent.get("marketingOptInLevel")
    moment = consent.get("consentUpdatedAt")
    if level is None and state in ("SUBSCRIBED", "PENDING"):
        message = "Marketing opt in level must exist"
        raise Refused.one([*path, "marketingOptInLevel"], message, "MISSING_ARGUMENT", **shown)
    if state == "PENDING" and level != "CONFIRMED_OPT_IN":
        message = "Marketing opt in level must be confirmed opt-in for pending consent state"
        raise Refused.one([*path, "marketingOptInLevel"], message, "INVALID", **shown)
    if moment is not None and moment > ctx.stamp:
        message = "Consent updated at must not be in the future"
        raise Refused.one([*path, "consentUpdatedAt"], message, "INVALID", **shown)
    if customer.get(channel.needs):
        kept = {"marketingState": state, "marketingOptInLevel": level, "consentUpdatedAt": moment or ctx.stamp}
        if ctx.update(customer, {channel.stored: kept}):
            ctx.record("updated", customer)
    return {"customer": customer["id"]}
