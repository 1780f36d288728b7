"""Rules of collections: sources whose conditions find the products, in words of the store.

A source belongs to one collection here. Sources that an app shares between collections are read, and not changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from atom_shopify_plugin.errors import Conflict, Fault, InvalidInput
from atom_shopify_plugin.service.background import Pending
from atom_shopify_plugin.service.finding import missing
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["changed", "create", "delete", "deleted", "get", "update"]

_PREFIX = re.compile("CollectionSource(?:Inclusion|Exclusion)Condition")
# field → Shopify's condition
_CONDITIONS: Mapping[str, str] = {
    "compare_at_price": "variantCompareAtPrice",
    "inventory": "variantInventory",
    "price": "variantPrice",
    "status": "productStatus",
    "tag": "productTag",
    "title": "productTitle",
    "type": "productType",
    "variant_title": "variantTitle",
    "vendor": "productVendor",
}
_FIELDS: Mapping[str, str] = {name[0].upper() + name[1:]: field for field, name in _CONDITIONS.items()}
_EQUAL = {"IS": "EQUALS", "IS_NOT": "NOT_EQUALS"}
_TAG = {"IS": "TAGGED_WITH", "IS_NOT": "NOT_TAGGED_WITH"}
_TEXT = {name: name for name in ("CONTAINS", "DOES_NOT_CONTAIN", "ENDS_WITH", "STARTS_WITH")} | _EQUAL
_NUMBER = {"ABOVE": "GREATER_THAN", "BELOW": "LESS_THAN", "IS": "EQUALS"}
_AMOUNT = {**_NUMBER, **_EQUAL}
_SET = {"IS_SET": "IS_SET", "IS_NOT_SET": "IS_NOT_SET"}
# field → relation → Shopify's relation
_RELATIONS: Mapping[str, Mapping[str, str]] = {
    "compare_at_price": {**_AMOUNT, **_SET},
    "inventory": _NUMBER,
    "price": _AMOUNT,
    "status": _EQUAL,
    "tag": _TAG,
    **dict.fromkeys(("title", "type", "variant_title", "vendor"), _TEXT),
}
_EXCLUDING: Mapping[str, Mapping[str, str]] = {
    "tag": {"IS": "TAGGED_WITH"},
    "type": {"IS": "EQUALS", "CONTAINS": "CONTAINS"},
    "vendor": {"IS": "EQUALS", "CONTAINS": "CONTAINS"},
}
_NUMBERS = ("compare_at_price", "inventory", "price")
_STATUSES = ("ACTIVE", "ARCHIVED", "DRAFT", "UNLISTED")
Rules = Sequence[Mapping[str, Any]]


def get(shop: Shop, *, id: str, source_id: str | None = None) -> Any:  # noqa: A002  # the input's own name
    """Return a collection with its sources or one of them, None where the collection or the source is not there."""
    found = shop.root("CollectionSources", {"id": id})
    if found is None:
        return None
    rows = [_shown(source) for source in found["sources"] if source_id in (None, source["id"])]
    if source_id is not None and not rows:
        return None
    return {"id": found["id"], "legacy_id": found["legacy_id"], "title": found["title"], "sources": rows}


def create(shop: Shop, *, id: str, title: str, match: str, conditions: Rules, exclude: Rules = ()) -> Any:  # noqa: A002
    """Give a collection a source whose conditions find products; return the collection with that source.

    Raise `InvalidInput` for a condition that Shopify does not have, `NotFound` and `Rejected`.
    """
    former = {source["id"] for source in _existing(shop, id)["sources"]}
    inclusion = {"matchType": match, "conditions": _wanted(shop, conditions, "conditions", _RELATIONS)}
    source: dict[str, Any] = {"title": title, "inclusion": inclusion}
    if exclude:
        source["exclusion"] = {"matchType": "ANY", "conditions": _wanted(shop, exclude, "exclude", _EXCLUDING)}
    answer = shop.root("CollectionSourceChange", {"id": id, "sources_to_create": [{"source": source}]})
    made = [each["id"] for each in answer["collection"]["sources"] if each["id"] not in former]
    return _followed(answer["job"], made[-1]) or changed(shop, {"source": made[-1]}, id=id)


def update(
    shop: Shop,
    *,
    id: str,  # noqa: A002
    source_id: str,
    title: str | None = None,
    match: str | None = None,
    conditions: Rules | None = None,
    exclude: Rules | None = None,
) -> Any:
    """Change a source; lists replace those that are there. Return the collection with that source, and ``former``.

    Raise `Conflict` for a source that an app shares, `InvalidInput` as `create` does, `NotFound` and `Rejected`.
    """
    source = _own(shop, id, source_id)
    change: dict[str, Any] = {"id": source_id, **({} if title is None else {"title": title})}
    if match is not None or conditions is not None:
        change["inclusion"] = {} if match is None else {"matchType": match}
    if conditions is not None:
        wanted = _wanted(shop, conditions, "conditions", _RELATIONS)
        change["inclusion"] |= _replaced(source["inclusion"], wanted)
    if exclude is not None:
        change["exclusion"] = _replaced(source["exclusion"], _wanted(shop, exclude, "exclude", _EXCLUDING))
    answer = shop.root("CollectionSourceChange", {"id": id, "sources_to_update": [{"condition": change}]})
    return _followed(answer["job"], source_id) or changed(shop, {"source": source_id}, id=id)


def changed(shop: Shop, look: Mapping[str, str], *, id: str, **_: Any) -> Any:  # noqa: A002
    """Return the collection with the source that was written once Shopify is done, `Pending` until then."""
    if (waiting := _waiting(shop, look)) is not None:
        return waiting
    found = get(shop, id=id, source_id=look["source"]) or missing_source(shop, id, look["source"])
    (source,) = found["sources"]
    return {**found, "source_id": source["id"]}


def delete(shop: Shop, *, id: str, source_id: str) -> Any:  # noqa: A002
    """Delete a source of a collection; its products leave the collection unless another source brings them in.

    Raise `Conflict` for a source that an app shares, and `NotFound`.
    """
    _own(shop, id, source_id)
    answer = shop.root("CollectionSourceChange", {"id": id, "sources_to_delete": [source_id]})
    look = {"source": source_id}
    return _followed(answer["job"], source_id) or deleted(shop, look, id=id, source_id=source_id)


def deleted(shop: Shop, look: Mapping[str, str], *, id: str, source_id: str) -> Any:  # noqa: A002
    """Return which source was deleted once Shopify is done, `Pending` until then."""
    return _waiting(shop, look) or {"id": id, "deleted_source_id": source_id}


def missing_source(shop: Shop, collection_id: str, source_id: str) -> Any:
    """Raise `NotFound` for a source that is not there."""
    raise missing(shop, "source of this collection", {"id": collection_id, "source_id": source_id})


def _existing(shop: Shop, collection_id: str) -> Any:
    found = shop.root("CollectionSources", {"id": collection_id})
    if found is None:
        raise missing(shop, "collection", {"id": collection_id})
    return found


def _own(shop: Shop, collection_id: str, source_id: str) -> Any:
    """Return a source that belongs to this collection alone and has conditions; raise where it is another one."""
    found = next((one for one in _existing(shop, collection_id)["sources"] if one["id"] == source_id), None)
    if found is None:
        return missing_source(shop, collection_id, source_id)
    if found.get("shareable", True):
        what = "is shared between collections" if "shareable" in found else "brings in other collections"
        raise Conflict(f"The source “{found['title']}” {what}: change it in the admin, or in the app that made it.")
    return found


def _replaced(part: Mapping[str, Any] | None, wanted: list[dict[str, Any]]) -> dict[str, Any]:
    there = [] if part is None else [condition["id"] for condition in part["conditions"]]
    return {"conditionsToDelete": there, "conditionsToCreate": wanted}


def _wanted(shop: Shop, rules: Rules, member: str, known: Mapping[str, Mapping[str, str]]) -> list[dict[str, Any]]:
    """Return conditions as Shopify takes them; raise `InvalidInput` with each one that it does not have."""
    wanted, faults = [], []
    for at, rule in enumerate(rules):
        field, relation = rule["field"], rule["relation"]
        values = [value if isinstance(value, str) else f"{Decimal(repr(value)):f}" for value in rule.get("values", [])]
        values = [value.removesuffix(".0") for value in values] if field in _NUMBERS else values
        pointer = f"/{member}/{at}"
        if relation not in known.get(field, {}):
            allowed = ", ".join(known.get(field, {})) or "none"
            faults.append(Fault(f"{pointer}/relation", f"For {field}, it must be one of: {allowed}.", "enum"))
        elif (problem := _problem(field, relation, values)) is not None:
            faults.append(Fault(f"{pointer}/values", problem, "values"))
        else:
            wanted.append({_CONDITIONS[field]: _condition(shop, rule, known[field][relation], values)})
    if faults:
        raise InvalidInput.about("The rule", faults)
    return wanted


def _problem(field: str, relation: str, values: Sequence[str]) -> str | None:
    if relation in _SET:
        return None if not values else f"{relation} takes no value."
    if not values:
        return "It is required."
    if field == "status" and not set(values) <= set(_STATUSES):
        return f"They must be among: {', '.join(_STATUSES)}."
    if field not in _NUMBERS:
        return None
    form = "-?[0-9]{1,9}" if field == "inventory" else r"[0-9]{1,12}([.][0-9]{1,4})?"
    what = "one whole number" if field == "inventory" else "one amount, such as 19.90"
    return None if len(values) == 1 and re.fullmatch(form, values[0]) else f"It must be {what}."


def _condition(shop: Shop, rule: Mapping[str, Any], relation: str, values: Sequence[str]) -> dict[str, Any]:
    field = rule["field"]
    if field == "inventory":
        return {"relation": relation, "value": int(values[0])}
    if field in _NUMBERS:
        amount = {"amount": values[0], "currencyCode": shop.store.currency} if values else None
        return {"relation": relation, "value": amount}
    return {"relation": relation, "values": list(values), "matchType": "ALL" if rule.get("all_values") else "ANY"}


def _shown(source: Mapping[str, Any]) -> dict[str, Any]:
    """Return a source in the words of the input; conditions of other kinds have the field ``other``."""
    inclusion, exclusion = source.get("inclusion") or {}, source.get("exclusion") or {}
    kind = "COLLECTIONS" if "inclusion" not in source else "SHARED" if source["shareable"] else "OWN"
    return {
        "id": source["id"],
        "title": source["title"],
        "kind": kind,
        "match": inclusion.get("match_type"),
        "conditions": [_rule(row, _RELATIONS) for row in inclusion.get("conditions", ())],
        "exclude": [_rule(row, _EXCLUDING) for row in exclusion.get("conditions", ())],
    }


def _rule(row: Mapping[str, Any], known: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    field = _FIELDS.get(_PREFIX.sub("", row["__typename"]), "other")
    relation = row.get(f"{field}_relation")
    own = next((name for name, theirs in known.get(field, {}).items() if theirs == relation), relation)
    shown: dict[str, Any] = {"field": field, "relation": own}
    if field == "other" or relation in _SET:
        return {**shown, "values": []}
    if field not in _NUMBERS:
        return {**shown, "values": row[f"{field}_values"], "all_values": row["match_type"] == "ALL"}
    value = row[field]
    return {**shown, "values": [str(value) if field == "inventory" else f"{Decimal(value['amount']):f}"]}


def _followed(job: Mapping[str, Any] | None, source_id: str) -> Pending | None:
    if job is None or job["done"]:
        return None
    return Pending({"job": job["id"], "source": source_id}, message="Shopify updates the collection.")


def _waiting(shop: Shop, look: Mapping[str, str]) -> Pending | None:
    if "job" not in look:
        return None
    job = shop.root("JobGet", {"id": look["job"]})  # null where Shopify has forgotten the job: then it has ended
    return None if job is None or job["done"] else Pending(look, message="Shopify updates the collection.")
