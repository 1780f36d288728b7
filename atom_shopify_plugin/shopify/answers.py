"""Reading an answer of Shopify's GraphQL interface: data, or the failure that it stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from atom_shopify_plugin.errors import Unavailable, UpstreamError
from atom_shopify_plugin.shopify.documents import Document
from atom_shopify_plugin.shopify.failures import Failure, from_errors, from_warnings
from atom_shopify_plugin.shopify.results import Result, user_errors
from atom_shopify_plugin.shopify.transport import AnswerLost, HTTPAnswer

__all__ = ["PREVIOUS_FAILED", "codes", "read"]

# User errors about the idempotency key (the schema's InventoryAdjustQuantitiesUserErrorCode, and others alike).
_CONCURRENT = "IDEMPOTENCY_CONCURRENT_REQUEST"
PREVIOUS_FAILED = "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"


def read(answer: HTTPAnswer, document: Document, version: str) -> tuple[Result | Failure, Any]:
    """Return what a 2xx answer to `document` says, and its ``extensions.cost`` where it has one.

    `version` is the API version that was asked for. Nothing of a body that is not understood is repeated to anybody.
    """
    try:
        payload = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        if answer.body.lstrip()[:1] == b"{":
            return Failure(AnswerLost("Shopify's answer was cut off."), nothing_ran=False, again=True), None
        return Failure(UpstreamError("Shopify's answer is not JSON."), nothing_ran=False), None
    if not isinstance(payload, dict):
        return Failure(UpstreamError("Shopify's answer is not an object."), nothing_ran=False), None
    extensions = payload.get("extensions")
    if not isinstance(extensions, dict):
        extensions = {}
    cost = extensions.get("cost")
    data = payload.get("data")
    if errors := payload.get("errors"):
        if document.kind == "query":
            return from_errors(errors, answer.headers), cost
        return from_errors(errors, answer.headers, data, mutation=True), cost
    if not isinstance(data, dict):
        return Failure(UpstreamError("Shopify's answer holds no data."), nothing_ran=False), cost
    if "search" in extensions and (warned := from_warnings(extensions["search"])):
        return Failure(warned, nothing_ran=document.kind == "query"), cost
    document.ids.number(data)
    if document.kind == "mutation":
        if not data or None in data.values():
            return Failure(UpstreamError("Shopify's answer holds no result."), nothing_ran=False), cost
        if _CONCURRENT in codes(data):
            return Failure(Unavailable("Shopify is still busy with an earlier attempt."), False, again=True), cost
    headers = answer.headers
    result = Result(
        data=data,
        cost=cost if isinstance(cost, dict) else {},
        warnings=_warnings(answer, version),
        request_id=headers.get("X-Request-Id"),
        version=headers.get("X-Shopify-API-Version"),
    )
    return result, cost


def codes(data: Mapping[str, Any]) -> set[str]:
    """Return the codes of a result's user errors."""
    return {error["code"] for error in user_errors(data) if isinstance(error["code"], str)}


def _warnings(answer: HTTPAnswer, version: str) -> tuple[str, ...]:
    served = answer.headers.get("X-Shopify-API-Version")
    reason = answer.headers.get("X-Shopify-API-Deprecated-Reason")
    found = []
    if served and served != version:
        found.append(f"Shopify served API version {served[:20]} instead of {version}.")
    if reason:
        found.append(f"Deprecated: {reason[:300]}")
    return tuple(found)
