"""What a store has beside products, customers and orders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from atom_shopify_plugin.sandbox.domains.draft_order_lines import amounts_of
from atom_shopify_plugin.sandbox.domains.metafield_definitions import CAPABILITIES, definition_type, place_of
from atom_shopify_plugin.sandbox.domains.publications import ONLINE_STORE
from atom_shopify_plugin.sandbox.domains.saved_searches import DEFAULT_SEARCHES
from atom_shopify_plugin.sandbox.domains.shared import image
from atom_shopify_plugin.sandbox.store import Node, StoreState, stamp

__all__ = [
    "add_checkouts", "add_content", "add_draft", "add_images", "add_more", "add_publications", "add_returns",
    "add_saved_searches",
]  # fmt: skip

CHANNELS = {ONLINE_STORE: "Online Store", "pos": "Point of Sale", "shop": "Shop"}
DESIGNERS = {"ada-berg": ("Ada Berg", "Berlin"), "jo-lind": ("Jo Lind", "Malmö")}


def add_saved_searches(store: StoreState) -> None:
    """Add the saved searches that every shop has."""
    for of, searches in DEFAULT_SEARCHES.items():
        for name, query in searches.items():
            filters = [dict(zip(("key", "value"), part.split(":"), strict=True)) for part in query.split()]
            values = {"name": name, "query": query, "resourceType": of, "searchTerms": "", "filters": filters}
            _put(store, "SavedSearch", **values)


def add_publications(store: StoreState) -> list[str]:
    """Add the sales channels that a new shop has, each with its catalog; return the ids of their publications."""
    made = []
    for handle, name in CHANNELS.items():
        future = handle == ONLINE_STORE
        publication = _put(store, "Publication", name=name, handle=handle, supportsFuturePublishing=future)
        channel = _put(store, "Channel", name=name, handle=handle, supportsFuturePublishing=future)
        catalog = _put(store, "AppCatalog", title=name, channel=channel["id"], other=publication["id"])
        publication |= {"channel": channel["id"], "other": catalog["id"]}
        made.append(publication["id"])
    return made


def add_more(store: StoreState, now: datetime) -> None:
    """Add discounts and what `add_content` adds."""
    made = stamp(now - timedelta(days=60))
    dates = {"createdAt": made, "updatedAt": made}
    gets = {
        "appliesOnOneTimePurchase": True,
        "appliesOnSubscription": False,
        "items": {"__typename": "AllDiscountItems"},
        "value": {"__typename": "DiscountPercentage", "percentage": 0.1},
    }
    discount = _put(
        store, "DiscountCodeNode", title="Welcome", startsAt=made, endsAt=None, customerGets=gets,
        appliesOncePerCustomer=True, **dates,
    )  # fmt: skip
    _put(store, "DiscountRedeemCode", code="WELCOME10", discount=discount["id"], createdAt=made)
    over = stamp(now - timedelta(days=30))
    rules = {"startsAt": made, "customerGets": gets, **dates}
    ended = _put(store, "DiscountCodeNode", title="Summer", endsAt=over, **rules)
    _put(store, "DiscountRedeemCode", code="SUMMER10", discount=ended["id"], createdAt=made)
    _put(store, "DiscountAutomaticNode", title="Ten off everything", endsAt=None, **rules)
    _put(store, "DiscountAutomaticNode", title="Opening week", endsAt=over, **rules)
    add_content(store, now)


def add_content(store: StoreState, now: datetime) -> None:
    """Add designers as metaobjects, a segment, a page, a blog and the metafield of a product."""
    made = stamp(now - timedelta(days=60))
    dates = {"createdAt": made, "updatedAt": made}
    fields = [_field("name", "Name", required=True), _field("city", "City")]
    _put(
        store, "MetaobjectDefinition", type="designer", name="Designer", displayNameKey="name", fieldDefinitions=fields,
        **dates,
    )  # fmt: skip
    for handle, (name, city) in DESIGNERS.items():
        values = {"name": name, "city": city}
        _put(store, "Metaobject", type="designer", handle=handle, displayName=name, stored=values, **dates)
    _put(
        store, "Segment", name="Customers who have purchased", query="number_of_orders > 0", creationDate=made,
        lastEditDate=made,
    )  # fmt: skip
    _put(store, "Page", title="About us", handle="about-us", body="<p>We make mugs.</p>", publishedAt=made, **dates)
    _put(store, "Blog", title="News", handle="news", **dates)
    _add_material(store, made)


def _add_material(store: StoreState, made: str) -> None:
    """Define the metafield custom.material of products, and fill it in for the first one."""
    names = {"namespace": "custom", "key": "material"}
    _put(
        store, "MetafieldDefinition", ownerType="PRODUCT", name="Material", description=None,
        place=place_of("PRODUCT", **names), type=definition_type("single_line_text_field"), validations=[],
        access={"admin": "PUBLIC_READ_WRITE", "storefront": "PUBLIC_READ", "customerAccount": "NONE"},
        enabled=dict.fromkeys(CAPABILITIES, False), constraints=None, pinnedPosition=None, **names,
    )  # fmt: skip
    product = next(iter(store.all("Product").values()))
    values = {"owner": product["id"], "type": "single_line_text_field", "value": "Stoneware"}
    _put(store, "Metafield", **values, **names, createdAt=made, updatedAt=made)


def add_images(store: StoreState, product: Node) -> None:
    """Give a product two images that are ready."""
    dates = {"createdAt": product["createdAt"], "updatedAt": product["createdAt"]}
    for view in ("front", "side"):
        alt = f"{product['title']} from the {view}"
        picture = image(store.new_id("ImageSource"), f"https://cdn.example.com/{product['handle']}-{view}.png", alt)
        medium = _put(store, "MediaImage", alt=alt, image=picture, status="READY", **dates)
        product["media"] = [*product["media"], medium["id"]]


def add_draft(store: StoreState, now: datetime, customer: Node, variant: Node) -> None:
    """Add the draft order #D1: three of a variant for a customer."""
    made = stamp(now - timedelta(days=1))
    product = store.all("Product")[variant["product"]]
    row = {
        "__typename": "DraftOrderLineItem",
        "id": store.new_id("DraftOrderLineItem"),
        "quantity": 3,
        "custom": False,
        "variant": variant["id"],
        "product": product["id"],
        "title": product["title"],
        "variantTitle": variant["title"],
        "sku": variant["sku"],
        "vendor": product["vendor"],
        "unitPrice": variant["price"],
        "requiresShipping": True,
        "taxable": True,
        "weight": None,
        "uuid": None,
        "appliedDiscount": None,
        "customAttributes": [],
        "totalDiscount": variant["price"] * 0,
    }
    amounts = amounts_of({"lineItems": [row], "shippingLine": None, "appliedDiscount": None}, [])
    _put(
        store, "DraftOrder", number=1, name="#D1", createdAt=made, updatedAt=made, customer=customer["id"],
        email=customer["email"], lineItems=[row], **amounts,
    )  # fmt: skip


