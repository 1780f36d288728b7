"""Markets: the countries that are sold to in the same way, with their currency; and the region of last resort.

Conditions on regions are modelled; those on locations, companies and channels, and web presences are not. The
messages are those that live stores answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from atom_shopify_plugin.sandbox.connections import root_page
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.inputs import settle_handle
from atom_shopify_plugin.sandbox.places import country_name
from atom_shopify_plugin.sandbox.refusals import Refused, UserError, not_modelled
from atom_shopify_plugin.sandbox.registry import Filter, Member, Write, derived, kind, mutation, query, writes
from atom_shopify_plugin.sandbox.store import Node

SHORTEST_NAME = 2
UNSUPPORTED = frozenset({"AN", "BV", "CU", "HM", "IR", "KP", "SY"})
CURRENCIES = {
    "AUD": "Australian Dollar",
    "CAD": "Canadian Dollar",
    "CHF": "Swiss Franc",
    "CZK": "Czech Koruna",
    "DKK": "Danish Krone",
    "EUR": "Euro",
    "GBP": "British Pound",
    "JPY": "Japanese Yen",
    "MXN": "Mexican Peso",
    "NOK": "Norwegian Krone",
    "NZD": "New Zealand Dollar",
    "PLN": "Polish Zloty",
    "SEK": "Swedish Krona",
    "USD": "US Dollar",
    "XAF": "Central African CFA Franc",
}


def _type(_ctx: Context, node: Node) -> str:
    return "REGION" if node["countries"] else "NONE"


kind(
    "Market",
    {
        "countries": [],
        "status": "DRAFT",
        "currency": None,
        "inclusions": None,
        "primary": False,
        "createdAt": None,
        "updatedAt": None,
    },
    fields="handle name",
    indexed=("handle",),
    filters={
        "name": "text",
        "market_type": Filter("exact", _type),
        "market_condition_types": Filter("exact", _type),
    },
    words=("name",),
    sort={"MARKET_TYPE": _type, "MARKET_CONDITION_TYPES": _type},
)
kind("MarketRegionCountry", fields="name", indexed=("code",))
kind("RegionsCondition", {"applicationLevel": "SPECIFIED"})
kind("CurrencySetting", {"enabled": True, "manualRate": None, "rateUpdatedAt": None})


# reading


@query("markets")
def markets(ctx: Context, args: dict[str, Any]) -> Any:
    wanted = args.get("type")
    return root_page(ctx, "Market", args, lambda node: wanted is None or _type(ctx, node) == wanted)


def _region(ctx: Context, code: str) -> Node:
    """Return the node of a country; all markets share it."""
    known = ctx.store.find("MarketRegionCountry", "code", code)
    return known[0] if known else ctx.create("MarketRegionCountry", {"code": code, "name": country_name(code)})


def _conditions(_ctx: Context, node: Node) -> Node:
    regions = {"__typename": "RegionsCondition", "regions": node["countries"]}
    return {
        "conditionTypes": ["REGION"] if node["countries"] else [],
        "regionsCondition": regions if node["countries"] else None,
    }


def _currency(code: str) -> Node:
    if code not in CURRENCIES:
        raise not_modelled(f"The name of the currency {code}")
    return {"__typename": "CurrencySetting", "currencyCode": code, "currencyName": CURRENCIES[code]}


def _currency_settings(ctx: Context, node: Node) -> Node | None:
    given = ctx.value(node, "currency")
    return given and {**given, "baseCurrency": _currency(given["baseCurrency"])}


derived(
    {
        "Market.conditions": _conditions,
        "Market.currencySettings": _currency_settings,
        "Market.enabled": lambda ctx, node: ctx.value(node, "status") == "ACTIVE",
        "Market.priceInclusions": "inclusions",
        "Market.regions": "countries",
        "Market.type": _type,
    }
)


# writing


def _check(ctx: Context, write: Write) -> None:
    given, values = write.given, write.values
    if "name" in given and given["name"] is not None:
        _check_name(ctx, given["name"], write.node)
    settle_handle(ctx, "Market", write, title=given.get("name") or "", path=("input",), fallback="market")
    values["status"] = _status(given) or (ctx.value(write.node, "status") if write.node else "DRAFT")
    former = list(write.node["countries"]) if write.node else []
    values["countries"] = _countries(ctx, given, former, creates=write.creates)
    settings = ctx.value(write.node, "currency") if write.node else None
    values["currency"] = None if given.get("removeCurrencySettings") else _changed_currency(ctx, given, settings)
    if given.get("removePriceInclusions"):
        values["inclusions"] = None
    elif given.get("priceInclusions") is not None:
        values["inclusions"] = _inclusions(given["priceInclusions"])


def _check_name(ctx: Context, name: str, node: Node | None) -> None:
    errors = []
    if not name.strip():
        errors.append(UserError(("input", "name"), "Name can't be blank", "BLANK"))
    if len(name.strip()) < SHORTEST_NAME:
        message = f"Name is too short (minimum is {SHORTEST_NAME} characters)"
        errors.append(UserError(("input", "name"), message, "TOO_SHORT"))
    others = (other for other in ctx.store.all("Market").values() if other is not node)
    if any(other["name"].casefold() == name.casefold() for other in others):
        errors.append(UserError(("input", "name"), "Name has already been taken", "TAKEN"))
    if errors:
        raise Refused(errors)


def _status(given: Mapping[str, Any]) -> str | None:
    status, enabled = given.get("status"), given.get("enabled")
    if enabled is None:
        return status
    if status is not None and (status == "ACTIVE") != enabled:
        message, code = "Invalid status and enabled combination.", "INVALID_STATUS_AND_ENABLED_COMBINATION"
        raise Refused.one(("input",), message, code)
    return "ACTIVE" if enabled else "DRAFT"


def _countries(ctx: Context, given: Mapping[str, Any], former: list[str], *, creates: bool) -> list[str]:
    """Return the regions of a market after an input, by the ids of their countries."""
    asked = given.get("conditions") or {}
    if creates:
        named = _codes(given.get("regions") or (), ("input", "regions"))
        return [_region(ctx, code)["id"] for code in [*named, *_condition(asked, ("input", "conditions"))]]
    added = _condition(asked.get("conditionsToAdd") or {}, ("input", "conditions", "conditionsToAdd"))
    gone = _condition(asked.get("conditionsToDelete") or {}, ("input", "conditions", "conditionsToDelete"))
    less = {_region(ctx, code)["id"] for code in gone}
    more = [_region(ctx, code)["id"] for code in added]
    return [gid for gid in dict.fromkeys([*former, *more]) if gid not in less]


def _condition(given: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    """Return the countries that a condition names."""
    for name, member in given.items():
        if name != "regionsCondition" and member is not None:
            raise not_modelled(f"MarketConditionsInput.{name}")
    regions = given.get("regionsCondition") or {}
    if regions.get("regionIds") or regions.get("applicationLevel") == "ALL":
        raise not_modelled("MarketConditionsRegionsInput without countries")
    return _codes(regions.get("regions") or (), (*path, "regionsCondition", "regions"))


def _codes(given: Iterable[Mapping[str, Any]], path: tuple[str, ...]) -> list[str]:
    codes, errors = [], []
    for at, entry in enumerate(given):
        code = entry.get("countryCode")
        if entry.get("subdivision") is not None or code is None:
            raise not_modelled("MarketConditionsRegionInput.subdivision")
        if code in UNSUPPORTED:
            message = f"{code} is not a supported country or region code."
            errors.append(UserError.at([*path, at, "countryCode"], message, "UNSUPPORTED_COUNTRY_REGION"))
        codes.append(code)
    if errors:
        raise Refused(errors)
    return list(dict.fromkeys(codes))


def _changed_currency(ctx: Context, given: Mapping[str, Any], former: Node | None) -> Node | None:
    asked = given.get("currencySettings")
    if asked is None:
        return former
    rate = asked.get("baseCurrencyManualRate")
    if rate is not None and rate <= 0:
        raise Refused.one(("input", "currencySettings", "baseCurrencyManualRate"), "Enter a rate above 0.")
    if rate is not None:
        raise not_modelled("MarketCurrencySettingsUpdateInput.baseCurrencyManualRate")
    known = former or {"baseCurrency": ctx.store.currency, "localCurrencies": False, "roundingEnabled": False}
    return {name: value if asked.get(name) is None else asked[name] for name, value in known.items()}


def _inclusions(given: Mapping[str, Any]) -> Node:
    if given.get("adaptivePricingEnabled"):
        raise not_modelled("MarketPriceInclusionsInput.adaptivePricingEnabled")
    return {
        "adaptivePricingEnabled": False,
        "inclusiveDutiesPricingStrategy": given.get("dutiesPricingStrategy") or "ADD_DUTIES_AT_CHECKOUT",
        "inclusiveTaxPricingStrategy": given.get("taxPricingStrategy") or "ADD_TAXES_AT_CHECKOUT",
    }


def _catalogs(ctx: Context, write: Write, name: str) -> list[Node]:
    found = [(gid, ctx.store.get(gid)) for gid in write.given.get(name) or ()]
    lost = [gid.rpartition("/")[2] for gid, node in found if node is None or node["__typename"] != "MarketCatalog"]
    if lost:
        message = f"The following customization IDs were not found: {', '.join(lost)}"
        raise Refused.one(("input", name), message, "CUSTOMIZATIONS_NOT_FOUND")
    return [node for _, node in found if node is not None]


def _link_catalogs(ctx: Context, write: Write) -> None:
    gid = write.target["id"]
    for name in ("catalogs", "catalogsToAdd"):
        for row in _catalogs(ctx, write, name):
            ctx.update(row, {"marketIds": [*dict.fromkeys([*row["marketIds"], gid])]})
    for row in _catalogs(ctx, write, "catalogsToDelete"):
        ctx.update(row, {"marketIds": [one for one in row["marketIds"] if one != gid]})


def _unlink_catalogs(ctx: Context, write: Write) -> None:
    gid = write.target["id"]
    for row in list(ctx.store.all("MarketCatalog").values()):
        if gid in row["marketIds"]:
            ctx.update(row, {"marketIds": [one for one in row["marketIds"] if one != gid]})


_OWN = dict.fromkeys(
    (
        "catalogs", "catalogsToAdd", "catalogsToDelete", "handle", "status", "enabled", "regions", "conditions",
        "currencySettings", "priceInclusions", "removeCurrencySettings", "removePriceInclusions",
        "makeDuplicateRegionMarketsDraft", "makeDuplicateUniqueMarketsDraft",
    ),
    Member(field=None),
)  # fmt: skip
writes(
    "Market",
    members={**_OWN, "name": Member()},
    check=_check,
    finish=_link_catalogs,
    remove=_unlink_catalogs,
    path=("input",),
    missing=dict.fromkeys(("update", "delete"), ("Market does not exist", "MARKET_NOT_FOUND")),
)


# the region of last resort


@query("backupRegion")
def backup_region(ctx: Context, _args: dict[str, Any]) -> Node | None:
    """Return the region that prices are shown for where a buyer's own can't be: one that was chosen, or the shop's."""
    shop = ctx.store.shop
    return ctx.store.get(shop.get("backupRegion")) or ctx.store.get(shop.get("homeRegion"))


@mutation("backupRegionUpdate")
def backup_region_update(ctx: Context, args: dict[str, Any]) -> Node:
    """Choose a country that some market has; without an argument all stays as it is."""
    asked = args.get("region")
    if asked is not None:
        code = asked["countryCode"]
        sold = {gid for market in ctx.store.all("Market").values() for gid in market["countries"]}
        known = ctx.store.find("MarketRegionCountry", "code", code)
        region = next((node for node in known if node["id"] in sold), None)
        if region is None:
            raise Refused.one(("region",), "Region not found.", "REGION_NOT_FOUND")
        ctx.update(ctx.store.shop, {"backupRegion": region["id"]})
    found = backup_region(ctx, {})
    return {"backupRegion": found and found["id"]}
