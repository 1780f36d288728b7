"""The REST interface as an OpenAPI 3.1 document.

Schemas of actions are the manifests' own (JSON Schema 2020-12 is OpenAPI 3.1's dialect); shared definitions become
components. What does not come from the Catalog (signing in to Shopify, stores, deliveries, health) is declared in
``routes``.
"""

from __future__ import annotations

from typing import Any

from atom_shopify_plugin import apidoc
from atom_shopify_plugin.catalog.model import Catalog
from atom_shopify_plugin.openapi.actions import creates, routes_of_actions
from atom_shopify_plugin.openapi.copies import COPY
from atom_shopify_plugin.openapi.live import LIVE_EVENTS, live_routes
from atom_shopify_plugin.openapi.policies import APPROVAL, POLICY, policy_routes
from atom_shopify_plugin.openapi.routes import routes
from atom_shopify_plugin.openapi.schemas import Components
from atom_shopify_plugin.openapi.shapes import SHAPES
from atom_shopify_plugin.settings import Settings

__all__ = ["build", "creates"]


def build(catalog: Catalog, settings: Settings) -> dict[str, Any]:
    """Return the OpenAPI document as plain JSON values."""
    components = Components(catalog)
    declared = [*routes(), *live_routes(catalog), *policy_routes(catalog), *routes_of_actions(catalog, components)]
    service = catalog.service
    info = {"title": f"{service.name} for ATOM", "version": service.version, "description": service.description}
    own = {"Copy": COPY, "Policy": POLICY, "Approval": APPROVAL, "LiveEvents": LIVE_EVENTS}
    return apidoc.document(info, settings.public_url, declared, {**SHAPES, **own, **components.used})
