"""Terms of supply over HTTP: saved once, used by plans and purchase lists, changed, undone, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from copying import copy
from webhost import Caller, ada, app, caller, data_of, error_of, host  # noqa: F401  # fixtures are found by their names

from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.domain import ShopDomain

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

WHERE = "/api/shopify/enhanced/supply-terms"
PLAN = "/api/shopify/enhanced/inventory/plan?first=250"


def terms_by_sku(ada: Caller, more: str = "") -> dict[str | None, tuple[float, int, int]]:  # noqa: F811
    rows = data_of(ada.get(f"{PLAN}{more}"))["rows"]
    return {row["sku"]: (row["lead_days"], row["minimum_order"], row["pack_size"]) for row in rows}


def test_plans_use_what_is_saved_and_the_most_specific_terms_win(
    ada: Caller,  # noqa: F811
    runtime: Runtime,
    store: Store,
) -> None:
    copy(runtime, store)
    row = next(one for one in data_of(ada.get(PLAN))["rows"] if one["sku"] == "MUG-BLUE")
    vendor = row["vendor"]
    assert terms_by_sku(ada)["MUG-BLUE"] == (14, 1, 1)
    data_of(ada.post(WHERE, {"subject": f"vendor:{vendor.upper()}", "lead_days": 30, "minimum_order": 12}))
    data_of(ada.post(WHERE, {"subject": "variant:mug-blue", "lead_days": 7, "pack_size": 6}))
    assert terms_by_sku(ada)["MUG-BLUE"] == (7, 12, 6)
    given = "&terms=variant:MUG-BLUE lead=3"
    assert terms_by_sku(ada, given)["MUG-BLUE"] == (3, 12, 6), "a call says it otherwise, member by member"
    lines = data_of(ada.get("/api/shopify/enhanced/inventory/purchases?lead_days=60"))["vendors"]
    for line in (one for there in lines for one in there["lines"] if one["sku"] == "MUG-BLUE"):
        assert line["units"] % 6 == 0
        assert line["units"] >= 12


def test_terms_of_nobody_are_named_by_the_plan(ada: Caller, runtime: Runtime, store: Store) -> None:  # noqa: F811
    copy(runtime, store)
    data_of(ada.post(WHERE, {"subject": "vendor:Nobody & Sons", "lead_days": 30}))
    assert data_of(ada.get(PLAN))["unused_terms"] == ["vendor:Nobody & Sons"]
    assert data_of(ada.get(f"{PLAN}&location_id=Main Warehouse"))["unused_terms"] == []


def test_terms_are_changed_taken_back_and_deleted(ada: Caller, store: Store) -> None:  # noqa: F811
    made = data_of(ada.post(WHERE, {"subject": "product:gid://shopify/Product/42", "lead_days": 30, "pack_size": 6}))
    assert made["subject"] == "product:42"
    done = ada.put(f"{WHERE}/{made['id']}", {"lead_days": None, "minimum_order": 3}).get_json()
    assert (done["data"]["lead_days"], done["data"]["minimum_order"], done["data"]["pack_size"]) == (None, 3, 6)
    undo = done["meta"]["undo"]["input"]
    back = data_of(ada.put(f"{WHERE}/{made['id']}", {k: v for k, v in undo.items() if k != "supply_terms"}))
    assert (back["lead_days"], back["minimum_order"], back["pack_size"]) == (30, None, 6)
    asked = error_of(ada.delete(f"{WHERE}/product:42"))
    token = asked["details"]["confirmation_token"]
    data_of(ada.delete(f"{WHERE}/product:42?confirm={token}"))
    assert data_of(ada.get(WHERE))["terms"] == []


def test_terms_that_say_nothing_any_more_are_refused(ada: Caller, store: Store) -> None:  # noqa: F811
    made = data_of(ada.post(WHERE, {"subject": "vendor:Atelier", "lead_days": 30}))
    error = error_of(ada.put(f"{WHERE}/{made['id']}", {"lead_days": None}))
    assert error["code"] == "VALIDATION_ERROR"
    assert data_of(ada.get(f"{WHERE}/vendor:atelier"))["lead_days"] == 30


def test_a_subject_has_terms_once_in_whatever_case(ada: Caller, store: Store) -> None:  # noqa: F811
    data_of(ada.post(WHERE, {"subject": "vendor:Atelier", "lead_days": 30}))
    error = error_of(ada.post(WHERE, {"subject": "vendor:ATELIER ", "lead_days": 3}))
    assert error["code"] == "CONFLICT"
    error = error_of(ada.get(f"{WHERE}/vendor:Atelie"))
    assert (error["code"], "Did you mean vendor:Atelier?" in error["message"]) == ("NOT_FOUND", True)


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"subject": "Atelier", "lead_days": 3}, "/subject"),
        ({"subject": "vendor: ", "lead_days": 3}, "/subject"),
        ({"subject": "product:mug", "lead_days": 3}, "/subject"),
        ({"subject": "vendor:A\nB", "lead_days": 3}, "/subject"),
        ({"subject": "vendor:A", "lead_days": 366}, "/lead_days"),
        ({"subject": "vendor:A", "pack_size": 1.5}, "/pack_size"),
        ({"subject": "vendor:A", "lead_days": None}, ""),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(
    ada: Caller,  # noqa: F811
    store: Store,
    given: dict[str, Any],
    pointer: str,
) -> None:
    error = error_of(ada.post(WHERE, given))
    assert [fault["pointer"] for fault in error["details"]["faults"]] == [pointer]


def test_terms_of_another_store_are_not_there(
    ada: Caller,  # noqa: F811
    runtime: Runtime,
    sandbox: Sandbox,
    principal: Principal,
    store: Store,
) -> None:
    other = ShopDomain("outlet.myshopify.com")
    token = Secret(sandbox.issue_admin_token(str(other), scopes=runtime.settings.scopes))
    runtime.connections.connect_token(principal, other, token)
    made = data_of(ada.post(f"{WHERE}?shop=demo", {"subject": "vendor:Atelier", "lead_days": 30}))
    assert data_of(ada.get(f"{WHERE}?shop=outlet"))["terms"] == []
    for named in (made["id"], "vendor:Atelier"):
        assert error_of(ada.get(f"{WHERE}/{named}?shop=outlet"))["code"] == "NOT_FOUND"
        assert error_of(ada.put(f"{WHERE}/{named}?shop=outlet", {"lead_days": 1}))["code"] == "NOT_FOUND"
    assert data_of(ada.get(f"{WHERE}/{made['id']}?shop=demo"))["lead_days"] == 30
