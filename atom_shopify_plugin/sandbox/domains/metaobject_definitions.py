"""Definitions of metaobjects: their fields, who may see the entries, and what the entries are able to.

The messages are those that live stores answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.metafield_rules import APP_NAMESPACE, validation_faults
from atom_shopify_plugin.sandbox.domains.metafield_types import DEFINABLE, category
from atom_shopify_plugin.sandbox.inputs import label_of
from atom_shopify_plugin.sandbox.refusals import Refused, UserError, not_modelled
from atom_shopify_plugin.sandbox.registry import Member, Write, kind, query, writes
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["definition_of", "full_type"]

MOST_DEFINITIONS = 128
MOST_FIELDS = 40
RESERVED = frozenset({"id", "handle", "type", "system", "values", "fields", "updated_at"})
# What these ask of a value is not checked here.
UNMODELLED_OPTIONS = frozenset({"file_type_options", "product_taxonomy_attribute_handle", "schema"})
RENDERED = ("single_line_text_field", "multi_line_text_field", "rich_text_field")
STANDARD_ONLY = ("disclosure_reference", "list.disclosure_reference")
DEFINITION = ["definition"]

_OFF: Node = {"enabled": False}
kind(
    "MetaobjectDefinition",
    {
        "access": {"admin": "PUBLIC_READ_WRITE", "storefront": "NONE", "customerAccount": "NONE"},
        "capabilities": dict.fromkeys(("publishable", "translatable", "renderable", "onlineStore"), _OFF),
        "createdByStaff": None,
        "fieldDefinitions": [],
    },
    fields="createdAt updatedAt description displayNameKey name type standardTemplate",
    indexed=("type",),
)
kind("MetaobjectFieldDefinition", fields="description required")
kind("MetaobjectCapabilitiesOnlineStore", fields="data")
kind("MetaobjectCapabilitiesRenderable", fields="data")
kind("MetaobjectCapabilityDefinitionDataRenderable", fields="metaDescriptionKey metaTitleKey")


def full_type(name: str) -> str:
    """Return the stored name of a type: lower case, with the app's own prefix in place of ``$app:``."""
    return name.strip().lower().replace("$app:", f"{APP_NAMESPACE}--", 1)


def definition_of(ctx: Context, name: str) -> Node | None:
    return next(iter(ctx.store.find("MetaobjectDefinition", "type", full_type(name))), None)


@query("metaobjectDefinitionByType")
def definition_by_type(ctx: Context, args: dict[str, Any]) -> Node | None:
    return definition_of(ctx, args["type"])


def _check(ctx: Context, write: Write) -> None:
    values = write.values
    if write.node is not None and ctx.value(write.node, "standardTemplate") is not None:
        raise Refused.one(DEFINITION, "Standard metaobject definitions can't be updated", "IMMUTABLE")
    known = list(ctx.value(write.node, "fieldDefinitions")) if write.node else []
    if write.node is None:
        values["type"] = _new_type(ctx, write.given["type"])
    fields, errors = _fields(known, write.given.get("fieldDefinitions") or (), creates=write.creates)
    if write.given.get("resetFieldOrder"):
        fields = _reordered(fields, write.given.get("fieldDefinitions") or ())
    if len(fields) > MOST_FIELDS:
        errors.append(_error("fieldDefinitions", f"Maximum {MOST_FIELDS} fields per metaobject definition"))
    if sum(field["capabilities"]["adminFilterable"]["enabled"] for field in fields) > MOST_FIELDS:
        message = f"Maximum {MOST_FIELDS} admin filterable fields per metaobject definition"
        errors.append(_error("fieldDefinitions", message))
    keys = [field["key"] for field in fields]
    shown = values.get("displayNameKey")
    if shown and shown not in keys and not errors:
        message = f'Field definition "{shown}" does not exist'
        errors.append(_error("displayNameKey", message, "UNDEFINED_OBJECT_FIELD"))
    values["fieldDefinitions"] = fields
    _set_access(ctx, write, errors)
    _set_capabilities(ctx, write, {field["key"]: field for field in fields}, errors)
    if errors:
        raise Refused(errors)
    values.setdefault("name", label_of(values["type"].replace("_", " ")) if write.creates else write.target["name"])


def _error(member: str, message: str, code: str = "INVALID") -> UserError:
    return UserError.at([*DEFINITION, member], message, code)


