"""Tags and metafields: the same for every kind of owner."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from atom_shopify_plugin.sandbox.access import type_needs
from atom_shopify_plugin.sandbox.connections import page_of
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.inputs import clean_tags
from atom_shopify_plugin.sandbox.refusals import Refused, UserError
from atom_shopify_plugin.sandbox.registry import REGISTRY, Filter, Kind, field_rule, inner_filter, kind, mutation
from atom_shopify_plugin.sandbox.store import Node, gid_type

__all__ = ["JSON_TYPES", "SINGLE_TYPES", "drop_metafields", "json_value", "problem_of", "set_metafields", "valued"]

SINGLE_TYPES = frozenset({
    "boolean", "color", "date", "date_time", "dimension", "id", "json", "language", "link", "money",
    "multi_line_text_field", "number_decimal", "number_integer", "rating", "rich_text_field", "single_line_text_field",
    "url", "volume", "weight", "article_reference", "collection_reference", "company_reference", "customer_reference",
    "file_reference", "metaobject_reference", "mixed_reference", "order_reference", "page_reference",
    "product_reference", "product_taxonomy_value_reference", "variant_reference",
})  # fmt: skip
JSON_TYPES = frozenset({"json", "dimension", "volume", "weight", "rating", "money", "link", "rich_text_field"})
APP_NAMESPACE = "app--1"
LIMIT = 25
# shopify.dev: 250 tags of 255 characters on products and customers, of 40 on orders; the wording here is ours.
MOST_TAGS = 250
LONGEST_TAG = 255
LONGEST_TAGS = {"Order": 40}

kind(
    Kind(
        "Metafield",
        fields="createdAt updatedAt definition description reference",
        indexed=("owner",),
    )
)


# tags


@mutation("tagsAdd")
def tags_add(ctx: Context, args: dict[str, Any]) -> Node:
    node = _tagged(ctx, args["id"])
    return _retag(ctx, node, clean_tags([*node["tags"], *args["tags"]]))


@mutation("tagsRemove")
def tags_remove(ctx: Context, args: dict[str, Any]) -> Node:
    node = _tagged(ctx, args["id"])
    gone = {tag.casefold() for tag in clean_tags(args["tags"])}
    return _retag(ctx, node, [tag for tag in node["tags"] if tag.casefold() not in gone])


def _tagged(ctx: Context, gid: str) -> Node:
    entry = REGISTRY.kinds.get(gid_type(gid) or "")
    if entry is None or "tags" not in entry.defaults:
        raise Refused.one(["id"], "Resource does not support tagging", node=None)
    _may_write(ctx, entry.name)
    node = ctx.lookup(gid, entry.name)
    if node is None:
        raise Refused.one(["id"], f"{entry.name} does not exist")
    return node


def _retag(ctx: Context, node: Node, tags: list[str]) -> Node:
    longest = LONGEST_TAGS.get(node["__typename"], LONGEST_TAG)
    if any(len(tag) > longest for tag in tags):
        raise Refused.one(["tags"], f"Tag is too long (maximum is {longest} characters)")
    if len(tags) > max(MOST_TAGS, len(node["tags"])):
        raise Refused.one(["tags"], f"Tags exceeded the maximum of {MOST_TAGS}")
    if ctx.update(node, {"tags": tags}):
        ctx.record("updated", node)
    return {"node": node}


def _may_write(ctx: Context, owner: str) -> None:
    """Ask for the write scope of whatever is touched: the generic mutations have none of their own."""
    needs = [scope.replace("read_", "write_", 1) for scope in type_needs(owner)]
    if needs and ctx.mutation:
        ctx.require(ctx.mutation, needs)


# metafields


@field_rule("HasMetafields.metafield")
def metafield(ctx: Context, node: Node, args: dict[str, Any]) -> Node | None:
    return _find(ctx, node["id"], args.get("namespace"), args["key"])


@field_rule("HasMetafields.metafields")
def metafields(ctx: Context, node: Node, args: dict[str, Any]) -> Any:
    rows = ctx.store.find("Metafield", "owner", node["id"])
    if (namespace := args.get("namespace")) is not None:
        rows = [row for row in rows if row["namespace"] == _namespace(namespace)]
    if (keys := args.get("keys")) is not None:
        rows = [row for row in rows if row["key"] in keys or f"{row['namespace']}.{row['key']}" in keys]
    return page_of(rows, args, [node["id"], "metafields"])


@inner_filter("metafields")
def search_by_metafield(name: str) -> Filter:
    """Search owners by ``metafields.{namespace}.{key}``; ``$app`` is the app's own namespace."""
    namespace, _, key = name.partition(".")[2].rpartition(".")
    full = _namespace(namespace)

    def read(ctx: Context, node: Node) -> list[Node]:
        rows = ctx.store.find("Metafield", "owner", node["id"])
        return valued(row for row in rows if row["key"] == key and row["namespace"] == full)

    return Filter("mixed", read)


