"""ATOM's service registry: one entry per service of a loaded plugin, with live health and status."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from atom_shopify_plugin.hookspecs import Check
from atom_shopify_plugin.host.health import HostHealth, worst
from atom_shopify_plugin.host.plugins import Plugins
from atom_shopify_plugin.host.shapes import registry_lists

__all__ = ["Registry", "now"]

_HEALTH = {"ok": "healthy", "degraded": "degraded", "down": "unhealthy"}
# Members of a manifest that ATOM's service page and this host's home page read beside the ten of every entry.
_OPTIONAL = ("version", "oauth_url", "configuration", "api_key_required", "accounts_url", "links")


class Registry:
    """The entries by service id, made anew from each plugin's manifest and last health checks."""

    def __init__(self, plugins: Plugins, health: HostHealth) -> None:
        self._plugins = plugins
        self._health = health
        self._lists: dict[str, dict[str, list[str]]] = {}

    def refresh(self) -> None:
        """Take up the services of all loaded plugins."""
        self._lists = {
            service_id: registry_lists(service)
            for loaded in self._plugins.loaded.values()
            for service_id, service in loaded.services.items()
        }

    def manifest(self, service_id: str) -> Mapping[str, Any] | None:
        """Return the plugin's own manifest of a service."""
        owner = self._plugins.owner(service_id)
        return owner.services[service_id] if owner else None

    def entries(self) -> dict[str, dict[str, Any]]:
        """Return every entry by service id, in ATOM's shape."""
        return {service_id: self._entry(service_id) for service_id in self._lists}

    def entry(self, service_id: str) -> dict[str, Any] | None:
        """Return one entry, or None for a service that isn't there."""
        return self._entry(service_id) if service_id in self._lists else None

    def _entry(self, service_id: str) -> dict[str, Any]:
        manifest = self.manifest(service_id) or {}
        checks = self._health.of_service(service_id)
        return {
            "name": manifest["name"],
            "status": status(checks),
            "type": manifest["type"],
            "description": manifest["description"],
            "health": _HEALTH[worst(checks)],
            "last_checked": now(),
            **self._lists[service_id],
            **{key: manifest[key] for key in _OPTIONAL if key in manifest},
        }


def status(checks: Mapping[str, Check]) -> str:
    """Return ATOM's word for the state of a service.

    `connected` needs a live connection: a check whose data says ``connected: n`` with n above zero.
    """
    if worst(checks) == "down":
        return "error"
    counts = [check.data["connected"] for check in checks.values() if "connected" in check.data]
    numbers = [count for count in counts if isinstance(count, int)]
    if not numbers:
        return "available"
    return "connected" if any(numbers) else "disconnected"


def now() -> str:
    """Return the time as ISO 8601 text with its offset."""
    return datetime.now(UTC).isoformat(timespec="seconds")
