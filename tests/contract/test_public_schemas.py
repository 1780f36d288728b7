"""OpenAPI, the list of tools, and the command line tell the same of what an action takes and answers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from atom_shopify_plugin.catalog.loading import packaged
from atom_shopify_plugin.catalog.model import Catalog
from atom_shopify_plugin.catalog.public import PublicSchema, replaced
from atom_shopify_plugin.cli import main
from atom_shopify_plugin.events.members import payloads
from atom_shopify_plugin.openapi import build
from atom_shopify_plugin.settings import Settings

ACTIONS = list(packaged().actions)


@cache
def document() -> Any:
    return build(packaged(), Settings.from_environ({}))


def in_place(schema: Any) -> Any:
    """Return a schema of the document with its components in place."""
    components = document()["components"]["schemas"]
    return replaced(schema, lambda name: in_place(components[name]))


def operation(key: str) -> Mapping[str, Any]:
    found = [one for path in document()["paths"].values() for one in path.values() if one["operationId"] == key]
    return found[0]


@pytest.fixture
def public(key: str, catalog: Catalog) -> PublicSchema:
    return catalog.public_schema(key)


@pytest.mark.parametrize("key", ACTIONS)
def test_openapi_takes_what_the_action_takes(key: str, public: PublicSchema) -> None:
    route = operation(key)
    body = route.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    told = {one["name"]: one["schema"] for one in route["parameters"] if one["in"] in ("query", "path")}
    told |= body.get("properties", {})
    taken = public.whole(public.input)
    in_path = set(re.findall(r"\{(\w+)\}", packaged().actions[key].rest[1]))  # type: ignore[index]
    others = {name for branch in taken.get("oneOf", ()) for name in branch["required"]} - in_path
    for name, schema in taken["properties"].items():
        if name in others and name not in told:
            continue  # the path has chosen
        if schema.get("type") == "boolean" and name not in body.get("properties", {}):
            continue  # in a query, true may be 1
        assert in_place(told[name]) == schema, name
    required = {one["name"] for one in route["parameters"] if one.get("required")} | set(body.get("required", ()))
    assert set(taken.get("required", ())) | in_path == required


@pytest.mark.parametrize("key", ACTIONS)
def test_openapi_answers_what_the_action_answers(key: str, public: PublicSchema) -> None:
    schemas = [
        answer["content"]["application/json"]["schema"]["properties"]["data"]
        for status, answer in operation(key)["responses"].items()
        if status in ("200", "201")
    ]
    answered = [branch for schema in schemas for branch in schema.get("anyOf", [schema])]
    assert public.whole(public.output) in [in_place(schema) for schema in answered]


@pytest.mark.parametrize("key", ACTIONS)
def test_the_list_of_tools_takes_what_the_action_takes(key: str, public: PublicSchema, catalog: Catalog) -> None:
    names = {key, *catalog.actions[key].aliases}
    tools = [tool for tool in catalog.card(payloads(catalog))["workflow_actions"] if tool["key"] in names]
    assert [tool["input"] for tool in tools] == [public.whole(public.input)] * len(names)
    Draft202012Validator.check_schema(tools[0]["input"])


@pytest.mark.parametrize("key", ACTIONS)
def test_the_command_line_shows_the_same(key: str, public: PublicSchema) -> None:
    shown = json.loads(CliRunner().invoke(main, ["actions", "show", key, "--json"]).stdout)
    assert shown["input"] == public.whole(public.input)
    assert shown["output"] == public.whole(public.output)
    table = CliRunner().invoke(main, ["actions", "show", key]).stdout
    assert all(re.search(rf"^{name}\b", table, re.MULTILINE) for name in public.input["properties"])


@pytest.mark.parametrize("key", ACTIONS)
def test_nothing_internal_is_told(key: str, public: PublicSchema) -> None:
    text = json.dumps(public)
    assert not re.search(r'"(search|replaces)": |gid:|"format": "(decimal|phone|email)"', text.replace("gid://", ""))
