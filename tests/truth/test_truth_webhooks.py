"""What Shopify answers about webhook subscriptions: addresses, formats, filters, names, scopes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from facts import SEEN, Before, Fact, each, user_error

CREATE = """mutation S($topic: WebhookSubscriptionTopic!, $w: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $w) {
    webhookSubscription { uri format name filter callbackUrl metafieldNamespaces metafields { namespace key } }
    userErrors { field message } } }"""
MADE = """mutation S($topic: WebhookSubscriptionTopic!, $w: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $w) { webhookSubscription { id }
    userErrors { field message } } }"""
UPDATE = """mutation U($id: ID!, $w: WebhookSubscriptionInput!) {
  webhookSubscriptionUpdate(id: $id, webhookSubscription: $w) { webhookSubscription { uri name }
    userErrors { field message } } }"""
URI = "https://example.com/hooks"
OWN_ARN = "arn:aws:events:us-east-1::event-source/aws.partner/shopify.com/1/orders"
ADDRESS, FORMAT = ("webhookSubscription", "callbackUrl"), ("webhookSubscription", "format")
NAME = ("webhookSubscription", "name")
SIGNS = "Name name field can only contain alphanumeric characters, underscores, and hyphens"
BAD_FILTER = "The specified filter is invalid, please ensure you specify the field(s) you wish to filter on."
BASE = Before(
    MADE,
    {"topic": "SHOP_UPDATE", "w": {"uri": URI, "name": "OrderHook"}},
    "hook",
    "webhookSubscriptionCreate.webhookSubscription.id",
)


def refused(
    what: str,
    given: dict[str, Any],
    *errors: dict[str, Any],
    topic: str = "SHOP_UPDATE",
    source: str = SEEN,
    **more: Any,
) -> Fact:
    """Return the fact that a subscription is refused on creation."""
    data = {"webhookSubscriptionCreate": {"webhookSubscription": None, "userErrors": list(errors)}}
    return Fact(what, CREATE, {"topic": topic, "w": given}, data=data, source=source, **more)


def accepted(what: str, given: dict[str, Any], *, topic: str = "SHOP_UPDATE", stored: Any = (), **more: Any) -> Fact:
    """Return the fact that a subscription is made, and how it reads back."""
    node = {"format": "JSON", "name": None, "filter": None, "metafieldNamespaces": [], "metafields": []}
    node |= given | {"callbackUrl": given["uri"]} | dict(stored)
    data = {"webhookSubscriptionCreate": {"webhookSubscription": node, "userErrors": []}}
    return Fact(what, CREATE, {"topic": topic, "w": given}, data=data, **more)


def bad_addresses() -> Iterator[Fact]:
    """Yield what is said to each wrong address, on creation and on an update."""
    invalid, pubsub = "Address is invalid", "Address protocol pubsub:// is not supported"
    arn = "arn:aws:events:us-east-1::event-source/aws.partner/shopify.com"
    shape = "Address is not a valid GCP pub/sub format. Format should be pubsub://project:topic"
    project, topic = "Address is not a valid GCP project id.", "Address is not a valid GCP topic id."
    internal = "Address cannot be a Shopify or an internal domain"
    rows: list[tuple[str, list[str]]] = [
        ("", ["Address can't be blank"]),
        ("   ", ["Address can't be blank"]),
        ("nonsense", [invalid]),
        ("https://", [invalid]),
        ("http://example.com/hook", ["Address protocol http:// is not supported"]),
        ("ftp://example.com/hook", ["Address protocol ftp:// is not supported"]),
        ("ws://example.com/hook", ["Address protocol ws:// is not supported"]),
        ("https://localhost:3000/hook", [internal]),
        ("https://demo.myshopify.com/hook", [internal]),
        ("pubsub://my-project", [pubsub, shape]),
        ("pubsub://valid-project:", [pubsub, shape]),
        ("pubsub://-bad:topic", [invalid, project]),
        ("pubsub://valid-project:goog-prefixed", [invalid, topic]),
        ("pubsub://valid-project:1topic", [invalid, topic]),
        ("arn:aws:events:bogus", [invalid, "Address is not a valid AWS ARN"]),
        (f"{arn}/1", [invalid, "Address is not a valid AWS ARN"]),
        (
            f"{arn}/347082227713/source",
            [invalid, "Address is an AWS ARN and includes api_client_id '347082227713' instead of '1'"],
        ),
        ("kafka://broker/topic", ["Address protocol kafka:// is not supported", "Address is not a valid kafka topic"]),
    ]
    for uri, messages in rows:
        errors = [user_error(message, *ADDRESS) for message in messages]
        yield refused(f"{uri!r} is no address for a new subscription", {"uri": uri}, *errors)
        data = {"webhookSubscriptionUpdate": {"webhookSubscription": None, "userErrors": errors}}
        variables = {"id": "<hook>", "w": {"uri": uri}}
        yield Fact(f"{uri!r} is no address for a changed subscription", UPDATE, variables, before=[BASE], data=data)


def sized(size: int) -> str:
    return "https://example.com/".ljust(size, "a")


def long_filter(size: int) -> str:
    return ("id:1 " * (size // 5)).ljust(size, "1")


FACTS = [
    *bad_addresses(),
    accepted("an https address is taken", {"uri": URI}),
    accepted("a project is named by its number, too", {"uri": "pubsub://123456789012:valid-topic"},
             stored={"callbackUrl": "https://eventbridge.arn"}),
    accepted("a topic may be escaped", {"uri": "pubsub://valid-project:unified%25topic"},
             stored={"callbackUrl": "https://eventbridge.arn"}),
    accepted("an ARN names the app", {"uri": OWN_ARN}, stored={"callbackUrl": "https://eventbridge.arn"}),
    accepted("blanks around the address are trimmed", {"uri": f"  {URI} "}, stored={"uri": URI, "callbackUrl": URI}),
    accepted("an address of 65,535 bytes is taken", {"uri": sized(65_535)}),
    refused("an address of 65,536 bytes is too long", {"uri": sized(65_536)},
            user_error("Address is too big (maximum is 64 KB)", *ADDRESS)),
    # the same again
    refused("the same topic and address are taken", {"uri": URI},
            user_error("Address for this topic has already been taken", *ADDRESS), before=[BASE]),
    accepted("the same address in another format is free", {"uri": URI, "format": "XML"}, before=[BASE]),
    accepted("the same address with a filter is free", {"uri": URI, "filter": "id:1"}, before=[BASE]),
    accepted("the same address for another topic is free", {"uri": URI}, topic="ORDERS_CREATE", before=[BASE]),
    # formats
    refused("a topic may be had as JSON alone", {"uri": URI, "format": "XML"},
            user_error("Format 'xml' is invalid for this webhook topic. Allowed formats: json", *FORMAT),
            topic="RETURNS_APPROVE", scopes=["read_returns"]),
    refused("clouds get JSON alone", {"uri": OWN_ARN, "format": "XML"},
            user_error("Format can only be used with format: 'json'", *FORMAT)),
    # names
    refused("a name is not empty", {"uri": URI, "name": ""},
            user_error("Name is too short (minimum is 1 character)", *NAME), user_error(SIGNS, *NAME)),
    refused("a name has no blanks", {"uri": URI, "name": "has spaces"}, user_error(SIGNS, *NAME)),
    refused("a name is taken whatever its case", {"uri": f"{URI}/other", "name": "orderhook"},
            user_error("Name already exists, no duplicate allowed", *NAME), before=[BASE]),
    Fact("a name may stay as it is", UPDATE, {"id": "<hook>", "w": {"name": "ORDERHOOK"}}, before=[BASE],
         data={"webhookSubscriptionUpdate": {"webhookSubscription": {"uri": URI, "name": "ORDERHOOK"},
                                             "userErrors": []}}, source="inferred"),
    # filters
    accepted("a filter names fields", {"uri": URI, "filter": "customer_id:10586569507122"}),
    accepted("an empty filter stays empty", {"uri": URI, "filter": ""}),
    refused("a filter of bare words is refused", {"uri": URI, "filter": "totally bogus syntax"},
            user_error(BAD_FILTER, "webhookSubscription")),
    refused("a bare word beside fields is refused", {"uri": URI, "filter": "customer_id:7 bareword"},
            user_error(BAD_FILTER, "webhookSubscription")),
    accepted("a filter of 65,535 bytes is taken", {"uri": URI, "filter": long_filter(65_535)}),
    refused("a filter of 65,536 bytes is too long", {"uri": URI, "filter": long_filter(65_536)},
            user_error("The specified filter exceeds the maximum allowed size.", "webhookSubscription")),
    # metafields
    accepted("$app stands for the app's namespace",
             {"uri": URI, "metafieldNamespaces": ["$app:Settings", "custom", "app--999--kept"]},
             stored={"metafieldNamespaces": ["app--1--Settings", "custom", "app--999--kept"]}),
    accepted("metafields are named one by one", {"uri": URI, "metafields": [{"namespace": "custom", "key": "color"}]}),
    # scopes
    Fact("a topic needs its scope", CREATE,
         {"topic": "ORDERS_CREATE", "w": {"uri": URI}}, scopes=["read_content"],
         data={"webhookSubscriptionCreate": {"webhookSubscription": None, "userErrors": [user_error(
             "Topic Invalid topic specified: orders/create. Does it exist? Is there a missing access scope? Topics "
             "allowed: app/scopes_update, app/uninstalled, app_purchases_one_time/update, "
             "app_subscriptions/approaching_capped_amount, app_subscriptions/update, bulk_operations/finish, "
             "customer_account_settings/update, domains/create, domains/destroy, domains/update, "
             "metafield_definitions/create, metafield_definitions/delete, metafield_definitions/update, shop/update",
             "topic")]}},
         source="inferred"),
    accepted("any one of a topic's scopes is enough", {"uri": URI}, topic="FULFILLMENTS_CREATE",
             scopes=["read_fulfillments"]),
    Fact("an unknown subscription is not found", UPDATE,
         {"id": "gid://shopify/WebhookSubscription/999999999999", "w": {"uri": URI}},
         data={"webhookSubscriptionUpdate": {"webhookSubscription": None,
                                             "userErrors": [user_error("Webhook subscription does not exist", "id")]}}),
]  # fmt: skip

test_facts = each(FACTS)
