"""Options of products: named by name or id, as their values are, and what a change of them does to the variants."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.service.finding import missing
from atom_shopify_plugin.service.forecast import Forecast
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["create", "delete", "deleting", "get", "update", "updating"]

_SHOWN = 10  # variants that are named

Row = Mapping[str, Any]


def get(shop: Shop, *, product_id: str, option: str | None = None) -> Any:
    """Return a product with its options and variants; ``option`` is the one that is asked for, with its variants.

    Return None where there is no such product or option.
    """
    product = shop.root("ProductOptions", {"product_id": product_id})
    if product is None or option is None:
        return None if product is None else {**product, "option": None}
    found = _named(product["options"], option)
    return None if found is None else {**product, "option": {**found, **_alike(product, found)}}


def create(shop: Shop, *, product_id: str, variant_strategy: str, **given: Any) -> Any:
    """Add an option to a product; return the product and the ``option``. Variants get the first of its values."""
    variables = {"product_id": product_id, "option": given, "variant_strategy": variant_strategy}
    product = shop.root("ProductOptionCreate", variables)["product"]
    return {**product, "option": _named(product["options"], given["name"])}


def update(shop: Shop, *, product_id: str, option: str, variant_strategy: str, **given: Any) -> Any:
    """Change an option of a product; return the product, the ``option``, and its ``former`` state.

    That is None where it can't be put back.

    Raises `InvalidInput` with each value that the option does not have, and `NotFound`.
    """
    old = _there(shop, product_id, option)
    rename, gone = _changes(old, given)
    answer = shop.root(
        "ProductOptionUpdate",
        {
            "product_id": product_id,
            "option": {"id": old["id"], **{name: given[name] for name in ("name", "position") if name in given}},
            "add": given.get("values_to_add", []),
            "rename": [{"id": value["id"], "name": name} for value, name in rename],
            "delete": [value["id"] for value in gone],
            "variant_strategy": variant_strategy,
        },
    )
    product = answer["product"]
    new = next(one for one in product["options"] if one["id"] == old["id"])
    return {**product, "option": new, "former": _former(old, new, rename, gone)}


def updating(_shop: Shop, before: Row, *, variant_strategy: str, **given: Any) -> Forecast:
    """Say which variants `update` deletes with values; a write that deletes any asks."""
    old = before["option"]
    rename, gone = _changes(old, given)
    changes = [
        {"field": f"option_values.{value['name']}", "before": value["name"], "after": name} for value, name in rename
    ]
    changes += [{"field": f"option_values.{value['name']}", "before": value["name"], "after": None} for value in gone]
    lost = list(_with(before, old["name"], {value["name"] for value in gone})) if variant_strategy == "MANAGE" else []
    if not lost:
        return Forecast(changes)
    count = before["variants_count"]["count"]
    return Forecast([*changes, *_deleted(lost)], f"It deletes {_told(lost, count)} with their stock, for good.")


def delete(shop: Shop, *, product_id: str, option: str, strategy: str) -> Any:
    """Delete an option of a product; return the product and ``deleted_option_id``. Raises `NotFound`."""
    old = _there(shop, product_id, option)
    variables = {"product_id": product_id, "option": old["id"], "strategy": strategy}
    product = shop.root("ProductOptionDelete", variables)["product"]
    return {**product, "deleted_option_id": old["id"]}


def deleting(_shop: Shop, before: Row, *, strategy: str, **_given: Any) -> Forecast:
    """Say which variants `delete` deletes, since nothing else tells them apart.

    Raises `InvalidInput` where the strategy does not allow that.
    """
    lost = _doubles(before, before["option"]["name"])
    if not lost:
        return Forecast()
    told = _told(lost, before["variants_count"]["count"])
    if strategy == "NON_DESTRUCTIVE":
        message = f"Without this option {told} would be like another one. Set strategy to POSITION to delete them."
        raise InvalidInput(message, [Fault("/strategy", message, "variants_deleted")])
    return Forecast(_deleted(lost), f"It deletes {told} with their stock, for good.")


def _there(shop: Shop, product_id: str, option: str) -> Row:
    product = shop.root("ProductOptions", {"product_id": product_id})
    if product is None:
        raise missing(shop, "product", {"product_id": product_id})
    found = _named(product["options"], option)
    if found is None:
        raise missing(shop, "option of this product", {"product_id": product_id, "option": option})
    return found


def _named(rows: Sequence[Row], text: str) -> Row | None:
    """Return the option or value of that id or name; one of exactly that name comes first."""
    wanted = text.strip()
    exact = [row for row in rows if wanted in (row["id"], row["name"])]
    found = exact or [row for row in rows if row["name"].casefold() == wanted.casefold()]
    return found[0] if found else None


def _changes(option: Row, given: Mapping[str, Any]) -> tuple[list[tuple[Row, str]], list[Row]]:
    """Return the values to rename, with their new names, and those to delete; raise `InvalidInput`."""
    faults: list[Fault] = []

    def find(text: str, pointer: str) -> Row:
        value = _named(option["option_values"], text)
        if value is None:
            known = ", ".join(one["name"] for one in option["option_values"])
            faults.append(
                Fault(pointer, f"The option {option['name']} has no such value. It has: {known}.", "not_found")
            )
        return value or {}

    rename = [
        (find(entry["value"], f"/values_to_rename/{at}/value"), entry["name"])
        for at, entry in enumerate(given.get("values_to_rename", ()))
    ]
    gone = [find(text, f"/values_to_delete/{at}") for at, text in enumerate(given.get("values_to_delete", ()))]
    if faults:
        raise InvalidInput(f"{faults[0].pointer}: {faults[0].message}", faults)
    return rename, gone


def _former(old: Row, new: Row, rename: Sequence[tuple[Row, str]], gone: Sequence[Row]) -> dict[str, Any] | None:
    """Return the input that puts an option back, None where values were deleted: new ones are not the old ones."""
    if gone:
        return None
    known = {value["id"] for value in old["option_values"]}
    return {
        "name": old["name"],
        "position": old["position"],
        "values_to_rename": [{"value": value["id"], "name": value["name"]} for value, _ in rename],
        "values_to_delete": [value["id"] for value in new["option_values"] if value["id"] not in known],
    }


def _alike(product: Row, option: Row) -> dict[str, int]:
    return {"variants_lost": len(_doubles(product, option["name"]))}


def _doubles(product: Row, option: str) -> list[Row]:
    """Return the variants that are like an earlier one but for their value of an option."""
    seen: set[tuple[str, ...]] = set()
    found = []
    for variant in product["variants"]["nodes"]:
        mark = tuple(one["value"] for one in variant["selected_options"] if one["name"] != option)
        if mark in seen:
            found.append(variant)
        seen.add(mark)
    return found


def _with(product: Row, option: str, values: Collection[str]) -> Iterator[Row]:
    for variant in product["variants"]["nodes"]:
        if any(one["name"] == option and one["value"] in values for one in variant["selected_options"]):
            yield variant


def _deleted(lost: Sequence[Row]) -> list[dict[str, Any]]:
    return [{"field": "variants", "before": variant["title"], "after": None} for variant in lost]


def _told(lost: Sequence[Row], count: int) -> str:
    names = ", ".join(
        f"{variant['title']} ({variant['sku']})" if variant["sku"] else variant["title"] for variant in lost[:_SHOWN]
    )
    more = f" and {len(lost) - _SHOWN} more" if len(lost) > _SHOWN else ""
    return f"{len(lost)} of {count} variants ({names}{more})"
