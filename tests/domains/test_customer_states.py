"""Customers brought into a state, and their consents: what goes is named first, and nothing false is claimed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from atom_shopify_plugin.actions.run import Call
from atom_shopify_plugin.errors import (
    ConfirmationNeeded,
    InvalidInput,
    MissingScope,
    NotFound,
    OutcomeUnknown,
    Rejected,
)

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

Run = Callable[..., Any]
HARBOUR = {"address1": "1 Harbour Street", "city": "Hamburg", "zip": "20457", "country_code": "DE"}
CHANNELS = {
    "email": "default_email_address",
    "sms": "default_phone_number.sms_marketing_consent",
    "whatsapp": "default_phone_number.whatsapp_marketing_consent",
}


def consent(customer: dict[str, Any], channel: str) -> Any:
    found: Any = customer
    for member in CHANNELS[channel].split("."):
        found = found[member]
    return found["marketing_state" if channel == "email" else "state"]


# upsert


def test_a_new_customer_is_made_after_a_yes_that_says_so(run: Run, confirmed: Run) -> None:
    with pytest.raises(ConfirmationNeeded, match="No customer has this e-mail address: a new one is created"):
        run("customer_upsert", email="mary@example.com", addresses=[HARBOUR])
    made = confirmed("customer_upsert", email="mary@example.com", addresses=[HARBOUR], tags=["new"])
    assert (made["tags"], made["default_address"]["city"]) == (["new"], "Hamburg")
    assert run("customer_get", email="mary@example.com")["id"] == made["id"]


def test_the_question_names_the_addresses_and_tags_that_go(run: Run, confirmed: Run) -> None:
    before = run("customer_get", email="ada@example.com")
    street = before["default_address"]["address1"]
    with pytest.raises(ConfirmationNeeded) as asked:
        run("customer_upsert", email="ada@example.com", tags=["countess"], addresses=[HARBOUR])
    summary = asked.value.details["preview"]["summary"]
    assert f"deletes the address “{street}" in summary
    assert "the tag vip" in summary
    after = confirmed("customer_upsert", email="ada@example.com", tags=["countess"], addresses=[HARBOUR])
    assert (after["id"], after["tags"]) == (before["id"], ["countess"])
    assert [address["city"] for address in after["addresses"]["nodes"]] == ["Hamburg"]
    assert after["first_name"] == before["first_name"]


def test_what_is_left_out_stays(run: Run, confirmed: Run) -> None:
    before = run("customer_get", id=1490000001)
    with pytest.raises(ConfirmationNeeded, match="deletes nothing"):
        run("customer_upsert", id=1490000001, note="Prefers letters")
    after = confirmed("customer_upsert", id=1490000001, note="Prefers letters")
    assert after["note"] == "Prefers letters"
    assert (after["tags"], after["addresses"]) == (before["tags"], before["addresses"])


def test_a_yes_does_not_cover_what_came_meanwhile(
    runtime: Runtime, principal: Principal, store: Store, run: Run
) -> None:
    wanted = {"email": "ada@example.com", "tags": ["countess"]}
    with pytest.raises(ConfirmationNeeded) as asked:
        run("customer_upsert", **wanted)
    token = asked.value.details["confirmation_token"]
    run("tag_add", id="gid://shopify/Customer/1490000001", tags=["press"])
    with pytest.raises(ConfirmationNeeded, match="the tag press"):
        runtime.actions.run(Call(principal, "customer_upsert", wanted, confirm=token))
    assert "press" in run("customer_get", id=1490000001)["tags"]


def test_a_phone_number_finds_a_customer_however_it_is_written(confirmed: Run, run: Run) -> None:
    assert run("customer_get", phone="+1 555-0100")["id"].endswith("/1490000001")
    changed = confirmed("customer_upsert", phone="+1 (555) 0100", email="countess@example.com", match_by="PHONE")
    assert changed["default_email_address"]["email_address"] == "countess@example.com"


def test_refusals_of_an_upsert_are_plain(run: Run, confirmed: Run) -> None:
    with pytest.raises(NotFound):
        run("customer_upsert", id=4, note="x")
    with pytest.raises(InvalidInput, match="is to find the customer"):
        run("customer_upsert", email="ada@example.com", match_by="PHONE")
    with pytest.raises(Rejected, match="/phone: Another customer already has this phone number"):
        confirmed("customer_upsert", email="new@example.com", phone="+15550100")


def test_a_lost_answer_to_an_upsert_is_not_called_a_failure(
    runtime: Runtime, principal: Principal, store: Store, run: Run, sandbox: Sandbox
) -> None:
    wanted = {"email": "maybe@example.com", "first_name": "Maybe"}
    with pytest.raises(ConfirmationNeeded) as asked:
        run("customer_upsert", **wanted)
    sandbox.faults.add({"kind": "lost_reply", "times": 1, "match": {"subject": "CustomerSet"}})
    token = asked.value.details["confirmation_token"]
    with pytest.raises(OutcomeUnknown):
        runtime.actions.run(Call(principal, "customer_upsert", wanted, confirm=token))
    assert run("customer_get", email="maybe@example.com")["first_name"] == "Maybe"


# consents


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_consent_is_withdrawn_and_given_again(run: Run, channel: str) -> None:
    action = f"customer_{channel}_consent_update"
    assert consent(run(action, id="ada@example.com", marketing_state="unsubscribed"), channel) == "UNSUBSCRIBED"
    given = {"marketing_state": "SUBSCRIBED", "marketing_opt_in_level": "CONFIRMED_OPT_IN"}
    changed = run(action, id=1490000001, **given, consent_updated_at="2026-01-02T03:04:05Z")
    assert consent(changed, channel) == "SUBSCRIBED"
    for other in CHANNELS:
        assert consent(run("customer_get", id=1490000001), other) == "SUBSCRIBED"


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_withdrawal_can_be_undone(
    runtime: Runtime, principal: Principal, store: Store, run: Run, channel: str
) -> None:
    before = run("customer_get", id=1490000001)
    call = Call(principal, f"customer_{channel}_consent_update", {"id": 1490000001, "marketing_state": "UNSUBSCRIBED"})
    done = runtime.actions.run(call)
    assert done.meta["verified"] is True
    undo = done.meta["undo"]
    runtime.actions.run(Call(principal, undo["action"], undo["input"]))
    after = run("customer_get", id=1490000001)
    assert after[CHANNELS[channel].split(".")[0]] == before[CHANNELS[channel].split(".")[0]]


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_first_consent_can_not_be_undone_since_shopify_alone_sets_that_state(
    runtime: Runtime, principal: Principal, store: Store, run: Run, channel: str
) -> None:
    made = run("customer_create", email="new@example.com", phone="+15550177")
    given = {"id": made["id"], "marketing_state": "SUBSCRIBED", "marketing_opt_in_level": "SINGLE_OPT_IN"}
    done = runtime.actions.run(Call(principal, f"customer_{channel}_consent_update", given))
    assert done.meta["verified"] is True
    assert "undo" not in done.meta


@pytest.mark.parametrize("channel", CHANNELS)
def test_refusals_of_a_consent_are_plain(run: Run, channel: str, sandbox: Sandbox, store: Store) -> None:
    action = f"customer_{channel}_consent_update"
    nobody = run("customer_create", first_name="Nameless")["id"]
    before = len(sandbox.store(str(store.shop)).journal)
    with pytest.raises(InvalidInput, match="needs how the customer consented"):
        run(action, id=1490000001, marketing_state="SUBSCRIBED")
    with pytest.raises(InvalidInput, match="it needs CONFIRMED_OPT_IN"):
        run(action, id=1490000001, marketing_state="PENDING", marketing_opt_in_level="SINGLE_OPT_IN")
    with pytest.raises(InvalidInput, match="set one with customer_update first"):
        run(action, id=nobody, marketing_state="UNSUBSCRIBED")
    with pytest.raises(NotFound):
        run(action, id=4, marketing_state="UNSUBSCRIBED")
    with pytest.raises(Rejected, match="/consent_updated_at: The time of consent can’t be in the future"):
        run(action, id=1490000001, marketing_state="UNSUBSCRIBED", consent_updated_at="2090-01-01T00:00:00Z")
    assert len(sandbox.store(str(store.shop)).journal) == before


def test_without_the_scope_the_remedy_is_said(run: Run, regranted: Callable[[str], None]) -> None:
    regranted("read_customers")
    with pytest.raises(MissingScope, match="write_customers"):
        run("customer_email_consent_update", id=1490000001, marketing_state="UNSUBSCRIBED")
