"""Price changes by a rule: few products one by one, many by a bulk mutation."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from atom_shopify_plugin.errors import Conflict, Fault, InvalidInput, OutcomeUnknown
from atom_shopify_plugin.service.background import Pending
from atom_shopify_plugin.service.bulk_start import going_on, importing, looked, upload_of
from atom_shopify_plugin.service.forecast import Forecast
from atom_shopify_plugin.service.price_rules import Priced, priced
from atom_shopify_plugin.shopify.bulk_documents import mark_of, named
from atom_shopify_plugin.shopify.bulk_results import report
from atom_shopify_plugin.shopify.filestore import lines_of
from atom_shopify_plugin.shopify.ids import parse_gid
from atom_shopify_plugin.shopify.search import Search, Term
from atom_shopify_plugin.stores.bulk_files import RUNNING, result_pieces
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["forecast", "update", "updated"]

MOST, FEW = 5000, 20  # variants of a call, and products that are written one by one
_SHOWN = 100
_PAGE = 250
_MUTATION = (
    "mutation ($productId: ID!, $variants: [ProductVariantsBulkInput!]!) { productVariantsBulkUpdate("
    "productId: $productId, variants: $variants) { product { id } userErrors { field message code } } }"
)

Change = dict[str, Any]


def forecast(shop: Shop, _before: Any, **given: Any) -> Forecast:
    """Return the old and the new price of the first hundred variants that would change."""
    changes, _ = _planned(shop, given)
    return Forecast(
        [
            {"field": f"{one['title']} {one['sku'] or ''}".strip(), "before": one["before"], "after": one["price"]}
            for one in changes[:_SHOWN]
        ]
    )


def update(shop: Shop, **given: Any) -> Any:
    """Change prices by a rule, or to the `prices` that are given; with many products in the background.

    Raises `Conflict` where nothing changes, `InvalidInput` for a selection that names nothing or too much, and
    `Rejected`. A product is changed as a whole or not at all.
    """
    changes, skipped = _planned(shop, given)
    if not changes:
        raise Conflict("No price changes: the rule leaves or skips all of them.", details={"skipped": skipped})
    shop.told["changed"], shop.told["skipped"] = len(changes), len(skipped)
    products = _by_product(changes)
    if len(products) > FEW:
        lines = upload_of([{"productId": product, "variants": rows} for product, rows in products])
        mark = mark_of(shop.idempotency_key, _MUTATION)
        text = named(_MUTATION, mark)
        shop.announce("BulkOperationRunMutation", {"mutation": text, "path": "…", "client_identifier": mark})
        pending = importing(shop, mark, text, lines)
        plan = json.dumps({"changes": changes, "skipped": skipped})
        return Pending({**pending.look, "plan": plan}, pending.pause, message=pending.message)
    for product, rows in products:
        shop.execute("PricesSet", {"product_id": product, "variants": rows})
    return _answer(changes, skipped, [])


def updated(shop: Shop, look: Mapping[str, str], **_given: Any) -> Any:
    """Look at a price change by a bulk mutation: return what changed once it has ended, `Pending` until then."""
    plan = json.loads(look["plan"])
    products = _by_product(plan["changes"])
    if "operation" not in look:
        lines = upload_of([{"productId": product, "variants": rows} for product, rows in products])
        pending = importing(shop, look["mark"], named(_MUTATION, look["mark"]), lines)
        return Pending({**pending.look, "plan": look["plan"]}, pending.pause, message=pending.message)
    operation = looked(shop, look["operation"])
    if operation["status"] in RUNNING:
        return going_on(look, operation, "products", len(products))
    answers = list(report(lines_of(result_pieces(shop, operation["id"], missing_ok=True)), len(products)))
    if any(one["state"] == "unknown" for one in answers):
        raise OutcomeUnknown(
            "Shopify stopped before it had changed all prices. Look at the store.", details={"operation": operation}
        )
    failed = {
        product: one["message"] for (product, _), one in zip(products, answers, strict=True) if one["state"] == "failed"
    }
    changes = [one for one in plan["changes"] if one["product_id"] not in failed]
    refused = [{**_named(one), "reason": failed[one["product_id"]]} for one in plan["changes"] if one not in changes]
    return _answer(changes, plan["skipped"], refused)


def _answer(changes: list[Change], skipped: list[Change], failed: list[Change]) -> dict[str, Any]:
    former = [
        {"variant_id": one["variant_id"], "price": one["before"], "compare_at_price": one["compare_at_before"]}
        for one in changes
    ]
    counts = {"changed": len(changes), "skipped": len(skipped), "failed": len(failed)}
    return {"counts": counts, "changes": changes, "skipped": skipped, "failed": failed, "former": former}


def _named(one: Mapping[str, Any]) -> Change:
    return {name: one[name] for name in ("variant_id", "product_id", "title", "sku")}


def _planned(shop: Shop, given: Mapping[str, Any]) -> tuple[list[Change], list[Change]]:
    """Return what changes and what is skipped. A forecast is not made twice in one call."""
    if "plan" not in shop.told:
        shop.told["plan"] = _plan(shop, given)
    plan: tuple[list[Change], list[Change]] = shop.told["plan"]
    return plan


def _plan(shop: Shop, given: Mapping[str, Any]) -> tuple[list[Change], list[Change]]:
    changes: list[Change] = []
    skipped: list[Change] = []
    wished = {one["variant_id"]: one for one in given.get("prices", ())}
    for variant in _selected(shop, given):
        if variant["id"] in wished:
            one = wished[variant["id"]]
            new = Priced(one["price"], one.get("compare_at_price"))
        else:
            new = priced(variant, given, shop.store.currency)
        about = {
            "variant_id": variant["id"],
            "product_id": variant["product"]["id"],
            "title": f"{variant['product']['title']} {variant['title']}".removesuffix(" Default Title"),
            "sku": variant["sku"],
        }
        if new.skipped:
            skipped.append({**about, "reason": new.skipped})
        elif (new.price, new.compare_at_price) != (variant["price"], variant["compare_at_price"]):
            changes.append(
                {
                    **about,
                    "before": variant["price"],
                    "price": new.price,
                    "compare_at_before": variant["compare_at_price"],
                    "compare_at_price": new.compare_at_price,
                }
            )
    return changes, skipped


def _by_product(changes: Sequence[Change]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the input of each product, in the order of the changes."""
    products: dict[str, list[dict[str, Any]]] = {}
    for one in changes:
        row = {"id": one["variant_id"], "price": one["price"], "compareAtPrice": one["compare_at_price"]}
        products.setdefault(one["product_id"], []).append(row)
    return list(products.items())


