"""Recommendations on the products themselves: lists of products in a metafield, which a storefront shows.

A few products are written in one call of Shopify's, which writes all of them or none; many by a bulk mutation.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from atom_shopify_plugin.analytics import suggestions
from atom_shopify_plugin.analytics.view import View
from atom_shopify_plugin.errors import Conflict, Fault, InvalidInput, OutcomeUnknown
from atom_shopify_plugin.service.background import Pending
from atom_shopify_plugin.service.bulk_start import going_on, importing, looked, upload_of
from atom_shopify_plugin.service.forecast import Forecast
from atom_shopify_plugin.shopify.bulk_documents import mark_of, named
from atom_shopify_plugin.shopify.bulk_results import report
from atom_shopify_plugin.shopify.filestore import lines_of
from atom_shopify_plugin.shopify.ids import gid, parse_gid
from atom_shopify_plugin.stores.bulk_files import RUNNING, result_pieces
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["get", "publish", "published", "publishing"]

Json = dict[str, Any]
KEYS: Mapping[str, str] = {"together": "bought_together", "similar": "similar_products"}
TYPE = "list.product_reference"
FEW = 25  # metafields that Shopify takes in one call
_PAGE = 250
_SHOWN = 100
_MUTATION = (
    "mutation ($metafields: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $metafields) { "
    "metafields { id } userErrors { field message code } } }"
)
_NOTHING = "Nothing goes with it often enough."


def get(
    shop: Shop,
    *,
    product_ids: Sequence[str] = (),
    kind: str = "together",
    namespace: str = "custom",
    key: str | None = None,
) -> Json:
    """Return the lists that products have now; raise `InvalidInput` for products that are not there.

    Before a write that names no products, none is asked about.
    """
    key = key or KEYS[kind]
    known = _known(shop, product_ids, namespace, key)
    _refuse_missing("product_ids", product_ids, known)
    lists = [_list(known[product], _value(known[product])) for product in product_ids]
    return {"namespace": namespace, "key": key, "lists": lists}


def publishing(shop: Shop, _before: Any, **given: Any) -> Forecast:
    """Say which lists `publish` will change, the first hundred of them; it asks where it deletes some."""
    plan = _planned(shop, given)
    name = f"{plan['namespace']}.{plan['key']}"
    titles = plan["titles"]

    def shown(products: Sequence[str] | None) -> list[str] | None:
        return None if products is None else [titles.get(product, product) for product in products]

    changes = [
        {"field": f"{one['title']}: {name}", "before": shown(one["before"]), "after": shown(one["products"])}
        for one in plan["changes"][:_SHOWN]
    ]
    gone = sum(one["products"] is None for one in plan["changes"])
    asks = f"Delete the metafield {name} of {gone} product{'s' * (gone > 1)} in {shop.domain}?" if gone else None
    return Forecast(changes, asks)


def publish(shop: Shop, **given: Any) -> Any:
    """Write what goes with products into a metafield of theirs; with many products in the background.

    Raises `Conflict` where there is nothing to publish, `InvalidInput` for products that are not there and for a
    metafield of another type, `NotSynced` and `Rejected`.
    """
    plan = _planned(shop, given)
    if not plan["lists"]:
        raise Conflict(
            "There is nothing to publish: nothing goes with these products often enough.",
            details={"skipped": plan["skipped"][:_SHOWN]},
        )
    shop.told["changed"], shop.told["skipped"] = len(plan["changes"]), len(plan["skipped"])
    gone = [one["product_id"] for one in plan["changes"] if one["products"] is None]
    rows = [_row(plan, one) for one in plan["changes"] if one["products"] is not None]
    for start in range(0, len(gone), FEW):
        names = [{"ownerId": owner, "namespace": plan["namespace"], "key": plan["key"]} for owner in gone[start:][:FEW]]
        shop.root("MetafieldsDelete", {"metafields": names}, then=_then(rows))
    if len(rows) > FEW:
        mark = mark_of(shop.idempotency_key, _MUTATION)
        text = named(_MUTATION, mark)
        shop.announce("BulkOperationRunMutation", {"mutation": text, "path": "…", "client_identifier": mark})
        pending = importing(shop, mark, text, _lines(plan))
        return Pending({**pending.look, "plan": json.dumps(plan)}, pending.pause, message=pending.message)
    if rows:
        shop.root("MetafieldsSet", {"metafields": rows})
    return _answer(plan, {})


def published(shop: Shop, look: Mapping[str, str], **_given: Any) -> Any:
    """Look at a publication by a bulk mutation: return what was written once it has ended, `Pending` until then."""
    plan = json.loads(look["plan"])
    if "operation" not in look:
        pending = importing(shop, look["mark"], named(_MUTATION, look["mark"]), _lines(plan))
        return Pending({**pending.look, "plan": look["plan"]}, pending.pause, message=pending.message)
    operation = looked(shop, look["operation"])
    sent = [one["product_id"] for one in plan["changes"] if one["products"] is not None]
    if operation["status"] in RUNNING:
        return going_on(look, operation, "products", len(sent))
    answers = list(report(lines_of(result_pieces(shop, operation["id"], missing_ok=True)), len(sent)))
    if any(one["state"] == "unknown" for one in answers):
        raise OutcomeUnknown(
            "Shopify stopped before it had written all products. Look at them with recommendation_published.",
            details={"operation": operation},
        )
    pairs = zip(sent, answers, strict=True)
    return _answer(plan, {product: one["message"] for product, one in pairs if one["state"] == "failed"})


def _then(rows: Sequence[Json]) -> tuple[str, ...]:
    return ("BulkOperationRunMutation" if len(rows) > FEW else "MetafieldsSet",) if rows else ()


def _answer(plan: Json, failed: Mapping[str, str]) -> Json:
    changes = [one for one in plan["changes"] if one["product_id"] not in failed]
    lists = [one for one in plan["lists"] if one["product_id"] not in failed]
    refused = [
        {**_about(one), "reason": failed[one["product_id"]]} for one in plan["changes"] if one["product_id"] in failed
    ]
    counts = {
        "changed": len(changes),
        "unchanged": len(plan["lists"]) - len(plan["changes"]),
        "skipped": len(plan["skipped"]),
        "failed": len(refused),
    }
    return {
        "namespace": plan["namespace"],
        "key": plan["key"],
        "orders": plan["orders"],
        "known_since": plan["known_since"],
        "counts": counts,
        "product_ids": [one["product_id"] for one in lists],
        "lists": lists,
        "skipped": plan["skipped"],
        "failed": refused,
        "former": [{"product_id": one["product_id"], "products": one["before"]} for one in changes] or None,
    }


def _planned(shop: Shop, given: Mapping[str, Any]) -> Json:
    """Return what changes and what is skipped. A plan is not made twice in one call."""
    if "plan" not in shop.told:
        shop.told["plan"] = _plan(shop, given)
    plan: Json = shop.told["plan"]
    return plan


def _plan(shop: Shop, given: Mapping[str, Any]) -> Json:
    namespace, key = given["namespace"], given.get("key") or KEYS[given["kind"]]
    wanted, told = _wanted(shop, given)
    references = {one for products in wanted.values() for one in products or ()}
    known = _known(shop, {*wanted, *references}, namespace, key)
    if "lists" in given:
        _refuse_missing("lists", [*wanted, *sorted(references)], known)
    elif "product_ids" in given:
        _refuse_missing("product_ids", list(wanted), known)
    plan: Json = {"namespace": namespace, "key": key, **told, "lists": [], "changes": [], "skipped": []}
    for product, products in wanted.items():
        if product not in known:
            plan["skipped"].append({"product_id": product, "title": None, "reason": "It is no longer in the store."})
            continue
        about, before = _about(known[product]), _value(known[product])
        left = products if products is None or "lists" in given else _offered(products, known)
        if left == [] and "lists" not in given:
            plan["skipped"].append({**about, "reason": _NOTHING})
            continue
        plan["lists"].append(_list(known[product], left))
        if left != before:
            plan["changes"].append({**_list(known[product], left), "before": before})
    plan["titles"] = {product: node["title"] for product, node in known.items()}
    return plan


def _offered(products: Sequence[str], known: Mapping[str, Json]) -> list[str]:
    return [one for one in products if one in known and known[one]["status"] == "ACTIVE"]


def _wanted(shop: Shop, given: Mapping[str, Any]) -> tuple[dict[str, list[str] | None], Json]:
    """Return by product the products that are to be in its list, None for no list, and what orders tell that."""
    if "lists" in given:
        return {one["product_id"]: one["products"] for one in given["lists"]}, {"orders": None, "known_since": None}
    products = [int(parse_gid(one).number) for one in given["product_ids"]] if "product_ids" in given else None
    storage = shop.storage
    with storage.read() as session:
        view = View.of(storage, shop.store, session)
        found, sample = suggestions.lists(view, given["kind"], products, given.get("top", 0), given["size"])
        known = view.known_since
    told = {"orders": len(sample.baskets), "known_since": None if known is None else known.isoformat()}
    return {gid("Product", one): [gid("Product", other) for other in others] for one, others in found.items()}, told


def _known(shop: Shop, products: Iterable[str], namespace: str, key: str) -> dict[str, Json]:
    """Return the products that the store has, with their metafield."""
    ids = sorted(set(products))
    found: dict[str, Json] = {}
    for start in range(0, len(ids), _PAGE):
        some = ids[start : start + _PAGE]
        nodes = shop.root("RecommendationProducts", {"ids": some, "namespace": namespace, "key": key})
        found |= {node["id"]: node for node in nodes if node}
    return found


def _value(node: Mapping[str, Any]) -> list[str] | None:
    """Return the list in a product's metafield; raise `InvalidInput` where that holds something else."""
    metafield = node["metafield"]
    if metafield is None:
        return None
    if metafield["type"] != TYPE:
        message = f"“{node['title']}” has a metafield of this name of type {metafield['type']}: take another key."
        raise InvalidInput.about("The input", [Fault("/key", message, "type")])
    value: list[str] = json.loads(metafield["value"])
    return value


def _row(plan: Json, one: Mapping[str, Any]) -> Json:
    value = json.dumps(one["products"])
    return {
        "ownerId": one["product_id"], "namespace": plan["namespace"], "key": plan["key"], "type": TYPE, "value": value,
    }  # fmt: skip


def _lines(plan: Json) -> bytes:
    """Return a line for each product, so that one that Shopify refuses keeps no other from being written."""
    changes = [one for one in plan["changes"] if one["products"] is not None]
    return upload_of([{"metafields": [_row(plan, one)]} for one in changes])


def _about(node: Mapping[str, Any]) -> Json:
    return {"product_id": node.get("product_id") or node["id"], "title": node["title"]}


def _list(node: Mapping[str, Any], products: list[str] | None) -> Json:
    return {**_about(node), "products": products}


def _refuse_missing(member: str, products: Sequence[str], known: Mapping[str, Any]) -> None:
    missing = [one for one in products if one not in known]
    if missing:
        message = f"The store has no product {', '.join(missing[:5])}."
        raise InvalidInput.about("The input", [Fault(f"/{member}", message, "not_found")])
