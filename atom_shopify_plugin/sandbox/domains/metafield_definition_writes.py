"""The mutations of metafield definitions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.metafield_checks import BadValue
from atom_shopify_plugin.sandbox.domains.metafield_definitions import (
    CAPABILITIES,
    definition_for,
    definition_type,
    identified_definition,
    is_eligible,
    metafields_of,
    option_type,
    place_of,
)
from atom_shopify_plugin.sandbox.domains.metafield_rules import (
    broken_rule,
    full_namespace,
    is_of_app,
    is_of_other_app,
    validation_faults,
)
from atom_shopify_plugin.sandbox.domains.metafield_types import DEFINABLE, REFERENCES
from atom_shopify_plugin.sandbox.domains.metafield_values import stored_text
from atom_shopify_plugin.sandbox.domains.shared import new_job
from atom_shopify_plugin.sandbox.inputs import label_of
from atom_shopify_plugin.sandbox.refusals import Refused, UserError, fault
from atom_shopify_plugin.sandbox.registry import REGISTRY, mutation
from atom_shopify_plugin.sandbox.store import Node

MOST_DEFINITIONS = 256
MOST_PINNED = 50


def _ask_access(ctx: Context, given: Mapping[str, Any]) -> str:
    """Return the full namespace; raise ACCESS_DENIED for one that is not the app's to define (seen: ``shopify``)."""
    namespace = full_namespace(given.get("namespace"))
    owner = next((name for name, known in REGISTRY.owners.items() if known == given["ownerType"]), None)
    if owner is not None:
        ctx.require_write(owner)
    if namespace == "shopify" or namespace.startswith("shopify--") or is_of_other_app(namespace):
        access = (
            "API client to have access to the namespace and the resource type associated with the metafield "
            "definition.\n"
        )
        message = f"Access denied for {ctx.mutation} field. Required access: {access}"
        page = "https://shopify.dev/api/usage/access-scopes"
        raise fault(message, "ACCESS_DENIED", documentation=page, requiredAccess=access)
    return namespace


def _refuse(faults: Iterable[tuple[str | None, str, str]]) -> None:
    errors = [
        UserError(("definition",) if member is None else ("definition", member), message, code)
        for member, message, code in faults
    ]
    if errors:
        raise Refused(errors)


def _lengths(given: Mapping[str, Any]) -> Iterable[tuple[str, str, str]]:
    for member in ("name", "description"):
        if len(given.get(member) or "") > 255:
            yield member, f"{member.capitalize()} is too long (maximum is 255 characters)", "TOO_LONG"


def _names(given: Mapping[str, Any], namespace: str) -> Iterable[tuple[str, str, str]]:
    for member, text, shortest, longest in (("namespace", namespace, 3, 255), ("key", given["key"], 2, 64)):
        label = member.capitalize()
        if len(text) < shortest:
            yield member, f"{label} is too short (minimum is {shortest} characters)", "TOO_SHORT"
        elif len(text) > longest:
            yield member, f"{label} is too long (maximum is {longest} characters)", "TOO_LONG"
        if not re.fullmatch(r"[\w-]*", text, re.ASCII):
            yield member, f"{label} contains one or more invalid characters.", "INVALID_CHARACTER"
    if not given["name"].strip():
        yield "name", "Name can't be blank", "BLANK"
    yield from _lengths(given)
    if given["type"] not in DEFINABLE:
        listed = ", ".join(DEFINABLE)
        message = f"Type name {given['type']} is not a valid type. Valid types are: {listed}."
        yield "type", message, "INCLUSION"


def _access(given: Mapping[str, Any], namespace: str, code: str, former: Mapping[str, Any]) -> Node:
    told = {name: value for name, value in (given.get("access") or {}).items() if value is not None}
    if "admin" in told and not is_of_app(namespace):
        message = 'Setting this access control is not permitted. It must be one of ["public_read_write"].'
        _refuse([(None, message, code)])
    return {**former, **told}


def _enabled(given: Mapping[str, Any], name: str, former: Mapping[str, bool]) -> dict[str, bool]:
    """Return which capabilities are on; those of ids are unique in any case."""
    told = {
        key: bool(value["enabled"]) for key, value in (given.get("capabilities") or {}).items() if value is not None
    }
    if given.get("useAsCollectionCondition"):
        told["smartCollectionCondition"] = True
    if name == "id" and not told.get("uniqueValues", True):
        message = "Capability unique_values is required for type id but is disabled"
        _refuse([(None, message, "CAPABILITY_REQUIRED_BUT_DISABLED")])
    for key, on in told.items():
        if on and not is_eligible(key, name):
            word = re.sub(r"(?=[A-Z])", "_", key).lower()
            _refuse([(None, f"The capability {word} is not valid for this definition.", "INVALID_CAPABILITY")])
    return {**former, **told}


