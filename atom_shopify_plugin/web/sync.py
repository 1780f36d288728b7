"""Copies of stores over REST: asked for, looked at, and given up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response

from atom_shopify_plugin.actions.wording import unknown_fields
from atom_shopify_plugin.errors import Fault, Forbidden, InvalidInput
from atom_shopify_plugin.sync import mirror
from atom_shopify_plugin.sync.mirror_state import overview
from atom_shopify_plugin.web.options import only_query, posted, refuse_body, shop_option
from atom_shopify_plugin.web.problems import answer
from atom_shopify_plugin.web.state import PREFIX, state
from atom_shopify_plugin.web.stores import own_store

if TYPE_CHECKING:
    from atom_shopify_plugin.web.routing import Routes

__all__ = ["register"]

_MODES = ("auto", "bulk", "paged")


def register(routes: Routes) -> None:
    """Add the routes of copies."""
    runtime = routes.runtime

    def show() -> Response:
        refuse_body()
        only_query(state(), ("user_id", "shop"))
        store = own_store(runtime, shop_option())
        return answer(overview(runtime.services, store))

    def begin() -> Response:
        only_query(state(), ("user_id", "shop"))
        given = _checked(posted())
        store = own_store(runtime, shop_option())
        mirror.ask(runtime.services, store, **given)
        response = answer(overview(runtime.services, store), status=202)
        response.headers["Location"] = f"{PREFIX}/sync?shop={store.shop}"
        response.headers["Retry-After"] = "1"
        return response

    def stop() -> Response:
        only_query(state(), ("user_id", "shop"))
        refuse_body()
        store = own_store(runtime, shop_option())
        if store.role != "owner":
            raise Forbidden("Only owners of a store can delete its copy.")
        return answer({"shop": str(store.shop), "deleted": mirror.forget(runtime.services, store)})

    routes.add("GET", f"{PREFIX}/sync", "sync", show)
    routes.add("POST", f"{PREFIX}/sync", "sync_begin", begin)
    routes.add("DELETE", f"{PREFIX}/sync", "sync_stop", stop)


def _checked(body: dict[str, Any]) -> dict[str, Any]:
    """Return what `mirror.ask` takes; raise `InvalidInput` with all faults of the body."""
    faults = list(unknown_fields("", body, ("full", "mode", "streams")))
    full, mode, streams = body.get("full", False), body.get("mode", "auto"), body.get("streams")
    if not isinstance(full, bool):
        faults.append(Fault("/full", "It must be true or false.", "type"))
    if mode not in _MODES:
        faults.append(Fault("/mode", f"It must be one of {', '.join(_MODES)}.", "enum"))
    if "streams" in body and not (
        isinstance(streams, list) and streams and all(isinstance(one, str) and one in mirror.STREAMS for one in streams)
    ):
        faults.append(Fault("/streams", f"It must be a list of {', '.join(mirror.STREAMS)}.", "enum"))
    elif streams is not None and len(set(streams)) < len(streams):
        faults.append(Fault("/streams", "It must name each stream once.", "uniqueItems"))
    if faults:
        raise InvalidInput.about("The body", faults)
    chosen = tuple(one for one in mirror.STREAMS if streams is None or one in streams)
    return {"task": "full" if full else "changes", "mode": mode, "streams": chosen}
