"""The HTTP interface: routes derived from the Catalog, OAuth, stores and health, as one Flask blueprint."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Blueprint

    from atom_shopify_plugin.hookspecs import Host
    from atom_shopify_plugin.runtime import Runtime

__all__ = ["blueprints"]


def blueprints(runtime: Runtime, host: Host) -> list[Blueprint]:
    """Return the plugin's blueprints, with absolute rules, for the host to register before its first request."""
    from atom_shopify_plugin.web.blueprint import build

    return [build(runtime, host)]
