"""Checks for the fuzzer, and what is excused from them; loaded by schemathesis (`SCHEMATHESIS_HOOKS`)."""

from __future__ import annotations

import gc
from typing import Any

import schemathesis
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from atom_shopify_plugin.actions.inputs import Inputs
from atom_shopify_plugin.catalog.loading import packaged
from atom_shopify_plugin.errors import InvalidInput

# The fuzzer keeps hundreds of megabytes of schemas: looking through them for garbage took a tenth of its time.
gc.set_threshold(100_000, 20, 100)

# Faults that a schema of single parameters can't name: which are given together, what was made for another call, and
# control characters in what a thing is looked up by.
# What the store has or its currency allows is known only there.
_BEYOND_SCHEMAS = {
    "repeated", "oneOf", "anyOf", "not", "dependentRequired", "cursor", "search",
    "ambiguous", "conflict", "date", "decimals", "more_than_paid", "not_found", "plan", "rule", "self", "uniqueItems",
    "unknown",
}  # fmt: skip
_BESIDE_INPUT = {"shop", "user_id", "confirm", "dry_run", "preview"}
# Operations whose input is judged by what is installed and stored, not by its shape alone.
_JUDGED_BY_CONTENT = {
    "workflow_create",  # services, actions, schedules and expressions
    "workflow_dry_run",
    "test_chat_command",  # the phrases of the service
    "oauth_callback",  # Shopify's signature
    "oauth_callback_post",
    "oauth_token",  # the token is shown to Shopify
    "enhanced_webhook_add",  # the topics of Shopify
    "signin",  # the token of a link
    "audit",  # names of days
    "bulk_result",  # ids of Shopify
    "bulk_export",  # documents
    "bulk_import",
    "graphql_query",
    "graphql_mutate",
    "node_get",  # the types that the plugin reads
    "metafield_get",  # the type of an owner that is named, and the types of values
    "metafield_set",
    "metafield_delete",
    "file_upload",  # the bytes of files
    "product_media_add",
    "segment_member_list",  # Shopify's language of segments
    "segment_member_query",
    "segment_create",
    "segment_update",
    "replenishment_plan",  # terms and weights
    "replenishment_purchase_list",
    "replenishment_transfers",
    "report_generate",  # periods
    "report_render",  # the names of reports
    "shopifyql_run",  # Shopify's language of reports
    "customer_email_consent_update",  # which states need the way in which a customer consented
    "customer_sms_consent_update",
    "customer_whatsapp_consent_update",
}

# A delivery that is signed is taken whatever its body is, and Shopify's parameters are judged by their signature.
_JUDGED_BY_SIGNATURE = {"webhook", "oauth_callback", "oauth_callback_post"}


def _error(response: Any) -> dict[str, Any]:
    try:
        error = response.json().get("error")
    except ValueError:
        return {}
    return error if isinstance(error, dict) else {}


def _depends_on_others(pointer: str) -> bool:
    """Return whether a fault is about a field that an answer lacks, or a location or variant among several."""
    return pointer.startswith("/fields/") or pointer.endswith(("/location", "/option_values"))


@schemathesis.check
def accepts_what_is_described(ctx: Any, response: Any, case: Any) -> bool | None:
    """What the document allows is accepted, or refused for a reason that no document can state."""
    error = _error(response)
    told = [one.get("message", "") for one in error.get("details", {}).get("shopify_errors", ())]
    faults = error.get("details", {}).get("faults", ())
    codes = {fault.get("code") for fault in faults if not _depends_on_others(fault.get("pointer", ""))}
    if (
        response.status_code in (413, 414, 431)  # all parts together are too large
        or "NUL" in error.get("message", "")  # refused everywhere: PostgreSQL can't store it
        or error.get("code") == "SHOPIFY_USER_ERROR"  # Shopify understood and refused it
        or (told and all("to be one of" in text for text in told))  # a country or currency that it does not know
        or (faults and codes <= _BEYOND_SCHEMAS)
        or any(isinstance(value, float) for value in (case.path_parameters or {}).values())  # 122.0 is an integer there
        or (codes == {"json"} and not isinstance(case.body, dict))  # no object was found that fits
        or case.operation.definition.raw.get("operationId") in _JUDGED_BY_CONTENT
    ):
        return None
    return positive_data_acceptance(ctx, response, case)


@schemathesis.check
def refuses_what_has_no_reading(ctx: Any, response: Any, case: Any) -> bool | None:
    """What the document does not allow is refused, but for forms that are read, such as a number for an amount."""
    operation = case.operation.definition.raw.get("operationId")
    if operation in _JUDGED_BY_SIGNATURE:
        return None
    action = packaged().actions.get(operation)
    if action is not None and isinstance(case.body, dict):
        given = {name: value for name, value in case.body.items() if name not in _BESIDE_INPUT}
        try:
            Inputs().check(action, {**given, **(case.path_parameters or {})})
        except InvalidInput:
            pass
        else:
            return None
    return negative_data_rejection(ctx, response, case)


@schemathesis.check
def fails_only_with_the_sandbox(ctx: Any, response: Any, case: Any) -> None:
    """No answer is a failure of ours: what the sandbox does not model is, and says so."""
    if response.status_code < 500:
        return
    shopify = _error(response).get("details", {}).get("shopify_errors", ())
    codes = {one.get("code") for one in shopify}
    assert codes == {"NOT_MODELLED"}, f"{response.status_code}: {response.text[:300]}"