def _checked_validations(given: Mapping[str, Any], name: str) -> list[Node]:
    entries = [{"name": entry["name"], "value": entry["value"]} for entry in given.get("validations") or ()]
    _refuse(("validations", f"Validations {message}", code) for message, code in validation_faults(name, entries))
    return [{**entry, "type": option_type(name.removeprefix("list."), entry["name"])} for entry in entries]


def _next_pin(ctx: Context, owner: str) -> int | None:
    """Return the position of the next pinned definition, None when there are as many as may be."""
    pinned = [
        node["pinnedPosition"]
        for node in ctx.store.all("MetafieldDefinition").values()
        if node["ownerType"] == owner and node["pinnedPosition"] is not None
    ]
    return None if len(pinned) >= MOST_PINNED else max(pinned, default=0) + 1


_PIN_LIMIT = f"Limit of {MOST_PINNED} pinned definitions.", "PINNED_LIMIT_REACHED"
_NO_PIN = "Constrained metafield definitions do not support pinning.", "UNSUPPORTED_PINNING"


@mutation("metafieldDefinitionCreate")
def definition_create(ctx: Context, args: dict[str, Any]) -> Node:
    given = args["definition"]
    namespace = _ask_access(ctx, given)
    _refuse(_names(given, namespace))
    owner, key, name = given["ownerType"], given["key"], given["type"]
    if definition_for(ctx, owner, namespace, key) is not None:
        message = f"Key is in use for {_owner_label(owner)} metafields on the '{namespace}' namespace."
        _refuse([("key", message, "TAKEN")])
    same_owner = [one for one in ctx.store.all("MetafieldDefinition").values() if one["ownerType"] == owner]
    if len(same_owner) >= MOST_DEFINITIONS:
        message = f"Stores can only have {MOST_DEFINITIONS} definitions for each store resource."
        _refuse([(None, message, "RESOURCE_TYPE_LIMIT_EXCEEDED")])
    # An app's own definitions are open to the merchant as the app says; those of merchants to all.
    admin = "PUBLIC_READ_WRITE" if not is_of_app(namespace) else "MERCHANT_READ_WRITE"
    access = {"admin": admin, "storefront": "NONE", "customerAccount": "NONE"}
    off = {**dict.fromkeys(CAPABILITIES, False), "uniqueValues": name == "id"}
    values = {
        "place": place_of(owner, namespace, key),
        "namespace": namespace,
        "key": key,
        "ownerType": owner,
        "name": given["name"],
        "description": given.get("description"),
        "type": definition_type(name),
        "validations": _checked_validations(given, name),
        "access": _access(given, namespace, "INVALID", access),
        "enabled": _enabled(given, name, off),
        "constraints": dict(given["constraints"]) if given.get("constraints") else None,
        "pinnedPosition": None,
    }
    if given.get("pin"):
        values["pinnedPosition"] = _pin(ctx, values)
    node = ctx.create("MetafieldDefinition", values)
    for row in metafields_of(ctx, node):
        _convert(ctx, node, row)
    ctx.record("created", node)
    return {"createdDefinition": node["id"]}


def _pin(ctx: Context, values: Mapping[str, Any]) -> int:
    position = _next_pin(ctx, values["ownerType"])
    if values["constraints"] is not None:
        _refuse([(None, *_NO_PIN)])
    if position is None:
        _refuse([(None, *_PIN_LIMIT)])
    return position or 0


def _owner_label(owner: str) -> str:
    known = next((name for name, known in REGISTRY.owners.items() if known == owner), None)
    return label_of(known) if known else owner.replace("_", " ").capitalize()


def _convert(ctx: Context, definition: Node, row: Node) -> None:
    """Give a metafield from before its definition the definition's type, where its value fits."""
    name = definition["type"]["name"]
    try:
        value = stored_text(name, row["value"], lambda gid: ctx.store.get(gid) is not None)
    except BadValue:
        return
    if broken_rule(ctx, definition, value) is None:
        ctx.update(row, {"type": name, "value": value})


@mutation("metafieldDefinitionUpdate")
def definition_update(ctx: Context, args: dict[str, Any]) -> Node:
    given = args["definition"]
    namespace = _ask_access(ctx, given)
    node = definition_for(ctx, given["ownerType"], namespace, given["key"])
    if node is None:
        raise Refused.one(["definition"], "Definition not found.", "NOT_FOUND")
    _refuse(_lengths(given))
    name = node["type"]["name"]
    values: Node = {member: given[member] for member in ("name", "description") if given.get(member) is not None}
    if given.get("validations") is not None:
        values["validations"] = _checked_validations(given, name)
        _keep_target(node, values["validations"])
    values["access"] = _access(given, namespace, "INVALID_INPUT", node["access"])
    values["enabled"] = _enabled(given, name, node["enabled"])
    if (change := given.get("constraintsUpdates")) is not None:
        values["constraints"] = _changed_constraints(node["constraints"], change)
    if given.get("pin") is not None and given["pin"] != (node["pinnedPosition"] is not None):
        values["pinnedPosition"] = _pin(ctx, {**node, **values}) if given["pin"] else None
    former = node["validations"]
    ctx.update(node, values)
    ctx.record("updated", node)
    job = new_job(ctx)["id"] if node["validations"] != former else None
    return {"updatedDefinition": node["id"], "validationJob": job}


