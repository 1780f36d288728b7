"""Orders: what one document can't do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.service.background import NothingDone, Pending
from atom_shopify_plugin.service.finding import order_id
from atom_shopify_plugin.service.naming import with_skus
from atom_shopify_plugin.shopify.wire import camel, camel_case
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["cancel", "cancellation", "create", "get"]

# Members of the order whose names differ from Shopify's only in their spelling.
_PLAIN = (
    "email", "phone", "note", "po_number", "tags", "currency", "financial_status", "fulfillment_status", "processed_at",
    "source_name", "taxes_included", "metafields", "test", "custom_attributes",
)  # fmt: skip
_LINE = ("variant_id", "title", "quantity", "sku", "vendor", "taxable", "requires_shipping", "properties")


def get(shop: Shop, **by: str) -> Any:
    """Return the order of that `id` or `name`, None where there is none."""
    found = order_id(shop, "OrderFind", by)
    return None if found is None else shop.root("OrderGet", {"id": found})


def create(shop: Shop, **given: Any) -> Any:
    """Create an order and return it.

    Amounts are plain decimals here and money bags at Shopify, in the order's `currency` or the store's. A line with no
    more than a `sku` is a line of the variant that has it; raises `InvalidInput` where it is not one variant.
    """
    currency = given.get("currency") or shop.store.currency
    lines = _with_variants(shop, given["line_items"])
    order: dict[str, Any] = {camel_case(name): given[name] for name in _PLAIN if name in given}
    order["lineItems"] = [_line(line, currency) for line in lines]
    for name in ("shipping_address", "billing_address"):
        if name in given:
            order[camel_case(name)] = camel(given[name])
    if "customer_id" in given:
        order["customer"] = {"toAssociate": {"id": given["customer_id"]}}
    elif "customer" in given:
        order["customer"] = {"toUpsert": camel(given["customer"])}
    for name in ("shipping_lines", "tax_lines"):
        if name in given:
            order[camel_case(name)] = [_priced(line, currency) for line in given[name]]
    if "transactions" in given:
        order["transactions"] = [
            {**camel({key: value for key, value in entry.items() if key != "amount"}),
             "amountSet": _bag(entry["amount"], currency)}
            for entry in given["transactions"]
        ]  # fmt: skip
    options = {"inventoryBehaviour": given["inventory_behaviour"], "sendReceipt": given["send_receipt"]}
    return shop.root("OrderCreate", {"order": order, "options": options})["order"]


def cancel(shop: Shop, **given: Any) -> Any:
    """Begin to cancel an order, which Shopify does in the background."""
    variables = {name: value for name, value in given.items() if name != "refund_method"}
    if "refund_method" in given:
        variables["refund_method"] = camel(given["refund_method"])
    job = shop.root("OrderCancel", variables)["job"]
    if job is None:
        return _cancelled(shop, given["id"], None)
    return Pending({"job": job["id"]}, message="Shopify cancels the order.")


def cancellation(shop: Shop, look: Mapping[str, str], **given: Any) -> Any:
    """Look at a cancellation: return the order and Shopify's job once it is done, `Pending` until then.

    Raises `NothingDone` where the job ended and the order is not cancelled.
    """
    job = shop.root("JobGet", {"id": look["job"]})  # null where Shopify has forgotten the job: then it has ended
    if job is not None and not job["done"]:
        return Pending(look, message="Shopify cancels the order.")
    return _cancelled(shop, given["id"], job or {"id": look["job"], "done": True})


def _cancelled(shop: Shop, order_id: str, job: Mapping[str, Any] | None) -> dict[str, Any]:
    order = shop.root("OrderGet", {"id": order_id})
    if order is not None and order["cancelled_at"] is None:
        raise NothingDone("Shopify ended the cancellation, and the order is not cancelled.", details={"id": order_id})
    return {"order": order, "job": None if job is None else {"id": job["id"], "done": True}}


def _bag(amount: str, currency: str) -> dict[str, Any]:
    return {"shopMoney": {"amount": amount, "currencyCode": currency}}


def _priced(line: Mapping[str, Any], currency: str) -> dict[str, Any]:
    result: dict[str, Any] = camel({name: value for name, value in line.items() if name != "price"})
    if "price" in line:
        result["priceSet"] = _bag(line["price"], currency)
    return result


def _with_variants(shop: Shop, lines: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the lines, with the id of the variant in those that name one by its SKU; the store is asked once."""
    by_sku = {
        index: line["sku"].strip()
        for index, line in enumerate(lines)
        if "sku" in line and "variant_id" not in line and "title" not in line
    }
    if not by_sku:
        return list(lines)
    wanted = sorted(set(by_sku.values()))
    variants = with_skus(shop, wanted)
    result, faults, candidates = list(lines), [], []
    for index, sku in by_sku.items():
        found = [variant for variant in variants if variant["sku"].strip().casefold() == sku.casefold()]
        found = [variant for variant in found if variant["sku"].strip() == sku] or found
        if len(found) == 1:
            rest = {name: member for name, member in lines[index].items() if name != "sku"}
            result[index] = {**rest, "variant_id": found[0]["id"]}
            continue
        candidates += found
        told = "No variant has this SKU." if not found else f"{len(found)} variants have this SKU: give a variant_id."
        faults.append(Fault(f"/line_items/{index}/sku", told, "ambiguous" if found else "not_found"))
    if faults:
        raise InvalidInput(f"{faults[0].pointer}: {faults[0].message}", faults, details={"candidates": candidates[:20]})
    return result


def _line(line: Mapping[str, Any], currency: str) -> dict[str, Any]:
    return _priced({"quantity": 1, **{name: line[name] for name in (*_LINE, "price") if name in line}}, currency)
