"""The routes that don't come from the Catalog: signing in to Shopify, stores, deliveries, health."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from atom_shopify_plugin.apidoc import (
    MOMENT,
    TEXT,
    Answer,
    Route,
    header,
    list_of,
    nullable,
    object_of,
    one_of,
    query,
    ref,
)
from atom_shopify_plugin.openapi.copies import sync_routes
from atom_shopify_plugin.openapi.shapes import (
    ACCEPTED,
    BLANK,
    CONFIRM,
    CONFIRM_IN_QUERY,
    DRY_RUN,
    OPERATION_STATES,
    PREFIX,
    PREVIEW,
    SHOP,
    SHOP_NAME,
    STATES,
    USER,
    envelope,
    page_of,
)

__all__ = ["routes"]

_AUTH = "/api/auth/shopify"
_WEBHOOKS = f"{PREFIX}/enhanced/webhooks"
_DELIVERIES = f"{_WEBHOOKS}/deliveries"
_PUBLIC: tuple[Mapping[str, Any], ...] = ()
_SIGNED: tuple[Mapping[str, Any], ...] = ({}, {"bearer": []})  # Shopify's signature counts; a person may be signed in

_WORD: Mapping[str, Any] = {"type": "string", "minLength": 1, "maxLength": 1000, "pattern": r"\S"}
_USER_IN_BODY = {"user_id": {**nullable(TEXT), "description": USER["description"]}}
_NOTHING = object_of({}, _USER_IN_BODY)
_SHOP_BODY = object_of({}, {**_USER_IN_BODY, "shop": nullable(SHOP_NAME)})
_RETURN = one_of("chat", "dashboard", "stores")
_LIMIT = query(
    "limit", {"type": "integer", "minimum": 1, "maximum": 250, "default": 50}, "Number of items per page.", **BLANK
)
_CURSOR = query("cursor", {"type": "string", "pattern": "^[0-9a-f]{32}$"}, "`page.next` of the page before.", **BLANK)
_LIST = (SHOP, _LIMIT, _CURSOR, USER)
_TIME = {"type": "string", "maxLength": 40}
_SEARCHED = (
    query(
        "since",
        _TIME,
        "Only from this time on: today, yesterday, 24h, 7d, a date, or a date and time; "
        "dates are in the time zone of `shop`.",
    ),
    query("until", _TIME, "Only until this time; a date includes the whole day."),
    query("actor", TEXT, "Only changes by this person."),
    query("action", TEXT, "Only this action, by its key or an alias."),
    query("resource", TEXT, "Only changes to this resource: its number or global id."),
    query(
        "outcome",
        one_of("ok", "failed", "started", "unknown"),
        "Only changes with this outcome; `started` has not finished.",
        **BLANK,
    ),
)
_PAGE: Mapping[str, Any] = {"type": "string", "description": "An HTML page, if the client accepts HTML."}
_IGNORED = [query(name, TEXT, "Taken and ignored.") for name in ("scope", "scopes", "redirect_uri", "state")]
_STORE = Answer.json(envelope(ref("Store")), 200, "The store.")
_AUTH_URL = Answer.json(
    envelope(object_of({"auth_url": TEXT, "shop": TEXT}), authorization_url=TEXT),
    200,
    "Shopify's consent page for the merchant.",
)
_THERE = Answer(302, "The same for a browser.", {}, ("Location",))
_CONNECTED = Answer(200, "The store is connected.", {"application/json": envelope(ref("Store")), "text/html": _PAGE})
_ENDS = (_CONNECTED, Answer(303, "A browser goes on in the dashboard, where the flow began.", {}, ("Location",)))
_CALLBACK = tuple(query(name, TEXT, "Shopify's.") for name in ("code", "hmac", "host", "shop", "state", "timestamp"))
_TOPIC: Mapping[str, Any] = {"type": "string", "description": "A topic of Shopify, such as carts/update."}
_SUBSCRIPTION = object_of(
    {"topic": _TOPIC},
    {
        **_USER_IN_BODY,
        "filter": nullable({"type": "string", "maxLength": 1000}),
        "include_fields": nullable(list_of({"type": "string", "minLength": 1, "maxLength": 255})),
    },
)
_MARKS = ("Hmac-Sha256", "Topic", "Shop-Domain", "Webhook-Id")
_DELIVERED = (
    *(header(f"X-Shopify-{mark}", {"type": "string", "maxLength": 255}, "Shopify's.") for mark in _MARKS),
    *(header(f"X-Shopify-{mark}", TEXT, "Shopify's.") for mark in ("Event-Id", "Triggered-At", "API-Version", "Name")),
)


def routes() -> Iterator[Route]:
    """Yield them all."""
    yield from _connecting()
    yield from _stores()
    yield from _operations()
    yield from sync_routes()
    yield from _people()
    yield from _events()
    yield from _health()


def _connecting() -> Iterator[Route]:
    tag = "connection"
    begin = (_AUTH_URL, _THERE)
    places = (query("return_to", _RETURN, "Where the browser goes on."),)
    yield Route(
        "GET", f"{_AUTH}/authorize", "oauth_authorize", "Start connecting a store", tag, begin,
        parameters=({**SHOP, "required": True}, *places, *_IGNORED, USER),
    )  # fmt: skip
    yield Route(
        "POST", f"{_AUTH}/authorize", "oauth_authorize_post", "Start connecting a store", tag, begin,
        parameters=(SHOP, *places, *_IGNORED, USER),
        body=object_of(
            {},
            {
                **_USER_IN_BODY,
                "shop": nullable(SHOP_NAME),
                "return_to": nullable(_RETURN),
                **{name: {} for name in ("scope", "scopes", "redirect_uri", "state")},
            },
        ),
    )  # fmt: skip
    yield Route(
        "GET", f"{_AUTH}/callback", "oauth_callback", "Target of Shopify's redirect", tag, _ENDS,
        parameters=(*_CALLBACK, USER), security=_SIGNED,
    )  # fmt: skip
    yield Route(
        "POST", f"{_AUTH}/callback", "oauth_callback_post", "Finish with the parameters of the redirect", tag,
        _ENDS, parameters=(*_CALLBACK, USER), security=_SIGNED,
        body={"type": "object", "additionalProperties": TEXT},
        media=("application/json", "application/x-www-form-urlencoded"),
    )  # fmt: skip
    for word, summary, answer in (
        ("refresh", "Renew a store's token now", _STORE),
        ("revoke", "Disconnect a store at Shopify and here", Answer.json(envelope({"type": "null"}), 200, "Done.")),
    ):
        yield Route(
            "POST", f"{_AUTH}/{word}", f"oauth_{word}", summary, tag, (answer,),
            parameters=(SHOP, USER), body=_SHOP_BODY,
        )  # fmt: skip
    yield Route(
        "POST", f"{_AUTH}/token", "oauth_token", "Connect by a pasted token or client credentials", tag,
        (Answer.json(envelope(ref("Store")), 201, "The store is connected."),),
        parameters=(USER,),
        body=object_of(
            {"shop": SHOP_NAME},
            {**_USER_IN_BODY, **{name: nullable(_WORD) for name in ("access_token", "client_id", "client_secret")}},
            description="Give either access_token, or client_id and client_secret.",
        ),
    )  # fmt: skip


def _stores() -> Iterator[Route]:
    tag = "service"
    yield Route(
        "GET", f"{PREFIX}/stores", "stores", "Your stores", tag,
        (Answer.json(envelope(list_of(ref("Store")))),), parameters=(USER,),
    )  # fmt: skip
    yield Route(
        "PUT", f"{PREFIX}/stores/{{shop}}/read-only", "store_read_only", "Make a store read-only, or undo that", tag,
        (_STORE,), parameters=({**SHOP, "in": "path", "required": True}, USER),
        body=object_of({"read_only": {"type": "boolean", "description": "Refuse every write to it."}}, _USER_IN_BODY),
    )  # fmt: skip
    yield Route(
        "PUT", f"{PREFIX}/stores/{{shop}}/default", "store_default", "Make a store your default", tag, (_STORE,),
        parameters=({**SHOP, "in": "path", "required": True}, USER), body=_NOTHING,
    )  # fmt: skip
    yield Route(
        "GET", f"{PREFIX}/audit", "audit", "List the changes in your stores", tag,
        (Answer.json(envelope(page_of(ref("AuditEntry")))),), parameters=(*_LIST, *_SEARCHED),
    )  # fmt: skip
    yield Route(
        "GET", f"{PREFIX}/audit/{{entry_id}}", "audit_entry", "One entry of the audit log", tag,
        (Answer.json(envelope(ref("AuditEntry"))),), parameters=(SHOP, USER),
    )  # fmt: skip
    yield Route(
        "POST", f"{PREFIX}/audit/{{entry_id}}/undo", "audit_undo", "Undo a change", tag,
        (
            Answer.json(
                envelope({"anyOf": [ref("AuditEntry"), ref("Preview"), ref("Confirmation")]}), 200,
                "The entry of the undo; that of the first one where the entry was undone before. With `preview`: what "
                "would happen.",
            ),
            ACCEPTED,
        ),
        parameters=(SHOP, PREVIEW, DRY_RUN, CONFIRM, CONFIRM_IN_QUERY, USER),
        body=object_of(
            {},
            {
                **_USER_IN_BODY,
                "force": {
                    "type": "boolean",
                    "default": False,
                    "description": "Undo it even if the same values have been changed since, or if the outcome of an "
                    "earlier undo is unknown.",
                },
            },
        ),
    )  # fmt: skip
    yield Route(
        "GET", f"{PREFIX}/usage", "usage", "How often each action ran in your stores", tag,
        (Answer.json(envelope(ref("Usage"))),),
        parameters=(query("days", {"type": "integer", "minimum": 1, "maximum": 365, "default": 30}, **BLANK), USER),
    )  # fmt: skip
    yield Route(
        "GET", f"{PREFIX}/openapi.json", "openapi", "This document", tag,
        (Answer.json({"type": "object", "required": ["openapi", "info", "paths"]}),),
        parameters=(USER,),
    )  # fmt: skip


def _operations() -> Iterator[Route]:
    tag = "operations"
    shown = (Answer.json(envelope(ref("Operation")), 200, "The operation.", "Retry-After"),)
    word = "|".join(OPERATION_STATES)
    yield Route(
        "GET", f"{PREFIX}/operations", "operations", "Writes that Shopify carries out in the background", tag,
        (Answer.json(envelope(page_of(ref("Operation")))),),
        parameters=(
            *_LIST,
            query("state", {"type": "string", "pattern": f"^({word})(,({word}))*$"}, "One, or several with commas."),
        ),
    )  # fmt: skip
    yield Route(
        "GET", f"{PREFIX}/operations/{{operation_id}}", "operation", "Progress and result of an operation",
        tag, shown, parameters=(SHOP, USER),
    )  # fmt: skip
    yield Route(
        "POST", f"{PREFIX}/operations/{{operation_id}}/cancel", "operation_cancel", "Stop tracking an operation", tag,
        shown, parameters=(SHOP, USER), body=_NOTHING,
        more={"description": "Shopify may still complete the operation; the answer's `error` says so."},
    )  # fmt: skip

    yield Route(
        "GET", f"{PREFIX}/bulk-operations/{{id}}/result", "bulk_result", "Result of a bulk operation", "bulk",
        (Answer(200, "One JSON object a line.", {"application/jsonl": {"type": "string"}}),), parameters=(SHOP, USER),
        more={"description": "It is streamed. If the connection ends early, the result was not whole: fetch it again."},
    )  # fmt: skip


def _people() -> Iterator[Route]:
    tag = "people"
    store = f"{PREFIX}/stores/{{shop}}"
    shop = {**SHOP, "in": "path", "required": True}
    done = Answer.json(envelope({"type": "null"}), 200, "Done.")
    subject: Mapping[str, Any] = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"\S"}
    yield Route(
        "GET", f"{store}/members", "members", "People who can use a store that you own", tag,
        (Answer.json(envelope(object_of({"items": list_of(ref("Member"))}))),), parameters=(shop, USER),
    )  # fmt: skip
    yield Route(
        "DELETE", f"{store}/members", "member_remove", "Remove a person from a store", tag, (done,),
        parameters=(shop, query("subject", {"type": "string", "minLength": 1}, "The person.", required=True), USER),
    )  # fmt: skip
    yield Route(
        "GET", f"{store}/invitations", "invitations", "Open invitations", tag,
        (Answer.json(envelope(object_of({"items": list_of(ref("Invitation"))}))),), parameters=(shop, USER),
    )  # fmt: skip
    yield Route(
        "POST", f"{store}/invitations", "invitation_create", "Invite a person", tag,
        (Answer.json(envelope(ref("NewInvitation")), 201, "The invitation with its token, which is shown only now."),),
        parameters=(shop, USER),
        body=object_of(
            {},
            {
                **_USER_IN_BODY,
                "role": {**nullable(one_of("member", "owner")), "default": "member"},
                "subject": {**nullable(subject), "description": "The only person who can accept."},
                "hours": {"type": "integer", "minimum": 1, "maximum": 720, "default": 72},
            },
        ),
    )  # fmt: skip
    yield Route(
        "DELETE", f"{store}/invitations/{{invitation_id}}", "invitation_revoke", "Withdraw an invitation", tag,
        (done,), parameters=(shop, USER),
    )  # fmt: skip
    yield Route(
        "POST", f"{PREFIX}/invitations/accept", "invitation_accept", "Join a store by an invitation's token", tag,
        (_STORE,), parameters=(USER,), body=object_of({"token": _WORD}, _USER_IN_BODY),
    )  # fmt: skip


def _events() -> Iterator[Route]:
    tag = "events"
    yield Route(
        "POST", f"{PREFIX}/webhooks", "webhook", "Receiver of Shopify's deliveries", tag,
        (Answer.json(envelope(object_of({"stored": {"type": "boolean"}})), 200, "It is stored."),),
        parameters=_DELIVERED, body={"type": "object"}, security=_PUBLIC,
    )  # fmt: skip
    yield Route(
        "GET", _WEBHOOKS, "enhanced_webhooks", "What a store is subscribed to", tag,
        (Answer.json(envelope(ref("Subscriptions"))),), parameters=(SHOP, USER),
    )  # fmt: skip
    yield Route(
        "POST", _WEBHOOKS, "enhanced_webhook_add", "Subscribe to another topic", tag,
        (Answer.json(envelope(ref("Extra")), 201, "The plugin will create the subscription soon."),),
        parameters=(SHOP, USER), body=_SUBSCRIPTION,
    )  # fmt: skip
    yield Route(
        "DELETE", _WEBHOOKS, "enhanced_webhook_remove", "Remove such a subscription", tag,
        (Answer.json(envelope(object_of({"removed": TEXT}))),),
        parameters=(SHOP, query("id", {"type": "string", "minLength": 1}, required=True), USER),
    )  # fmt: skip
    word = "|".join(STATES)
    yield Route(
        "GET", _DELIVERIES, "deliveries", "List deliveries and their states", tag,
        (Answer.json(envelope(page_of(ref("Delivery")))),),
        parameters=(
            *_LIST,
            query("topic", TEXT),
            query("state", {"type": "string", "pattern": f"^({word})(,({word}))*$"}, "One, or several with commas."),
        ),
    )  # fmt: skip
    for verb, summary in (("replay", "Run a delivery again"), ("discard", "Discard a delivery")):
        yield Route(
            "POST", f"{_DELIVERIES}/{{delivery_id}}/{verb}", f"delivery_{verb}", summary, tag,
            (Answer.json(envelope(ref("Delivery"))),), parameters=(SHOP, USER), body=_NOTHING,
        )  # fmt: skip
    yield Route(
        "GET", f"{PREFIX}/compliance", "compliance", "Customers' requests", tag,
        (Answer.json(envelope(page_of(ref("ExportSummary")))),), parameters=_LIST,
    )  # fmt: skip
    yield Route(
        "GET", f"{PREFIX}/compliance/{{export_id}}", "compliance_export", "Data held about a customer", tag,
        (Answer.json(envelope(ref("Export"))),), parameters=(SHOP, USER),
    )  # fmt: skip


def _health() -> Iterator[Route]:
    tag = "health"
    condition = one_of("healthy", "degraded", "unhealthy")
    begin = {"service": TEXT, "timestamp": MOMENT}
    checks = {"type": "object", "additionalProperties": ref("Check")}
    connection = one_of("connected", "failed", "unauthenticated", "unknown")
    result = object_of({"shop_name": nullable(TEXT), "shop_domain": TEXT, "api_response_time": {"type": "number"}})

    def told(**members: Any) -> tuple[Answer, ...]:
        # The report stands in `data` and, for ATOM's clients, at the top.
        return (Answer.json(envelope(object_of(members), **members)),)

    yield Route(
        "GET", f"{PREFIX}/health/live", "health_live", "Check that the process responds", tag,
        told(status={"const": "pass"}), security=_PUBLIC,
    )  # fmt: skip
    yield Route(
        "GET", f"{PREFIX}/health", "health", "Health of the plugin", tag,
        told(**begin, status=condition, checks=checks), parameters=(USER,),
    )  # fmt: skip
    yield Route(
        "GET", f"{PREFIX}/health/tokens", "health_tokens", "State of your stores' tokens", tag,
        told(**begin, token_health=ref("TokenHealthOfAll")), parameters=(SHOP, USER),
    )  # fmt: skip
    yield Route(
        "GET", f"{PREFIX}/health/connection", "health_connection", "Whether a store answers now", tag,
        told(**begin, connection_status=connection, message=TEXT, test_result=result), parameters=(SHOP, USER),
    )  # fmt: skip
    components = object_of(
        {"overall": object_of({"status": condition, "checks": checks})},
        {
            "tokens": ref("TokenHealthOfAll"),
            "connection": object_of(
                {"connection_status": connection, "message": TEXT},
                {"last_call_at": MOMENT, "api_response_time": {"type": "number"}},
            ),
        },
    )
    yield Route(
        "GET", f"{PREFIX}/health/summary", "health_summary", "Everything above, and the service objectives", tag,
        told(
            **begin, components=components, overall_status=condition,
            objectives=nullable(object_of({name: {"type": "object"} for name in ("hour", "day", "goals")})),
        ),
        parameters=(USER,),
    )  # fmt: skip
