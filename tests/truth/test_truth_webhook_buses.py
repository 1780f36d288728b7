"""What Shopify answers to the deprecated mutations for subscriptions to Pub/Sub and EventBridge."""

from __future__ import annotations

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

FACTS = [
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
