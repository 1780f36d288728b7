"""Draft orders: made, changed, deleted; how they read. What they amount to is in draft_order_lines."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.customer_writes import clean_email, clean_phone, upsert
from atom_shopify_plugin.sandbox.domains.draft_order_lines import amounts_of, draft_line, shipping_line
from atom_shopify_plugin.sandbox.domains.order_amounts import Money, register, stored
from atom_shopify_plugin.sandbox.domains.shared import address
from atom_shopify_plugin.sandbox.extras.payment_terms import set_terms
from atom_shopify_plugin.sandbox.extras.purchasing_companies import purchase, purchaser
from atom_shopify_plugin.sandbox.refusals import Refused, UserError
from atom_shopify_plugin.sandbox.registry import Filter, Member, Write, derived, field_rule, kind, writes
from atom_shopify_plugin.sandbox.store import Node, number

__all__ = ["PAID"]

PAID = "This order has been paid"
LONGEST_TAG = 40
ADDRESSES = ("shippingAddress", "billingAddress")


def _customer_name(ctx: Context, node: Node) -> str:
    customer = ctx.store.get(node.get("customer"))
    return " ".join(filter(None, (customer.get("lastName"), customer.get("firstName")))) if customer else ""


kind(
    "DraftOrder",
    {"status": "OPEN", "ready": True, "invoiceEmailTemplateSubject": "Invoice {{name}}", "sourceName": None},
    fields=(
        "createdAt updatedAt completedAt acceptAutomaticDiscounts allVariantPricesOverridden "
        "allowDiscountCodesInCheckout anyVariantPricesOverridden appliedDiscount billingAddress customAttributes "
        "customer discountCodes email hasTimelineComment invoiceSentAt name note2 order paymentTerms phone "
        "poNumber reserveInventoryUntil shippingAddress shippingLine tags taxExempt taxLines "
        "transformerFingerprint visibleToCustomer localizedFields"
    ),
    indexed=("customer", "name", "buyingCompany", "buyingContact", "buyingLocation"),
    listed={
        "Company.draftOrders": "buyingCompany",
        "CompanyContact.draftOrders": "buyingContact",
        "CompanyLocation.draftOrders": "buyingLocation",
    },
    filters={
        "ids": "id id",
        "customer_id": "id customer",
        "source": "exact sourceName",
        "title": "text lineItems.title",
        "name": Filter("prefix", lambda _, node: [node["name"], node["name"].removeprefix("#")]),
    },
    words=("name", "tag", "title"),
    sort={"NUMBER": "number", "CUSTOMER_NAME": _customer_name, "TOTAL_PRICE": "total"},
)
kind(
    "DraftOrderLineItem",
    {"isGiftCard": False, "components": [], "bundleComponents": []},
    fields=(
        "appliedDiscount custom customAttributes fulfillmentService image priceOverride product requiresShipping "
        "sku taxLines taxable variant variantTitle vendor weight"
    ),
)
kind("DraftOrderAppliedDiscount", fields="description title")

OF_DRAFT: dict[str, Money] = {
    "subtotalPriceSet": stored("subtotal"),
    "totalPriceSet": stored("total"),
    "totalTaxSet": stored("totalTax"),
    "totalDiscountsSet": stored("totalDiscounts"),
    "totalShippingPriceSet": stored("totalShipping"),
    "totalLineItemsPriceSet": stored("whole"),
    "amountDueNowSet": stored("total"),
    "amountDueLaterSet": lambda _ctx, _node: Decimal(0),
}
OF_LINE: dict[str, Money] = {
    "originalUnitPriceSet": stored("unitPrice"),
    "originalTotalSet": lambda _, row: row["unitPrice"] * row["quantity"],
    "discountedTotalSet": lambda _, row: row["unitPrice"] * row["quantity"] - row["totalDiscount"],
    "totalDiscountSet": stored("totalDiscount"),
    "discountedUnitPriceSet": lambda _, row: _unit(row),
    "approximateDiscountedUnitPriceSet": lambda _, row: _unit(row),
}
register("DraftOrderAppliedDiscount.amountSet", stored("off"))
for _type in ("DraftOrder", "CalculatedDraftOrder"):
    for _name, _amount in OF_DRAFT.items():
        register(f"{_type}.{_name}", _amount)
    # The field is a bag without saying so in its name.
    field_rule(f"{_type}.lineItemsSubtotalPrice")(lambda _ctx, node, _args: node["linesSubtotal"])
for _type in ("DraftOrderLineItem", "CalculatedDraftOrderLineItem"):
    for _name, _amount in OF_LINE.items():
        register(f"{_type}.{_name}", _amount)


def _unit(row: Node) -> Decimal:
    total: Decimal = row["unitPrice"] * row["quantity"] - row["totalDiscount"]
    return (total / int(row["quantity"])).quantize(Decimal("0.01"))


derived(
    {
        "DraftOrderLineItem|CalculatedDraftOrderLineItem.originalUnitPriceWithCurrency": "unitPrice",
        "DraftOrderLineItem|CalculatedDraftOrderLineItem.name": lambda _, row: " - ".join(
            filter(None, (row["title"], row.get("variantTitle")))
        ),
        "DraftOrder|CalculatedDraftOrder.currencyCode|presentmentCurrencyCode": lambda ctx, _node: ctx.store.currency,
        "DraftOrder|CalculatedDraftOrder.taxesIncluded": lambda ctx, _node: bool(ctx.store.shop.get("taxesIncluded")),
        "DraftOrder|CalculatedDraftOrder.totalQuantityOfLineItems": lambda _, node: sum(
            row["quantity"] for row in node["lineItems"]
        ),
        "DraftOrder|CalculatedDraftOrder|Order.purchasingEntity": purchaser,
    }
)


@field_rule("DraftOrderLineItem.uuid", "CalculatedDraftOrderLineItem.uuid")
def line_uuid(_ctx: Context, row: Node, _args: dict[str, Any]) -> str:
    digits = hashlib.sha256(str(row["id"]).encode()).hexdigest()
    parts = (digits[:8], digits[8:12], f"4{digits[13:16]}", f"8{digits[17:20]}", digits[20:32])
    return row.get("uuid") or "-".join(parts)


@field_rule(
    "DraftOrder.billingAddressMatchesShippingAddress", "CalculatedDraftOrder.billingAddressMatchesShippingAddress"
)
def addresses_match(_ctx: Context, node: Node, _args: dict[str, Any]) -> bool:
    first, second = ({k: v for k, v in (node.get(name) or {}).items() if k != "id"} for name in ADDRESSES)
    return first == second


@field_rule("DraftOrder.invoiceUrl")
def invoice_url(ctx: Context, node: Node, _args: dict[str, Any]) -> str:
    token = hashlib.sha256(f"{ctx.store.shop_domain}{node['id']}".encode()).hexdigest()[:32]
    return f"https://{ctx.store.shop_domain}/{number(ctx.store.shop['id'])}/invoices/{token}"


# writing


def _settle(ctx: Context, write: Write) -> None:
    """Put what a DraftOrderInput means into `write.values`: people, lines, amounts. Raise `Refused`."""
    given, node, values = write.given, write.node or {}, write.values
    prefix = [] if write.creates else ["input"]
    faults = list(_tag_faults(given.get("tags"), prefix, len(node.get("tags") or ())))
    if faults:
        raise Refused(faults)
    if given.get("paymentTerms") is not None and not given["paymentTerms"].get("paymentTermsTemplateId"):
        raise Refused.one(None, "Payment terms template id can not be empty.")
    if (given.get("reserveInventoryUntil") or ctx.stamp) < ctx.stamp:
        raise Refused.one(None, "Reserve until can't be in the past")
    for name, clean in (("email", clean_email), ("phone", clean_phone)):
        if name in given:
            values[name] = clean(given[name], [*prefix, name])
    _people(ctx, write)
    if "lineItems" in given or write.creates:
        entries = given.get("lineItems") or []
        if not entries:
            raise Refused.one(None, "Add at least 1 product")
        values["lineItems"] = [draft_line(ctx, entry, [*prefix, "lineItems", at]) for at, entry in enumerate(entries)]
    if "shippingLine" in given:
        values["shippingLine"] = shipping_line(ctx, given["shippingLine"])
    whole = {"shippingLine": None, "appliedDiscount": None, **node, **values}
    if "appliedDiscount" in given:
        whole["appliedDiscount"] = given["appliedDiscount"]
    values |= amounts_of(whole, [*prefix, "appliedDiscount", "value"])


def _tag_faults(tags: list[str] | None, prefix: list[str], stored: int) -> Iterator[UserError]:
    """Yield what is wrong with tags; their places are counted behind those that the draft order has (seen)."""
    for at, tag in enumerate(tags or (), stored):
        if len(tag.strip()) > LONGEST_TAG:
            message = f"Title Tag exceeds the maximum length of {LONGEST_TAG} characters"
            yield UserError((*prefix, "tags", str(at)), message)


def _people(ctx: Context, write: Write) -> None:
    given, values = write.given, write.values
    entity = given.get("purchasingEntity") or {}
    values |= purchase(ctx, entity.get("purchasingCompany"))
    gid = values.get("customer") or entity.get("customerId") or given.get("customerId")
    if gid is not None:
        customer = ctx.known(gid, "Customer", None, "Customer does not exist")
        values["customer"] = customer["id"]
        if write.creates and not values.get("email"):
            values["email"] = customer.get("email")
        if given.get("useCustomerDefaultAddress") and customer.get("defaultAddress"):
            home = ctx.store.all("MailingAddress")[customer["defaultAddress"]]
            values |= dict.fromkeys(ADDRESSES, home)
    for name in ADDRESSES:
        if name in given:
            entry = given[name]
            values[name] = address(entry, ctx.store.new_id("MailingAddress")) if entry else None


def _check(ctx: Context, write: Write) -> None:
    if write.node is not None and write.node.get("completedAt"):
        raise Refused.one(None, PAID)
    _settle(ctx, write)
    if write.creates:
        last: list[int] = ctx.store.memoised(
            "draft numbers",
            ["DraftOrder"],
            lambda: [max((node["number"] for node in ctx.store.all("DraftOrder").values()), default=0)],
        )
        write.values |= {"number": last[0] + 1, "name": f"#D{last[0] + 1}"}


def _introduce(ctx: Context, write: Write) -> None:
    """Let a new draft order without a customer have the one with its e-mail address, or a new one; set its terms."""
    node = write.target
    if write.creates and node.get("email") and not node.get("customer"):
        ctx.update(node, {"customer": upsert(ctx, {"email": node["email"]})["id"]})
    if write.given.get("paymentTerms") is not None:
        set_terms(ctx, node, write.given["paymentTerms"], None)


def _apart(*names: str) -> dict[str, Member]:
    return dict.fromkeys(names, Member(field=None))


writes("DraftOrder",
        members={
            "note": Member(field="note2"),
            **_apart(
                "lineItems", "shippingLine", "shippingAddress", "billingAddress", "appliedDiscount", "purchasingEntity",
                "customerId", "paymentTerms", "useCustomerDefaultAddress", "email", "phone",
            ),
            **dict.fromkeys(
                ("localizedFields", "localizationExtensions", "deposit", "sessionToken", "marketRegionCountryCode",
                 "presentmentCurrencyCode"),
                Member(modelled=False),
            ),
        },
        check=_check,
        finish=_introduce,
    )  # fmt: skip
