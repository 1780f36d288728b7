"""The blueprint: who may enter, what each answer carries, and the routes of all modules.

Everything is closed unless its endpoint stands in `PUBLIC`. The host's application is left as it is: no error handler,
extension or configuration of it changes, and only requests below our prefixes are touched.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING

from flask import Blueprint, g, request
from werkzeug.exceptions import NotFound as WerkzeugNotFound
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response

from atom_shopify_plugin.errors import PluginError, ReadOnly
from atom_shopify_plugin.hookspecs import Host
from atom_shopify_plugin.storage import begin_answering, end_answering
from atom_shopify_plugin.stores.read_only import require_writing_caller
from atom_shopify_plugin.web import (
    audit,
    bulk,
    flat,
    health,
    live,
    members,
    oauth,
    operations,
    pages,
    policies,
    rest,
    stores,
    sync,
    webhooks,
)
from atom_shopify_plugin.web.envelope import HEADERS
from atom_shopify_plugin.web.identity import assert_user, authenticate, nobody, principal, refuse_foreign_page
from atom_shopify_plugin.web.late import NAME
from atom_shopify_plugin.web.limiter import PrincipalLimiter
from atom_shopify_plugin.web.page import refusal
from atom_shopify_plugin.web.problems import guarded, http_failure
from atom_shopify_plugin.web.requestlog import log_request
from atom_shopify_plugin.web.routing import Routes
from atom_shopify_plugin.web.state import PAGES, RequestState, begin, is_ours, parse_query, state

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime

__all__ = ["NAME", "PUBLIC", "build"]

PUBLIC = frozenset({"oauth_callback", "health_live", "webhook"})
# Liveness must not touch the database, asking how we are is not what we are here for, and deliveries are counted by
# their rows: one that the database could not take must not wait for it twice.
_UNCOUNTED = PUBLIC - {"oauth_callback"} | {"health", "health_tokens", "health_connection", "health_summary"}
_RUN_ACTIONS = frozenset({"audit_undo", "page_chat"})
_PATIENCE = 2.5  # seconds for one question to the database
_LOG = logging.getLogger(__name__)
_OF_THE_PAGE = ("Content-Security-Policy", "Referrer-Policy")  # a page for people has its own
# RFC 9745: the day from which on `user_id` counts as deprecated, 2026-11-01.
_DEPRECATED_SINCE = "@1793491200"


def build(runtime: Runtime, host: Host, only: Sequence[ModuleType] = ()) -> Blueprint:
    """Return the blueprint of `runtime`, authenticating by `host`; with the routes of `only`, or of all modules."""
    blueprint = Blueprint(NAME, __name__)
    limiter = PrincipalLimiter(runtime.settings.rate_limit, runtime.settings.rate_limit_storage)
    every = [health, oauth, stores, members, audit, operations, bulk, policies, sync, webhooks, live, rest, pages]
    if getattr(host, "flat", False):
        every.append(flat)

    @blueprint.before_app_request
    @guarded
    def enter() -> Response | None:
        # Also for the host's own addresses, some of which, such as its chat, come to us in the end.
        begin_answering(_PATIENCE)
        if not is_ours(request.path):
            return None
        here = begin()
        runtime.jobs.start()  # here and not earlier: this process serves, whatever was forked before
        wrong_way = request.routing_exception
        if isinstance(wrong_way, RequestRedirect):
            # Its target would be made from the Host header, which anybody can set.
            return http_failure(WerkzeugNotFound())
        if wrong_way is not None:
            return http_failure(wrong_way)
        here.query = parse_query(request.query_string)
        return None

    @blueprint.before_request
    @guarded
    def admit() -> Response | None:
        if not hasattr(g, "atom_shopify"):
            # A host that mounted us below another prefix: the query must not go unread for that.
            begin().query = parse_query(request.query_string)
        name = (request.endpoint or "").rpartition(".")[2]
        if name in PUBLIC:
            return None
        refuse_foreign_page(runtime.settings.public_url)
        if authenticate(host) is None and (name == "oauth_authorize" or name.startswith("page_")):
            # Addresses that people open from a chat or a mail: they get a page.
            return refusal(nobody(), link=f"{runtime.settings.public_url}/", title="Sign in first")
        principal()
        limiter.check()
        if not _for_read_only_callers(name, runtime):
            try:
                require_writing_caller(principal())
            except ReadOnly as error:
                if name == "oauth_authorize" or name.startswith("page_"):
                    return refusal(error, link=PAGES, title="That did not work")
                raise
        assert_user(state().query.get("user_id", []))
        return None

    @blueprint.teardown_app_request
    def done(_error: BaseException | None) -> None:
        end_answering()

    @blueprint.after_app_request
    def leave(response: Response) -> Response:
        if hasattr(g, "atom_shopify"):
            _finish(runtime, state(), response)
        return response

    routes = Routes(runtime, host, blueprint)
    for module in only or every:
        module.register(routes)
    return blueprint


def _for_read_only_callers(name: str, runtime: Runtime) -> bool:
    """Return whether the route of this request is open to a caller who may change nothing.

    What runs actions is: they check the caller themselves, since a POST may read or preview. Of the others those that
    only look are, so that a new route is closed until somebody thinks of it.
    """
    if name in runtime.catalog.actions or name in _RUN_ACTIONS:
        return True
    if name.startswith("flat_"):
        return name not in flat.CHANGING
    return request.method in ("GET", "HEAD", "OPTIONS") and name != "oauth_authorize"


def _finish(runtime: Runtime, here: RequestState, response: Response) -> None:
    for name, value in HEADERS.items():
        if name in _OF_THE_PAGE:
            response.headers.setdefault(name, value)
        else:
            response.headers[name] = value
    response.headers["X-Request-Id"] = here.request_id
    if here.saw_user_id:
        response.headers["Deprecation"] = _DEPRECATED_SINCE
    if here.streams:
        return
    seconds = log_request(here, response)
    name = here.action or (request.endpoint or "").rpartition(".")[2]
    if request.url_rule is None or name in _UNCOUNTED:
        return
    try:
        runtime.storage.usage.record("rest", name, response.status_code < 500, seconds)
        _note_claim(runtime, here)
    except PluginError as error:
        # The answer stands whether or not the books could be kept.
        _LOG.warning("Figures or audit of request %s were not written: %s", here.request_id, error.code)


def _note_claim(runtime: Runtime, here: RequestState) -> None:
    """Write down that somebody acted for another person, or tried to."""
    acted_for = here.principal.subject if here.principal is not None and here.principal is not here.caller else None
    claimed = here.refused_user if here.refused_user is not None else acted_for
    if here.caller is None or claimed is None:
        return
    from atom_shopify_plugin.storage import AuditEntry

    runtime.storage.audit.record(
        AuditEntry(
            principal=here.caller,
            action="act_as",
            effect="read",
            outcome="ok" if here.refused_user is None else "FORBIDDEN",
            seconds=0.0,
            target=claimed,
            request_id=here.request_id,
        )
    )
