"""Metaobjects written: the values of an entry, its handle, upserts and deletions of many.

The messages are those that live stores answer.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.metafield_checks import BadValue
from atom_shopify_plugin.sandbox.domains.metafield_rules import broken_rule
from atom_shopify_plugin.sandbox.domains.metafield_values import stored_text
from atom_shopify_plugin.sandbox.domains.metaobject_definitions import definition_of, full_type
from atom_shopify_plugin.sandbox.domains.metaobjects import entry_at
from atom_shopify_plugin.sandbox.domains.shared import new_job
from atom_shopify_plugin.sandbox.inputs import handle_from
from atom_shopify_plugin.sandbox.refusals import Refused, UserError, fault, not_modelled
from atom_shopify_plugin.sandbox.registry import Member, Write, mutation, writes
from atom_shopify_plugin.sandbox.store import Node, Pending
from atom_shopify_plugin.sandbox.writes import create, update

CODE_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"  # of the names that Shopify makes up
METAOBJECT = ["metaobject"]


def _check_entry(ctx: Context, write: Write) -> None:
    given, node = write.given, write.node
    definition = definition_of(ctx, given["type"] if node is None else node["type"])
    if definition is None:
        message = f'No metaobject definition exists for type "{given["type"]}"'
        raise Refused.one([*METAOBJECT, "type"], message, "UNDEFINED_OBJECT_TYPE")
    if given.get("fields") is not None and given.get("values") is not None:
        raise fault("`fields` and `values` can't be used together", "INVALID_FIELD_ARGUMENTS")
    if not isinstance(given.get("values") or {}, dict):
        raise fault("`values` must be an object", "INVALID_FIELD_ARGUMENTS")
    if given.get("redirectNewHandle"):
        raise not_modelled("MetaobjectUpdateInput.redirectNewHandle")
    write.values["type"] = definition["type"]
    stored, errors = _entry_values(ctx, write, definition)
    errors += _capability_errors(ctx, write, definition)
    write.values["stored"] = stored
    _name(ctx, write, definition, errors)
    if errors:
        raise Refused(errors)


def _entry_values(ctx: Context, write: Write, definition: Node) -> tuple[Node, list[UserError]]:
    """Return the values after a write, with the errors of the input."""
    declared = {field["key"]: field for field in definition["fieldDefinitions"]}
    whole = write.given.get("values")
    given = write.given.get("fields") or ()
    if whole is not None:
        given = [{"key": key, "value": _text(value)} for key, value in whole.items()]
    stored = dict(write.node["stored"]) if write.node and whole is None else {}
    errors: list[UserError] = []
    places: dict[str, list[Any]] = {}
    for at, entry in enumerate(given):
        path, key, value = [*METAOBJECT, "fields", at], entry["key"], entry["value"]
        if whole is not None:
            path = [*METAOBJECT, "values", key]
        if key not in declared:
            message = f'Field definition "{key}" does not exist'
            errors.append(UserError.at(path, message, "UNDEFINED_OBJECT_FIELD", key=key))
        elif key in places:
            message = f'Field "{key}" duplicates other inputs'
            errors.append(UserError.at(path, message, "DUPLICATE_FIELD_INPUT", key=key))
            stored.pop(key, None)
            places[key] = path
        else:
            places[key] = path
            stored[key], problem = _value(ctx, declared[key], value, creates=write.creates)
            if problem is not None:
                errors.append(UserError.at(path, problem[0], "INVALID_VALUE", key=key, index=problem[1]))
    for key, field in declared.items():
        if field["required"] and not stored.get(key):
            place = places.get(key, METAOBJECT)
            message = f"{field['name']} can't be blank"
            errors.append(UserError.at(place, message, "OBJECT_FIELD_REQUIRED", key=key))
    return {key: value for key, value in stored.items() if key in declared}, errors


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)


def _value(ctx: Context, field: Node, value: str, *, creates: bool) -> tuple[str | None, Any]:
    """Return the value to store and what is wrong with it."""
    if not value:
        return None, None
    name = field["type"]["name"]
    if name == "boolean" and creates:  # seen: any word but "false" is true in a new entry, and refused in an update
        return "false" if value == "false" else "true", None
    try:
        text = stored_text(name, value, lambda gid: ctx.store.get(gid) is not None)
    except BadValue as problem:
        return value, (problem.message, problem.index)
    broken = broken_rule(ctx, field, text)
    return text, (broken, None) if broken else None


def _capability_errors(ctx: Context, write: Write, definition: Node) -> list[UserError]:
    able, errors = ctx.value(definition, "capabilities"), []
    for name in ("publishable", "onlineStore"):
        data = (write.given.get("capabilities") or {}).get(name)
        if data is None:
            continue
        if not able[name]["enabled"]:
            word = "online_store" if name == "onlineStore" else name
            path = [*METAOBJECT, "capabilities", name]
            errors.append(UserError.at(path, f"Capability is not enabled: {word}", "CAPABILITY_NOT_ENABLED"))
        write.values |= data
    return errors


def _name(ctx: Context, write: Write, definition: Node, errors: list[UserError]) -> None:
    """Settle the handle and the name that is shown."""
    given, node, values = write.given.get("handle"), write.node, write.values
    path = [*METAOBJECT, "handle"]
    title = _title(write, definition)
    if given or (given is not None and node is not None):
        problems = _handle_problems(given)
        errors += [UserError.at(path, message, code) for message, code in problems]
        handle = given.lower()
        taken = _taken(ctx, values["type"], handle, node)
        if taken and not problems and node is not None:
            errors.append(UserError.at(path, "Handle has already been taken", "TAKEN"))
        values["handle"] = handle if node is not None else _free(ctx, values["type"], handle)
        values["displayName"] = title or _titled(given if values["handle"] == handle else values["handle"])
    elif node is not None:
        if title:
            values["displayName"] = title
        elif definition.get("displayNameKey") and node["stored"].get(definition["displayNameKey"]):
            values["displayName"] = _titled(node["handle"])
    elif title:
        values |= {"handle": _free(ctx, values["type"], handle_from(title) or values["type"]), "displayName": title}
    else:
        code = _made_up(ctx)
        values["handle"] = f"{handle_from(values['type'].replace('_', ' '))}-{code}"
        values["displayName"] = f"{definition['name']} #{code.upper()}"


def _handle_problems(handle: str) -> list[tuple[str, str]]:
    if len(handle) > 255:
        return [("Handle is too long (maximum is 255 characters)", "TOO_LONG")]
    blank = [] if handle.strip() else [("Handle can't be blank", "BLANK")]
    valid = re.fullmatch(r"[\w-]+", handle)
    return blank if valid else [*blank, ("Handle is invalid", "INVALID")]


def _taken(ctx: Context, name: str, handle: str, node: Node | None) -> bool:
    found = ctx.store.find("Metaobject", "handle", handle)
    return any(other is not node and other["type"] == name for other in found)


def _free(ctx: Context, name: str, handle: str) -> str:
    at, wanted = 0, handle
    while _taken(ctx, name, wanted, None):
        at += 1
        wanted = f"{handle}-{at}"
    return wanted


def _title(write: Write, definition: Node) -> str:
    """Return the value that names an entry: as it is written in the input (seen for measurements), or as it is kept."""
    key = definition.get("displayNameKey") or ""
    kept = write.values["stored"].get(key)
    texts = [entry["value"] for entry in write.given.get("fields") or () if entry["key"] == key]
    return str(texts[0] if kept and texts else kept or "")


def _titled(handle: str) -> str:
    """Return a handle as Rails titleizes it: ``My Handle`` for ``MyHandle``."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", handle)
    return " ".join(word.capitalize() for word in re.split(r"[\s_-]+", spaced) if word)


