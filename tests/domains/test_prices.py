"""Prices by a rule: exact, previewed with old and new, skipped where a margin would go, and brought back."""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_shopify_plugin.actions.run import Accepted, Call, Outcome
from atom_shopify_plugin.errors import Conflict, InvalidInput, NotFound
from atom_shopify_plugin.service.price_rules import priced

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

Run = Callable[..., Any]
AMOUNTS = st.decimals("0", "99999", places=2).map(str)


def variant(price: str, cost: str | None = None, compare_at: str | None = None) -> dict[str, Any]:
    unit_cost = None if cost is None else {"amount": cost}
    return {"price": price, "compare_at_price": compare_at, "inventory_item": {"unit_cost": unit_cost}}


def prices(sandbox: Sandbox) -> dict[str, str]:
    nodes = sandbox.store("demo.myshopify.com").all("ProductVariant")
    return {gid: str(node["price"]) for gid, node in nodes.items()}


@pytest.mark.parametrize(
    ("price", "rule", "becomes"),
    [
        ("20.00", {"percent": "-10"}, "18.00"),
        ("19.99", {"percent": "2.5"}, "20.49"),
        ("0.30", {"percent": "-33.3333"}, "0.20"),
        ("20.00", {"amount": "-25"}, "0.00"),
        ("20.00", {"amount": "-25", "minimum_price": "5"}, "5.00"),
        ("20.00", {"set_price": "7.5"}, "7.50"),
        ("19.45", {"amount": "0", "ends_in": "0.99"}, "18.99"),
        ("19.49", {"amount": "0", "ends_in": "0.99"}, "19.99"),
        ("0.20", {"amount": "0", "ends_in": "0.99"}, "0.99"),
        ("20.00", {"amount": "0", "ends_in": "0.99", "minimum_price": "20"}, "20.99"),
    ],
)
def test_a_rule_is_exact(price: str, rule: dict[str, str], becomes: str) -> None:
    assert priced(variant(price), rule, "EUR").price == becomes


def test_currencies_without_cents_stay_whole() -> None:
    assert priced(variant("1999"), {"percent": "-10"}, "JPY").price == "1799"


@given(AMOUNTS, st.integers(-99, 300).map(str), st.sampled_from(["0.99", "0.95", "0.00", "0.50"]), AMOUNTS)
def test_a_rounded_price_ends_as_asked_is_near_and_not_below_the_floor(
    price: str, percent: str, end: str, floor: str
) -> None:
    new = Decimal(priced(variant(price), {"percent": percent, "ends_in": end, "minimum_price": floor}, "EUR").price)
    exact = max(Decimal(price) * (100 + Decimal(percent)) / 100, Decimal(floor))
    assert new % 1 == Decimal(end)
    assert new >= Decimal(floor)
    assert abs(new - exact) <= Decimal("1.01")


def test_margins_and_compare_at_prices_are_kept() -> None:
    rule = {"percent": "-20", "minimum_margin": "30"}
    assert priced(variant("20.00", cost="10.00"), rule, "EUR").price == "16.00"
    assert "below 30" in priced(variant("20.00", cost="12.00"), rule, "EUR").skipped
    assert "not known" in priced(variant("20.00"), rule, "EUR").skipped
    sale = {"percent": "-20", "compare_at": "former"}
    assert priced(variant("20.00"), sale, "EUR").compare_at_price == "20.00"
    assert priced(variant("20.00", compare_at="25.00"), sale, "EUR").compare_at_price == "25.00"
    assert priced(variant("20.00"), {**sale, "percent": "20"}, "EUR").compare_at_price is None
    assert priced(variant("20.00", compare_at="25.00"), {**sale, "compare_at": "clear"}, "EUR").compare_at_price is None


def test_a_preview_shows_old_and_new_prices_and_sends_nothing(
    runtime: Runtime, principal: Principal, store: Store, sandbox: Sandbox
) -> None:
    before = prices(sandbox)
    call = Call(principal, "price_update", {"skus": ["MUG-BLUE"], "percent": "-10"}, preview=True)
    outcome = runtime.actions.run(call)
    assert isinstance(outcome, Outcome)
    (change,) = outcome.data["preview"]["changes"]
    assert Decimal(change["after"]) == (Decimal(change["before"]) * 9 / 10).quantize(Decimal("0.01"))
    assert "Prices that change: 1." in outcome.data["preview"]["summary"]
    assert prices(sandbox) == before


def test_many_products_are_changed_in_the_background_and_brought_back(
    runtime: Runtime, principal: Principal, store: Store, sandbox: Sandbox
) -> None:
    for number in range(25):
        made = {"title": f"Bead {number}", "price": "10.00", "vendor": "Beadery"}
        runtime.actions.run(Call(principal, "product_create", made))
    before = prices(sandbox)

    def ended(call: Call) -> Any:
        outcome = runtime.actions.run(call)
        until = time.monotonic() + 30
        while isinstance(outcome, Accepted):
            assert time.monotonic() < until
            if not runtime.jobs.run_one():
                time.sleep(0.05)
            outcome = runtime.actions.outcome(principal, outcome.operation_id)
        return outcome

    done = ended(Call(principal, "price_update", {"filter": "vendor:Beadery", "percent": "50"}))
    assert done.data["counts"] == {"changed": 25, "skipped": 0, "failed": 0}
    assert done.meta["verified"] is True
    assert sorted(prices(sandbox).values()).count("15.00") >= 25
    undo = done.meta["undo"]
    ended(Call(principal, undo["action"], undo["input"]))
    assert prices(sandbox) == before
    mutations = [
        n for n in sandbox.store("demo.myshopify.com").all("BulkOperation").values() if n["type"] == "MUTATION"
    ]
    assert len(mutations) == 2


def test_what_can_not_be_done_is_refused(run: Run) -> None:
    with pytest.raises(InvalidInput, match="no variant NO-SUCH"):
        run("price_update", skus=["NO-SUCH", "MUG-BLUE"], percent="-10")
    with pytest.raises(Conflict, match="No price changes"):
        run("price_update", skus=["MUG-BLUE"], percent="0")
    with pytest.raises(InvalidInput):
        run("price_update", skus=["MUG-BLUE"])
    with pytest.raises(NotFound):
        run("price_update", id=1, percent="5")
