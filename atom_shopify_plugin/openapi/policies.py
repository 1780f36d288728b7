"""The routes of policies and approvals in the OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from atom_shopify_plugin.apidoc import MOMENT, TEXT, Answer, Route, list_of, nullable, object_of, one_of, ref
from atom_shopify_plugin.catalog.model import Catalog
from atom_shopify_plugin.openapi.shapes import PREFIX, SHOP, USER, envelope
from atom_shopify_plugin.stores.policy_words import SUBJECT

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

_USER_IN_BODY = {"user_id": {**nullable(TEXT), "description": USER["description"]}}
_SUBJECT: Mapping[str, Any] = {
    "type": "string",
    "minLength": 1,
    "maxLength": 200,
    "pattern": SUBJECT,
    "description": "A person or an agent; * is everybody.",
}

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


def policy_routes(catalog: Catalog) -> Iterator[Route]:
    """Yield them."""
    tag = "policies"
    store = f"{PREFIX}/stores/{{shop}}"
    shop = {**SHOP, "in": "path", "required": True}
    yield Route(
        "GET", f"{store}/policies", "policies", "Policies for people and agents in a store that you own", tag,
        (Answer.json(envelope(object_of({"items": list_of(ref("Policy"))}))),), parameters=(shop, USER),
    )  # fmt: skip
    yield Route(
        "PUT", f"{store}/policies", "policy_set", "Set a policy", tag,
        (Answer.json(envelope(ref("Policy"))),), parameters=(shop, USER),
        body=_wish(catalog),
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
        body=object_of({"approve": {"type": "boolean"}}, _USER_IN_BODY),
    )  # fmt: skip


def _wish(catalog: Catalog) -> dict[str, Any]:
    """Return the schema of a policy as an owner sends it: a rule, or a limit of what its tool is known by."""
    names = [name for action in catalog.actions.values() for name in (action.key, *action.aliases)]
    every = ["*", *catalog.domains, *catalog.kinds, *names]
    about = "An action, a domain, a kind such as refunds, or *."
    tool: dict[str, Any] = {"type": ["string", "null"], "enum": [*every, None], "default": "*", "description": about}
    shared: dict[str, Any] = {
        **_USER_IN_BODY,
        "via": {**nullable(_VIA), "description": "Only for calls through this interface."},
    }
    limit: dict[str, Any] = {
        **shared,
        "kind": {"type": ["string", "null"], "enum": ["limit", None], "default": "limit"},
        "approve": {"type": "boolean", "description": "Ask an owner to approve what exceeds the limit."},
    }
    forms = [
        object_of(
            {"subject": _SUBJECT, "kind": one_of("allow", "deny", "read_only")},
            {**shared, **_none("amount", "quantity", "calls"), "tool": tool},
        ),
        object_of({"subject": _SUBJECT, "calls": _COUNT}, {**limit, **_none("amount", "quantity"), "tool": tool}),
    ]
    for counted, others in (("amount", ()), ("quantity", ()), ("amount", ("quantity",))):
        known = _known_by(catalog, (counted, *others))
        asked = {name: _AMOUNT if name == "amount" else _COUNT for name in (counted, *others)}
        needed = {"subject": _SUBJECT, "tool": {"type": "string", "enum": known}, **asked}
        absent = _none(*({"amount", "quantity"} - asked.keys()))
        forms.append(object_of(needed, {**limit, **absent, "calls": nullable(_COUNT)}))
    return {"type": "object", "anyOf": forms}


def _none(*names: str) -> dict[str, Any]:
    return {name: {"type": "null"} for name in names}


def _known_by(catalog: Catalog, figures: tuple[str, ...]) -> list[str]:
    """Return the tools whose figures are known: actions by all their names, and kinds."""
    found: dict[str, None] = {}
    for action in catalog.actions.values():
        if action.counts is not None and all(getattr(action.counts, figure) for figure in figures):
            found |= dict.fromkeys((action.counts.kind, action.key, *action.aliases))
    return list(found)
