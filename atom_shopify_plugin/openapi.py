"""The REST interface as an OpenAPI 3.1 document, derived from the Catalog.

Schemas are the manifests' own (JSON Schema 2020-12 is OpenAPI 3.1's dialect); shared definitions become components.
What does not come from the Catalog (signing in to Shopify, stores, health) stands in `_FIXED`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.catalog import Action, Catalog
from atom_shopify_plugin.settings import Settings

__all__ = ["build", "creates"]

_PREFIX = "/api/shopify"
_AUTH = "/api/auth/shopify"
_PARAMETER = re.compile(r"\{([a-z_]+)\}")
_ERRORS = {
    "400": "The input is wrong, or Shopify refused it; `details` says where.",
    "401": "Nobody is signed in, or no store is connected; `details.connect_url` leads on.",
    "403": "Not allowed, or the store has not granted a scope.",
    "404": "No such thing, or none of yours.",
    "409": "A confirmation is needed, a key was used for something else, or the state of things does not allow it.",
    "413": "The body is larger than 1 MiB.",
    "415": "The body is not JSON.",
    "429": "Too many requests; wait for `Retry-After` seconds.",
    "500": "Something went wrong on our side.",
    "502": "Shopify answered something that cannot be used.",
    "503": "Shopify, the database or the network is down.",
}

_TEXT = {"type": "string"}
_SHOP = {"name": "shop", "in": "query", "schema": _TEXT, "description": "Store to use; the default store without it."}
_USER = {
    "name": "user_id",
    "in": "query",
    "deprecated": True,
    "schema": _TEXT,
    "description": "An assertion: must name the person who is signed in. Leave it out.",
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "maxLength": 255},
    "description": "The same key with the same input is answered, not run, a second time.",
}
_PREVIEW = {
    "name": "preview",
    "in": "query",
    "schema": {"type": "boolean"},
    "description": "Say what would happen, and do nothing.",
}
_CONFIRM = {
    "name": "X-Confirmation-Token",
    "in": "header",
    "schema": _TEXT,
    "description": "The token of a preview; it confirms exactly that input, once, within five minutes.",
}
_COMPONENTS: Mapping[str, Any] = {
    "Error": {
        "type": "object",
        "required": ["ok", "success", "error"],
        "properties": {
            "ok": {"const": False},
            "success": {"const": False},
            "error": {
                "type": "object",
                "required": ["code", "message", "details", "request_id", "retryable"],
                "properties": {
                    "code": _TEXT,
                    "message": _TEXT,
                    "details": {"type": "object"},
                    "request_id": _TEXT,
                    "retryable": {"type": "boolean"},
                },
            },
        },
    },
    "Page": {
        "type": ["object", "null"],
        "required": ["next", "has_more"],
        "properties": {
            "next": {"type": ["string", "null"], "description": "Send it as `cursor` for the next page."},
            "has_more": {"type": "boolean"},
        },
    },
    "Meta": {
        "type": "object",
        "properties": {
            "request_id": _TEXT,
            "shop": _TEXT,
            "verified": {
                "type": ["boolean", "null"],
                "description": "Whether the write was read back and is the same.",
            },
            "differences": {"type": "array", "items": {"type": "object"}},
            "audit_id": _TEXT,
            "replayed": {"type": "boolean"},
            "preview": {"type": "boolean"},
        },
    },
}

_STORE_BODY = {
    "type": "object",
    "properties": {"shop": _TEXT, "access_token": _TEXT, "client_id": _TEXT, "client_secret": _TEXT},
    "required": ["shop"],
}
_SHOP_BODY = {"type": "object", "properties": {"shop": _TEXT}}
_INVITATION_BODY = {
    "type": "object",
    "properties": {
        "role": {"enum": ["member", "owner"], "default": "member"},
        "subject": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "description": "The only person who may accept.",
        },
        "hours": {"type": "integer", "minimum": 1, "maximum": 720, "default": 72},
    },
}
_TOKEN_BODY = {"type": "object", "properties": {"token": _TEXT}, "required": ["token"]}
_ONE_STORE = f"{_PREFIX}/stores/{{shop}}"
_SUBSCRIPTION_BODY = {
    "type": "object",
    "properties": {"topic": _TEXT, "filter": _TEXT, "include_fields": {"type": "array", "items": _TEXT}},
    "required": ["topic"],
}
_WEBHOOKS = f"{_PREFIX}/enhanced/webhooks"
_DELIVERIES = f"{_WEBHOOKS}/deliveries"
_SEEN = ("shop", "topic", "state", "limit", "cursor")
# path, method, operation id, summary, query parameters, body
_FIXED: tuple[tuple[str, str, str, str, tuple[str, ...], Any], ...] = (
    (f"{_AUTH}/authorize", "get", "oauth_authorize", "Begin to connect a store", ("shop", "return_to"), None),
    (f"{_AUTH}/authorize", "post", "oauth_authorize_post", "Begin to connect a store", (), _SHOP_BODY),
    (f"{_AUTH}/callback", "get", "oauth_callback", "Where Shopify sends the browser back to", (), None),
    (f"{_AUTH}/callback", "post", "oauth_callback_post", "The same for a client that has the parameters", (), None),
    (f"{_AUTH}/refresh", "post", "oauth_refresh", "Renew a store's token now", ("shop",), _SHOP_BODY),
    (f"{_AUTH}/revoke", "post", "oauth_revoke", "Disconnect a store at Shopify and here", ("shop",), _SHOP_BODY),
    (f"{_AUTH}/token", "post", "oauth_token", "Connect by a pasted token or client credentials", (), _STORE_BODY),
    (f"{_PREFIX}/stores", "get", "stores", "Your stores", (), None),
    (f"{_PREFIX}/stores/{{shop}}/default", "put", "store_default", "Make a store your default", (), None),
    (f"{_ONE_STORE}/members", "get", "members", "Who may use a store of yours", (), None),
    (f"{_ONE_STORE}/members", "delete", "member_remove", "Take a person's access away", ("subject",), None),
    (f"{_ONE_STORE}/invitations", "get", "invitations", "Invitations that wait", (), None),
    (f"{_ONE_STORE}/invitations", "post", "invitation_create", "Invite somebody", (), _INVITATION_BODY),
    (f"{_ONE_STORE}/invitations/{{invitation_id}}", "delete", "invitation_revoke", "Withdraw it", (), None),
    (f"{_PREFIX}/invitations/accept", "post", "invitation_accept", "Join a store by its token", (), _TOKEN_BODY),
    (f"{_PREFIX}/audit", "get", "audit", "What was done in your stores", ("shop", "limit", "cursor"), None),
    (f"{_PREFIX}/usage", "get", "usage", "How often each action ran in your stores", ("days",), None),
    (f"{_PREFIX}/openapi.json", "get", "openapi", "This document", (), None),
    (f"{_PREFIX}/health", "get", "health", "How the plugin is", (), None),
    (f"{_PREFIX}/health/live", "get", "health_live", "Whether the process answers", (), None),
    (f"{_PREFIX}/health/tokens", "get", "health_tokens", "How your stores' tokens are", ("shop",), None),
    (f"{_PREFIX}/health/connection", "get", "health_connection", "Whether a store answers now", ("shop",), None),
    (f"{_PREFIX}/webhooks", "post", "webhook", "Where Shopify delivers to", (), {"type": "object"}),
    (_WEBHOOKS, "get", "enhanced_webhooks", "What a store is subscribed to", ("shop",), None),
    (_WEBHOOKS, "post", "enhanced_webhook_add", "Subscribe to another topic", ("shop",), _SUBSCRIPTION_BODY),
    (_WEBHOOKS, "delete", "enhanced_webhook_remove", "Take such a subscription back", ("shop", "id"), None),
    (_DELIVERIES, "get", "deliveries", "What Shopify delivered, and what became of it", _SEEN, None),
    (f"{_DELIVERIES}/{{delivery_id}}/replay", "post", "delivery_replay", "Run a delivery again", ("shop",), None),
    (f"{_DELIVERIES}/{{delivery_id}}/discard", "post", "delivery_discard", "Give a delivery up", ("shop",), None),
    (f"{_PREFIX}/compliance", "get", "compliance", "Customers' requests", ("shop", "limit", "cursor"), None),
    (f"{_PREFIX}/compliance/{{export_id}}", "get", "compliance_export", "What is held of one", ("shop",), None),
    (f"{_PREFIX}/health/summary", "get", "health_summary", "Everything above, and the service objectives", (), None),
)
_PUBLIC = {"oauth_callback", "oauth_callback_post", "health_live", "webhook"}


def build(catalog: Catalog, settings: Settings) -> dict[str, Any]:
    """Return the OpenAPI document as plain JSON values."""
    schemas = _Components(catalog)
    paths: dict[str, dict[str, Any]] = {}
    for path, method, operation_id, summary, query, body in _FIXED:
        paths.setdefault(path, {})[method] = _fixed(path, operation_id, summary, query, body)
    for action in catalog.actions.values():
        if action.rest is not None:
            method, path = action.rest
            paths.setdefault(_PREFIX + path, {})[method.lower()] = _operation(action, action.rest, catalog, schemas)
    service = catalog.service
    return {
        "openapi": "3.1.1",
        "info": {"title": f"{service.name} for ATOM", "version": service.version, "description": service.description},
        "servers": [{"url": settings.public_url}],
        "security": [{"bearer": []}],
        "tags": [{"name": name} for name in dict.fromkeys(action.domain for action in catalog.actions.values())],
        "paths": dict(sorted(paths.items())),
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": {**_COMPONENTS, **schemas.used},
            "responses": {
                status: {
                    "description": words,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
                }
                for status, words in _ERRORS.items()
            },
        },
    }


class _Components:
    """Turns the manifests' references into component references, and remembers which definitions were needed."""

    def __init__(self, catalog: Catalog) -> None:
        self._schemas = catalog.schemas
        self.used: dict[str, Any] = {}

    def own(self, schema: Any) -> Any:
        if isinstance(schema, Mapping):
            result = {key: self.own(value) for key, value in schema.items() if key != "search"}
            name = self._schemas.find(str(schema.get("$ref", "")))
            if name is not None:
                result["$ref"] = f"#/components/schemas/{name}"
                if name not in self.used:
                    self.used[name] = self._schemas.resolved({"$ref": f"#/$defs/{name}"})
            return result
        return [self.own(value) for value in schema] if isinstance(schema, list) else schema