def valued(fields: Iterable[Mapping[str, Any]]) -> list[Node]:
    """Return fields with types and values for a comparison: a list counts as its elements, no value as no field."""
    rows: list[Node] = []
    for field in fields:
        kind_, value = field["type"], field["value"]
        if value is not None and kind_.startswith("list."):
            texts = [one if isinstance(one, str) else json.dumps(one) for one in json.loads(value)]
            rows += [{**field, "type": kind_.removeprefix("list."), "value": text} for text in texts]
        elif value is not None:
            rows.append({**field})
    return rows


@field_rule("Metafield.ownerType")
def owner_type(_ctx: Context, node: Node, _args: dict[str, Any]) -> str:
    return REGISTRY.owners[gid_type(node["owner"]) or ""]


@field_rule("Metafield.compareDigest")
def compare_digest(_ctx: Context, node: Node, _args: dict[str, Any]) -> str:
    return hashlib.sha256(f"{node['type']}\n{node['value']}".encode()).hexdigest()


@field_rule("Metafield.sizeInBytes")
def size_in_bytes(_ctx: Context, node: Node, _args: dict[str, Any]) -> int:
    return len(node["value"].encode())


@field_rule("Metafield.jsonValue")
def json_value(_ctx: Context, node: Node, _args: dict[str, Any]) -> Any:
    kind_, value = node["type"], node["value"]
    if kind_ in JSON_TYPES or kind_.startswith("list."):
        return json.loads(value)
    if kind_ == "number_integer":
        return int(value)
    return value == "true" if kind_ == "boolean" else value


def _namespace(given: str | None) -> str:
    """Return the full namespace: none and ``$app`` mean the app's own."""
    if given is None or given == "$app":
        return APP_NAMESPACE
    return given.replace("$app:", f"{APP_NAMESPACE}--", 1) if given.startswith("$app:") else given


def _find(ctx: Context, owner: str, namespace: str | None, key: str) -> Node | None:
    full = _namespace(namespace)
    if namespace is None and "." in key:
        full, _, key = key.partition(".")
    rows = ctx.store.find("Metafield", "owner", owner)
    return next((row for row in rows if row["key"] == key and row["namespace"] == full), None)


@mutation("metafieldsSet")
def metafields_set(ctx: Context, args: dict[str, Any]) -> Node:
    """Write all or none; `compareDigest` (null: must not exist yet) guards each entry."""
    given = args["metafields"]
    if len(given) > LIMIT:
        message = f"Exceeded the maximum metafields input limit of {LIMIT}."
        raise Refused.one(["metafields"], message, "LESS_THAN_OR_EQUAL_TO", metafields=None)
    owners = [_owner(ctx, entry["ownerId"], at) for at, entry in enumerate(given)]
    for at, entry in enumerate(given):
        _check_digest(ctx, entry, at)
    return {
        "metafields": [
            _set(ctx, owner, entry, ["metafields", at])
            for at, (owner, entry) in enumerate(zip(owners, given, strict=True))
        ]
    }


@mutation("metafieldsDelete")
def metafields_delete(ctx: Context, args: dict[str, Any]) -> Node:
    for at, entry in enumerate(args["metafields"]):
        owner = _owner(ctx, entry["ownerId"], at)
        found = _find(ctx, owner["id"], entry["namespace"], entry["key"])
        if found is not None:
            ctx.delete(found)
            ctx.record("deleted", found)
    return {}


