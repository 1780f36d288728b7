"""Metafields: read, set and deleted, the same for every kind of owner."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.metafield_checks import BadValue
from atom_shopify_plugin.sandbox.domains.metafield_definitions import definition_for, metafields_of
from atom_shopify_plugin.sandbox.domains.metafield_rules import broken_rule, full_namespace, is_of_other_app
from atom_shopify_plugin.sandbox.domains.metafield_types import NAMES, REFERENCES, is_json
from atom_shopify_plugin.sandbox.domains.metafield_values import shown_json, stored_text
from atom_shopify_plugin.sandbox.refusals import Refused, UserError
from atom_shopify_plugin.sandbox.registry import REGISTRY, derived, field_rule, kind, mutation
from atom_shopify_plugin.sandbox.store import Node, gid_type

__all__ = [
    "JSON_TYPES", "SINGLE_TYPES", "drop_metafields", "json_value", "keep_metafields", "problem_of", "set_metafields",
]  # fmt: skip

SINGLE_TYPES = frozenset(name for name in NAMES if not name.startswith("list."))
JSON_TYPES = frozenset(name for name in SINGLE_TYPES if is_json(name))
LIMIT = 25
RESERVED = {"shopify_standard", "protected", "shopify-l10n-fields"}
FORBIDDEN = "Access to this namespace and key on Metafields for this resource type is not allowed."

kind("Metafield", fields="createdAt updatedAt description", indexed=("owner", "key"))


# reading


@field_rule("HasMetafields.metafield")
def metafield(ctx: Context, node: Node, args: dict[str, Any]) -> Node | None:
    return _find(ctx, node["id"], args.get("namespace"), args["key"])


@field_rule("HasMetafields.metafields")
def metafields(ctx: Context, node: Node, args: dict[str, Any]) -> Any:
    """Return the rows, with `keys` those that are named in full, in the order asked for; their key is the full one."""
    rows = ctx.store.find("Metafield", "owner", node["id"])
    if (namespace := args.get("namespace")) is not None:
        rows = [row for row in rows if row["namespace"] == full_namespace(namespace)]
    if (keys := args.get("keys")) is not None:
        named = {f"{row['namespace']}.{row['key']}": row for row in rows}
        rows = [{**named[full], "key": key} for key in keys if (full := _full_key(key)) in named]
    return rows


def _full_key(key: str) -> str:
    namespace, _, rest = key.rpartition(".")
    return f"{full_namespace(namespace)}.{rest}"


@field_rule("Metafield.ownerType")
def owner_type(_ctx: Context, node: Node, _args: dict[str, Any]) -> str:
    return REGISTRY.owners[gid_type(node["owner"]) or ""]


derived(
    {
        "Metafield.owner": lambda ctx, node: ctx.store.get(node["owner"]),
        "Metafield.reference": lambda ctx, node: ctx.store.get(node["value"]) if node["type"] in REFERENCES else None,
        "Metafield.sizeInBytes": lambda _, node: len(node["value"].encode()),
    }
)


@field_rule("Metafield.definition")
def metafield_definition(ctx: Context, node: Node, args: dict[str, Any]) -> Node | None:
    return definition_for(ctx, owner_type(ctx, node, args), node["namespace"], node["key"].rpartition(".")[2])


@field_rule("Metafield.references")
def references(ctx: Context, node: Node, _args: dict[str, Any]) -> Any:
    if node["type"].removeprefix("list.") not in REFERENCES or not node["type"].startswith("list."):
        return None
    return [row for gid in shown_json(node["type"], node["value"]) if (row := ctx.store.get(gid)) is not None]


@field_rule("Metafield.compareDigest")
def compare_digest(_ctx: Context, node: Node, _args: dict[str, Any]) -> str:
    return hashlib.sha256(f"{node['type']}\n{node['value']}".encode()).hexdigest()


@field_rule("Metafield.jsonValue")
def json_value(_ctx: Context, node: Node, _args: dict[str, Any]) -> Any:
    return shown_json(node["type"], node["value"])


def _find(ctx: Context, owner: str, namespace: str | None, key: str) -> Node | None:
    full = full_namespace(namespace)
    if namespace is None and "." in key:
        full, _, key = _full_key(key).rpartition(".")
    rows = ctx.store.find("Metafield", "owner", owner)
    return next((row for row in rows if row["key"] == key and row["namespace"] == full), None)


# metafieldsSet and metafieldsDelete


@mutation("metafieldsSet")
def metafields_set(ctx: Context, args: dict[str, Any]) -> Node:
    """Write all or none; `compareDigest` (null: must not exist yet) guards each entry."""
    given = args["metafields"]
    if len(given) > LIMIT:
        message = f"Exceeded the maximum metafields input limit of {LIMIT}."
        raise Refused.one(["metafields"], message, "LESS_THAN_OR_EQUAL_TO", metafields=None)
    owners = [_owner(ctx, entry["ownerId"], ["metafields", at, "ownerId"]) for at, entry in enumerate(given)]
    for at, entry in enumerate(given):
        _check_digest(ctx, entry, at)
    rows, errors = [], []
    for at, (owner, entry) in enumerate(zip(owners, given, strict=True)):
        try:
            # Two entries may name the same metafield; each shows the value that it wrote.
            rows.append(dict(_set(ctx, owner, entry, ["metafields", at])))
        except Refused as refusal:
            errors += refusal.errors
    if errors:
        raise Refused(errors, {"metafields": []})
    return {"metafields": rows}


@mutation("metafieldsDelete")
def metafields_delete(ctx: Context, args: dict[str, Any]) -> Node:
    """Delete what there is; entries that lead nowhere answer null."""
    given = args["metafields"]
    if any(is_of_other_app(full_namespace(entry["namespace"])) for entry in given):
        raise Refused.one(["metafields"], FORBIDDEN, deletedMetafields=[])
    gone: list[Node | None] = []
    for entry in given:
        kind = gid_type(entry["ownerId"]) or ""
        if kind in REGISTRY.owners:
            ctx.require_write(kind)
        found = _find(ctx, entry["ownerId"], entry["namespace"], entry["key"])
        if found is not None:
            ctx.delete(found)
            ctx.record("deleted", found)
        shown = found and {"ownerId": found["owner"], "namespace": found["namespace"], "key": found["key"]}
        gone.append(shown)
    return {"deletedMetafields": gone}


def _owner(ctx: Context, gid: str, path: list[Any]) -> Node:
    owner = gid_type(gid)
    if owner is None or owner not in REGISTRY.owners:
        raise Refused.one(path, "Owner type is not supported.", "INVALID", metafields=[])
    ctx.require_write(owner)
    node = ctx.lookup(gid, owner)
    if node is None:
        raise Refused.one(path, "Owner does not exist.", "INVALID_VALUE", metafields=[])
    return node


def _check_digest(ctx: Context, entry: Mapping[str, Any], at: int) -> None:
    if "compareDigest" not in entry:
        return
    known = _find(ctx, entry["ownerId"], entry.get("namespace"), entry["key"])
    digest = entry["compareDigest"]
    if known is None and digest is not None:
        raise Refused.one(["metafields", at], "Invalid `compareDigest` value.", "INVALID_COMPARE_DIGEST", metafields=[])
    # Seen on a live store: a digest is not looked at where the value stays.
    stays = known is not None and digest is not None and entry.get("value") == known["value"]
    if known is not None and not stays and digest != compare_digest(ctx, known, {}):
        message = "The resource has been updated since it was loaded. Try again with an updated `compareDigest` value."
        raise Refused.one(["metafields", at], message, "STALE_OBJECT", metafields=[])


# what all mutations with metafields share


def set_metafields(ctx: Context, owner: Node, given: Iterable[Mapping[str, Any]] | None, path: list[Any]) -> None:
    """Write the metafields that come inside another input."""
    for at, entry in enumerate(given or ()):
        _set(ctx, owner, entry, [*path, "metafields", at], inner=True)


def keep_metafields(ctx: Context, owner: Node, given: Iterable[Mapping[str, Any]]) -> None:
    """Delete the metafields of a node that an input does not name."""
    named = {(full_namespace(entry.get("namespace")), entry.get("key")) for entry in given}
    ids = {entry.get("id") for entry in given}
    for row in ctx.store.find("Metafield", "owner", owner["id"]):
        if (row["namespace"], row["key"]) not in named and row["id"] not in ids:
            ctx.delete(row)


def drop_metafields(ctx: Context, owner: Node) -> None:
    """Delete the metafields of a node that is being deleted."""
    for entry in ctx.store.find("Metafield", "owner", owner["id"]):
        ctx.delete(entry)


def _set(ctx: Context, owner: Node, entry: Mapping[str, Any], path: list[Any], *, inner: bool = False) -> Node:
    known = ctx.lookup(entry["id"], "Metafield") if entry.get("id") else None
    if known is not None and known["owner"] != owner["id"]:
        known = None
    key = entry.get("key") or (known or {}).get("key")
    if not key:
        raise Refused.one([*path, "key"], "Key can't be blank", "BLANK")
    namespace = full_namespace(entry.get("namespace")) if known is None else known["namespace"]
    _check_names(namespace, key, path)
    if known is None:
        known = _find(ctx, owner["id"], namespace, key)
    definition = definition_for(ctx, REGISTRY.owners[owner["__typename"]], namespace, key)
    name = entry.get("type") or (definition or {"type": {}})["type"].get("name") or (known or {}).get("type")
    if definition is not None and name != definition["type"]["name"]:
        message = f"Type '{name}' must be consistent with the definition's type: '{definition['type']['name']}'."
        raise Refused.one([*path, "type"], message, "INVALID_TYPE")
    text, problem = _checked(name, entry.get("value"), lambda gid: ctx.store.get(gid) is not None)
    if problem is None and definition is not None:
        fault = broken_rule(ctx, definition, text) or _taken(ctx, definition, known, text)
        problem = ("value", fault, "INVALID_VALUE", None) if fault else None
    if problem is not None:
        member, message, code, index = problem
        raise Refused([UserError(tuple(map(str, [*path, member])), message, code, index=index)])
    values = {"type": name, "value": text}
    if known is not None:
        if ctx.update(known, values) and not inner:
            ctx.record("updated", known)
        return known
    values |= {"owner": owner["id"], "namespace": namespace, "key": key}
    node = ctx.create("Metafield", values)
    if not inner:
        ctx.record("created", node)
    return node


def _check_names(namespace: str, key: str, path: list[Any]) -> None:
    for member, text, shortest, longest in (("namespace", namespace, 3, 255), ("key", key, 2, 64)):
        if not shortest <= len(text) <= longest:
            short = len(text) < shortest
            size = f"short (minimum is {shortest}" if short else f"long (maximum is {longest}"
            message = f"{member.capitalize()} is too {size} characters)"
            raise Refused.one([*path, member], message, "TOO_SHORT" if short else "TOO_LONG")
    if namespace in RESERVED:
        raise Refused.one([*path, "namespace"], f"Namespace {namespace} is a reserved namespace")
    if is_of_other_app(namespace):
        raise Refused.one(path, FORBIDDEN, "APP_NOT_AUTHORIZED")


def _taken(ctx: Context, definition: Node, known: Node | None, text: str) -> str | None:
    if not definition["enabled"]["uniqueValues"]:
        return None
    others = (row for row in metafields_of(ctx, definition) if row is not known)
    return "Value has already been taken." if any(row["value"] == text for row in others) else None


def _checked(
    name: Any, value: Any, exists: Callable[[str], bool]
) -> tuple[str, tuple[str, str, str, int | None] | None]:
    """Return the value to store and (member, message, code, place in a list) of the first fault."""
    if not name:
        return "", ("type", "Type can't be blank", "BLANK", None)
    if name not in NAMES:
        return "", ("type", f"Type must be one of the following: {', '.join(NAMES)}.", "INVALID_TYPE", None)
    try:
        return stored_text(name, value or "", exists), None
    except BadValue as problem:
        return "", ("value", problem.message, "INVALID_VALUE", problem.index)


def problem_of(name: Any, key: str, value: Any) -> tuple[str, str, str] | None:
    """Return (member, message, code) of the first thing that is wrong with a type, a key and a value."""
    if not 2 <= len(key) <= 64:
        short = len(key) < 2
        length = "short (minimum is 2 characters)" if short else "long (maximum is 64 characters)"
        return "key", f"Key is too {length}", "TOO_SHORT" if short else "TOO_LONG"
    fault = _checked(name, value, lambda _: True)[1]
    return fault and fault[:3]
