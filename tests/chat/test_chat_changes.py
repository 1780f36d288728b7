"""Changes by chat: shown first, done after a yes of the same person, in time, and once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import update

from atom_shopify_plugin.chat.conversation import Reply
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.storage.stores.chat_states import ChatStateRow

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.storage import Store

Say = Callable[[str], Reply]
Changes = Callable[[], list[str]]


MADE = [
    ("cancel order 1001", "Cancel the order “#1001” in demo for good?", "Order #1001 is cancelled."),
    ("refund order #1003", "It pays back 47.80 EUR", "of order #1003 is paid back."),
    ("mark order 1024 as paid", "It records 16.90 EUR as received.", "Order #1024 is paid."),
    ("close order 1005", "Close an order “#1005”", "Order #1005 is closed."),
    ('add a note "Gift wrap" to order 1002', "note: empty → Gift wrap", "The note of order #1002 is: Gift wrap"),
    ("put order 1021 on hold", "1021", "#1021 is on hold"),
    ("fulfil 1002 with tracking JD0001", "tracking number: JD0001", "tracking JD0001"),
    ("set MUG-BLUE stock to 40", "→ 40", "MUG-BLUE: 40 available"),
    ("add 5 units of MUG-BLUE at Shop Floor", "Shop Floor", "MUG-BLUE:"),
    ("raise the price of MUG-BLUE by 10%", "12.00 → 13.20", "1 price changed."),
    ("set the price of MUG-BLUE to 14 €", "13.20 → 14", "1 price changed."),
    ('create product "Red teapot" for 24,90', "price: 24.90", "Red teapot is there (active)."),
    ("archive product Mug", "ACTIVE → ARCHIVED", "Mug · archived"),
    ("delete product mug", "Delete “Mug” with 2 variants", "The product is deleted."),
    ("unpublish product mug", "channels: Online Store", "Mug is no longer published there."),
    ("tag ada@example.com as friend", "vip → vip, friend", "friend"),
    ("create a 15% discount code AUTUMN", "code: empty → AUTUMN", "AUTUMN · active"),
    ("disable discount code WELCOME10", "ACTIVE → EXPIRED", "expired"),
    ("draft order for ada@example.com with 2 MUG-BLUE", "sku: MUG-BLUE", "is a draft."),
    ("send invoice #D1", "It sends an e-mail to ada@example.com.", "was sent to ada@example.com."),
    ("approve return #1018-R1", "REQUESTED → OPEN", "#1018-R1 is approved"),
    ("create customer bob@example.com", "bob@example.com", "The customer bob@example.com is there."),
    ("delete customer bob@example.com", "Delete", "The customer is deleted."),
    ("tag order 1001 as urgent", "tags: empty → urgent", "The tags are now: urgent."),
    ("rename product coastal mug to Cup", "Coastal Mug → Cup", "Cup · active"),
    ("capture the payment of order 1030", "It captures 405.00 EUR", "The payment of order #1030 is taken."),
]


def test_a_change_is_shown_and_done_after_a_yes(say: Say, changes: Changes) -> None:
    for text, shown, done in MADE:
        before = changes()
        asked = say(text)
        assert asked.ok, asked.text
        assert shown in asked.text, text
        assert "Say yes" in asked.text
        assert changes() == before
        told = say("Yes, please!")
        assert told.ok, told.text
        assert done in told.text, text
        made = changes()
        assert len(made) > len(before), text
        assert "nothing to confirm" in say("yes").text
        assert changes() == made


def test_what_destroys_says_that_it_can_not_be_taken_back(say: Say) -> None:
    assert "This can’t be undone." in say("cancel order 1001").text
    assert "This can’t be undone." not in say("set stock of MUG-BLUE to 40").text


NO_YES = [
     "no", "No, thanks", "cancel", "stop", "never mind", "don't do it", "yes but not the shipping", "yes if it is paid",
     "orders", "good morning", "yes cancel 1002", "no yes", "y e s", "“yes”", "maybe", "later", "not yes", "yes?no",
]  # fmt: skip


def test_nothing_but_a_plain_yes_does_it(say: Say, runtime: Runtime, principal: Principal, changes: Changes) -> None:
    for answer in NO_YES:
        say("cancel order 1001")
        runtime.chat.answer(principal, answer)
        late = runtime.chat.answer(principal, "yes")
        assert changes() == [], answer
        assert late is None or not late.ok or late.text.startswith("Cancel the order “#1002”"), answer


def test_a_word_that_may_only_mean_i_see_is_asked_about(say: Say, changes: Changes) -> None:
    say("close order 1005")
    for word in ("ok", "Sure.", "fine"):
        assert say(word).text == "Say yes to do it, or no to leave it."
    assert changes() == []
    assert "is closed" in say("yes").text


def test_a_yes_that_comes_too_late_does_nothing(say: Say, runtime: Runtime, changes: Changes) -> None:
    say("cancel order 1001")
    with runtime.storage.begin() as session:
        session.execute(update(ChatStateRow).values(expires_at=runtime.storage.now() - timedelta(seconds=1)))
    reply = say("yes")
    assert not reply.ok
    assert "no longer open" in reply.text
    assert changes() == []


def test_a_yes_of_somebody_else_or_at_another_place_does_nothing(
    say: Say, runtime: Runtime, principal: Principal, stranger: Principal, changes: Changes
) -> None:
    say("cancel order 1001")
    assert runtime.chat.answer(replace(principal, via="desk"), "yes") is None
    assert runtime.chat.answer(stranger, "yes") is None
    assert runtime.chat.answer(replace(principal, tenant="other"), "yes") is None
    assert changes() == []
    assert say("yes").ok
    assert changes() != []


def test_another_process_that_shares_the_database_takes_the_yes_and_only_one_does(
    say: Say, runtime: Runtime, principal: Principal, sandbox: object, changes: Changes
) -> None:
    from atom_shopify_plugin.sandbox.adapter import SandboxAdapter

    say("set stock of MUG-BLUE to 40")
    other = Runtime(runtime.settings, adapter=SandboxAdapter(sandbox))  # type: ignore[arg-type]
    try:
        done = other.chat.answer(principal, "yes")
        assert done is not None
        assert done.ok, done.text
        made = changes()
        assert made
        again = say("yes")
        assert not again.ok
        assert changes() == made
    finally:
        other.close()


def test_what_is_no_order_says_how_to_give_one(say: Say, changes: Changes) -> None:
    for text in ("don't cancel order 1001", "can I cancel order 1001?", "“cancel order 1001”"):
        reply = say(text)
        assert "I changed nothing" in reply.text
        assert "“cancel order #1001”" in reply.text
    assert changes() == []


def test_a_change_in_all_stores_is_shown_for_each_and_done_in_each(say: Say, changes: Changes, outlet: Store) -> None:
    asked = say("set stock of MUG-BLUE to 40 in all stores")
    assert "Demo:" in asked.text
    assert "Outlet:" in asked.text
    assert changes() == []
    told = say("yes")
    assert "Demo:\nMUG-BLUE: 40 available" in told.text
    assert changes() != []


def test_money_of_another_currency_is_refused(say: Say, changes: Changes) -> None:
    reply = say("refund $10 on order 1001")
    assert not reply.ok
    assert "The store’s currency is EUR." in reply.text
    assert changes() == []


def test_undo_takes_back_what_was_done(say: Say, changes: Changes) -> None:
    say("close order 1005")
    assert "Say `undo`" in say("yes").text
    assert changes() != ["orderOpen"]
    assert say("undo").ok
    assert changes()[-1] == "orderOpen"
