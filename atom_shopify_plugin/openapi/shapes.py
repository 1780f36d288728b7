"""Shapes of the plugin's own answers, beside those of actions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.apidoc import (
    COUNT,
    ERROR,
    FLAG,
    MOMENT,
    TEXT,
    Answer,
    header,
    list_of,
    nullable,
    object_of,
    one_of,
    query,
    ref,
)

__all__ = [
    "ACCEPTED",
    "BLANK",
    "CONFIRM",
    "CONFIRM_IN_QUERY",
    "DRY_RUN",
    "KEY",
    "ON_OFF",
    "OPERATION_STATES",
    "PREFIX",
    "PREVIEW",
    "SHAPES",
    "SHOP",
    "SHOPS",
    "SHOP_NAME",
    "STATES",
    "USER",
    "envelope",
    "page_of",
]

PREFIX = "/api/shopify"
STATES = ("pending", "running", "done", "dead", "parked", "discarded", "quarantined")
_ONE_SHOP = r"[A-Za-z0-9][A-Za-z0-9-]{0,62}(\.[mM][yY][sS][hH][oO][pP][iI][fF][yY]\.[cC][oO][mM])?"
SHOP_NAME = {
    "type": "string",
    "pattern": rf"^{_ONE_SHOP}$",
    "description": "demo.myshopify.com, or demo for short.",
}
SHOP = query("shop", SHOP_NAME, "Store to use; the default store without it.")
SHOPS = query(
    "shop",
    {
        "type": "string",
        "pattern": rf"^{_ONE_SHOP}(,{_ONE_SHOP}){{0,99}}$",
        "description": "demo.myshopify.com, or demo for short. Separate several stores by commas, or use all.",
    },
    "Store to use, or stores: then the answer is 207. The default store without it.",
)
USER = query(
    "user_id",
    TEXT,
    "An assertion that must name the signed-in person. Omit it.",
    deprecated=True,
)
ON_OFF: Mapping[str, Any] = {
    "anyOf": [{"type": "boolean"}, {"type": "string", "pattern": "^([tT][rR][uU][eE]|[fF][aA][lL][sS][eE]|0|1)$"}]
}
# Printable ASCII without blanks and commas: servers join repeated headers by a comma.
_TOKEN = {"type": "string", "pattern": r"^[\x21-\x2b\x2d-\x7e]{1,255}$"}
KEY = header(
    "Idempotency-Key",
    _TOKEN,
    "A repeated call with the same key and input returns the first answer and does not run again.",
)
PREVIEW = query("preview", ON_OFF, "Show what would change, be sent and cost, without doing it.")
DRY_RUN = query("dry_run", ON_OFF, "Another name of `preview`.")
CONFIRM = header(
    "X-Confirmation-Token",
    _TOKEN,
    "The token of a preview; it confirms exactly that input, once, within five minutes.",
)
CONFIRM_IN_QUERY = query("confirm", TEXT, "The same for clients that can't send headers.")
OPERATION_STATES = ("accepted", "running", "succeeded", "failed", "cancelled", "unknown")
BLANK: Mapping[str, Any] = {"allowEmptyValue": True}  # an empty value counts as not given, for forms send every filter
_TEXT_OR_NONE = nullable(TEXT)
_MOMENT_OR_NONE = nullable(MOMENT)


def envelope(data: Any, **beside: Any) -> dict[str, Any]:
    """Return the schema of a good answer; `beside` are members at the top, which ATOM's clients read."""
    members = {
        "ok": {"const": True},
        "success": {"const": True},
        "data": data,
        "page": ref("Page"),
        "meta": ref("Meta"),
    }
    return object_of({**members, **beside})


ACCEPTED = Answer.json(
    envelope(ref("Operation")),
    202,
    "Shopify continues in the background; `Location` is the address that returns its state.",
    "Location",
    "Retry-After",
)


def page_of(items: Any) -> dict[str, Any]:
    """Return the schema of one page of a list."""
    return object_of({"items": list_of(items)})


