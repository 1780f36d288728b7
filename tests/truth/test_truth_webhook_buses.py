"""What Shopify answers to the deprecated mutations for subscriptions to Pub/Sub and EventBridge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from facts import Before, Fact, each, user_error

ARN = "arn:aws:events:us-east-1::event-source/aws.partner/shopify.com/1/shop"
SHOWN = "webhookSubscription { uri topic endpoint { __typename } } userErrors { field message }"
BRIDGE = f'mutation {{ eventBridgeWebhookSubscriptionCreate(topic: ORDERS_CREATE, webhookSubscription: {{arn: "{ARN}"}}) {{ {SHOWN} }} }}'
PUBSUB = f'mutation {{ pubSubWebhookSubscriptionCreate(topic: ORDERS_CREATE, webhookSubscription: {{pubSubProject: "shop-1", pubSubTopic: "orders"}}) {{ {SHOWN} }} }}'
MADE = Before(
    BRIDGE.replace("{ uri", "{ id uri"), name="made", path="eventBridgeWebhookSubscriptionCreate.webhookSubscription.id"
)
ON_PUBSUB = {
    "uri": "pubsub://shop-1:orders",
    "topic": "ORDERS_CREATE",
    "endpoint": {"__typename": "WebhookPubSubEndpoint"},
}

MALFORMED = "arn:aws:events:us-east-1::event-source/aws.partner/shopify.com/1"
OTHERS = ARN.replace("/1/", "/2/")
PROJECT = user_error("Google Cloud Pub/Sub project ID is not valid", "webhookSubscription", "pubSubProject")
TOPIC = user_error("Google Cloud Pub/Sub topic ID is not valid", "webhookSubscription", "pubSubTopic")


def of_arn(message: str) -> dict[str, Any]:
    return user_error(message, "webhookSubscription", "arn")


def refused(what: str, service: str, given: dict[str, str], *errors: dict[str, Any]) -> Iterator[Fact]:
    """Yield the facts that an address is refused to a new subscription and to one that is there."""
    kind = f"{service[0].upper()}{service[1:]}WebhookSubscriptionInput!"
    for verb, target, before in (("Create", "topic: SHOP_UPDATE", ()), ("Update", 'id: "<made>"', [MADE])):
        name = f"{service}WebhookSubscription{verb}"
        document = f"mutation M($given: {kind}) {{ {name}({target}, webhookSubscription: $given) {{ {SHOWN} }} }}"
        data = {name: {"webhookSubscription": None, "userErrors": list(errors)}}
        yield Fact(f"{what}: {verb.lower()}", document, {"given": given}, before=before, data=data)


FACTS = [
    *refused(
        "a malformed ARN",
        "eventBridge",
        {"arn": MALFORMED},
        of_arn("Address is invalid"),
        of_arn("Address is not a valid AWS ARN"),
    ),
    *refused(
        "an ARN of another app",
        "eventBridge",
        {"arn": OTHERS},
        of_arn("Address is invalid"),
        of_arn("Address is an AWS ARN and includes api_client_id '2' instead of '1'"),
    ),
    *refused(
        "EventBridge as XML",
        "eventBridge",
        {"arn": ARN, "format": "XML"},
        user_error("Format can only be used with format: 'json'", "webhookSubscription", "format"),
    ),
    *refused("a wrong project", "pubSub", {"pubSubProject": "-bad-project", "pubSubTopic": "orders"}, PROJECT),
    *refused("a wrong topic", "pubSub", {"pubSubProject": "shop-1", "pubSubTopic": "1topic"}, TOPIC),
    *refused(
        "a wrong project and a wrong topic",
        "pubSub",
        {"pubSubProject": "-bad", "pubSubTopic": "1topic"},
        PROJECT,
        TOPIC,
    ),
    Fact(
        "a subscription on EventBridge",
        BRIDGE,
        data={
            "eventBridgeWebhookSubscriptionCreate": {
                "webhookSubscription": {
                    "uri": ARN,
                    "topic": "ORDERS_CREATE",
                    "endpoint": {"__typename": "WebhookEventBridgeEndpoint"},
                },
                "userErrors": [],
            }
        },
        source="official schema",
    ),
    Fact(
        "a subscription on Pub/Sub",
        PUBSUB,
        data={"pubSubWebhookSubscriptionCreate": {"webhookSubscription": ON_PUBSUB, "userErrors": []}},
        source="official schema",
    ),
    Fact(
        "a subscription that moves to Pub/Sub",
        f'mutation {{ pubSubWebhookSubscriptionUpdate(id: "<made>", webhookSubscription: {{pubSubProject: "shop-1", pubSubTopic: "orders"}}) {{ {SHOWN} }} }}',
        before=[MADE],
        data={"pubSubWebhookSubscriptionUpdate": {"webhookSubscription": ON_PUBSUB, "userErrors": []}},
        source="official schema",
    ),
    Fact(
        "a subscription that is not there",
        f'mutation {{ eventBridgeWebhookSubscriptionUpdate(id: "gid://shopify/WebhookSubscription/1", webhookSubscription: {{arn: "{ARN}"}}) {{ {SHOWN} }} }}',
        data={
            "eventBridgeWebhookSubscriptionUpdate": {
                "webhookSubscription": None,
                "userErrors": [user_error("Webhook subscription does not exist", "id")],
            }
        },
        source="inferred",
    ),
]

test_facts = each(FACTS)
