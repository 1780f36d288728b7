"""What works once: OAuth states, confirmation tokens, idempotency keys."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select
from storage_helpers import DEMO, MovableClock

from atom_shopify_plugin.errors import Conflict, InvalidInput, PluginError
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.storage import Begun, Flow, InProgress, Interrupted, Mismatch, Replay, Storage, Store
from atom_shopify_plugin.storage.calls.confirmations import Confirmation
from atom_shopify_plugin.storage.calls.idempotency import Idempotency
from atom_shopify_plugin.storage.stores.tables import OAuthState

BROWSER = "b" * 43


@pytest.fixture
def state(storage: Storage, ada: Principal) -> str:
    return storage.oauth_states.issue(ada, DEMO, browser=BROWSER, return_to="stores")


def test_a_state_brings_back_its_flow(storage: Storage, state: str) -> None:
    flow = storage.oauth_states.consume(state, None, browser=BROWSER)
    assert (flow.principal.subject, flow.shop, flow.return_to) == ("ada", DEMO, "stores")


def test_a_state_is_not_stored_itself(storage: Storage, state: str) -> None:
    with storage.read() as session:
        row = session.scalars(select(OAuthState)).one()
    assert state not in (row.id, row.browser_hash)
    assert row.browser_hash != BROWSER


@pytest.mark.parametrize(("who", "browser"), [("bob", BROWSER), (None, "c" * 43), ("ada", "c" * 43)])
def test_another_person_or_browser_is_refused_and_uses_nothing_up(
    storage: Storage, state: str, who: str | None, browser: str
) -> None:
    with pytest.raises(InvalidInput):
        storage.oauth_states.consume(state, who and Principal(who), browser=browser)
    assert storage.oauth_states.consume(state, Principal("ada"), browser=BROWSER)


def test_a_state_lives_ten_minutes(storage: Storage, state: str, clock: MovableClock) -> None:
    clock.move(minutes=10)
    with pytest.raises(InvalidInput):
        storage.oauth_states.consume(state, None, browser=BROWSER)


def test_of_many_loads_of_one_callback_exactly_one_gets_the_flow(storage: Storage, state: str) -> None:
    def load(_number: int) -> Flow | PluginError:
        try:
            return storage.oauth_states.consume(state, None, browser=BROWSER)
        except PluginError as error:
            return error

    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(load, range(64)))
    assert sum(isinstance(result, Flow) for result in results) == 1
    others = [result for result in results if not isinstance(result, Flow)]
    assert all(isinstance(result, Conflict) and result.details["reason"] == "in_progress" for result in others)


@pytest.mark.parametrize("value", ["", "nonsense", "\0", "\ud800", "x" * 100_000])
def test_a_state_that_is_none_is_refused(storage: Storage, state: str, value: str) -> None:
    with pytest.raises(InvalidInput):
        storage.oauth_states.consume(value, None, browser=BROWSER)


def test_a_confirmation_is_good_once_and_only_for_its_call(storage: Storage, demo: Store, ada: Principal) -> None:
    token = storage.confirmations.issue(ada, demo.id, "product_delete", "hash")
    consume = storage.confirmations.consume
    assert not consume(token, Principal("bob"), demo.id, "product_delete", "hash")
    assert not consume(token, ada, "0" * 32, "product_delete", "hash")
    assert not consume(token, ada, demo.id, "order_cancel", "hash")
    assert not consume(token, ada, demo.id, "product_delete", "other")
    assert not consume("nonsense", ada, demo.id, "product_delete", "hash")
    assert consume(token, ada, demo.id, "product_delete", "hash")
    assert not consume(token, ada, demo.id, "product_delete", "hash")


def test_a_confirmation_used_by_many_at_once_counts_once(storage: Storage, demo: Store, ada: Principal) -> None:
    token = storage.confirmations.issue(ada, demo.id, "product_delete", "hash")
    with ThreadPoolExecutor(8) as pool:
        used = list(
            pool.map(lambda _: storage.confirmations.consume(token, ada, demo.id, "product_delete", "hash"), range(24))
        )
    assert sum(used) == 1


def test_a_confirmation_ends_after_its_time(storage: Storage, demo: Store, ada: Principal, clock: MovableClock) -> None:
    token = storage.confirmations.issue(ada, demo.id, "product_delete", "hash")
    with storage.read() as session:
        assert session.scalars(select(Confirmation.id)).one() != token
    clock.move(seconds=300)
    assert not storage.confirmations.consume(token, ada, demo.id, "product_delete", "hash")


ADA = Principal("ada")


@pytest.fixture
def call(storage: Storage, demo: Store) -> Callable[..., object]:
    """Begin ada's call under a key."""

    def begin(
        key: str = "key", input_hash: str = "hash", who: Principal = ADA, action: str = "product_create"
    ) -> object:
        return storage.idempotency.begin(demo.id, who, action, key, input_hash, 30)

    return begin


