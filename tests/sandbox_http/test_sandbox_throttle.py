"""The bucket of points, and what an app hears about it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from atom_shopify_plugin.sandbox.bucket import Bucket
from atom_shopify_plugin.sandbox.clock import Clock

WIDE = "{ products(first: 250) { nodes { id title variants(first: 100) { nodes { id } } } } }"  # 2 + 11 * (1 + 11)
WIDE_COST = 134


def cost_of(reply) -> dict:
    return reply.json()["extensions"]["cost"]


@pytest.fixture
def token(shop) -> str:
    token: str = shop.connect()["access_token"]
    return token


def test_each_answer_tells_its_cost_and_the_unused_part_is_given_back(shop, token):
    answer = shop.graphql(token, "{ products(first: 250) { nodes { id } } }")
    rows = len(answer.json()["data"]["products"]["nodes"])
    assert rows == 12
    assert cost_of(answer) == {
        "requestedQueryCost": 13,
        "actualQueryCost": 3,
        "throttleStatus": {"maximumAvailable": 2000, "currentlyAvailable": 1997, "restoreRate": 100},
    }


def test_an_empty_bucket_answers_throttled_with_status_200_and_no_data(shop, token):
    shop.control("POST", "stores/demo/bucket", json={"available": 48})
    answer = shop.graphql(token, WIDE)
    assert answer.status_code == 200
    assert answer.json() == {
        "errors": [
            {
                "message": "Throttled",
                "extensions": {"code": "THROTTLED", "documentation": "https://shopify.dev/api/usage/rate-limits"},
            }
        ],
        "extensions": {
            "cost": {
                "requestedQueryCost": WIDE_COST,
                "actualQueryCost": None,
                "throttleStatus": {"maximumAvailable": 2000, "currentlyAvailable": 48, "restoreRate": 100},
            }
        },
    }


def test_waiting_as_long_as_the_answer_says_is_enough_and_not_too_much(shop, token, clock):
    shop.control("POST", "stores/demo/bucket", json={"available": 0})
    cost = cost_of(shop.graphql(token, WIDE))
    status = cost["throttleStatus"]
    wait = (cost["requestedQueryCost"] - status["currentlyAvailable"]) / status["restoreRate"]
    clock.move(wait - 0.02)
    assert "data" not in shop.graphql(token, WIDE).json()
    clock.move(0.02)
    assert "data" in shop.graphql(token, WIDE).json()


def test_a_throttled_call_takes_nothing_and_runs_nothing(shop, token, sandbox):
    shop.control("POST", "stores/demo/bucket", json={"available": 9})
    mutation = 'mutation { productCreate(product: {title: "Cup"}) { product { id } userErrors { message } } }'
    for _ in range(3):
        assert cost_of(shop.graphql(token, mutation))["throttleStatus"]["currentlyAvailable"] == 9
    assert sandbox.store("demo.myshopify.com").journal == []


def test_more_than_a_thousand_points_are_refused_for_good(shop, token):
    deep = "variants(first: 250) { nodes { product { variants(first: 250) { nodes { id } } } } }"
    answer = shop.graphql(token, f"{{ products(first: 250) {{ nodes {{ {deep} }} }} }}")
    error = answer.json()["errors"][0]
    assert answer.status_code == 200
    assert "data" not in answer.json()
    assert error["extensions"]["code"] == "MAX_COST_EXCEEDED"
    assert error["extensions"]["maxCost"] == 1000
    assert error["message"].startswith(
        f"Query cost is {error['extensions']['cost']}, which exceeds the single query max"
    )


def test_a_document_that_is_refused_costs_nothing(shop, token):
    assert "extensions" not in shop.graphql(token, "{ nothingLikeThis }").json()
    assert shop.control("GET", "")["stores"][0]["bucket"]["currentlyAvailable"] == 2000


@pytest.mark.parametrize(("plan", "rate"), [("standard", 100), ("advanced", 200), ("Plus", 1000), ("enterprise", 2000)])
def test_the_plan_sets_rate_and_size(shop, token, plan, rate):
    shop.control("POST", "stores/demo/plan", json={"plan": plan})
    status = cost_of(shop.graphql(token, "{ shop { name } }"))["throttleStatus"]
    assert status == {"maximumAvailable": 20 * rate, "currentlyAvailable": 20 * rate - 1, "restoreRate": rate}


def test_two_apps_on_one_store_have_a_bucket_each(shop, token, sandbox):
    shop.control("POST", "stores/demo/bucket", json={"available": 0})
    own = sandbox.issue_admin_token("demo.myshopify.com", ["read_products"])
    assert "data" not in shop.graphql(token, "{ shop { name } }").json()
    assert "data" in shop.graphql(own, "{ shop { name } }").json()


def test_the_debug_header_adds_the_cost_of_each_field(shop, token):
    answer = shop.graphql(token, "{ shop { name } }", headers={"Shopify-GraphQL-Cost-Debug": "1"})
    row = {"path": ["shop"], "definedCost": 1, "requestedTotalCost": 1, "requestedChildrenCost": 0}
    assert row in cost_of(answer)["fields"]
    assert "fields" not in cost_of(shop.graphql(token, "{ shop { name } }"))


def test_a_clock_set_back_neither_fills_nor_empties_the_bucket():
    clock = Clock(lambda: 1000.0)
    bucket = Bucket(100, clock)
    bucket.take(500)
    clock.move(-3600)
    assert bucket.available() == 1500
    clock.move(2)
    assert bucket.available() == 1700


def test_threads_never_take_more_than_is_there(wired, sandbox):
    token = sandbox.issue_admin_token("demo.myshopify.com")
    sandbox.account("demo.myshopify.com").bucket("merchants-own-app").fill(200)
    mutation = 'mutation { productCreate(product: {title: "Cup"}) { product { id } userErrors { message } } }'
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: wired.graphql(token, mutation).json(), range(40)))
    assert sum("data" in answer for answer in answers) == 20
    assert len(sandbox.store("demo.myshopify.com").journal) == 20