def _made_up(ctx: Context) -> str:
    """Return eight letters and digits, other ones for each entry of a store."""
    digest = hashlib.sha256(f"{ctx.store.shop_domain}{ctx.store.new_id('MetaobjectHandle')}".encode()).digest()
    return "".join(CODE_LETTERS[byte % 32] for byte in digest[:8])


@mutation("metaobjectUpsert")
def upsert(ctx: Context, args: dict[str, Any]) -> Node:
    """Change the entry with a handle, or create it."""
    handle, given = args["handle"], args.get("metaobject")
    if (given is None) == (args.get("values") is None):
        raise fault("metaobjectUpsert must include exactly one of metaobject, values", "INVALID_FIELD_ARGUMENTS")
    wish = dict(given) if given is not None else {"values": args["values"]}
    node = entry_at(ctx, handle)
    if node is not None:
        return {"metaobject": update(ctx, "Metaobject", node, wish, "MetaobjectUpsertInput")["id"]}
    wish.setdefault("handle", handle["handle"])
    try:
        node = create(ctx, "Metaobject", {"type": handle["type"], **wish}, "MetaobjectUpsertInput")
    except Refused as refusal:
        raise Refused([_of_handle(error, named="handle" in (given or {})) for error in refusal.errors]) from None
    return {"metaobject": node["id"]}


def _of_handle(error: UserError, *, named: bool) -> UserError:
    """Return an error at the argument `handle`, where that is what gave the handle or the type."""
    if error.field == ("metaobject", "type") or (error.field == ("metaobject", "handle") and not named):
        return UserError(("handle", error.field[1]), error.message, error.code, error.key, error.index)
    return error


@mutation("metaobjectBulkDelete")
def bulk_delete(ctx: Context, args: dict[str, Any]) -> Node:
    """Delete the entries of a type or those named, later; unknown ones are passed over."""
    ids, name = args["where"].get("ids"), args["where"].get("type")
    if (ids is None) == (name is None):
        message = "MetaobjectBulkDeleteWhereCondition requires exactly one of type, ids"
        raise fault(message, "INVALID_FIELD_ARGUMENTS")
    if name is not None and definition_of(ctx, name) is None:
        message = f'No metaobject definition exists for type "{name}"'
        raise Refused.one(["where", "type"], message, "RECORD_NOT_FOUND")
    job = new_job(ctx)

    def run(later: Context) -> None:
        if ids is None:
            nodes: list[Node | None] = list(later.store.find("Metaobject", "type", full_type(name or "")))
        else:
            nodes = [later.store.get(gid) for gid in dict.fromkeys(ids)]
        for node in nodes:
            if node is not None and node["__typename"] == "Metaobject":
                later.delete(node)
                later.record("deleted", node, operation="metaobjectBulkDelete")
        later.update(job, {"done": True})

    ctx.store.pending.append(Pending(job["id"], 1, run))
    return {"job": job["id"]}


_OWN = Member(field=None)
writes(
    "Metaobject",
    members=dict.fromkeys(("type", "handle", "fields", "values", "capabilities", "redirectNewHandle"), _OWN),
    check=_check_entry,
    path=("metaobject",),
    missing=dict.fromkeys(("update", "delete"), "Record not found"),
)
