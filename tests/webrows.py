"""The table of all routes: what a stranger gets, and what is open.

Routes of our own stand in it one by one, so that a new one without a row fails. Routes of the Catalog all go through
one view and one engine; their rows are made from their manifests, with the first example as input.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from atom_shopify_plugin.catalog.loading import packaged
from atom_shopify_plugin.catalog.model import Action

ID = "987654321"
ROW_ID = "0123456789abcdef" * 2  # of our own rows


@dataclass(frozen=True)
class Row:
    """One route. `stranger` is the answer for somebody who names a store that is not theirs: the same as for no store.

    (400 where the body is looked at first: it holds nothing, or an invented token.)
    """

    method: str
    path: str
    stranger: int
    body: object = None

    def __str__(self) -> str:
        return self.method


def row_of(action: Action) -> Row:
    """Return a valid call of an action's route on the demo store."""
    assert action.rest is not None
    method, path = action.rest
    in_path = set(re.findall(r"\{(\w+)\}", path))
    rules: list[Any] = [action.input.get("oneOf", ()), action.input.get("anyOf", ())]
    ways = [{name for choice in rule for name in choice.get("required", ())} for rule in rules]
    # Where the path's id is one of several ways to name the resource, an example's other way has to go.
    without = in_path.union(*(names for names in ways if in_path & names))
    given = {name: value for name, value in action.examples[0].items() if name not in without}

    def placed(match: re.Match[str]) -> str:
        # A number is no id where things of several types are meant.
        name = match[1]
        property_ = action.properties[name]
        is_plain = "pattern" not in property_ and str(property_.get("format", "")).startswith("gid:")
        return ID if is_plain else quote(str(action.examples[0][name]), safe="/:")

    path = "/api/shopify" + re.sub(r"\{(\w+)\}", placed, path)
    if method in ("GET", "DELETE"):
        return Row(method, f"{path}?{urlencode({**given, 'shop': 'demo'}, doseq=True)}", 404)
    return Row(method, f"{path}?shop=demo", 404, given)


