"""Mutations: what is the same for all of them.

A mutation either does all of its work or none: whatever a rule wrote before it refused is taken back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLObjectType,
    GraphQLResolveInfo,
    get_named_type,
)

from atom_shopify_plugin.sandbox import idempotency
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.refusals import Refused, not_modelled
from atom_shopify_plugin.sandbox.registry import REGISTRY, RootRule
from atom_shopify_plugin.sandbox.writes import conventional

__all__ = ["carry_out", "rule_of", "summary"]

# A rule names a fault once; the mutations have several words for it.
SAME_CODES = {"NOT_FOUND": ("RECORD_NOT_FOUND", "DOES_NOT_EXIST"), "TAKEN": ("ALREADY_EXISTS",)}


def carry_out(name: str, field: GraphQLField) -> Callable[..., Any]:
    """Return the resolver of a mutation."""
    payload_type = get_named_type(field.type)
    parts = dict(payload_type.fields) if isinstance(payload_type, GraphQLObjectType) else {}
    errors = {part: _codes(declared) for part, declared in parts.items() if part.endswith(("serErrors", "UserErrors"))}
    rule = rule_of(name, field)

    def resolve(_source: Any, info: GraphQLResolveInfo[Context], **args: Any) -> dict[str, Any]:
        if rule is None:
            raise not_modelled(f"The mutation {name}")
        ctx: Context = info.context
        ctx.mutation, ctx.arguments, ctx.path = name, summary(args), info.path.as_list()
        key = idempotency.key_of(name, info)
        ctx.idempotency_key = key
        try:
            payload = idempotency.once(ctx, name, key, args, lambda: _attempt(ctx, rule, args))
        finally:
            ctx.mutation, ctx.idempotency_key, ctx.arguments = None, None, {}
        return _complete(ctx, payload, parts, errors)

    return resolve


def rule_of(name: str, field: GraphQLField) -> RootRule | None:
    """Return how a mutation is carried out: by its rule, or by the conventions; None where it is not modelled."""
    return REGISTRY.mutations.get(name) or conventional(name, field)


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


def _codes(errors: GraphQLField) -> frozenset[str]:
    """Return the codes that a mutation's user errors may carry."""
    kind = get_named_type(errors.type)
    code = kind.fields.get("code") if isinstance(kind, GraphQLObjectType) else None
    named = get_named_type(code.type) if code else None
    return frozenset(named.values) if isinstance(named, GraphQLEnumType) else frozenset()


def _complete(
    ctx: Context, payload: Mapping[str, Any], parts: Iterable[str], errors: Mapping[str, frozenset[str]]
) -> dict[str, Any]:
    """Return a payload with every member: errors under whatever name and with whatever codes this mutation has."""
    whole = {name: payload.get(name) for name in parts}
    for name, codes in errors.items():
        whole[name] = [{**error, "code": _code(error["code"], codes)} for error in payload.get("errors", [])]
    if "shop" in whole:
        whole["shop"] = ctx.store.shop
    return whole


def _code(code: str | None, codes: frozenset[str]) -> str | None:
    """Return what this mutation calls a code; None where its errors have no word for it."""
    return next((name for name in (code, *SAME_CODES.get(code or "", ())) if name in codes), None)


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
