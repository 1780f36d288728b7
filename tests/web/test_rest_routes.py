"""The routes that come from the Catalog: inputs, options, pages, creates."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from webhost import Caller, data_of, error_of

from atom_shopify_plugin.catalog.loading import packaged
from atom_shopify_plugin.catalog.model import Action
from atom_shopify_plugin.errors import InvalidInput
from atom_shopify_plugin.web.coerce import inputs_from_query
from atom_shopify_plugin.web.state import parse_query

if TYPE_CHECKING:
    from atom_shopify_plugin.sandbox.core import Sandbox

PRODUCTS = "/api/shopify/products"


def first_product(person: Caller) -> dict[str, Any]:
    found: dict[str, Any] = data_of(person.get(f"{PRODUCTS}?limit=1"))["items"][0]
    return found


def pointers(error: dict[str, Any]) -> list[str]:
    return [fault["pointer"] for fault in error["details"]["faults"]]


def writes(sandbox: Sandbox) -> int:
    return len(sandbox.store("demo.myshopify.com").journal)


def test_the_request_of_a_write_stands_in_the_audit_log(ada: Caller, caller: Callable[[str], Caller]) -> None:
    made = ada.post(PRODUCTS, {"title": "Cup"}, headers={"X-Request-Id": "request-0001"})
    caller("service").post(f"{PRODUCTS}?user_id=ada", {"title": "Bowl"}, headers={"X-Request-Id": "request-0002"})
    entries = [entry for entry in data_of(ada.get("/api/shopify/audit"))["items"] if entry["action"] != "act_as"]
    assert [entry["request_id"] for entry in entries] == ["request-0002", "request-0001"]
    assert [entry["via"] for entry in entries] == ["rest by service", "rest"]
    assert made.headers["X-Request-Id"] == "request-0001"


@pytest.mark.parametrize("number", [2**63, 2**64, 2**70, -(2**70)])
def test_a_number_that_nobody_can_store_is_no_failure_of_ours(ada: Caller, sandbox: Sandbox, number: int) -> None:
    path, key = "/api/shopify/inventory/adjust", {"Idempotency-Key": "k1"}
    body = {"sku": "MUG-BLUE", "delta": number}
    assert ada.post(f"{path}?preview=true", body).status_code < 500
    for _ in range(2):
        refused = ada.post(path, body, headers=key)
        assert (refused.status_code, error_of(refused)["code"]) == (400, "VALIDATION_ERROR")
    assert writes(sandbox) == 0
    assert ada.post(path, {**body, "delta": 1}, headers=key).status_code == 200


def test_a_list_comes_in_pages_until_there_are_no_more(ada: Caller) -> None:
    seen: list[str] = []
    path = f"{PRODUCTS}?limit=5"
    for _ in range(50):
        response = ada.get(path)
        assert response.json is not None
        seen += [item["id"] for item in data_of(response)["items"]]
        page = response.json["page"]
        assert page["has_more"] == (page["next"] is not None)
        if not page["has_more"]:
            break
        path = f"{PRODUCTS}?limit=5&cursor={page['next']}"
    assert len(seen) == len(set(seen)) >= 12


def test_one_thing_has_no_page(ada: Caller) -> None:
    response = ada.get(f"{PRODUCTS}/{first_product(ada)['legacy_id']}")
    assert response.json is not None
    assert response.json["page"] is None
    assert response.json["meta"]["shop"] == "demo.myshopify.com"


def test_an_id_is_a_number_or_a_gid_encoded_or_plain(ada: Caller) -> None:
    product = first_product(ada)
    gid = product["id"]
    for form in (product["legacy_id"], gid, quote(gid, safe=""), gid.replace("//", "/")):
        assert data_of(ada.get(f"{PRODUCTS}/{form}"))["id"] == gid


NO_IDS = [
    "abc",
    "-1",
    "1.5",
    "0x1",
    "%20",
    "%00",
    "1%0A",
    "١٢٣",
    "9" * 30,
    "9" * 5000,
    "gid://shopify/Order/1",
    "gid%3A%2F%2Fshopify%2FOrder%2F1",
    "gid://shopify/Product/x",
    "gid://evil/Product/1",
    "%2e%2e",
    "1'%20OR%201=1",
    "%F0%9F%98%80",
    "%ff",
]


def test_what_is_no_id_of_that_kind_is_refused_and_shopify_is_not_asked(
    ada: Caller, upstream: Callable[[], int]
) -> None:
    before = upstream()
    for form in NO_IDS:
        for method, body in (("GET", None), ("PUT", {"title": "Mug"}), ("DELETE", None)):
            response = ada.send(method, f"{PRODUCTS}/{form}", json=body)
            assert (form, response.status_code in (400, 404)) == (form, True)
            error_of(response)
        if re.fullmatch(r"[a-zA-Z0-9_]*[a-zA-Z_][a-zA-Z0-9_]*", form):
            before = upstream()  # it may be a handle, and the store was asked for it
        assert (form, upstream()) == (form, before)


def test_a_product_that_is_not_there_is_404(ada: Caller) -> None:
    response = ada.get(f"{PRODUCTS}/1")
    assert (response.status_code, error_of(response)["code"]) == (404, "NOT_FOUND")


NO_FILTERS = [
    ("limit=0", "/limit"),
    ("limit=251", "/limit"),
    ("limit=ten", "/limit"),
    ("limit=1e2", "/limit"),
    ("limit=%D9%A1", "/limit"),
    ("limit=1&limit=2", "/limit"),
    ("limit=" + "9" * 5000, "/limit"),
    ("reverse=maybe", "/reverse"),
    ("status=sold", "/status"),
    ("sort_key=PRICE", "/sort_key"),
    ("created_at_min=yesterday", "/created_at_min"),
    ("bogus=1", "/bogus"),
    ("first=250", "/first"),
    ("%24query=x", "/$query"),
    ("a/b=1", "/a~1b"),
    ("query=" + "x" * 501, "/query"),
    ("shop=", "/shop"),
    ("preview=maybe", "/preview"),
    ("shop=demo&shop=demo", "/shop"),
]


def test_a_filter_that_makes_no_sense_is_refused_with_its_pointer(ada: Caller, upstream: Callable[[], int]) -> None:
    before = upstream()
    for query, pointer in NO_FILTERS:
        response = ada.get(f"{PRODUCTS}?{query}")
        assert (query, response.status_code) == (query, 400)
        assert pointer in pointers(error_of(response))
    assert upstream() == before


FILTERS = [
    (action, name)
    for action in packaged().actions.values()
    if action.rest is not None and action.is_search
    for name, schema in action.properties.items()
    if "search" in schema and schema.get("type") == "string" and "enum" not in schema and "format" not in schema
]


@pytest.mark.parametrize(("action", "name"), FILTERS, ids=lambda value: getattr(value, "key", value))
@pytest.mark.parametrize("value", ["*", "**", "%20*%20"])
def test_asterisks_alone_match_nothing_rather_than_everything(
    ada: Caller, upstream: Callable[[], int], action: Action, name: str, value: str
) -> None:
    assert action.rest is not None
    before = upstream()
    response = ada.get(f"/api/shopify{action.rest[1]}?{name}={value}")
    assert (response.status_code, error_of(response)["code"], upstream()) == (400, "VALIDATION_ERROR", before)


def test_all_faults_are_told_at_once(ada: Caller) -> None:
    error = error_of(ada.get(f"{PRODUCTS}?limit=0&status=x&bogus=1"))
    assert set(pointers(error)) == {"/limit", "/status", "/bogus"}


@pytest.mark.parametrize(
    "query",
    ["query=%ff", "query=%C3%28", "query=a%00b", "%00=1", "query=%ED%A0%80", "&".join(f"a{n}=1" for n in range(500))],
)
def test_a_query_string_that_is_not_text_is_refused(ada: Caller, upstream: Callable[[], int], query: str) -> None:
    before = upstream()
    response = ada.get(f"{PRODUCTS}?{query}")
    assert (response.status_code, error_of(response)["code"]) == (400, "VALIDATION_ERROR")
    assert upstream() == before


NO_SHOPS = [
    "evil.com/x%3F",
    "demo.myshopify.com%0A",
    "demo.my%C5%BFhopify.com",
    "%E2%84%AA.myshopify.com",
    "demo.myshopify.com@evil.com",
    "evil.com%5C.myshopify.com",
    "demo.myshopify.com.evil.com",
    "demo.myshopify.com:443",
    "demo.myshopify.com.",
    "-demo.myshopify.com",
    "a" * 64 + ".myshopify.com",
    "%2561",
    "x" * 100_000,
    "http://demo.myshopify.com",
    "127.0.0.1",
]


def test_a_shop_that_is_no_shop_domain_is_refused(ada: Caller, upstream: Callable[[], int]) -> None:
    before = upstream()
    for shop in NO_SHOPS:
        for path in (f"{PRODUCTS}?shop={shop}", f"/api/auth/shopify/authorize?shop={shop}"):
            response = ada.get(path)
            assert (shop[:80], response.status_code) == (shop[:80], 400)
            assert "/shop" in pointers(error_of(response))
        assert ada.put(f"/api/shopify/stores/{shop}/default").status_code in (400, 404, 405)
    assert upstream() == before


def test_a_shop_is_one_identity_in_any_case(ada: Caller) -> None:
    assert ada.get(f"{PRODUCTS}?shop=DEMO.MyShopify.com&limit=1").status_code == 200


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "é", "x" * 3000, "../..", "eyJsYXN0X2lkIjoxfQ=="])
def test_a_cursor_that_is_not_ours_is_refused(ada: Caller, upstream: Callable[[], int], cursor: str) -> None:
    before = upstream()
    response = ada.get(PRODUCTS, query_string={"cursor": cursor})
    if cursor:
        assert response.status_code == 400
        assert "/cursor" in pointers(error_of(response))
        assert upstream() == before
    else:
        assert response.status_code == 200  # an empty value counts as not given


def test_a_cursor_of_another_list_is_refused(ada: Caller, upstream: Callable[[], int]) -> None:
    response = ada.get(f"{PRODUCTS}?limit=1")
    assert response.json is not None
    cursor = response.json["page"]["next"]
    before = upstream()
    for path in (f"{PRODUCTS}?status=ACTIVE&cursor={cursor}", f"/api/shopify/customers?cursor={cursor}"):
        refused = ada.get(path)
        assert refused.status_code == 400
        assert pointers(error_of(refused)) == ["/cursor"]
    assert upstream() == before


def test_filters_of_a_form_that_are_empty_count_as_not_given(ada: Caller) -> None:
    everything = data_of(ada.get(f"{PRODUCTS}?limit=250"))
    assert data_of(ada.get(f"{PRODUCTS}?limit=250&status=&vendor=&created_at_min=")) == everything


def test_a_created_product_has_an_address(ada: Caller, sandbox: Sandbox) -> None:
    before = writes(sandbox)
    response = ada.post(PRODUCTS, {"title": "Bowl", "tags": ["new"]})
    assert response.status_code == 201
    product = data_of(response)
    assert response.headers["Location"] == f"{PRODUCTS}/{product['legacy_id']}"
    assert data_of(ada.get(response.headers["Location"]))["title"] == "Bowl"
    assert response.json is not None
    assert response.json["meta"]["verified"] is True
    assert writes(sandbox) == before + 1


def test_an_update_clears_by_null_and_leaves_out_what_is_left_out(ada: Caller) -> None:
    product = data_of(ada.post(PRODUCTS, {"title": "Bowl", "vendor": "Atelier", "product_type": "Bowls"}))
    changed = ada.put(f"{PRODUCTS}/{product['legacy_id']}", {"title": "Big bowl"})
    assert (changed.status_code, data_of(changed)["product_type"]) == (200, "Bowls")


def test_the_paths_id_can_not_be_contradicted_by_the_body(ada: Caller, sandbox: Sandbox) -> None:
    before = writes(sandbox)
    response = ada.put(f"{PRODUCTS}/1", {"id": 2, "title": "Mug"})
    assert (response.status_code, pointers(error_of(response))) == (400, ["/id"])
    response = ada.get(f"{PRODUCTS}/1?id=2")
    assert (response.status_code, pointers(error_of(response))) == (400, ["/id"])
    assert writes(sandbox) == before


def test_a_preview_does_nothing(ada: Caller, sandbox: Sandbox) -> None:
    before = writes(sandbox)
    response = ada.post(f"{PRODUCTS}?preview=true", {"title": "Bowl"})
    assert response.status_code == 200
    assert response.json is not None
    assert response.json["meta"]["preview"] is True
    assert "Location" not in response.headers
    assert writes(sandbox) == before


def test_deleting_takes_a_preview_and_its_token(ada: Caller, sandbox: Sandbox) -> None:
    number = data_of(ada.post(PRODUCTS, {"title": "Bowl"}))["legacy_id"]
    before = writes(sandbox)
    asked = ada.delete(f"{PRODUCTS}/{number}")
    error = error_of(asked)
    assert (asked.status_code, error["code"]) == (409, "CONFIRMATION_NEEDED")
    token = error["details"]["confirmation_token"]
    assert writes(sandbox) == before
    other = data_of(ada.post(PRODUCTS, {"title": "Vase"}))["legacy_id"]
    wrong = ada.delete(f"{PRODUCTS}/{other}", headers={"X-Confirmation-Token": token})
    assert error_of(wrong)["code"] == "CONFIRMATION_NEEDED"
    done = ada.delete(f"{PRODUCTS}/{number}", headers={"X-Confirmation-Token": token})
    assert done.status_code == 200, done.data
    assert ada.get(f"{PRODUCTS}/{number}").status_code == 404
    again = ada.delete(f"{PRODUCTS}/{number}?confirm={token}")
    assert again.status_code in (404, 409)


def test_two_different_confirmations_are_refused(ada: Caller) -> None:
    response = ada.delete(f"{PRODUCTS}/1?confirm=a", headers={"X-Confirmation-Token": "b"})
    assert (response.status_code, pointers(error_of(response))) == (400, ["/confirm"])


def test_the_same_key_writes_once(ada: Caller, sandbox: Sandbox) -> None:
    before = writes(sandbox)
    headers = {"Idempotency-Key": "order-7"}
    first, second = (ada.post(PRODUCTS, {"title": "Bowl"}, headers=headers) for _ in range(2))
    assert data_of(first) == data_of(second)
    assert second.json is not None
    assert second.json["meta"]["replayed"] is True
    assert writes(sandbox) == before + 1
    other = ada.post(PRODUCTS, {"title": "Vase"}, headers=headers)
    assert (other.status_code, error_of(other)["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")


@pytest.mark.parametrize("name", ["Idempotency-Key", "X-Confirmation-Token"])
@pytest.mark.parametrize("value", ["", "a,b", "a b", "é", "x" * 256, "x" * 8192])
def test_a_control_header_that_is_odd_is_refused(ada: Caller, sandbox: Sandbox, name: str, value: str) -> None:
    before = writes(sandbox)
    response = ada.post(PRODUCTS, {"title": "Bowl"}, headers={name: value.encode().decode("latin-1")})
    assert (response.status_code, pointers(error_of(response))) == (400, [f"/{name}"])
    assert writes(sandbox) == before


def test_options_stand_in_the_query_and_inputs_in_the_body(ada: Caller, sandbox: Sandbox) -> None:
    before = writes(sandbox)
    response = ada.post(f"{PRODUCTS}?title=Bowl", {"title": "Bowl"})
    assert (response.status_code, pointers(error_of(response))) == (400, ["/title"])
    assert writes(sandbox) == before


@given(
    st.binary(max_size=100) | st.text(alphabet="ab=&%+;0cC3\xff", max_size=100).map(lambda text: text.encode("latin-1"))
)
def test_any_query_string_is_read_or_refused(raw: bytes) -> None:
    try:
        query = parse_query(raw)
    except InvalidInput:
        return
    assert all(isinstance(value, str) for values in query.values() for value in values)
    inputs_from_query(query, ())
