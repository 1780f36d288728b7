"""The shapes of webhook payloads hold to the official schema, and the sweeps ask for what a shape is made of."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest
from graphql import FieldNode, FragmentSpreadNode, SelectionSetNode, get_named_type
from official import Documents

from atom_shopify_plugin.payload_shapes import ABSENT, member_paths, payload
from atom_shopify_plugin.sandbox.engine import schema

TEXT = files("atom_shopify_plugin.payload_shapes").joinpath("shapes.json").read_text()
SHAPES = {name: shape for name, shape in json.loads(TEXT).items() if name != "about"}
SWEEPS = {
    "order": ("OrderSnapshot", "order"),
    "line_item": ("OrderSnapshotLines", "order", "lineItems", "nodes"),
    "product": ("ProductSnapshot", "product"),
    "variant": ("ProductSnapshotVariants", "product", "variants", "nodes"),
    "customer": ("CustomerSnapshot", "customer"),
    "draft_order": ("DraftOrderSnapshot", "draftOrder"),
    "draft_line": ("DraftOrderSnapshotLines", "draftOrder", "lineItems", "nodes"),
    "collection": ("CollectionSnapshot", "collection"),
    "refund": ("RefundSnapshot", "refund"),
    "refund_line": ("RefundSnapshotLines", "refund", "refundLineItems", "nodes"),
}


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_each_member_is_a_field_of_the_official_type(shape: str) -> None:
    for member, steps in member_paths(shape).items():
        kind: Any = schema().type_map.get(SHAPES[shape].get("type", ""))
        for step in (step for step in steps if not step.isdigit()):
            assert step in kind.fields, f"{shape}.{member}: {kind} has no field {step}"
            kind = get_named_type(kind.fields[step].type)


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_each_inner_shape_exists_and_is_of_the_fields_type(shape: str) -> None:
    for member, text in SHAPES[shape]["members"].items():
        word, _, path = text.rpartition(" ")
        _, colon, inner = word.partition(":")
        if colon and "type" in SHAPES[inner]:
            field = schema().type_map[SHAPES[shape]["type"]].fields[path]
            kind = get_named_type(field.type)
            kind = get_named_type(kind.fields["nodes"].type) if kind.name.endswith("Connection") else kind
            assert kind.name == SHAPES[inner]["type"], f"{shape}.{member}"


@pytest.mark.parametrize("shape", sorted(SWEEPS))
def test_a_sweep_asks_for_nothing_that_the_shape_does_not_use(shape: str, documents: Documents) -> None:
    operation, *path = SWEEPS[shape]
    selected = fields(documents, documents.operations[operation].selection_set)
    for step in path:
        selected = fields(documents, selected[step].selection_set)
    used = {steps[0] for steps in member_paths(shape).values()}
    assert {node.name.value for node in selected.values()} <= used


def fields(documents: Documents, selection: SelectionSetNode | None) -> dict[str, FieldNode]:
    found: dict[str, FieldNode] = {}
    for node in selection.selections if selection else ():
        if isinstance(node, FieldNode):
            found[node.name.value] = node
        elif isinstance(node, FragmentSpreadNode):
            found |= fields(documents, documents.fragments[node.name.value].selection_set)
    return found


class Told:
    """A source that knows some fields."""

    def __init__(self, **known: Any) -> None:
        self.known = known

    def field(self, kind: str, node: Any, name: str) -> Any:
        return self.known.get(name, ABSENT)

    def money(self, value: Any) -> str:
        return f"{value}.00"

    def currency(self, value: Any) -> str:
        return "EUR"

    def presentment(self, value: Any) -> None:
        return None

    def time(self, text: str) -> str:
        return text


def test_what_a_source_does_not_tell_is_left_out_and_what_is_empty_is_null() -> None:
    told = Told(id="gid://shopify/Order/7", number=1001, tags=["a", "b"], customer=None, totalPriceSet=5)
    assert payload("order", {}, told) == {
        "id": 7,
        "admin_graphql_api_id": "gid://shopify/Order/7",
        "number": 1,
        "order_number": 1001,
        "tags": "a, b",
        "customer": None,
        "total_price": "5.00",
        "total_price_set": {
            "shop_money": {"amount": "5.00", "currency_code": "EUR"},
            "presentment_money": {"amount": "5.00", "currency_code": "EUR"},
        },
    }
