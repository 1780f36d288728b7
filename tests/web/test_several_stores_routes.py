"""One request for several stores."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator
from webhost import Caller, error_of

from atom_shopify_plugin import openapi
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.domain import ShopDomain

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox

DEMO, OUTLET = "demo.myshopify.com", "outlet.myshopify.com"


@pytest.fixture
def ada(ada: Caller, runtime: Runtime, sandbox: Sandbox, principal: Principal) -> Caller:
    """The owner of both stores; outlet has not granted to write products."""
    token = Secret(sandbox.issue_admin_token(OUTLET, scopes=runtime.settings.scopes - {"write_products"}))
    runtime.connections.connect_token(principal, ShopDomain(OUTLET), token)
    return ada


def conforms(runtime: Runtime, body: object) -> None:
    """Check an answer against the schema that the OpenAPI document gives for 207."""
    document = openapi.build(runtime.catalog, runtime.settings)
    schema = {"$ref": "#/components/schemas/StoreResults", "components": document["components"]}
    Draft202012Validator(schema).validate(body)


def test_all_stores_answer_one_request(ada: Caller, runtime: Runtime) -> None:
    answer = ada.get("/api/shopify/products?shop=all&limit=1")
    body = json.loads(answer.data)
    assert answer.status_code == 207
    assert (body["ok"], body["meta"]["stores"], body["meta"]["failed"]) == (True, 2, 0)
    assert [(one["shop"], len(one["data"]["items"])) for one in body["data"]["stores"]] == [(DEMO, 1), (OUTLET, 1)]
    conforms(runtime, body)


def test_the_stores_that_failed_are_named(ada: Caller, runtime: Runtime) -> None:
    answer = ada.post("/api/shopify/products?shop=outlet,demo", {"title": "Both"})
    body = json.loads(answer.data)
    assert answer.status_code == 207
    assert body["error"]["code"] == "PARTIAL_FAILURE"
    assert body["error"]["retryable"] is False
    assert [(one["shop"], one["ok"]) for one in body["data"]["stores"]] == [(OUTLET, False), (DEMO, True)]
    conforms(runtime, body)


@pytest.mark.parametrize(("shop", "code"), [("demo,", 400), ("demo,nobodys", 404), ("all,demo", 400), ("", 400)])
def test_names_that_mean_no_stores_are_refused(ada: Caller, shop: str, code: int) -> None:
    answer = ada.get(f"/api/shopify/products?shop={shop}")
    assert answer.status_code == code
    error_of(answer)


def test_a_stranger_has_no_store_among_all(ada: Caller, mallory: Caller) -> None:
    assert error_of(mallory.get("/api/shopify/products?shop=all"))["code"] == "STORE_NOT_CONNECTED"
    assert mallory.get("/api/shopify/products?shop=demo,outlet").status_code == 404
