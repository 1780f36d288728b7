"""What the TypeScript skills know of the actions: a function for each, and what registers them with agents."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from atom_shopify_plugin.catalog.model import Action, Catalog

__all__ = ["definitions", "functions"]

_BESIDE = ("shop", "preview", "confirmation_token", "idempotency_key")
"""Parameters that every skill of its kind takes beside the input of its action."""

_HEAD = """// scripts/client.py writes this file. Do not edit it.

import { skill } from "./skill";
"""


def functions(catalog: Catalog) -> str:
    """Return the text of `actions.ts`: a function for each action, by domain."""
    domains: dict[str, list[Action]] = {}
    for action in catalog.actions.values():
        domains.setdefault(action.domain, []).append(action)
    parts = [_HEAD]
    for domain, actions in domains.items():
        parts.append(f"// {catalog.domains[domain].title}\n")
        parts += (_function(action) for action in actions)
    return "\n".join(parts)


def definitions(catalog: Catalog) -> dict[str, Any]:
    """Return the input of each action as JSON Schema, and the definitions that they share."""
    shared: dict[str, Any] = {}
    skills = []
    for action in catalog.actions.values():
        public = catalog.public_schema(action)
        if taken := set(_BESIDE) & public.input.get("properties", {}).keys():
            raise ValueError(f"{action.key} takes {min(taken)}, which is a parameter of every skill.")
        shared |= {name: public.definitions[name] for name in _referred(public.input)}
        skills.append(
            {
                "action": action.key,
                "title": action.title,
                "description": action.description,
                "effect": action.effect,
                "asks": action.may_ask,
                "scopes": [list(group) for group in action.scopes],
                "input": public.input,
            }
        )
    return {"definitions": dict(sorted(shared.items())), "skills": skills}


def _function(action: Action) -> str:
    words = " ".join(action.description.split()).replace("*/", "* /")
    if action.effect == "destructive":
        words += " It can't be undone: ask for its preview first."
    lines = textwrap.wrap(words, 112)
    if len(lines) == 1:
        comment = f"/** {lines[0]} */\n"
    else:
        comment = "/**\n" + "".join(f" * {line}\n" for line in lines) + " */\n"
    name = re.sub(r"_(\w)", lambda found: found[1].upper(), action.key)
    return f'{comment}export const {name} = /* @__PURE__ */ skill("{action.key}");\n'


def _referred(schema: Any) -> Iterator[str]:
    """Yield the names of the definitions that a schema refers to; a definition refers to none."""
    if isinstance(schema, Mapping):
        if isinstance(name := schema.get("$ref"), str):
            yield name.rpartition("/")[2]
        for value in schema.values():
            yield from _referred(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _referred(value)
