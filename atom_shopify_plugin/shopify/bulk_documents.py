"""Documents of bulk operations: what may be sent, and the mark by which an operation is found again.

Shopify shows the text that a bulk operation runs, and nothing that a caller has named it by: `clientIdentifier` can't
be read in API version 2026-10. So the name of the operation in the text is the mark.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from graphql import (
    REMOVE,
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    NameNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    VariableNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.shopify.selection import fragments_of, operation_of, response_key

__all__ = [
    "RESOURCES",
    "Resource",
    "bulk_query",
    "checked_mutation",
    "checked_query",
    "mark_of",
    "named",
    "query_of",
]

LARGEST = 65_535  # bytes of a text (shopify.dev, bulk operations)
_DEEPEST = 64
_PAGING = frozenset({"first", "after", "last", "before"})
_MARKS = uuid.UUID("2f1c7c44-6d6b-5a0e-9d3c-6f0f6a1f6b1a")
_NOT_IN_BULK = frozenset({"bulkOperationRunQuery", "bulkOperationRunMutation"})


@dataclass(frozen=True, slots=True)
class Resource:
    """What an export of one kind of thing reads: a root field of Shopify's, its selection, and the scopes it needs."""

    root: str
    selection: str
    scopes: tuple[str, ...]


_MONEY = "{ shopMoney { amount currencyCode } }"
_VARIANT = (
    "id title sku barcode price compareAtPrice position inventoryPolicy inventoryQuantity taxable "
    "selectedOptions { name value } "
    "inventoryItem { id tracked requiresShipping unitCost { amount currencyCode } "
    "measurement { weight { unit value } } }"
)
_METAFIELDS = "id metafields { edges { node { id namespace key type value } } }"

RESOURCES: Mapping[str, Resource] = {
    "products": Resource(
        "products",
        "id handle title descriptionHtml vendor productType tags status templateSuffix isGiftCard createdAt updatedAt "
        f"publishedAt category {{ id fullName }} seo {{ title description }} options {{ id name position }} "
        f"variants {{ edges {{ node {{ {_VARIANT} }} }} }}",
        ("read_products",),
    ),
    "variants": Resource("productVariants", f"{_VARIANT} product {{ id handle title status }}", ("read_products",)),
    "orders": Resource(
        "orders",
        "id name email phone createdAt processedAt cancelledAt closedAt cancelReason displayFinancialStatus "
        f"displayFulfillmentStatus currencyCode tags note customer {{ id }} totalPriceSet {_MONEY} "
        f"subtotalPriceSet {_MONEY} totalTaxSet {_MONEY} totalDiscountsSet {_MONEY} totalShippingPriceSet {_MONEY} "
        f"lineItems {{ edges {{ node {{ id title quantity sku variant {{ id }} originalUnitPriceSet {_MONEY} }} }} }}",
        ("read_orders",),
    ),
    "customers": Resource(
        "customers",
        "id firstName lastName createdAt updatedAt note tags state taxExempt locale numberOfOrders "
        "amountSpent { amount currencyCode } "
        "defaultEmailAddress { emailAddress marketingState } defaultPhoneNumber { phoneNumber marketingState } "
        "defaultAddress { company address1 address2 city provinceCode countryCodeV2 zip phone }",
        ("read_customers",),
    ),
    "inventory": Resource(
        "inventoryItems",
        "id sku tracked variants { edges { node { id title product { id handle title } } } } "
        "inventoryLevels { edges { node { id location { id name } "
        'quantities(names: ["available", "committed", "incoming", "on_hand"]) { name quantity } } } }',
        ("read_inventory", "read_products"),
    ),
    "discount_codes": Resource(
        "discountNodes",
        "id discount { __typename ... on DiscountCodeBasic { title status startsAt endsAt "
        "codes { edges { node { id code asyncUsageCount } } } } }",
        ("read_discounts",),
    ),
    "redirects": Resource("urlRedirects", "id path target", ("read_online_store_navigation",)),
    "product_metafields": Resource("products", f"handle {_METAFIELDS}", ("read_products",)),
    "variant_metafields": Resource("productVariants", f"sku {_METAFIELDS}", ("read_products",)),
    "customer_metafields": Resource("customers", _METAFIELDS, ("read_customers",)),
    "order_metafields": Resource("orders", f"name {_METAFIELDS}", ("read_orders",)),
    "collection_metafields": Resource("collections", f"handle {_METAFIELDS}", ("read_products",)),
}
"""What `bulk_export` calls by a name."""


def query_of(resource: str, search: str | None) -> str:
    """Return the query that exports a resource; `search` is in Shopify's search syntax."""
    wanted = RESOURCES[resource]
    # A JSON text is a GraphQL string as well; bulk queries take no variables.
    filtered = "" if search is None else f"(query: {json.dumps(search)})"
    return f"{{ {wanted.root}{filtered} {{ edges {{ node {{ {wanted.selection} }} }} }} }}"


def checked_query(text: str) -> str:
    """Return a query of the caller's; raise `InvalidInput` where it can't be a bulk query.

    Shopify checks it against its schema and the rules of bulk queries before it starts.
    """
    _one_operation(text, "query", "/query")
    return text


