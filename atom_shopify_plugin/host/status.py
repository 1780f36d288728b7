"""Liveness for everybody, and the details of health for the operator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, current_app

from atom_shopify_plugin.hookspecs import Check
from atom_shopify_plugin.host.auth import OPERATOR_SCOPE
from atom_shopify_plugin.host.health import OWN, worst
from atom_shopify_plugin.host.http import answer, atom_answer, caller

__all__ = ["LIVE", "blueprint"]

LIVE = "/healthz"

blueprint = Blueprint("atom_status", __name__)


@blueprint.get(LIVE)
def live() -> Response:
    """Answer that the process serves; asks neither the database nor a plugin."""
    return atom_answer(status="ok")


@blueprint.get("/api/health")
def health() -> Response:
    """Answer the host's checks, every plugin's, and the plugins that were refused with the reason. For operators.

    The overall status is the worst of all; a refused plugin counts as degraded.
    """
    caller(OPERATOR_SCOPE)
    host = current_app.extensions["atom_host"]
    checks = host.health.checks()
    flat = {f"{plugin}/{name}": check for plugin, found in checks.items() for name, check in found.items()}
    overall = worst(flat)
    if host.plugins.refused and overall == "ok":
        overall = "degraded"
    loaded = [
        {
            "plugin": name,
            "state": "loaded",
            "services": list(host.plugins.loaded[name].services),
            "checks": _listed(checks.get(name, {})),
        }
        for name in host.plugins.loaded
    ]
    refused = [{"plugin": one.plugin, "state": "refused", "reason": one.reason} for one in host.plugins.refused]
    return answer({"status": overall, "host": _listed(checks[OWN]), "plugins": loaded + refused})


def _listed(checks: Mapping[str, Check]) -> list[dict[str, Any]]:
    return [
        {"name": check.name, "status": check.status, "detail": check.detail, "data": dict(check.data)}
        for check in checks.values()
    ]