def add_returns(store: StoreState, now: datetime) -> None:
    """Add a return that a customer asks for, and one that is open: of the first orders that were sent lately."""
    orders = store.all("Order").values()
    sent = [
        order for order in orders if order.get("fulfillments") and not (order.get("refunds") or order.get("closedAt"))
    ]
    states = {"REQUESTED": ("RETURN_REQUESTED", "3"), "OPEN": ("IN_PROGRESS", "5")}
    for (status, (shown, reason)), order in zip(states.items(), sent, strict=False):
        parcel = store.all("Fulfillment")[order["fulfillments"][0]]
        row = parcel["fulfillmentLineItems"][0]
        ref = {"parcel": parcel["id"], "fulfilled": row["id"]}
        line: Node = {
            **ref,
            "__typename": "ReturnLineItem",
            "id": store.new_id("ReturnLineItem"),
            "lineItem": row["lineItem"],
            "quantity": 1,
            "returnReason": "UNKNOWN",
            "definition": f"gid://shopify/ReturnReasonDefinition/{reason}",
            "returnReasonNote": "",
            "customerNote": None,
            "processed": 0,
            "refunded": 0,
        }
        made = stamp(now - timedelta(days=2))
        values = {"order": order["id"], "name": f"{order['name']}-R1", "status": status, "returnLineItems": [line]}
        node = _put(store, "Return", createdAt=made, **values)
        order["returnStatus"] = shown
        if status == "OPEN":
            gid = store.new_id("ReverseFulfillmentOrderLineItem")
            work = {"__typename": "ReverseFulfillmentOrderLineItem", "id": gid, "returned": line["id"], **ref}
            back = {"order": order["id"], "return": node["id"], "lineItems": [{**work, "totalQuantity": 1}]}
            _put(store, "ReverseFulfillmentOrder", status="OPEN", **back)


def add_checkouts(store: StoreState, now: datetime, people: Sequence[Node], variants: Sequence[Node]) -> None:
    """Add two checkouts that were left: one of them was completed later."""
    for at, (person, variant) in enumerate(zip(people[1:3], variants, strict=False)):
        made = stamp(now - timedelta(days=3 - at, hours=2))
        product = store.all("Product")[variant["product"]]
        row = {
            "__typename": "AbandonedCheckoutLineItem",
            "id": store.new_id("AbandonedCheckoutLineItem"),
            "title": product["title"],
            "variantTitle": variant["title"],
            "sku": variant["sku"],
            "product": product["id"],
            "variant": variant["id"],
            "quantity": at + 1,
            "unitPrice": variant["price"],
        }
        address = store.all("MailingAddress")[person["defaultAddress"]]
        node = _put(
            store, "AbandonedCheckout", createdAt=made, updatedAt=made, customer=person["id"], lineItems=[row],
            shippingAddress=address, billingAddress=address, completedAt=stamp(now - timedelta(days=1)) if at else None,
        )  # fmt: skip
        node["name"] = f"#{node['id'].rpartition('/')[2]}"
        _put(
            store, "Abandonment", checkout=node["id"], customer=person["id"], createdAt=made, visitStartedAt=made,
        )  # fmt: skip


def _put(store: StoreState, kind: str, **values: Any) -> Node:
    return store.put({"id": store.new_id(kind), "__typename": kind, **values})


def _field(key: str, name: str, *, required: bool = False) -> Node:
    return {
        "__typename": "MetaobjectFieldDefinition",
        "key": key,
        "name": name,
        "description": None,
        "required": required,
        "type": {"name": "single_line_text_field", "category": "TEXT", "supportsDefinitionMigrations": True},
        "validations": [],
        "capabilities": {"adminFilterable": {"eligible": True, "enabled": False}},
    }
