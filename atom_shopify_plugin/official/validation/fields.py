"""Fields and what is selected on them: FieldsAreDefinedOnType, FieldsHaveAppropriateSelections."""

from __future__ import annotations

from collections.abc import Sequence

from graphql import FieldNode, FragmentSpreadNode, Node, OperationDefinitionNode, SelectionNode

from atom_shopify_plugin.official.table import Field, OfficialSchema, Type
from atom_shopify_plugin.official.validation.faults import Faults, Step

__all__ = ["defined", "have_fitting_selections"]

Path = Sequence[Step]


def defined(
    schema: OfficialSchema, faults: Faults, node: FieldNode, parent: Type, holder: Node, path: Path
) -> Field | None:
    """Return the field of `parent` that a node names; report one that does not exist. `holder` selects it."""
    name = node.name.value
    known = schema.field(parent, name)
    if known is not None:
        return known
    if parent.kind == "UNION":
        message = f"Selections can't be made directly on unions (see selections on {parent.name})"
        faults.add(message, [holder], path, "selectionMismatch", nodeName=parent.name)
    else:
        message = f"Field '{name}' doesn't exist on type '{parent.name}'"
        faults.add(message, [node], path, "undefinedField", typeName=parent.name, fieldName=name)
    return None


def have_fitting_selections(
    faults: Faults, node: FieldNode | OperationDefinitionNode, returned: Type | None, path: Path
) -> bool:
    """Check that selections are made on objects, and on no leaves; a union may go without (seen on a live store)."""
    selections = node.selection_set.selections if node.selection_set else ()
    if returned is None or returned.is_leaf is not bool(selections) or returned.kind == "UNION":
        return True
    shown = _shown(node)
    if returned.is_leaf:
        what = f"{returned.kind.lower()}s"
        listed = ", ".join(map(_selected, selections))
        message = f"Selections can't be made on {what} ({shown} returns {returned.name} but has selections [{listed}])"
    else:
        name = node.name.value if node.name else ""
        message = f"Field must have selections ({shown} returns {returned.name} but has no selections. "
        message += f"Did you mean '{name} {{ ... }}'?)"
    faults.add(message, [node], path, "selectionMismatch", nodeName=shown, typeName=returned.name)
    return False


def _shown(node: FieldNode | OperationDefinitionNode) -> str:
    if isinstance(node, FieldNode):
        return f"field '{node.name.value}'"
    return f"{node.operation.value} '{node.name.value}'" if node.name else "anonymous query"


def _selected(node: SelectionNode) -> str:
    if isinstance(node, FieldNode | FragmentSpreadNode):
        return f'"{node.name.value}"'
    condition = getattr(node, "type_condition", None)
    return f'"... on {condition.name.value} {{ ... }}"' if condition else '"... { ... }"'
