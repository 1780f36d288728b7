"""A seed file: what is in the stores of a sandbox, as inputs of the Admin API's own mutations.

::

    {"stores": {"my-test.myshopify.com": {
        "base": "none",
        "shop": {"name": "My test", "currency": "USD", "country": "US", "timezone": "America/New_York"},
        "locations": [{"name": "Berlin"}],
        "products": [{"title": "Cup", "variants": [{"price": "12.00", "inventoryItem": {"sku": "CUP", "tracked": true},
            "inventoryQuantities": [
                {"locationId": {"$find": "Location", "name": "Berlin"}, "availableQuantity": 5}]}]}],
        "customers": [{"email": "ada@example.com"}],
        "orders": [{"at": "2026-11-01T12:00:00Z",
            "lineItems": [{"variantId": {"$find": "ProductVariant", "sku": "CUP"}, "quantity": 1}]}]}}}

`base` is none, small, full or economy, and stands for what the store has before the rest. Lists are worked off in the
order of `LISTS`. An entry is the input of the create mutation; for products `variants` are those of
productVariantsBulkCreate beside it. ``at`` gives the time at which the entry is made. ``{"$find": Type, field: value}``
stands for the id of the node whose field has the value. What is wrong is a `SeedError` that names its place, such as
``stores.my-test.myshopify.com.products[0].title``; so is a member that stands twice in an object of the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from graphql import GraphQLEnumType, get_named_type

from atom_shopify_plugin.sandbox.bucket import PLANS
from atom_shopify_plugin.sandbox.engine import GraphQLEngine, schema
from atom_shopify_plugin.sandbox.seed import AMERICA, EUROPE
from atom_shopify_plugin.sandbox.seeds import NAMES
from atom_shopify_plugin.sandbox.seeds import build as build_base
from atom_shopify_plugin.sandbox.store import Node, StoreState, stamp

__all__ = ["LISTS", "SeedError", "build", "read", "stores_of"]

# Each list with its mutation and the argument that an entry is; without one its members are the arguments.
LISTS: Mapping[str, tuple[str, str]] = {
    "products": ("productCreate", "product"),
    "collections": ("collectionCreate", "input"),
    "customers": ("customerCreate", "input"),
    "segments": ("segmentCreate", ""),
    "metaobjectDefinitions": ("metaobjectDefinitionCreate", "definition"),
    "metaobjects": ("metaobjectCreate", "metaobject"),
    "discountCodes": ("discountCodeBasicCreate", "basicCodeDiscount"),
    "automaticDiscounts": ("discountAutomaticBasicCreate", "automaticBasicDiscount"),
    "giftCards": ("giftCardCreate", "input"),
    "pages": ("pageCreate", "page"),
    "blogs": ("blogCreate", "blog"),
    "articles": ("articleCreate", "article"),
    "companies": ("companyCreate", "input"),
    "orders": ("orderCreate", "order"),
    "webhookSubscriptions": ("webhookSubscriptionCreate", ""),
}
VARIANTS = ("productVariantsBulkCreate", "variants")
_MEMBERS = {"base", "plan", "shop", "locations", *LISTS}
_SHOP = {"name", "email", "currency", "country", "timezone"}
_ADDRESS = {"address1", "address2", "city", "country", "countryCode", "phone", "province", "provinceCode", "zip"}
_PLAIN = [{"optionName": "Title", "name": "Default Title"}]  # what the one variant of a plain product selects
_DEEPEST = 32  # objects and lists inside each other; no input of Shopify needs as many
_YEARS = range(1900, 2200)
_DOMAIN = re.compile(r"[a-z0-9][a-z0-9-]{0,62}\.myshopify\.com")
# The scopes of every mutation that a seed uses; a seed is no app.
_SCOPES = frozenset({
    "write_products", "write_customers", "write_orders", "write_inventory", "write_locations", "read_all_orders",
    "write_metaobject_definitions", "write_metaobjects", "write_draft_orders", "write_discounts", "write_gift_cards",
    "write_content", "write_companies",
})  # fmt: skip


class SeedError(ValueError):
    """A seed file can't be used; the message names the place in it."""


def read(path: Path) -> Mapping[str, Any]:
    """Return the content of a seed file; raise `SeedError` where it can't be read or is no JSON object."""
    try:
        content = json.loads(path.read_text("utf-8"), object_pairs_hook=_members)
    except OSError as error:
        raise SeedError(f"{path} can't be read: {error.strerror}.") from None
    except RecursionError:
        raise SeedError(f"{path} holds objects or lists nested too deeply.") from None
    except ValueError as error:
        raise SeedError(f"{path} is no JSON: {error}.") from None
    stores_of(content)
    return dict(content)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError(f"an object holds a member twice, among {', '.join(members)}")
    return members


