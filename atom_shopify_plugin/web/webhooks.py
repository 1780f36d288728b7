"""Where Shopify delivers to, one address for all topics, and what people do with deliveries and subscriptions.

The receiver has no principal and no limiter: the signature is what lets a delivery in, and one that is refused costs
the subscription in the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, request

from atom_shopify_plugin.actions.wording import unknown_fields
from atom_shopify_plugin.errors import Conflict, Fault, Forbidden, InvalidInput, NotFound
from atom_shopify_plugin.events.intake import KIND
from atom_shopify_plugin.events.subscribing import extra_body
from atom_shopify_plugin.events.subscriptions import names_a_type
from atom_shopify_plugin.shopify.topics import topic_named
from atom_shopify_plugin.storage import finish
from atom_shopify_plugin.web.body import read_bytes
from atom_shopify_plugin.web.identity import principal
from atom_shopify_plugin.web.options import only_query, posted, refuse_body, texts
from atom_shopify_plugin.web.problems import answer
from atom_shopify_plugin.web.receiver import LIMIT, Receipt, check_length, receiving
from atom_shopify_plugin.web.state import PREFIX, state
from atom_shopify_plugin.web.stores import listed, moment, own_store, page_cursor, page_limit

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.storage import JobSummary, Store
    from atom_shopify_plugin.web.routing import Routes

__all__ = ["register"]

_ENHANCED = f"{PREFIX}/enhanced/webhooks"
_STATES = ("pending", "running", "done", "dead", "parked", "discarded", "quarantined")


def register(routes: Routes) -> None:
    """Add the receiver and the routes about subscriptions and deliveries."""
    runtime = routes.runtime

    def receive() -> Response:
        with Receipt(runtime) as receipt:
            check_length(request.headers.get)
            return answer(finish(receiving(runtime, receipt, request.headers.get, read_bytes(LIMIT))))

    def subscriptions() -> Response:
        refuse_body()
        only_query(state(), ("user_id", "shop"))
        return answer(runtime.subscribing.overview(_store(runtime)))

    def subscribe() -> Response:
        only_query(state(), ("user_id", "shop"))
        topic, search, fields = _wish(posted())
        store = _store(runtime)
        runtime.read_only.check(principal(), store)
        made = runtime.subscribing.add(
            principal(), store, topic, filter=search, include_fields=fields, request_id=state().request_id
        )
        return answer(extra_body(made), status=201)

    def unsubscribe() -> Response:
        refuse_body()
        here = state()
        only_query(here, ("user_id", "shop", "id"))
        wanted = here.one("id") or ""
        if not wanted:
            raise InvalidInput("Say which one by id.", [Fault("/id", "It must be given.", "required")])
        store = _store(runtime)
        runtime.read_only.check(principal(), store)
        runtime.subscribing.remove(principal(), store, wanted, here.request_id)
        return answer({"removed": wanted})

    def deliveries() -> Response:
        refuse_body()
        here = state()
        only_query(here, ("user_id", "shop", "topic", "state", "limit", "cursor"))
        store = own_store(runtime, here.one("shop"))
        limit, before = page_limit(here.one("limit")), page_cursor(here.one("cursor"))
        filters: dict[str, Any] = {
            "installation_ids": [store.id],
            "kind": KIND,
            "subject": here.one("topic"),
            "states": _states(here.one("state")),
        }
        jobs = runtime.storage.jobs
        return listed(lambda most, last: jobs.list(**filters, limit=most, before=last), delivery_body, limit, before)

    def replay(delivery_id: str) -> Response:
        only_query(state(), ("user_id", "shop"))
        texts(posted(), optional=())
        found = _mine(runtime, delivery_id)
        if not runtime.storage.jobs.replay(found.id, [found.installation_id or ""]):
            raise Conflict("It is waiting or running, or its content is not kept any more.")
        runtime.jobs.nudge(found.id)
        return answer(delivery_body(_mine(runtime, delivery_id)))

    def discard(delivery_id: str) -> Response:
        only_query(state(), ("user_id", "shop"))
        texts(posted(), optional=())
        found = _mine(runtime, delivery_id)
        if not runtime.storage.jobs.discard(found.id, [found.installation_id or ""]):
            raise Conflict("It is running or has ended.")
        return answer(delivery_body(_mine(runtime, delivery_id)))

    routes.add("POST", f"{PREFIX}/webhooks", "webhook", receive)
    routes.add("GET", _ENHANCED, "enhanced_webhooks", subscriptions)
    routes.add("POST", _ENHANCED, "enhanced_webhook_add", subscribe)
    routes.add("DELETE", _ENHANCED, "enhanced_webhook_remove", unsubscribe)
    routes.add("GET", f"{_ENHANCED}/deliveries", "deliveries", deliveries)
    routes.add("POST", f"{_ENHANCED}/deliveries/<delivery_id>/replay", "delivery_replay", replay)
    routes.add("POST", f"{_ENHANCED}/deliveries/<delivery_id>/discard", "delivery_discard", discard)
    _register_compliance(routes)


def _register_compliance(routes: Routes) -> None:
    """Add what a merchant needs to answer a customer who asks what is held."""
    runtime = routes.runtime

    def requests() -> Response:
        refuse_body()
        here = state()
        only_query(here, ("user_id", "shop", "limit", "cursor"))
        store = _owned(runtime, here.one("shop"))
        limit, before = page_limit(here.one("limit")), page_cursor(here.one("cursor"))
        jobs = runtime.storage.jobs
        filters: dict[str, Any] = {"installation_ids": [store.id], "kind": "export"}
        return listed(lambda most, last: jobs.list(**filters, limit=most, before=last), _export_body, limit, before)

    def download(export_id: str) -> Response:
        refuse_body()
        only_query(state(), ("user_id", "shop"))
        store = _owned(runtime, state().one("shop"))
        content = runtime.storage.erasure.content(export_id, store.id, "export")
        if content is None:
            raise NotFound("This store has no export with that id, or it has been erased.")
        from orjson import loads

        return answer(loads(content))

    routes.add("GET", f"{PREFIX}/compliance", "compliance", requests)
    routes.add("GET", f"{PREFIX}/compliance/<export_id>", "compliance_export", download)


def delivery_body(row: JobSummary) -> dict[str, Any]:
    """Return a delivery as people see it; its content is not shown."""
    return {
        "id": row.id,
        "topic": row.subject,
        "shop": row.shop,
        "state": row.state,
        "attempts": row.attempts,
        "reason": row.reason or None,
        "webhook_id": row.headers.get("webhook_id"),
        "event_id": row.headers.get("event_id"),
        "triggered_at": row.headers.get("triggered_at"),
        "received_at": moment(row.created_at),
        "finished_at": moment(row.finished_at),
        "can_be_replayed": row.has_body and row.state not in ("pending", "running"),
    }


def _export_body(row: JobSummary) -> dict[str, Any]:
    return {
        "id": row.id,
        "made_at": moment(row.created_at),
        "records": int(row.headers.get("records", "0")),
        "available": row.has_body,
    }


def _store(runtime: Runtime) -> Store:
    return own_store(runtime, state().one("shop"))


def _owned(runtime: Runtime, shop: str | None) -> Store:
    store = own_store(runtime, shop)
    if store.role != "owner":
        raise Forbidden("What is held of customers is shown to the store's owners only.")
    return store


def _mine(runtime: Runtime, delivery_id: str) -> JobSummary:
    store = _store(runtime)
    found = runtime.storage.jobs.get(delivery_id[:64], [store.id])
    if found is None or found.kind != KIND:
        raise NotFound("This store has no delivery with that id.")
    return found


def _states(text: str | None) -> list[str] | None:
    if text is None:
        return None
    states = [part.strip() for part in text.split(",")]
    if not set(states) <= set(_STATES):
        message = f"state must be one of {', '.join(_STATES)}, or several of them separated by commas."
        raise InvalidInput(message, [Fault("/state", message, "enum")])
    return states


def _wish(body: dict[str, Any]) -> tuple[str, str, list[str]]:
    """Return topic, filter and fields of a wanted subscription; raise `InvalidInput` with all faults."""
    known = ("topic", "filter", "include_fields")
    faults = list(unknown_fields("", body, known))
    topic = topic_named(body["topic"]) if isinstance(body.get("topic"), str) else None
    if topic is None:
        faults.append(Fault("/topic", "It must be a topic of Shopify, such as carts/update.", "enum"))
    search = body.get("filter") or ""
    if not isinstance(search, str) or len(search) > 1000 or "\0" in search:
        faults.append(Fault("/filter", "It must be a text of at most 1000 characters.", "type"))
    elif topic is not None and not names_a_type(topic.name, search):
        message = "It must name the type of the metaobjects, such as type:designer: Shopify reports them by type only."
        faults.append(Fault("/filter", message, "required"))
    fields = body.get("include_fields") or []
    if not isinstance(fields, list) or not all(isinstance(one, str) and 0 < len(one) <= 255 for one in fields):
        faults.append(Fault("/include_fields", "It must be a list of names of fields.", "type"))
    if faults or topic is None:
        raise InvalidInput.about("The subscription", faults)
    return topic.name, search.strip(), list(dict.fromkeys(fields))
