"""What Shopify's search finds, what it ignores and what it says about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from facts import Before, Fact, each

from atom_shopify_plugin.sandbox.pytest_plugin import ShopifySandbox

SCHEMA, DOCUMENTED, INFERRED = "official schema", "documentation", "inferred"
PRODUCT = "mutation M($product: ProductCreateInput!) { productCreate(product: $product) { product { id } } }"
CUSTOMER = "mutation M($input: CustomerInput!) { customerCreate(input: $input) { customer { id } } }"
ORDER = "mutation M($order: OrderCreateOrderInput!) { orderCreate(order: $order) { order { id } } }"
METAFIELDS = "mutation M($rows: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $rows) { userErrors { message } } }"
CANCEL = "mutation M($id: ID!) { orderCancel(orderId: $id, refundMethod: {originalPaymentMethodsRefund: false}, reason: OTHER, restock: false) { orderCancelUserErrors { message } } }"
CLOSE = "mutation M($id: ID!) { orderClose(input: {id: $id}) { userErrors { message } } }"


def product(title: str, **more: Any) -> Before:
    return Before(PRODUCT, {"product": {"title": title, **more}}, title, "productCreate.product.id")


def customer(name: str, **more: Any) -> Before:
    return Before(CUSTOMER, {"input": {"firstName": name, **more}}, name, "customerCreate.customer.id")


def order(name: str, **more: Any) -> Before:
    price = {"shopMoney": {"amount": "5.00", "currencyCode": "EUR"}}
    lines = [{"title": "Cup", "quantity": 1, "priceSet": price}]
    made = {"name": name, "tags": ["ours"], "lineItems": lines, **more}
    return Before(ORDER, {"order": made}, name.removeprefix("#"), "orderCreate.order.id")


def metafield(owner: str, key: str, kind: str, value: str) -> Before:
    row = {"ownerId": f"<{owner}>", "namespace": "custom", "key": key, "type": kind, "value": value}
    return Before(METAFIELDS, {"rows": [row]})


MEMBER = {"products": "title", "customers": "firstName", "orders": "name"}


def finds(
    listed: str,
    query: str,
    names: Sequence[str],
    before: Sequence[Before] = (),
    source: str = SCHEMA,
    warning: Any = None,
) -> Fact:
    """Return the fact that a search finds the nodes with these names, oldest first, and which warning it draws."""
    member = MEMBER[listed]
    path: Any = {"path": [listed], "query": query}
    return Fact(
        f"{listed}: {query}",
        f"query Q($q: String) {{ {listed}(first: 50, query: $q, sortKey: ID) {{ nodes {{ {member} }} }} }}",
        {"q": query},
        before,
        data={listed: {"nodes": [{member: name} for name in names]}},
        warnings=[] if warning is None else [{**path, **warning}],
        source=source,
    )


def warned(field: str, message: str, code: str | None, **parsed: Any) -> dict[str, Any]:
    warning = {"field": field, "message": message} | ({"code": code} if code else {})
    return {"parsed": {"field": field, **parsed}, "warnings": [warning]}


def refused_value(field: str, value: str, **parsed: Any) -> dict[str, Any]:
    return warned(field, f"Input `{value}` is not an accepted value.", "invalid_value", **parsed)


def unknown(field: str, **parsed: Any) -> dict[str, Any]:
    return warned(field, "Invalid search field for this query.", "invalid_field", **parsed)


def wrong_id(field: str, value: str, **parsed: Any) -> dict[str, Any]:
    return warned(field, f"Expected field to be a positive integer or UUID, received `{value}`.", None, **parsed)


GOODS = [
    product("Anvil", tags=["shop-cart", "vip"], vendor="Acme", productType="Tools"),
    product("Anvil Stand", tags=["shop-cart-delivery"], vendor="Acme Works", productType="Tools"),
    product("Rope", tags=["wholesale"], vendor="Levi's", productType="Ropes"),
]
PEOPLE = [
    customer("Bo", email="bo.wang@cargo.example", tags=["Freight", "Repeat"]),
    customer("Al", email="al.bo.wang@cargo.example", tags=["Freight"]),
    customer("Cy", email="cy@other.example", phone="+18005550100"),
]
ORDERS = [
    order("#9001", processedAt="2024-06-30T21:59:59Z"),
    order("#9002", processedAt="2024-06-30T22:00:00Z", poNumber="P01001"),
    order("#9003", processedAt="2025-01-01T00:00:00Z", sourceName="pos"),
]
SWITCHED = [
    *ORDERS,
    Before(CLOSE, {"id": "<9001>"}),
    Before(CANCEL, {"id": "<9002>"}),
    Before("{ shop { name } }"),
    Before("{ shop { name } }"),
]
SIZED = [
    *GOODS,
    metafield("Anvil", "size", "number_integer", "12"),
    metafield("Rope", "size", "number_integer", "5"),
    metafield("Anvil", "colour", "single_line_text_field", "Dark red"),
    metafield("Rope", "colours", "list.single_line_text_field", '["red", "blue"]'),
    metafield("Rope", "on_sale", "boolean", "true"),
    metafield("Rope", "since", "date", "2024-05-01"),
    Before(
        METAFIELDS,
        {"rows": [{"ownerId": "<Rope>", "key": "tier", "type": "single_line_text_field", "value": "gold"}]},
    ),
]

WORDS = [
    finds("products", "anvil", ["Anvil", "Anvil Stand"], GOODS, DOCUMENTED),
    finds("products", "anvil stand", ["Anvil Stand"], GOODS, DOCUMENTED),
    finds("products", '"stand anvil"', [], GOODS, DOCUMENTED),
    finds("products", "title:anvil", ["Anvil", "Anvil Stand"], GOODS),
    finds("products", "title:anv*", ["Anvil", "Anvil Stand"], GOODS, DOCUMENTED),
    finds("products", "title:nvil", [], GOODS, DOCUMENTED),
    finds("products", "tools acme", ["Anvil", "Anvil Stand"], GOODS, DOCUMENTED),
    finds("products", '"anvil stand" tools -vendor:Acme', ["Anvil Stand"], GOODS),
    finds("products", "shop-cart-delivery", ["Anvil Stand"], GOODS, INFERRED),
    finds("products", "tag:shop-cart", ["Anvil"], GOODS),
    finds("products", "tag:SHOP-CART", ["Anvil"], GOODS),
    finds("products", "tag:ours OR tag:shop-cart", ["Anvil"], GOODS, DOCUMENTED),
    finds("products", 'vendor:"Levi\'s" product_type:"Ropes"', ["Rope"], GOODS),
    finds("products", "vendor:acme", ["Anvil"], GOODS),
    finds("products", "product_type:Ropes,Tools", ["Anvil", "Anvil Stand", "Rope"], GOODS),
    finds("products", "vendor:Acme OR vendor:nobody product_type:Tools", ["Anvil"], GOODS),
    finds("products", "product_type:Tools AND (tag:vip OR tag:none)", ["Anvil"], GOODS, DOCUMENTED),
    finds("products", "product_type:Tools NOT tag:vip", ["Anvil Stand"], GOODS, DOCUMENTED),
    finds("products", "product_type:Tools -(tag:vip)", ["Anvil Stand"], GOODS),
    finds("products", "product_type:Tools tag_not:vip", ["Anvil Stand"], GOODS),
    finds("products", "product_type:Tools published_at:*", [], GOODS, DOCUMENTED),
    finds("products", "product_type:Tools -published_at:*", ["Anvil", "Anvil Stand"], GOODS, DOCUMENTED),
    finds("products", "product_type:Tools published_status:unpublished", ["Anvil", "Anvil Stand"], GOODS),
    finds("products", "product_type:Tools bundles:true", [], GOODS),
    finds("products", "product_type:Tools combined_listing_role:no_role", ["Anvil", "Anvil Stand"], GOODS),
    finds("products", "product_type:Ropes tracks_inventory:false", ["Rope"], GOODS),
    finds("products", "product_type:Ropes is_price_reduced:false", ["Rope"], GOODS),
    finds("products", "handle:rope,anvil", ["Anvil", "Rope"], GOODS),
    finds("products", "product_type:Ropes status:active,draft", ["Rope"], GOODS),
]
METAFIELD = [
    finds("products", "metafields.custom.size:12", ["Anvil"], SIZED),
    finds("products", "metafields.custom.size:>4", ["Anvil", "Rope"], SIZED, DOCUMENTED),
    finds("products", "metafields.custom.size:>=5 metafields.custom.size:<12", ["Rope"], SIZED, DOCUMENTED),
    finds("products", 'metafields.custom.colour:"dark red"', ["Anvil"], SIZED),
    finds("products", "metafields.custom.colour:dark*", ["Anvil"], SIZED, DOCUMENTED),
    finds("products", "metafields.custom.colours:blue", ["Rope"], SIZED, DOCUMENTED),
    finds("products", "metafields.custom.on_sale:true", ["Rope"], SIZED),
    finds("products", "metafields.custom.since:<=2024", ["Rope"], SIZED, INFERRED),
    finds("products", "metafields.custom.colour:*", ["Anvil"], SIZED, INFERRED),
    finds("products", "metafields.$app.tier:gold", ["Rope"], SIZED, INFERRED),
    finds("products", "metafields.custom.size:large", [], SIZED, INFERRED),
]
CUSTOMERS = [
    finds("customers", "email:cargo.example", ["Bo", "Al"], PEOPLE),
    finds("customers", "email:bo.wang@cargo.example", ["Bo", "Al"], PEOPLE),
    finds("customers", 'email:"cy@other.example"', ["Cy"], PEOPLE),
    finds("customers", "cy@other.example", ["Cy"], PEOPLE),
    finds("customers", "tag:'Freight,Repeat' tag:Freight", ["Bo", "Al"], PEOPLE),
    finds("customers", "tag:Freight tag_not:'Repeat,Test'", ["Al"], PEOPLE),
    finds("customers", "phone:+18005550100", ["Cy"], PEOPLE),
    finds("customers", "phone:* email:other.example", ["Cy"], PEOPLE),
    finds("customers", "state:DISABLED -(tag:Repeat OR tag:none) email:cargo.example", ["Al"], PEOPLE),
    finds("customers", "email:cargo.example orders_count:0", ["Bo", "Al"], PEOPLE),
    finds("customers", "email:cargo.example created_at:<2000-01-01", ["Bo", "Al"], PEOPLE, INFERRED, {
        "parsed": {"and": [{"field": "created_at", "range_lt": "2000-01-01"}, {"field": "email", "match_all": "cargo.example"}]},
        "warnings": unknown("created_at")["warnings"],
    }),
]  # fmt: skip
ORDERED = [
    finds("orders", "name:#900", ["#9001", "#9002", "#9003"], ORDERS, INFERRED),
    finds("orders", "name:9002", ["#9002"], ORDERS),
    finds("orders", "tag:ours status:open", ["#9003"], SWITCHED),
    finds("orders", "tag:ours status:closed", ["#9001"], SWITCHED),
    finds("orders", "tag:ours status:cancelled", ["#9002"], SWITCHED),
    finds("orders", "tag:ours status:not_closed", ["#9002", "#9003"], SWITCHED),
    finds("orders", "tag:ours status:open,closed", ["#9001", "#9003"], SWITCHED),
    finds("orders", "tag:ours chargeback_status:won", [], ORDERS),
    finds("orders", "tag:ours -chargeback_status:won", ["#9001", "#9002", "#9003"], ORDERS),
    finds("orders", "tag:ours delivery_method:shipping", [], ORDERS, INFERRED),
    finds("orders", "tag:ours delivery_method:none", ["#9001", "#9002", "#9003"], ORDERS, INFERRED),
    finds("orders", "tag:ours po_number:p01001", ["#9002"], ORDERS),
    finds("orders", "tag:ours source_name:pos", ["#9003"], ORDERS),
    finds("orders", "tag:ours subtotal_line_items_quantity:1..3", ["#9001", "#9002", "#9003"], ORDERS),
    finds("orders", "tag:ours subtotal_line_items_quantity:5..20", [], ORDERS),
    finds(
        "orders", "tag:ours current_total_price:>=5.00 current_total_price:<=20.99", ["#9001", "#9002", "#9003"], ORDERS
    ),
    finds("orders", "tag:ours total_weight:<.5 lb", ["#9001", "#9002", "#9003"], ORDERS),
    finds("orders", "tag:ours total_weight:>=5g", [], ORDERS),
    *(
        finds("orders", f"tag:ours return_status:{value}", ["#9001", "#9002", "#9003"] * (value == "no_return"), ORDERS)
        for value in (
            "return_requested",
            "in_progress",
            "inspection_complete",
            "returned",
            "return_failed",
            "no_return",
        )
    ),
]
# The store is in Europe/Berlin, two hours ahead of UTC in June and one in January.
TIMES = [
    finds("orders", "tag:ours processed_at:2024", ["#9001", "#9002"], ORDERS),
    finds("orders", "tag:ours processed_at:<=2024", ["#9001", "#9002"], ORDERS),
    finds("orders", "tag:ours processed_at:>2024", ["#9003"], ORDERS),
    finds("orders", "tag:ours processed_at:<now", ["#9001", "#9002", "#9003"], ORDERS),
    finds("orders", "tag:ours processed_at:2024-06", ["#9001"], ORDERS),
    finds("orders", "tag:ours processed_at:2024-06-30", ["#9001"], ORDERS),
    finds("orders", "tag:ours processed_at:>=2024-07-01", ["#9002", "#9003"], ORDERS),
    finds("orders", "tag:ours processed_at:'2024-06-30T22:00:00Z'", ["#9002"], ORDERS),
    finds("orders", "tag:ours processed_at:'2024-07-01T00:00:00+02:00'", ["#9002"], ORDERS),
    finds("orders", "tag:ours processed_at:'2024-07-01T00:00:00'", ["#9002"], ORDERS, INFERRED),
    finds("orders", "tag:ours processed_at:'2024-07-01..2025-01-01'", ["#9002", "#9003"], ORDERS),
    finds("orders", "tag:ours processed_at:'2024-01-01..2024-06-30'", ["#9001"], ORDERS),
    finds("orders", "processed_at:>=2024-06-30T22:00:00Z tag:ours", ["#9001", "#9002", "#9003"], ORDERS, warning={
        "parsed": {"and": [
            {"field": "processed_at", "range_gte": "2024-06-30T22:00:00+02:00"},
            {"field": "00", "match_all": "00Z"},
            {"field": "tag", "match_all": "ours"},
        ]},
        "warnings": unknown("00")["warnings"],
    }),
    finds("orders", "tag:ours processed_at:>=2024-06-30T23:00:00Z", ["#9001", "#9002", "#9003"], ORDERS, warning={
        "parsed": {"and": [
            {"field": "processed_at", "range_gte": "2024-06-30T23:00:00+02:00"},
            {"field": "tag", "match_all": "ours"},
            {"field": "00", "match_all": "00Z"},
        ]},
        "warnings": unknown("00")["warnings"],
    }),
]  # fmt: skip
REFUSED = [
    finds("products", "status:gone", [], GOODS, warning=refused_value("status", "gone", match_all="gone")),
    finds("products", "id:0", [], GOODS, warning=wrong_id("id", "0", match_all="0")),
    finds("products", "id:<0", [], GOODS, warning=wrong_id("id", "0", range_lt=0)),
    finds("products", "id:999999999999999999", [], GOODS),
    finds("products", "created_at:yesterdayish", [], GOODS, INFERRED,
          refused_value("created_at", "yesterdayish", match_all="yesterdayish")),
    finds("products", "inventory_total:many", [], GOODS, INFERRED,
          refused_value("inventory_total", "many", match_all="many")),
    finds("orders", 'customer_id:"gid://shopify/Customer/7"', [], (),
          warning=wrong_id("customer_id", "gid://shopify/Customer/7", match_phrase="gid://shopify/Customer/7")),
]  # fmt: skip
MALFORMED = [
    finds("products", "tag:(vip", [], GOODS),
    finds("products", 'tag:("vip"', [], GOODS),
    finds("products", "(anvil", ["Anvil", "Anvil Stand"], GOODS),
    finds("products", "tag:vip OR", ["Anvil"], GOODS),
    finds("products", "tag:vip AND", ["Anvil"], GOODS, INFERRED),
    finds("products", "tag:vip )", ["Anvil"], GOODS, INFERRED),
    finds("products", "OR tag:vip", ["Anvil"], GOODS, INFERRED),
]
PLAIN = [
    Fact(
        "a count knows other names than its list",
        '{ matching: customersCount(query: "email:grace@example.com") { count } customersCount { count } }',
        data={"matching": {"count": 20}, "customersCount": {"count": 20}},
        warnings=[{
            "path": ["matching"], "query": "email:grace@example.com",
            **unknown("email", match_all="grace@example.com"),
        }],
    ),
    Fact(
        "a count without words asks for named fields",
        '{ customersCount(query: "grace") { count } }',
        data={"customersCount": {"count": 20}},
        warnings=[{
            "path": ["customersCount"], "query": "grace",
            **warned("default", "Input must use named search fields in this query.", "missing_named_field", match_all="grace"),
        }],
    ),
    Fact(
        "a name that is not there is ignored, the others count",
        """{ inventoryItems(first: 1, query: "tracked:false sku:'MUG-BLUE'") { nodes { sku } } }""",
        data={"inventoryItems": {"nodes": [{"sku": "MUG-BLUE"}]}},
        warnings=[{
            "path": ["inventoryItems"], "query": "tracked:false sku:'MUG-BLUE'",
            "parsed": {
                "and": [{"field": "tracked", "match_all": "false"}, {"field": "sku", "match_phrase": "MUG-BLUE"}]
            },
            "warnings": unknown("tracked")["warnings"],
        }],
    ),
    Fact(
        "the search of a list inside a node says where it stands",
        '{ locations(first: 1) { nodes { levels: inventoryLevels(first: 1, query: "location_id:7") { nodes { isActive } } } } }',
        data={"locations": {"nodes": [{"levels": {"nodes": [{"isActive": True}]}}]}},
        warnings=[{
            "path": ["locations", "nodes", 0, "levels"], "query": "location_id:7",
            **unknown("location_id", match_all="7"),
        }],
    ),
    *(
        Fact(
            f"{listed} are not searched by {name}",
            f'{{ {listed}(first: 1, query: "{name}:x7") {{ nodes {{ __typename }} }} }}',
            data={listed: {"nodes": [{"__typename": kind}]}},
            warnings=[{"path": [listed], "query": f"{name}:x7", **unknown(name, match_all="x7")}],
            source=INFERRED,
        )
        for listed, kind, name in [
            ("customers", "Customer", "created_at"),
            ("orders", "Order", "total_price"),
            ("orders", "Order", "customer_name"),
            ("productVariants", "ProductVariant", "product_title"),
            ("webhookSubscriptions", "WebhookSubscription", "topic"),
        ]
    ),
    Fact(
        "an asterisk alone finds everything",
        '{ productsCount(query: "*") { count } all: productsCount { count } }',
        data={"productsCount": {"count": 12}, "all": {"count": 12}},
        warnings=[],
        source=DOCUMENTED,
    ),
    Fact(
        "a search of variants is not the search of their count",
        '{ productVariantsCount(query: "sku:MUG-BLUE") { count } all: productVariantsCount { count } }',
        warnings=[{"path": ["productVariantsCount"], "query": "sku:MUG-BLUE", **unknown("sku", match_all="MUG-BLUE")}],
        source=SCHEMA,
    ),
]  # fmt: skip

test_facts = each([
    *WORDS, *METAFIELD, *CUSTOMERS, *ORDERED, *TIMES, *REFUSED, *MALFORMED, *PLAIN,
])  # fmt: skip


def test_the_debug_header_shows_how_each_search_was_understood(shopify_sandbox: ShopifySandbox) -> None:
    document = """{ products(first: 1, query: "title:mug AND (vendor:'Atelier' OR sku:MU*) inventory_total:>3") {
        nodes { title } } orders(first: 1) { nodes { name } } }"""
    session, address = shopify_sandbox.session(), f"https://{shopify_sandbox.domain()}/admin/api/2026-10/graphql.json"
    headers = {"X-Shopify-Access-Token": shopify_sandbox.token(), "Shopify-Search-Query-Debug": "1"}
    answer = session.post(address, json={"query": document}, headers=headers).json()
    assert answer["extensions"]["search"] == [
        {
            "path": ["products"],
            "query": "title:mug AND (vendor:'Atelier' OR sku:MU*) inventory_total:>3",
            "parsed": {
                "and": [
                    {"field": "inventory_total", "range_gt": "3"},
                    {"field": "title", "match_all": "mug"},
                    {"or": [{"field": "vendor", "match_phrase": "Atelier"}, {"field": "sku", "match_prefix": "MU"}]},
                ]
            },
        }
    ]


def test_orders_count_is_over_all_orders_not_only_those_that_the_app_may_read(shopify_sandbox: ShopifySandbox) -> None:
    scopes = ["read_customers", "read_orders"]
    query = '{ customers(first: 50, query: "orders_count:>0") { nodes { id } } orders(first: 50) { nodes { id } } }'
    before = shopify_sandbox.graphql(query, token=shopify_sandbox.token(scopes=scopes))["data"]
    shopify_sandbox.sandbox.clock.move(90 * 24 * 3600)
    after = shopify_sandbox.graphql(query, token=shopify_sandbox.token(scopes=scopes))["data"]
    assert before["orders"]["nodes"]
    assert after == {"customers": before["customers"], "orders": {"nodes": []}}