def stores_of(seed: Any) -> dict[str, Mapping[str, Any]]:
    """Return the stores of a seed by domain, with their shapes checked; raise `SeedError`."""
    stores = _object(seed, "The seed", {"stores"}).get("stores")
    if not isinstance(stores, Mapping) or not stores:
        raise SeedError("stores: must be an object with a store at least.")
    for domain, store in stores.items():
        place = f"stores.{domain}"
        if not _DOMAIN.fullmatch(domain):
            raise SeedError(f"{place}: is no name of a store; write one such as my-test.myshopify.com.")
        _object(store, place, _MEMBERS)
        _one_of(store.get("base", "none"), NAMES, f"{place}.base")
        _one_of(store.get("plan", "standard"), PLANS, f"{place}.plan")
        _shop(store.get("shop", {}), f"{place}.shop")
        for name in ("locations", *LISTS):
            _entries(store, name, place)
    return dict(stores)


def build(engine: GraphQLEngine, domain: str, entry: Mapping[str, Any], now: datetime) -> StoreState:
    """Return the store that a seed describes; raise `SeedError` for the first thing that is wrong."""
    place, shop = f"stores.{domain}", entry.get("shop", {})
    market = AMERICA if shop.get("country") == "US" else EUROPE
    named = {name: shop[name] for name in ("currency", "country", "timezone") if name in shop}
    store = build_base(
        domain, entry.get("base", "none"), plan=entry.get("plan", "standard"), market=market._replace(**named), now=now
    )
    store.change(store.shop, {name: shop[name] for name in ("name", "email") if name in shop})
    for at, location in enumerate(_entries(entry, "locations", place)):
        _locate(store, location, now, f"{place}.locations[{at}]", first=at == 0 and entry.get("base", "none") == "none")
    seeder = _Seeder(engine, store, now)
    for name, (mutation, argument) in LISTS.items():
        for at, wish in enumerate(_entries(entry, name, place)):
            seeder.create(mutation, argument, wish, f"{place}.{name}[{at}]")
    store.journal.clear()
    return store


class _Seeder:
    """Carries out the create mutations of one store, as the Admin API would."""

    def __init__(self, engine: GraphQLEngine, store: StoreState, now: datetime) -> None:
        self._engine = engine
        self._store = store
        self._now = now

    def create(self, mutation: str, argument: str, entry: Mapping[str, Any], place: str) -> None:
        now = self._time(entry, place)
        wish = {name: self._found(value, f"{place}.{name}") for name, value in entry.items() if name != "at"}
        variants = wish.pop("variants", None) if mutation == "productCreate" else None
        made = self._run(mutation, {argument: wish} if argument else wish, place, argument, now)
        if variants is not None:
            variants = _entries({"variants": variants}, "variants", place)
            if "productOptions" not in wish and len(variants) == 1:
                variants = [{"optionValues": _PLAIN, **variants[0]}]
            given = {"productId": made["id"], "strategy": "REMOVE_STANDALONE_VARIANT", "variants": variants}
            self._run(VARIANTS[0], given, place, "", now)

    def _time(self, entry: Mapping[str, Any], place: str) -> datetime:
        if "at" not in entry:
            return self._now
        try:
            moment = datetime.fromisoformat(entry["at"])
        except (TypeError, ValueError):
            moment = None
        if moment is None or moment.tzinfo is None or moment.year not in _YEARS:
            years = f"in the years {_YEARS[0]} to {_YEARS[-1]}"
            raise SeedError(f"{place}.at: must be a time with an offset, such as 2026-11-01T12:00:00Z, {years}.")
        return moment.astimezone(UTC)

    def _found(self, value: Any, place: str, depth: int = 0) -> Any:
        """Return a value with each ``$find`` replaced by the id that it stands for."""
        if depth > _DEEPEST:
            raise SeedError(f"{place}: objects and lists are nested too deeply.")
        if isinstance(value, list):
            return [self._found(member, f"{place}[{at}]", depth + 1) for at, member in enumerate(value)]
        if isinstance(value, str) and not value.isascii() and re.search("[\ud800-\udfff]", value):
            raise SeedError(f"{place}: holds half of a character.")
        if not isinstance(value, Mapping):
            return value
        if "$find" not in value:
            return {name: self._found(member, f"{place}.{name}", depth + 1) for name, member in value.items()}
        wanted = {name: member for name, member in value.items() if name != "$find"}
        for node in self._store.all(str(value["$find"])).values():
            if wanted and all(node.get(name) == member for name, member in wanted.items()):
                return node["id"]
        raise SeedError(f"{place}: no {value['$find']} has {json.dumps(wanted)}.")

    def _run(self, mutation: str, arguments: Mapping[str, Any], place: str, argument: str, now: datetime) -> Node:
        root = schema().mutation_type
        field = root.fields[mutation] if root else None
        if field is None or not set(arguments) <= set(field.args):
            unknown = sorted(set(arguments) - set(field.args if field else ()))
            raise SeedError(f"{place}: {mutation} has no {unknown[0]}.")
        part = next(name for name in get_named_type(field.type).fields if not name.endswith("rrors"))
        declared = ", ".join(f"${name}: {field.args[name].type}" for name in arguments)
        passed = ", ".join(f"{name}: ${name}" for name in arguments)
        answer_part = f"{{ {part} {{ id }} userErrors {{ field message }} }}"
        text = f"mutation({declared}) {{ {mutation}({passed}) {answer_part} }}"
        if not arguments:
            text = f"mutation {{ {mutation} {answer_part} }}"
        prepared = self._engine.prepare(text, arguments)
        answer = self._engine.run(self._store, prepared, scopes=_SCOPES, now=now)
        for problem in _problems(answer, mutation, argument):
            raise SeedError(place + problem)
        made: Node = answer["data"][mutation][part]
        return made


