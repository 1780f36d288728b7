"""The routes of policies and approvals in the OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from atom_shopify_plugin.apidoc import MOMENT, TEXT, Answer, Route, list_of, nullable, object_of, one_of, ref
from atom_shopify_plugin.openapi.shapes import PREFIX, SHOP, USER, envelope

__all__ = ["APPROVAL", "POLICY", "policy_routes"]

_HIGHEST = 10**9
_KIND = one_of("allow", "deny", "read_only", "limit")
_AMOUNT: Mapping[str, Any] = {
    "type": "string",
    "pattern": r"^[0-9]{1,9}(\.[0-9]{1,4})?$",
    "description": "Of one day, in the store's currency.",
}
_COUNT: Mapping[str, Any] = {"type": "integer", "minimum": 0, "maximum": _HIGHEST}
_VIA = one_of("agent", "chat", "cli", "mcp", "rest", "workflow")

POLICY = object_of(
    {"id": TEXT, "subject": TEXT, "via": nullable(TEXT), "tool": TEXT, "kind": _KIND, "created_by": TEXT,
     "created_at": MOMENT},
    {
        "amount": nullable(_AMOUNT),
        "currency": nullable(TEXT),
        "quantity": nullable(_COUNT),
        "calls": nullable(_COUNT),
        "approve": {"type": "boolean"},
    },
)  # fmt: skip
APPROVAL = object_of(
    {
        "id": TEXT,
        "subject": TEXT,
        "action": TEXT,
        "state": one_of("waiting", "approved", "refused"),
        "input": {"type": ["object", "null"], "description": "What the call sends; null where it was erased."},
        "audit_id": TEXT,
        "created_at": MOMENT,
        "expires_at": MOMENT,
    }
)


def policy_routes(user_in_body: Mapping[str, Any]) -> Iterator[Route]:
    """Yield them; `user_in_body` is the member that every body may have."""
    tag = "policies"
    store = f"{PREFIX}/stores/{{shop}}"
    shop = {**SHOP, "in": "path", "required": True}
    subject = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"\S", "description": "* is everybody."}
    yield Route(
        "GET", f"{store}/policies", "policies", "What people and agents may do in a store that you own", tag,
        (Answer.json(envelope(object_of({"items": list_of(ref("Policy"))}))),), parameters=(shop, USER),
    )  # fmt: skip
    yield Route(
        "PUT", f"{store}/policies", "policy_set", "Set a policy", tag,
        (Answer.json(envelope(ref("Policy"))),), parameters=(shop, USER),
        body=object_of(
            {"subject": subject},
            {
                **user_in_body,
                "tool": {
                    **nullable({"type": "string", "minLength": 1, "maxLength": 128}),
                    "default": "*",
                    "description": "An action, a domain, a kind such as refunds, or *.",
                },
                "kind": {**nullable(_KIND), "default": "limit"},
                "via": {**nullable(_VIA), "description": "Only for calls by this interface."},
                "amount": nullable(_AMOUNT),
                "quantity": nullable(_COUNT),
                "calls": nullable(_COUNT),
                "approve": {"type": "boolean", "description": "Let what is beyond the limit wait for an owner."},
            },
        ),
    )  # fmt: skip
    yield Route(
        "DELETE", f"{store}/policies/{{policy_id}}", "policy_remove", "Remove a policy", tag,
        (Answer.json(envelope({"type": "null"}), 200, "Done."),), parameters=(shop, USER),
    )  # fmt: skip
    yield Route(
        "GET", f"{store}/approvals", "approvals", "Calls that wait for your approval", tag,
        (Answer.json(envelope(object_of({"items": list_of(ref("Approval"))}))),), parameters=(shop, USER),
    )  # fmt: skip
    yield Route(
        "POST", f"{store}/approvals/{{approval_id}}", "approval_decide", "Approve or refuse a call", tag,
        (Answer.json(envelope(ref("Approval"))),), parameters=(shop, USER),
        body=object_of({"approve": {"type": "boolean"}}, user_in_body),
    )  # fmt: skip
