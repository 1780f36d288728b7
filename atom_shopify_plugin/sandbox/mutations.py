"""Mutations: what is the same for all of them, and the generic create, update and delete.

A mutation either does all of its work or none: whatever a rule wrote before it refused is taken back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from graphql import GraphQLError, GraphQLField, GraphQLObjectType, GraphQLResolveInfo, get_named_type

from atom_shopify_plugin.sandbox import idempotency
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.refusals import Refused, not_modelled
from atom_shopify_plugin.sandbox.registry import REGISTRY, RootRule
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["carry_out", "plain_values", "summary"]

INPUT_LIMIT = 250
# shopify.dev, "Input array limits"; metafieldsSet answers a user error of its own at 25.
LIMITS = {"variants": 2048, "variantsIds": 2048, "inventoryQuantities": 2048}


def carry_out(name: str, field: GraphQLField) -> Callable[..., Any]:
    """Return the resolver of a mutation."""
    payload_type = get_named_type(field.type)
    parts = list(payload_type.fields) if isinstance(payload_type, GraphQLObjectType) else []

    def resolve(_source: Any, info: GraphQLResolveInfo[Context], **args: Any) -> dict[str, Any]:
        rule = REGISTRY.mutations.get(name)
        if rule is None:
            raise not_modelled(f"The mutation {name}")
        ctx: Context = info.context
        ctx.mutation, ctx.arguments, ctx.path = name, summary(args), info.path.as_list()
        _check_sizes(args, [name], info)
        key = idempotency.key_of(name, info)
        ctx.idempotency_key = key
        try:
            payload = idempotency.once(ctx, name, key, args, lambda: _attempt(ctx, rule, args))
        finally:
            ctx.mutation, ctx.idempotency_key, ctx.arguments = None, None, {}
        return _complete(ctx, payload, parts)

    return resolve


def _attempt(ctx: Context, rule: RootRule, args: dict[str, Any]) -> dict[str, Any]:
    try:
        payload = dict(rule(ctx, args))
    except Refused as refusal:
        ctx.take_back()
        return {**refusal.payload, "errors": [error.node() for error in refusal.errors]}
    except BaseException:
        ctx.take_back()
        raise
    ctx.keep()
    return payload


def _complete(ctx: Context, payload: Mapping[str, Any], parts: list[str]) -> dict[str, Any]:
    """Return a payload with every member: errors under whatever name this mutation gives its list."""
    whole = {name: payload.get(name) for name in parts}
    for name in parts:
        if name.endswith(("serErrors", "UserErrors")):
            whole[name] = payload.get("errors", [])
    if "shop" in whole:
        whole["shop"] = ctx.store.shop
    return whole


def _check_sizes(value: Any, path: list[Any], info: GraphQLResolveInfo[Context]) -> None:
    if isinstance(value, Mapping):
        for name, member in value.items():
            _check_sizes(member, [*path, name], info)
    elif isinstance(value, list):
        limit = LIMITS.get(path[-1], INPUT_LIMIT)
        if len(value) > limit:
            raise GraphQLError(
                f"The input array size of {len(value)} is greater than the maximum allowed of {limit}.",
                nodes=info.field_nodes,
                path=path,
                extensions={"code": "MAX_INPUT_SIZE_EXCEEDED"},
            )
        for at, member in enumerate(value):
            _check_sizes(member, [*path, at], info)


def summary(args: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments as plain JSON for the journal, long texts cut at 200 characters."""

    def plain(value: Any) -> Any:
        if isinstance(value, str) and len(value) > 200:
            return value[:199] + "…"
        if isinstance(value, Mapping):
            return {name: plain(member) for name, member in value.items()}
        if isinstance(value, list):
            return [plain(member) for member in value[:20]]
        return str(value) if isinstance(value, Decimal) else value

    found: dict[str, Any] = json.loads(json.dumps(plain(args), default=str))
    return found


def plain_values(kind: str, given: Mapping[str, Any], *, input_name: str, apart: tuple[str, ...] = ()) -> Node:
    """Return the members of an input object that are fields of the same name on `kind`.

    Members named in `apart` are the caller's to handle. A member that the kind does not store raises "not modelled",
    unless it is null: an input never disappears in silence. A null sets the kind's default where that is not null.
    """
    defaults = REGISTRY.kinds[kind].defaults
    values: Node = {}
    for name, value in given.items():
        if name in apart:
            continue
        if name not in defaults:
            if value is None or value == []:
                continue
            raise not_modelled(f"{input_name}.{name}")
        values[name] = defaults[name] if value is None else value
    return values
