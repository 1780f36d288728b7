"""Health over HTTP, in the shapes that ATOM's clients read, inside our envelope."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from flask import Response

from atom_shopify_plugin.errors import PluginError, StoreNotConnected
from atom_shopify_plugin.health.report import bodies, overall
from atom_shopify_plugin.web.identity import principal
from atom_shopify_plugin.web.options import only_query, refuse_body
from atom_shopify_plugin.web.problems import answer, failure
from atom_shopify_plugin.web.state import PREFIX, state

if TYPE_CHECKING:
    from atom_shopify_plugin.web.routing import Routes

__all__ = ["register"]

_WORDS = {"ok": "healthy", "degraded": "degraded", "down": "unhealthy"}
# ATOM knows this check by another name.
_NAMES = {"credentials": "oauth_config"}


def _report(report: Mapping[str, Any]) -> Response:
    """Answer with a report both as `data` and, as ATOM's clients read it, at the top."""
    return answer(report, beside=report)


def register(routes: Routes) -> None:
    """Add the routes below /api/shopify/health."""
    runtime = routes.runtime

    def start(*known: str) -> dict[str, Any]:
        refuse_body()
        only_query(state(), ("user_id", *known))
        return {"service": runtime.catalog.service.id, "timestamp": datetime.now(UTC).isoformat(timespec="seconds")}

    def live() -> Response:
        # Says that the process answers and nothing more; it asks neither the database nor Shopify.
        return _report({"status": "pass"})

    def health() -> Response:
        report = start()
        checks = runtime.health.checks()
        named = _words(bodies(checks))
        named["service"] = {
            "status": "healthy",
            "message": f"{len(runtime.catalog.actions)} actions are declared.",
            "data": {},
        }
        return _report({**report, "status": _WORDS[overall(checks)], "checks": named})

    def tokens() -> Response:
        report = start("shop")
        return _report({**report, "token_health": runtime.health.tokens(principal(), state().one("shop"))})

    def connection() -> Response:
        report = start("shop")
        try:
            result = runtime.health.connection(principal(), state().one("shop"))
        except PluginError as error:
            if error.status in (400, 404):
                raise
            word = "unauthenticated" if isinstance(error, StoreNotConnected) else "failed"
            return failure(error, beside={**report, "connection_status": word, "message": error.message})
        return _report(
            {**report, "connection_status": "connected", "message": "Shopify answers.", "test_result": result}
        )

    def summary() -> Response:
        report = start()
        found = runtime.health.summary(principal())
        whole = found["components"]["overall"]
        whole["status"], whole["checks"] = _WORDS[whole["status"]], _words(whole["checks"])
        return _report({**report, **found, "overall_status": _WORDS[found["overall_status"]]})

    routes.add("GET", f"{PREFIX}/health", "health", health)
    routes.add("GET", f"{PREFIX}/health/live", "health_live", live)
    routes.add("GET", f"{PREFIX}/health/tokens", "health_tokens", tokens)
    routes.add("GET", f"{PREFIX}/health/connection", "health_connection", connection)
    routes.add("GET", f"{PREFIX}/health/summary", "health_summary", summary)


def _words(checks: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {_NAMES.get(name, name): {**body, "status": _WORDS[body["status"]]} for name, body in checks.items()}
