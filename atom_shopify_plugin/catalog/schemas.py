"""JSON Schemas of manifests, and the definitions that they share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.errors import Misconfigured

__all__ = ["ManifestError", "Schema", "Schemas", "complete"]

Schema = Mapping[str, Any]
_REFERENCE = re.compile(r"(?:[a-z_/.]*\.json)?#/\$defs/(\w+)")
_ID: Schema = {"type": ["integer", "string"], "minimum": 1, "maximum": 9223372036854775807, "maxLength": 300}
_MOMENT: Schema = {"type": "string", "maxLength": 40}
# Where a type follows from: a keyword that only one of them has.
_KINDS = {"properties": "object", "items": "array", "maxLength": "string", "pattern": "string"}
_ELSEWHERE = frozenset({"$ref", "anyOf", "oneOf", "const", "enum"})  # what says the type in another way, or might


class ManifestError(Misconfigured):
    """A manifest that can't be used: which file, where in it (JSON pointer), and what is wrong there."""

    def __init__(self, file: str, pointer: str, problem: str) -> None:
        super().__init__(
            f"manifests/{file}#{pointer}: {problem}",
            details={"file": file, "pointer": pointer, "problem": problem},
        )


def complete(content: Mapping[str, Any]) -> None:
    """Add to the schemas of a manifest what goes without saying.

    A type follows from the keywords beside it. An object takes the declared members only, and in what an action answers
    all of them are there, unless it says something else. An id, whose `format` is ``gid:`` and a type of Shopify's, is
    a number or a text, a moment a text. Conditions (``not``, ``if`` …) stay as they are.
    """
    _complete_each(content.get("$defs"))
    _complete_each(content.get("inputs"))
    actions = content.get("actions")
    for action in actions if isinstance(actions, list) else ():
        if isinstance(action, dict):
            taken = action.get("input")
            _complete_each(taken.get("properties") if isinstance(taken, dict) else None)
            _complete(action.get("output"), answered=True)
            _complete_each(action.get("adds"), answered=True)


def _complete_each(schemas: Any, *, answered: bool = False) -> None:
    for schema in schemas.values() if isinstance(schemas, dict) else ():
        _complete(schema, answered=answered)


def _complete(schema: Any, *, answered: bool = False) -> None:
    if not isinstance(schema, dict):
        return
    form = schema.get("format")
    if "type" not in schema and isinstance(form, str) and (form.startswith("gid:") or form == "date-time"):
        schema.update(_MOMENT if form == "date-time" else _ID)
    if "type" not in schema and not schema.keys() & _ELSEWHERE:
        kind = next((kind for keyword, kind in _KINDS.items() if keyword in schema), None)
        if kind is not None:
            schema["type"] = kind
    properties = schema.get("properties")
    if schema.get("type") in ("object", ["object", "null"]) and isinstance(properties, dict):
        schema.setdefault("additionalProperties", False)
        if answered:
            schema.setdefault("required", list(properties))
    _complete_each(properties, answered=answered)
    _complete(schema.get("items"), answered=answered)
    branches = schema.get("anyOf")
    for branch in branches if isinstance(branches, list) else ():
        _complete(branch, answered=answered)


class Schemas:
    """The definitions that schemas share, by name; `resolved` puts them in the place of their references.

    A reference names the file for the reader; the name alone decides, for it is taken once in all files.
    """

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = definitions
        self._resolved: dict[str, Any] = {}

    def resolved(self, schema: Schema) -> Schema:
        """Return `schema` with every reference put in place; raise `ManifestError` for one that leads nowhere."""
        return (
            {key: self._resolve(value) for key, value in schema.items()} if "$ref" not in schema else self._at(schema)
        )

    def find(self, reference: str) -> str | None:
        """Return the name of the definition that `reference` points at, or None."""
        match = _REFERENCE.fullmatch(reference)
        return match[1] if match is not None and match[1] in self._definitions else None

    def _resolve(self, schema: Any) -> Any:
        if isinstance(schema, Mapping):
            return self.resolved(schema)
        if isinstance(schema, list):
            return [self._resolve(value) for value in schema]
        return schema

    def _at(self, schema: Schema) -> dict[str, Any]:
        beside = {key: self._resolve(value) for key, value in schema.items() if key != "$ref"}
        return {**self._definition(str(schema["$ref"])), **beside}

    def _definition(self, reference: str) -> dict[str, Any]:
        name = self.find(reference)
        if name is None:
            raise ManifestError("common.json", "/$defs", f"nothing is defined for the reference {reference}")
        if name not in self._resolved:
            self._resolved[name] = None  # marks the way down, so that a circle is seen
            self._resolved[name] = self._resolve(self._definitions[name])
        found: dict[str, Any] | None = self._resolved[name]
        if found is None:
            raise ManifestError("common.json", f"/$defs/{name}", "refers to itself")
        return found