def _new_type(ctx: Context, name: str) -> str:
    path = [*DEFINITION, "type"]
    stored = full_type(name)
    if re.match(r"shopify--|app--", name.strip().lower()) and not stored.startswith(f"{APP_NAMESPACE}--"):
        message = "Not authorized. This type is reserved for use by another application."
        raise Refused.one(DEFINITION, message, "NOT_AUTHORIZED")
    if len(stored) < 3:
        raise Refused.one(path, "Type is too short (minimum is 3 characters)", "TOO_SHORT")
    if len(stored) > 255:
        raise Refused.one(path, "Type is too long (maximum is 255 characters)", "TOO_LONG")
    if not re.fullmatch(r"[a-z0-9_-]+", stored):
        message = (
            "Type contains one or more invalid characters. Only alphanumeric characters, underscores, and dashes are "
            "allowed."
        )
        raise Refused.one(path, message, "INVALID")
    if definition_of(ctx, stored):
        raise Refused.one(path, "Type has already been taken", "TAKEN")
    if len(ctx.store.all("MetaobjectDefinition")) >= MOST_DEFINITIONS:
        message = f"Total definition count exceeds the limit of {MOST_DEFINITIONS}"
        raise Refused.one(DEFINITION, message, "MAX_DEFINITIONS_EXCEEDED")
    return stored


# fields


def _fields(
    known: list[Node], given: Iterable[Mapping[str, Any]], *, creates: bool
) -> tuple[list[Node], list[UserError]]:
    """Return the fields after the operations of an input, with the errors of all of them."""
    fields = {field["key"]: field for field in known}
    errors: list[UserError] = []
    added: set[str] = set()
    for at, operation in enumerate(given):
        path: list[Any] = [*DEFINITION, "fieldDefinitions", at]
        action, entry = ("create", operation) if creates else next(iter(operation.items()))
        key = entry["key"]
        place = path if creates else [*path, action]
        if action == "create" and key in added:
            errors.append(
                UserError.at(path, f'Field "{key}" duplicates other inputs', "DUPLICATE_FIELD_INPUT", key=key)
            )
        elif action == "create" and key in RESERVED:
            message = f'The name "{key}" is reserved for system use'
            errors.append(UserError.at(path, message, "RESERVED_NAME", key=key))
        elif action == "create" and key in fields:
            message = f'Field definition "{key}" is already taken'
            errors.append(UserError.at([*place, "key"], message, "OBJECT_FIELD_TAKEN", key=key))
        elif action != "create" and key not in fields:
            message = f'Field definition "{key}" does not exist'
            errors.append(UserError.at([*place, "key"], message, "UNDEFINED_OBJECT_FIELD", key=key))
        elif action == "delete":
            del fields[key]
        else:
            former = fields.get(key)
            errors += _field_errors(entry, former, place)
            fields[key] = _field(entry, former)
            added.add(key)
    return list(fields.values()), errors


def _field_errors(entry: Mapping[str, Any], former: Node | None, place: list[Any]) -> list[UserError]:
    key = entry["key"]
    found: list[tuple[str, str]] = []
    if former is None:
        if not key.strip():
            found.append(("Key can't be blank", "BLANK"))
        if len(key) < 2:
            found.append(("Key is too short (minimum is 2 characters)", "TOO_SHORT"))
        if len(key) > 64:
            found.append(("Key is too long (maximum is 64 characters)", "TOO_LONG"))
        if not re.fullmatch(r"[A-Za-z0-9_-]+", key):
            found.append(("Key contains one or more invalid characters.", "INVALID"))
    name = former["type"]["name"] if former else entry["type"]
    if name in STANDARD_ONLY:
        plain = name.removeprefix("list.")
        found.append((f"The {plain} type can only be used in standard definitions provided by Shopify.", "INVALID"))
    elif name not in DEFINABLE:
        valid = ", ".join(DEFINABLE)
        found.append((f"Type name {name} is not a valid type. Valid types are: {valid}.", "INCLUSION"))
    elif former is None or "validations" in entry:
        validations = entry.get("validations") or ()
        if unknown := [row["name"] for row in validations if row["name"] in UNMODELLED_OPTIONS]:
            raise not_modelled(f"The validation {unknown[0]}")
        found += [(f"Validations {message}", "INVALID_OPTION") for message, _ in validation_faults(name, validations)]
    return [UserError.at(place, message, code, key=key) for message, code in found]


def _field(entry: Mapping[str, Any], former: Node | None) -> Node:
    """Return a field's definition; what an update does not name stays as it was."""
    key = entry["key"]
    name = former["type"]["name"] if former else entry["type"]
    field = former or {
        "__typename": "MetaobjectFieldDefinition",
        "key": key,
        "name": label_of(key.replace("_", " ")),
        "description": None,
        "required": False,
        "type": {"name": name, "category": category(name), "supportsDefinitionMigrations": True},
        "validations": [],
        "capabilities": {"adminFilterable": {"eligible": True, "enabled": False}},
    }
    changes = {part: entry[part] for part in ("name", "description", "required") if entry.get(part) is not None}
    if entry.get("validations") is not None:
        changes["validations"] = [{**row, "type": _option_type(row)} for row in entry["validations"]]
    filterable = (entry.get("capabilities") or {}).get("adminFilterable")
    if filterable is not None:
        changes["capabilities"] = {"adminFilterable": {"eligible": True, "enabled": filterable["enabled"]}}
    return {**field, **changes}