def _envelope(data: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["ok", "success", "data", "page", "meta"],
        "properties": {
            "ok": {"const": True},
            "success": {"const": True},
            "data": data,
            "page": {"$ref": "#/components/schemas/Page"},
            "meta": {"$ref": "#/components/schemas/Meta"},
        },
    }


def _responses(status: str, words: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    errors: dict[str, Any] = {code: {"$ref": f"#/components/responses/{code}"} for code in _ERRORS}
    return {status: {"description": words, "content": {"application/json": {"schema": schema}}}, **errors}


def _fixed(path: str, operation_id: str, summary: str, query: tuple[str, ...], body: Any) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": _TEXT} for name in _PARAMETER.findall(path)
    ]
    parameters += [
        {"name": name, "in": "query", "schema": {"type": "integer"} if name in ("limit", "days") else _TEXT}
        for name in query
    ]
    operation: dict[str, Any] = {
        "operationId": operation_id,
        "summary": summary,
        "tags": ["connection" if path.startswith(_AUTH) else "service"],
        "parameters": [*parameters, _USER],
        "responses": _responses("200", "The answer.", {"type": "object"}),
    }
    if operation_id in _PUBLIC:
        operation["security"] = []
    if body is not None:
        operation["requestBody"] = {"content": {"application/json": {"schema": body}}}
    return operation


