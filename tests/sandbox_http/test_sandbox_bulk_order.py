"""Whatever the order of its lines, a bulk result holds what the same query answers page by page."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atom_shopify_plugin.sandbox.adapter import SandboxAdapter
from atom_shopify_plugin.sandbox.core import Sandbox

DEMO = "demo.myshopify.com"
# The connections of each type, and fields that its rows may show.
CONNECTIONS = {
    "QueryRoot": {"products": "Product", "orders": "Order", "collections": "Collection", "customers": "Customer"},
    "Product": {"variants": "ProductVariant", "collections": "Collection", "metafields": "Metafield"},
    "ProductVariant": {"metafields": "Metafield"},
    "Collection": {"products": "Product"},
    "Order": {"lineItems": "LineItem", "metafields": "Metafield"},
    "Customer": {"orders": "Order", "metafields": "Metafield"},
    "LineItem": {},
    "Metafield": {},
}
FIELDS = {
    "Product": ["title", "seo { title description }", "tags", "... on Product { handle }"],
    "ProductVariant": ["sku", "price", "product { id title }"],
    "Collection": ["title", "updatedAt"],
    "Order": ["name", "totalPriceSet { shopMoney { amount } }", "customer { id email }"],
    "Customer": ["email", "displayName"],
    "LineItem": ["quantity", "title"],
    "Metafield": ["key", "value"],
}
MOST, DEEPEST = 5, 3


@st.composite
def trees(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a connection with what is selected below it: at most five connections, three of them inside each other."""
    left = [MOST]

    def below(kind: str, depth: int) -> list[dict[str, Any]]:
        names = sorted(CONNECTIONS[kind]) if depth < DEEPEST else []
        chosen = draw(st.lists(st.sampled_from(names), unique=True, max_size=min(len(names), left[0]))) if names else []
        left[0] -= len(chosen)
        return [tree(name, CONNECTIONS[kind][name], depth + 1) for name in chosen]

    def tree(name: str, kind: str, depth: int) -> dict[str, Any]:
        fields = draw(st.lists(st.sampled_from(FIELDS[kind]), unique=True))
        return {"name": name, "fields": ["id", "__typename", *fields], "below": below(kind, depth)}

    left[0] -= 1
    name = draw(st.sampled_from(sorted(CONNECTIONS["QueryRoot"])))
    return tree(name, CONNECTIONS["QueryRoot"][name], 1)


def text(tree: Mapping[str, Any], first: str = "") -> str:
    inside = " ".join([*tree["fields"], *(text(part, first) for part in tree["below"])])
    return f"{tree['name']}{first} {{ edges {{ node {{ {inside} }} }} }}"


def lines(tree: Mapping[str, Any], answer: Mapping[str, Any], parent: str | None = None) -> Iterator[str]:
    """Yield the lines that an answer with everything inside it stands for."""
    for edge in answer[tree["name"]]["edges"]:
        names = {part["name"] for part in tree["below"]}
        row = {name: value for name, value in edge["node"].items() if name not in names}
        yield json.dumps(row | ({} if parent is None else {"__parentId": parent}), sort_keys=True)
        for part in tree["below"]:
            yield from lines(part, edge["node"], row["id"])


class App:
    def __init__(self) -> None:
        self.sandbox = Sandbox(size="small")
        self.token = self.sandbox.issue_admin_token(DEMO, [*self.sandbox.app.scopes, "read_all_orders"])
        self.session = requests.Session()
        self.session.mount("https://", SandboxAdapter(self.sandbox))

    def ask(self, query: str, **variables: Any) -> Any:
        state, now = self.sandbox.store(DEMO), self.sandbox.clock.now()
        scopes = frozenset([*self.sandbox.app.scopes, "read_all_orders"])
        answer = self.sandbox.engine.execute(state, query, variables, scopes=scopes, now=now)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]


@pytest.fixture(scope="module")
def app_and_store() -> Iterator[App]:
    app = App()
    owners = [
        node["id"] for kind in ("Product", "Order") for node in list(app.sandbox.store(DEMO).all(kind).values())[:5]
    ]
    fields = [
        {"ownerId": gid, "namespace": "custom", "key": "size", "type": "single_line_text_field", "value": "1/2"}
        for gid in owners
    ]
    app.ask(
        "mutation M($m: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $m) { userErrors { message } } }", m=fields
    )
    yield app
    app.session.close()
    app.sandbox.close()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(trees(), st.sampled_from(["later", "any", "grouped"]), st.booleans(), st.integers(0, 2**30))
def test_a_result_reassembles_to_the_nested_answer(app_and_store, tree, order, grouped, seed):
    app = app_and_store
    app.sandbox.bulk.change({"order": order, "seed": seed})
    start = "mutation R($q: String!, $g: Boolean!) { bulkOperationRunQuery(query: $q, groupObjects: $g) { bulkOperation { id } userErrors { message } } }"  # noqa: E501
    payload = app.ask(start, q=f"{{ {text(tree)} }}", g=grouped)["bulkOperationRunQuery"]
    assert payload["userErrors"] == []
    assert app.sandbox.bulk.settle(30)
    gid = payload["bulkOperation"]["id"]
    done = app.ask("query Q($id: ID!) { bulkOperation(id: $id) { status url objectCount rootObjectCount } }", id=gid)[
        "bulkOperation"
    ]
    assert done["status"] == "COMPLETED"
    reply = app.session.get(done["url"]).text if done["url"] else ""
    rows = [json.loads(line) for line in reply.splitlines()]
    answer = app.ask(f"{{ {text(tree, '(first: 250)')} }}")
    assert Counter(json.dumps(row, sort_keys=True) for row in rows) == Counter(lines(tree, answer))
    assert done["objectCount"] == str(len(rows))
    assert done["rootObjectCount"] == str(len(answer[tree["name"]]["edges"]))
    roots = [row["id"] for row in rows if "__parentId" not in row]
    assert roots == [edge["node"]["id"] for edge in answer[tree["name"]]["edges"]]