_PREVIEW = object_of(
    {
        "action": TEXT,
        "effect": one_of("write", "destructive"),
        "shop": TEXT,
        "summary": TEXT,
        "input": {"type": "object", "description": "The input as it was understood, with ids for names."},
        "names": {
            "type": "object",
            "description": "Names that were given instead of ids, by JSON pointer.",
            "additionalProperties": TEXT,
        },
        "current": {"type": ["object", "null"], "description": "The resource as it is now."},
        "changes": list_of(
            object_of(
                {"field": TEXT, "before": {}, "after": {}},
                {"item": TEXT, "location": TEXT},
            ),
            description="What would change, as far as it is declared; a field without a name is the whole thing.",
        ),
        "sends": list_of(
            object_of({"operation": TEXT, "variables": {"type": "object"}, "points": {"type": "number"}}),
            description="The mutation that would be sent.",
        ),
        "then": list_of(TEXT, description="Mutations that follow it; what they send depends on its answer."),
        "points": {"type": "number", "description": "What it would cost of the rate limit at most: an estimate."},
    },
    {"question": {**TEXT, "description": "For a destructive action: the question that a person is asked first."}},
)
_STORE = object_of(
    {
        "id": TEXT,
        "shop": TEXT,
        "shop_id": TEXT,
        "name": TEXT,
        "currency": TEXT,
        "timezone": TEXT,
        "country": {
            "type": ["string", "null"],
            "pattern": "^[A-Z]{2}$",
            "description": "Country of the time zone, for how money and dates are written.",
        },
        "state": TEXT,
        "role": {"type": "string", "description": "owner or member."},
        "is_default": FLAG,
        "read_only": {**FLAG, "description": "It accepts no writes; reads and previews still work."},
        "token_kind": TEXT,
        "scopes": list_of(TEXT),
        "missing_scopes": list_of(TEXT),
        "connected_at": MOMENT,
        "expires_at": _MOMENT_OR_NONE,
        "refresh_expires_at": _MOMENT_OR_NONE,
        "attention": _TEXT_OR_NONE,
    },
    {"connect_url": {"type": "string", "description": "URL that reconnects the store, if that is necessary."}},
)
_AUDIT = object_of(
    {
        "id": TEXT,
        "at": MOMENT,
        "subject": TEXT,
        "via": TEXT,
        "action": TEXT,
        "effect": one_of("read", "write", "destructive"),
        "outcome": {"type": "string", "description": "ok, started, or the code of an error."},
        "seconds": {"type": "number", "minimum": 0},
        "shop": _TEXT_OR_NONE,
        "target": _TEXT_OR_NONE,
        "verified": {"type": ["boolean", "null"]},
        "input": {},
        "before": {},
        "after": {},
        "undo": nullable(
            {
                **object_of({"action": TEXT, "input": {"type": "object"}}),
                "description": "The call that undoes it; null if there is none.",
            }
        ),
        "undoes": {"type": ["string", "null"], "description": "The entry that this write undid."},
        "undone_by": {"type": ["string", "null"], "description": "The entry that undid this one, or is doing so."},
        "request_id": _TEXT_OR_NONE,
    }
)
_OPERATION = object_of(
    {
        "id": TEXT,
        "action": TEXT,
        "shop": TEXT,
        "subject": {"type": "string", "description": "The person who started it."},
        "state": {
            **one_of(*OPERATION_STATES),
            "description": "`unknown`: its outcome could not be determined; check the store.",
        },
        "done": {"type": "boolean", "description": "True if it has ended, in any way."},
        "progress": object_of({"done": nullable(COUNT), "total": nullable(COUNT), "message": TEXT}),
        "audit_id": _TEXT_OR_NONE,
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "finished_at": _MOMENT_OR_NONE,
        "expires_at": {
            **MOMENT,
            "description": "Time at which tracking stops or, after the end, at which the operation is deleted.",
        },
        "data": {"description": "Result of the action, after success."},
        "meta": {"type": ["object", "null"], "description": "`verified`, `undo` and similar facts, after success."},
        "error": {
            "type": ["object", "null"],
            "description": "Why it failed or what is unknown: `code`, `message`, `details`, `retryable`.",
        },
    }
)
_INVITATION = {
    "id": TEXT,
    "role": one_of("member", "owner"),
    "subject": {
        "type": ["string", "null"],
        "description": "The only person who can accept.",
    },
    "created_by": TEXT,
    "created_at": MOMENT,
    "expires_at": MOMENT,
}
_TOKEN_HEALTH = {
    "user_id": TEXT,
    "has_tokens": FLAG,
    "token_status": one_of("active", "expiring_soon", "expired", "not_configured"),
    "shop_domain": _TEXT_OR_NONE,
    "shop_id": _TEXT_OR_NONE,
    "read_only": nullable({**FLAG, "description": "The store accepts no writes."}),
    "last_refreshed": _MOMENT_OR_NONE,
    "expires_at": _MOMENT_OR_NONE,
    "refresh_expires_at": _MOMENT_OR_NONE,
    "connect_url": _TEXT_OR_NONE,
    "message": TEXT,
}
_CONDITION = one_of("healthy", "degraded", "unhealthy")

_ERROR_MEMBER = ERROR["properties"]["error"]
_STORE_RESULT = object_of(
    {"shop": TEXT, "ok": FLAG, "success": FLAG},
    {"data": {}, "page": ref("Page"), "meta": {"type": "object"}, "error": _ERROR_MEMBER},
)

