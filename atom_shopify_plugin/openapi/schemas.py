"""Schemas of manifests → schemas of the document.

A manifest says `format` where only a check of ours knows what is meant (``gid:Product``, ``decimal``). Readers of the
document don't have that check: they get the pattern that says the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.actions.validation import HIGHEST
from atom_shopify_plugin.catalog.model import Catalog, described

__all__ = ["Components"]

_DECIMAL = {"pattern": r"^-?[0-9]{1,18}(\.[0-9]{1,9})?$"}
_FORMATS: Mapping[str, Mapping[str, Any]] = {
    "decimal": _DECIMAL,
    "money": _DECIMAL,
    "email": {"pattern": r"^[^@\s]{1,64}@[^@\s]{1,250}$"},
    "phone": {"pattern": r"^\+?[0-9 ().-]{4,30}$"},
}
_DAY_OR_MOMENT = {"anyOf": [{"format": "date-time"}, {"format": "date"}]}
# What `shopify.search.quote` takes.
_SEARCHED = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"
_SPACES = r"\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"


class Components:
    """Turns the manifests' references into component references, and remembers which definitions were needed."""

    def __init__(self, catalog: Catalog) -> None:
        self._schemas = catalog.schemas
        self.used: dict[str, Any] = {}

    def public(self, schema: Any, *, given: bool = True) -> Any:
        """Return a manifest's schema for readers; `given` tells that callers send it, and not we."""
        if isinstance(schema, list):
            return [self.public(value, given=given) for value in schema]
        if not isinstance(schema, Mapping):
            return schema
        ours = ("search", "replaces")
        result = {key: self.public(value, given=given) for key, value in schema.items() if key not in ours}
        if "replaces" in schema:
            result["description"] = described(self._schemas.resolved(schema))
        if "search" in schema and schema.get("type") == "string" and not {"enum", "format", "pattern"} & schema.keys():
            result["pattern"] = _SEARCHED
        name = self._schemas.find(str(schema.get("$ref", "")))
        if name is not None:
            result["$ref"] = f"#/components/schemas/{name}"
            if name not in self.used:
                self.used[name] = {}  # a definition that names itself finds it here
                self.used[name] = self.public(self._schemas.resolved({"$ref": f"#/$defs/{name}"}), given=given)
        if given and isinstance(schema.get("format"), str):
            result = _explained(result, filters="search" in schema)
        if isinstance(result.get("pattern"), str):
            result["pattern"] = _spelled_out(result["pattern"])
        return result


def _spelled_out(pattern: str) -> str:
    r"""Return a pattern that names what Python counts as white space: ``\\s`` means something else in JavaScript."""
    plain: list[str] = []
    in_class = escaped = False
    for char in pattern:
        if escaped:
            escaped = False
            known = {"s": _SPACES} if in_class else {"s": f"[{_SPACES}]", "S": f"[^{_SPACES}]"}
            plain.append(known.get(char, "\\" + char))
        elif char == "\\":
            escaped = True
        else:
            in_class = char == "[" or (in_class and char != "]")
            plain.append(char)
    return "".join(plain)


def _explained(schema: dict[str, Any], *, filters: bool) -> dict[str, Any]:
    form = schema.pop("format")
    if form.startswith("gid:"):
        return {**schema, **_id(form.removeprefix("gid:"))}
    if form == "date-time" and filters:
        return {**schema, **_DAY_OR_MOMENT}
    known = _FORMATS.get(form, {"format": form})
    if "pattern" in known and "pattern" in schema:
        return {**schema, **{key: value for key, value in known.items() if key != "pattern"}}
    return {**schema, **known}


def _id(kind: str) -> dict[str, Any]:
    """Return what `shopify.ids.to_gid` takes, but for the few largest numbers where they are text."""
    number = "([1-9][0-9]{0,17}|[1-8][0-9]{18})"
    return {"pattern": f"^(gid://shopify/{kind}/)?{number}$", "minimum": 1, "maximum": HIGHEST}
