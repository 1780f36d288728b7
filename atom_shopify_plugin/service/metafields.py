"""Metafields of one owner: read, set and deleted; a former value can be put back.

A metafield is named by its namespace and key, such as ``custom.care``. Shopify takes 25 in one call, and writes all of
them or none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from atom_shopify_plugin.catalog.owners import OWNERS
from atom_shopify_plugin.errors import Fault, InvalidInput, Rejected, Stale
from atom_shopify_plugin.service.finding import PAGE, PAGES, missing
from atom_shopify_plugin.service.forecast import Forecast
from atom_shopify_plugin.service.typed_values import text_of
from atom_shopify_plugin.shopify.ids import parse_gid
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["delete", "deleting", "get", "put", "putting"]

_OWNER_TYPES = {kind: name for name, kind in OWNERS.items()}
# One document for each kind of owner, since each asks for the scope of that kind alone.
_READ: Mapping[str, str] = {
    "Article": "ArticleMetafields",
    "Blog": "BlogMetafields",
    "Collection": "CollectionMetafields",
    "Company": "CompanyMetafields",
    "CompanyLocation": "CompanyLocationMetafields",
    "Customer": "CustomerMetafields",
    "DraftOrder": "DraftOrderMetafields",
    "Location": "LocationMetafields",
    "Order": "OrderMetafields",
    "Page": "PageMetafields",
    "Product": "ProductMetafields",
    "ProductVariant": "ProductVariantMetafields",
    "Shop": "ShopMetafields",
}
Entries = Sequence[Mapping[str, Any]]


def get(
    shop: Shop,
    *,
    owner: str,
    owner_type: str | None = None,  # noqa: ARG001  # it has told what `owner` is
    namespace: str | None = None,
    metafields: Entries | None = None,
) -> Any:
    """Return ``{id, legacy_id, owner_name, count, truncated, metafields}`` of an owner, None where there is none.

    `metafields` names some of them; others than their ``namespace`` and ``key`` are not looked at.
    """
    names = None if metafields is None else _names(metafields)
    found = _read(shop, owner, names, namespace)
    if found is None:
        return None
    listed = found["metafields"]
    rows = [_shown(row) for row in listed["nodes"]]
    about = {name: found[name] for name in ("id", "legacy_id", "owner_name")}
    return {**about, "count": len(rows), "truncated": listed["truncated"], "metafields": rows}


def put(shop: Shop, *, owner: str, metafields: Entries, owner_type: str | None = None) -> Any:  # noqa: ARG001
    """Set metafields, and delete those whose value is null; return them, and in ``former`` what there was.

    Raises `InvalidInput` for a value that its type does not take, as far as the type is known, `Stale` where a
    ``compare_digest`` is not that of the present value, `NotFound` and `Rejected`.
    """
    names = _names(metafields)
    found = _existing(shop, owner, names)
    known = {_name(row): row for row in map(_shown, found["metafields"]["nodes"])}
    pairs = list(zip(names, metafields, strict=True))
    set_ = [(at, name, entry) for at, (name, entry) in enumerate(pairs) if entry["value"] is not None]
    gone = [(at, name, entry) for at, (name, entry) in enumerate(pairs) if entry["value"] is None]
    _check_digests(gone, known)
    sent = _sent(shop, owner, set_, known)
    written: list[Any] = []
    if sent:
        then = ("MetafieldsDelete",) if gone else ()
        try:
            written = shop.root("MetafieldsSet", {"metafields": sent}, then=then)["metafields"]
        except Rejected as refusal:
            raise _in_our_places(refusal, [at for at, _, _ in set_]) from None
    _delete(shop, owner, [name for _, name, _ in gone if name in known])
    return {**_about(found), "metafields": [_shown(row) for row in written], "former": _former(names, known)}


def putting(shop: Shop, before: Mapping[str, Any], *, metafields: Entries, **_: Any) -> Forecast:
    """Say what `put` will change; it asks where it deletes."""
    known = {_name(row): row for row in before["metafields"]}
    wanted = list(zip(_names(metafields), metafields, strict=True))
    changes = [
        {"field": name, "before": known[name]["value"] if name in known else None, "after": entry["value"]}
        for name, entry in wanted
    ]
    gone = [name for name, entry in wanted if entry["value"] is None and name in known]
    return Forecast(changes, _asks(shop, before, gone) if gone else None)


def delete(shop: Shop, *, owner: str, metafields: Entries, owner_type: str | None = None) -> Any:  # noqa: ARG001
    """Delete metafields; return the owner, and in ``former`` what there was. Those that are not there are passed over.

    Raises `NotFound` for an owner that is not there, and `Rejected`.
    """
    names = _names(metafields)
    found = _existing(shop, owner, names)
    known = {_name(row): row for row in map(_shown, found["metafields"]["nodes"])}
    there = [name for name in names if name in known]
    _delete(shop, owner, there)
    return {**_about(found), "deleted": there, "former": _former(there, known)}


def deleting(shop: Shop, before: Mapping[str, Any], *, metafields: Entries, **_: Any) -> Forecast:
    """Say what `delete` will delete, and ask."""
    wanted = _names(metafields)
    there = [row for row in before["metafields"] if _name(row) in wanted]
    changes = [{"field": _name(row), "before": row["value"], "after": None} for row in there]
    return Forecast(changes, _asks(shop, before, [_name(row) for row in there]) if there else None)


def _asks(shop: Shop, owner: Mapping[str, Any], names: Sequence[str]) -> str:
    noun = "metafield" if len(names) == 1 else f"{len(names)} metafields"
    return f"Delete the {noun} {', '.join(names)} of “{owner['owner_name']}” in {shop.domain}?"


def _names(metafields: Entries) -> list[str]:
    """Return the whole names, such as ``custom.care``; raise `InvalidInput` for one without a namespace, or twice."""
    names, faults = [], []
    for at, entry in enumerate(metafields):
        namespace, dot, key = str(entry["key"]).rpartition(".")
        if (given := entry.get("namespace")) is not None and dot:
            faults.append(Fault(f"/metafields/{at}/key", f"Leave out “{namespace}.” or {given}.", "twice"))
        elif given is None and not dot:
            message = f"Give the namespace, too, such as custom.{key}."
            faults.append(Fault(f"/metafields/{at}/key", message, "required"))
        name = f"{namespace if given is None else given}.{key}"
        if name in names:
            faults.append(Fault(f"/metafields/{at}", f"{name} is there twice.", "twice"))
        names.append(name)
    if faults:
        raise InvalidInput.about("The list of metafields", faults)
    return names


def _name(row: Mapping[str, Any]) -> str:
    return f"{row['namespace']}.{row['key']}"


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    # Asked by whole names, Shopify answers the whole name as the key.
    return {**row, "key": row["key"].rpartition(".")[2]}


def _about(found: Mapping[str, Any]) -> dict[str, Any]:
    return {name: found[name] for name in ("id", "legacy_id", "owner_name")}


def _read(shop: Shop, owner: str, names: Sequence[str] | None, namespace: str | None = None) -> Any:
    kind = parse_gid(owner).type
    variables: dict[str, Any] = {} if kind == "Shop" else {"id": owner}
    if names is not None:
        variables["keys"] = list(names)
    if namespace is not None:
        variables["namespace"] = namespace
    return shop.root(_READ[kind], variables)


def _existing(shop: Shop, owner: str, names: Sequence[str]) -> Any:
    found = _read(shop, owner, names)
    if found is None:
        raise missing(shop, "owner of metafields", {"id": owner})
    return found


def _former(names: Sequence[str], known: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the entries that put the former values back; null deletes what was not there."""
    rows = []
    for name in names:
        namespace, _, key = name.rpartition(".")
        there = known.get(name)
        value = {"value": None} if there is None else {"type": there["type"], "value": there["value"]}
        rows.append({"namespace": namespace, "key": key, **value})
    return rows


