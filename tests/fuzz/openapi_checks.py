"""Checks for the fuzzer, and what is excused from them; loaded by schemathesis (`SCHEMATHESIS_HOOKS`)."""

from __future__ import annotations

from typing import Any

import schemathesis
from schemathesis.specs.openapi.checks import positive_data_acceptance

# Faults that a schema of single parameters can't name: which are given together, what was made for another call, and
# control characters in what a thing is looked up by.
_BEYOND_SCHEMAS = {"repeated", "oneOf", "anyOf", "not", "dependentRequired", "cursor", "search"}
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
}


def _error(response: Any) -> dict[str, Any]:
    try:
        error = response.json().get("error")
    except ValueError:
        return {}
    return error if isinstance(error, dict) else {}


@schemathesis.check
def accepts_what_is_described(ctx: Any, response: Any, case: Any) -> bool | None:
    """What the document allows is accepted, or refused for a reason that no document can state."""
    error = _error(response)
    told = [one.get("message", "") for one in error.get("details", {}).get("shopify_errors", ())]
    codes = {fault.get("code") for fault in error.get("details", {}).get("faults", ())}
    if (
        response.status_code in (413, 414, 431)  # all parts together are too large
        or "NUL" in error.get("message", "")  # refused everywhere: PostgreSQL can't store it
        or error.get("code") == "SHOPIFY_USER_ERROR"  # Shopify understood and refused it
        or (told and all("to be one of" in text for text in told))  # a country or currency that it does not know
        or (codes and codes <= _BEYOND_SCHEMAS)
        or case.operation.definition.raw.get("operationId") in _JUDGED_BY_CONTENT
    ):
        return None
    return positive_data_acceptance(ctx, response, case)


@schemathesis.check
def fails_only_with_the_sandbox(ctx: Any, response: Any, case: Any) -> None:
    """No answer is a failure of ours: what the sandbox does not model is, and says so."""
    if response.status_code < 500:
        return
    shopify = _error(response).get("details", {}).get("shopify_errors", ())
    codes = {one.get("code") for one in shopify}
    assert codes == {"NOT_MODELLED"}, f"{response.status_code}: {response.text[:300]}"
