"""The walk through a document that asks each rule at its place, in graphql-ruby's order.

The order shows: some rules keep the walk from going on below a node, so that what is written there counts as unused,
and a literal is not complained about twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    Node,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    TypeNode,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
)

from atom_shopify_plugin.official.table import Member, OfficialSchema, Type, is_list, named
from atom_shopify_plugin.official.validation import arguments, fields, fragments, literals, operations, variables
from atom_shopify_plugin.official.validation.arguments import Given, Owner
from atom_shopify_plugin.official.validation.directives import Directives
from atom_shopify_plugin.official.validation.faults import Faults, Step
from atom_shopify_plugin.official.validation.fragments import Fragments
from atom_shopify_plugin.official.validation.merging import Merging
from atom_shopify_plugin.official.validation.reach import Reach
from atom_shopify_plugin.official.validation.variables import Usages

__all__ = ["static_errors"]

Definition = OperationDefinitionNode | FragmentDefinitionNode


def static_errors(schema: OfficialSchema, document: DocumentNode) -> list[dict[str, Any]]:
    """Return what is wrong with a parsed document by the official schema, empty when nothing is."""
    return _Walk(schema, document).run()


class _Walk:
    def __init__(self, schema: OfficialSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._document = document
        defined = [node for node in document.definitions if isinstance(node, FragmentDefinitionNode)]
        by_name = {node.name.value: node for node in defined}
        self._faults = Faults()
        self._path: list[Step] = []
        self._directives = Directives(schema, self._faults)
        self._fragments = Fragments(schema, self._faults, by_name, defined)
        self._merging = Merging(schema, self._faults, by_name)
        self._usages = Usages(self._faults)
        self._reach = Reach(document, by_name)
        self._holder: Definition | None = None

    def run(self) -> list[dict[str, Any]]:
        """Walk through all definitions, then look at the document as a whole."""
        others: list[Node] = []
        walked: list[OperationDefinitionNode] = []
        for node in self._document.definitions:
            if isinstance(node, OperationDefinitionNode):
                walked.append(node)
                self._operation(node)
            elif isinstance(node, FragmentDefinitionNode):
                self._fragment(node)
            else:
                others.append(node)
        self._usages.finish()
        self._fragments.finish()
        operations.have_names(self._faults, walked)
        operations.no_definitions(self._faults, others)
        return self._faults.errors

    # definitions

    def _operation(self, node: OperationDefinitionNode) -> None:
        root = self._schema.root(node.operation.value)
        self._path = [operations.step_of(node)]
        self._directives.are_unique(node.directives, self._path)
        self._merging.check(node.selection_set, root)
        if not fields.have_fitting_selections(self._faults, node, root, self._path):
            return
        variables.are_unique(self._faults, node, self._path)
        self._usages.open(node, self._path)
        if not operations.has_root(self._schema, self._faults, node, self._path) or root is None:
            return
        self._holder = node
        for declared in node.variable_definitions or ():
            self._variable(declared)
        self._apply(node.directives, node)
        self._select(node.selection_set, root, node)

    def _variable(self, node: VariableDefinitionNode) -> None:
        variables.has_input_type(self._schema, self._faults, node, self._path)
        literals.check_default(self._schema, self._faults, node, self._path)
        self._apply(node.directives, node)

    def _fragment(self, node: FragmentDefinitionNode) -> None:
        self._path = [f"fragment {node.name.value}"]
        self._directives.are_unique(node.directives, self._path)
        fragments.is_named(self._faults, node, self._path)
        name = node.type_condition.name.value
        kind = fragments.condition(self._schema, self._faults, node, name, self._path)
        if kind is None:
            return
        self._usages.open(node, self._path)
        self._fragments.visited[id(node)] = list(self._path)
        self._holder = node
        self._apply(node.directives, node)
        self._select(node.selection_set, kind, node)

    # selections

    def _select(self, selections: SelectionSetNode | None, parent: Type, holder: Node) -> None:
        for node in selections.selections if selections else ():
            if isinstance(node, FieldNode):
                self._path.append(node.alias.value if node.alias else node.name.value)
                self._field(node, parent, holder)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                self._path.append(f"... on {condition.name.value}" if condition else "...")
                self._inline(node, parent)
            elif isinstance(node, FragmentSpreadNode):
                self._path.append(f"... {node.name.value}")
                self._spread(node, parent)
            self._path.pop()

    def _field(self, node: FieldNode, parent: Type, holder: Node) -> None:
        if node.directives:
            self._directives.are_unique(node.directives, self._path)
        declared = fields.defined(self._schema, self._faults, node, parent, holder, self._path)
        if declared is None:
            return
        returned = self._schema.type(declared.named)
        self._merging.check(node.selection_set, returned)
        if not fields.have_fitting_selections(self._faults, node, returned, self._path):
            return
        if declared.arguments or node.arguments:
            name = node.alias.value if node.alias else node.name.value
            self._give(node, Owner(node, "Field", name, declared.arguments))
        self._apply(node.directives, node)
        if node.selection_set and returned is not None:
            self._select(node.selection_set, returned, node)

    def _inline(self, node: InlineFragmentNode, parent: Type) -> None:
        self._directives.are_unique(node.directives, self._path)
        kind: Type | None = parent
        if node.type_condition:
            name = node.type_condition.name.value
            kind = fragments.condition(self._schema, self._faults, node, name, self._path)
        if kind is not None:
            self._fragments.may_stand(node, kind, parent, self._path)
            self._apply(node.directives, node)
            self._select(node.selection_set, kind, node)

    def _spread(self, node: FragmentSpreadNode, parent: Type) -> None:
        self._directives.are_unique(node.directives, self._path)
        if self._holder is not None:
            self._usages.spread(self._holder, node.name.value)
            self._fragments.spread(node, parent, self._holder, self._path)
        self._apply(node.directives, node)

    def _apply(self, nodes: Sequence[DirectiveNode] | None, holder: Node) -> None:
        for node in nodes or ():
            directive = self._directives.defined(node, self._path)
            if directive is not None:
                self._directives.may_stand(node, directive, holder, self._path)
                self._give(node, Owner(node, "Directive", directive.name, directive.arguments))

    # arguments

    def _give(self, node: FieldNode | DirectiveNode, owner: Owner) -> None:
        arguments.are_present(self._faults, node, owner.kind, owner.members or {}, self._path)
        arguments.are_unique(self._faults, node, self._path)
        for argument in node.arguments or ():
            self._argument(argument, owner)

    def _argument(self, node: Given, owner: Owner) -> None:
        self._path.append(node.name.value)
        if arguments.is_defined(self._faults, node, owner, self._path):
            member = owner.members.get(node.name.value) if owner.members is not None else None
            if member is not None and isinstance(node.value, VariableNode | ListValueNode):
                declared = self._reach.declared(self._holder)
                variables.may_be_used(self._schema, self._faults, node, member, declared, self._path)
            self._value(node.value, member)
            arguments.fits(self._schema, self._faults, node, owner, self._path)
        self._path.pop()

    def _value(self, value: ValueNode, member: Member | None) -> None:
        if isinstance(value, VariableNode | ObjectValueNode | ListValueNode):
            parts = list(_parts(value))
            for part in parts:
                if isinstance(part, VariableNode) and self._holder is not None:
                    self._usages.use(self._holder, part, self._path)
                elif isinstance(part, ObjectValueNode):
                    self._object(part, parts, member)

    def _object(self, node: ObjectValueNode, siblings: Sequence[Node], member: Member | None) -> None:
        in_list = member is not None and is_list(member.type)
        if in_list:
            self._path.append((siblings, node))
        kind = None if member is None else self._schema.type(named(member.type))
        if kind is not None and kind.kind != "INPUT_OBJECT":
            kind = None
        arguments.check_object(self._faults, node, kind, self._path, self._types())
        owner = Owner(node, "InputObject", kind.name if kind else "", kind.members if kind else None)
        for field in node.fields:
            self._argument(field, owner)
        if in_list:
            self._path.pop()

    def _types(self) -> Iterable[dict[str, TypeNode]]:
        """Return the types of the variables that may be used here, for each operation that comes here."""
        for declared in self._reach.declared(self._holder):
            yield {name: node.type for name, node in declared.items()}


def _parts(value: ValueNode) -> Iterable[Node]:
    """Yield the values in a list, however deep, that are more than constants of a scalar."""
    if isinstance(value, ListValueNode):
        for item in value.values:
            yield from _parts(item)
    elif isinstance(value, VariableNode | ObjectValueNode | EnumValueNode | NullValueNode):
        yield value
