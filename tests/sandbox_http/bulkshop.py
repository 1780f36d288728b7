"""An app that uses bulk operations of the demo store, over a real socket."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import requests

DEMO = "demo.myshopify.com"
FIELDS = "id status type errorCode completedAt objectCount rootObjectCount fileSize url partialDataUrl"
CREATE = "mutation C($product: ProductCreateInput!) { productCreate(product: $product) { product { id title } userErrors { field message } } }"  # noqa: E501


class BulkShop:
    """Sends requests with one token; `shop` is a merchant of the conftest and `sandbox` what is behind it."""

    def __init__(self, shop: Any, sandbox: Any, scopes: Iterable[str] | None = None) -> None:
        self.shop, self.sandbox = shop, sandbox
        self.token = sandbox.issue_admin_token(DEMO, scopes)

    def data(self, query: str, variables: Mapping[str, Any] | None = None) -> Any:
        answer = self.shop.graphql(self.token, query, dict(variables or {})).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def settings(self, **values: Any) -> None:
        self.shop.control("POST", "bulk", json=values)

    def start(self, query: str, *, grouped: bool = False) -> str:
        """Start a bulk query and return its id."""
        text = "mutation R($q: String!, $g: Boolean!) { bulkOperationRunQuery(query: $q, groupObjects: $g) { bulkOperation { id } userErrors { message } } }"  # noqa: E501
        payload = self.data(text, {"q": query, "g": grouped})["bulkOperationRunQuery"]
        assert payload["userErrors"] == []
        return str(payload["bulkOperation"]["id"])

    def read(self, gid: str) -> Any:
        return self.data(f"query Q($id: ID!) {{ bulkOperation(id: $id) {{ {FIELDS} }} }}", {"id": gid})["bulkOperation"]

    def ended(self, gid: str) -> Any:
        """Return an operation once nothing is left to do."""
        assert self.sandbox.bulk.settle(30)
        return self.read(gid)

    def run(self, query: str, *, grouped: bool = False) -> Any:
        return self.ended(self.start(query, grouped=grouped))

    def rows(self, url: str) -> list[dict[str, Any]]:
        reply = requests.get(url, timeout=30)
        assert reply.status_code == 200, reply.text
        return [json.loads(line) for line in reply.text.splitlines()]

    def target(self, **entry: Any) -> Any:
        """Return a staged target for the variables of a mutation."""
        entry = {
            "resource": "BULK_MUTATION_VARIABLES",
            "filename": "rows.jsonl",
            "mimeType": "text/jsonl",
            "httpMethod": "POST",
            **entry,
        }
        text = "mutation S($i: [StagedUploadInput!]!) { stagedUploadsCreate(input: $i) { stagedTargets { url resourceUrl parameters { name value } } userErrors { message } } }"  # noqa: E501
        payload = self.data(text, {"i": [entry]})["stagedUploadsCreate"]
        assert payload["userErrors"] == []
        return payload["stagedTargets"][0]

    def post(self, target: Any, content: bytes, **fields: str) -> requests.Response:
        form = {row["name"]: row["value"] for row in target["parameters"]} | fields
        return requests.post(target["url"], data=form, files={"file": ("rows.jsonl", content)}, timeout=30)

    def upload(self, content: bytes) -> str:
        """Upload the variables of a mutation and return their path."""
        target = self.target()
        assert self.post(target, content).status_code == 201
        return next(row["value"] for row in target["parameters"] if row["name"] == "key")

    def import_(self, path: str, mutation: str = CREATE) -> Any:
        """Start a bulk mutation; return the payload."""
        text = "mutation R($m: String!, $p: String!) { bulkOperationRunMutation(mutation: $m, stagedUploadPath: $p) { bulkOperation { id } userErrors { field message code } } }"  # noqa: E501
        return self.data(text, {"m": mutation, "p": path})["bulkOperationRunMutation"]

    def imported(self, rows: Iterable[Any], mutation: str = CREATE) -> Any:
        """Run a mutation with rows of variables; return the operation at its end."""
        content = b"".join(row if isinstance(row, bytes) else json.dumps(row).encode() + b"\n" for row in rows)
        payload = self.import_(self.upload(content), mutation)
        assert payload["userErrors"] == []
        return self.ended(payload["bulkOperation"]["id"])
