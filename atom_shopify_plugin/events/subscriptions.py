"""Webhook subscriptions as they should be, compared with those that the store has.

Shopify takes one subscription for a topic and an address, so what several want of one topic is joined. Ours are known
by their names; whatever somebody else has made is left alone. Facts: `webhookSubscriptions` lists only those made
through the API; after eight failed deliveries Shopify deletes such a subscription (shopify.dev, "Webhooks").
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.errors import MissingScope, Rejected
from atom_shopify_plugin.shopify.topics import TOPICS, Topic

if TYPE_CHECKING:
    from atom_shopify_plugin.storage import ExtraSubscription
    from atom_shopify_plugin.stores.shop import Shop

__all__ = ["PREFIX", "Report", "Wanted", "names_a_type", "read", "reconcile", "wanted"]

PREFIX = "atom-"
"""How the names of our subscriptions begin."""

BY_TYPE = "Shopify reports metaobjects by type only: subscribe to it with a filter such as type:designer."

_PAGE = 250
_NAMES = {topic.enum: topic.name for topic in TOPICS.values()}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A subscription that should be there. An empty `filter` is none, no `include_fields` are all."""

    topic: Topic
    filter: str = ""
    include_fields: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return PREFIX + self.topic.enum.lower()


@dataclass(slots=True)
class Report:
    """What a reconciliation found, by topic: made, changed, removed, left as it was, and refused with a reason."""

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    remote: dict[str, str] = field(default_factory=dict)

    def drift(self, wanted: Collection[str], wanted_before: Collection[str]) -> int:
        """Return how many subscriptions were not as they had been left, given the topics wanted now and before."""
        mended = [topic for topic in (*self.created, *self.changed) if topic in wanted_before]
        strange = [topic for topic in self.removed if topic in wanted or topic not in wanted_before]
        return len(mended) + len(strange)


def wanted(
    topics: Iterable[str], extras: Iterable[ExtraSubscription], granted: frozenset[str]
) -> tuple[list[Wanted], dict[str, str]]:
    """Return the subscriptions for whole `topics` and for `extras`, and why others can't be had, by topic.

    `topics` are named as the header names them; `granted` are the store's scopes, expanded.
    """
    whole = set(topics)
    parts: dict[str, list[ExtraSubscription]] = {}
    for extra in extras:
        parts.setdefault(extra.topic, []).append(extra)
    found, refused = [], {}
    for name in sorted(whole | parts.keys()):
        topic = TOPICS.get(name)
        if topic is None:
            refused[name] = "Shopify has no such topic."
        elif topic.scopes and topic.scopes.isdisjoint(granted):
            refused[name] = f"The store has not granted {' or '.join(sorted(topic.scopes))}."
        elif name in whole and names_a_type(name, ""):
            found.append(Wanted(topic))
        elif named := [extra for extra in parts.get(name, ()) if names_a_type(name, extra.filter)]:
            found.append(_joined(topic, named))
        else:
            refused[name] = BY_TYPE
    return found, refused


def names_a_type(topic: str, search: str) -> bool:
    """Tell whether Shopify takes a filter for a topic: one of metaobjects has to name their type."""
    return not topic.startswith("metaobjects/") or "type:" in search


def _joined(topic: Topic, extras: list[ExtraSubscription]) -> Wanted:
    filters = [extra.filter for extra in extras]
    joined = "" if "" in filters else filters[0] if len(filters) == 1 else " OR ".join(f"({one})" for one in filters)
    fields: dict[str, None] = {}
    for extra in extras:
        fields.update(dict.fromkeys(extra.include_fields))
    everything = any(not extra.include_fields for extra in extras)
    return Wanted(topic, joined, () if everything else tuple(sorted(fields)))


def read(shop: Shop) -> list[dict[str, Any]]:
    """Return all subscriptions that the store has for the app, as `WebhookList` gives them."""
    found: list[dict[str, Any]] = []
    after = None
    while True:
        page = shop.root("WebhookList", {"first": _PAGE, "after": after})
        found += page["nodes"]
        if not page["page_info"]["has_next_page"]:
            return found
        after = page["page_info"]["end_cursor"]


def reconcile(shop: Shop, wishes: Iterable[Wanted], address: str) -> Report:
    """Make the store's subscriptions what they should be, and report what had to be done.

    A topic that Shopify refuses (an app without approval for customers' data) doesn't keep the others from it. Raise
    whatever else the client raises; what was done by then stays done.
    """
    report = Report()
    by_topic = {wish.topic.enum: wish for wish in wishes}
    ours: dict[str, list[dict[str, Any]]] = {}
    for node in read(shop):
        if node["uri"] == address or (node["name"] or "").startswith(PREFIX):
            ours.setdefault(node["topic"], []).append(node)
    for enum, wish in by_topic.items():
        have = sorted(ours.pop(enum, []), key=lambda node: node["uri"] != address)
        try:
            _settle(shop, wish, have, address, report)
        except (Rejected, MissingScope) as error:
            report.refused[wish.topic.name] = error.message
    for enum, nodes in ours.items():
        for node in nodes:
            # One to our address that has no name of ours was made by a person for a reason.
            if (node["name"] or "").startswith(PREFIX):
                shop.execute("WebhookDelete", {"id": node["id"]})
                report.removed.append(_NAMES.get(enum, enum))
    return report


def _settle(shop: Shop, wish: Wanted, have: list[dict[str, Any]], address: str, report: Report) -> None:
    name = wish.topic.name
    if not have:
        report.remote[name] = _create(shop, wish, address)
        report.created.append(name)
        return
    first, *rest = have
    for node in rest:
        shop.execute("WebhookDelete", {"id": node["id"]})
        report.removed.append(name)
    if _fits(first, wish, address):
        report.remote[name] = first["id"]
        report.kept.append(name)
        return
    change = {
        "id": first["id"],
        "uri": address,
        "filter": wish.filter or None,
        "include_fields": list(wish.include_fields),
    }
    changed = shop.root("WebhookUpdate", change)["webhook_subscription"]
    if not _fits(changed or {}, wish, address):
        # A filter that an update can't take away: a new subscription has none.
        shop.execute("WebhookDelete", {"id": first["id"]})
        report.remote[name] = _create(shop, wish, address)
    else:
        report.remote[name] = first["id"]
    report.changed.append(name)


def _create(shop: Shop, wish: Wanted, address: str) -> str:
    values: dict[str, Any] = {"topic": wish.topic.enum, "uri": address, "name": wish.name}
    if wish.filter:
        values["filter"] = wish.filter
    if wish.include_fields:
        values["include_fields"] = list(wish.include_fields)
    made = shop.root("WebhookCreate", values)["webhook_subscription"]
    return str(made["id"])


def _fits(node: Mapping[str, Any], wish: Wanted, address: str) -> bool:
    return (
        node.get("uri") == address
        and (node.get("filter") or "") == wish.filter
        and sorted(node.get("include_fields") or ()) == sorted(wish.include_fields)
        and node.get("format") == "JSON"
    )
