"""Names in the place of ids: kept as texts when an input is checked, looked up once the store is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from atom_shopify_plugin.actions.validation import not_null, pointer
from atom_shopify_plugin.actions.validation import reference as id_or_name
from atom_shopify_plugin.catalog.model import Action, Schema
from atom_shopify_plugin.catalog.names import NAMED
from atom_shopify_plugin.catalog.owners import OWNERS
from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.service.finding import missing
from atom_shopify_plugin.service.naming import bearers
from atom_shopify_plugin.shopify.ids import parse_gid, to_gid
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["Resolved", "resolve"]

MOST = 20  # names in one input, each of which costs a question to the store
_SHOWN = 10  # candidates that are told


class Resolved(NamedTuple):
    """An input with ids only; `names` are the names that stood there, by JSON pointer."""

    value: Mapping[str, Any]
    names: Mapping[str, str]


class _Reference(NamedTuple):
    at: tuple[str | int, ...]
    kind: str
    name: str


def resolve(action: Action, shop: Shop, checked: Mapping[str, Any]) -> Resolved:
    """Return a checked input with the ids of all things that it names.

    Raise `NotFound` where nothing is called so and the input is about it, `InvalidInput` where a name within the input
    belongs to nothing, or where a name belongs to several things: its details then hold the `candidates`.
    """
    checked = _with_owners(action, shop, checked)
    found = list(_references(action.input, checked, ()))
    if not found:
        return Resolved(checked, {})
    if len({(reference.kind, reference.name) for reference in found}) > MOST:
        message = f"At most {MOST} things can be given by name: give the others by id."
        raise InvalidInput(message, [Fault(pointer(found[MOST].at), message, "too_many_names")])
    ids: dict[tuple[str, str], str] = {}
    for reference in found:
        known = (reference.kind, reference.name)
        if known not in ids:
            ids[known] = _look_up(action, shop, reference)
    by_place = {reference.at: ids[reference.kind, reference.name] for reference in found}
    return Resolved(_replaced(checked, by_place, ()), {pointer(reference.at): reference.name for reference in found})


def _references(schema: Schema, value: Any, at: tuple[str | int, ...]) -> Iterator[_Reference]:
    if not schema:  # free-form: nothing is declared of it, however large it is
        return
    schema = not_null(schema)
    if isinstance(value, Mapping):
        known: Schema = schema.get("properties", {})
        for name, member in value.items():
            yield from _references(known.get(name, {}), member, (*at, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _references(schema.get("items", schema), item, (*at, index))
    elif isinstance(value, str):
        kind = str(schema.get("format", "")).removeprefix("gid:")
        if kind in NAMED and not value.startswith("gid://"):
            yield _Reference(at, kind, value)


def _with_owners(action: Action, shop: Shop, checked: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an input with the ids of things whose type the input says, in the member that ``x-kind`` names."""
    ids = {
        name: _owner(action, shop, name, checked.get(name), schema["x-kind"], checked.get(schema["x-kind"]))
        for name, schema in action.properties.items()
        if "x-kind" in schema
    }
    return {**checked, **ids}


def _owner(action: Action, shop: Shop, member: str, given: Any, stating: str, stated: str | None) -> str:
    """Return the id of what has metafields: `given` is an id or a name, `stated` the type that `stating` holds."""
    at, kind = f"/{member}", OWNERS.get(stated or "")
    try:
        known = parse_gid(given).type if str(given).startswith("gid:") else None
        if known is None and kind is None:
            message = f"Give the whole id, such as gid://shopify/Product/1, or say in {stating} what it belongs to."
            raise _invalid(action, at, message, "required")
        if known is not None and known not in OWNERS.values():
            raise _invalid(action, at, f"The plugin reads no metafields of a {known}.", "owner")
        if known is not None and kind not in (None, known):
            raise _invalid(action, at, f"This is the id of a {known}, and {stating} says {stated}.", "owner")
        if "Shop" in (known, kind) and given in (None, shop.store.shop_id):
            return shop.store.shop_id
        if given is None:
            raise _invalid(action, at, "It is required.", "required")
        text = id_or_name(given, str(known or kind))
    except InvalidInput as refusal:
        if refusal.faults and refusal.faults[0].pointer == at:
            raise
        message = refusal.faults[0].message if refusal.faults else refusal.message
        raise _invalid(action, at, message, "owner") from None
    return text if text.startswith("gid:") else _look_up(action, shop, _Reference((member,), str(kind), text))


def _invalid(action: Action, at: str, message: str, code: str) -> InvalidInput:
    return InvalidInput(f"The input of {action.key} is not valid: {at}: {message}", [Fault(at, message, code)])


def _replaced(value: Any, ids: Mapping[tuple[str | int, ...], str], at: tuple[str | int, ...]) -> Any:
    if at in ids:
        return ids[at]
    if isinstance(value, Mapping):
        return {name: _replaced(member, ids, (*at, name)) for name, member in value.items()}
    if isinstance(value, list):
        return [_replaced(item, ids, (*at, index)) for index, item in enumerate(value)]
    return value


def _look_up(action: Action, shop: Shop, reference: _Reference) -> str:
    candidates = bearers(shop, reference.kind, reference.name)
    if len(candidates) == 1:
        return to_gid(candidates[0]["id"], reference.kind)
    place, member = pointer(reference.at), NAMED[reference.kind].member
    noun = _NOUNS[reference.kind]
    if candidates:
        message = f"{len(candidates)} {noun}s may be meant by this {member}: give the id of the one that is."
        shown = [_shown(candidate, member) for candidate in candidates[:_SHOWN]]
        raise InvalidInput(message, [Fault(place, message, "ambiguous")], details={"candidates": shown})
    if reference.at in (("id",), ("owner",)):
        raise missing(shop, noun, {"id": reference.name, member: reference.name})
    message = f"{shop.domain} has no {noun} with this {member}."
    raise InvalidInput(
        f"The input of {action.key} is not valid: {place}: {message}", [Fault(place, message, "not_found")]
    )


def _shown(candidate: Mapping[str, Any], member: str) -> dict[str, Any]:
    return {name: candidate[name] for name in ("id", member, "display_name") if name in candidate}


_NOUNS = {
    "Collection": "collection",
    "Customer": "customer",
    "DiscountCodeNode": "discount",
    "DiscountNode": "discount",
    "InventoryItem": "inventory item",
    "Location": "location",
    "Order": "order",
    "Product": "product",
    "ProductVariant": "variant",
    "Return": "return",
    "Segment": "segment",
}