def _operation(action: Action, rest: tuple[str, str], catalog: Catalog, schemas: _Components) -> dict[str, Any]:
    method, path = rest
    names = _PARAMETER.findall(path)
    source = schemas.own(dict(action.raw_input))
    body = _without(source, names)
    required = body.get("required", [])
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": source["properties"][name]} for name in names
    ]
    operation: dict[str, Any] = {
        "operationId": action.key,
        "summary": action.title,
        "description": action.description,
        "tags": [action.domain],
        "x-effect": action.effect,
        "x-scopes": [list(group) for group in action.scopes],
    }
    if method in ("GET", "DELETE"):
        parameters += [
            {"name": name, "in": "query", "required": name in required, "schema": schema}
            for name, schema in body["properties"].items()
        ]
    else:
        operation["requestBody"] = {
            "required": bool(required),
            "content": {"application/json": {"schema": body}},
        }
    options = [_SHOP, _USER]
    if action.effect != "read":
        options += [_KEY, _PREVIEW]
    if action.effect == "destructive":
        options.append(_CONFIRM)
    operation["parameters"] = parameters + options
    status = "201" if creates(action, catalog) else "200"
    operation["responses"] = _responses(status, "Done.", _envelope(schemas.own(dict(action.raw_output))))
    return operation


def creates(action: Action, catalog: Catalog) -> bool:
    """Tell whether the action makes a new resource of its collection: it posts to a path whose members can be read."""
    if action.rest is None or action.rest[0] != "POST":
        return False
    member = re.compile(re.escape(action.rest[1]) + r"/\{[a-z_]+\}")
    return any(
        other.rest is not None and other.rest[0] == "GET" and member.fullmatch(other.rest[1])
        for other in catalog.actions.values()
    )


def _without(source: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    """Return an input schema without the members that stand in the path."""
    body = {**source, "properties": {name: value for name, value in source["properties"].items() if name not in names}}
    body["required"] = [name for name in source.get("required", ()) if name not in names]
    for rule in ("oneOf", "anyOf"):
        # A choice between the path's id and another way to name the resource has been made by the path.
        if any(name in branch.get("required", ()) for branch in source.get(rule, ()) for name in names):
            del body[rule]
    if not body["required"]:
        del body["required"]
    if "minProperties" in body:
        body["minProperties"] = max(0, body["minProperties"] - len(names))
    return body