SHAPES: Mapping[str, Any] = {
    "Error": ERROR,
    "StoreResults": object_of(
        {
            "ok": {"type": "boolean", "description": "True if every store succeeded."},
            "success": FLAG,
            "data": object_of({"stores": list_of(_STORE_RESULT)}),
            "meta": object_of({"stores": COUNT, "failed": COUNT}, {"request_id": TEXT}),
        },
        {"page": {"type": "null"}, "error": _ERROR_MEMBER},
    ),
    "Page": {
        "type": ["object", "null"],
        "required": ["next", "has_more"],
        "additionalProperties": False,
        "properties": {
            "next": {"type": ["string", "null"], "description": "Send it as `cursor` for the next page."},
            "has_more": FLAG,
        },
    },
    "Meta": object_of(
        {"request_id": TEXT},
        {
            "shop": TEXT,
            "verified": {
                "type": ["boolean", "null"],
                "description": "True if reading back confirmed the write; null if it could not be read.",
            },
            "differences": list_of({"type": "object"}),
            "audit_id": TEXT,
            "operation_id": TEXT,
            "replayed": FLAG,
            "preview": FLAG,
            "undo": object_of({"action": TEXT, "input": {"type": "object"}}),
            "limits": list_of(
                object_of(
                    {"code": TEXT, "message": TEXT, "remedy": TEXT},
                    {"hides": TEXT, "since": MOMENT, "missing_scopes": list_of(TEXT), "connect_url": TEXT},
                ),
                description="What Shopify leaves out of the answer, and what brings it back.",
            ),
        },
        more=True,
    ),
    "Preview": object_of({"preview": _PREVIEW}),
    "Confirmation": object_of(
        {
            "preview": _PREVIEW,
            "confirmation_token": TEXT,
            "expires_in": {"type": "integer", "minimum": 1, "description": "Seconds."},
        },
        {"agreed": {"type": "string", "description": "The mark of the state that is agreed to, where it may move."}},
    ),
    "Store": _STORE,
    "Member": object_of({"subject": TEXT, "role": one_of("member", "owner"), "joined_at": MOMENT}),
    "Invitation": object_of(_INVITATION),
    "NewInvitation": object_of({**_INVITATION, "token": {"type": "string", "description": "It works once."}}),
    "AuditEntry": _AUDIT,
    "Operation": _OPERATION,
    "Usage": object_of(
        {
            "days": {"type": "integer"},
            "actions": list_of(
                object_of({"key": TEXT, "count": COUNT, "errors": COUNT, "seconds": {"type": "number", "minimum": 0}})
            ),
        }
    ),
    "Check": object_of({"status": _CONDITION, "message": TEXT, "data": {"type": "object"}}),
    "TokenHealth": object_of(_TOKEN_HEALTH),
    "TokenHealthOfAll": object_of({**_TOKEN_HEALTH, "stores": list_of(ref("TokenHealth"))}),
    "Extra": object_of(
        {
            "id": TEXT,
            "topic": TEXT,
            "filter": _TEXT_OR_NONE,
            "include_fields": list_of(TEXT),
            "created_by": TEXT,
            "created_at": MOMENT,
            "subscription_id": {
                "type": ["string", "null"],
                "description": "Shopify's id, once the subscription exists.",
            },
        }
    ),
    "Subscriptions": object_of(
        {
            "address": {"type": ["string", "null"], "description": "URL that Shopify delivers to; null if it can't."},
            "topics": list_of(object_of({"topic": TEXT, "filter": _TEXT_OR_NONE, "include_fields": list_of(TEXT)})),
            "extra": list_of(ref("Extra")),
            "not_available": {
                "type": "object",
                "additionalProperties": TEXT,
                "description": "For each topic, why the plugin can't subscribe to it.",
            },
            "checked_at": _MOMENT_OR_NONE,
            "drift": nullable(COUNT),
        }
    ),
    "Delivery": object_of(
        {
            "id": TEXT,
            "topic": TEXT,
            "shop": TEXT,
            "state": one_of(*STATES),
            "attempts": COUNT,
            "reason": _TEXT_OR_NONE,
            "webhook_id": _TEXT_OR_NONE,
            "event_id": _TEXT_OR_NONE,
            "triggered_at": _TEXT_OR_NONE,
            "received_at": MOMENT,
            "finished_at": _MOMENT_OR_NONE,
            "can_be_replayed": FLAG,
        }
    ),
    "ExportSummary": object_of({"id": TEXT, "made_at": MOMENT, "records": COUNT, "available": FLAG}),
    "Export": object_of({"request": {"type": "object"}, "made_at": MOMENT, "records": list_of({"type": "object"})}),
}
