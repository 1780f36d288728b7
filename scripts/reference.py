"""Write docs/reference/: one page per domain, and pages of triggers, chat, commands, settings and errors.

`--check` writes nothing and fails where a page is out of date.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from reference_actions import SHARED, action_section, code, kind, object_lines, route, scopes, table
from reference_commands import command_lines

from atom_shopify_plugin import errors
from atom_shopify_plugin.catalog.loading import load
from atom_shopify_plugin.catalog.model import Catalog, Trigger
from atom_shopify_plugin.events.members import payloads
from atom_shopify_plugin.host.config import HOST_SETTINGS
from atom_shopify_plugin.settings import SETTINGS

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "reference"
AGENTS = FOLDER.parent / "agents.md"
BEGIN, END = "% scripts/reference.py writes this table: begin\n", "% scripts/reference.py writes this table: end\n"
NOTE = "% scripts/reference.py writes this page. Do not edit it.\n"
INTRODUCTION = """# Reference

These pages are generated from the manifests, the settings, the error classes and the command line.

## How to read an action

An action has one key, such as `product_create`, and often aliases. You can use either in a workflow step, in
`atom-shopify call`, and as the name of an agent's tool. Most actions also have a REST route below `/api/shopify`.

Each action has an effect:

| Effect | Meaning |
|---|---|
| `read` | Changes nothing. |
| `write` | Changes something that another action can change back. |
| `destructive` | Changes something for good. The first call returns a preview and a token; the second sends it. |

Conventions that all actions share:

- An asterisk marks a required input.
- An id is a number or a `gid://shopify/…` text.
- A moment carries its offset, such as `2026-10-31T08:00:00Z`. A filter also takes a day, such as `2026-10-31`, in the
  store's time zone: `…_min` starts at the beginning of that day and `…_max` includes all of it.
- Each action that reads takes `fields`: a list of the members that you want, such as `id` and `variants.sku`.
- The result is `data` in the answer of a REST call. The end of a page lists the objects in its results, and
  [Shared objects](objects.md) those of several pages.
- A list action returns `items` and `page`. Pass `page.next` as `cursor` to get the next page.
- A list inside a resource is `{nodes, truncated}`. It is complete when you read a single resource. In a list of
  resources it may be cut; then `more` is the call that returns all of it, and `count` is the number of entries.
"""
PAYLOADS = """## Payloads

A payload has the same shape as the result of the action in the same row. Members with equal names hold the same thing.

- `id` is a gid and `legacy_id` is its number. Ids of other resources are gids.
- `tags` is a list of texts.
- Money is `{shop_money: {amount, currency_code}}`, with the amount as text.
- Line items and variants are below `nodes`.
- Statuses are in upper case.

Members that only Shopify's webhook has keep Shopify's names in snake_case, such as `financial_status` and
`line_items.nodes[0].price`. The payload of a topic without a trigger of its own is Shopify's, unchanged.
"""
ERRORS = """# Errors

Every error has the same shape:

```json
{"ok": false, "error": {"code": "NOT_FOUND", "message": "…", "details": {}, "request_id": "…", "retryable": false}}
```

