"""The deprecated mutations for subscriptions to Pub/Sub and EventBridge: the usual ones with an address in parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.registry import mutation
from atom_shopify_plugin.sandbox.store import Node
from atom_shopify_plugin.sandbox.writes import create, update_by_id

KIND, INPUT = "WebhookSubscription", "WebhookSubscriptionInput"


@mutation("pubSubWebhookSubscriptionCreate", "eventBridgeWebhookSubscriptionCreate")
def create_subscription(ctx: Context, args: dict[str, Any]) -> Node:
    given = {"topic": args["topic"], **_given(args["webhookSubscription"])}
    return {"webhookSubscription": create(ctx, KIND, given, INPUT)["id"]}


@mutation("pubSubWebhookSubscriptionUpdate", "eventBridgeWebhookSubscriptionUpdate")
def update_subscription(ctx: Context, args: dict[str, Any]) -> Node:
    return {
        "webhookSubscription": update_by_id(ctx, KIND, args["id"], _given(args["webhookSubscription"]), INPUT)["id"]
    }


def _given(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of the usual input: one `uri` for what these inputs give in parts."""
    given = {name: value for name, value in members.items() if name not in ("arn", "pubSubProject", "pubSubTopic")}
    if "arn" in members:
        given["uri"] = members["arn"]
    elif "pubSubProject" in members:
        given["uri"] = f"pubsub://{members['pubSubProject']}:{members['pubSubTopic']}"
    return given