def _problems(answer: Mapping[str, Any], mutation: str, argument: str) -> Iterator[str]:
    """Yield what is wrong as the rest of a place and a message, the variables' members first."""
    for error in answer.get("errors", ()):
        variable = re.match(r"Variable \$(\w+) ", error["message"])
        problems = error.get("extensions", {}).get("problems", ()) if variable else ()
        for problem in problems:
            yield f"{_path([variable[1] if variable else '', *problem['path']], argument)}: {problem['explanation']}."
        if not problems:
            yield f": {error['message']}."
    for error in ((answer.get("data") or {}).get(mutation) or {}).get("userErrors", ()):
        yield f"{_path(error['field'] or [], argument)}: {error['message']}."


def _path(steps: list[Any], argument: str) -> str:
    """Return a path below an entry: the argument that the entry is does not show."""
    shown = steps[1:] if steps[:1] == [argument] else steps
    return "".join(f"[{step}]" if str(step).isdigit() else f".{step}" for step in shown)


def _locate(store: StoreState, entry: Mapping[str, Any], now: datetime, place: str, *, first: bool) -> None:
    """Add a location; the first one takes the place of the location that an empty store has."""
    _object(entry, place, {"name", "address"})
    if not isinstance(entry.get("name"), str) or not entry["name"].strip():
        raise SeedError(f"{place}.name: must be a text.")
    primary = next(node for node in store.all("Location").values() if node["isPrimary"])
    address = _texts(entry.get("address", {}), f"{place}.address", _ADDRESS)
    values = {"name": entry["name"].strip(), "address": {**primary["address"], **address}}
    if first:
        store.change(primary, values)
        return
    gid = store.new_id("Location")
    dates = dict.fromkeys(("createdAt", "updatedAt"), stamp(now))
    store.put({**primary, "id": gid, "isPrimary": False, "deactivatable": True, **dates, **values})


def _shop(value: Any, place: str) -> None:
    shop = _texts(value, place, _SHOP)
    for member, kind in (("currency", "CurrencyCode"), ("country", "CountryCode")):
        codes = cast("GraphQLEnumType", schema().type_map[kind]).values
        if member in shop and shop[member] not in codes:
            raise SeedError(f"{place}.{member}: {shop[member]!r} is not in Shopify's {kind}.")
    try:
        ZoneInfo(shop.get("timezone", "UTC"))
    except (KeyError, ValueError, OSError):
        raise SeedError(f"{place}.timezone: {shop['timezone']!r} is no time zone.") from None


def _texts(value: Any, place: str, members: set[str]) -> Mapping[str, str]:
    """Return an object whose members are all texts; raise `SeedError`."""
    for name, text in _object(value, place, members).items():
        if not isinstance(text, str):
            raise SeedError(f"{place}.{name}: must be a text.")
    return dict(value)


def _object(value: Any, place: str, members: set[str] | None) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise SeedError(f"{place}: must be an object.")
    unknown = sorted(set(value) - members) if members is not None else []
    if unknown:
        raise SeedError(f"{place}: has no member {unknown[0]!r}; there are {', '.join(sorted(members or ()))}.")
    return value


def _entries(store: Mapping[str, Any], name: str, place: str) -> list[Mapping[str, Any]]:
    entries = store.get(name, [])
    if not isinstance(entries, list):
        raise SeedError(f"{place}.{name}: must be a list.")
    return [_object(entry, f"{place}.{name}[{at}]", None) for at, entry in enumerate(entries)]


def _one_of(value: Any, choices: Collection[str], place: str) -> None:
    if not isinstance(value, str) or value not in choices:
        raise SeedError(f"{place}: must be one of {', '.join(choices)}.")