def test_a_finished_call_is_answered_again(storage: Storage, call: Callable[..., object]) -> None:
    begun = call()
    assert isinstance(begun, Begun)
    storage.idempotency.finish(begun, {"title": "Mug", "tags": ["a"]})
    assert call() == Replay({"title": "Mug", "tags": ["a"]})
    with storage.read() as session:
        assert b"Mug" not in (session.scalars(select(Idempotency.result)).one() or b"")


def test_keys_belong_to_person_and_action(call: Callable[..., object]) -> None:
    assert isinstance(call(), Begun)
    assert isinstance(call(who=Principal("bob")), Begun)
    assert isinstance(call(who=Principal("ada", tenant="elsewhere")), Begun)
    assert isinstance(call(action="order_close"), Begun)
    assert isinstance(call(key="other"), Begun)


def test_a_result_is_stored_whatever_numbers_and_texts_it_holds(storage: Storage, call: Callable[..., object]) -> None:
    begun = call()
    assert isinstance(begun, Begun)
    storage.idempotency.finish(begun, {"many": 2**70, "half": "\ud800", "deep": _nested(400)})
    again = call()
    assert isinstance(again, Replay)
    assert (again.result["many"], again.result["half"]) == (str(2**70), "\ufffd")


def _nested(depth: int) -> list[object]:
    value: list[object] = []
    for _ in range(depth):
        value = [value]
    return value


def test_a_key_with_another_input_is_a_mismatch_in_every_state(storage: Storage, call: Callable[..., object]) -> None:
    begun = call()
    assert isinstance(begun, Begun)
    assert call(input_hash="other") == Mismatch()
    storage.idempotency.finish(begun, {})
    assert call(input_hash="other") == Mismatch()


def test_a_running_call_is_in_progress_until_its_time_is_over(call: Callable[..., object], clock: MovableClock) -> None:
    call()
    clock.move(seconds=10)
    assert call() == InProgress(20.0)
    clock.move(seconds=20)
    assert isinstance(call(), Interrupted)


def test_one_of_many_takes_an_interrupted_call_over(call: Callable[..., object], clock: MovableClock) -> None:
    call()
    clock.move(seconds=31)
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: call(), range(16)))
    assert sum(isinstance(result, Interrupted) for result in results) == 1
    assert sum(isinstance(result, InProgress) for result in results) == 15


def test_who_finishes_late_settles_the_call(storage: Storage, call: Callable[..., object], clock: MovableClock) -> None:
    begun = call()
    assert isinstance(begun, Begun)
    clock.move(seconds=31)
    assert isinstance(call(), Interrupted)
    storage.idempotency.finish(begun, {"id": 1})
    assert call() == Replay({"id": 1})


def test_an_uncertain_call_stays_uncertain(storage: Storage, call: Callable[..., object]) -> None:
    begun = call()
    assert isinstance(begun, Begun)
    storage.idempotency.uncertain(begun)
    for _ in range(2):
        again = call()
        assert isinstance(again, Interrupted)
        storage.idempotency.uncertain(again.begun)


def test_an_abandoned_key_may_be_used_again_and_the_old_owner_has_no_say(
    storage: Storage, call: Callable[..., object]
) -> None:
    first = call()
    assert isinstance(first, Begun)
    storage.idempotency.abandon(first)
    second = call()
    assert isinstance(second, Begun)
    storage.idempotency.finish(first, {"wrong": True})
    storage.idempotency.abandon(first)
    assert isinstance(call(), InProgress)


def test_keys_are_kept_for_a_day(storage: Storage, call: Callable[..., object], clock: MovableClock) -> None:
    begun = call()
    assert isinstance(begun, Begun)
    storage.idempotency.finish(begun, {})
    clock.move(hours=23, minutes=59)
    assert call() == Replay({})
    clock.move(minutes=1)
    assert isinstance(call(), Begun)


def test_of_many_calls_under_one_key_exactly_one_runs(call: Callable[..., object]) -> None:
    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(lambda _: call(), range(48)))
    assert sum(isinstance(result, Begun) for result in results) == 1
    assert sum(isinstance(result, InProgress) for result in results) == 47


@pytest.mark.parametrize("key", ["\0", "\ud800", "x" * 10_000, "'; drop table", "\u202e"])
def test_a_key_may_hold_anything(call: Callable[..., object], key: str) -> None:
    assert isinstance(call(key=key), Begun)
    assert isinstance(call(key=key), InProgress)
