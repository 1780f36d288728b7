"""The OpenAPI document says what is served, no more and no less."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from atom_shopify_plugin import openapi
from atom_shopify_plugin.apidoc import STATUSES
from atom_shopify_plugin.catalog import loading
from atom_shopify_plugin.catalog.model import Catalog
from atom_shopify_plugin.errors import PluginError
from atom_shopify_plugin.settings import Settings


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return loading.load()


@pytest.fixture(scope="module")
def document(catalog: Catalog) -> dict[str, Any]:
    return openapi.build(catalog, Settings.from_environ({}))


def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_it_is_valid_openapi(document: dict[str, Any]) -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_it_describes_exactly_the_routes_that_are_served_to_programs(app: Flask, document: dict[str, Any]) -> None:
    served = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("atom_shopify_plugin.") and ".page_" not in rule.endpoint
        for method in rule.methods or ()
        if method not in ("HEAD", "OPTIONS")
    }
    assert set(operations(document)) == served


def test_operation_ids_are_unique(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for operation in operations(document).values()]
    assert len(ids) == len(set(ids))


def test_every_path_parameter_is_described(document: dict[str, Any]) -> None:
    for (_, path), operation in operations(document).items():
        named = {found["name"] for found in operation["parameters"] if found["in"] == "path"}
        assert named == set(re.findall(r"\{(\w+)\}", path))


def test_only_liveness_the_callback_and_deliveries_are_open(document: dict[str, Any]) -> None:
    open_ones = {
        path
        for (_, path), operation in operations(document).items()
        if "security" in operation and (operation["security"] == [] or {} in operation["security"])
    }
    assert open_ones == {"/api/shopify/health/live", "/api/auth/shopify/callback", "/api/shopify/webhooks"}
    assert document["security"] == [{"bearer": []}]


def test_bodies_take_what_the_manifests_examples_say(catalog: Catalog, document: dict[str, Any]) -> None:
    found = {operation["operationId"]: operation for operation in operations(document).values()}
    checked = 0
    for action in catalog.actions.values():
        if action.rest is None or "requestBody" not in found[action.key]:
            continue
        in_path = set(re.findall(r"\{(\w+)\}", action.rest[1]))
        schema = found[action.key]["requestBody"]["content"]["application/json"]["schema"]
        validator = Draft202012Validator({**schema, "components": document["components"]})
        for example in action.examples:
            if not in_path <= set(example):
                continue  # it names the thing in another way than the address does
            body = {name: value for name, value in example.items() if name not in in_path}
            assert [error.message for error in validator.iter_errors(body)] == [], action.key
            checked += 1
    assert checked


def test_effects_and_scopes_are_told(catalog: Catalog, document: dict[str, Any]) -> None:
    found = {operation["operationId"]: operation for operation in operations(document).values()}
    for action in catalog.actions.values():
        if action.rest is not None:
            assert found[action.key]["x-effect"] == action.effect
            headers = {entry["name"] for entry in found[action.key]["parameters"] if entry["in"] == "header"}
            assert ("Idempotency-Key" in headers) == (action.effect != "read")
            assert ("X-Confirmation-Token" in headers) == action.may_ask


def test_every_operation_may_answer_every_error_in_the_one_shape(document: dict[str, Any]) -> None:
    for (_, path), operation in operations(document).items():
        for status in STATUSES:
            answer = operation["responses"][status]
            assert answer == {"$ref": f"#/components/responses/{status}"}, path
    for answer in document["components"]["responses"].values():
        assert answer["content"] == {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
        assert answer["headers"]["X-Request-Id"]


def test_every_status_of_an_error_is_described() -> None:
    def tree(kind: type[PluginError]) -> Iterator[type[PluginError]]:
        yield kind
        for below in kind.__subclasses__():
            yield from tree(below)

    assert {str(kind.status) for kind in tree(PluginError) if kind.status >= 400} <= set(STATUSES)
