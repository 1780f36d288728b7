"""Abandoned checkouts, end to end: left in the storefront, found, counted, and told of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from atom_shopify_plugin.actions.call import Call
from atom_shopify_plugin.errors import MissingScope, NotFound
from atom_shopify_plugin.sandbox.webhooks.actions import Actor

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

Run = Callable[..., Any]
MUGS = [{"sku": "MUG-BLUE", "quantity": 2}]


@pytest.fixture
def buyer(sandbox: Sandbox, store: Store) -> Actor:
    """Somebody in the storefront."""
    return Actor(sandbox, sandbox.accounts[str(store.shop)])


def test_a_checkout_that_was_left_is_found_with_what_is_in_it(run: Run, buyer: Actor) -> None:
    made = buyer.checkout({"customer": "ada@example.com", "lines": MUGS})
    found = next(one for one in run("abandoned_checkout_search")["items"] if one["id"] == made["admin_graphql_api_id"])
    assert found["customer"]["default_email_address"]["email_address"] == "ada@example.com"
    (line,) = found["line_items"]["nodes"]
    assert (line["sku"], line["quantity"]) == ("MUG-BLUE", 2)
    assert float(found["total_price"]["shop_money"]["amount"]) == 24
    assert found["abandoned_checkout_url"].startswith("https://demo.myshopify.com/")


def test_filters_tell_those_that_were_paid_later_from_the_others(run: Run, buyer: Actor) -> None:
    before = run("abandoned_checkout_count", recovery_state="NOT_RECOVERED")["count"]
    made = buyer.checkout({"customer": "ada@example.com", "lines": MUGS})
    assert run("abandoned_checkout_count", recovery_state="NOT_RECOVERED")["count"] == before + 1
    buyer.change_checkout(str(made["id"]), {"completed": True})
    assert run("abandoned_checkout_count", recovery_state="NOT_RECOVERED")["count"] == before
    recovered = run("abandoned_checkout_search", recovery_state="RECOVERED", status="CLOSED")["items"]
    assert made["admin_graphql_api_id"] in [one["id"] for one in recovered]
    assert all(one["completed_at"] for one in recovered)
    everything = run("abandoned_checkout_count")["count"]
    assert run("abandoned_checkout_count", email_state="NOT_SENT")["count"] == everything
    assert run("abandoned_checkout_count", email_state="SENT")["count"] == 0


def test_an_abandonment_says_whether_the_customer_came_back(run: Run, buyer: Actor, sandbox: Sandbox) -> None:
    made = buyer.checkout({"customer": "ada@example.com", "lines": MUGS})
    left = run("abandonment_get", abandoned_checkout_id=made["id"])
    assert left["customer_has_no_order_since_abandonment"] is True
    assert left["abandoned_checkout_payload"]["id"] == made["admin_graphql_api_id"]
    assert run("abandonment_get", id=left["id"])["id"] == left["id"]
    sandbox.clock.move(60)
    buyer.order({"customer": "ada@example.com", "lines": MUGS})
    assert run("abandonment_get", id=left["id"])["customer_has_no_order_since_abandonment"] is False


def test_what_is_not_there_is_not_found(run: Run) -> None:
    for named in ({"id": 999999}, {"abandoned_checkout_id": 999999}):
        with pytest.raises(NotFound):
            run("abandonment_get", **named)


def test_a_store_that_does_not_grant_orders_says_so(run: Run, regranted: Run) -> None:
    regranted("read_products")
    with pytest.raises(MissingScope, match="read_orders"):
        run("abandoned_checkout_search")


def test_the_chat_lists_what_was_left(runtime: Runtime, principal: Principal, store: Store, buyer: Actor) -> None:
    buyer.checkout({"customer": "ada@example.com", "lines": MUGS})
    told = runtime.chat.answer(principal, "abandoned checkouts")
    assert told is not None
    assert "24,00\xa0€ · Ada Lovelace · 2 × Mug" in told.text


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"customer": None}, "must be an e-mail or an id"),
        ({"customer": 999999}, "no Customer"),
        ({"customer": "ada@example.com", "lines": [{"sku": "MUG-BLUE", "quantity": 0}]}, "whole number"),
        ({"customer": "ada@example.com", "lines": [{"sku": "NO-SUCH"}]}, "no variant"),
    ],
)
def test_a_checkout_that_makes_no_sense_is_refused_in_words(buyer: Actor, wish: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        buyer.checkout(wish)


def test_nothing_is_said_of_old_orders(runtime: Runtime, principal: Principal, store: Store) -> None:
    outcome = runtime.actions.run(Call(principal, "abandoned_checkout_search"))
    assert "limits" not in outcome.meta
