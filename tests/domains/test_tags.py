"""Tags: single ones come and go, and nobody's tag is lost."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from atom_shopify_plugin.actions.run import Outcome
from atom_shopify_plugin.errors import InvalidInput, MissingScope, NotFound, Rejected
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.settings import Secret

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

Run = Callable[..., Any]
Ask = Callable[..., Outcome]


@pytest.fixture(params=["customer", "order", "product"])
def thing(request: pytest.FixtureRequest, run: Run) -> str:
    return str(run(f"{request.param}_search", limit=1)["items"][0]["id"])


@pytest.mark.parametrize(
    ("there", "wanted", "left"),
    [
        (["vip", "fresh"], ["VIP"], ["fresh"]),
        (["VIP", "vip", "fresh"], ["VIP"], ["fresh", "vip"]),
        (["Vip", "vip", "fresh"], [" VIP "], ["fresh"]),
        (["vip"], ["VIP", "Vip"], []),
        (["fresh"], ["VIP"], ["fresh"]),
    ],
)
def test_a_tag_of_an_order_is_found_as_it_is_spelt(
    there: list[str], wanted: list[str], left: list[str], outcome: Ask, run: Run, sandbox: Sandbox
) -> None:
    order = str(run("order_search", limit=1)["items"][0]["id"])
    sandbox.store("demo.myshopify.com").all("Order")[order]["tags"] = there
    done = outcome("tag_remove", id=order, tags=wanted)
    assert done.meta["verified"] is True
    assert sorted(run("tag_get", id=order)["tags"]) == sorted(left)
    gone = [tag for tag in there if tag not in left]
    undo = {"action": "tag_add", "input": {"id": order, "tags": gone}} if gone else None
    assert done.meta.get("undo") == undo


def test_a_tag_is_added_and_removed_and_the_others_stay(run: Run, thing: str) -> None:
    before = run("tag_get", id=thing)["tags"]
    assert set(run("tag_add", id=thing, tags=["fresh", "Very fresh"])["tags"]) == {*before, "fresh", "Very fresh"}
    assert (
        run("tag_remove", id=thing, tags=[tag.swapcase() for tag in ["fresh", "Very fresh", "never there"]])["tags"]
        == before
    )
    assert run("tag_get", id=thing)["tags"] == before


def test_the_undo_takes_away_what_was_added_and_nothing_else(outcome: Ask, run: Run, thing: str) -> None:
    run("tag_add", id=thing, tags=["mine"])
    before = run("tag_get", id=thing)["tags"]
    done = outcome("tag_add", id=thing, tags=["MINE", "new", "newer"])
    assert done.meta["verified"] is True
    assert done.meta["undo"] == {"action": "tag_remove", "input": {"id": thing, "tags": ["new", "newer"]}}
    run("tag_add", id=thing, tags=["of somebody else"])
    run(done.meta["undo"]["action"], **done.meta["undo"]["input"])
    assert set(run("tag_get", id=thing)["tags"]) == {*before, "of somebody else"}


def test_the_undo_of_a_removal_puts_back_what_was_there_as_it_was_spelt(outcome: Ask, run: Run, thing: str) -> None:
    run("tag_add", id=thing, tags=["Big Spender"])
    before = run("tag_get", id=thing)["tags"]
    done = outcome("tag_remove", id=thing, tags=[tag.swapcase() for tag in ["Big Spender", "never there"]])
    assert done.meta["verified"] is True
    assert done.meta["undo"] == {"action": "tag_add", "input": {"id": thing, "tags": ["Big Spender"]}}
    run(done.meta["undo"]["action"], **done.meta["undo"]["input"])
    assert run("tag_get", id=thing)["tags"] == before


def test_what_changes_nothing_has_no_undo(outcome: Ask, run: Run, thing: str) -> None:
    run("tag_add", id=thing, tags=["there"])
    for done in (
        outcome("tag_add", id=thing, tags=["THERE"]),
        outcome("tag_remove", id=thing, tags=["never there"]),
    ):
        assert done.meta["verified"] is True
        assert "undo" not in done.meta


def test_tags_that_are_added_at_the_same_time_are_all_there(run: Run, thing: str) -> None:
    tags = [f"t{number}" for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda tag: run("tag_add", id=thing, tags=[tag]), tags))
    assert set(tags) <= set(run("tag_get", id=thing)["tags"])


def test_the_limits_are_those_of_the_kind(run: Run) -> None:
    order, product = (run(f"{kind}_search", limit=1)["items"][0]["id"] for kind in ("order", "product"))
    run("tag_add", id=product, tags=["x" * 255])
    with pytest.raises(Rejected, match="40 characters"):
        run("tag_add", id=order, tags=["x" * 41])
    with pytest.raises(Rejected, match="250"):
        run("tag_add", id=product, tags=[f"tag {number}" for number in range(250)])
    assert len(run("tag_get", id=product)["tags"]) < 250


def test_what_has_no_tags_or_is_not_there_is_refused(run: Run) -> None:
    with pytest.raises(InvalidInput):
        run("tag_add", id="gid://shopify/Location/1", tags=["x"])
    for action, given in (("tag_get", {}), ("tag_add", {"tags": ["x"]}), ("tag_remove", {"tags": ["x"]})):
        with pytest.raises(NotFound):
            run(action, id="gid://shopify/Customer/1", **given)


def test_the_scope_of_the_tagged_thing_is_asked_for(
    runtime: Runtime, sandbox: Sandbox, principal: Principal, store: Store, run: Run
) -> None:
    customer = run("customer_search", limit=1)["items"][0]["id"]
    product = run("product_search", limit=1)["items"][0]["id"]
    token = Secret(sandbox.issue_admin_token(str(store.shop), scopes=("write_products", "read_customers")))
    runtime.connections.connect_token(principal, store.shop, token)
    assert "x" in run("tag_add", id=product, tags=["x"])["tags"]
    with pytest.raises(MissingScope):
        run("tag_add", id=customer, tags=["x"])
