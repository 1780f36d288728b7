"""Operations over REST: what became of the writes that Shopify carries out in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response

from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.web.identity import principal
from atom_shopify_plugin.web.options import only_query, posted, refuse_body, texts
from atom_shopify_plugin.web.problems import answer
from atom_shopify_plugin.web.state import PREFIX, state
from atom_shopify_plugin.web.stores import listed, narrowed, page_cursor, page_limit

if TYPE_CHECKING:
    from atom_shopify_plugin.actions.run import Accepted
    from atom_shopify_plugin.storage import Operation
    from atom_shopify_plugin.web.routing import Routes

__all__ = ["accepted", "register"]

_STATES = ("accepted", "running", "succeeded", "failed", "cancelled", "unknown")

_AGAIN = "1"  # seconds after which another look is worthwhile


def accepted(outcome: Accepted) -> Response:
    """Answer 202 with the operation, and where to ask what becomes of it."""
    response = answer(outcome.operation, meta=outcome.meta, status=202)
    response.headers["Location"] = f"{PREFIX}/operations/{outcome.operation_id}"
    response.headers["Retry-After"] = _AGAIN
    return response


def register(routes: Routes) -> None:
    """Add the routes of operations."""
    runtime = routes.runtime

    def operations() -> Response:
        refuse_body()
        here = state()
        only_query(here, ("user_id", "shop", "limit", "cursor", "state"))
        limit, before, states = (
            page_limit(here.one("limit")),
            page_cursor(here.one("cursor")),
            _states(here.one("state")),
        )
        store, found = narrowed(runtime), runtime.storage.operations
        return listed(lambda most, last: found.list(principal(), store, most, last, states), _body, limit, before)

    def operation(operation_id: str) -> Response:
        refuse_body()
        only_query(state(), ("user_id", "shop"))
        return _shown(runtime.actions.operation(principal(), operation_id, narrowed(runtime)))

    def cancel(operation_id: str) -> Response:
        only_query(state(), ("user_id", "shop"))
        store = narrowed(runtime)
        texts(posted(), optional=())
        return _shown(runtime.actions.cancel(principal(), operation_id, store))

    routes.add("GET", f"{PREFIX}/operations", "operations", operations)
    routes.add("GET", f"{PREFIX}/operations/<operation_id>", "operation", operation)
    routes.add("POST", f"{PREFIX}/operations/<operation_id>/cancel", "operation_cancel", cancel)


def _shown(operation: Operation) -> Response:
    response = answer(operation.as_dict(), meta={"shop": operation.shop})
    if not operation.ended:
        response.headers["Retry-After"] = _AGAIN
    return response


def _body(operation: Operation) -> dict[str, Any]:
    return operation.as_dict()


def _states(text: str | None) -> list[str] | None:
    if text is None:
        return None
    states = text.split(",")
    if not set(states) <= set(_STATES):
        message = f"state must be one of {', '.join(_STATES)}, or several with commas."
        raise InvalidInput(message, [Fault("/state", message, "enum")])
    return states