`retryable` says whether sending the same request again can succeed. Compare `code` in programs; messages may change.
"""


def _retryable(error: type[errors.PluginError]) -> str:
    if error is errors.OutcomeUnknown:
        return "only if `retryable` is true"
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
    """Return the known members of a payload with what they hold."""
    return ", ".join(f"`{name}` ({kind(schema)})" for name, schema in payload["properties"].items())


def error_rows() -> Iterator[tuple[str, str, str, str]]:
    """Yield status, code, name and whether it may be retried, for each error that a caller can get."""
    found = [getattr(errors, name) for name in errors.__all__]
    kinds = [each for each in found if isinstance(each, type) and issubclass(each, errors.PluginError)]
    for each in sorted(kinds, key=lambda each: (each.status, each.code)):
        if "code" in vars(each) and each is not errors.PluginError:
            yield str(each.status), f"`{each.code}`", each.__name__, _retryable(each)


def index_lines(catalog: Catalog) -> Iterator[str]:
    """Yield the page that lists all actions."""
    yield INTRODUCTION
    yield "## All actions"
    yield ""
    names = sorted({action.domain for action in catalog.actions.values()})
    for name in names:
        domain = catalog.domains[name]
        yield from (f"### [{domain.title}]({name}.md)", "", domain.about, "")
        yield from table(
            ("Action", "", "Effect", "REST"),
            (
                (f"[`{action.key}`]({name}.md#{action.key})", action.title, action.effect, route(action))
                for action in catalog.actions.values()
                if action.domain == name
            ),
        )
    names = [*names, *OTHERS]
    yield from ("```{toctree}", ":hidden:", "", *names, "```")


def domain_lines(domain: str, catalog: Catalog) -> Iterator[str]:
    """Yield the page of one domain: its actions."""
    told = catalog.domains[domain]
    yield from (f"# {told.title}", "", told.about, "")
    yield "[How to read an action](index.md#how-to-read-an-action) explains the terms."
    yield ""
    for action in catalog.actions.values():
        if action.domain == domain:
            yield from action_section(action)
    if objects := list(object_lines(domain)):
        yield from ("## Objects", "", *objects)


def shared_lines() -> Iterator[str]:
    """Yield the page of objects that several domains share."""
    yield from ("# Shared objects", "", "Inputs and results of several domains hold these objects.", "")
    yield from object_lines("common", level=2)


def trigger_lines(catalog: Catalog) -> Iterator[str]:
    """Yield the page of triggers and their payloads."""
    triggers, computed = catalog.triggers.values(), catalog.computed.values()
    known = payloads(catalog)
    yield "# Triggers"
    yield ""
    yield "A workflow can start when one of these events happens in a store. [Triggers](../triggers.md) explains how."
    yield ""
    yield from table(
        ("Trigger", "Aliases", "Shopify's topic", "Scopes", "Fires when"),
        ((f"`{t.key}`", code(t.aliases), f"`{t.topic}`", scopes(t.scopes), t.description) for t in triggers),
    )
    yield ""
    yield "## Computed triggers"
    yield ""
    yield "Shopify has no topic for these: the plugin finds them in the deliveries of others, or when time has passed."
    yield ""
    yield from table(
        ("Trigger", "Parameters", "Computed from", "Scopes", "Fires when"),
        (
            (f"`{t.key}`", settable(t), code(t.computed.feeds if t.computed else ()), scopes(t.scopes), t.description)
            for t in computed
        ),
    )
    yield PAYLOADS
    yield from table(
        ("Trigger", "Same shape as", "Members, among others"),
        ((f"`{t.key}`", like(t, catalog), members(known[t.key])) for t in (*triggers, *computed)),
    )


def settable(trigger: Trigger) -> str:
    """Return the parameters of a computed trigger with their defaults and bounds."""
    schemas = {} if trigger.computed is None else trigger.computed.parameters.get("properties", {})
    return "<br>".join(f"`{name}` ({_bounds(one)}): {one['description']}" for name, one in schemas.items())


def _bounds(schema: Mapping[str, Any]) -> str:
    default = json.dumps(schema["default"]).strip('"')
    if "enum" in schema:
        return f"{', '.join(schema['enum'])}; default {default}"
    if "maxLength" in schema:
        return f"a text of up to {schema['maxLength']} characters; default {default if schema['default'] else 'empty'}"
    return f"{schema['minimum']} to {schema['maximum']}; default {default}"


def chat_lines(catalog: Catalog) -> Iterator[str]:
    """Yield the page of phrases that chat understands."""
    yield "# Chat phrases"
    yield ""
    yield "Each can be said in many other ways: see [Talk to your stores](../chat.md). What changes a store is shown"
    yield "first and done after a yes. Add “in all stores” to ask every store that you have."
    yield ""
    yield from table(
        ("Phrase", "What it does", "Action"),
        ((code(c.says), c.title, f"`{c.action}`" if c.action else "") for c in catalog.commands.values()),
    )


def setting_lines() -> Iterator[str]:
    """Yield the page of settings."""
    yield "# Settings"
    yield ""
    yield "All settings are environment variables. `atom-shopify doctor` finds misspelt names and unusable values."
    yield ""
    yield "## Plugin"
    yield ""
    yield from table(
        ("Name", "Aliases", "Default", "Meaning"),
        ((f"`{s.name}`", code(s.aliases), f"`{s.default}`" if s.default else "", s.about) for s in SETTINGS),
    )
    yield "## Embedded host"
    yield ""
    yield "Only `atom-shopify serve` and the commands that use the embedded host read these."
    yield ""
    yield from table(("Name", "Meaning"), ((f"`{name}`", about) for name, about in HOST_SETTINGS.items()))


def error_lines() -> Iterator[str]:
    """Yield the page of error codes."""
    yield ERRORS
    yield from table(("Status", "Code", "In Python", "Retry"), error_rows())


OTHERS = (SHARED, "triggers", "chat", "commands", "settings", "errors")


def pages(catalog: Catalog) -> dict[str, str]:
    """Return the text of every page by its file name."""
    found = {"index": index_lines(catalog)}
    found |= {action.domain: domain_lines(action.domain, catalog) for action in catalog.actions.values()}
    others = (
        shared_lines(),
        trigger_lines(catalog),
        chat_lines(catalog),
        command_lines(),
        setting_lines(),
        error_lines(),
    )
    found |= dict(zip(OTHERS, others, strict=True))
    return {f"{name}.md": NOTE + "\n" + "\n".join(lines).rstrip() + "\n" for name, lines in found.items()}


def write_rows(catalog: Catalog) -> Iterator[tuple[str, ...]]:
    """Yield what holds of each action that writes: effect, preview, confirmation, verification, undo, limits."""
    for action in catalog.actions.values():
        if action.effect == "read":
            continue
        asks = "yes" if action.effect == "destructive" else "when it changes much" if action.may_ask else "no"
        verify = "no" if action.verify is None else f"`{action.verify.read}`"
        undo = "no" if action.undo is None else f"`{action.undo.action}`"
        counts = action.counts
        known = [name for name in ("amount", "quantity") if counts is not None and getattr(counts, name)]
        limits = ", ".join([*known, "calls"]) + ("" if counts is None else f" (`{counts.kind}`)")
        name = f"[`{action.key}`](reference/{action.domain}.md#{action.key})"
        yield name, action.effect, "yes", asks, verify, undo, limits


def agents_page(catalog: Catalog, current: str) -> str:
    """Return the page for agents with its table of writes as it has to be."""
    head = ("Write", "Effect", "Preview", "Confirmation", "Verified by", "Undone by", "Limits a day")
    before, _, rest = current.partition(BEGIN)
    after = rest.partition(END)[2]
    return before + BEGIN + "\n" + "\n".join(table(head, write_rows(catalog))) + "\n" + END + after


def main() -> int:
    """Write the reference, or check it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where a page is out of date")
    check = parser.parse_args().check
    catalog = load()
    wanted = pages(catalog)
    agents = AGENTS.read_text("utf-8")
    whole = agents_page(catalog, agents)
    current = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.md")}
    stale = sorted(name for name in wanted.keys() | current.keys() if wanted.get(name) != current.get(name))
    if check and (stale or whole != agents):
        told = ", ".join(
            [*(f"docs/reference/{name}" for name in stale), *(["docs/agents.md"] if whole != agents else [])]
        )
        print(f"{told}: out of date. Run scripts/reference.py.", file=sys.stderr)
        return 1
    AGENTS.write_text(whole, "utf-8")
    FOLDER.mkdir(exist_ok=True)
    for name in stale:
        if name in wanted:
            (FOLDER / name).write_text(wanted[name], "utf-8")
        else:
            (FOLDER / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
