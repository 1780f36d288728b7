"""Documents that callers write: checked before they are sent, gated by their effect, and told of truthfully."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from skipping import skipping

from atom_shopify_plugin.actions.run import Call, Outcome
from atom_shopify_plugin.errors import (
    ConfirmationNeeded,
    InvalidInput,
    MissingScope,
    OutcomeUnknown,
    PluginError,
    Rejected,
)
from atom_shopify_plugin.hookspecs import Principal

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

Run = Callable[..., Any]
Ask = Callable[..., Outcome]

TITLES = "query Titles($first: Int!) { products(first: $first) { nodes { title } pageInfo { hasNextPage endCursor } } }"
RENAME = "mutation Rename($product: ProductUpdateInput!) { productUpdate(product: $product) { product { title } } }"
DEEP = "variants(first: 250) { nodes { id metafields(first: 250) { nodes { id } } } }"
DELETE = 'mutation { productDelete(input: {id: "%s"}) { gone: deletedProductId } }'
STOCK = """mutation ($input: InventoryAdjustQuantitiesInput!) {
  inventoryAdjustQuantities(input: $input) { inventoryAdjustmentGroup { reason } }
}"""


@pytest.fixture
def pauses(sandbox: Sandbox) -> dict[str, Any]:
    return skipping(sandbox)


def faults_of(run: Run, action: str, **given: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as refused:
        run(action, **given)
    return {fault.pointer: fault.message for fault in refused.value.faults}


@pytest.fixture
def product(run: Run) -> str:
    return str(run("product_search", limit=1)["items"][0]["id"])


def test_a_query_answers_under_its_own_names_with_its_cost_and_the_pages_that_follow(run: Run) -> None:
    found = run("graphql_query", document=TITLES, variables={"first": 2})
    assert len(found["data"]["products"]["nodes"]) == 2
    (page,) = found["more"]
    assert page["path"] == "products"
    assert page["end_cursor"] == found["data"]["products"]["pageInfo"]["endCursor"]
    assert found["cost"]["estimated"] == found["cost"]["requested"] >= found["cost"]["actual"]
    assert found["warnings"] == []


def test_the_whole_official_schema_is_known_and_deprecated_names_are_told(run: Run) -> None:
    found = run("graphql_query", document="{ products(first: 1) { nodes { bodyHtml } } }")
    assert found["warnings"][0] == "Product.bodyHtml is deprecated."
    # It is official, so that it is sent; the sandbox says that it doesn't serve it.
    with pytest.raises(PluginError) as refused:
        run("graphql_query", document="{ cashTrackingSessions(first: 1) { nodes { id } } }")
    assert not isinstance(refused.value, InvalidInput)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ("{ shop { nam } }", "Field 'nam' doesn't exist on type 'Shop' (line 1, column 10)."),
        ("{ shop { name }", "syntax error, unexpected end of file at [1, 15] (line 1, column 15)."),
        ("", "syntax error"),
        ("query A { shop { id } } query B { shop { id } }", "must hold one operation; this one holds 2."),
        ("subscription { shop { id } }", "not configured for subscriptions"),
        ("mutation { shopLocaleDisable(locale: \"de\") { locale } }", "graphql_mutate does"),
        ("query ($id: ID) { product(id: $id) { id } }", "Nullability mismatch"),
        (f"{{ products(first: 250) {{ nodes {{ {DEEP} }} }} }}", "max_points allows 1000"),
    ],
)  # fmt: skip
def test_what_shopify_would_refuse_is_refused_before_it_is_sent(
    document: str, told: str, run: Run, runtime: Runtime, store: Store
) -> None:
    run("graphql_query", document="{ shop { name } }")
    before = runtime.client.contact(store.shop)
    (message,) = faults_of(run, "graphql_query", document=document or " ").values()
    assert told in message
    assert runtime.client.contact(store.shop) == before


def test_every_fault_of_the_variables_has_its_place(run: Run) -> None:
    found = faults_of(
        run,
        "graphql_mutate",
        document=RENAME,
        variables={"product": {"id": 5, "titel": "x", "status": "NEW"}, "more": 1},
    )
    assert sorted(found) == [
        "/variables/more",
        "/variables/product/id",
        "/variables/product/status",
        "/variables/product/titel",
    ]
    assert faults_of(run, "graphql_query", document=TITLES) == {"/variables/first": "Expected value to not be null."}


def test_the_callers_own_bound_of_the_cost_holds(run: Run) -> None:
    (message,) = faults_of(run, "graphql_query", document=TITLES, variables={"first": 100}, max_points=5).values()
    assert "max_points allows 5" in message


def test_a_missing_scope_is_named_with_its_remedy(run: Run, regranted: Callable[[str], None]) -> None:
    regranted("read_orders")
    with pytest.raises(MissingScope, match="read_products, which the document needs") as refused:
        run("graphql_query", document=TITLES, variables={"first": 1})
    assert refused.value.details["connect_url"] in refused.value.message
    with pytest.raises(MissingScope, match="write_products"):
        run("graphql_mutate", document=RENAME, variables={"product": {"id": "gid://shopify/Product/1", "title": "x"}})
    assert run("graphql_query", document="{ shop { name } }")["data"]["shop"]["name"]


def test_a_mutation_that_an_action_runs_has_its_effect_and_is_audited(
    outcome: Ask, product: str, runtime: Runtime, principal: Principal
) -> None:
    done = outcome("graphql_mutate", document=RENAME, variables={"product": {"id": product, "title": "Renamed"}})
    assert done.data["mutation"] == "productUpdate"
    assert done.data["data"] == {"productUpdate": {"product": {"title": "Renamed"}}}
    entry = runtime.storage.audit.get(principal, done.meta["audit_id"])
    assert entry is not None
    assert (entry.outcome, entry.action) == ("ok", "graphql_mutate")
    assert entry.input["document"] == RENAME
    assert entry.after["data"] == done.data["data"]
    assert entry.undo is None


def test_any_other_mutation_asks_first_and_names_itself_and_its_input(
    outcome: Ask, product: str, runtime: Runtime, principal: Principal, run: Run
) -> None:
    given_ = {"document": DELETE % product}
    with pytest.raises(ConfirmationNeeded) as asked:
        outcome("graphql_mutate", **given_)
    assert "productDelete" in asked.value.message
    assert product in asked.value.message
    assert run("product_get", id=product)["id"] == product
    token = asked.value.details["confirmation_token"]
    with pytest.raises(ConfirmationNeeded, match="another input"):
        runtime.actions.run(
            Call(
                principal,
                "graphql_mutate",
                {"document": DELETE % f"{product}1"},
                confirm=token,
            )
        )
    done = runtime.actions.run(Call(principal, "graphql_mutate", given_, confirm=token))
    assert isinstance(done, Outcome)
    assert done.data["data"] == {"productDelete": {"gone": product}}


def test_a_preview_shows_what_would_be_sent(run: Run, product: str, runtime: Runtime, principal: Principal) -> None:
    call = Call(
        principal, "graphql_mutate", {"document": RENAME, "variables": {"product": {"id": product, "title": "x"}}}
    )
    shown = runtime.actions.run(Call(call.principal, call.action, call.input, preview=True))
    assert isinstance(shown, Outcome)
    assert shown.data["preview"]["effect"] == "write"
    assert shown.data["preview"]["sends"][0]["variables"] == call.input["variables"]
    assert run("product_get", id=product)["title"] != "x"


def test_user_errors_are_a_refusal_although_the_document_does_not_ask_for_them(run: Run) -> None:
    with pytest.raises(Rejected, match="does not exist") as refused:
        run(
            "graphql_mutate",
            document=RENAME,
            variables={"product": {"id": "gid://shopify/Product/999999999", "title": "x"}},
        )
    assert refused.value.details["mutation"] == "productUpdate"


def stock_change(run: Run) -> dict[str, Any]:
    found = run(
        "graphql_query", document="{ inventoryItems(first: 1) { nodes { id } } locations(first: 1) { nodes { id } } }"
    )["data"]
    item, place = (found[name]["nodes"][0]["id"] for name in ("inventoryItems", "locations"))
    return {
        "name": "available",
        "reason": "correction",
        "changes": [{"inventoryItemId": item, "locationId": place, "delta": 1, "changeFromQuantity": None}],
    }


def test_the_idempotency_key_is_filled_in_and_makes_a_lost_answer_harmless(
    runtime: Runtime, principal: Principal, run: Run, sandbox: Sandbox, store: Store
) -> None:
    change = stock_change(run)
    given_ = {"document": STOCK, "variables": {"input": change}}
    done = runtime.actions.run(Call(principal, "graphql_mutate", given_, idempotency_key="one"))
    again = runtime.actions.run(Call(principal, "graphql_mutate", given_, idempotency_key="one"))
    assert isinstance(done, Outcome)
    assert isinstance(again, Outcome)
    assert again.meta["replayed"] is True
    assert again.data == done.data


def test_one_mutation_at_a_time(run: Run) -> None:
    two = (
        'mutation { a: productDelete(input: {id: "%s"}) { shop { id } } b: shopLocaleDisable(locale: "de") { locale } }'
    )
    (message,) = faults_of(run, "graphql_mutate", document=two % "gid://shopify/Product/1").values()
    assert message.startswith("It must hold one mutation")
    hidden = 'mutation { ...F } fragment F on Mutation { shopLocaleDisable(locale: "de") { locale } }'
    (message,) = faults_of(run, "graphql_mutate", document=hidden).values()
    assert "not into a fragment" in message


@pytest.mark.parametrize("kind", ["lost_reply", "html"])
def test_a_lost_answer_is_told_as_what_it_is(
    kind: str, run: Run, product: str, sandbox: Sandbox, runtime: Runtime, principal: Principal
) -> None:
    sandbox.faults.add({"kind": kind, "times": 1, "match": {"subject": "Rename"}})
    with pytest.raises(OutcomeUnknown) as told:
        run("graphql_mutate", document=RENAME, variables={"product": {"id": product, "title": "In doubt"}})
    assert told.value.details["in_doubt"] == ["Rename"]
    assert told.value.message.endswith("Check the store before you repeat it.")
    assert told.value.details["look_at"] is None
    assert not told.value.retryable
    assert runtime.storage.audit.list(principal)[0].outcome == OutcomeUnknown.code
    sandbox.faults.clear()


def test_an_answer_that_is_lost_under_a_key_may_be_asked_for_again(
    run: Run, sandbox: Sandbox, runtime: Runtime, principal: Principal
) -> None:
    change = stock_change(run)
    item = change["changes"][0]["inventoryItemId"]
    available = 'query A($id: ID!) { inventoryItem(id: $id) { inventoryLevels(first: 9) { nodes { quantities(names: "available") { quantity } } } } }'  # noqa: E501
    before = run("graphql_query", document=available, variables={"id": item})["data"]
    sandbox.faults.add({"kind": "lost_reply", "times": None, "match": {"subject": "AnyMutation"}})
    call = Call(principal, "graphql_mutate", {"document": STOCK, "variables": {"input": change}}, idempotency_key="k")
    with pytest.raises(OutcomeUnknown) as told:
        runtime.actions.run(call)
    assert told.value.retryable
    sandbox.faults.clear()
    runtime.actions.run(call)
    after = run("graphql_query", document=available, variables={"id": item})["data"]
    total = [
        sum(level["quantities"][0]["quantity"] for level in found["inventoryItem"]["inventoryLevels"]["nodes"])
        for found in (before, after)
    ]
    assert total[1] == total[0] + 1


def test_the_audit_log_keeps_no_secret(runtime: Runtime, principal: Principal, store: Store, sandbox: Sandbox) -> None:
    document = """mutation Hook($token: String) { webhookSubscriptionUpdate(id: "gid://shopify/WebhookSubscription/1",
      webhookSubscription: {name: $token}) { webhookSubscription { accessToken: id } } }"""
    with pytest.raises(PluginError):
        runtime.actions.run(
            Call(principal, "graphql_mutate", {"document": document, "variables": {"token": "hunter2"}})
        )
    (entry,) = runtime.storage.audit.list(principal)
    assert entry.input["variables"] == {"token": "(cut)"}
    assert "hunter2" not in str(entry)


def bombs() -> dict[str, str]:
    def doubling(kind: str, last: str) -> str:
        steps = " ".join(f"fragment F{n} on {kind} {{ ...F{n + 1} ...F{n + 1} }}" for n in range(60))
        return f"{steps} fragment F60 on {kind} {{ {last} }}"

    return {
        "fragments that double": "{ shop { ...F0 } } " + doubling("Shop", "name"),
        "fragments at the root": "{ ...F0 } " + doubling("QueryRoot", "shop { name }"),
        "fragments in a list": "{ products(first: 1) { ...F0 } } " + doubling("ProductConnection", "nodes { id }"),
        "a field ten thousand times": "{ shop { " + "name " * 10_000 + "} }",
        "aliases": "{ " + " ".join(f"a{n}: shop {{ name }}" for n in range(2_000)) + " }",
        "depth": "{ shop " * 5_000 + "}" * 5_000,
        "one alias for many fields": "{ shop { " + "a: name a: id " * 2_000 + "} }",
        "lists in lists": "{ nodes(ids: " + "[" * 20_000 + "]" * 20_000 + ") { id } }",
    }


@pytest.mark.parametrize("bomb", bombs())
def test_no_document_keeps_a_check_busy(bomb: str, run: Run) -> None:
    began = time.process_time()
    with contextlib.suppress(PluginError):
        run("graphql_query", document=bombs()[bomb], max_points=1)
    assert time.process_time() - began < 10


def test_what_only_shopify_finds_missing_is_told_with_the_remedy(run: Run, sandbox: Sandbox) -> None:
    denied = {"message": "Access denied for customers field.", "extensions": {"code": "ACCESS_DENIED"}}
    answer = json.dumps({"data": {"customers": None}, "errors": [denied]})
    sandbox.faults.add({"kind": "status", "status": 200, "body": answer, "match": {"subject": "AnyQuery"}})
    with pytest.raises(MissingScope) as refused:
        run("graphql_query", document="{ customers(first: 1) { nodes { firstName } } }")
    assert refused.value.details["connect_url"] in refused.value.message
    assert "protected customer data" in refused.value.message