def checked_mutation(text: str) -> str:
    """Return the name of the only mutation in a document; raise `InvalidInput` where a bulk mutation can't have it."""
    operation = _one_operation(text, "mutation", "/mutation")
    fields = operation.selection_set.selections
    if len(fields) != 1 or not isinstance(fields[0], FieldNode):
        raise _refusal("/mutation", "It must hold one mutation.")
    field = fields[0]
    name = field.name.value
    if name in _NOT_IN_BULK:
        raise _refusal("/mutation", f"{name} can't run inside of a bulk operation.")
    inside = field.selection_set.selections if field.selection_set is not None else ()
    told = {node.name.value for node in inside if isinstance(node, FieldNode)}
    if not any(word.lower().endswith("usererrors") for word in told):
        # Without them a line that Shopify refuses would read as done.
        raise _refusal("/mutation", f"It must select the user errors of {name}, with their field and message.")
    return name


def bulk_query(tree: DocumentNode, *, without: Collection[str] = (), search: str | None = None) -> str:
    """Return the bulk query that reads all pages of a query which reads one.

    Its connections are read by ``edges`` and to their end, the outermost one narrowed down to `search`. `without` are
    the response keys of what a bulk query can't read, such as a connection inside a list.
    """
    kept: DocumentNode = visit(tree, _Bulk(frozenset(without), search))
    operation, fragments = operation_of(kept), fragments_of(kept)
    used: set[str] = set()
    todo: list[Node] = [operation]
    while todo:
        finder = _Spreads()
        visit(todo.pop(), finder)
        todo += [fragments[name] for name in sorted(finder.names - used)]
        used |= finder.names
    return print_ast(DocumentNode(definitions=(operation, *(fragments[name] for name in sorted(used)))))


class _Spreads(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> None:
        self.names.add(node.name.value)


class _Bulk(Visitor):
    """Turns a query for one page into one for all of them."""

    def __init__(self, without: frozenset[str], search: str | None) -> None:
        super().__init__()
        self._without = without
        self._search = search

    def leave_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> OperationDefinitionNode:
        fields = [self._narrowed(field) if isinstance(field, FieldNode) else field for field in
                  node.selection_set.selections]  # fmt: skip
        return OperationDefinitionNode(
            operation=node.operation,
            variable_definitions=(),
            directives=(),
            selection_set=SelectionSetNode(selections=tuple(fields)),
        )

    def leave_field(self, node: FieldNode, *_: Any) -> Any:
        if response_key(node) in self._without:
            return REMOVE
        below = node.selection_set.selections if node.selection_set is not None else ()
        if {one.name.value for one in below if isinstance(one, FieldNode)} == {"count", "precision"}:
            return REMOVE  # it stands beside a list that a page may cut, and here every list is whole
        rows = next((one for one in below if isinstance(one, FieldNode) and one.name.value == "nodes"), None)
        if rows is None:
            return None
        plain = [one for one in node.arguments or () if not isinstance(one.value, VariableNode)]
        inner = FieldNode(name=NameNode(value="node"), arguments=(), directives=(), selection_set=rows.selection_set)
        edges = FieldNode(
            name=NameNode(value="edges"),
            arguments=(),
            directives=(),
            selection_set=SelectionSetNode(selections=(inner,)),
        )
        return FieldNode(
            alias=node.alias,
            name=node.name,
            arguments=tuple(one for one in plain if one.name.value not in _PAGING),
            directives=node.directives,
            selection_set=SelectionSetNode(selections=(edges,)),
        )

    def _narrowed(self, node: FieldNode) -> FieldNode:
        if self._search is None:
            return node
        query = ArgumentNode(name=NameNode(value="query"), value=StringValueNode(value=self._search))
        return FieldNode(
            alias=node.alias,
            name=node.name,
            arguments=(*(node.arguments or ()), query),
            directives=node.directives,
            selection_set=node.selection_set,
        )


def mark_of(key: str | None, text: str) -> str:
    """Return the mark of an operation: the same for the same key and text, or a new one without a key."""
    found = uuid.uuid4() if key is None else uuid.uuid5(_MARKS, f"{key}\n{text}")
    return f"Atom_{found.hex}"


def named(text: str, mark: str) -> str:
    """Return a document whose operation is named by `mark`."""
    tree = parse(text, no_location=True)
    definitions = []
    for node in tree.definitions:
        if isinstance(node, OperationDefinitionNode):
            node = OperationDefinitionNode(
                operation=node.operation,
                name=NameNode(value=mark),
                variable_definitions=node.variable_definitions,
                directives=node.directives,
                selection_set=node.selection_set,
            )
        definitions.append(node)
    return print_ast(DocumentNode(definitions=tuple(definitions)))


def _one_operation(text: str, kind: Literal["query", "mutation"], pointer: str) -> OperationDefinitionNode:
    if len(text.encode()) > LARGEST:
        raise _refusal(pointer, f"It is longer than {LARGEST} bytes.")
    if text.count("{") > 1000 or _depth(text) > _DEEPEST:
        raise _refusal(pointer, "It is nested too deeply.")
    try:
        tree = parse(text, no_location=True)
    except (GraphQLError, RecursionError) as error:
        raise _refusal(pointer, f"It is not GraphQL: {getattr(error, 'message', 'nested too deeply')}") from None
    operations = [node for node in tree.definitions if isinstance(node, OperationDefinitionNode)]
    if len(operations) != 1 or operations[0].operation.value != kind:
        raise _refusal(pointer, f"It must hold one {kind}.")
    return operations[0]


def _depth(text: str) -> int:
    depth = deepest = 0
    for char in text:
        depth += (char in "{[(") - (char in "}])")
        deepest = max(deepest, depth)
    return deepest


def _refusal(pointer: str, message: str) -> InvalidInput:
    return InvalidInput(
        f"This document can’t run as a bulk operation: {message}", [Fault(pointer, message, "document")]
    )