def _option_type(row: Mapping[str, Any]) -> str:
    try:
        value = json.loads(row["value"])
    except ValueError:
        return "single_line_text_field"
    return "list.single_line_text_field" if isinstance(value, list) else "single_line_text_field"


def _reordered(fields: list[Node], given: Iterable[Mapping[str, Any]]) -> list[Node]:
    """Return fields in the order of the input, then those that it leaves out by the alphabet."""
    named = [entry["key"] for operation in given for entry in operation.values()]
    rank = {key: at for at, key in enumerate(named)}
    return sorted(fields, key=lambda field: (rank.get(field["key"], len(rank)), field["key"]))


# access and capabilities


def _set_access(ctx: Context, write: Write, errors: list[UserError]) -> None:
    given = write.given.get("access")
    if not given:
        return
    name = write.values.get("type") or write.target["type"]
    if given.get("admin") is not None and not name.startswith(f"{APP_NAMESPACE}--"):
        message = "Admin access can only be specified on metaobject definitions that have an app-reserved type."
        errors.append(UserError.at([*DEFINITION, "access", "admin"], message, "ADMIN_ACCESS_INPUT_NOT_ALLOWED"))
    former = write.values.get("access") or ctx.value(write.node or _blank(), "access")
    write.values["access"] = {**former, **{part: value for part, value in given.items() if value is not None}}


def _blank() -> Node:
    return {"__typename": "MetaobjectDefinition"}


def _set_capabilities(ctx: Context, write: Write, fields: Mapping[str, Node], errors: list[UserError]) -> None:
    given = write.given.get("capabilities")
    if not given:
        return
    capabilities = dict(ctx.value(write.node or _blank(), "capabilities"))
    for name, entry in given.items():
        if entry is None:
            continue
        data = dict(entry.get("data") or capabilities[name].get("data") or {})
        path = [*DEFINITION, "capabilities", name]
        if name == "renderable":
            errors += _unrendered(data, fields, path)
        if name == "onlineStore" and data:
            if data.pop("createRedirects", False):
                raise not_modelled("MetaobjectCapabilityDefinitionDataOnlineStoreInput.createRedirects")
            data["canCreateRedirects"] = True
            errors += _handle_errors(ctx, write, data["urlHandle"], path)
        capabilities[name] = {"enabled": entry["enabled"], **({"data": data} if data and entry["enabled"] else {})}
    write.values["capabilities"] = capabilities


def _unrendered(data: Mapping[str, Any], fields: Mapping[str, Node], path: list[str]) -> list[UserError]:
    errors = []
    for member, word in (("metaTitleKey", "meta_title_key"), ("metaDescriptionKey", "meta_description_key")):
        key = data.get(member)
        if key is not None and key not in fields:
            errors.append(UserError.at(path, f'Field definition "{key}" does not exist', "INVALID"))
        elif key is not None and fields[key]["type"]["name"] not in RENDERED:
            message = (
                f'Renderable Capability "{word}" cannot reference the field definition "{key}" of type '
                f'"{fields[key]["type"]["name"]}". Only {", ".join(RENDERED)} definitions are allowed.'
            )
            errors.append(UserError.at(path, message, "FIELD_TYPE_INVALID"))
    return errors


def _handle_errors(ctx: Context, write: Write, handle: str, path: list[str]) -> list[UserError]:
    place = [*path, "data", "urlHandle"]
    if not handle.strip():
        return [UserError.at(place, "The Online Store URL handle cannot be blank.", "URL_HANDLE_BLANK")]
    if not re.fullmatch(r"[a-z0-9_-]+", handle):
        return [UserError.at(place, "The Online Store URL handle is invalid.", "URL_HANDLE_INVALID")]
    for other in ctx.store.all("MetaobjectDefinition").values():
        data = ctx.value(other, "capabilities")["onlineStore"].get("data") or {}
        if other is not write.node and data.get("urlHandle") == handle:
            return [UserError.at(place, "The Online Store URL handle is already taken.", "URL_HANDLE_TAKEN")]
    return []


def _remove(ctx: Context, write: Write) -> None:
    for entry in ctx.store.find("Metaobject", "type", write.target["type"]):
        ctx.delete(entry)


_OWN = Member(field=None)
writes(
    "MetaobjectDefinition",
    members={
        "name": Member(longest=255, filled=True),
        "description": Member(longest=255),
        **dict.fromkeys(("type", "fieldDefinitions", "access", "capabilities", "resetFieldOrder"), _OWN),
    },
    check=_check,
    remove=_remove,
    path=("definition",),
    missing=dict.fromkeys(("update", "delete"), "Record not found"),
)
