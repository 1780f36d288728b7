"""Write docs/reference.md from the manifests, the settings and the error tree; `--check` only says if it is stale."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from atom_shopify_plugin import errors
from atom_shopify_plugin.catalog.loading import load
from atom_shopify_plugin.catalog.model import Action, Catalog, Trigger
from atom_shopify_plugin.catalog.public import described
from atom_shopify_plugin.host.config import HOST_SETTINGS
from atom_shopify_plugin.settings import SETTINGS

TARGET = Path(__file__).resolve().parent.parent / "docs" / "reference.md"
INTRODUCTION = """# Reference

Made by `scripts/reference.py` from the manifests, the settings and the error tree. Change those, then run it.

Each action is a workflow action, a REST route below `/api/shopify` and a tool, under its key or one of its aliases.
The effect is `read`, `write`, or `destructive`: a destructive action answers with a confirmation token first. Every
JSON answer is `{ok, success, data, page, meta}` or `{ok, success, error}`, on the routes of the host, too. Lists
answer `data.items` and, beside `data`, `page`; `page.next` is the `cursor` of the next page. `meta.limits` says what
Shopify leaves out of an answer, such as orders older than 60 days, and what brings it back. In an error,
`details.faults` gives the place of each fault as a JSON pointer; a fault has a `message` of its own unless the
error's message says it. A list inside a thing is `{nodes, truncated}`: whole where one thing is read. Elsewhere it
may be cut; then `more` is the call that reads the whole, and `count` is how many there are. Ids are numbers or
`gid://shopify/…`.

A moment carries its offset, such as `2026-10-31T08:00:00Z`. Filters also take a day such as `2026-10-31`, which is a
day in the store's time zone: `…_min` begins at its midnight, and `…_max` holds all of it.
"""
PAYLOADS = """### Payloads

A payload tells of a thing in the shape in which the action beside it answers: a member that both have is the same.
`id` is a gid and `legacy_id` its number, other ids of things are gids, `tags` is a list of texts, money is
`{shop_money: {amount, currency_code}}` with the amount as text, lines and variants are below `nodes`, statuses are in
upper case. What only Shopify's webhook tells keeps the name that it has there, in snake_case
(`financial_status`, `line_items.nodes[0].price`). The payload of a topic that is no trigger here is Shopify's own.
"""


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
    if str(schema.get("format", "")).startswith("gid:"):
        return f"id of a {schema['format'].removeprefix('gid:')}"
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


def action_section(action: Action) -> Iterator[str]:
    """Yield the section of one action."""
    yield f"#### `{action.key}`"
    yield ""
    yield action.description
    yield ""
    route = f"`{action.rest[0]} {action.rest[1]}`" if action.rest else "none"
    facts = [f"effect `{action.effect}`", f"REST {route}", f"scopes {scopes(action.scopes)}"]
    if action.aliases:
        facts.append(f"also {code(action.aliases)}")
    if action.undo:
        facts.append(f"put back by `{action.undo.action}`")
    for limit in action.limits:
        facts.append(f"without `{limit.scope}`, {limit.hides[:1].lower()}{limit.hides[1:]} are left out")
    yield "; ".join(facts) + "."
    yield ""
    required = set(action.input.get("required", []))
    rows = (
        (f"`{name}`" + ("*" if name in required else ""), kind(schema), _about(schema))
        for name, schema in action.properties.items()
    )
    if action.properties:
        yield from table(("Input", "Takes", "About"), rows)


def _about(schema: Mapping[str, Any]) -> str:
    text = described(schema)
    if "default" in schema:
        default = json.dumps(schema["default"]).strip('"')
        text += f" Default: `{default}`."
    return text.strip()


def _retryable(error: type[errors.PluginError]) -> str:
    if error is errors.OutcomeUnknown:
        return "where it says so"
    return "yes" if error.retryable else "no"


def like(trigger: Trigger, catalog: Catalog) -> str:
    """Return the action that answers in the shape of a trigger's payload, and where in its answer."""
    if trigger.resource is None:
        return ""
    reads = [action for action in catalog.actions.values() if action.effect == "read" and not action.is_search]
    wanted = catalog.schemas.resolved({"$ref": f"#/$defs/{trigger.resource}"})
    found = {action.key: place for action in reads if (place := _place(action.output, wanted)) is not None}
    key = min(found, key=lambda name: len(found[name]))
    return f"`{key}`" + (f", `{found[key].strip('.')}`" if found[key] else "")


