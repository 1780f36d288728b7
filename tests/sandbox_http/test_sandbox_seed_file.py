"""Seed files: what is in the stores, as the Admin API's own inputs, and the place of what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from atom_shopify_plugin.sandbox import seed_file
from atom_shopify_plugin.sandbox.core import Sandbox

SHOP = "my-test.myshopify.com"
STORE: dict[str, Any] = {
    "shop": {"name": "My test", "currency": "USD", "country": "US", "timezone": "America/New_York"},
    "plan": "plus",
    "locations": [{"name": "Berlin"}, {"name": "Paris", "address": {"city": "Paris", "countryCode": "FR"}}],
    "products": [
        {
            "title": "Cup",
            "at": "2026-10-01T00:00:00Z",
            "variants": [
                {
                    "price": "12.00",
                    "inventoryItem": {"sku": "CUP", "tracked": True},
                    "inventoryQuantities": [
                        {"locationId": {"$find": "Location", "name": "Berlin"}, "availableQuantity": 5}
                    ],
                }
            ],
        },
        {
            "title": "Shirt",
            "productOptions": [{"name": "Size", "values": [{"name": "S"}]}],
            "variants": [{"optionValues": [{"optionName": "Size", "name": size}]} for size in ("S", "M")],
        },
    ],
    "collections": [{"title": "All", "products": [{"$find": "Product", "title": "Cup"}]}],
    "customers": [{"email": "ada@example.com", "tags": ["vip"]}],
    "segments": [{"name": "Buyers", "query": "number_of_orders > 0"}],
    "metaobjectDefinitions": [
        {"type": "author", "fieldDefinitions": [{"key": "name", "type": "single_line_text_field"}]}
    ],
    "metaobjects": [{"type": "author", "fields": [{"key": "name", "value": "Ada"}]}],
    "orders": [
        {
            "at": "2026-11-01T12:00:00Z",
            "email": "ada@example.com",
            "lineItems": [{"variantId": {"$find": "ProductVariant", "sku": "CUP"}, "quantity": 1}],
        }
    ],
    "webhookSubscriptions": [{"topic": "ORDERS_CREATE", "webhookSubscription": {"uri": "https://example.com/hook"}}],
}


def nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"a": value}
    return value


def changed(path: list[Any], value: Any) -> dict[str, Any]:
    """The seed with one member set to another value."""
    seed: dict[str, Any] = json.loads(json.dumps({"stores": {SHOP: STORE}}))
    place: Any = seed["stores"][SHOP]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return seed


def test_a_store_holds_what_its_seed_says(tmp_path: Path) -> None:
    file = tmp_path / "seed.json"
    file.write_text(json.dumps({"stores": {SHOP: STORE, "other.myshopify.com": {"base": "small"}}}))
    sandbox = Sandbox(seed=seed_file.read(file))
    assert {domain: account.plan for domain, account in sandbox.accounts.items()} == {
        SHOP: "plus",
        "other.myshopify.com": "standard",
    }
    scopes = frozenset({"write_products", "write_orders", "write_customers", "read_locations", "read_inventory"})
    answer = sandbox.engine.execute(
        sandbox.store(SHOP),
        """{ shop { name currencyCode ianaTimezone } locations(first: 5) { nodes { name isPrimary } }
        products(first: 5) { nodes { title createdAt totalInventory variants(first: 5) { nodes { title sku } } } }
        orders(first: 5) { nodes { name createdAt totalPriceSet { shopMoney { amount } } } }
        collections(first: 5) { nodes { productsCount { count } } } customers(first: 5) { nodes { tags } } }""",
        scopes=scopes,
        now=sandbox.clock.now(),
    )
    data = answer["data"]
    assert data["shop"] == {"name": "My test", "currencyCode": "USD", "ianaTimezone": "America/New_York"}
    assert [(one["name"], one["isPrimary"]) for one in data["locations"]["nodes"]] == [
        ("Berlin", True),
        ("Paris", False),
    ]
    cup, shirt = data["products"]["nodes"]
    assert (cup["createdAt"], cup["totalInventory"]) == ("2026-10-01T00:00:00Z", 5)
    assert cup["variants"]["nodes"] == [{"title": "Default Title", "sku": "CUP"}]
    assert [one["title"] for one in shirt["variants"]["nodes"]] == ["S", "M"]
    assert data["orders"]["nodes"] == [
        {"name": "#1001", "createdAt": "2026-11-01T12:00:00Z", "totalPriceSet": {"shopMoney": {"amount": "12.0"}}}
    ]
    assert (data["collections"]["nodes"], data["customers"]["nodes"]) == (
        [{"productsCount": {"count": 1}}],
        [{"tags": ["vip"]}],
    )
    assert sandbox.store(SHOP).journal == []
    assert len(sandbox.store("other.myshopify.com").all("Order")) == 30


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["prodcts"], [], f"stores.{SHOP}: has no member 'prodcts'; there are articles, "),
        (["base"], "huge", f"stores.{SHOP}.base: must be one of none, small, full, economy."),
        (["plan"], "gold", f"stores.{SHOP}.plan: must be one of standard, "),
        (["shop", "timezone"], "Mars/Olympus", f"stores.{SHOP}.shop.timezone: 'Mars/Olympus' is no time zone."),
        (["products"], {}, f"stores.{SHOP}.products: must be a list."),
        (["products", 1], "Cup", f"stores.{SHOP}.products[1]: must be an object."),
        (["products", 1, "title"], " ", f"stores.{SHOP}.products[1].title: Title can't be blank."),
        (
            ["products", 1, "titel"],
            "x",
            f"stores.{SHOP}.products[1].titel: Field is not defined on ProductCreateInput.",
        ),
        (
            ["products", 1, "variants", 1, "price"],
            "cheap",
            f"stores.{SHOP}.products[1].variants[1].price: invalid money 'cheap'.",
        ),
        (["products", 0, "at"], "yesterday", f"stores.{SHOP}.products[0].at: must be a time with an offset, "),
        (["customers", 0, "email"], "ada", f"stores.{SHOP}.customers[0].email: Email is invalid."),
        (["segments", 0, "quory"], "x", f"stores.{SHOP}.segments[0]: segmentCreate has no quory."),
        (
            ["orders", 0, "lineItems", 0, "variantId"],
            {"$find": "ProductVariant", "sku": "NONE"},
            f'stores.{SHOP}.orders[0].lineItems[0].variantId: no ProductVariant has {{"sku": "NONE"}}.',
        ),
        (["locations", 1, "name"], None, f"stores.{SHOP}.locations[1].name: must be a text."),
        (
            ["webhookSubscriptions", 0, "webhookSubscription", "uri"],
            "",
            f"stores.{SHOP}.webhookSubscriptions[0].webhookSubscription.callbackUrl: Address can't be blank.",
        ),
        (["base"], ["small"], f"stores.{SHOP}.base: must be one of none, small, full, economy."),
        (["plan"], {}, f"stores.{SHOP}.plan: must be one of standard, "),
        (["shop", "name"], 5, f"stores.{SHOP}.shop.name: must be a text."),
        (["shop", "timezone"], None, f"stores.{SHOP}.shop.timezone: must be a text."),
        (["shop", "currency"], "QQQ", f"stores.{SHOP}.shop.currency: 'QQQ' is not in Shopify's CurrencyCode."),
        (["shop", "country"], "Nowhere", f"stores.{SHOP}.shop.country: 'Nowhere' is not in Shopify's CountryCode."),
        (["locations", 1, "address"], {"city": ["Rome"]}, f"stores.{SHOP}.locations[1].address.city: must be a text."),
        (["locations", 1, "address"], {"town": "Rome"}, f"stores.{SHOP}.locations[1].address: has no member 'town'"),
        (["products", 0, "variants"], [5], f"stores.{SHOP}.products[0].variants[0]: must be an object."),
        (["products", 0, "variants"], "abc", f"stores.{SHOP}.products[0].variants: must be a list."),
        (["products", 0, "at"], "0001-01-01T00:00:00+14:00", f"stores.{SHOP}.products[0].at: must be a time with "),
        (["products", 0, "title"], "\ud800", f"stores.{SHOP}.products[0].title: holds half of a character."),
        (["products", 1], nested(900), f"stores.{SHOP}.products[1].a.a.a"),
        (["segments", 0], {}, f"stores.{SHOP}.segments[0]: Field 'segmentCreate' is missing required arguments: "),
    ],
)
def test_an_error_names_its_place(path: list[Any], value: Any, message: str) -> None:
    with pytest.raises(seed_file.SeedError) as caught:
        Sandbox(seed=changed(path, value))
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    "seed", [[], {}, {"stores": []}, {"stores": {}}, {"stores": {"demo": {}}}, {"shops": {}}, None, 7]
)
def test_what_is_no_seed_is_refused(seed: Any) -> None:
    with pytest.raises(seed_file.SeedError):
        seed_file.stores_of(seed)


def test_a_file_that_is_not_there_or_no_json_is_named(tmp_path: Path) -> None:
    with pytest.raises(seed_file.SeedError, match="can't be read: No such file"):
        seed_file.read(tmp_path / "none.json")
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(seed_file.SeedError, match=r"bad\.json is no JSON"):
        seed_file.read(tmp_path / "bad.json")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[" * 100_000 + "]" * 100_000, "nested too deeply"),
        (f'{{"stores": {{"{SHOP}": {{"base": "small"}}, "{SHOP}": {{"base": "none"}}}}}}', "holds a member twice"),
        (f'{{"stores": {"9" * 5000}}}', "is no JSON"),
    ],
)
def test_a_file_that_can_not_be_taken_literally_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "odd.json").write_text(text)
    with pytest.raises(seed_file.SeedError, match=complaint):
        seed_file.read(tmp_path / "odd.json")


def test_empty_stores_have_a_shop_and_a_location_and_can_be_filled(shop, session) -> None:
    sandbox = Sandbox(size="none")
    store = sandbox.store("demo.myshopify.com")
    counts = {kind: len(nodes) for kind, nodes in store.nodes.items() if nodes}
    channels = {"Publication": 3, "Channel": 3, "AppCatalog": 3}
    market = {"Market": 1, "MarketRegionCountry": 1}
    assert counts == {"Shop": 1, "Location": 1, "SavedSearch": 9, **market, **channels}
    made = 'mutation { productCreate(product: {title: "Cup"}) { product { id } } }'
    scopes = frozenset({"write_products"})
    assert "errors" not in sandbox.engine.execute(store, made, scopes=scopes, now=sandbox.clock.now())
