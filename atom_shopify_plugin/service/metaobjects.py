"""Metaobjects: entries of the store's own types, read by id or by type and handle, and written field by field."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.service.typed_values import text_of
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["create", "get", "update", "upsert"]


def get(shop: Shop, *, id: str | None = None, type: str | None = None, handle: str | None = None) -> Any:  # noqa: A002
    """Return an entry with its ``values`` by key and its ``status``, None where there is none."""
    if id is not None:
        found = shop.root("MetaobjectGet", {"id": id})
    else:
        found = shop.root("MetaobjectGetByHandle", {"handle": {"type": type, "handle": handle}})
    return None if found is None else _shown(found)


def create(shop: Shop, *, type: str, **given: Any) -> Any:  # noqa: A002
    """Create an entry and return it; fields that are null stay empty.

    Raise `InvalidInput` for a field that the type has not, or a value that a field does not take, as far as other
    entries of the type tell, and `Rejected`.
    """
    wish = {"type": type, **_wish(given, _kinds(shop, type), clears=False)}
    return _shown(shop.root("MetaobjectCreate", {"metaobject": wish})["metaobject"])


def update(shop: Shop, *, id: str, **given: Any) -> Any:  # noqa: A002
    """Change fields, handle or status of an entry and return it; a field that is null is emptied.

    Raise `InvalidInput` as `create` does, `NotFound` and `Rejected`.
    """
    there = shop.root("MetaobjectGet", {"id": id})
    wish = _wish(given, {} if there is None else _kinds_of(there), clears=True)
    return _shown(shop.root("MetaobjectUpdate", {"id": id, "metaobject": wish})["metaobject"])


def upsert(shop: Shop, *, type: str, handle: str, **given: Any) -> Any:  # noqa: A002
    """Change the entry of a type and handle, or create it; return it, and in ``former`` the values that it had.

    Raise `InvalidInput` as `create` does, and `Rejected`.
    """
    name = {"type": type, "handle": handle}
    there = shop.root("MetaobjectGetByHandle", {"handle": name})
    kinds = _kinds(shop, type) if there is None else _kinds_of(there)
    wish = _wish(given, kinds, clears=there is not None)
    made = shop.root("MetaobjectUpsert", {"handle": name, "metaobject": wish})["metaobject"]
    return {**_shown(made), "created": there is None, "former": None if there is None else _shown(there)["values"]}


def _shown(entry: Mapping[str, Any]) -> dict[str, Any]:
    status = (entry["capabilities"]["publishable"] or {}).get("status")
    return {**entry, "values": {field["key"]: field["value"] for field in entry["fields"]}, "status": status}


def _kinds(shop: Shop, name: str) -> dict[str, str]:
    """Return the types of an entry's fields by key; nothing where the type has no entry yet.

    An entry tells them to every app that reads entries; the definition takes a scope of its own.
    """
    return next((_kinds_of(entry) for entry in shop.root("MetaobjectFields", {"type": name})["nodes"]), {})


def _kinds_of(entry: Mapping[str, Any]) -> dict[str, str]:
    return {field["key"]: field["type"] for field in entry["fields"]}


def _wish(given: Mapping[str, Any], kinds: Mapping[str, str], *, clears: bool) -> dict[str, Any]:
    """Return what Shopify takes for handle, fields and status; an empty text clears a field."""
    wish = {"handle": given["handle"]} if "handle" in given else {}
    if "status" in given:
        wish["capabilities"] = {"publishable": {"status": given["status"]}}
    faults: list[Fault] = []
    fields = []
    for key, value in given.get("fields", {}).items():
        at = "/fields/" + key.replace("~", "~0").replace("/", "~1")
        if kinds and key not in kinds:
            near = difflib.get_close_matches(key[:100], kinds, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"Its fields: {', '.join(kinds)}."
            faults.append(Fault(at, f"The type has no such field. {hint}", "unknown_field"))
        elif value is not None:
            try:
                fields.append({"key": key, "value": text_of(kinds.get(key), value)})
            except ValueError as problem:
                faults.append(Fault(at, f"It must be {problem}: the field is of type {kinds[key]}.", "type"))
        elif clears:
            fields.append({"key": key, "value": ""})
    if faults:
        raise InvalidInput.about("The list of fields", faults)
    return {**wish, **({"fields": fields} if fields else {})}
