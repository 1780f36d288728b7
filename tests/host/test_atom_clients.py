"""What ATOM's own TypeScript clients call in its Flask host, and the flat answers that they read."""

from __future__ import annotations

import time

import jwt
import pytest
from atom_flask_host import SECRET, AtomFlask
from copying import copy
from jsonschema import Draft202012Validator

from atom_shopify_plugin.actions.call import Call
from atom_shopify_plugin.hookspecs import READ_ONLY_SCOPE, Principal
from atom_shopify_plugin.host.atom_flask import uninstall
from atom_shopify_plugin.plugin import ShopifyPlugin
from atom_shopify_plugin.sandbox.server import serve

NUMBER, TEXT = {"type": "integer"}, {"type": "string"}


def thing(**members):
    return {"type": "object", "properties": members, "required": list(members)}


def many(**members):
    return {"type": "array", "items": thing(**members), "minItems": 1}


PRODUCT = {
    "id": NUMBER,
    "title": TEXT,
    "vendor": TEXT,
    "product_type": TEXT,
    "status": {"enum": ["active", "archived", "draft"]},
    "variants": many(id=NUMBER, price=TEXT, sku=TEXT, inventory_quantity=NUMBER),
}
ORDER = {
    "id": NUMBER,
    "name": TEXT,
    "email": TEXT,
    "total_price": TEXT,
    "financial_status": {
        "enum": ["pending", "authorized", "partially_paid", "paid", "partially_refunded", "refunded", "voided"]
    },
    "fulfillment_status": {"enum": ["fulfilled", "unfulfilled", "partial", None]},
    "line_items": many(id=NUMBER, name=TEXT, sku=TEXT, quantity=NUMBER, price=TEXT),
}
CUSTOMER = {"id": NUMBER, "email": TEXT, "first_name": TEXT, "last_name": TEXT, "total_spent": TEXT}


def shaped(value, **members):
    Draft202012Validator(thing(**members)).validate(value)


@pytest.fixture
def atom(environ, sandbox, store):
    atom = AtomFlask()
    with serve(sandbox) as server:
        settings = {**environ, "ATOM_SHOPIFY_ENDPOINT": server.url}
        adapter = atom.install(settings, [("shopify", ShopifyPlugin())], principal=Principal("ada"), trust_user_id=True)
        assert adapter.refused is None
        yield atom
        uninstall(atom.app)


@pytest.fixture
def get(atom):
    """Ask as the older clients do: with a `user_id`, and without a token."""
    return lambda path, who="ada": atom.app.test_client().get(path, query_string={"user_id": who})


@pytest.fixture
def post(atom):
    def post_(path, who="ada", **body):
        return atom.app.test_client().post(path, json={"user_id": who, **body})

    return post_


def test_the_skills_read_products_and_orders(get):
    products = get("/api/shopify/products").json
    assert products["ok"] is True
    shaped(products["data"], products=many(**PRODUCT))
    (mug,) = [one for one in products["data"]["products"] if one["handle"] == "mug"]
    assert mug["admin_graphql_api_id"] == f"gid://shopify/Product/{mug['id']}"
    orders = get("/api/shopify/orders").json["data"]
    order = get(f"/api/shopify/orders/{orders['items'][0]['legacy_id']}").json["data"]
    shaped(order, **ORDER)
    assert order["name"] == orders["items"][0]["name"]


def test_with_a_token_and_without_a_user_id_answers_are_as_anywhere(atom):
    token = jwt.encode({"user_id": "ada", "exp": time.time() + 60}, SECRET, "HS256")
    client = atom.app.test_client()
    answer = client.get("/api/shopify/products", headers={"Authorization": f"Bearer {token}"}).json
    assert answer["data"]["items"][0]["id"].startswith("gid://")


def test_the_page_lists_and_filters(post):
    empty = {"status": "", "product_type": "", "vendor": "", "created_at_min": "", "created_at_max": "", "limit": 50}
    every = post("/api/integrations/shopify/products", **empty).json["data"]
    shaped(every, products=many(**PRODUCT))
    active = post("/api/integrations/shopify/products", status="active", limit=None).json["data"]["products"]
    assert {one["status"] for one in active} == {"active"}
    shaped(
        post("/api/integrations/shopify/orders", status="any", fulfillment_status="", limit=5).json["data"],
        orders=many(**ORDER),
    )
    customers = post("/api/integrations/shopify/customers", email="", limit=5).json["data"]
    shaped(customers, customers=many(**CUSTOMER))
    assert post("/api/integrations/shopify/orders", status="odd").json["error"]["code"] == "VALIDATION_ERROR"


@pytest.mark.parametrize("kind", ["all", "products", "orders", "customers"])
def test_the_page_searches(post, kind):
    found = post("/api/integrations/shopify/search", query="", type=kind, limit=3).json["data"]
    assert found["total_count"] == len(found["results"])
    kinds = {one["type"] for one in found["results"]}
    assert kinds == ({"product", "order", "customer"} if kind == "all" else {kind.removesuffix("s")})
    assert all(one["created"] and isinstance(one["id"], int) for one in found["results"])


def test_the_page_shows_the_profile_and_the_health(get, post):
    data = post("/api/integrations/shopify/user/profile").json["data"]
    shaped(data["shop"], name=TEXT, domain=TEXT, currency=TEXT, timezone=TEXT, email=TEXT, created_at=TEXT)
    assert data["user"]["id"] == "ada"
    assert get("/api/integrations/shopify/health").json["status"] == "healthy"


