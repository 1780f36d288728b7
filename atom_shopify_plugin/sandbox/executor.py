"""A shorter way through graphql-core for plain leaves: stored scalars without arguments, scopes or errors.

Most fields of an answer are such leaves; graphql-core's full path costs ten times the look-up itself. Anything unusual
(a null where none may be, a value that does not print, an exception) falls back to the full path, which reports it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import GraphQLField, GraphQLList, GraphQLNonNull, GraphQLObjectType, is_leaf_type
from graphql.execution import Executor
from graphql.pyutils import Path

from atom_shopify_plugin.sandbox.registry import FieldRule

__all__ = ["LeafExecutor", "mark_plain"]

PLAIN = "plain"
_UNUSUAL = object()


def mark_plain(field: GraphQLField, read: FieldRule) -> None:
    """Let `field`, read by `read`, take the short way if its type allows."""
    kind: Any = field.type
    required = isinstance(kind, GraphQLNonNull)
    kind = kind.of_type if required else kind
    listed = isinstance(kind, GraphQLList)
    if listed:
        kind = kind.of_type.of_type if isinstance(kind.of_type, GraphQLNonNull) else kind.of_type
    if not is_leaf_type(kind) or field.args:
        return
    # What is text already prints as it is; an enum's text is its name, which the full path would look up.
    as_it_is = {"String": str, "ID": str, "Int": int, "Boolean": bool, "DateTime": str}.get(kind.name)
    show = kind.coerce_output_value

    def one(value: Any) -> Any:
        return value if type(value) is as_it_is else show(value)

    def plain(context: Any, source: Any) -> Any:
        value = read(context, source, {})
        if value is None:
            return _UNUSUAL if required else None
        return [one(item) for item in value] if listed else one(value)

    field.extensions[PLAIN] = plain


class LeafExecutor(Executor[Any]):
    """An executor for synchronous resolvers that shortens the way of plain leaves."""

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: Any,
        position_context: Any,
    ) -> dict[str, Any]:
        """Execute the given fields in their order."""
        results: dict[str, Any] = {}
        context = self.context_value
        fields = parent_type.fields
        for response_name, details in grouped_field_set.items():
            node = details[0].node
            field = fields.get(node.name.value)
            plain: Callable[[Any, Any], Any] | None = field.extensions.get(PLAIN) if field else None
            if plain is not None and not node.arguments:
                try:
                    value = plain(context, source_value)
                except Exception:  # noqa: BLE001 - the full path below raises it again and says where
                    value = _UNUSUAL
                if value is not _UNUSUAL:
                    results[response_name] = value
                    continue
            field_path = Path(path, response_name, parent_type.name)
            results[response_name] = self.execute_field(
                parent_type, source_value, details, field_path, position_context
            )
        return results
