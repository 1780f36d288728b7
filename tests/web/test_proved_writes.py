"""What is said of a write is what is there: a Shopify that answers one thing and keeps another is found out."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from running import prepare
from webhost import Caller, error_of

from atom_shopify_plugin.catalog.loading import packaged
from atom_shopify_plugin.catalog.model import Action

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

WRITES = {key: action for key, action in packaged().actions.items() if action.effect != "read"}
# For these no fault of the request that asked for the write tells anything.
LATER = {
    "order_cancel",  # a job cancels the order afterwards
    "discount_redeem_code_add",  # a job adds the codes afterwards
    "discount_redeem_code_delete",  # where all codes are still there, their deletion has failed
    "collection_product_reorder",  # a job moves the products afterwards
    "product_media_reorder",  # a job moves the media afterwards
    "audience_push",  # a job tags the customers afterwards
    "graphql_mutate",  # nothing is declared to look at after a document that somebody wrote
}
# What an action answers that finds out by itself, while it waits for Shopify's work, that nothing is there.
TOLD = {
    ("bulk_import", "CONFLICT"),
    ("collection_source_create", "OUTCOME_UNKNOWN"),
    ("file_upload", "CONFLICT"),
    ("product_media_add", "CONFLICT"),
}
KEPT = [key for key in WRITES if key not in LATER and not WRITES[key].mirrored]  # what stays here has no request
# What these write is used by a later mutation of the same action, and is not itself what the action is about.
STEPS = {name for action in WRITES.values() for name in action.operations if name.startswith("OrderEdit")}
STEPS = STEPS - {"OrderEditCommit"} | {"StagedUploadsCreate"}
Attempt = Callable[[str, dict[str, Any]], "TestResponse"]
Write = Callable[[str, dict[str, Any]], dict[str, Any]]


@pytest.fixture
def attempt(ada: Caller) -> Attempt:
    """Run an action over HTTP, saying yes where it is asked for; return the answer."""

    def run(key: str, given: dict[str, Any]) -> TestResponse:
        action: Action = WRITES[key]
        assert action.rest is not None
        method, path = action.rest
        rest = dict(given)
        address = "/api/shopify" + path
        for name in re.findall(r"\{(\w+)\}", path):
            address = address.replace(f"{{{name}}}", quote(str(rest.pop(name)), safe=""))
        options: dict[str, Any] = {"query_string" if method == "DELETE" else "json": rest}
        response = ada.send(method, address, **options)
        if response.status_code == 409 and error_of(response)["code"] == "CONFIRMATION_NEEDED":
            token = error_of(response)["details"]["confirmation_token"]
            response = ada.send(method, address, headers={"X-Confirmation-Token": token}, **options)
        return response

    return run


@pytest.fixture
def write(attempt: Attempt) -> Write:
    """Run an action over HTTP, which has to be answered; return the envelope."""

    def run(key: str, given: dict[str, Any]) -> dict[str, Any]:
        response = attempt(key, given)
        assert response.status_code < 300, response.data
        envelope: dict[str, Any] = response.get_json()
        return envelope

    return run


def fault(sandbox: Sandbox, kind: str, key: str, **more: Any) -> None:
    """Let all mutations of an action be kept in a way of their own, but for those that only prepare its last one."""
    for name in WRITES[key].operations:
        if name in STEPS:
            continue
        sandbox.faults.add({"kind": kind, "times": None, "match": {"subject": name}, **more})


@pytest.mark.parametrize("key", KEPT)
def test_a_write_that_is_answered_and_not_kept_is_not_verified(
    key: str, attempt: Attempt, sandbox: Sandbox, runtime: Runtime, store: Store
) -> None:
    prepare(sandbox, runtime, store, key)
    fault(sandbox, "not_kept", key)
    response = attempt(key, dict(WRITES[key].examples[0]))
    if response.status_code >= 300:
        # The action has looked itself: this is what it says once the request that wrote was answered.
        assert (key, error_of(response)["code"]) in TOLD
        return
    if response.status_code == 202:
        assert key == "bulk_operation_cancel"  # it goes on, and is waited for in the background until it ends
        return
    meta = response.get_json()["meta"]
    assert meta["verified"] is False
    assert meta["differences"]
    verify = WRITES[key].verify
    assert verify is not None
    for difference in meta["differences"]:
        assert set(difference) == {"field", "wanted", "found"}
        # Of items that should be gone, those that were to go are named, beside all that are there.
        assert difference["field"] in verify.lacks or difference["wanted"] != difference["found"]


@pytest.mark.parametrize(
    ("key", "given", "values", "difference"),
    [
        ("product_update", {"vendor": "Kiln"}, {"vendor": "Oven"}, ("vendor", "Kiln", "Oven")),
        ("product_update", {"title": "Cup 1.0"}, {"title": "Cup 1.00"}, ("title", "Cup 1.0", "Cup 1.00")),
        ("product_update", {"title": "007"}, {"title": "7"}, ("title", "007", "7")),
        ("product_update", {"tags": ["a", "b"]}, {"tags": ["a"]}, ("tags", ["a", "b"], ["a"])),
        ("product_update", {"tags": ["a", "b"]}, {"tags": ["a", "c"]}, ("tags", ["a", "b"], ["a", "c"])),
        ("product_update", {"tags": ["a"]}, {"tags": ["a", "b"]}, ("tags", ["a"], ["a", "b"])),
        ("variant_update", {"price": "24.50"}, {"price": "24.51"}, ("price", "24.50", "24.51")),
        ("variant_update", {"taxable": False}, {"taxable": True}, ("taxable", False, True)),
        (
            "variant_update",
            {"weight": {"value": 0.4, "unit": "KILOGRAMS"}},
            {"weight": {"value": 0.4, "unit": "GRAMS"}},
            ("weight", {"value": 0.4, "unit": "KILOGRAMS"}, {"value": 0.4, "unit": "GRAMS"}),
        ),
        ("customer_update", {"note": None}, {"note": "kept"}, ("note", None, "kept")),
        ("customer_update", {"email": "new@example.com"}, {"email": "x@y.zz"}, ("email", "new@example.com", "x@y.zz")),
        ("order_close", {}, {"closedAt": None}, ("closed", True, False)),
        (
            "order_update",
            {"custom_attributes": [{"key": "a", "value": "1"}]},
            {"customAttributes": [{"key": "a", "value": "2"}]},
            ("custom_attributes", [{"key": "a", "value": "1"}], [{"key": "a", "value": "2"}]),
        ),
    ],
)
def test_what_is_kept_otherwise_is_named(
    key: str,
    given: dict[str, Any],
    values: dict[str, Any],
    difference: tuple[str, Any, Any],
    write: Write,
    sandbox: Sandbox,
) -> None:
    target = WRITES[key].examples[0]["id"]
    fault(sandbox, "kept_otherwise", key, values=values)
    meta = write(key, {"id": target, **given})["meta"]
    field, wanted, found = difference
    assert meta["verified"] is False
    assert meta["differences"] == [{"field": field, "wanted": wanted, "found": found}]


@pytest.mark.parametrize(
    ("key", "given", "values"),
    [
        ("product_update", {"tags": ["b", "a"]}, {"tags": ["a", "b"]}),
        ("product_update", {"product_type": None}, {"productType": ""}),
        ("variant_update", {"price": "24.5"}, {"price": "24.50"}),
        ("customer_update", {"email": "New@example.com"}, {"email": "new@EXAMPLE.com"}),
        ("customer_update", {"phone": "+1 (555) 0199"}, {"phone": "+15550199"}),
    ],
)
def test_what_only_reads_otherwise_is_the_same(
    key: str, given: dict[str, Any], values: dict[str, Any], write: Write, sandbox: Sandbox
) -> None:
    fault(sandbox, "kept_otherwise", key, values=values)
    meta = write(key, {"id": WRITES[key].examples[0]["id"], **given})["meta"]
    assert meta["verified"] is True
    assert "differences" not in meta


@pytest.mark.parametrize(
    "key", ["inventory_set", "inventory_adjust", "product_update", "order_update", "variant_update"]
)
def test_a_write_that_is_kept_elsewhere_is_not_verified(key: str, write: Write, sandbox: Sandbox) -> None:
    fault(sandbox, "kept_elsewhere", key)
    meta = write(key, dict(WRITES[key].examples[0]))["meta"]
    assert meta["verified"] is False
    assert meta["differences"]


def test_stock_is_compared_at_the_location_that_was_meant(write: Write, sandbox: Sandbox) -> None:
    fault(sandbox, "kept_otherwise", "inventory_set", values={"stock": {"available": 7}})
    meta = write("inventory_set", {"sku": "MUG-BLUE", "quantity": 42})["meta"]
    told = {difference["field"]: (difference["wanted"], difference["found"]) for difference in meta["differences"]}
    assert told["change.available"] == (42, 7)


def test_a_proof_that_can_not_be_read_is_neither_true_nor_false(write: Write, sandbox: Sandbox) -> None:
    sandbox.faults.add({"kind": "html", "times": None, "after": 1, "match": {"subject": "ProductGet"}})
    meta = write("product_update", {"id": 1250000001, "vendor": "Kiln"})["meta"]
    assert meta["verified"] is None
    assert meta["undo"]["input"]["vendor"] != "Kiln"


def test_the_audit_log_knows_that_a_write_was_not_kept(
    write: Write, sandbox: Sandbox, runtime: Runtime, principal: Principal
) -> None:
    fault(sandbox, "not_kept", "product_update")
    write("product_update", {"id": 1250000001, "vendor": "Kiln"})
    (entry,) = [entry for entry in runtime.storage.audit.list(principal) if entry.action == "product_update"]
    assert (entry.outcome, entry.verified) == ("ok", False)
    assert entry.after["vendor"] != "Kiln"


def test_half_of_an_undo_is_none(write: Write) -> None:
    fields = [{"namespace": "custom", "key": "care", "type": "single_line_text_field", "value": "Wash by hand"}]
    meta = write("product_update", {"id": 1250000001, "vendor": "Kiln", "metafields": fields})["meta"]
    assert meta["verified"] is True
    assert "undo" not in meta


def test_an_undo_puts_back_what_is_not_compared_and_reads_under_other_names(write: Write) -> None:
    given = {"id": 1250000001, "description_html": "<p>New</p>", "seo": {"title": "New"}}
    undo = write("product_update", given)["meta"]["undo"]
    assert undo["action"] == "product_update"
    assert undo["input"].keys() == given.keys()
    assert undo["input"]["description_html"] != "<p>New</p>"
    undo = write("customer_update", {"id": 1490000001, "email": "new@example.com"})["meta"]["undo"]
    assert undo["input"] == {"id": "gid://shopify/Customer/1490000001", "email": "ada@example.com"}


def test_a_preview_of_stock_shows_what_is_there(ada: Caller) -> None:
    given = {"sku": "MUG-BLUE", "delta": 5}
    preview = ada.post("/api/shopify/inventory/adjust?preview=true", given).get_json()["data"]["preview"]
    assert preview["current"]["sku"] == "MUG-BLUE"
    assert "MUG-BLUE" in preview["summary"]
