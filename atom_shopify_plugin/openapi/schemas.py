"""The public schemas of actions (`catalog.public`) as components of the document."""

from __future__ import annotations

from typing import Any

from atom_shopify_plugin.catalog.model import Action, Catalog
from atom_shopify_plugin.catalog.public import PublicSchema

__all__ = ["Components"]


class Components:
    """Turns references to definitions into component references, and collects the definitions that are needed."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self.used: dict[str, Any] = {}

    def of(self, action: Action) -> PublicSchema:
        """Return what an action takes and answers, with references to components."""
        public = self._catalog.public_schema(action)
        for name, definition in public.definitions.items():
            self.used.setdefault(name, definition)
        return public._replace(input=_referring(public.input), output=_referring(public.output))


def _referring(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_referring(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result = {name: _referring(value) for name, value in schema.items()}
    if isinstance(schema.get("$ref"), str):
        result["$ref"] = "#/components/schemas/" + schema["$ref"].rpartition("/")[2]
    return result
