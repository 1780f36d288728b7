"""`fields` of an action that reads: which members of the answer come back."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from atom_shopify_plugin.catalog.schemas import Schema

__all__ = ["FIELDS", "chosen", "unknown"]

FIELDS: Schema = {
    "type": "array",
    "description": "Only these members come back, such as id, title and variants.sku; in a list, of each item.",
    "items": {
        "type": "string",
        "description": "A member, or a path with dots.",
        "pattern": r"^[a-z][a-z0-9_]{0,60}(\.[a-z][a-z0-9_]{0,60}){0,9}$",
        "x-says": "the name of a member, such as title, or a path with dots, such as variants.sku",
        "maxLength": 300,
    },
    "minItems": 1,
    "maxItems": 50,
}
"""The property that each action that reads takes beside its own."""

Tree = Mapping[str, Any]


def unknown(output: Schema, paths: Sequence[str]) -> Iterator[tuple[int, str | None]]:
    """Yield the index of each path that `output` doesn't declare, with the path that was probably meant."""
    for index, path in enumerate(paths):
        schema, known = _things(output), ""
        for name in path.split("."):
            members = _members(schema)
            if members is None:
                break
            if name not in members:
                near = difflib.get_close_matches(name, list(members), n=1)
                yield index, f"{known}{near[0]}" if near else None
                break
            schema, known = members[name], f"{known}{name}."


def chosen(value: Any, paths: Sequence[str], *, listed: bool) -> Any:
    """Return what the paths choose of an answer; with `listed`, of each of its items, and the page stays.

    What says that a nested list is cut stays beside its items.
    """
    tree: dict[str, Any] = {}
    for path in sorted(paths, key=len):
        _plant(tree, path.split("."))
    if listed:
        return {**value, "items": [_chosen(item, tree) for item in value["items"]]}
    return _chosen(value, tree)


def _plant(tree: dict[str, Any], steps: list[str]) -> None:
    """Add a path; an empty branch stands for all that is there."""
    for at, step in enumerate(steps):
        if step in tree and not tree[step]:
            return
        if at == len(steps) - 1:
            tree[step] = {}
        tree = tree.setdefault(step, {})


def _chosen(value: Any, tree: Tree) -> Any:
    if not tree or value is None:
        return value
    if isinstance(value, list):
        return [_chosen(item, tree) for item in value]
    if not isinstance(value, Mapping):
        return value
    own = {name: _chosen(value[name], tree[name]) for name in value if name in tree}
    inner = {name: below for name, below in tree.items() if name not in value}
    if not isinstance(value.get("nodes"), list) or not inner:
        return own
    return {
        **{name: member for name, member in value.items() if name != "nodes"},
        "nodes": _chosen(value["nodes"], inner),
    }


def _things(output: Schema) -> Schema:
    """Return the schema of what an answer is about: of the items of a list."""
    items = output.get("properties", {}).get("items")
    return items if isinstance(items, Mapping) and list(output["properties"]) == ["items"] else output


def _members(schema: Schema) -> Mapping[str, Schema] | None:
    """Return the members that a path may go on with, None where the schema says nothing of them."""
    for branch in schema.get("anyOf", ()):
        if branch != {"type": "null"}:
            return _members({**branch, **{key: part for key, part in schema.items() if key != "anyOf"}})
    if isinstance(schema.get("items"), Mapping):
        return _members(schema["items"])
    if "properties" not in schema:
        return None if schema.get("type") == "object" or not schema else {}
    own: Mapping[str, Schema] = schema["properties"]
    within = _members(own["nodes"]) if "nodes" in own else {}
    return {**(within or {}), **own}