def _selected(shop: Shop, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    if "prices" in given or "id" in given:
        wanted = [one["variant_id"] for one in given["prices"]] if "prices" in given else [given["id"]]
        nodes = [node for some in _parts(wanted, _PAGE) for node in shop.root("PriceVariantsById", {"ids": some})]
        missing = [gid for gid, node in zip(wanted, nodes, strict=True) if not node]
        _refuse_missing("prices" if "prices" in given else "id", missing)
        return nodes
    if "skus" in given:
        found = [
            node
            for some in _parts(given["skus"], 50)
            for node in _searched(shop, str(Search.any_of([Term("sku", ":", sku) for sku in some])))
            if node["sku"] in given["skus"]
        ]
        _refuse_missing("skus", sorted(set(given["skus"]) - {node["sku"] for node in found}))
        return found
    if "collection_id" in given:
        return list(_searched(shop, f"collection:{parse_gid(given['collection_id']).number}"))
    return list(_searched(shop, given["filter"]))


def _searched(shop: Shop, query: str) -> Iterator[dict[str, Any]]:
    after, count = None, 0
    while True:
        page = shop.root("PriceVariants", {"first": _PAGE, "after": after, "query": query})
        for node in page["nodes"]:
            count += 1
            if count > MOST:
                message = f"It selects more than {MOST} variants: narrow it down, or import a file of prices."
                raise InvalidInput(message, [Fault("/filter", message, "too_many")])
            yield node
        if not page["page_info"]["has_next_page"]:
            return
        after = page["page_info"]["end_cursor"]


def _parts(values: Sequence[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(values), size):
        yield list(values[start : start + size])


def _refuse_missing(member: str, missing: Sequence[str]) -> None:
    if missing:
        message = f"The store has no variant {', '.join(missing[:5])}."
        raise InvalidInput(message, [Fault(f"/{member}", message, "not_found")])