def test_what_the_page_makes_is_made_from_what_may_be_set(post, get):
    made = post(
        "/api/integrations/shopify/products",
        operation="create",
        data={
            "title": "Kite",
            "body_html": "<p>Red</p>",
            "status": "draft",
            "tags": "toy, red",
            "created_at": "2020-01-01",
            "admin_graphql_api_id": "",
            "variants": [{"price": "9.50", "sku": "KITE", "product_id": 1, "inventory_quantity": None}],
        },
    ).json["data"]
    shaped(made, product=thing(**PRODUCT), shop=thing(domain=TEXT))
    product = made["product"]
    assert (product["title"], product["status"], product["variants"][0]["price"]) == ("Kite", "draft", "9.50")
    assert sorted(product["tags"].split(", ")) == ["red", "toy"]
    assert made["shop"]["domain"] == "demo"
    assert not product["created_at"].startswith("2020")
    order = post(
        "/api/integrations/shopify/orders",
        operation="create",
        data={"email": "ada@example.com", "line_items": [{"title": "Wax", "price": "3.00", "quantity": None, "id": 1}]},
    ).json["data"]["order"]
    shaped(order, name=TEXT, line_items=many(name=TEXT, quantity=NUMBER))
    customer = post(
        "/api/integrations/shopify/customers",
        operation="create",
        data={"email": "kite@example.com", "first_name": "Kit", "last_name": "Flyer", "orders_count": 9},
    ).json["data"]["customer"]
    assert (customer["email"], customer["orders_count"]) == ("kite@example.com", 0)


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("products", None),
        ("products", {}),
        ("products", {"title": "x", "variants": [{}, {}]}),
        ("products", {"title": "x", "variants": "y"}),
        ("orders", {"line_items": 7}),
        ("orders", {"line_items": [1]}),
        ("customers", []),
    ],
)
def test_what_makes_no_sense_is_a_clear_400(post, path, data):
    answer = post(f"/api/integrations/shopify/{path}", operation="create", data=data)
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "VALIDATION_ERROR")


def test_stock_is_set(get, post, runtime):
    products = get("/api/shopify/products").json["data"]["products"]
    (mug,) = [one for one in products if one["handle"] == "mug"]
    answer = post("/api/shopify/update-inventory", variant_id=mug["variants"][0]["id"], new_quantity=17).json
    level = answer["data"]["inventory_level"]
    assert level == {"inventory_item_id": str(mug["variants"][0]["inventory_item_id"]), "available": 17}
    item = runtime.actions.run(Call(Principal("ada"), "inventory_level_get", {"sku": mug["variants"][0]["sku"]})).data
    assert 17 in [level["available"] for level in item["levels"]], item["levels"]
    assert post("/api/shopify/update-inventory", variant_id=mug["variants"][0]["id"]).status_code == 400


def test_what_sold_best_is_told_under_both_names(runtime, store, get):
    copy(runtime, store)
    answer = get("/api/shopify/top-selling-products").json
    assert answer["ok"] is True
    rows = answer["data"]["products"]
    assert rows == sorted(rows, key=lambda row: -row["count"])
    for row in rows:
        shaped(row, product_id=NUMBER, variant_id=NUMBER, title=TEXT, variant_title=TEXT, quantity_sold=NUMBER)
        assert row["count"] == row["quantity_sold"]


def test_a_connection_begins_and_ends(atom, get, post):
    assert get("/api/shopify/connection-status").json["data"] == {
        "isConnected": True,
        "shopUrl": "https://demo.myshopify.com",
    }
    assert post("/api/shopify/disconnect").json["data"] is None
    assert get("/api/shopify/connection-status").json["data"] == {"isConnected": False}
    answer = get("/api/integrations/shopify/health")
    assert isinstance(answer.json["error"], str)
    assert post("/api/services/shopify/disconnect").status_code == 401
    answer = atom.app.test_client().get("/api/shopify/auth?shop_name=demo&user_id=ada")
    assert "shop=demo.myshopify.com" in answer.json["data"]["auth_url"]


def test_the_settings_lead_a_browser_to_shopify(atom):
    client = atom.app.test_client()
    page = {"Accept": "text/html"}
    answer = client.get("/api/shopify/auth?user_id=ada&shop_name=demo", headers=page)
    assert answer.status_code == 302
    assert client.get(answer.location, headers=page).location.split("?")[0].endswith("/admin/oauth/authorize")
    assert client.get("/api/shopify/auth?user_id=ada&shop_name=evil.example.com", headers=page).status_code == 400


@pytest.mark.parametrize("who", ["mallory", "", "ADA"])
def test_a_user_id_of_somebody_else_lets_nobody_in(get, post, who):
    assert get("/api/shopify/products", who).status_code == 401
    assert post("/api/integrations/shopify/products", who).status_code == 401


def test_a_user_id_is_not_trusted_unless_the_operator_says_so(environ):
    atom = AtomFlask()
    atom.install(environ, [("shopify", ShopifyPlugin())], principal=Principal("ada"))
    for path in ("/api/shopify/products?user_id=ada", "/api/shopify/connection-status?user_id=ada"):
        assert atom.app.test_client().get(path).status_code == 401
    uninstall(atom.app)


def test_who_may_change_nothing_does_not_disconnect(environ, store):
    atom = AtomFlask()
    looker = Principal("ada", scopes=frozenset({READ_ONLY_SCOPE}))
    atom.install(environ, [("shopify", ShopifyPlugin())], principal=looker, trust_user_id=True)
    client = atom.app.test_client()
    for path in ("/api/shopify/disconnect", "/api/services/shopify/disconnect?user_id=ada"):
        assert client.post(path, json={"user_id": "ada"} if "?" not in path else {}).status_code == 403
    answer = client.post(
        "/api/integrations/shopify/products", json={"user_id": "ada", "operation": "create", "data": {"title": "x"}}
    )
    assert answer.status_code == 403
    uninstall(atom.app)
