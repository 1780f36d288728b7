"""The Admin GraphQL endpoint: who asks, in which version, whether the bucket holds enough, and what it cost.

The engine answers the document; everything around it is here. Error bodies are those seen on live stores.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from atom_shopify_plugin.sandbox import oauth, scopes
from atom_shopify_plugin.sandbox.accounts import Account
from atom_shopify_plugin.sandbox.bucket import Bucket
from atom_shopify_plugin.sandbox.cost import Cost, Operation
from atom_shopify_plugin.sandbox.engine import GraphQLEngine, is_deprecated, schema
from atom_shopify_plugin.sandbox.keeping import Keeping
from atom_shopify_plugin.sandbox.messages import Request, Response, json_reply
from atom_shopify_plugin.sandbox.tokens import AccessToken

__all__ = ["Answer", "answer", "authenticate"]

MAX_COST = 1000
DEPRECATION = "https://shopify.dev/api/usage/versioning#deprecation-practices"
NON_EXPIRING = (
    "[API] Non-expiring access tokens are no longer accepted for the Admin API. Start using expiring offline tokens: "
    "https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/offline-access-tokens"
    "#expiring-vs-non-expiring-offline-tokens"
)


class Answer(NamedTuple):
    """A response and, for the log of calls, what it cost and the code of its first error."""

    response: Response
    cost: int | None = None
    code: str | None = None


def authenticate(account: Account, request: Request) -> AccessToken | Response:
    """Return the token that a request carries, or the answer that refuses it."""
    token = account.tokens.find(request.headers.get("x-shopify-access-token", ""))
    if token is None:
        return oauth.invalid_token()
    if token.kind == "offline" and not account.switches.non_expiring_tokens:
        return json_reply(403, {"errors": NON_EXPIRING})
    return token


def answer(
    engine: GraphQLEngine,
    account: Account,
    token: AccessToken,
    request: Request,
    keeping: Keeping | None = None,
    operation_fault: Mapping[str, Any] | None = None,
) -> Answer:
    """Answer one GraphQL request of an app that is let in.

    `keeping` is a fault's way to keep what it writes, `operation_fault` what befalls a bulk operation that it starts.
    """
    asked = _read(request)
    if isinstance(asked, Response):
        return Answer(asked)
    prepared = engine.prepare(asked.text, asked.variables, asked.name)
    if prepared.document is None or prepared.operation is None:  # refused before it could cost anything
        return Answer(json_reply(200, {"errors": prepared.errors}), None, _code(prepared.errors))
    operation = Operation(schema(), prepared.document, prepared.operation, prepared.variables)
    cost = operation.requested(debug=request.headers.get("shopify-graphql-cost-debug") == "1")
    if cost.total > MAX_COST:
        return _too_costly(cost)
    bucket = account.bucket(token.client_id)
    enough, left = bucket.take(cost.total)
    if not enough:
        return _throttled(cost, bucket, left)
    state, spent = account.state, cost.total
    try:
        granted, now = scopes.expand(token.scopes), account.clock.now()
        content = engine.run(
            state,
            prepared,
            scopes=granted,
            now=now,
            keeping=keeping,
            client_id=token.client_id,
            operation_fault=operation_fault,
            explains=request.headers.get("shopify-search-query-debug") == "1",
        )
        if "data" in content:  # without it nothing was run, which costs the whole all the same
            spent = min(spent, operation.actual(content["data"]).total)
    finally:
        left = bucket.give_back(cost.total - spent)
    if state.uninstalled_at is not None:
        state.uninstalled_at = None  # the store may install the app again
        account.uninstall(token.client_id)
    shown = spent if "data" in content else None
    extensions = {"cost": _figures(cost, shown, bucket, left), **content.get("extensions", {})}
    headers = {"X-Shopify-API-Deprecated-Reason": DEPRECATION} if is_deprecated(asked.text) else {}
    reply = json_reply(200, {**content, "extensions": extensions}, headers)
    return Answer(reply, spent, _code(content.get("errors")))


def _code(errors: list[dict[str, Any]] | None) -> str | None:
    """Return the code of the first error."""
    code = errors[0].get("extensions", {}).get("code") if errors else None
    return str(code) if code else None


class _Asked(NamedTuple):
    text: str
    variables: dict[str, Any]
    name: str | None


def _read(request: Request) -> _Asked | Response:
    if request.content_type == "application/graphql":
        try:
            return _Asked(request.body.decode(), {}, None)
        except UnicodeDecodeError:
            return _bad_request("The body is not UTF-8.")
    if request.content_type != "application/json":
        return json_reply(415, {"errors": "Unsupported Media Type: send application/json or application/graphql."})
    body = request.json
    if not isinstance(body, dict):
        return _bad_request("The body is not a JSON object.")
    text, variables, name = body.get("query"), body.get("variables"), body.get("operationName")
    if not isinstance(text, str) or not text.strip():
        return _bad_request({"query": "Required parameter missing or invalid"})
    if not isinstance(variables, dict | None) or not isinstance(name, str | None):
        return _bad_request("`variables` must be an object and `operationName` a text.")
    return _Asked(text, variables or {}, name or None)


def _bad_request(what: Any) -> Response:
    return json_reply(400, {"errors": what})


def _figures(cost: Cost, spent: int | None, bucket: Bucket, left: int) -> dict[str, Any]:
    figures: dict[str, Any] = {"requestedQueryCost": cost.total, "actualQueryCost": spent}
    if cost.fields:
        figures["fields"] = cost.fields
    return {**figures, "throttleStatus": bucket.status(left)}


def _throttled(cost: Cost, bucket: Bucket, left: int) -> Answer:
    extensions = {"code": "THROTTLED", "documentation": "https://shopify.dev/api/usage/rate-limits"}
    content = {
        "errors": [{"message": "Throttled", "extensions": extensions}],
        "extensions": {"cost": _figures(cost, None, bucket, left)},
    }
    return Answer(json_reply(200, content), None, "THROTTLED")


def _too_costly(cost: Cost) -> Answer:
    message = (
        f"Query cost is {cost.total}, which exceeds the single query max cost limit ({MAX_COST}). "
        "See https://shopify.dev/concepts/about-apis/rate-limits for more information on how the cost of a query is "
        "calculated. To query larger amounts of data with fewer limits, bulk operations should be used instead. "
        "See https://shopify.dev/tutorials/perform-bulk-operations-with-admin-api for usage details."
    )
    extensions = {
        "code": "MAX_COST_EXCEEDED",
        "cost": cost.total,
        "maxCost": MAX_COST,
        "documentation": "https://shopify.dev/api/usage/limits#rate-limits",
    }
    return Answer(
        json_reply(200, {"errors": [{"message": message, "extensions": extensions}]}), None, "MAX_COST_EXCEEDED"
    )
