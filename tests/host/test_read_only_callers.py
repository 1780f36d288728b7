"""Tokens, links and JSON Web Tokens that may only look, at the host itself and in its workflows."""

from __future__ import annotations

import time

import jwt
import pytest

from atom_shopify_plugin.hookspecs import READ_ONLY_SCOPE
from atom_shopify_plugin.plugin import ShopifyPlugin
from atom_shopify_plugin.sandbox.server import serve

SECRET = "Zk3vJ9wq-T7mXr2bN8yLd5sHc1fGp6aV0eUi4oQxR"
STEP = {
    "id": "create", "type": "service_action", "service": "shopify", "action": "product_create",
    "parameters": {"title": "Mug"},
}  # fmt: skip


@pytest.fixture
def door(open_host, environ, sandbox, store):
    with serve(sandbox) as server:
        door = open_host(
            [("shopify", ShopifyPlugin())], **environ, ATOM_SHOPIFY_ENDPOINT=server.url, ATOM_JWT_SECRET=SECRET
        )
        door.host.ready()
        yield door


def told(answer):
    return answer.status_code, answer.json["error"]["code"]


def journal(sandbox):
    return [effect.operation for effect in sandbox.store("demo.myshopify.com").journal]


def test_a_read_only_token_looks_and_previews_and_changes_nothing(door, sandbox):
    looker = door.signed_in(scopes=[READ_ONLY_SCOPE])
    assert looker.get("/api/shopify/products").status_code == 200
    assert looker.get("/api/workflows/definitions").status_code == 200
    definition = {"id": "w", "steps": [STEP]}
    assert looker.post("/api/workflows/validate", json={"definition": definition}).json["data"]["valid"]
    assert looker.post("/api/workflows/dry-run", json={"definition": definition}).status_code == 200
    assert looker.post("/api/chat", json={"message": "list products"}).json["ok"]
    said = looker.post("/api/chat", json={"message": "hold #1002"}).json
    assert (said["ok"], said["error"]["code"]) == (False, "READ_ONLY")
    assert told(looker.post("/api/shopify/products", json={"title": "Mug"})) == (403, "READ_ONLY")
    assert journal(sandbox) == []


def test_a_read_only_token_has_no_workflow_write_in_its_place(door, sandbox):
    """A workflow acts as its owner, whom a token that only looks must not be able to put to work."""
    owner, looker = door.signed_in(), door.signed_in(scopes=[READ_ONLY_SCOPE])
    owner.post("/api/workflows/definitions", json={"id": "w", "steps": [STEP]})
    for path, body in (
        ("/api/workflows/definitions", {"id": "v", "steps": [STEP]}),
        ("/api/workflows/execute", {"workflow_id": "w"}),
        ("/api/workflows/runs/1/retry", {}),
        ("/api/workflows/runs/1/cancel", {}),
        ("/api/workflows/approvals/1", {"approve": True}),
        ("/api/services/register-workflow", {"service_id": "shopify", "workflow_config": {"steps": [STEP]}}),
        ("/approvals/1", None),
    ):
        assert (path, told(looker.post(path, json=body))) == (path, (403, "READ_ONLY"))
    assert told(looker.delete("/api/workflows/definitions/w")) == (403, "READ_ONLY")
    assert journal(sandbox) == []


def test_a_workflow_step_fails_in_a_read_only_store_and_says_why(door, runtime, principal, store, sandbox):
    owner = door.signed_in()
    owner.post("/api/workflows/definitions", json={"id": "w", "steps": [STEP]})
    runtime.read_only.set(principal, store, True)
    run = owner.post("/api/workflows/execute", json={"workflow_id": "w", "wait": 20}).json["data"]
    assert run["status"] == "failed"
    assert "read-only" in str(run)
    assert journal(sandbox) == []


def test_a_sign_in_link_keeps_the_limit(door):
    link = door.host.auth.signin_link("ada", scopes=[READ_ONLY_SCOPE])
    tab = door.anonymous()
    tab.get(link.partition("5058")[2] or link)
    (session,) = [token for token in door.host.auth.tokens("ada") if token.kind == "session"]
    assert READ_ONLY_SCOPE in session.scopes


@pytest.mark.parametrize(("claim", "status"), [(True, 403), ("yes", 403), (0.5, 403), (False, 201), (None, 201)])
def test_a_claim_of_atoms_token_makes_it_read_only(door, claim, status):
    token = jwt.encode({"user_id": "ada", "exp": time.time() + 600, "read_only": claim}, SECRET, "HS256")
    client = door.anonymous(use_cookies=False)
    answer = client.post("/api/shopify/products", json={"title": "Mug"}, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == status, answer.json
