"""The host's OpenAPI document says what the host serves, no more and no less."""

from __future__ import annotations

import re

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from atom_shopify_plugin.apidoc import STATUSES
from atom_shopify_plugin.host import openapi


@pytest.fixture(scope="module")
def document():
    return openapi.build("http://127.0.0.1:5058")


def operations(document):
    return {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_it_is_valid_openapi(document):
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_it_describes_exactly_the_routes_that_are_served(door, document):
    plugins = {name for loaded in door.host.plugins.loaded.values() for name in loaded.blueprints}
    served = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in door.app.url_map.iter_rules()
        if rule.endpoint.partition(".")[0] not in plugins
        for method in rule.methods
        if method not in ("HEAD", "OPTIONS")
    }
    assert set(operations(document)) == served


def test_operation_ids_are_unique(document):
    ids = [operation["operationId"] for operation in operations(document).values()]
    assert len(ids) == len(set(ids))


def test_every_operation_may_answer_every_error(document):
    for operation in operations(document).values():
        assert set(STATUSES) <= set(operation["responses"])


def test_what_is_open_is_open_and_nothing_else(document, door):
    open_ones = {
        path
        for (_, path), operation in operations(document).items()
        if "security" in operation and (not operation["security"] or {} in operation["security"])
    }
    assert open_ones == {"/", "/assets/{path}", "/icon.svg", "/healthz", "/metrics", "/signin", "/signout"}
    anonymous = door.anonymous(use_cookies=False)
    for (method, path), operation in operations(document).items():
        answer = anonymous.open(re.sub(r"\{\w+\}", "x", path), method=method, json={} if method == "POST" else None)
        assert (answer.status_code == 401) == ("security" not in operation or path == "/"), (method, path)


def test_it_is_served_to_whoever_is_signed_in(ada, document):
    assert ada.get("/api/openapi.json").json["paths"].keys() == document["paths"].keys()
