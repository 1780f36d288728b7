"""Metafields and their definitions, as a merchant uses them over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from webhost import Caller, ada, app, caller, data_of, error_of, host

from atom_shopify_plugin.service.typed_values import text_of

if TYPE_CHECKING:
    from atom_shopify_plugin.sandbox.core import Sandbox

__all__ = ["ada", "app", "caller", "host"]

Run = Callable[..., Any]
MUG = {"owner": "mug", "owner_type": "product"}
CARE = {"key": "custom.care", "type": "multi_line_text_field", "value": "Wash at 30°"}


def put(ada: Caller, *metafields: Any, status: int = 200, **owner: Any) -> Any:
    response = ada.post("/api/shopify/metafields", {**(owner or MUG), "metafields": list(metafields)})
    assert response.status_code == status, response.json
    return data_of(response) if status == 200 else error_of(response)


def read(ada: Caller, **asked: Any) -> dict[str, Any]:
    found = data_of(ada.get("/api/shopify/metafields", query_string={**MUG, **asked}))
    return {f"{row['namespace']}.{row['key']}": row for row in found["metafields"]}


def test_metafields_are_set_changed_and_put_back(ada: Caller) -> None:
    made = put(ada, CARE, {"key": "custom.material", "value": "Bone china"})
    assert made["owner_name"] == "Mug"
    assert [row["value"] for row in made["metafields"]] == ["Wash at 30°", "Bone china"]
    assert {name: row["value"] for name, row in read(ada).items()} == {
        "custom.care": "Wash at 30°",
        "custom.material": "Bone china",
    }
    former = {(row["key"], row["value"]) for row in made["former"]}
    assert former == {("care", None), ("material", "Stoneware")}


def test_an_undo_deletes_what_was_new_and_puts_the_rest_back(ada: Caller) -> None:
    response = ada.post(
        "/api/shopify/metafields", {**MUG, "metafields": [CARE, {"key": "custom.material", "value": "X"}]}
    )
    entry = response.json["meta"]["audit_id"]
    asked = ada.post(f"/api/shopify/audit/{entry}/undo", {})
    assert asked.status_code == 409
    message = asked.json["error"]["message"]
    assert "custom.care" in message
    token = asked.json["error"]["details"]["confirmation_token"]
    assert ada.post(f"/api/shopify/audit/{entry}/undo", headers={"X-Confirmation-Token": token}).status_code == 200
    assert {name: row["value"] for name, row in read(ada).items()} == {"custom.material": "Stoneware"}


def test_an_undo_does_not_overwrite_what_somebody_has_changed_since(ada: Caller) -> None:
    response = ada.post("/api/shopify/metafields", {**MUG, "metafields": [{"key": "custom.material", "value": "X"}]})
    put(ada, {"key": "custom.material", "value": "Somebody else’s"})
    refused = ada.post(f"/api/shopify/audit/{response.json['meta']['audit_id']}/undo", {})
    assert error_of(refused)["code"] == "STALE"
    assert read(ada)["custom.material"]["value"] == "Somebody else’s"


@pytest.mark.parametrize(
    ("owner", "owner_type"),
    [
        ("#1001", "order"),
        ("1001", "ORDER"),
        ("ada@example.com", "customer"),
        ("MUG-BLUE", "productvariant"),
        ("mug", "product"),
        ("kitchen", "collection"),
    ],
)
def test_an_owner_may_be_named_as_people_name_it(ada: Caller, owner: str, owner_type: str) -> None:
    made = put(ada, {**CARE, "key": "custom.note"}, owner=owner, owner_type=owner_type)
    again = data_of(ada.get("/api/shopify/metafields", query_string={"owner": made["id"]}))
    assert "custom.note" in {f"{row['namespace']}.{row['key']}" for row in again["metafields"]}


def test_the_shop_needs_no_id(ada: Caller) -> None:
    made = put(ada, {**CARE, "key": "custom.motto"}, owner_type="SHOP")
    assert made["id"].startswith("gid://shopify/Shop/")


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        ("number_integer", 5, "5"),
        ("number_decimal", 19.5, "19.5"),
        ("boolean", True, "true"),
        ("money", {"amount": 5, "currency_code": "EUR"}, '{"amount":"5","currency_code":"EUR"}'),
        ("list.single_line_text_field", ["a", "b"], '["a","b"]'),
        ("list.number_integer", "[1, 2]", "[1,2]"),
        ("json", {"a": [1, None]}, '{"a":[1,null]}'),
        ("weight", {"value": 2.5, "unit": "kg"}, '{"value":2.5,"unit":"KILOGRAMS"}'),
        ("date", "2026-10-31", "2026-10-31"),
        ("single_line_text_field", 1234, "1234"),
    ],
)
def test_a_json_value_is_sent_as_shopify_wants_it(ada: Caller, kind: str, value: Any, kept: str) -> None:
    made = put(ada, {"key": "custom.any_value", "type": kind, "value": value})
    assert made["metafields"][0]["value"] == kept


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("number_integer", "five", "a whole number"),
        ("number_integer", 5.5, "a whole number"),
        ("boolean", "maybe", "true or false"),
        ("date", "31.10.2026", "a day"),
        ("list.number_integer", "1, 2", "a list"),
        ("money", 5, "an object"),
        ("color", "blue", "a colour"),
        ("product_reference", "gid://shopify/Order/1", "an id"),
        ("single_line_text_field", "two\nlines", "one line"),
        ("json", "{", "JSON"),
    ],
)
def test_what_a_type_does_not_take_is_said_before_anything_is_sent(
    ada: Caller, sandbox: Sandbox, kind: str, value: Any, words: str
) -> None:
    changes = len(sandbox.store("demo.myshopify.com").journal)
    told = put(ada, CARE, {"key": "custom.any_value", "type": kind, "value": value}, status=400)
    (fault,) = told["details"]["faults"]
    assert fault["pointer"] == "/metafields/1/value"
    assert words in fault.get("message", told["message"])
    assert len(sandbox.store("demo.myshopify.com").journal) == changes


def test_the_definition_tells_the_type(ada: Caller) -> None:
    put(ada, {"key": "custom.material", "value": "Clay"}, owner="classic-bowl", owner_type="product")
    told = put(ada, {"key": "custom.unheard_of", "value": "Clay"}, status=400)
    assert "no definition of custom.unheard_of" in told["message"]


def test_a_metafield_is_replaced_only_if_nobody_has_changed_it(ada: Caller) -> None:
    seen = read(ada)["custom.material"]["compare_digest"]
    put(ada, {"key": "custom.material", "value": "Porcelain", "compare_digest": seen})
    told = put(ada, {"key": "custom.material", "value": "Clay", "compare_digest": seen}, status=409)
    assert told["code"] == "STALE"
    assert "Read it again" in told["message"]
    assert not told["retryable"]
    told = put(ada, {"key": "custom.material", "value": None, "compare_digest": seen}, status=409)
    assert told["code"] == "STALE"
    assert put(ada, {**CARE, "compare_digest": None})["metafields"]
    assert put(ada, {**CARE, "value": "No", "compare_digest": None}, status=409)["code"] == "STALE"
    assert {row["value"] for row in read(ada).values()} == {"Porcelain", "Wash at 30°"}


def test_a_deletion_asks_and_comes_back(ada: Caller) -> None:
    wanted = {**MUG, "metafields": ["custom.material", "custom.never_there"]}
    asked = ada.post("/api/shopify/metafields/delete", wanted)
    assert asked.status_code == 409
    assert "Delete the metafield custom.material of “Mug” in demo.myshopify.com?" in asked.json["error"]["message"]
    token = asked.json["error"]["details"]["confirmation_token"]
    done = ada.post("/api/shopify/metafields/delete", wanted, headers={"X-Confirmation-Token": token})
    assert done.status_code == 200, done.json
    assert data_of(done)["deleted"] == ["custom.material"]
    assert done.json["meta"]["verified"] is True
    assert read(ada) == {}
    undone = ada.post(f"/api/shopify/audit/{done.json['meta']['audit_id']}/undo", {})
    assert undone.status_code == 200, undone.json
    assert read(ada)["custom.material"]["value"] == "Stoneware"


def test_a_refusal_of_shopify_names_the_entry(ada: Caller) -> None:
    told = put(
        ada,
        {"key": "custom.never_there", "value": None},
        {"key": "custom.link", "type": "product_reference", "value": 1},
        status=400,
    )
    (error,) = told["details"]["user_errors"]
    assert error["field"][:2] == ["metafields", "1"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"metafields": [CARE], "owner": "mug"}, "say in owner_type"),
        ({"metafields": [CARE], "owner": 5}, "say in owner_type"),
        ({"metafields": [CARE], "owner": "gid://shopify/Product/1", "owner_type": "order"}, "the id of a Product"),
        ({"metafields": [CARE], "owner": "gid://shopify/Theme/1"}, "no metafields of a Theme"),
        ({"metafields": [CARE], "owner_type": "order"}, "required"),
        ({"metafields": [{**CARE, "key": "care"}], **MUG}, "namespace"),
        ({"metafields": [CARE, CARE], **MUG}, "twice"),
        ({"metafields": [CARE] * 26, **MUG}, "at most 25"),
    ],
)
def test_what_is_not_clear_is_said(ada: Caller, body: Any, words: str) -> None:
    told = error_of(ada.post("/api/shopify/metafields", body))
    assert told["code"] == "VALIDATION_ERROR"
    assert words in str(told)


@pytest.mark.parametrize("owner", ["gid://shopify/Product/1", "gid://shopify/Order/1"])
def test_an_owner_that_is_not_there_is_not_found(ada: Caller, owner: str) -> None:
    assert ada.get("/api/shopify/metafields", query_string={"owner": owner}).status_code == 404
    assert put(ada, CARE, owner=owner, status=404)["code"] == "NOT_FOUND"


@pytest.mark.parametrize("document", ["MetafieldsSet", "MetafieldsDelete"])
def test_a_lost_answer_is_doubt(ada: Caller, sandbox: Sandbox, document: str) -> None:
    sandbox.faults.add({"kind": "lost_reply", "times": None, "match": {"subject": document}})
    wanted = {**MUG, "metafields": [CARE if document == "MetafieldsSet" else {"key": "custom.material", "value": None}]}
    response = ada.post("/api/shopify/metafields", wanted)
    if document == "MetafieldsDelete":
        token = response.json["error"]["details"]["confirmation_token"]
        response = ada.post("/api/shopify/metafields", wanted, headers={"X-Confirmation-Token": token})
    told = error_of(response)
    assert told["code"] == "OUTCOME_UNKNOWN"
    assert told["details"]["look_at"]["action"] == "metafield_get"


def test_the_scope_of_the_owner_is_asked_for(ada: Caller, regranted: Callable[[str], None]) -> None:
    regranted("write_products,read_orders")
    assert put(ada, CARE)["metafields"]
    told = put(ada, CARE, owner="#1001", owner_type="order", status=403)
    assert "write_orders" in str(told)
    assert told["details"]["connect_url"] in told["message"]


def test_a_definition_is_made_listed_and_unique(ada: Caller) -> None:
    wanted = {
        "owner_type": "product",
        "namespace": "custom",
        "key": "rating",
        "name": "Rating",
        "type": "rating",
        "validations": [{"name": "scale_min", "value": "1"}, {"name": "scale_max", "value": "5"}],
    }
    made = ada.post("/api/shopify/metafield_definitions", wanted)
    assert made.status_code in (200, 201), made.json
    assert made.json["meta"]["verified"] is True
    listed = data_of(ada.get("/api/shopify/metafield_definitions", query_string={"owner_type": "product"}))
    assert {row["key"] for row in listed["items"]} == {"material", "rating"}
    assert error_of(ada.post("/api/shopify/metafield_definitions", wanted))["code"] == "SHOPIFY_USER_ERROR"
    found = data_of(ada.get("/api/shopify/metafield_definitions/PRODUCT/custom/rating"))
    assert found["type"]["name"] == "rating"
    assert ada.get("/api/shopify/metafield_definitions/PRODUCT/custom/none").status_code == 404


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KINDS = st.sampled_from(
    [None, "boolean", "color", "date", "date_time", "json", "link", "money", "multi_line_text_field", "number_decimal",
     "number_integer", "product_reference", "rating", "rich_text_field", "single_line_text_field", "url", "volume",
     "new_type"]
)  # fmt: skip


@settings(deadline=None)
@given(kind=KINDS, listed=st.booleans(), value=JSON)
def test_any_value_becomes_a_text_or_is_refused_in_words(kind: str | None, listed: bool, value: Any) -> None:
    try:
        text = text_of(f"list.{kind}" if listed and kind else kind, value)
    except ValueError:
        pass  # with words, which the tests above read
    else:
        assert isinstance(text, str)
        assert text_of(f"list.{kind}" if listed and kind else kind, text) == text