def _place(schema: Any, wanted: Mapping[str, Any], path: str = "") -> str | None:
    if not isinstance(schema, Mapping):
        return None
    if schema.get("properties") == wanted["properties"]:
        return path
    inside = [(f"{path}.{name}", member) for name, member in schema.get("properties", {}).items()]
    inside += [(f"{path}[]", schema["items"])] if "items" in schema else []
    inside += [(path, branch) for branch in schema.get("anyOf", ())]
    places = (_place(member, wanted, place) for place, member in inside)
    return next((place for place in places if place is not None), None)


def members(payload: Mapping[str, Any]) -> str:
    """Return the declared members of a payload with what they hold."""
    return ", ".join(f"`{name}` ({kind(schema)})" for name, schema in payload["properties"].items())


def error_rows() -> Iterator[tuple[str, str, str, str]]:
    """Yield status, code, name and whether it may be retried, for each error that a caller can get."""
    found = [getattr(errors, name) for name in errors.__all__]
    kinds = [each for each in found if isinstance(each, type) and issubclass(each, errors.PluginError)]
    for each in sorted(kinds, key=lambda each: (each.status, each.code)):
        if "code" in vars(each) and each is not errors.PluginError:
            yield str(each.status), f"`{each.code}`", each.__name__, _retryable(each)


def lines(catalog: Catalog) -> Iterator[str]:
    """Yield the document, line by line."""
    yield INTRODUCTION
    yield "## Actions"
    yield ""
    summary = (
        (f"`{action.key}`", action.title, action.effect, f"`{' '.join(action.rest)}`" if action.rest else "")
        for action in catalog.actions.values()
    )
    yield from table(("Action", "", "Effect", "REST"), summary)
    domain = None
    for action in sorted(catalog.actions.values(), key=lambda action: action.domain):
        if action.domain != domain:
            domain = action.domain
            yield f"### {domain.capitalize()}"
            yield ""
        yield from action_section(action)
    yield "An asterisk marks what is required."
    yield ""
    yield "## Triggers"
    yield ""
    triggers = catalog.triggers.values()
    yield from table(
        ("Trigger", "Also", "Topic", "Scopes", "About"),
        ((f"`{t.key}`", code(t.aliases), f"`{t.topic}`", scopes(t.scopes), t.description) for t in triggers),
    )
    yield PAYLOADS
    yield from table(
        ("Trigger", "Shape of", "Members among others"),
        ((f"`{t.key}`", like(t, catalog), members(t.payload)) for t in triggers),
    )
    yield "## Chat"
    yield ""
    yield "`shopify` may stand before each phrase."
    yield ""
    commands = catalog.commands.values()
    yield from table(
        ("Say", "", "Runs"), ((code(c.says), c.title, f"`{c.action}`" if c.action else "") for c in commands)
    )
    yield "## Settings"
    yield ""
    yield from table(
        ("Name", "Also read", "Default", "About"),
        ((f"`{s.name}`", code(s.aliases), f"`{s.default}`" if s.default else "", s.about) for s in SETTINGS),
    )
    yield "The embedded host (`atom-shopify serve`) has settings of its own:"
    yield ""
    yield from table(("Name", "About"), ((f"`{name}`", about) for name, about in HOST_SETTINGS.items()))
    yield "## Errors"
    yield ""
    yield from table(("Status", "Code", "In Python", "Retry"), error_rows())


def main() -> int:
    """Write the reference, or check it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where the file is stale")
    check = parser.parse_args().check
    text = "\n".join(lines(load())).rstrip() + "\n"
    current = TARGET.read_text(encoding="utf-8") if TARGET.is_file() else ""
    if text == current:
        return 0
    if check:
        print(f"{TARGET.name} is out of date: run scripts/reference.py.", file=sys.stderr)
        return 1
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
