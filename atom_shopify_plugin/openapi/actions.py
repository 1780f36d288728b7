"""The routes of actions: parameters, bodies and answers out of the Catalog."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from atom_shopify_plugin.apidoc import TEXT, Answer, Route, query, ref
from atom_shopify_plugin.catalog.model import Action, Catalog
from atom_shopify_plugin.openapi.schemas import Components
from atom_shopify_plugin.openapi.shapes import (
    ACCEPTED,
    BLANK,
    CONFIRM,
    CONFIRM_IN_QUERY,
    DRY_RUN,
    KEY,
    ON_OFF,
    PREFIX,
    PREVIEW,
    SHOPS,
    USER,
    envelope,
)

__all__ = ["creates", "routes_of_actions"]

_PARAMETER = re.compile(r"\{([a-z_]+)\}")

_FILES = {"report_render": ("text/csv", "text/html")}
"""What an action answers in place of JSON, where its `format` asks for that."""

_OF_STORES = Answer.json(ref("StoreResults"), 207, "For several stores: one result each, in the order of `shop`.")


def routes_of_actions(catalog: Catalog, components: Components) -> Iterator[Route]:
    """Yield the route of each action that has one."""
    for action in catalog.actions.values():
        if action.rest is not None:
            yield _route(action, action.rest, catalog, components)


def creates(action: Action, catalog: Catalog) -> bool:
    """Tell whether the action makes a new resource of its collection: it posts to a path whose members can be read."""
    if action.rest is None or action.rest[0] != "POST" or action.effect == "read":
        return False
    member = re.compile(re.escape(action.rest[1]) + r"/\{[a-z_]+\}")
    return any(
        other.rest is not None and other.rest[0] == "GET" and member.fullmatch(other.rest[1])
        for other in catalog.actions.values()
    )


def _route(action: Action, rest: tuple[str, str], catalog: Catalog, components: Components) -> Route:
    method, path = rest
    names = _PARAMETER.findall(path)
    public = components.of(action)
    source = public.input
    rest_of_input = _without(source, names)
    in_query = method in ("GET", "DELETE")
    given = [{"name": name, "in": "path", "required": True, "schema": source["properties"][name]} for name in names]
    about = action.description
    if in_query:
        required = rest_of_input.get("required", [])
        given += [
            query(
                name, _as_text(schema, action.properties[name]), **({"required": True} if name in required else BLANK)
            )
            for name, schema in rest_of_input["properties"].items()
        ]
        about += _choice(rest_of_input)
    options: list[Mapping[str, Any]] = [SHOPS, USER]
    if action.effect != "read":
        options += [KEY, PREVIEW, DRY_RUN]
    if action.may_ask:
        options += [CONFIRM, CONFIRM_IN_QUERY]
    return Route(
        method,
        PREFIX + path,
        action.key,
        action.title,
        action.domain,
        (*_answers(action, catalog, public.output), _OF_STORES),
        parameters=(*given, *options),
        body=None if in_query else rest_of_input,
        more={
            "description": about,
            "x-effect": action.effect,
            "x-scopes": [list(group) for group in action.scopes],
        },
    )


def _answers(action: Action, catalog: Catalog, data: Any) -> Iterator[Answer]:
    if action.effect == "read":
        files = dict.fromkeys(_FILES.get(action.key, ()), TEXT)
        yield Answer(200, "The answer.", {"application/json": envelope(data), **files})
        return
    done = "Done."
    preview = ref("Confirmation" if action.effect == "destructive" else "Preview")
    if action.forecast is not None and action.effect != "destructive":
        preview = {"anyOf": [preview, ref("Confirmation")]}
    if creates(action, catalog):
        yield Answer.json(envelope(data), 201, "Made.", "Location")
        yield Answer.json(envelope(preview), 200, "With `preview`: what would happen.")
    else:
        yield Answer.json(envelope({"anyOf": [data, preview]}), 200, f"{done} With `preview`: what would happen.")
    if action.poll is not None:
        yield ACCEPTED


def _without(source: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    """Return an input schema without the members that stand in the path.

    A choice between the path's id and other ways to name the resource has been made by the path: they go, too.
    """
    chosen: set[str] = set(names)
    body = dict(source)
    for rule in ("oneOf", "anyOf"):
        branches = [set(branch.get("required", ())) for branch in source.get(rule, ())]
        if any(branch & set(names) for branch in branches):
            del body[rule]
            if rule == "oneOf":
                chosen.update(*branches)
    body["properties"] = {name: value for name, value in source["properties"].items() if name not in chosen}
    body["required"] = [name for name in source.get("required", ()) if name not in names]
    if not body["required"]:
        del body["required"]
    if "minProperties" in body:
        body["minProperties"] = max(0, body["minProperties"] - len(names))
    return body


def _as_text(schema: Any, resolved: Mapping[str, Any]) -> Any:
    """Return the schema of a value in a query string, where true and false may be 1 and 0."""
    if resolved.get("type") != "boolean":
        return schema
    return {**{name: value for name, value in schema.items() if name != "type"}, **ON_OFF}


def _choice(schema: Mapping[str, Any]) -> str:
    """Return in words what parameters can't say: which of them are given together."""
    for rule, words in (("oneOf", "exactly"), ("anyOf", "at least")):
        branches = [branch.get("required", ()) for branch in schema.get(rule, ())]
        if branches and all(branches):
            return f" Give {words} one of: {' or '.join(', '.join(branch) for branch in branches)}."
    return ""
