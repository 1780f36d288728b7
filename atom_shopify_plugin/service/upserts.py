"""A product set to what the input says, made where it is not there: ``productSet``, whose lists replace what is there.

A variant, image or metafield that a given list leaves out is deleted. So what would go is told before the write, by
name, and a lost answer is looked up: a product that reads as it was to be set is the answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from atom_shopify_plugin.errors import Fault, InvalidInput, NotFound, OutcomeUnknown, PluginError
from atom_shopify_plugin.service.background import NothingDone, Pending
from atom_shopify_plugin.service.forecast import Forecast
from atom_shopify_plugin.service.named import locations
from atom_shopify_plugin.service.product_input import product_set_input
from atom_shopify_plugin.shopify.wire import camel
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["ended", "upsert", "upserting"]

AT_ONCE = 100  # variants that Shopify writes while the caller waits
_SHOWN = 10  # things that are named
_PLAIN = ("title", "handle", "description_html", "vendor", "product_type", "status", "template_suffix")
_OF_VARIANT = ("price", "compare_at_price", "sku", "barcode", "taxable", "inventory_policy")

Row = Mapping[str, Any]


def upsert(shop: Shop, **given: Any) -> Any:
    """Set a product and return it, `Pending` where it has many variants.

    Raises `InvalidInput` with each location that the store does not know, and `NotFound` for an `id` that it does not.
    """
    faults: list[Fault] = []
    places = locations(shop, "LocationList", faults)
    body = product_set_input(given, places, faults, variants="variants" in given)
    options = {"input": body, "identifier": _by(given)}
    if faults:
        raise InvalidInput.about("The input of product_upsert", faults)
    at_once = len(given.get("variants", ())) <= AT_ONCE
    try:
        answer = shop.root("ProductSet" if at_once else "ProductSetBegin", options)
    except OutcomeUnknown:
        found = _looked_up(shop, given)
        if found is None:
            raise
        return found
    if at_once:
        return answer["product"]
    operation = answer["product_set_operation"]
    return Pending({"operation": operation["id"]}, message="Shopify writes the product and its variants.")


def ended(shop: Shop, look: Mapping[str, str], **given: Any) -> Any:
    """Look at a `productSet` that Shopify carries out: return the product once it is done, `Pending` until then.

    Raises `NothingDone` where Shopify refused it after all.
    """
    operation = shop.root("ProductSetOperation", {"id": look["operation"]})
    if operation is None:  # Shopify has forgotten it
        found = _looked_up(shop, given)
        if found is None:
            raise NothingDone(
                "Shopify does not know of this work any more, and the product is not as it was to be set."
            )
        return found
    if operation["status"] != "COMPLETE":
        return Pending(look, message="Shopify writes the product and its variants.")
    if errors := operation["problems"]:
        raise NothingDone(f"Shopify refused: {errors[0]['message']}", details={"user_errors": errors})
    return operation["product"]


def upserting(shop: Shop, before: Row | None, **given: Any) -> Forecast:
    """Say what a call makes, and what it deletes by leaving it out of a list, with names and counts."""
    current = before or _current(shop, given)
    if current is None:
        change = {"field": "", "before": None, "after": given.get("title")}
        return Forecast([change], "There is no such product yet, so it is created.")
    lost = [("variants", "variant", _left_out(current["variants"]["nodes"], given), current["variants_count"]["count"])]
    if "images" in given or "metafields" in given:
        lists = shop.root("ProductLists", {"id": current["id"]})
        lost += [("images", "image", *_unlisted(lists["media"]["nodes"], given.get("images"), ("id",), _image))]
        lost += [
            (
                "metafields",
                "metafield",
                *_unlisted(lists["metafields"]["nodes"], given.get("metafields"), ("namespace", "key"), _metafield),
            )
        ]
    changes = [{"field": field, "before": name, "after": None} for field, _, names, _ in lost for name in names]
    told = [_told(noun, names, count) for _, noun, names, count in lost if names]
    if not told:
        return Forecast(changes, "It deletes nothing.")
    return Forecast(changes, f"The lists replace what is there: it deletes {'; '.join(told)}, for good.")


def _by(given: Row) -> dict[str, Any]:
    """Return how ``productSet`` finds the product: by id, else by custom id, else by handle."""
    if "id" in given:
        return {"id": given["id"]}
    return {"customId": given["custom_id"]} if "custom_id" in given else {"handle": given["handle"]}


def _current(shop: Shop, given: Row) -> Any:
    if "id" in given:
        return shop.root("ProductGet", {"id": given["id"]})
    if "custom_id" not in given:
        return shop.root("ProductGetByHandle", {"handle": given["handle"]})
    try:
        return shop.root("ProductGetByCustomId", {"custom_id": camel(given["custom_id"])})
    except NotFound:
        return None


def _looked_up(shop: Shop, given: Row) -> Any:
    """Return the product where it reads as it was to be set, None where it does not or can't be read."""
    try:
        found = _current(shop, given)
        if found is None or not _stands(found, given):
            return None
        return shop.root("ProductSetResult", {"id": found["id"]})
    except PluginError:
        return None


