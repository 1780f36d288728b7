"""Sections of the reference: actions with their inputs, results and examples, and the objects in results."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from atom_shopify_plugin.catalog.fields import FIELDS
from atom_shopify_plugin.catalog.loading import default_root, load
from atom_shopify_plugin.catalog.model import Action
from atom_shopify_plugin.catalog.public import described
from atom_shopify_plugin.catalog.schemas import complete

__all__ = ["SHARED", "action_section", "cell", "code", "kind", "object_lines", "route", "scopes", "table"]

_SCHEMAS = load().schemas
SHARED = "objects"
_LONGEST = 110  # an example that fits into one line


def cell(text: str) -> str:
    """Return `text` fit for a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def code(names: Iterable[str]) -> str:
    """Return names as code, separated by commas."""
    return ", ".join(f"`{name}`" for name in names)


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    head = list(head)
    yield f"| {' | '.join(head)} |"
    yield f"|{'|'.join('---' for _ in head)}|"
    for row in rows:
        yield f"| {' | '.join(cell(value) for value in row)} |"
    yield ""


def scopes(groups: Iterable[Iterable[str]]) -> str:
    """Return scopes as text; alternatives are joined by “or”."""
    return ", ".join(" or ".join(f"`{scope}`" for scope in group) for group in groups) or "none"


def kind(schema: Mapping[str, Any]) -> str:
    """Return what a schema accepts, in a few words."""
    if "anyOf" in schema and "type" not in schema:
        return " or ".join(kind(branch) for branch in schema["anyOf"])
    if "enum" in schema:
        return " · ".join("null" if value is None else f"`{value}`" for value in schema["enum"])
    if "x-json" in schema:
        return "object" if schema.get("type") == "object" else "any JSON"
    if str(schema.get("format", "")).startswith("gid:"):
        return f"id of {_named(schema['format'].removeprefix('gid:'))}"
    if "$ref" in schema:
        definition = _SCHEMAS.resolved({"$ref": schema["$ref"]})
        return _linked(schema["$ref"]) if "properties" in definition else kind(definition)
    types = [schema["type"]] if isinstance(schema.get("type"), str) else list(schema.get("type", ["anything"]))
    names = [f"list of {kind(schema['items'])}" if name == "array" and "items" in schema else name for name in types]
    if "object" in names and "properties" in schema:
        names[names.index("object")] = "{" + ", ".join(schema["properties"]) + "}"
    if "format" in schema:
        names[0] = {
            "date-time": "moment",
            "email": "e-mail address",
            "decimal": "decimal as text",
            "money": "decimal as text",
        }.get(schema["format"], names[0])
    return " or ".join(names)


def _named(kind_of_node: str) -> str:
    """Return the name of a type of Shopify's as words: `ProductVariant` is a product variant."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind_of_node).lower()
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _linked(reference: str) -> str:
    """Return a link to the object that a reference names, on the page of the file that defines it."""
    name = reference.rpartition("/")[2]
    return f"[{name}]({_pages()[name]}.md#{name})"


@functools.cache
def _pages() -> Mapping[str, str]:
    """Return the page of each definition; those of common.json have a page of their own."""
    files = [*default_root().glob("*.json"), *(default_root() / "generated").glob("*.json")]
    return {
        name: SHARED if path.stem == "common" else path.stem
        for path in files
        for name in json.loads(path.read_text("utf-8")).get("$defs", {})
    }


def action_section(action: Action) -> Iterator[str]:
    """Yield the section of one action."""
    yield f"## `{action.key}`"
    yield ""
    yield action.description
    yield ""
    yield f"- Effect: `{action.effect}`"
    if action.rest:
        yield f"- REST: {route(action)}"
    yield f"- Scopes: {scopes(action.scopes)}"
    if action.aliases:
        yield f"- Aliases: {code(action.aliases)}"
    if action.undo:
        yield f"- Undone by: `{action.undo.action}`"
    for limit in action.limits:
        yield f"- Without `{limit.scope}`: {limit.hides[:1].lower()}{limit.hides[1:]} are left out"
    yield ""
    required = set(action.input.get("required", []))
    rows = (
        (f"`{name}`" + ("*" if name in required else ""), kind(schema), _about(schema))
        for name, schema in action.properties.items()
        if schema != FIELDS
    )
    if action.properties.keys() - {"fields"}:
        yield from table(("Input", "Type", "Meaning"), rows)
    yield f"Result: {result(action)}."
    yield ""
    if action.examples:
        yield from _example(action.examples[0])


def result(action: Action) -> str:
    """Return what an action answers with, in a few words."""
    schema = action.raw_output
    items = schema.get("properties", {}).get("items")
    if items is not None and list(schema["properties"]) == ["items"]:
        return f"a list of {kind(items['items'])}"
    if "properties" in schema:
        return ", ".join(f"`{name}` ({kind(member)})" for name, member in schema["properties"].items())
    return kind(schema)


def _example(given: Mapping[str, Any]) -> Iterator[str]:
    text = json.dumps(given, ensure_ascii=False)
    if len(text) <= _LONGEST:
        yield f"Example: `{text}`"
    else:
        yield from ("Example:", "", "```json", json.dumps(given, ensure_ascii=False, indent=2), "```")
    yield ""


def object_lines(file: str, level: int = 3) -> Iterator[str]:
    """Yield the objects that the manifests called `file` define, as tables below headings of a level."""
    for path in (default_root() / f"{file}.json", default_root() / "generated" / f"{file}.json"):
        content = json.loads(path.read_text("utf-8")) if path.exists() else {}
        complete(content)
        definitions = content.get("$defs", {})
        for name, schema in definitions.items():
            if "properties" not in schema:
                continue
            yield from (f"{'#' * level} `{name}`", "")
            if "description" in schema:
                yield from (schema["description"], "")
            rows = ((f"`{member}`", kind(inside), described(inside)) for member, inside in schema["properties"].items())
            yield from table(("Member", "Type", "Meaning"), rows)


def route(action: Action) -> str:
    """Return the method and the path of an action, as code; nothing if it has no route."""
    return f"`{' '.join(action.rest)}`" if action.rest else ""


def _about(schema: Mapping[str, Any]) -> str:
    text = described(schema)
    if "default" in schema:
        default = json.dumps(schema["default"]).strip('"')
        text += f" Default: `{default}`."
    return text.strip()
