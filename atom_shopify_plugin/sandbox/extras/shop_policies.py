"""The policies of a shop: written by their type, shown at the checkout.

The messages are those that live stores answer. Nothing is translated in the sandbox, as no mutation translates.
"""

from __future__ import annotations

import re
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.refusals import Refused
from atom_shopify_plugin.sandbox.registry import derived, kind, mutation
from atom_shopify_plugin.sandbox.store import Node, number

LONGEST = 512 * 1024 - 1  # bytes; one less than the message says
TITLES = {
    "CONTACT_INFORMATION": "Contact",
    "LEGAL_NOTICE": "Legal notice",
    "PRIVACY_POLICY": "Privacy policy",
    "REFUND_POLICY": "Refund policy",
    "SHIPPING_POLICY": "Shipping policy",
    "SUBSCRIPTION_POLICY": "Cancellation policy",
    "TERMS_OF_SALE": "Terms of sale",
    "TERMS_OF_SERVICE": "Terms of service",
}
# The tags of Shopify's template language; what stands between them is not looked at.
TAGS = frozenset(
    {
        "assign", "break", "capture", "case", "comment", "continue", "cycle", "decrement", "doc", "echo", "else",
        "elsif", "endcapture", "endcase", "endcomment", "enddoc", "endfor", "endif", "endifchanged", "endraw",
        "endtablerow", "endunless", "for", "if", "ifchanged", "include", "increment", "liquid", "raw", "render",
        "tablerow", "unless", "when",
    }
)  # fmt: skip

kind("ShopPolicy", {"body": "", "type": None}, fields="createdAt updatedAt", indexed=("type",))


def _url(ctx: Context, node: Node) -> str:
    shop = number(ctx.store.shop["id"])
    return f"https://checkout.shopify.com/{shop}/policies/{number(node['id'])}.html?locale=en"


derived(
    {
        "Shop.shopPolicies": lambda ctx, _node: sorted(
            ctx.store.all("ShopPolicy").values(), key=lambda policy: policy["type"]
        ),
        "ShopPolicy.title": lambda _, node: TITLES[node["type"]],
        "ShopPolicy.url": _url,
        "HasPublishedTranslations.translations": lambda _ctx, _node: [],
    }
)


@mutation("shopPolicyUpdate")
def update(ctx: Context, args: dict[str, Any]) -> Node:
    """Write the policy of a type; the first time it is added."""
    name, body = args["shopPolicy"]["type"], args["shopPolicy"]["body"]
    path = ("shopPolicy", "body")
    if name == "SUBSCRIPTION_POLICY" and not body.strip():
        raise Refused.one(path, "Purchase options cancellation policy required")
    if len(body.encode()) > LONGEST:
        raise Refused.one(path, "Body is too big (maximum is 512 KB)", "TOO_BIG")
    strange = next((tag for tag in re.findall(r"\{%-?\s*(\w+)", body) if tag not in TAGS), None)
    if name == "PRIVACY_POLICY" and strange is not None:
        raise Refused.one(path, f"Body Liquid syntax error: Unknown tag '{strange}'")
    known = ctx.store.find("ShopPolicy", "type", name)
    if not known:
        node = ctx.create("ShopPolicy", {"type": name, "body": body})
        ctx.record("created", node)
    else:
        node = known[0]
        if node["body"] != body:
            ctx.update(node, {"body": body, "updatedAt": ctx.stamp})
            ctx.record("updated", node)
    return {"shopPolicy": node["id"]}
