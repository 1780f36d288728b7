"""Orders and their parts, drafts, checkouts, products, collections and customers that changed without a webhook.

A sweep lists what changed since the last one and compares it with the ledger of events. What is missing there becomes a
job, which reads the resource as it is by then and hands it to the triggers like a delivery. The ledger has the last
word in the transaction that writes the event, so that a delivery that comes at the same moment, or hours later, tells
nothing again (`events.dedupe`). `deletions` looks for what was deleted.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from atom_shopify_plugin.errors import MissingScope
from atom_shopify_plugin.events import dedupe, triggers
from atom_shopify_plugin.events.payloads import moment, number, says_state
from atom_shopify_plugin.events.subscribing import Subscribing
from atom_shopify_plugin.hookspecs import Check
from atom_shopify_plugin.shopify.search import Term
from atom_shopify_plugin.storage import Cursor, Job, Store
from atom_shopify_plugin.stores.shop import Shop
from atom_shopify_plugin.sync import snapshots
from atom_shopify_plugin.sync.sweeps import EVERY, OVERLAP, SETTLED, end_of_second, pages, report, shop_of, store_of

if TYPE_CHECKING:
    from atom_shopify_plugin.services import Services

__all__ = ["STREAMS", "Stream", "check", "run", "sweep", "tell", "wanted"]

log = logging.getLogger(__name__)

Node = Mapping[str, Any]
_PAID_BY = ("SALE", "CAPTURE")
_PAGE = 50
_NEW = timedelta(seconds=10)  # what changes so soon belongs to the creation: payments, risks, the merchant's own apps
_FIRST_LOOK = timedelta(days=1)  # how far the first sweep of a store looks back, never behind its connection


class Fact(NamedTuple):
    """Something that happened: the topic that tells of it, to which resource, and when; `born` is when that began."""

    topic: str
    resource: str
    gid: str
    at: datetime
    born: datetime


@dataclass(frozen=True, slots=True)
class Stream:
    """A kind of resource: the document that lists what changed, and what a node says to have happened when.

    `within` names the connection of the document, where it lists what holds the resources in place of them; `things`
    then gives the resources of a node. `page` is how many nodes one question asks for. `happened` has the topics whose
    deliveries show what happened at a moment, and not the resource.
    """

    name: str
    scope: str
    operation: str
    facts: Callable[[Node], Iterable[tuple[str, str | None]]]
    snapshot: Callable[[Shop, str], dict[str, Any] | None]
    within: str = ""
    things: Callable[[Node], Iterable[Node]] = lambda node: (node,)
    page: int = _PAGE
    happened: Mapping[str, Callable[[Shop, str, str], dict[str, Any] | None]] = field(default_factory=dict)


def _order(node: Node) -> Iterator[tuple[str, str | None]]:
    yield "orders/create", node["created_at"]
    if node["display_financial_status"] == "PAID":
        paid = [
            one["processed_at"]
            for one in node["transactions"]
            if one["kind"] in _PAID_BY and one["status"] == "SUCCESS" and one["processed_at"]
        ]
        # What costs nothing is paid without a payment.
        yield "orders/paid", max(paid, default=node["created_at"])
    if node["display_fulfillment_status"] == "FULFILLED":
        yield "orders/fulfilled", max((one["created_at"] for one in node["fulfillments"]), default=None)
    yield "orders/cancelled", node["cancelled_at"]
    for agreement in node["agreements"]["nodes"]:
        if agreement["__typename"] == "OrderEditAgreement":
            yield "orders/edited", agreement["happened_at"]
    yield "orders/updated", node["updated_at"]


def _return(node: Node) -> Iterator[tuple[str, str | None]]:
    """Yield what happened to a return. What is processed without a refund has no moment that could be found."""
    made, approved = node["created_at"], node["request_approved_at"]
    if node["status"] in ("REQUESTED", "DECLINED") or (approved and approved != made):
        yield "returns/request", made
    if approved or node["status"] in ("OPEN", "CLOSED"):
        yield "returns/approve", approved or made
    for refund in node["refunds"]["nodes"]:
        yield "returns/process", refund["created_at"]
    yield "returns/close", node["closed_at"]


def _made(topic: str) -> Callable[[Node], Iterator[tuple[str, str | None]]]:
    def facts(node: Node) -> Iterator[tuple[str, str | None]]:
        yield topic, node["created_at"]

    return facts


def _collection(node: Node) -> Iterator[tuple[str, str | None]]:
    # Shopify does not say when a collection was made.
    yield "collections/update", node["updated_at"]


def _plain(name: str) -> Callable[[Node], Iterator[tuple[str, str | None]]]:
    def facts(node: Node) -> Iterator[tuple[str, str | None]]:
        yield f"{name}/create", node["created_at"]
        yield f"{name}/update", node["updated_at"]

    return facts


STREAMS: Mapping[str, Stream] = MappingProxyType(
    {
        stream.name: stream
        for stream in (
            Stream(
                "orders",
                "read_orders",
                "OrdersChanged",
                _order,
                snapshots.order,
                happened=MappingProxyType({"orders/edited": snapshots.edit}),
            ),
            Stream(
                "returns",
                "read_returns",
                "ReturnsChanged",
                _return,
                snapshots.returned,
                within="orders",
                things=lambda order: order["returns"]["nodes"],
                page=10,
            ),
            Stream(
                "refunds",
                "read_orders",
                "OrdersChanged",
                _made("refunds/create"),
                snapshots.refund,
                within="orders",
                things=lambda order: order["refunds"],
            ),
            Stream(
                "fulfillments",
                "read_orders",
                "OrdersChanged",
                _made("fulfillments/create"),
                snapshots.fulfillment,
                within="orders",
                things=lambda order: order["fulfillments"],
            ),
            Stream("draft_orders", "read_draft_orders", "DraftOrdersChanged", _plain("draft_orders"), snapshots.draft),
            Stream(
                "checkouts",
                "read_orders",
                "CheckoutsChanged",
                _plain("checkouts"),
                snapshots.checkout,
                within="abandoned_checkouts",
            ),
            Stream("collections", "read_products", "CollectionsChanged", _collection, snapshots.collection),
            Stream("products", "read_products", "ProductsChanged", _plain("products"), snapshots.product),
            Stream("customers", "read_customers", "CustomersChanged", _plain("customers"), snapshots.customer),
        )
    }
)
"""By name, which is also the kind of the jobs that sweep it."""


def run(services: Services, job: Job) -> None:
    """Sweep the stream that a job is named after, if its store is still there and lets it be read."""
    store, stream = store_of(services, job), STREAMS[job.kind]
    if store is None:
        return
    try:
        sweep(services, store, stream)
    except MissingScope as error:
        # Granted, and refused all the same: Shopify has not approved the app for its customers' data, or a scope has
        # just been taken away.
        log.info("The %s of a store can't be searched: %s", stream.name, error.message)
        services.storage.cursors.set(store.id, stream.name)


def sweep(services: Services, store: Store, stream: Stream) -> int:
    """Look for what changed in a stream and was not told; return how much is on its way to the triggers now.

    Raise `MissingScope` where Shopify refuses, and whatever else the client raises.
    """
    storage = services.storage
    started = storage.now()
    topics = {topic for topic in wanted(services, store) if topic.split("/")[0] == stream.name}
    if stream.scope not in store.granted_scopes or not topics:
        storage.cursors.set(store.id, stream.name)
        return 0
    since = _since(store, topics, storage.cursors.get(store.id, stream.name), started)
    shop = shop_of(services, store)
    query = str(Term("updated_at", ":>=", min(since.values())))
    missed = 0
    asked = started
    for nodes in pages(shop, stream.operation, (stream.within or stream.name,), {"query": query}, first=stream.page):
        facts = [
            fact
            for node in nodes
            for one in stream.things(node)
            for fact in _facts(stream, one, since, asked - SETTLED)
        ]
        missed += sum(_report(services, store, fact) for fact in _untold(services, store, facts))
        asked = storage.now()
    position = {"epoch": store.epoch, "since": {topic: at.isoformat() for topic, at in since.items()}}
    storage.cursors.set(
        store.id, stream.name, position=orjson.dumps(position).decode(), updated_at_min=started, drift=missed
    )
    if missed:
        log.warning("%d changes of %s had no webhook; they are told now.", missed, stream.name)
    return missed


def wanted(services: Services, store: Store) -> set[str]:
    """Return the topics that something waits for without a filter."""
    # What is subscribed to with a filter is left alone: only Shopify can tell what the filter lets through.
    wishes, _ = Subscribing(services).wishes(store)
    return {wish.topic.name for wish in wishes if not wish.filter}


def _since(store: Store, topics: set[str], cursor: Cursor | None, started: datetime) -> dict[str, datetime]:
    """Return from when on each topic is looked for: never from before somebody waited for it."""
    if cursor is None:
        return dict.fromkeys(topics, max(store.connected_at, started - _FIRST_LOOK))
    last = orjson.loads(cursor.position) if cursor.position else {}
    if cursor.updated_at_min is None or last.get("epoch") != store.epoch:
        return dict.fromkeys(topics, started)
    known = {topic: moment(at) for topic, at in last["since"].items()}
    again = cursor.updated_at_min - OVERLAP
    return {topic: max(known.get(topic) or started, again) for topic in topics}


def _facts(stream: Stream, node: Node, since: Mapping[str, datetime], until: datetime) -> Iterator[Fact]:
    """Yield what happened to a resource within a span of time, which begins for each topic when `since` says."""
    resource = f"{stream.name}/{number(node['id'])}"
    born = moment(node.get("created_at")) or until
    for topic, text in stream.facts(node):
        at = moment(text)
        if at is not None and topic in since and since[topic] <= at <= until:
            if says_state(topic):
                at = end_of_second(at)
            yield Fact(topic, resource, node["id"], at, born)


def _untold(services: Services, store: Store, facts: list[Fact]) -> list[Fact]:
    told = defaultdict(list)
    for one in services.storage.events.told(store.id, {fact.resource for fact in facts}):
        told[one.resource].append(one)
    keys = defaultdict(set)
    for trigger in services.catalog.triggers.values():
        keys[trigger.topic].add(trigger.key)

    def creating(fact: Fact) -> set[str]:
        return keys[fact.topic.split("/")[0] + "/create"]

    untold = [
        fact
        for fact in facts
        if not dedupe.is_known(fact.topic, fact.at, told[fact.resource], keys[fact.topic], creating(fact))
    ]
    new = {fact.resource for fact in untold if fact.topic.endswith("/create")}

    def is_first(fact: Fact) -> bool:
        """Say whether a state is the one that a sweep shows, or has shown, when it tells of the creation."""
        made = (one for one in told[fact.resource] if one.trigger in creating(fact))
        swept = any(one.dedupe_key.startswith(dedupe.SWEPT) for one in made)
        return says_state(fact.topic) and fact.at - fact.born < _NEW and (swept or fact.resource in new)

    return [fact for fact in untold if not is_first(fact)]


def _report(services: Services, store: Store, fact: Fact) -> bool:
    what = f"{fact.topic}|{fact.resource}"
    return report(services, store, fact.topic, what, fact.at, kind=triggers.TELL, gid=fact.gid)


def tell(services: Services, job: Job) -> None:
    """Read what a job is about and hand it to the triggers; nothing where it is gone, or has changed again."""
    stream = STREAMS[job.subject.split("/")[0]]
    store = store_of(services, job)
    if store is None:
        return
    try:
        payload = _payload(stream, shop_of(services, store), job)
    except MissingScope as error:
        log.info("What a delivery told of can't be read: %s", error.message)
        return
    if payload is None:
        return
    at, changed_at = moment(job.headers["triggered_at"]), moment(payload.get("updated_at"))
    if says_state(job.subject) and at is not None and changed_at is not None and changed_at > at:
        return  # a newer state has a webhook of its own, or the next sweep finds it
    triggers.deliver(services, replace(job, body=orjson.dumps(payload)))


def _payload(stream: Stream, shop: Shop, job: Job) -> dict[str, Any] | None:
    happened = stream.happened.get(job.subject)
    if happened is not None:
        return happened(shop, job.headers["gid"], job.headers["triggered_at"])
    return stream.snapshot(shop, job.headers["gid"])


def check(services: Services) -> Check:
    """Return what the last sweeps of orders, returns, products and customers found, for health."""
    found = {name: services.storage.cursors.summary(name) for name in STREAMS}
    figures = {name: one["drift"] for name, one in found.items()}
    ages = [one["oldest"] for one in found.values() if one["oldest"] is not None]
    age = round((services.storage.now() - min(ages)).total_seconds()) if ages else 0
    figures |= {"stores": max(one["stores"] for one in found.values()), "oldest_seconds": age}
    if age > 4 * EVERY:
        return Check("changes", "degraded", "Some stores were not searched for missed changes for a while.", figures)
    missed = sum(figures[name] for name in STREAMS)
    if missed:
        return Check("changes", "degraded", f"{missed} changes had no webhook; they were told.", figures)
    return Check("changes", "ok", "Every change of the last sweeps had been told.", figures)
