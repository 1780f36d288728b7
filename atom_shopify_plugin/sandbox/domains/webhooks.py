"""Webhook subscriptions: made, changed, listed and removed. Delivering is not the engine's business."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from atom_shopify_plugin.sandbox.connections import root_page
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.refusals import Refused
from atom_shopify_plugin.sandbox.registry import Kind, Member, Write, Writes, field_rule, kind, query, writes
from atom_shopify_plugin.sandbox.store import Node

# The path says callbackUrl whichever member was used.
ADDRESS = ["webhookSubscription", "callbackUrl"]
LONGEST = 64 * 1024

kind(
    Kind(
        "WebhookSubscription",
        {"format": "JSON", "topic": None},
        fields="createdAt updatedAt filter includeFields metafieldNamespaces metafields name uri",
        indexed=("topic",),
        filters={"endpoint": "exact uri"},
    )
)


@field_rule("WebhookSubscription.callbackUrl")
def callback_url(_ctx: Context, node: Node, _args: dict[str, Any]) -> str:
    return str(node["uri"])


@field_rule("WebhookSubscription.endpoint")
def endpoint(_ctx: Context, node: Node, _args: dict[str, Any]) -> Node:
    uri = node["uri"]
    if uri.startswith(("https:", "http:")):
        return {"__typename": "WebhookHttpEndpoint", "callbackUrl": uri}
    if uri.startswith("arn:"):
        return {"__typename": "WebhookEventBridgeEndpoint", "arn": uri}
    project, _, topic = uri.removeprefix("pubsub://").partition(":")
    return {"__typename": "WebhookPubSubEndpoint", "pubSubProject": project, "pubSubTopic": topic}


@field_rule("WebhookSubscription.apiVersion")
def api_version(ctx: Context, _node: Node, _args: dict[str, Any]) -> Node:
    handle = ctx.versions.listing()["stable"][-1]
    return {"handle": handle, "displayName": handle, "supported": True}


@query("webhookSubscriptions")
def subscriptions(ctx: Context, args: dict[str, Any]) -> Any:
    topics, kind_, uri = args.get("topics"), args.get("format"), args.get("uri") or args.get("callbackUrl")

    def wanted(node: Node) -> bool:
        return (
            (not topics or node["topic"] in topics) and kind_ in (None, node["format"]) and uri in (None, node["uri"])
        )

    return root_page(ctx, "WebhookSubscription", args, wanted)


def _check(ctx: Context, write: Write) -> None:
    given, values, node = write.given, write.values, write.node
    topic = given["topic"] if node is None else node["topic"]
    if node is None or "uri" in given or "callbackUrl" in given:
        values["uri"] = _address(given.get("uri") or given.get("callbackUrl") or "")
        same = [other for other in ctx.store.find("WebhookSubscription", "topic", topic) if other is not node]
        if any(other["uri"] == values["uri"] for other in same):
            raise Refused.one(ADDRESS, "Address for this topic has already been taken")
    if values.get("format") == "XML" and not values.get("uri", "https:").startswith("http"):
        message = "Format can only be used with format: 'json'"
        raise Refused.one(["webhookSubscription", "format"], message)
    _check_name(ctx, given.get("name"), node)
    search = given.get("filter")
    if search and not re.search(r"\w:", search):
        message = "The specified filter is invalid, please ensure you specify the field(s) you wish to filter on."
        raise Refused.one(["webhookSubscription"], message)


writes(
    "WebhookSubscription",
    Writes(
        members={
            **dict.fromkeys(("uri", "callbackUrl"), Member(field=None)),
            "metafields": Member(modelled=False),
        },
        start={"format": "JSON"},
        check=_check,
        quiet=True,
    ),
)


def _address(uri: str) -> str:
    if not uri.strip():
        raise Refused.one(ADDRESS, "Address can't be blank")
    if len(uri.encode()) > LONGEST:
        raise Refused.one(ADDRESS, "Address is too big (maximum is 64 KB)")
    scheme, colon, rest = uri.partition(":")
    if scheme == "arn" or (scheme == "pubsub" and re.fullmatch(r"//[\w-]+:[\w.~+%-]+", rest)):
        return uri
    parts = urlsplit(uri)
    # The sandbox lives on a laptop: loopback addresses may be plain http, which Shopify refuses.
    local = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if colon and scheme != "https" and not (scheme == "http" and local):
        raise Refused.one(ADDRESS, f"Address protocol {scheme}:// is not supported")
    if not colon or not parts.hostname or re.search(r"\s", uri):
        raise Refused.one(ADDRESS, "Address is invalid")
    if re.search(r"(^|\.)(shopify\.com|myshopify\.com)$", parts.hostname):
        raise Refused.one(ADDRESS, "Address cannot be a Shopify or an internal domain")
    return uri


def _check_name(ctx: Context, name: str | None, node: Node | None) -> None:
    if name is None:
        return
    path = ["webhookSubscription", "name"]
    if not name:
        raise Refused.one(path, "Name is too short (minimum is 1 character)")
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        message = "Name name field can only contain alphanumeric characters, underscores, and hyphens"
        raise Refused.one(path, message)
    if any(one is not node and one.get("name") == name for one in ctx.store.all("WebhookSubscription").values()):
        raise Refused.one(path, "Name already exists, no duplicate allowed")