# {endpoint: rows}. 404: the store that was named is not there for them. 200: an answer about their own, empty, world.
MATRIX: dict[str, tuple[Row, ...]] = {
    "health": (Row("GET", "/api/shopify/health", 200),),
    "health_tokens": (Row("GET", "/api/shopify/health/tokens?shop=demo.myshopify.com", 404),),
    "health_connection": (Row("GET", "/api/shopify/health/connection?shop=demo.myshopify.com", 404),),
    "health_summary": (Row("GET", "/api/shopify/health/summary", 200),),
    "oauth_authorize": (
        Row("GET", "/api/auth/shopify/authorize?shop=demo", 200),
        Row("POST", "/api/auth/shopify/authorize", 200, {"shop": "demo"}),
    ),
    "oauth_refresh": (Row("POST", "/api/auth/shopify/refresh?shop=demo", 404),),
    "oauth_revoke": (Row("POST", "/api/auth/shopify/revoke?shop=demo", 404),),
    "oauth_token": (Row("POST", "/api/auth/shopify/token", 400, {"shop": "demo", "access_token": "shpat_invented"}),),
    "stores": (Row("GET", "/api/shopify/stores", 200),),
    "store_default": (Row("PUT", "/api/shopify/stores/demo.myshopify.com/default", 404),),
    "store_read_only": (Row("PUT", "/api/shopify/stores/demo.myshopify.com/read-only", 404, {"read_only": False}),),
    "members": (Row("GET", "/api/shopify/stores/demo.myshopify.com/members", 404),),
    "member_remove": (Row("DELETE", "/api/shopify/stores/demo.myshopify.com/members?subject=ada", 404),),
    "invitations": (Row("GET", "/api/shopify/stores/demo.myshopify.com/invitations", 404),),
    "invitation_create": (Row("POST", "/api/shopify/stores/demo.myshopify.com/invitations", 404, {}),),
    "invitation_revoke": (Row("DELETE", f"/api/shopify/stores/demo.myshopify.com/invitations/{ID}", 404),),
    "invitation_accept": (Row("POST", "/api/shopify/invitations/accept", 400, {}),),
    "policies": (Row("GET", "/api/shopify/stores/demo.myshopify.com/policies", 404),),
    "policy_set": (Row("PUT", "/api/shopify/stores/demo.myshopify.com/policies", 404, {"subject": "claude"}),),
    "policy_remove": (Row("DELETE", f"/api/shopify/stores/demo.myshopify.com/policies/{ROW_ID}", 404),),
    "approvals": (Row("GET", "/api/shopify/stores/demo.myshopify.com/approvals", 404),),
    "approval_decide": (
        Row("POST", f"/api/shopify/stores/demo.myshopify.com/approvals/{ROW_ID}", 404, {"approve": True}),
    ),
    "audit": (Row("GET", "/api/shopify/audit?shop=demo.myshopify.com", 404),),
    "audit_entry": (Row("GET", f"/api/shopify/audit/{ROW_ID}?shop=demo", 404),),
    "audit_undo": (Row("POST", f"/api/shopify/audit/{ROW_ID}/undo?shop=demo", 404, {}),),
    "operations": (Row("GET", "/api/shopify/operations?shop=demo", 404),),
    "operation": (Row("GET", f"/api/shopify/operations/{ROW_ID}?shop=demo", 404),),
    "operation_cancel": (Row("POST", f"/api/shopify/operations/{ROW_ID}/cancel?shop=demo", 404, {}),),
    "bulk_result": (Row("GET", f"/api/shopify/bulk-operations/{ID}/result?shop=demo", 404),),
    "sync": (Row("GET", "/api/shopify/sync?shop=demo", 404),),
    "sync_begin": (Row("POST", "/api/shopify/sync?shop=demo", 404, {}),),
    "sync_stop": (Row("DELETE", "/api/shopify/sync?shop=demo", 404),),
    "usage": (Row("GET", "/api/shopify/usage", 200),),
    "openapi": (Row("GET", "/api/shopify/openapi.json", 200),),
    "enhanced_webhooks": (Row("GET", "/api/shopify/enhanced/webhooks?shop=demo", 404),),
    "enhanced_webhook_add": (Row("POST", "/api/shopify/enhanced/webhooks?shop=demo", 404, {"topic": "carts/update"}),),
    "enhanced_webhook_remove": (Row("DELETE", f"/api/shopify/enhanced/webhooks?shop=demo&id={ID}", 404),),
    "events": (Row("GET", "/api/shopify/events?shop=demo", 404),),
    "deliveries": (Row("GET", "/api/shopify/enhanced/webhooks/deliveries?shop=demo", 404),),
    "delivery_replay": (Row("POST", f"/api/shopify/enhanced/webhooks/deliveries/{ID}/replay?shop=demo", 404),),
    "delivery_discard": (Row("POST", f"/api/shopify/enhanced/webhooks/deliveries/{ID}/discard?shop=demo", 404),),
    "compliance": (Row("GET", "/api/shopify/compliance?shop=demo", 404),),
    "compliance_export": (Row("GET", f"/api/shopify/compliance/{ID}?shop=demo", 404),),
}
PUBLIC: dict[str, tuple[Row, ...]] = {
    "health_live": (Row("GET", "/api/shopify/health/live", 200),),
    # It is Shopify's signature that lets a delivery in.
    "webhook": (Row("POST", "/api/shopify/webhooks", 411),),
    # Without Shopify's signature there is nothing to see, signed in or not.
    "oauth_callback": (Row("GET", "/api/auth/shopify/callback", 400), Row("POST", "/api/auth/shopify/callback", 400)),
}
# Pages for people: their forms come from a browser (tests/web/test_pages.py sends them).
PAGES: dict[str, tuple[Row, ...]] = {
    "page_stores": (Row("GET", "/shopify", 200),),
    "page_connect": (Row("POST", "/shopify/connect", 400),),
    "page_connect_token": (Row("POST", "/shopify/connect-token", 400),),
    "page_chat": (Row("POST", "/shopify/chat", 400),),
    "page_default": (Row("POST", "/shopify/stores/demo/default", 404),),
    "page_sync": (Row("POST", "/shopify/stores/demo/sync", 404),),
    "page_reports": (Row("GET", "/shopify/stores/demo/reports", 404),),
    "page_report": (Row("GET", "/shopify/stores/demo/reports/weekly_sales", 404),),
    "page_read_only": (
        Row("POST", "/shopify/stores/demo/read-only", 404),
        Row("POST", "/shopify/stores/demo/writable", 404),
    ),
    "page_disconnect": (
        Row("GET", "/shopify/stores/demo/disconnect", 404),
        Row("POST", "/shopify/stores/demo/disconnect", 404),
    ),
}
PAGE_ROWS = [(name, row) for name, rows in PAGES.items() for row in rows]
ROWS = [
    *((name, row) for name, rows in MATRIX.items() for row in rows),
    *((action.key, row_of(action)) for action in packaged().actions.values() if action.rest is not None),
]
OPEN_ROWS = [(name, row) for name, rows in PUBLIC.items() for row in rows]
