"""What an agent has begun goes on in the background only as far as its policies let it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from copying import copy

from atom_shopify_plugin.actions.call import Call
from atom_shopify_plugin.errors import ConfirmationNeeded
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.stores.policy_desk import Wish
from atom_shopify_plugin.sync import audiences

if TYPE_CHECKING:
    from collections.abc import Callable

    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

AGENT = Principal("claude", via="mcp Test-Agent")
MARK, TAG = "chosen", "given"


@pytest.fixture
def run(runtime: Runtime) -> Callable[..., Any]:
    def run_(who: Principal, action: str, **given: Any) -> Any:
        try:
            return runtime.actions.run(Call(who, action, given)).data
        except ConfirmationNeeded as needed:
            token = needed.details["confirmation_token"]
            return runtime.actions.run(Call(who, action, given, confirm=token)).data

    return run_


@pytest.fixture
def follow(runtime: Runtime, store: Store) -> Callable[[], None]:
    """Bring the copy of the store up to date, then do what there is to do in the background."""

    def follow_() -> None:
        copy(runtime, store)
        audiences.upkeep(runtime.services)
        # There is one job in a quarter of an hour: here it runs again at once.
        for job in runtime.storage.jobs.list(kind=audiences.KIND, limit=50):
            if job.state != "pending":
                runtime.storage.jobs.discard(job.id)
                runtime.storage.jobs.replay(job.id)
            runtime.jobs.run_one(job.id)

    return follow_


@pytest.fixture
def customers(run: Any, runtime: Runtime, sandbox: Sandbox, store: Store, principal: Principal) -> list[str]:
    """Customers, of whom the first is in an audience that the agent keeps in step."""
    ids = sorted(sandbox.store(store.shop.name).all("Customer"))[:4]
    _, token = runtime.members.invite(principal, store, subject=AGENT.subject)
    runtime.members.accept(AGENT, token)
    run(principal, "tag_add", id=ids[0], tags=[MARK])
    copy(runtime, store)
    rules = [{"attribute": "tags", "operator": "has", "value": MARK}]
    run(AGENT, "audience_create", name="Chosen", rules=rules)
    run(AGENT, "audience_push", audience="Chosen", tag=TAG, keep_in_step=True)
    return ids


@pytest.mark.slow
def test_tags_are_kept_in_step_as_long_as_the_agent_may_give_them(
    run: Any, follow: Any, runtime: Runtime, store: Store, principal: Principal, customers: list[str]
) -> None:
    def tagged(number: str) -> bool:
        return TAG in run(principal, "tag_get", id=number)["tags"]

    wishes: list[dict[str, Any]] = [
        {"kind": "deny", "tool": "audience_push"},
        {"kind": "read_only", "via": "mcp"},
        {"kind": "allow", "tool": "order_search"},
    ]
    for number, wish in zip(customers[1:], wishes, strict=True):
        rule = runtime.policy_desk.put(principal, store, Wish(subject=AGENT.subject, **wish))
        run(principal, "tag_add", id=number, tags=[MARK])
        follow()
        assert not tagged(number), wish
        runtime.policy_desk.remove(principal, store, rule["id"])
        follow()
        assert tagged(number), "what was forbidden is done once it may be"
    run(principal, "tag_remove", id=customers[0], tags=[MARK])
    runtime.members.dismiss(principal, store, AGENT.subject)
    follow()
    assert tagged(customers[0]), "nobody acts for who is no member"
    run(principal, "audience_push", audience="Chosen")
    assert not tagged(customers[0])