def _owner(ctx: Context, gid: str, at: int) -> Node:
    owner = gid_type(gid)
    if owner is None or owner not in REGISTRY.owners:
        raise Refused.one(["metafields", at, "ownerId"], "Owner type is not supported.", "INVALID", metafields=[])
    _may_write(ctx, owner)
    node = ctx.lookup(gid, owner)
    if node is None:
        raise Refused.one(["metafields", at, "ownerId"], "Owner does not exist.", "INVALID", metafields=[])
    return node


def _check_digest(ctx: Context, entry: Mapping[str, Any], at: int) -> None:
    if "compareDigest" not in entry:
        return
    known = _find(ctx, entry["ownerId"], entry.get("namespace"), entry["key"])
    digest = entry["compareDigest"]
    if known is None and digest is not None:
        raise Refused.one(["metafields", at], "Invalid `compareDigest` value.", "INVALID_COMPARE_DIGEST", metafields=[])
    if known is not None and digest != compare_digest(ctx, known, {}):
        message = "The resource has been updated since it was loaded. Try again with an updated `compareDigest` value."
        raise Refused.one(["metafields", at], message, "STALE_OBJECT", metafields=[])


def set_metafields(ctx: Context, owner: Node, given: Iterable[Mapping[str, Any]] | None, path: list[Any]) -> None:
    """Write the metafields that come inside another input."""
    for at, entry in enumerate(given or ()):
        _set(ctx, owner, entry, [*path, "metafields", at], inner=True)


def drop_metafields(ctx: Context, owner: Node) -> None:
    """Delete the metafields of a node that is being deleted."""
    for entry in ctx.store.find("Metafield", "owner", owner["id"]):
        ctx.delete(entry)


def _set(ctx: Context, owner: Node, entry: Mapping[str, Any], path: list[Any], *, inner: bool = False) -> Node:
    known = ctx.store.get(entry["id"]) if entry.get("id") else None
    key, value = entry.get("key") or (known or {}).get("key"), entry.get("value")
    if not key:
        raise Refused.one([*path, "key"], "Key can't be blank", "BLANK")
    if known is None:
        known = _find(ctx, owner["id"], entry.get("namespace"), key)
    name = entry.get("type") or (known or {}).get("type")
    problem = problem_of(name, key, value)
    if problem is not None:
        raise Refused(
            [UserError(tuple(str(step) for step in [*path, problem[0]]), problem[1], problem[2])], {"metafields": []}
        )
    values = {"type": name, "value": value}
    if known is not None:
        if ctx.update(known, values) and not inner:
            ctx.record("updated", known)
        return known
    values |= {"owner": owner["id"], "namespace": _namespace(entry.get("namespace")), "key": key}
    node = ctx.create("Metafield", values)
    if not inner:
        ctx.record("created", node)
    return node


def problem_of(name: Any, key: str, value: Any) -> tuple[str, str, str] | None:
    """Return (member, message, code) of the first thing that is wrong with a metafield."""
    if not name:
        return "type", "Type can't be blank", "BLANK"
    if name.removeprefix("list.") not in SINGLE_TYPES:
        return "type", "Type is not included in the list", "INCLUSION"
    if not 2 <= len(key) <= 64:
        short = len(key) < 2
        length = "short (minimum is 2 characters)" if short else "long (maximum is 64 characters)"
        return "key", f"Key is too {length}", "TOO_SHORT" if short else "TOO_LONG"
    if value is None or value == "":
        return "value", "Value can't be blank", "BLANK"
    try:
        if name == "number_integer":
            int(value)
        elif name == "number_decimal":
            float(value)
        elif (name in JSON_TYPES or name.startswith("list.")) and not isinstance(
            json.loads(value), list | dict | str | int | float
        ):
            raise ValueError(value)  # noqa: TRY301
    except ValueError:
        what = {"number_integer": "an integer", "number_decimal": "a decimal"}.get(name, "valid JSON")
        return "value", f"Value must be {what}.", "INVALID_VALUE"
    if name == "boolean" and value not in ("true", "false"):
        return "value", "Value must be true or false.", "INVALID_VALUE"
    return None


@field_rule("Metafield.owner")
def metafield_owner(ctx: Context, node: Node, _args: dict[str, Any]) -> Node | None:
    return ctx.store.get(node["owner"])