Placed = Sequence[tuple[int, str, Mapping[str, Any]]]


def _check_digests(gone: Placed, known: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise `Stale` where a metafield to delete is not as the caller has seen it: only a set is checked by Shopify."""
    for at, name, entry in gone:
        there = known.get(name)
        if "compare_digest" in entry and entry["compare_digest"] != (there or {}).get("compare_digest"):
            raise _stale(at)


def _sent(shop: Shop, owner: str, entries: Placed, known: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the entries as Shopify takes them; raise `InvalidInput` with each value that its type does not take."""
    types = _types(shop, owner, [name for _, name, entry in entries if name not in known and "type" not in entry])
    sent, faults = [], []
    for at, name, entry in entries:
        kind = entry.get("type") or (known[name]["type"] if name in known else types.get(name))
        namespace, _, key = name.rpartition(".")
        row = {"ownerId": owner, "namespace": namespace, "key": key}
        if kind is None:
            message = f"The store has no definition of {name}: say of which type it is, such as single_line_text_field."
            faults.append(Fault(f"/metafields/{at}/type", message, "required"))
            continue
        try:
            row["value"] = text_of(kind, entry["value"])
        except ValueError as problem:
            message = f"It must be {problem}: {name} is of type {kind}."
            faults.append(Fault(f"/metafields/{at}/value", message, "type"))
        if "compare_digest" in entry:
            row["compareDigest"] = entry["compare_digest"]
        sent.append({**row, "type": kind})
    if faults:
        raise InvalidInput.about("The list of metafields", faults)
    return sent


def _types(shop: Shop, owner: str, names: Sequence[str]) -> dict[str, str]:
    """Return the types of metafields that have a definition, by name."""
    found: dict[str, str] = {}
    for namespace in dict.fromkeys(name.rpartition(".")[0] for name in names):
        asked = {"first": PAGE, "namespace": namespace, "owner_type": _OWNER_TYPES[parse_gid(owner).type]}
        after = None
        for _ in range(PAGES):
            page = shop.root("MetafieldTypes", {**asked, "after": after})
            found |= {f"{namespace}.{row['key']}": row["type"]["name"] for row in page["nodes"]}
            after = page["page_info"]["end_cursor"]
            if not page["page_info"]["has_next_page"]:
                break
    return found


def _delete(shop: Shop, owner: str, names: Sequence[str]) -> None:
    parts = [name.rpartition(".") for name in names]
    if parts:
        rows = [{"ownerId": owner, "namespace": namespace, "key": key} for namespace, _, key in parts]
        shop.root("MetafieldsDelete", {"metafields": rows})


def _stale(at: int) -> Stale:
    message = "The metafield has been changed since its compare_digest was read. Read it again, then decide."
    return Stale(message, details={"faults": [{"pointer": f"/metafields/{at}", "code": "stale"}]})


def _in_our_places(refusal: Rejected, places: Sequence[int]) -> Rejected | Stale:
    """Return a refusal of Shopify's with the places of the caller's list: entries that delete are not among those."""
    errors = []
    for error in refusal.details["user_errors"]:
        path = list(error.get("field") or ())
        if len(path) > 1 and str(path[1]).isdecimal() and int(path[1]) < len(places):
            path[1] = str(places[int(path[1])])
            if error.get("code") in ("STALE_OBJECT", "INVALID_COMPARE_DIGEST"):
                return _stale(int(path[1]))
        errors.append({**error, "field": path or error.get("field")})
    refusal.details["user_errors"] = errors
    return refusal
