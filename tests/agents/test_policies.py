"""Policies: what they refuse, by whichever door, and limits that hold however many calls come at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from agent_clients import body
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from atom_shopify_plugin.actions.call import Call
from atom_shopify_plugin.errors import (
    ApprovalNeeded,
    ConfirmationNeeded,
    Forbidden,
    InvalidInput,
    NotFound,
    OverLimit,
    PluginError,
    PolicyDenied,
    ReadOnly,
)
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.storage.calls.approvals import ApprovalRow
from atom_shopify_plugin.storage.calls.policies import PolicyRow, PolicyUsage, Share
from atom_shopify_plugin.stores.policy_desk import Wish

AGENT = Principal("claude", via="mcp Test-Agent")


@pytest.fixture
def agent(runtime, store, principal) -> Principal:
    """An agent who is a member of the demo store."""
    _, token = runtime.members.invite(principal, store, subject=AGENT.subject)
    runtime.members.accept(AGENT, token)
    return AGENT


@pytest.fixture
def rule(runtime, store, principal) -> Callable[..., dict[str, Any]]:
    def put(**wish: Any) -> dict[str, Any]:
        return runtime.policy_desk.put(principal, store, Wish(**{"subject": AGENT.subject, **wish}))

    return put


@pytest.fixture
def run(runtime) -> Callable[..., Any]:
    def run_(who: Principal, action: str, confirm: bool = True, **given: Any) -> Any:
        call = Call(who, action, given)
        try:
            return runtime.actions.run(call).data
        except ConfirmationNeeded as needed:
            if not confirm:
                raise
            token = needed.details["confirmation_token"]
            return runtime.actions.run(Call(who, action, given, confirm=token)).data

    return run_


def refund(run: Any, who: Principal, amount: str, name: str = "#1001") -> Any:
    return run(who, "order_refund", name=name, amount=amount, discrepancy_reason="OTHER")


def test_without_a_policy_nothing_changes(run, agent) -> None:
    assert run(agent, "product_create", title="Mug")["title"] == "Mug"


def test_read_only_reads_and_previews_and_writes_nothing_by_any_door(runtime, run, agent, rule) -> None:
    rule(kind="read_only")
    assert run(agent, "product_search", limit=1)["items"]
    assert runtime.actions.run(Call(agent, "product_create", {"title": "Mug"}, preview=True)).meta["preview"]
    for via in ("mcp", "rest", "workflow", "chat"):
        with pytest.raises(ReadOnly) as refused:
            run(Principal(agent.subject, via=via), "product_create", title="Mug")
        assert (refused.value.details["reason"], refused.value.retryable) == ("policy", False)


def test_a_denied_tool_is_denied_also_to_read_and_to_preview(runtime, run, agent, rule, principal) -> None:
    rule(kind="deny", tool="customers")
    rule(kind="deny", tool="refund_order")
    for action, given_ in (("customer_search", {}), ("order_refund", {"name": "#1001", "full": True})):
        with pytest.raises(PolicyDenied):
            runtime.actions.run(Call(agent, action, given_))
    with pytest.raises(PolicyDenied):
        runtime.actions.run(Call(agent, "order_refund", {"name": "#1001", "full": True}, preview=True))
    assert run(agent, "order_search", limit=1)
    assert run(principal, "customer_search", limit=1)


def test_a_list_of_what_is_allowed_denies_everything_else(run, agent, rule) -> None:
    rule(kind="allow", tool="orders")
    rule(kind="allow", tool="product_get")
    assert run(agent, "order_search", limit=1)
    for action, given_ in (("product_search", {}), ("customer_search", {}), ("tag_add", {"id": 1, "tags": ["x"]})):
        with pytest.raises((PolicyDenied, InvalidInput)):
            run(agent, action, **given_)
    rule(kind="deny", tool="order_search")
    with pytest.raises(PolicyDenied):
        run(agent, "order_search", limit=1)


def test_what_runs_any_document_needs_to_be_allowed_by_its_name(run, agent, rule) -> None:
    rule(kind="limit", tool="refunds", calls=3)
    document = 'mutation { tagsAdd(id: "gid://shopify/Product/1", tags: ["x"]) { userErrors { message } } }'
    with pytest.raises(PolicyDenied):
        run(agent, "graphql_mutate", document=document)
    with pytest.raises(PolicyDenied):
        run(agent, "graphql_query", document="{ shop { name } }")
    rule(kind="allow", tool="graphql_query")
    assert run(agent, "graphql_query", document="{ shop { name } }")


def test_a_policy_for_agents_leaves_the_person_alone(run, runtime, store, principal) -> None:
    runtime.policy_desk.put(principal, store, Wish(subject=principal.subject, via="mcp", kind="read_only"))
    with pytest.raises(ReadOnly):
        run(Principal(principal.subject, via="mcp Test-Agent"), "product_create", title="Mug")
    assert run(principal, "product_create", title="Mug")


def test_a_refusal_is_in_the_audit_log_with_the_name_of_the_agent(runtime, run, agent, rule, principal) -> None:
    rule(kind="deny", tool="products")
    with pytest.raises(PolicyDenied):
        run(agent, "product_create", title="Mug")
    entry = next(row for row in runtime.storage.audit.list(principal) if row.action == "product_create")
    assert (entry.subject, entry.via, entry.outcome) == ("claude", "mcp Test-Agent", "POLICY_DENIED")
    assert entry.input["title"] == "Mug"


def test_a_limit_on_amounts_lets_through_what_is_within_it_and_counts_what_was_done(run, agent, rule) -> None:
    rule(tool="refunds", amount=Decimal("10"))
    refund(run, agent, "6.00")
    with pytest.raises(OverLimit) as over:
        refund(run, agent, "4.01")
    assert over.value.details["used"] == {"amount": "6"}
    assert over.value.details["asked"] == {"amount": "4.01"}
    assert over.value.retryable is False
    refund(run, agent, "4.00")
    with pytest.raises(OverLimit):
        refund(run, agent, "0.01")


def test_an_amount_that_nobody_can_tell_is_refused(run, agent, rule, principal) -> None:
    assert rule(tool="refund_order", amount=Decimal("1000"))["tool"] == "order_refund"
    for given_ in ({"full": True}, {"lines": [{"sku": "MUG-BLUE"}]}, {"refund_shipping": True}):
        with pytest.raises(OverLimit, match="name the amount"):
            run(agent, "order_refund", name="#1001", **given_)


def test_other_ways_to_pay_back_count_as_refunds(run, agent, rule) -> None:
    rule(tool="refunds", amount=Decimal("1000"))
    found = run(agent, "order_get", name="#1002")
    with pytest.raises(OverLimit):
        run(agent, "order_cancel", id=found["id"], refund_method={"original_payment_methods_refund": True})
    with pytest.raises(ConfirmationNeeded):
        run(agent, "order_cancel", confirm=False, id=found["id"])


def test_a_write_without_an_effect_gives_back_what_it_took(run, agent, rule) -> None:
    rule(tool="order_refund", amount=Decimal("1000"), calls=2)
    for _ in range(3):
        with pytest.raises(PluginError) as refused:
            refund(run, agent, "999.00")  # more than was paid
        assert refused.value.code not in ("OVER_LIMIT", "POLICY_DENIED")
    refund(run, agent, "1.00")


def test_quantities_count_whichever_way_they_go(run, agent, rule) -> None:
    rule(tool="inventory_adjust", quantity=5)
    run(agent, "inventory_adjust", sku="MUG-BLUE", delta=3)
    with pytest.raises(OverLimit):
        run(agent, "inventory_adjust", sku="MUG-BLUE", delta=-3)
    run(agent, "inventory_adjust", sku="MUG-BLUE", delta=-2)


def test_a_previewed_or_replayed_call_counts_once(runtime, agent, rule) -> None:
    rule(tool="product_create", calls=1)
    call = Call(agent, "product_create", {"title": "Mug"}, idempotency_key="k")
    runtime.actions.run(Call(agent, "product_create", {"title": "Mug"}, preview=True))
    assert runtime.actions.run(call).data == runtime.actions.run(call).data
    with pytest.raises(OverLimit):
        runtime.actions.run(Call(agent, "product_create", {"title": "Mug"}))


def test_parallel_calls_of_an_agent_cannot_exceed_a_limit(runtime, agent, rule) -> None:
    rule(tool="product_create", calls=3)
    told: list[str] = []

    def create(number: int) -> None:
        try:
            runtime.actions.run(Call(agent, "product_create", {"title": f"Mug {number}"}))
            told.append("ok")
        except PluginError as error:
            told.append(error.code)

    threads = [threading.Thread(target=create, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["OVER_LIMIT"] * 7 + ["ok"] * 3


def test_beyond_a_limit_an_owner_approves_exactly_that_call_once(runtime, store, run, agent, rule, principal) -> None:
    rule(tool="refunds", amount=Decimal("5"), approve=True)
    with pytest.raises(ApprovalNeeded) as needed:
        refund(run, agent, "8.00")
    asked = needed.value.details["approval_id"]
    with pytest.raises(ApprovalNeeded) as again:
        refund(run, agent, "8.00")
    assert again.value.details["approval_id"] == asked
    (waiting,) = runtime.policy_desk.waiting(principal, store)
    assert (waiting["id"], waiting["input"]["amount"]) == (asked, "8.00")
    runtime.policy_desk.decide(principal, store, asked, True)
    with pytest.raises(ApprovalNeeded):
        refund(run, agent, "8.01")
    refund(run, agent, "8.00")
    with pytest.raises(ApprovalNeeded):
        refund(run, agent, "8.00")
    refund(run, agent, "5.00")  # what was approved doesn't count
    names = {row.action for row in runtime.storage.audit.list(principal)}
    assert {"policy_set", "approval_grant", "order_refund"} <= names


def test_a_refused_call_stays_refused_and_nobody_approves_what_is_not_theirs(
    runtime, store, run, agent, rule, principal, stranger
) -> None:
    rule(tool="refunds", amount=Decimal("5"), approve=True)
    with pytest.raises(ApprovalNeeded) as needed:
        refund(run, agent, "8.00")
    asked = needed.value.details["approval_id"]
    theirs = runtime.stores.by_name(agent, None)
    with pytest.raises(Forbidden):
        runtime.policy_desk.decide(agent, theirs, asked, True)
    runtime.policy_desk.decide(principal, store, asked, False)
    with pytest.raises(NotFound):
        runtime.policy_desk.decide(principal, store, asked, True)
    with pytest.raises(ApprovalNeeded) as again:
        refund(run, agent, "8.00")
    assert again.value.details["approval_id"] != asked


def test_only_free_owners_manage_policies(runtime, store, agent, rule, principal) -> None:
    made = rule(kind="read_only")
    theirs = runtime.stores.by_name(agent, None)
    for attempt in (
        lambda: runtime.policy_desk.remove(agent, theirs, made["id"]),
        lambda: runtime.policy_desk.put(agent, theirs, Wish(subject="claude", kind="allow")),
        lambda: runtime.policy_desk.policies(agent, theirs),
    ):
        with pytest.raises(Forbidden):
            attempt()
    with pytest.raises(InvalidInput, match="bind yourself"):
        runtime.policy_desk.put(principal, store, Wish(subject=principal.subject, kind="read_only"))
    runtime.policy_desk.remove(principal, store, made["id"])
    assert runtime.policy_desk.policies(principal, store) == []


MEANINGLESS: list[tuple[dict[str, Any], str]] = [
    ({"tool": "nothing", "calls": 1}, "/tool"),
    ({"tool": "*"}, "/amount"),
    ({"tool": "*", "amount": Decimal("5")}, "/tool"),
    ({"tool": "tag_add", "amount": Decimal("5")}, "/amount"),
    ({"tool": "refunds", "amount": Decimal("-1")}, "/amount"),
    ({"tool": "refunds", "amount": Decimal("NaN")}, "/amount"),
    ({"tool": "refunds", "amount": Decimal("1e300")}, "/amount"),
    ({"tool": "refunds", "calls": -1}, "/calls"),
    ({"kind": "deny", "calls": 1}, "/calls"),
    ({"kind": "maybe"}, "/kind"),
    ({"via": "door", "calls": 1}, "/via"),
    ({"subject": "a\nb", "calls": 1}, "/subject"),
]


def test_a_policy_that_means_nothing_is_refused(runtime, store, principal) -> None:
    for wish, pointer in MEANINGLESS:
        with pytest.raises(InvalidInput) as refused:
            runtime.policy_desk.put(principal, store, Wish(**{"subject": "claude", **wish}))
        assert pointer in [fault.pointer for fault in refused.value.faults], wish


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.integers(1, 900), st.booleans()), max_size=6), limit=st.integers(0, 2000))
def test_what_is_taken_and_given_back_is_what_a_sum_says(runtime, store, principal, steps, limit) -> None:
    desk, policies = runtime.policy_desk, runtime.storage.policies
    desk.put(principal, store, Wish(subject="sum", tool="refunds", amount=Decimal(limit) / 100))
    (rule_,) = policies.of(Principal("sum"), store.id)
    used = 0
    for cents, keep in steps:
        share = Share(rule=rule_, day="2026-11-30", amount=cents * 100, quantity=0)
        fits = used + cents <= limit
        assert (policies.take(store.id, "sum", [share]) is None) is fits
        if fits and keep:
            used += cents
        elif fits:
            policies.give_back("sum", [share])
        assert policies.used(rule_, "sum", "2026-11-30")[0] == used * 100
    policies.remove(store.id, principal.tenant, rule_.id)


def test_policies_go_with_the_store_and_with_a_redaction(runtime, store, agent, rule, run) -> None:
    rule(tool="refunds", amount=Decimal("5"), approve=True)
    refund(run, agent, "1.00")
    with pytest.raises(ApprovalNeeded):
        refund(run, agent, "8.00")

    def rows() -> list[int]:
        tables = (PolicyRow, PolicyUsage, ApprovalRow)
        with runtime.storage.read() as session:
            return [session.scalar(select(func.count()).select_from(table)) for table in tables]

    assert rows() == [1, 1, 1]
    runtime.storage.erasure.forget_store(store.app, store.shop.name, store.id, except_id="")
    assert rows() == [0, 0, 0]


def test_an_agent_meets_its_policies_through_its_tools(as_agent, agent, rule) -> None:
    rule(kind="deny", tool="customers")
    rule(tool="product_create", calls=1)

    async def talk(client) -> Any:
        return [
            body(await client.call_tool(name, given_))
            for name, given_ in (
                ("customer_search", {}),
                ("product_create", {"title": "One"}),
                ("product_create", {"title": "Two"}),
            )
        ]

    denied, made, over = as_agent(talk, who=agent)
    assert (denied["error"]["code"], denied["error"]["retryable"]) == ("POLICY_DENIED", False)
    assert made["ok"]
    assert (over["error"]["code"], over["error"]["details"]["used"]) == ("OVER_LIMIT", {"calls": 1})
