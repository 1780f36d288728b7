"""Every connection that is modelled can be exported, at the root and one below it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphql import GraphQLField, GraphQLObjectType, get_named_type, is_required_argument

from atom_shopify_plugin.official.access import field_needs, type_needs
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.engine import schema
from atom_shopify_plugin.sandbox.resolve import modelled

DEMO = "demo.myshopify.com"
RUN = "mutation R($q: String!) { bulkOperationRunQuery(query: $q) { bulkOperation { id } userErrors { message } } }"


# What takes one of several arguments, none of which is required by the schema.
CHOOSING = {"customerSegmentMembers"}


def connections(kind: Any, names: Any) -> Iterator[tuple[str, Any]]:
    """Yield the connections of objects among the fields of a type, with the type of their rows."""
    for name in (name for name in names if name not in CHOOSING):
        field: GraphQLField = kind.fields[name]
        named: Any = get_named_type(field.type)
        if named.name.endswith("Connection") and not any(map(is_required_argument, field.args.values())):
            edge: Any = get_named_type(named.fields["edges"].type)
            row = get_named_type(edge.fields["node"].type)
            if "id" in getattr(row, "fields", {}):
                yield name, row


def queries() -> Iterator[tuple[str, bool]]:
    """Yield queries, and whether they may hold something that is not modelled."""
    root: Any = schema().query_type
    for name, row in connections(root, modelled(schema())["queries"]):
        yield f"{{ {name} {{ edges {{ node {{ id }} }} }} }}", False
        inside = connections(row, row.fields) if isinstance(row, GraphQLObjectType) else ()
        for below, _ in inside:
            yield f"{{ {name} {{ edges {{ node {{ id {below} {{ edges {{ node {{ id }} }} }} }} }} }} }}", True


def test_every_connection_that_is_modelled_can_be_exported():
    kinds = schema().type_map
    scopes = {scope for kind in kinds for scope in type_needs(kind)}
    scopes |= {
        scope
        for name, kind in kinds.items()
        for part in getattr(kind, "fields", ())
        for scope in field_needs(name, part)
    }
    ended = []
    with Sandbox(size="small") as sandbox:
        store, now = sandbox.store(DEMO), sandbox.clock.now()
        for query, may_lack in queries():
            answer = sandbox.engine.execute(store, RUN, {"q": query}, scopes=frozenset(scopes), now=now)
            codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
            if may_lack and codes == ["NOT_MODELLED"]:
                continue
            assert codes == [], (query, answer)
            payload = answer["data"]["bulkOperationRunQuery"]
            assert payload["userErrors"] == [], query
            assert sandbox.bulk.settle(30)
            node: Any = store.get(payload["bulkOperation"]["id"])
            ended.append((query, node["status"], node.get("reason")))
    assert [entry for entry in ended if entry[1] != "COMPLETED"] == []
    assert len(ended) > 60
