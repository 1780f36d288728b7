"""The deprecated mutations for subscriptions to Pub/Sub and EventBridge: the usual ones with an address in parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.webhook_addresses import is_project, is_topic
from atom_shopify_plugin.sandbox.refusals import Refused, UserError
from atom_shopify_plugin.sandbox.registry import mutation
from atom_shopify_plugin.sandbox.store import Node
from atom_shopify_plugin.sandbox.writes import create, update_by_id

KIND, INPUT = "WebhookSubscription", "WebhookSubscriptionInput"
PARTS = ("arn", "pubSubProject", "pubSubTopic")


@mutation("pubSubWebhookSubscriptionCreate", "eventBridgeWebhookSubscriptionCreate")
def create_subscription(ctx: Context, args: dict[str, Any]) -> Node:
    members = args["webhookSubscription"]
    with _faults_of_parts(members):
        return {"webhookSubscription": create(ctx, KIND, {"topic": args["topic"], **_given(members)}, INPUT)["id"]}


@mutation("pubSubWebhookSubscriptionUpdate", "eventBridgeWebhookSubscriptionUpdate")
def update_subscription(ctx: Context, args: dict[str, Any]) -> Node:
    members = args["webhookSubscription"]
    with _faults_of_parts(members):
        return {"webhookSubscription": update_by_id(ctx, KIND, args["id"], _given(members), INPUT)["id"]}


def _given(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of the usual input: one `uri` for what these inputs give in parts."""
    given = {name: value for name, value in members.items() if name not in PARTS}
    if "arn" in members:
        given["uri"] = members["arn"]
    elif "pubSubProject" in members:
        given["uri"] = f"pubsub://{members['pubSubProject']}:{members['pubSubTopic']}"
    return given


@contextmanager
def _faults_of_parts(members: Mapping[str, Any]) -> Iterator[None]:
    """Let the refusal of an address name the parts that are wrong."""
    try:
        yield
    except Refused as refusal:
        parts = list(_part_faults(members))
        others = [error for error in refusal.errors if not (parts and _is_of_address(error))]
        if "arn" in members:
            others = [replace(error, field=_path("arn")) if _is_of_address(error) else error for error in others]
        raise Refused([*parts, *others] if len(others) < len(refusal.errors) else others) from None


def _part_faults(members: Mapping[str, Any]) -> Iterator[UserError]:
    if "pubSubProject" in members and not is_project(members["pubSubProject"]):
        yield UserError(_path("pubSubProject"), "Google Cloud Pub/Sub project ID is not valid")
    if "pubSubTopic" in members and not is_topic(members["pubSubTopic"]):
        yield UserError(_path("pubSubTopic"), "Google Cloud Pub/Sub topic ID is not valid")


def _is_of_address(error: UserError) -> bool:
    return error.field == _path("callbackUrl")


def _path(member: str) -> tuple[str, ...]:
    return ("webhookSubscription", member)
