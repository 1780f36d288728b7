"""Orders, products, customers and stock that are longer than a page of Shopify's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from atom_shopify_plugin.errors import InvalidInput, PluginError

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox

Run = Callable[..., Any]
SCOPES = frozenset({"write_products", "write_orders", "write_customers", "write_inventory", "read_locations"})


@pytest.fixture
def elsewhere(sandbox: Sandbox) -> Callable[..., Any]:
    """Run a mutation as another program of the store, and return its payload."""
    from atom_shopify_plugin.sandbox.engine import GraphQLEngine

    def mutate(text: str, **variables: Any) -> Any:
        answer = GraphQLEngine().execute(
            sandbox.store("demo.myshopify.com"), text, variables, scopes=SCOPES, now=datetime.now(UTC)
        )
        assert "errors" not in answer, answer["errors"]
        (payload,) = answer["data"].values()
        assert payload["userErrors"] == []
        return payload

    return mutate


@pytest.fixture
def locations(sandbox: Sandbox) -> Callable[[int], list[str]]:
    """Open further locations in the demo store."""

    def open_locations(count: int) -> list[str]:
        state = sandbox.store("demo.myshopify.com")
        first = next(iter(state.all("Location").values()))
        return [
            state.put({**first, "id": state.new_id("Location"), "name": f"Kiosk {n}", "isPrimary": False})["id"]
            for n in range(count)
        ]

    return open_locations


ORDER = """mutation M($order: OrderCreateOrderInput!) {
  orderCreate(order: $order) { order { id } userErrors { message } }
}"""
PRODUCT = """mutation M($product: ProductCreateInput!) {
  productCreate(product: $product) { product { id } userErrors { message } }
}"""
VARIANTS = """mutation M($id: ID!, $variants: [ProductVariantsBulkInput!]!) {
  productVariantsBulkCreate(productId: $id, variants: $variants) { userErrors { message } }
}"""
ADDRESS = """mutation M($id: ID!, $address: MailingAddressInput!) {
  customerAddressCreate(customerId: $id, address: $address) { userErrors { message } }
}"""


@pytest.fixture
def long_order(sandbox: Sandbox, elsewhere: Callable[..., Any]) -> Callable[[int], str]:
    """Make an order with many lines, Line 0 and so on, and return its id."""

    def make(count: int) -> str:
        price = {"shopMoney": {"amount": "1.00", "currencyCode": "EUR"}}
        gid = elsewhere(ORDER, order={"lineItems": [{"title": "Line 0", "quantity": 1, "priceSet": price}]})["order"][
            "id"
        ]
        # An input holds 250 lines; a checkout knows no such limit.
        state = sandbox.store("demo.myshopify.com")
        order = state.all("Order")[gid]
        first = state.all("LineItem")[order["lineItems"][0]]
        for n in range(1, count):
            line = state.put({**first, "id": state.new_id("LineItem"), "title": f"Line {n}"})
            order["lineItems"].append(line["id"])
        return str(gid)

    return make


def long_product(elsewhere: Callable[..., Any], count: int) -> str:
    """Make a product with `count` variants besides its first, the SKUs of which are PAINT-1 and so on."""
    options = [{"name": "Tone", "values": [{"name": "0"}]}]
    product = elsewhere(PRODUCT, product={"title": "Paint", "productOptions": options})["product"]["id"]
    variants = [
        {"optionValues": [{"optionName": "Tone", "name": str(n)}], "inventoryItem": {"sku": f"PAINT-{n}"}}
        for n in range(1, count + 1)
    ]
    elsewhere(VARIANTS, id=product, variants=variants)
    return str(product)


def stocked(elsewhere: Callable[..., Any], places: list[str]) -> None:
    """Make a variant with the SKU EVERYWHERE that has one piece at each of some places."""
    product = elsewhere(PRODUCT, product={"title": "Everywhere"})["product"]["id"]
    variant = {
        "optionValues": [{"optionName": "Title", "name": "One"}],
        "inventoryItem": {"sku": "EVERYWHERE", "tracked": True},
        "inventoryQuantities": [{"locationId": place, "availableQuantity": 1} for place in places],
    }
    elsewhere(VARIANTS, id=product, variants=[variant])


def check(runtime: Runtime, key: str, data: Any) -> None:
    """Require that an answer is what its action declares."""
    errors = Draft202012Validator(runtime.catalog.actions[key].output).iter_errors(data)
    assert [f"{error.json_path}: {error.message}" for error in errors] == []


def titles(order: Any) -> list[str]:
    return [line["title"] for line in order["line_items"]["nodes"]]


@pytest.mark.parametrize("by", ["id", "name"])
def test_all_lines_of_one_order_are_read(run: Run, runtime: Runtime, long_order: Callable[[int], str], by: str) -> None:
    order = run("order_get", id=long_order(620))
    found = run("order_get", **{by: order[by]})
    check(runtime, "order_get", found)
    assert titles(found) == [f"Line {n}" for n in range(620)]
    assert found["line_items"]["truncated"] is False


def test_a_list_of_orders_says_where_lines_are_left_out_and_how_to_read_them(
    run: Run, runtime: Runtime, long_order: Callable[[int], str]
) -> None:
    order_id = long_order(120)
    page = run("order_search", limit=5)
    check(runtime, "order_search", page)
    long, *others = page["items"]
    assert long["id"] == order_id
    assert long["line_items"]["truncated"] is True
    assert titles(long) == [f"Line {n}" for n in range(25)]
    assert [order["line_items"].keys() for order in others] == [{"nodes", "truncated"}] * 4
    more = long["line_items"]["more"]
    assert more == {"action": "order_get", "input": {"id": order_id}}
    assert len(titles(run(more["action"], **more["input"]))) == 120


def test_a_list_costs_no_more_calls_however_long_its_nested_lists_are(
    run: Run, sandbox: Sandbox, long_order: Callable[[int], str]
) -> None:
    for _ in range(3):
        long_order(120)
    before = len(sandbox.calls())
    run("order_search", limit=250)
    assert len(sandbox.calls()) == before + 1


def test_a_write_answers_by_itself_and_marks_what_is_left_out(
    run: Run, outcome: Callable[..., Any], runtime: Runtime, long_order: Callable[[int], str]
) -> None:
    order_id = long_order(300)
    answer = outcome("order_update", id=order_id, note="Long")
    check(runtime, "order_update", answer.data)
    assert (len(titles(answer.data)), answer.data["line_items"]["truncated"]) == (250, True)
    assert answer.data["line_items"]["more"] == {"action": "order_get", "input": {"id": order_id}}
    assert answer.meta["verified"] is True


@pytest.mark.parametrize("by", ["id", "handle"])
def test_all_variants_of_one_product_are_read(
    run: Run, runtime: Runtime, elsewhere: Callable[..., Any], by: str
) -> None:
    product = run("product_get", id=long_product(elsewhere, 300))
    found = run("product_get", **{by: product[by]})
    check(runtime, "product_get", found)
    assert {f"PAINT-{n}" for n in range(1, 301)} <= {variant["sku"] for variant in found["variants"]["nodes"]}
    assert found["variants"]["truncated"] is False
    assert len(found["variants"]["nodes"]) == found["variants_count"]["count"]


def test_a_list_of_products_says_how_many_variants_there_are(
    run: Run, runtime: Runtime, elsewhere: Callable[..., Any]
) -> None:
    product_id = long_product(elsewhere, 300)
    page = run("product_search", query="Paint")
    check(runtime, "product_search", page)
    (found,) = (product for product in page["items"] if product["id"] == product_id)
    assert len(found["variants"]["nodes"]) == 25
    assert found["variants"]["count"] == found["variants_count"]["count"] >= 300
    assert found["variants"]["more"] == {"action": "product_get", "input": {"id": product_id}}


@pytest.mark.parametrize("by", ["id", "email"])
def test_all_addresses_of_one_customer_are_read(
    run: Run, runtime: Runtime, elsewhere: Callable[..., Any], by: str
) -> None:
    ada = run("customer_get", email="ada@example.com")
    for n in range(60):
        elsewhere(ADDRESS, id=ada["id"], address={"address1": f"{n} St James's Square", "city": "London"})
    given = {"id": ada["id"]} if by == "id" else {"email": "ada@example.com"}
    found = run("customer_get", **given)
    check(runtime, "customer_get", found)
    assert found["addresses"]["truncated"] is False
    assert len(found["addresses"]["nodes"]) == len(ada["addresses"]["nodes"]) + 60
    (listed,) = run("customer_search", email="ada@example.com")["items"]
    assert (len(listed["addresses"]["nodes"]), listed["addresses"]["truncated"]) == (10, True)
    assert listed["addresses"]["more"] == {"action": "customer_get", "input": {"id": ada["id"]}}


def test_stock_is_read_and_written_at_every_location(
    run: Run, runtime: Runtime, elsewhere: Callable[..., Any], locations: Callable[[int], list[str]]
) -> None:
    places = locations(130)
    stocked(elsewhere, places)
    item = run("inventory_level_get", sku="EVERYWHERE")
    check(runtime, "inventory_level_get", item)
    assert item["levels_truncated"] is False
    assert {level["location"]["id"] for level in item["levels"]} >= set(places)
    assert run("inventory_level_get", variant_id=item["variant"]["id"]) == item
    (last,) = run("inventory_level_get", sku="EVERYWHERE", location_id=places[-1])["levels"]
    assert last["available"] == 1
    written = run("inventory_adjust", sku="EVERYWHERE", location_id=places[-1], delta=4)
    check(runtime, "inventory_adjust", written)
    assert (len(written["levels"]), written["levels_truncated"]) == (len(item["levels"]), False)
    assert (written["change"]["location_id"], written["change"]["delta"]) == (places[-1], 4)
    after = run("inventory_level_get", sku="EVERYWHERE")
    assert {level["location"]["id"]: level["available"] for level in after["levels"]}[places[-1]] == 5


def test_the_primary_location_counts_wherever_it_is_in_the_list(
    run: Run, sandbox: Sandbox, elsewhere: Callable[..., Any], locations: Callable[[int], list[str]]
) -> None:
    places = locations(130)
    stocked(elsewhere, places)
    state = sandbox.store("demo.myshopify.com")
    for gid, location in state.all("Location").items():
        location["isPrimary"] = gid == places[-1]
    run("inventory_adjust", sku="EVERYWHERE", delta=2)
    after = run("inventory_level_get", sku="EVERYWHERE")
    assert {level["location"]["id"]: level["available"] for level in after["levels"]}[places[-1]] == 3


def test_an_item_at_many_locations_wants_one_named(
    run: Run, sandbox: Sandbox, elsewhere: Callable[..., Any], locations: Callable[[int], list[str]]
) -> None:
    places = locations(130)
    stocked(elsewhere, places)
    for location in sandbox.store("demo.myshopify.com").all("Location").values():
        location["isPrimary"] = False
    with pytest.raises(InvalidInput) as refusal:
        run("inventory_adjust", sku="EVERYWHERE", delta=2)
    assert set(refusal.value.details["locations"]) >= set(places)


def test_a_list_that_is_longer_than_any_answer_may_be_is_marked(
    run: Run, runtime: Runtime, long_order: Callable[[int], str]
) -> None:
    order_id = long_order(5600)
    found = run("order_get", id=order_id)
    check(runtime, "order_get", found)
    assert found["line_items"].keys() == {"nodes", "truncated"}
    assert found["line_items"]["truncated"] is True
    assert len(titles(found)) == len(set(titles(found))) == 250 * 21


def test_a_page_that_can_not_be_read_leaves_no_half_answer(
    run: Run, sandbox: Sandbox, long_order: Callable[[int], str]
) -> None:
    order_id = long_order(300)
    sandbox.faults.add({"kind": "status", "status": 402, "times": None, "match": {"subject": "OrderGetLineItemsMore"}})
    with pytest.raises(PluginError):
        run("order_get", id=order_id)
    sandbox.faults.clear()
    assert len(titles(run("order_get", id=order_id))) == 300
