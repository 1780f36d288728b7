"""Webhook subscriptions: those made through the API and those of the app's configuration."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from atom_shopify_plugin.sandbox.store import Node, StoreState
from atom_shopify_plugin.sandbox.webhooks.topics import COMPLIANCE, ENUM, HEADER

__all__ = ["Subscription", "declared", "of_store"]

_MEMBERS = {"topics", "compliance_topics", "uri", "filter", "include_fields", "metafield_namespaces", "name"}


@dataclass(frozen=True, slots=True)
class Subscription:
    """One address for one topic; `gid` is `None` for a subscription that the app's configuration declares."""

    topic: str
    uri: str
    gid: str | None = None
    filter: str | None = None
    include_fields: tuple[str, ...] = ()
    metafield_namespaces: tuple[str, ...] = ()
    metafields: tuple[tuple[str, str], ...] = ()  # namespaces and keys
    name: str | None = None
    format: str = "JSON"

    @property
    def made_by_api(self) -> bool:
        return self.gid is not None


def of_store(store: StoreState, topic: str) -> list[Subscription]:
    """Return a store's subscriptions for `topic` that were made through the API. Hold the store's lock."""
    name = ENUM.get(topic)
    return [_from_node(node) for node in store.find("WebhookSubscription", "topic", name)] if name else []


def _from_node(node: Node) -> Subscription:
    return Subscription(
        HEADER[node["topic"]],
        node["uri"],
        node["id"],
        node.get("filter"),
        tuple(node.get("includeFields") or ()),
        tuple(node.get("metafieldNamespaces") or ()),
        tuple((row["namespace"], row["key"]) for row in node.get("metafields") or ()),
        node.get("name"),
        node.get("format") or "JSON",
    )


def declared(entries: Iterable[Mapping[str, Any]], app_url: str) -> tuple[Subscription, ...]:
    """Read subscriptions as an app's configuration lists them: ``topics``, ``compliance_topics``, ``uri``, ``filter``,
    ``include_fields``, ``metafield_namespaces``, ``name``. A `uri` that is a path belongs to `app_url`.

    Raise `ValueError` for a topic that does not exist or is in the wrong list, and for a member that is unknown.
    """  # noqa: D205  # the members are part of the first sentence
    return tuple(one for entry in entries for one in _declared(entry, app_url))


def _declared(entry: Mapping[str, Any], app_url: str) -> Iterator[Subscription]:
    if not isinstance(entry, Mapping):
        raise TypeError("A declared subscription must be an object.")
    if unknown := sorted(set(entry) - _MEMBERS):
        raise ValueError(f"A declared subscription has no {', '.join(unknown)}; it has {', '.join(sorted(_MEMBERS))}.")
    uri = entry.get("uri")
    if not isinstance(uri, str) or not uri or re.search(r"\s", uri):
        raise ValueError("A declared subscription needs a `uri` without blanks.")
    name = entry.get("name")
    if name is not None and not (isinstance(name, str) and re.fullmatch(r"[A-Za-z0-9_-]+", name)):
        raise ValueError("The name of a subscription is made of letters, digits, hyphens and underscores.")
    for member, known in (("topics", ENUM), ("compliance_topics", COMPLIANCE)):
        for topic in entry.get(member, ()):
            if topic not in known:
                raise ValueError(f"{topic!r} is none of the {member} that the sandbox sends.")
            yield Subscription(
                topic,
                urljoin(app_url, uri),
                filter=entry.get("filter"),
                include_fields=tuple(entry.get("include_fields") or ()),
                metafield_namespaces=tuple(entry.get("metafield_namespaces") or ()),
                name=name,
            )