def _keep_target(node: Node, validations: Iterable[Mapping[str, Any]]) -> None:
    target = "metaobject_definition_id"
    former = next((entry["value"] for entry in node["validations"] if entry["name"] == target), None)
    fresh = next((entry["value"] for entry in validations if entry["name"] == target), None)
    if former is not None and fresh != former:
        message = "Validations must not change the existing metaobject definition value"
        _refuse([("validations", message, "METAOBJECT_DEFINITION_CHANGED")])


def _changed_constraints(former: Mapping[str, Any] | None, change: Mapping[str, Any]) -> Node | None:
    if "key" in change and change["key"] is None:
        return None
    values = list((former or {}).get("values", ()))
    for entry in change.get("values") or ():
        if (gone := entry.get("delete")) is not None:
            values = [value for value in values if value != gone]
        if (fresh := entry.get("create")) is not None and fresh not in values:
            values.append(fresh)
    return {"key": change.get("key") or (former or {}).get("key"), "values": values}


@mutation("metafieldDefinitionDelete")
def definition_delete(ctx: Context, args: dict[str, Any]) -> Node:
    node = identified_definition(ctx, args)
    if node is None:
        raise Refused.one(None, "Definition not found.", "NOT_FOUND")
    _ask_access(ctx, node)
    single = node["type"]["name"].removeprefix("list.")
    if not args.get("deleteAllAssociatedMetafields"):
        if is_of_app(node["namespace"]):
            message = (
                "Deleting a definition in a reserved namespace must have deleteAllAssociatedMetafields set to true."
            )
            raise Refused.one(None, message, "RESERVED_NAMESPACE_ORPHANED_METAFIELDS")
        what = "a reference" if single in REFERENCES else "an id" if single == "id" else None
        if what is not None:
            message = f"Deleting {what} type metafield definition requires deletion of its associated metafields."
            code = "REFERENCE_TYPE_DELETION_ERROR" if single in REFERENCES else "ID_TYPE_DELETION_ERROR"
            raise Refused.one(None, message, code)
    else:
        for row in metafields_of(ctx, node):
            ctx.delete(row)
    _unpin(ctx, node)
    ctx.delete(node)
    ctx.record("deleted", node)
    shown = {"ownerType": node["ownerType"], "namespace": node["namespace"], "key": node["key"]}
    return {"deletedDefinitionId": node["id"], "deletedDefinition": shown}


def _unpin(ctx: Context, node: Node) -> None:
    """Take a definition out of the pinned ones; those after it move up."""
    position = node["pinnedPosition"]
    if position is None:
        return
    ctx.update(node, {"pinnedPosition": None})
    for other in ctx.store.all("MetafieldDefinition").values():
        if other["ownerType"] == node["ownerType"] and (other["pinnedPosition"] or 0) > position:
            ctx.update(other, {"pinnedPosition": other["pinnedPosition"] - 1})


@mutation("metafieldDefinitionPin")
def definition_pin(ctx: Context, args: dict[str, Any]) -> Node:
    node = _known(ctx, args)
    if node["pinnedPosition"] is not None:
        raise Refused.one(None, "Definition already pinned.", "ALREADY_PINNED")
    if node["constraints"] is not None:
        raise Refused.one(None, *_NO_PIN)
    position = _next_pin(ctx, node["ownerType"])
    if position is None:
        raise Refused.one(None, *_PIN_LIMIT)
    ctx.update(node, {"pinnedPosition": position})
    ctx.record("updated", node)
    return {"pinnedDefinition": node["id"]}


@mutation("metafieldDefinitionUnpin")
def definition_unpin(ctx: Context, args: dict[str, Any]) -> Node:
    node = _known(ctx, args)
    if node["pinnedPosition"] is None:
        number = node["id"].rpartition("/")[2]
        raise Refused.one(None, f"Definition {number} isn't pinned.", "NOT_PINNED")
    _unpin(ctx, node)
    ctx.record("updated", node)
    return {"unpinnedDefinition": node["id"]}


def _known(ctx: Context, args: Mapping[str, Any]) -> Node:
    node = identified_definition(ctx, args, "definitionId")
    if node is None:
        raise Refused.one(None, "Definition not found.", "NOT_FOUND")
    _ask_access(ctx, node)
    return node
