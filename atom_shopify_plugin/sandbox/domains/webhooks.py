"""Webhook subscriptions: made, changed, listed and removed. Delivering is not the engine's business."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from atom_shopify_plugin.sandbox.access import topic_name, topic_needs, topics_open_to
from atom_shopify_plugin.sandbox.connections import root_page
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.metafield_rules import APP_NAMESPACE, full_namespace
from atom_shopify_plugin.sandbox.domains.webhook_addresses import address_faults
from atom_shopify_plugin.sandbox.refusals import Refused, UserError
from atom_shopify_plugin.sandbox.registry import Member, Write, derived, field_rule, kind, query, writes
from atom_shopify_plugin.sandbox.search import And, Expression, Not, Or, parse
from atom_shopify_plugin.sandbox.store import Node

# The path says callbackUrl whichever member was used.
ADDRESS = ("webhookSubscription", "callbackUrl")
FORMAT = ("webhookSubscription", "format")
NAME = ("webhookSubscription", "name")
FILTER = ("webhookSubscription",)
LONGEST_FILTER = 65_535  # bytes
API_CLIENT = APP_NAMESPACE.removeprefix("app--")
# What the deprecated callbackUrl says of a subscription that is not delivered over https.
NO_URL = "https://eventbridge.arn"
# Topics that can't be had as XML. Shopify's list is not public: RETURNS_APPROVE was seen, the others are resources that
# the REST Admin API never had, and XML is the REST Admin API's.
JSON_ONLY = (
    "AUDIT_EVENTS_", "BULK_OPERATIONS_", "COMPANIES_", "COMPANY_", "DELIVERY_", "DISCOUNTS_", "FULFILLMENT_HOLDS_",
    "FULFILLMENT_ORDERS_", "INVENTORY_SHIPMENTS_", "INVENTORY_TRANSFERS_", "MARKETS_", "METAFIELD_DEFINITIONS_",
    "METAOBJECTS_", "RETURNS_", "REVERSE_", "SEGMENTS_", "SELLING_PLAN_GROUPS_", "SUBSCRIPTION_",
)  # fmt: skip

kind(
    "WebhookSubscription",
    {"format": "JSON", "topic": None},
    fields="createdAt updatedAt filter includeFields metafieldNamespaces metafields name uri",
    indexed=("topic",),
    filters={"endpoint": "exact uri"},
)


derived(
    {"WebhookSubscription.callbackUrl": lambda _, node: str(node["uri"]) if node["uri"].startswith("http") else NO_URL}
)


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
    if "uri" in given or "callbackUrl" in given or node is None:
        values["uri"] = (given.get("uri") or given.get("callbackUrl") or "").strip()
    if given.get("metafieldNamespaces"):
        values["metafieldNamespaces"] = [full_namespace(name) for name in given["metafieldNamespaces"]]
    if "metafields" in given:
        rows = given["metafields"] or ()
        values["metafields"] = [{"namespace": full_namespace(row.get("namespace")), "key": row["key"]} for row in rows]
    wanted = {**(node or {"topic": given["topic"]}), **values}
    faults = [*_topic_faults(ctx, write), *_address_faults(ctx, write, wanted), *_format_faults(wanted)]
    faults += [*_name_faults(ctx, given.get("name"), node), *_filter_faults(given.get("filter"))]
    if faults:
        raise Refused(faults)


writes(
    "WebhookSubscription",
    members=dict.fromkeys(("uri", "callbackUrl", "metafields"), Member(field=None)),
    start={"format": "JSON"},
    check=_check,
    quiet=True,
)


def _topic_faults(ctx: Context, write: Write) -> Iterator[UserError]:
    if not write.creates:
        return
    topic = write.given["topic"]
    if (needs := topic_needs(topic)) and not ctx.scopes.intersection(needs):
        names = ", ".join(topics_open_to(ctx.scopes))
        message = (
            f"Topic Invalid topic specified: {topic_name(topic)}. Does it exist? Is there a missing access scope? "
            f"Topics allowed: {names}"
        )
        yield UserError(("topic",), message)


def _address_faults(ctx: Context, write: Write, wanted: Node) -> Iterator[UserError]:
    if "uri" not in write.values:
        return
    messages = list(address_faults(wanted["uri"], API_CLIENT))
    if not messages and any(
        other is not write.node and _is_same(other, wanted)
        for other in ctx.store.find("WebhookSubscription", "topic", wanted["topic"])
    ):
        messages = ["Address for this topic has already been taken"]
    yield from (UserError(ADDRESS, message) for message in messages)


def _is_same(other: Node, wanted: Node) -> bool:
    """Tell whether two subscriptions of a topic would send the same to the same address."""
    plain = [(one["uri"], one.get("format", "JSON"), one.get("filter") or "") for one in (other, wanted)]
    return plain[0] == plain[1]


def _format_faults(wanted: Node) -> Iterator[UserError]:
    if wanted.get("format") != "XML":
        return
    if not wanted["uri"].startswith("http"):
        yield UserError(FORMAT, "Format can only be used with format: 'json'")
    elif wanted["topic"].startswith(JSON_ONLY):
        yield UserError(FORMAT, "Format 'xml' is invalid for this webhook topic. Allowed formats: json")


def _name_faults(ctx: Context, name: str | None, node: Node | None) -> Iterator[UserError]:
    if name is None:
        return
    if not name:
        yield UserError(NAME, "Name is too short (minimum is 1 character)")
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        message = "Name name field can only contain alphanumeric characters, underscores, and hyphens"
        yield UserError(NAME, message)
    others = (one for one in ctx.store.all("WebhookSubscription").values() if one is not node)
    if any((one.get("name") or "").casefold() == name.casefold() for one in others if name):
        yield UserError(NAME, "Name already exists, no duplicate allowed")


def _filter_faults(text: str | None) -> Iterator[UserError]:
    tree = parse(text) if text else None
    if text and len(text.encode()) > LONGEST_FILTER:
        yield UserError(FILTER, "The specified filter exceeds the maximum allowed size.")
    elif tree is not None and _has_bare_word(tree):
        message = "The specified filter is invalid, please ensure you specify the field(s) you wish to filter on."
        yield UserError(FILTER, message)


def _has_bare_word(tree: Expression) -> bool:
    if isinstance(tree, Not):
        return _has_bare_word(tree.part)
    if isinstance(tree, And | Or):
        return any(_has_bare_word(part) for part in tree.parts)
    return tree.field is None