def _stands(found: Row, given: Row) -> bool:
    """Tell whether a product has what a call was to give it, as far as that can be read."""
    if any(name in given and (found[name] or "") != (given[name] or "") for name in _PLAIN):
        return False
    if "tags" in given and {tag.casefold() for tag in found["tags"]} != {tag.casefold() for tag in given["tags"]}:
        return False
    if "metafields" in given or "images" in given or "seo" in given:
        return False  # these are not read here, so that nothing is claimed
    if "variants" not in given:
        return True
    there = {_mark(variant["selected_options"], "name", "value"): variant for variant in found["variants"]["nodes"]}
    wanted = [
        (there.get(_mark(row.get("option_values") or _DEFAULT, "option_name", "name")), row)
        for row in given["variants"]
    ]
    return len(there) == len(wanted) and all(
        variant is not None and _same_variant(variant, row) for variant, row in wanted
    )


def _same_variant(variant: Row, row: Row) -> bool:
    """Tell whether a variant is as a row says; a row with what is not read here is never the same."""
    return row.keys() <= _READABLE and all(_equal(variant[name], row[name]) for name in _OF_VARIANT if name in row)


_READABLE = {*_OF_VARIANT, "option_values"}
_DEFAULT = ({"option_name": "Title", "name": "Default Title"},)


def _equal(found: Any, wanted: Any) -> bool:
    if isinstance(found, str) and isinstance(wanted, str) and found != wanted:
        return (
            found.replace(".", "", 1).isdecimal()
            and wanted.replace(".", "", 1).isdecimal()
            and Decimal(found) == Decimal(wanted)
        )
    return bool((found or "") == (wanted or ""))


def _mark(values: Sequence[Row], option: str, value: str) -> frozenset[tuple[str, str]]:
    return frozenset((one[option], one[value]) for one in values)


def _left_out(variants: Sequence[Row], given: Row) -> list[str]:
    """Return the names of the variants that a list of variants leaves out: their values tell which ones it holds."""
    if "variants" not in given:
        return []
    marks = {_mark(row.get("option_values") or _DEFAULT, "option_name", "name") for row in given["variants"]}
    return [
        f"{variant['title']} ({variant['sku']})" if variant["sku"] else str(variant["title"])
        for variant in variants
        if _mark(variant["selected_options"], "name", "value") not in marks
    ]


def _unlisted(
    rows: Sequence[Row], given: Sequence[Row] | None, members: Sequence[str], name: Any
) -> tuple[list[str], int]:
    """Return the names of the rows that a list leaves out, none where there is no list, and how many rows there are."""
    if given is None:
        return [], len(rows)
    kept = {tuple(entry.get(member) for member in members) for entry in given}
    return [name(row) for row in rows if tuple(row[member] for member in members) not in kept], len(rows)


def _image(row: Row) -> str:
    return str(row["alt"] or row["legacy_id"])


def _metafield(row: Row) -> str:
    return f"{row['namespace']}.{row['key']}"


def _told(noun: str, names: Sequence[str], count: int) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{len(names)} of {count} {noun}{'' if count == 1 else 's'} ({', '.join(names[:_SHOWN])}{more})"
