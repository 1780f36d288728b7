"""Every list that Shopify cuts is paged by its caller, read to its end behind the scenes, or marked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    NoDeprecatedCustomRule,
    SelectionSetNode,
    VariableNode,
    build_schema,
    get_named_type,
    parse,
    validate,
)
from official import ROOT, Documents, Official, read_documents
from running import prepare
from shapes import fields_of

from atom_shopify_plugin.actions.cuts import cuts, getters
from atom_shopify_plugin.actions.run import Call
from atom_shopify_plugin.catalog.model import Catalog
from atom_shopify_plugin.errors import Misconfigured
from atom_shopify_plugin.sandbox.cost import Operation
from atom_shopify_plugin.shopify.documents import Documents as Loaded
from atom_shopify_plugin.shopify.documents import snake

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

OPERATIONS = sorted(read_documents().operations)
LOADED = Loaded.load()
HIGHEST_COST = 500


class Limited(NamedTuple):
    """A field that Shopify may cut, by the official schema: where it is, what holds it, and how it is asked for."""

    path: tuple[str, ...]
    holder: GraphQLObjectType
    declared: GraphQLField
    node: FieldNode
    beside: dict[str, FieldNode]

    @property
    def is_connection(self) -> bool:
        return get_named_type(self.declared.type).name.endswith("Connection")

    @property
    def is_paged_by_caller(self) -> bool:
        return any(
            argument.name.value == "after" and isinstance(argument.value, VariableNode)
            for argument in self.node.arguments or ()
        )


def limited(name: str, documents: Documents, official: Official) -> Iterator[Limited]:
    operation = documents.operations[name]

    def parts(kind: Any, selection: SelectionSetNode) -> Iterator[tuple[Any, FieldNode]]:
        """Yield each field with the type that has it: of a union, each fragment is about one of its types."""
        for node in selection.selections:
            if isinstance(node, FieldNode):
                yield kind, node
                continue
            part: Any = documents.fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
            narrowed = official.schema.type_map[part.type_condition.name.value] if part.type_condition else kind
            # An object stays what it is, though the fragment is about an interface of it.
            yield from parts(kind if isinstance(kind, GraphQLObjectType) else narrowed, part.selection_set)

    def walk(of: Any, selection: SelectionSetNode, path: tuple[str, ...]) -> Iterator[Limited]:
        nodes = list(fields_of(selection, documents.fragments))
        beside = {(node.alias or node.name).value: node for node in nodes}
        for kind, node in parts(of, selection):
            if node.name.value == "__typename":
                continue
            declared = kind.fields[node.name.value]
            here = (*path, snake((node.alias or node.name).value))
            if "first" in declared.args:
                yield Limited(here, kind, declared, node, beside)
            if node.selection_set is not None:
                yield from walk(get_named_type(declared.type), node.selection_set, here)

    yield from walk(official.root(operation), operation.selection_set, ())


@pytest.fixture(scope="module")
def served() -> GraphQLSchema:
    text = (ROOT / "atom_shopify_plugin" / "sandbox" / "schema" / "admin_2026-10.graphql").read_text(encoding="utf-8")
    return build_schema(text, assume_valid=True)


@pytest.mark.parametrize("name", OPERATIONS)
def test_no_list_is_cut_in_silence(name: str, documents: Documents, official: Official) -> None:
    watched = {nested.path for nested in LOADED.get(name).nested}
    for found in limited(name, documents, official):
        if not found.is_connection:
            # Shopify answers the whole of a plain list where no size is asked for.
            assert not any(argument.name.value == "first" for argument in found.node.arguments or ()), found.path
        elif not found.is_paged_by_caller:
            assert found.path in watched, f"{'.'.join(found.path)} is neither paged nor marked"
            watched.remove(found.path)
    assert watched == set()


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_is_sent_is_valid_at_shopify_and_served_by_the_sandbox(
    name: str, official: Official, served: GraphQLSchema
) -> None:
    tree = parse(LOADED.get(name).text)
    assert [error.message for error in (*validate(official.schema, tree), *validate(served, tree))] == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_next_page_of_a_nested_list_can_be_asked_for(
    name: str, documents: Documents, official: Official, served: GraphQLSchema
) -> None:
    document = LOADED.get(name)
    holders = {found.path: found.holder for found in limited(name, documents, official)}
    for nested in document.nested:
        if not nested.paged:
            continue
        kind = holders[nested.path]
        assert "Node" in {interface.name for interface in kind.interfaces}
        tree = parse(LOADED.more(document, nested, kind.name).text)
        faults = [*validate(official.schema, tree), *validate(served, tree)]
        faults += validate(official.schema, tree, [NoDeprecatedCustomRule])
        assert [error.message for error in faults] == []
        operation = tree.definitions[0]
        assert Operation(official.schema, tree, operation, {}).requested().total <= HIGHEST_COST  # type: ignore[arg-type]


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_count_of_a_marked_list_is_asked_for_where_shopify_has_one(
    name: str, documents: Documents, official: Official
) -> None:
    marked = {nested.path for nested in LOADED.get(name).nested if not nested.paged and len(nested.path) > 1}
    for found in limited(name, documents, official):
        counted = found.holder.fields.get(f"{found.node.name.value}Count")
        if found.path in marked and counted is not None and counted.deprecation_reason is None:
            count = found.beside.get(f"{(found.node.alias or found.node.name).value}Count")
            assert count is not None, f"{'.'.join(found.path)} is marked without its count"
            assert count.selection_set is not None
            asked = {node.name.value for node in fields_of(count.selection_set, documents.fragments)}
            assert asked == {"count", "precision"}


# Shopify has no query that reads one by its id, or no action does.
CUT = {"abandoned_checkout_search", "returnable_item_list", "return_get", "store_health"}
UNREADABLE = {"AbandonedCheckout", "ReturnableFulfillment", "ReverseFulfillmentOrder"}


def test_for_every_marked_list_an_action_gives_the_whole(
    catalog: Catalog, documents: Documents, official: Official
) -> None:
    known = getters(catalog)
    for action in catalog.actions.values():
        if action.operation is None:
            continue  # the tests of the domains look at handlers
        paths = {nested.path for nested in LOADED.get(action.operation).nested if not nested.paged}
        for found in limited(action.operation, documents, official):
            if found.path in paths and found.holder.name not in UNREADABLE:
                assert found.holder.name in known, f"{action.key}: nothing reads one {found.holder.name}"


@pytest.mark.parametrize(
    ("selection", "complaint"),
    [
        ("order(id: $id) { id refunds(first: 5) { id } }", "leave `first` out"),
        ("order(id: $id) { id lineItems(last: 5) { nodes { id } } }", "ask for the `first` of the `nodes`"),
        ("order(id: $id) { id lineItems(first: 5) { edges { node { id } } } }", "ask for the `first` of the `nodes`"),
        ("order(id: $id) { name lineItems(first: 5) { nodes { id } } }", "ask for the `id` of what holds"),
    ],
)
def test_a_list_that_could_only_be_cut_in_silence_is_refused_when_it_is_loaded(
    tmp_path: Path, selection: str, complaint: str
) -> None:
    (tmp_path / "bad.graphql").write_text(f"query Bad($id: ID!) {{ {selection} }}")
    with pytest.raises(Misconfigured, match=r"graphql/bad\.graphql: Bad: order\.") as caught:
        Loaded.load(tmp_path).get("Bad")
    assert complaint in caught.value.message


# With pages of one


@pytest.fixture
def narrow(tmp_path: Path) -> Loaded:
    """Our documents, with pages of one for all nested lists."""
    folder = tmp_path / "narrow"
    folder.mkdir()
    for path in (ROOT / "atom_shopify_plugin" / "graphql").glob("*.graphql"):
        text = re.sub(r"\(first: [0-9]+\)", "(first: 1)", path.read_text(encoding="utf-8"))
        (folder / path.name).write_text(text, encoding="utf-8")
    return Loaded.load(folder)


@pytest.mark.slow
def test_with_pages_of_one_each_read_answers_the_same_or_marks_what_is_cut(
    runtime: Runtime, principal: Principal, store: Store, sandbox: Sandbox, narrow: Loaded
) -> None:
    ada = {"first_name": "Ada", "addresses": [{"city": "London"}, {"city": "Ockham"}]}
    runtime.actions.run(Call(principal, "customer_create", ada))
    prepare(sandbox, runtime, store, "bulk_operation_get")
    calls = [
        Call(principal, action.key, example)
        for action in runtime.catalog.actions.values()
        # What a poll makes has an id of its own each time; a part that nothing reads can only be
        # cut; and the rate limit moves.
        if action.effect == "read" and action.poll is None and not action.mirrored and action.key not in CUT
        for example in action.examples
    ]
    usual = [runtime.actions.run(call).data for call in calls]
    assert not [cut for answer in usual for cut in cuts(answer)]
    for part in ("documents", "client", "connections", "actions"):
        runtime.__dict__.pop(part, None)
    runtime.documents = narrow
    marked = set()
    for call, whole in zip(calls, usual, strict=True):
        answer = runtime.actions.run(call).data
        if not runtime.catalog.actions[call.action].is_search:
            for told in (answer, whole):  # time goes on between the two calls
                told.pop("hours_since_last_abandoned_checkout", None)
            assert answer == whole, call.action
            continue
        for cut in list(cuts(answer)):
            assert len(cut.list["nodes"]) == 1
            one = runtime.actions.run(Call(principal, cut.list["more"]["action"], cut.list["more"]["input"])).data
            assert len(one[cut.name]["nodes"]) > 1
            assert cut.list.get("count", len(one[cut.name]["nodes"])) == len(one[cut.name]["nodes"])
            marked.add((call.action, cut.name))
            cut.holder[cut.name] = one[cut.name]
        assert answer["items"] == whole["items"], call.action
    assert marked == {
        ("order_search", "line_items"), ("product_search", "variants"), ("customer_search", "addresses"),
        ("fulfillment_order_search", "line_items"), ("fulfillment_hold_list", "line_items"),
        ("inventory_item_search", "inventory_levels"),
    }  # fmt: skip
