"""Reduce Shopify's official schema to the facts that a document is validated against: names and types, no prose.

One line per type: its name, a tab, and its facts as JSON. A line is read when its type is first asked for, so that the
whole table loads in milliseconds. `official/table.py` reads it.
"""

from __future__ import annotations

import json
from typing import Any

__all__ = ["facts_of"]

Json = dict[str, Any]


def facts_of(schema: Json) -> str:
    """Return the table of an introspected schema: its types by name, then its directives, behind an ``@``."""
    known = {kind["name"] for kind in schema["types"]}
    lines = [f"{kind['name']}\t{_packed(_type(kind, known))}" for kind in sorted(schema["types"], key=_name)]
    lines += [f"@{entry['name']}\t{_packed(_directive(entry))}" for entry in sorted(schema["directives"], key=_name)]
    return "\n".join(lines) + "\n"


def _name(entry: Json) -> str:
    return str(entry["name"])


def _packed(facts: Json) -> str:
    return json.dumps(facts, separators=(",", ":"))


def _type(kind: Json, known: set[str]) -> Json:
    facts: Json = {"kind": kind["kind"]}
    if kind["fields"]:
        facts["fields"] = {field["name"]: _field(field) for field in kind["fields"]}
    if kind["inputFields"]:
        facts["members"] = _members(kind["inputFields"])
    if kind["enumValues"]:
        facts["values"] = [value["name"] for value in kind["enumValues"]]
    if kind["interfaces"]:
        facts["interfaces"] = [entry["name"] for entry in kind["interfaces"]]
    if kind["possibleTypes"]:
        # Shopify lists some types there that its schema does not have.
        facts["possible"] = [entry["name"] for entry in kind["possibleTypes"] if entry["name"] in known]
    if kind["isOneOf"]:
        facts["one"] = True
    if deprecated := _deprecated(kind):
        facts["deprecated"] = deprecated
    return facts


def _deprecated(kind: Json) -> list[str]:
    """Return what of a type is deprecated: fields, ``field(argument)``, members of an input and enum values."""
    entries = [*(kind["fields"] or ()), *(kind["inputFields"] or ()), *(kind["enumValues"] or ())]
    return [
        name
        for entry in entries
        for name, marked in (
            (entry["name"], entry),
            *((f"{entry['name']}({argument['name']})", argument) for argument in entry.get("args", ())),
        )
        if marked.get("isDeprecated")
    ]


def _field(field: Json) -> Any:
    """Return a field's type, and its arguments where it has some."""
    shown = _signature(field["type"])
    return [shown, _members(field["args"])] if field["args"] else shown


def _members(entries: list[Json]) -> Json:
    """Return the types of arguments or of input fields; a ``=`` behind a type says that there is a default."""
    return {
        entry["name"]: _signature(entry["type"]) + ("" if entry["defaultValue"] is None else "=") for entry in entries
    }


def _signature(ref: Json) -> str:
    if ref["kind"] == "NON_NULL":
        return f"{_signature(ref['ofType'])}!"
    return f"[{_signature(ref['ofType'])}]" if ref["kind"] == "LIST" else str(ref["name"])


def _directive(entry: Json) -> Json:
    facts: Json = {"locations": entry["locations"]}
    if entry["args"]:
        facts["members"] = _members(entry["args"])
    if entry.get("isRepeatable"):
        facts["repeatable"] = True
    return facts
