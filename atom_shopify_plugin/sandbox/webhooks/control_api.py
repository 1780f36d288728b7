"""The control API for webhooks, under ``/__sandbox__/`` (see `sandbox.control_api` for the rest and for its rules).

====================================================  ================================================================
GET    /webhooks?store=&topic=&status=&since=         deliveries with their attempts; ``limit`` (1,000), and ``wait``:
                                                      seconds to let what is due be sent first
POST   /webhooks {duplicate, drop, shuffle, …}        see `webhooks.settings.Chaos`
DELETE /webhooks                                      forgets the deliveries, also those that wait, and the faults
POST   /stores/{shop}/orders {lines?, customer?, …}   a buyer's order, see `webhooks.actions.Actor.order`
POST   /stores/{shop}/orders/{id} {note?, paid?, …}   changes an order, by id or name
POST   /stores/{shop}/checkouts {lines?, customer?}   a checkout that is not completed
POST   /stores/{shop}/checkouts/{id} {note?, lines?…} changes a checkout; ``completed`` ends it
POST   /stores/{shop}/products {title, …}             adds a product
POST   /stores/{shop}/products/{id} {title?, …}       changes a product, by id or handle
DELETE /stores/{shop}/products/{id}                   deletes a product
POST   /stores/{shop}/customers {email, …}            adds a customer
POST   /stores/{shop}/customers/{id} {tags?, …}       changes a customer, by id or e-mail
POST   /stores/{shop}/inventory {sku, available, …}   sets what is available at a ``location``
POST   /stores/{shop}/inventory/storm {changes, seed} changes stock at random, many times
POST   /stores/{shop}/shop {name?, email?, …}         changes the store's settings
POST   /stores/{shop}/compliance {topic, …}           sends a compliance topic: ``customer`` (e-mail, id or object),
                                                      ``orders`` (ids), ``after`` (seconds)
====================================================  ================================================================
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from itertools import islice
from math import isfinite
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.sandbox.accounts import Account
from atom_shopify_plugin.sandbox.store import number
from atom_shopify_plugin.sandbox.webhooks.actions import Actor

if TYPE_CHECKING:
    from atom_shopify_plugin.sandbox.state import SandboxState

__all__ = ["ITEM_ROUTES", "ROUTES", "STORE_ROUTES"]

Body = Mapping[str, Any]
Json = dict[str, Any]
MOST_ROWS, LONGEST_WAIT = 200_000, 60.0


def _list(sandbox: SandboxState, query: Body) -> Json:
    """List deliveries; `since` is the number after which to go on, `next` the one to go on from."""
    deliveries = sandbox.deliveries
    settled = deliveries.settle(_number(query, "wait", 0.0, LONGEST_WAIT)) if "wait" in query else None
    name = query.get("store")
    store = name if name is None or "." in name else f"{name}.myshopify.com"
    since = int(_number(query, "since", 0, 2**62))
    rows = deliveries.listing(store=store, topic=query.get("topic"), status=query.get("status"), since=since)
    shown = [row.row() for row in islice(rows, int(_number(query, "limit", 1000, MOST_ROWS)))]
    return {
        "settings": asdict(deliveries.chaos),
        "counts": deliveries.counts(),
        "deliveries": shown,
        "next": shown[-1]["seq"] if shown else since,
        **({} if settled is None else {"settled": settled}),
    }


def _change(sandbox: SandboxState, body: Body) -> Json:
    return asdict(sandbox.deliveries.change(dict(body)))


def _forget(sandbox: SandboxState, _body: Body) -> Json:
    sandbox.deliveries.forget()
    return asdict(sandbox.deliveries.chaos)


def _number(body: Body, name: str, default: float, most: float) -> float:
    value = float(body.get(name, default))
    if not isfinite(value) or not 0 <= value <= most:
        raise ValueError(f"`{name}` must be a number from 0 to {most:g}.")
    return value


def _storm(sandbox: SandboxState, account: Account, body: Body) -> Json:
    began = time.monotonic()
    changes, seed = int(_number(body, "changes", 100, 200_000)), int(_number(body, "seed", 1, 2**62))
    done = Actor(sandbox, account).storm(changes, seed)
    return {**done, "seconds": round(time.monotonic() - began, 3)}


def _compliance(sandbox: SandboxState, account: Account, body: Body) -> Json:
    topic, after = str(body.get("topic")), _number(body, "after", 0.0, 10**8)
    state = account.state
    with state.lock:
        payload: Json = {"shop_id": number(state.shop["id"]), "shop_domain": account.domain}
        if topic.startswith("customers/"):
            person = _person(account, body.get("customer"))
            orders = body.get("orders")
            if orders is None and person.get("id"):
                gid = f"gid://shopify/Customer/{person['id']}"
                orders = [number(order["id"]) for order in state.find("Order", "customer", gid)]
            asked = topic == "customers/data_request"
            payload["customer"] = person
            payload["orders_requested" if asked else "orders_to_redact"] = orders or []
            if asked:
                payload["data_request"] = {"id": number(state.new_id("DataRequest"))}
    return {"sent": sandbox.webhooks.compliance(account, topic, payload, after), "payload": payload}


def _person(account: Account, wanted: Any) -> Json:
    """Return how a payload names a customer: one of the store by e-mail or id, or just as it is given."""
    if isinstance(wanted, Mapping):
        return dict(wanted)
    state, text = account.state, str(wanted)
    found = state.find("Customer", "email", text)
    node = found[0] if found else state.get(f"gid://shopify/Customer/{text.rpartition('/')[2]}")
    if node is None:
        raise ValueError(f"There is no customer {wanted!r}; give an object to name one who is not there.")
    return {"id": number(node["id"]), "email": node.get("email"), "phone": node.get("phone")}


def _act(act: Callable[[Actor, Body], Json]) -> Callable[[SandboxState, Account, Body], Json]:
    return lambda sandbox, account, body: act(Actor(sandbox, account), body)


def _act_on(act: Callable[[Actor, str, Body], Json]) -> Callable[[SandboxState, Account, str, Body], Json]:
    return lambda sandbox, account, ref, body: act(Actor(sandbox, account), ref, body)


ROUTES: Mapping[tuple[str, str], Callable[[SandboxState, Body], Json]] = {
    ("GET", "webhooks"): _list,
    ("POST", "webhooks"): _change,
    ("DELETE", "webhooks"): _forget,
}
STORE_ROUTES: Mapping[tuple[str, str], Callable[[SandboxState, Account, Body], Json]] = {
    ("POST", "orders"): _act(Actor.order),
    ("POST", "checkouts"): _act(Actor.checkout),
    ("POST", "products"): _act(Actor.create_product),
    ("POST", "customers"): _act(Actor.create_customer),
    ("POST", "inventory"): _act(Actor.set_stock),
    ("POST", "inventory/storm"): _storm,
    ("POST", "shop"): _act(Actor.change_shop),
    ("POST", "compliance"): _compliance,
}
ITEM_ROUTES: Mapping[tuple[str, str], Callable[[SandboxState, Account, str, Body], Json]] = {
    ("POST", "orders"): _act_on(Actor.change_order),
    ("POST", "checkouts"): _act_on(Actor.change_checkout),
    ("POST", "products"): _act_on(Actor.change_product),
    ("DELETE", "products"): lambda sandbox, account, ref, _body: Actor(sandbox, account).delete_product(ref),
    ("POST", "customers"): _act_on(Actor.change_customer),
}
