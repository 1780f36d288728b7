"""Audiences: classes of customers, saved groups of them, and why somebody is in one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from atom_shopify_plugin.analytics import audiences as over
from atom_shopify_plugin.analytics.audience_rules import conditions_of, said
from atom_shopify_plugin.analytics.view import View
from atom_shopify_plugin.errors import Conflict, NotFound, NotSynced
from atom_shopify_plugin.shopify.ids import gid
from atom_shopify_plugin.storage.database.base import digest
from atom_shopify_plugin.storage.insight.audiences import ADDED, MOST, REMOVE, Audience
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["create", "delete", "explain", "get", "list_all", "members", "rfm", "rfm_customers", "update"]

Json = dict[str, Any]
_UTC = ZoneInfo("UTC")


def rfm(shop: Shop, **_given: Any) -> Json:
    """Return the classes of customers; see `analytics.audiences.rfm`."""
    with copied(shop) as view:
        answer = over.rfm(view)
    shop.told["all_orders"] = answer["complete"]
    return answer


def rfm_customers(shop: Shop, *, first: int, after: str | None = None, **given: Any) -> Json:
    """Return a page of customers with their class and why, the worthiest first."""
    with copied(shop) as view:
        nodes, following = over.rfm_customers(view, given, first, after)
        shop.told["all_orders"] = view.known_since is None
    return _page(nodes, following)


def list_all(shop: Shop, **_given: Any) -> Json:
    """Return the audiences of a store by name."""
    with shop.storage.read() as session:
        audiences = shop.storage.audiences.of(session, shop.store.id)
    shop.told["all_orders"] = True  # names and rules do not depend on orders
    return {"audiences": [_described(audience) for audience in audiences]}


def get(shop: Shop, *, audience: str) -> Json:
    """Return an audience with the number of its members; raise `NotFound`."""
    with shop.storage.read() as session:
        answer = _whole(shop, session, found(shop, session, audience))
    shop.told["all_orders"] = answer["complete"] or answer["members"] is None
    return answer


def members(shop: Shop, *, audience: str, first: int, after: str | None = None, **_given: Any) -> Json:
    """Return a page of the customers in an audience, by their ids."""
    with copied(shop) as view:
        one = found(shop, view.session, audience)
        membership = over.Membership(view, one.match, one.rules)
        numbers = membership.page(int(after or 0), first + 1)
        shop.told["all_orders"] = membership.complete
    nodes = [{"id": gid("Customer", number), "legacy_id": str(number)} for number in numbers[:first]]
    return _page(nodes, str(numbers[first - 1]) if len(numbers) > first else None)


def explain(shop: Shop, *, audience: str, customer_id: str) -> Json:
    """Return for each rule of an audience what is known of a customer and whether it holds; raise `NotFound`."""
    with copied(shop) as view:
        answer = over.explain(view, found(shop, view.session, audience), customer_id)
    shop.told["all_orders"] = answer["complete"]
    return answer


def create(shop: Shop, *, name: str, match: str, rules: Sequence[Json]) -> Json:
    """Save an audience and return it; raise `InvalidInput` for rules that say nothing, `Conflict` for a taken name."""
    kept = _checked(rules)
    storage, store = shop.storage, shop.store.id
    # One id for each call: a repeated one saves nothing twice.
    own = digest(shop.idempotency_key or "")[:32]

    with storage.begin() as session:
        _free(shop, session, name, own)
        if storage.audiences.count(session, store) >= MOST and storage.audiences.find(session, store, own) is None:
            raise Conflict(f"A store has at most {MOST} audiences. Delete one that is not needed.")
        shop.keep_here()
        if not storage.audiences.add(session, store, own, name.strip(), match, kept):
            raise _taken(name)
    return get(shop, audience=own)


def update(shop: Shop, *, audience: str, **given: Any) -> Json:
    """Change the name or the rules of an audience and return it."""
    values: Json = {name: given[name] for name in ("name", "match") if name in given}
    if "rules" in given:
        values["rules"] = _checked(given["rules"])

    with shop.storage.begin() as session:
        one = found(shop, session, audience)
        if "name" in values:
            values["name"] = values["name"].strip()
            _free(shop, session, values["name"], one.id)
        shop.keep_here()
        shop.storage.audiences.change(session, one.id, **values)
    return get(shop, audience=one.id)


def delete(shop: Shop, *, audience: str) -> Json:
    """Delete an audience; tags that its members have got stay."""
    with shop.storage.begin() as session:
        one = found(shop, session, audience)
        shop.keep_here()
        shop.storage.audiences.delete(session, one.id)
    return {"id": one.id, "name": one.name}


# what they share


@contextmanager
def copied(shop: Shop) -> Iterator[View]:
    """Give the copied customers and orders of a store; raise `NotSynced`."""
    with shop.storage.read() as session:
        yield View.of(shop.storage, shop.store, session, ("orders", "customers"))


def found(shop: Shop, session: Session, named: str) -> Audience:
    """Return the audience with an id or a name; raise `NotFound` with the nearest names."""
    one = shop.storage.audiences.find(session, shop.store.id, named)
    if one is not None:
        return one
    names = [audience.name for audience in shop.storage.audiences.of(session, shop.store.id)]
    folded = {name.casefold(): name for name in names}
    near = [folded[name] for name in get_close_matches(named.casefold(), folded, n=3)]
    hint = f" Did you mean {' or '.join(near)}?" if near else " audience_list lists the existing ones."
    raise NotFound(f"{shop.domain} has no audience of that name or id.{hint}", details={"audience": named})


def _checked(rules: Sequence[Json]) -> list[Json]:
    """Return rules as they are saved; raise `InvalidInput`."""
    conditions_of(rules, _UTC)
    return [{name: value for name, value in rule.items() if value is not None} for rule in rules]


def _free(shop: Shop, session: Session, name: str, own: str) -> None:
    one = shop.storage.audiences.find(session, shop.store.id, name)
    if one is not None and one.id != own:
        raise _taken(name)


def _taken(name: str) -> Conflict:
    return Conflict(f"There is an audience “{name.strip()}” already. Choose another name, or change that one.")


def _whole(shop: Shop, session: Session, one: Audience) -> Json:
    """Return an audience and how many are in it; null with the reason where that can't be known."""
    about: Json = {"members": None, "members_unknown": None, "tagged": None, "as_of": None, "complete": False}
    try:
        view = View.of(shop.storage, shop.store, session, ("orders", "customers"))
    except NotSynced as error:
        return {**_described(one), **about, "members_unknown": error.message}
    membership = over.Membership(view, one.match, one.rules)
    tags = shop.storage.audiences.counts(session, view.mirror, one.id)
    about |= {"members": membership.count(), "tagged": tags.get(ADDED, 0) + tags.get(REMOVE, 0)}
    about |= {"as_of": f"{view.as_of:%Y-%m-%dT%H:%M:%SZ}"}
    return {**_described(one), **about, "complete": membership.complete}


def _described(one: Audience) -> Json:
    joint = " and " if one.match == "all" else " or "
    return {
        "id": one.id,
        "name": one.name,
        "match": one.match,
        "rules": [
            {
                "attribute": rule["attribute"],
                "operator": rule["operator"],
                "value": rule.get("value"),
                "values": rule.get("values"),
            }
            for rule in one.rules
        ],
        "description": f"Customers of whom this holds: {joint.join(said(rule) for rule in one.rules)}.",
        "tag": one.tag or None,
        "keep_in_step": one.keep_in_step,
        "created_at": f"{one.created_at:%Y-%m-%dT%H:%M:%SZ}",
        "updated_at": f"{one.updated_at:%Y-%m-%dT%H:%M:%SZ}",
    }


def _page(nodes: Sequence[Mapping[str, Any]], following: str | None) -> Json:
    return {"nodes": list(nodes), "page_info": {"has_next_page": following is not None, "end_cursor": following}}
