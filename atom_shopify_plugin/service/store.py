"""What a store lets this app do: scopes for each action and trigger, the API's version, webhooks and the rate limit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.catalog import loading
from atom_shopify_plugin.errors import MissingScope, PluginError
from atom_shopify_plugin.official.requests import read
from atom_shopify_plugin.shopify.scopes import ALL_ORDERS, expand_scopes
from atom_shopify_plugin.shopify.topics import TOPICS
from atom_shopify_plugin.shopify.versions import supported_until
from atom_shopify_plugin.shopify.written import document_of

if TYPE_CHECKING:
    from atom_shopify_plugin.stores.shop import Shop

__all__ = ["health"]

_PAGE = 250
_SOON = 60  # days before the end of a version at which it is told
# Level 2 of protected customer data: names and contact details. An app that is not approved is refused the fields.
_PROTECTED = "{ customers(first: 1) { nodes { id firstName defaultEmailAddress { emailAddress } } } }"


def health(shop: Shop) -> dict[str, Any]:
    """Compare what the store grants with what each action and trigger needs, and say what is hidden and why."""
    answer = shop.answer("StoreHealth")
    installed = answer.data["current_app_installation"]
    granted = expand_scopes(one["handle"] for one in installed["access_scopes"])
    topics = {node["topic"] for node in _subscriptions(shop)}
    protected = _protected(shop, granted)
    actions = list(_actions(granted))
    triggers = list(_triggers(granted, topics))
    api = _api(shop, answer.version, answer.data["public_api_versions"])
    hidden = [*_hidden(granted), *_unapproved(protected)]
    lacking = [one for one in (*actions, *triggers) if one["missing_scopes"]]
    return {
        "shop": str(shop.domain),
        "status": "ok" if not lacking and not hidden and not api["problem"] else "degraded",
        "read_only": shop.store.read_only,
        "granted_scopes": sorted(granted),
        "missing_scopes": sorted({scope for one in lacking for scope in one["missing_scopes"]}),
        "actions": actions,
        "triggers": triggers,
        "api": api,
        "webhooks": {"count": answer.data["webhook_subscriptions_count"]["count"], "topics": sorted(topics)},
        "rate_limit": _rate_limit(answer.cost.get("throttleStatus")),
        "protected_customer_data": protected,
        "hidden": hidden,
    }


def _subscriptions(shop: Shop) -> Iterator[dict[str, Any]]:
    after = None
    while True:
        page = shop.root("WebhookList", {"first": _PAGE, "after": after})
        yield from page["nodes"]
        if not page["page_info"]["has_next_page"]:
            return
        after = page["page_info"]["end_cursor"]


def _actions(granted: frozenset[str]) -> Iterator[dict[str, Any]]:
    for action in loading.packaged().actions.values():
        yield {
            "key": action.key,
            "effect": action.effect,
            "missing_scopes": _missing(action.scopes, granted),
        }


def _triggers(granted: frozenset[str], topics: set[str]) -> Iterator[dict[str, Any]]:
    for trigger in loading.packaged().triggers.values():
        topic = TOPICS.get(trigger.topic)
        yield {
            "key": trigger.key,
            "subscribed": topic is not None and topic.enum in topics,
            "missing_scopes": _missing(trigger.scopes, granted),
        }


def _missing(needed: Iterable[tuple[str, ...]], granted: frozenset[str]) -> list[str]:
    """Return the scopes that are missing; of alternatives, those in words."""
    return [" or ".join(group) for group in needed if granted.isdisjoint(group)]


def _api(shop: Shop, served: str | None, versions: list[dict[str, Any]]) -> dict[str, Any]:
    asked = shop.api_version
    until = supported_until(asked)
    days = None if until is None else (until - datetime.now(UTC).date()).days
    newer = [
        one["handle"] for one in versions if one["supported"] and one["handle"] > asked and one["handle"][0] == "2"
    ]
    problem = None
    if served is not None and served != asked:
        problem = f"{asked} is asked for, and Shopify serves {served}: set SHOPIFY_API_VERSION to a version it serves."
    elif until is None:
        problem = f"{asked} changes without notice: set SHOPIFY_API_VERSION to a dated version."
    elif days is not None and days < _SOON:
        problem = f"{asked} is served until {until}: move to a newer version."
    return {
        "version": asked,
        "served": served,
        "until": None if until is None else until.isoformat(),
        "days_left": days,
        "newer": sorted(newer),
        "problem": problem,
    }


def _rate_limit(status: Any) -> dict[str, Any]:
    known = status if isinstance(status, dict) else {}
    return {
        "maximum": known.get("maximumAvailable"),
        "available": known.get("currentlyAvailable"),
        "restore_rate": known.get("restoreRate"),
    }


def _protected(shop: Shop, granted: frozenset[str]) -> str:
    """Return ``approved`` or ``not_approved`` for names and contact details of customers, ``unknown`` if unseen.

    Shopify tells no app what it is approved for. It refuses the fields, so that asking for them tells; without
    read_customers, or without a customer, nobody knows.
    """
    if "read_customers" not in granted:
        return "unknown"
    try:
        found = shop.send(document_of(read(_PROTECTED), {})).data["customers"]["nodes"]
    except MissingScope:
        return "not_approved"
    except PluginError:
        return "unknown"
    return "approved" if found else "unknown"


def _hidden(granted: frozenset[str]) -> Iterator[dict[str, Any]]:
    if ALL_ORDERS not in granted:
        yield {
            "what": "Orders created more than 60 days ago",
            "why": f"{ALL_ORDERS} is not granted.",
            "remedy": f"Request {ALL_ORDERS} for your app in Shopify's Dev Dashboard, add it to SHOPIFY_SCOPES, and "
            "connect the store again.",
        }
    for scope, hides in _limits().items():
        if scope not in granted:
            yield {
                "what": hides,
                "why": f"{scope} is not granted.",
                "remedy": f"Add {scope} to SHOPIFY_SCOPES, and connect the store again.",
            }


def _unapproved(protected: str) -> Iterator[dict[str, Any]]:
    if protected == "not_approved":
        yield {
            "what": "Names, addresses, e-mail addresses and phone numbers of customers",
            "why": "The app is not approved for protected customer data of level 2.",
            "remedy": "Request access to protected customer data for your app in Shopify's Dev Dashboard.",
        }


@cache
def _limits() -> dict[str, str]:
    """Return what each scope hides where it is missing, as the actions declare it."""
    return {limit.scope: limit.hides for action in loading.packaged().actions.values() for limit in action.limits}
