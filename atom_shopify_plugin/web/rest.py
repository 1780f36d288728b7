"""Routes derived from the Catalog: each action with a `rest` line is an address, and no view is written by hand.

GET and DELETE take their input from the query string, POST and PUT from a JSON object; what stands in the path is
part of the input. All of them end in `Actions.run`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from flask import Response, request

from atom_shopify_plugin.actions.call import Accepted, Call, Outcome
from atom_shopify_plugin.actions.fanout import StoreResults
from atom_shopify_plugin.catalog.model import Action
from atom_shopify_plugin.errors import Fault, InvalidInput, Misconfigured
from atom_shopify_plugin.openapi import creates
from atom_shopify_plugin.web.coerce import inputs_from_query
from atom_shopify_plugin.web.flat import FLAT
from atom_shopify_plugin.web.identity import principal
from atom_shopify_plugin.web.operations import accepted
from atom_shopify_plugin.web.options import OPTIONS, call_options, only_query, posted, refuse_body, shop_option
from atom_shopify_plugin.web.problems import answer, failure
from atom_shopify_plugin.web.reports import report_file
from atom_shopify_plugin.web.state import PREFIX, state

if TYPE_CHECKING:
    from atom_shopify_plugin.web.routing import Routes

__all__ = ["register", "rule_of"]

_PARAMETER = re.compile(r"\{([a-z_]+)\}")
_FILES: Mapping[str, Callable[[Outcome | Accepted | StoreResults], Response | None]] = {"report_render": report_file}
"""What may answer a file in place of JSON, where that was asked for."""


def rule_of(path: str) -> str:
    """Return Flask's rule for a manifest's path: ``/products/{id}`` → ``/api/shopify/products/<…:id>``."""
    return PREFIX + _PARAMETER.sub(r"<atom_shopify_id:\1>", path)


def register(routes: Routes) -> None:
    """Add a route for each action of the Catalog that declares one."""
    for action in routes.runtime.catalog.actions.values():
        if action.rest is None:
            continue
        method, path = action.rest
        routes.add(method, rule_of(path), action.key, _view(routes, action, method, path))


def _view(routes: Routes, action: Action, method: str, path: str) -> Callable[..., Response]:
    names = _PARAMETER.findall(path)
    taken = OPTIONS & action.raw_input.get("properties", {}).keys()
    unknown = [name for name in names if name not in action.raw_input.get("properties", {})]
    if unknown or taken:
        raise Misconfigured(
            f"The route of {action.key} can't be served: "
            + (f"its input has no {unknown[0]}." if unknown else f"{min(taken)} is the name of an option."),
            details={"action": action.key},
        )
    in_query = method in ("GET", "DELETE")
    created = creates(action, routes.runtime.catalog)
    runtime = routes.runtime
    flat = getattr(routes.host, "flat", False)

    def view(**in_path: str) -> Response:
        here = state()
        here.action = action.key
        shop, options = shop_option(), call_options()
        if in_query:
            refuse_body()
            given = inputs_from_query(here.query, OPTIONS)
        else:
            only_query(here, OPTIONS)
            given = posted(exact=True)
        said = "It is in the path already. Leave it out of the query or body."
        twice = [Fault(f"/{name}", said, "repeated") for name in names if name in given]
        if twice:
            raise InvalidInput.about("The request", twice)
        call = Call(principal(), action.key, {**given, **in_path}, request_id=here.request_id, **options)
        outcome = runtime.fanout.run(call, shop)
        if action.key in _FILES and (file := _FILES[action.key](outcome)) is not None:
            return file
        if isinstance(outcome, StoreResults):
            return _respond_for_stores(outcome)
        if isinstance(outcome, Accepted):
            return accepted(outcome)
        if flat and "user_id" in here.query and action.key in FLAT:
            return answer(FLAT[action.key](outcome.data), page=outcome.page, meta=outcome.meta)
        return _respond(outcome, created and not options["preview"])

    return view


def _respond(outcome: Outcome, created: bool) -> Response:
    response = answer(outcome.data, page=outcome.page, meta=outcome.meta, status=201 if created else 200)
    if created and isinstance(outcome.data, Mapping) and (number := _number(outcome.data)):
        response.headers["Location"] = f"{request.path.rstrip('/')}/{number}"
    return response


def _respond_for_stores(results: StoreResults) -> Response:
    if results.error is not None:
        state().error_code = results.error.code
        return failure(results.error, beside={"data": results.data, "meta": results.meta})
    return answer(results.data, meta=results.meta, status=207)


def _number(data: Mapping[str, Any]) -> str | None:
    """Return the number of a resource, which stands for it in addresses."""
    found = re.search(r"/([0-9]+)$", str(data.get("id", "")))
    return found[1] if found else None
