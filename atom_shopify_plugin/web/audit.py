"""The audit log over REST: what was done in the caller's stores, and undoing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response

from atom_shopify_plugin.actions.changed import SEARCHED, searched
from atom_shopify_plugin.actions.run import Accepted, UndoCall
from atom_shopify_plugin.actions.wording import unknown_fields
from atom_shopify_plugin.errors import Fault, InvalidInput, NotFound
from atom_shopify_plugin.web.identity import principal
from atom_shopify_plugin.web.operations import accepted
from atom_shopify_plugin.web.options import OPTIONS, call_options, only_query, posted, refuse_body
from atom_shopify_plugin.web.problems import answer
from atom_shopify_plugin.web.state import PREFIX, state
from atom_shopify_plugin.web.stores import listed, narrowed, page_cursor, page_limit

if TYPE_CHECKING:
    from atom_shopify_plugin.storage import AuditRow
    from atom_shopify_plugin.web.routing import Routes

__all__ = ["register"]


def register(routes: Routes) -> None:
    """Add the routes of the audit log."""
    runtime = routes.runtime

    def audit() -> Response:
        refuse_body()
        here = state()
        only_query(here, ("user_id", "shop", "limit", "cursor", *SEARCHED))
        limit, before = page_limit(here.one("limit")), page_cursor(here.one("cursor"))
        store, log = narrowed(runtime), runtime.storage.audit
        given = {name: here.one(name) for name in SEARCHED}
        wanted = searched(given, store, runtime.storage.machine_time(), runtime.catalog)
        return listed(lambda most, last: log.list(principal(), store, most, last, wanted), _body, limit, before)

    def entry(entry_id: str) -> Response:
        refuse_body()
        only_query(state(), ("user_id", "shop"))
        row = runtime.storage.audit.get(principal(), entry_id, narrowed(runtime))
        if row is None:
            raise NotFound("The audit log of your stores has no such entry.")
        return answer(_body(row))

    def undo(entry_id: str) -> Response:
        here = state()
        only_query(here, OPTIONS)
        options = call_options()
        store = narrowed(runtime)
        force = _force(posted())
        asked = UndoCall(
            principal(),
            entry_id,
            shop=store,
            force=force,
            confirm=options["confirm"],
            preview=options["preview"],
            request_id=here.request_id,
        )
        outcome = runtime.actions.undo(asked)
        if isinstance(outcome, Accepted):
            return accepted(outcome)
        return answer(outcome.data, meta=outcome.meta)

    routes.add("GET", f"{PREFIX}/audit", "audit", audit)
    routes.add("GET", f"{PREFIX}/audit/<entry_id>", "audit_entry", entry)
    routes.add("POST", f"{PREFIX}/audit/<entry_id>/undo", "audit_undo", undo)


def _force(body: dict[str, Any]) -> bool:
    force: Any = body.pop("force", False)
    faults = list(unknown_fields("", body, ()))
    if not isinstance(force, bool):
        faults.append(Fault("/force", "It must be true or false.", "type"))
    if faults:
        raise InvalidInput.about("The body", faults)
    return bool(force)


def _body(row: AuditRow) -> dict[str, Any]:
    return row.as_dict()
