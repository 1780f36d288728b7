"""The conventional mutations, from the schema and a kind with `writes`.

``thingCreate(thing: {…})`` or ``(input: {…})`` answers ``thing``; so does ``thingAdd``. ``thingUpdate`` or
``thingEdit`` names its node by ``id``, as an argument or in the input, or by ``identifier``. ``thingDelete`` answers
``deletedThingId`` or ``deletedId``. All answer user errors. Arguments that are no input object count as members of the
input.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from graphql import GraphQLField, GraphQLInputObjectType, GraphQLNonNull, GraphQLObjectType, get_named_type

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.metadata import drop_metafields, set_metafields
from atom_shopify_plugin.sandbox.identifiers import identified
from atom_shopify_plugin.sandbox.inputs import label_of, stored_values
from atom_shopify_plugin.sandbox.refusals import Refused, fault
from atom_shopify_plugin.sandbox.registry import REGISTRY, Member, RootRule, Write
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["conventional", "create", "delete", "new_values", "update", "update_by_id", "values_for"]

_NAME = re.compile(r"(.+)(Create|Add|Update|Edit|Delete)")
_ACTIONS = {"Create": "create", "Add": "create", "Update": "update", "Edit": "update", "Delete": "delete"}
_BESIDE: Mapping[str, Member] = {"id": Member(field=None), "metafields": Member(field=None)}


def conventional(name: str, field: GraphQLField) -> RootRule | None:
    """Return the rule of a conventional mutation, None for any other and for kinds without `writes`."""
    named, payload = _NAME.fullmatch(name), get_named_type(field.type)
    if named is None or not isinstance(payload, GraphQLObjectType):
        return None
    base, action = named[1], _ACTIONS[named[2]]
    kind = base[0].upper() + base[1:]
    rules = REGISTRY.writes.get(kind)
    answer = base if action != "delete" else next((part for part in payload.fields if part.startswith("deleted")), "")
    if rules is None or action not in rules.actions or answer not in payload.fields:
        return None
    inputs = [arg for arg, declared in field.args.items() if _is_object(declared.type) and arg != "identifier"]
    types = {arg: get_named_type(field.args[arg].type).name for arg in inputs}
    carry_out = {"create": _create, "update": _update, "delete": _delete}[action]

    def rule(ctx: Context, args: dict[str, Any]) -> Node:
        write = _write(ctx, action, args, types)
        try:
            payload: Node = {answer: carry_out(ctx, kind, write)["id"], **write.payload}
        except Refused as refusal:
            if rules.shown and action == "update" and write.node is not None:
                raise Refused(refusal.errors, {answer: write.node["id"], **refusal.payload}) from None
            raise
        return payload | (rules.answer(ctx, write) if rules.answer is not None else {})

    return rule


def create(ctx: Context, kind: str, given: Mapping[str, Any], input_name: str) -> Node:
    """Create a node from the members of an input, as its own mutation would; raise `Refused`."""
    return _create(ctx, kind, Write("create", input_name, given, {}, {}))


def update_by_id(ctx: Context, kind: str, gid: str, given: Mapping[str, Any], input_name: str) -> Node:
    """Update a node with the members of an input, as its own mutation would; raise `Refused`."""
    return _update(ctx, kind, Write("update", input_name, {**given, "id": gid}, {}, {}))


def update(ctx: Context, kind: str, node: Node, given: Mapping[str, Any], input_name: str) -> Node:
    """Change a node by the members of an input, as its own mutation would; raise `Refused`."""
    return _changed(ctx, kind, Write("update", input_name, given, {}, {}, node))


def delete(ctx: Context, kind: str, given: Mapping[str, Any], input_name: str) -> Node:
    """Delete the node whose id an input names, as its own mutation would; raise `Refused`."""
    return _delete(ctx, kind, Write("delete", input_name, given, {}, {}))


def new_values(ctx: Context, kind: str, given: Mapping[str, Any], input_name: str) -> Node:
    """Return what a new node with the members of an input would store; raise `Refused`."""
    write = Write("create", input_name, given, {}, dict(REGISTRY.writes[kind].start))
    _prepare(ctx, kind, write)
    return write.values


def values_for(ctx: Context, kind: str, node: Node, given: Mapping[str, Any], input_name: str) -> Node:
    """Return what an update of `node` with the members of an input would store; raise `Refused`."""
    write = Write("update", input_name, given, {}, {}, node)
    _prepare(ctx, kind, write)
    return write.values


def _is_object(kind: Any) -> bool:
    kind = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    return isinstance(kind, GraphQLInputObjectType)


def _write(ctx: Context, action: str, args: Mapping[str, Any], types: Mapping[str, str]) -> Write:
    """Return the write that the arguments ask for: the one input that is given, and the plain arguments beside it."""
    inputs = [name for name in types if args.get(name) is not None]
    if types and len(inputs) != 1:
        names = ", ".join(sorted(types))
        message = f"{ctx.mutation} must include exactly one of the following arguments: {names}."
        raise fault(message, "INVALID_FIELD_ARGUMENTS")
    given = {name: value for name, value in args.items() if not isinstance(value, list | Mapping)}
    for name in inputs:
        given |= args[name]
    return Write(action, types[inputs[0]] if inputs else ctx.mutation or "", given, args, {})


def _prepare(ctx: Context, kind: str, write: Write) -> None:
    """Fill `write.values` with what is stored of the input, checked."""
    rules = REGISTRY.writes[kind]
    members = {**_BESIDE, **rules.members}
    write.values |= stored_values(ctx, kind, members, write, list(rules.path))
    if rules.check is not None:
        rules.check(ctx, write)


def _create(ctx: Context, kind: str, write: Write) -> Node:
    rules = REGISTRY.writes[kind]
    if rules.own_id is not None and write.given.get("id"):
        raise Refused.one(*rules.own_id)
    write.values = dict(rules.start)
    _prepare(ctx, kind, write)
    node = write.node = ctx.create(kind, write.values)
    _finish(ctx, kind, write)
    ctx.record("created", node)
    return node


def _update(ctx: Context, kind: str, write: Write) -> Node:
    write.node = _known(ctx, kind, write)
    return _changed(ctx, kind, write)


def _changed(ctx: Context, kind: str, write: Write) -> Node:
    node = write.target
    _prepare(ctx, kind, write)
    quiet = REGISTRY.writes[kind].quiet
    dated = "updatedAt" in REGISTRY.kinds[kind].defaults and not quiet
    changed = ctx.update(node, write.values | ({"updatedAt": ctx.stamp} if dated else {}))
    _finish(ctx, kind, write)
    if changed or not quiet:
        ctx.record("updated", node)
    return node


def _delete(ctx: Context, kind: str, write: Write) -> Node:
    node, rules = _known(ctx, kind, write), REGISTRY.writes[kind]
    write.node = node
    if rules.remove is not None:
        rules.remove(ctx, write)
    drop_metafields(ctx, node)
    ctx.delete(node)
    ctx.record("deleted", node)
    return node


def _known(ctx: Context, kind: str, write: Write) -> Node:
    identifier = write.args.get("identifier") or {"id": write.given.get("id")}
    node = identified(ctx, kind, identifier) if any(identifier.values()) else None
    if node is None:
        rules = REGISTRY.writes[kind]
        said = rules.missing.get(write.action) or f"{label_of(kind)} does not exist"
        message, code = (said, "NOT_FOUND") if isinstance(said, str) else said
        raise Refused.one(rules.nowhere.get(write.action, ("id",)), message, code)
    return node


def _finish(ctx: Context, kind: str, write: Write) -> None:
    rules = REGISTRY.writes[kind]
    if kind in REGISTRY.owners:
        set_metafields(ctx, write.target, write.given.get("metafields"), list(rules.path))
    if rules.finish is not None:
        rules.finish(ctx, write)
