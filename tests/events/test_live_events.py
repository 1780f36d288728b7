"""Live events: who sees what, from where on, and how a stream lives and ends."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from eventkit import OUTLET, Shopify, connect, order
from livekit import EVENTS, Live, Page, living
from served import settle
from webhost import PEOPLE, Caller, SmallHost, data_of, error_of

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.storage import NewEvent

if TYPE_CHECKING:
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

Happen = Callable[..., None]
# The feed is tried on both databases (tests/storage/test_feed.py); here they make no difference.
pytestmark = pytest.mark.parametrize("migrated_database_url", ["sqlite"], indirect=True)


@pytest.fixture
def live(runtime: Runtime, host: SmallHost, shopify: Shopify) -> Iterator[Live]:
    """The native route, with a sign of life every fifth of a second."""
    runtime.settings = replace(runtime.settings, live_heartbeat=0.2, live_streams=30)
    with living(runtime, host) as live:
        yield live


@pytest.fixture
def happen(shopify: Shopify, work: Callable[[], int]) -> Happen:
    """Have orders placed: their numbers."""

    def happen(*numbers: int, topic: str = "orders/create", **options: Any) -> None:
        for number in numbers:
            assert shopify.deliver(topic, order(number), **options).status_code == 200
        work()

    return happen


def names(page: Page, count: int) -> list[str]:
    return [message.resource for message in page.take(count)]


def named(*numbers: int) -> list[str]:
    return [f"orders/{7_000_000_000 + number}" for number in numbers]


def test_an_event_is_told_in_one_small_block(live: Live, happen: Happen) -> None:
    page = live.follow("ada")
    happen(1)
    message = page.next()
    assert message.kind == "order_created"
    assert message.data == {
        "id": message.id,
        "event": "order_created",
        "shop": "demo.myshopify.com",
        "resource": "orders/7000000001",
        "resource_id": "gid://shopify/Order/7000000001",
        "occurred_at": "2026-11-01T09:00:00+00:00",
    }
    assert b"ada@example.com" not in page.body
    assert page.body.startswith(b"retry: 2000\nid: ")


def test_a_stream_begins_now(live: Live, happen: Happen) -> None:
    happen(1)
    page = live.follow("ada")
    happen(2)
    assert names(page, 1) == named(2)


def test_a_stream_goes_on_where_another_one_ended(live: Live, happen: Happen) -> None:
    page = live.follow("ada")
    happen(1, 2)
    page.take(2)
    live.leave(page)
    happen(3, 4)
    again = live.follow("ada", last_event_id=page.last_id)
    happen(5)
    assert names(again, 3) == named(3, 4, 5)
    assert again.silent()


def test_a_page_that_is_cut_off_before_its_first_event_misses_nothing(live: Live, happen: Happen) -> None:
    page = live.follow("ada")
    live.leave(page)
    happen(1)
    assert names(live.follow("ada", last_event_id=page.last_id), 1) == named(1)


def test_the_header_goes_before_the_address(live: Live, happen: Happen) -> None:
    page = live.follow("ada")
    first = page.last_id
    happen(1)
    page.next()
    again = live.follow("ada", f"last_event_id={first}", last_event_id=page.last_id)
    assert names(live.follow("ada", f"last_event_id={first}"), 1) == named(1)
    assert again.silent()


@pytest.mark.parametrize("odd", ["x", "0", "-", "abc-1", "-1", "é", "9" * 500, "feedfeed-0", "HEAD-9"])
def test_a_position_that_is_none_is_answered_by_a_reset(live: Live, happen: Happen, odd: str) -> None:
    happen(1)
    epoch, _, end = live.follow("ada").last_id.partition("-")
    page = live.follow("ada", last_event_id=odd.replace("HEAD", epoch))
    reset = page.next()
    assert (reset.kind, reset.id, reset.data) == ("reset", f"{epoch}-{end}", {"last_event_id": f"{epoch}-{end}"})
    happen(2)
    assert names(page, 1) == named(2)


def test_a_position_whose_events_have_been_deleted_is_answered_by_a_reset(
    live: Live, happen: Happen, runtime: Runtime
) -> None:
    from datetime import timedelta

    first = live.follow("ada").last_id
    happen(1, 2)
    later = runtime.storage.now() + timedelta(days=8)
    runtime.storage.clock = lambda: later
    runtime.storage.cleanup()
    assert live.follow("ada", last_event_id=first).next().kind == "reset"
    end = live.follow("ada").last_id
    happen(3)
    assert names(live.follow("ada", last_event_id=end), 1) == named(3)


def test_somebody_without_the_store_sees_nothing_of_it(live: Live, happen: Happen) -> None:
    pages = {name: live.follow(name) for name in ("mallory", "foreign", "admin", "service")}
    ada = live.follow("ada")
    happen(1)
    ada.next()
    assert {name: page.silent(0.3) for name, page in pages.items()} == dict.fromkeys(pages, True)
    start = ada.body.partition(b"id: ")[2].partition(b"\n")[0].decode()
    assert live.follow("mallory", last_event_id=start).silent(0.3)


def test_who_joins_begins_to_see_and_who_is_removed_sees_no_more(
    live: Live, happen: Happen, runtime: Runtime, store: Store
) -> None:
    colleague = PEOPLE["colleague"]
    page, ada = live.follow("colleague"), live.follow("ada")
    happen(1)
    ada.next()
    runtime.storage.memberships.add(colleague, store.id)
    happen(2)
    assert names(page, 1) == named(2)
    runtime.storage.memberships.dismiss(store.id, colleague)
    happen(3)
    assert names(ada, 2) == named(2, 3)
    assert page.silent()


def test_a_page_may_follow_one_store_and_some_triggers(
    live: Live, happen: Happen, runtime: Runtime, sandbox: Sandbox, principal: Principal
) -> None:
    connect(runtime, sandbox, principal, OUTLET)
    every, outlet, paid = live.follow("ada"), live.follow("ada", "shop=outlet"), live.follow("ada", "events=order_paid")
    happen(1)
    happen(2, shop=OUTLET.name)
    happen(1, topic="orders/paid")
    assert [(one.kind, one.resource) for one in every.take(3)] == [
        ("order_created", named(1)[0]),
        ("order_created", named(2)[0]),
        ("order_paid", named(1)[0]),
    ]
    assert names(outlet, 1) == named(2)
    assert paid.next().kind == "order_paid"
    assert outlet.silent(0.3)
    assert paid.silent(0.0)


@pytest.mark.parametrize(
    ("who", "query", "status", "code"),
    [
        (None, "", 401, "AUTH_ERROR"),
        ("nobody-known", "", 401, "AUTH_ERROR"),
        ("mallory", "shop=demo", 404, "NOT_FOUND"),
        ("ada", "events=no_such_trigger", 400, "VALIDATION_ERROR"),
        ("ada", "bogus=1", 400, "VALIDATION_ERROR"),
        ("ada", "limit=0", 400, "VALIDATION_ERROR"),
        ("ada", "last_event_id=a&last_event_id=b", 400, "VALIDATION_ERROR"),
        ("ada", "shop=%FF", 400, "VALIDATION_ERROR"),
        ("ada", "user_id=mallory", 403, "FORBIDDEN"),
    ],
)
@pytest.mark.parametrize("accept", ["text/event-stream", "application/json"])
def test_what_is_refused_is_refused_in_the_one_shape(
    live: Live, who: str | None, query: str, status: int, code: str, accept: str
) -> None:
    page = live.open(who, query, accept=accept)
    got, headers = page.status.get(timeout=5)
    page.ended.wait(5)
    error = json.loads(page.body)["error"]
    assert (got, error["code"], error["request_id"]) == (status, code, headers["x-request-id"])


def test_a_service_follows_for_a_person(live: Live, happen: Happen) -> None:
    page = live.follow("service", "user_id=ada")
    happen(1)
    assert names(page, 1) == named(1)


def test_a_stream_gives_signs_of_life(live: Live) -> None:
    page = live.follow("ada")
    for _ in range(3):
        assert page.quiet.get(timeout=5).id == page.last_id
    assert page.body.count(b": alive\n") >= 3


def test_a_stream_ends_with_its_sign_in(live: Live, host: SmallHost) -> None:
    page = live.follow("ada")
    host.answer = lambda _request: None
    assert page.ended.wait(5)
    assert live.open("ada").begin() == 401


def test_a_stream_ends_when_its_sign_in_stands_for_somebody_else(live: Live, host: SmallHost) -> None:
    page = live.follow("ada")
    host.answer = lambda _request: PEOPLE["mallory"]
    assert page.ended.wait(5)


def test_a_host_that_can_not_tell_for_a_moment_ends_no_stream(live: Live, host: SmallHost, happen: Happen) -> None:
    from atom_shopify_plugin.hookspecs import HostUnavailable

    def away(_request: object) -> Principal:
        raise HostUnavailable

    page = live.follow("ada")
    host.answer = away
    for _ in range(3):
        page.quiet.get(timeout=5)
    host.answer = host.look_up
    happen(1)
    assert names(page, 1) == named(1)


def test_a_person_has_so_many_streams_and_others_have_theirs(live: Live) -> None:
    pages = [live.follow("ada") for _ in range(20)]
    one_more = live.open("ada")
    status, headers = one_more.status.get(timeout=5)
    assert (status, int(headers["retry-after"]) >= 1) == (429, True)
    others = [live.follow("mallory") for _ in range(10)]
    assert live.open("colleague").status.get(timeout=5)[0] == 503
    live.leave(pages[0])
    live.leave(others[0])
    assert live.follow("ada").silent(0.0)


def test_a_page_that_leaves_leaves_nothing_behind(live: Live, happen: Happen) -> None:
    before = live.tasks()
    pages = [live.follow("ada") for _ in range(10)]
    happen(1)
    for page in pages:
        live.leave(page)
    assert settle(lambda: live.tasks() == before, 5.0)


def test_a_slow_reader_gets_everything_and_keeps_nobody_waiting(live: Live, runtime: Runtime, store: Store) -> None:
    """More comes than is kept for all streams: what the slow one has not read is read from the database for it."""
    gate = live.gate()
    slow = live.open("ada", gate=gate)
    slow.status.get(timeout=5)
    quick = live.follow("ada")
    with runtime.storage.begin() as session:
        for number in range(1300):
            new = NewEvent(
                trigger="order_created", dedupe_key=f"{number}", app=store.app, shop=store.shop.name, payload=b"{}",
                installation_id=store.id, resource=f"orders/{7_000_000_000 + number}", state="emitted",
            )  # fmt: skip
            runtime.storage.events.put(new, session=session)
    assert names(quick, 1300) == named(*range(1300))
    assert slow.messages.empty()
    gate.open()
    assert names(slow, 1300) == named(*range(1300))
    assert slow.silent(0.3)


def test_a_stream_leaves_one_line_in_the_log_at_its_end(
    live: Live, happen: Happen, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "atom_shopify_plugin.web.requestlog")
    page = live.follow("ada", "events=order_created")
    happen(1)
    page.next()

    def lines() -> list[dict[str, Any]]:
        found = [json.loads(record.getMessage()) for record in caplog.records if "requestlog" in record.name]
        return [line for line in found if line["route"] == EVENTS]

    assert lines() == []
    live.leave(page)
    (line,) = lines()
    assert (line["method"], line["status"], line["bytes_out"]) == ("GET", 200, len(page.body))
    assert "order_created" not in json.dumps(line)


def test_polling_answers_what_streams_tell(live: Live, ada: Caller, happen: Happen) -> None:
    begun = data_of(ada.get(EVENTS))
    assert (begun["events"], begun["more"], begun["reset"]) == ([], False, False)
    page = live.follow("ada", last_event_id=begun["last_event_id"])
    happen(1, 2, 3)
    told = [message.data for message in page.take(3)]
    some = data_of(ada.get(f"{EVENTS}?last_event_id={begun['last_event_id']}&limit=2"))
    assert (some["events"], some["more"], some["last_event_id"]) == (told[:2], True, told[1]["id"])
    rest = data_of(ada.get(f"{EVENTS}?last_event_id={some['last_event_id']}"))
    assert (rest["events"], rest["more"]) == (told[2:], False)
    assert data_of(ada.get(f"{EVENTS}?last_event_id=odd"))["reset"] is True


def test_a_host_without_streams_answers_json_to_who_asks_for_a_stream(ada: Caller) -> None:
    answer = ada.get(EVENTS, headers={"Accept": "text/event-stream"})
    assert (answer.status_code, answer.mimetype) == (200, "application/json")


def test_both_routes_answer_json_alike(live: Live, ada: Caller, mallory: Caller, happen: Happen) -> None:
    happen(1)
    for who, person in (("ada", ada), ("mallory", mallory)):
        for query in ("", "limit=1", "last_event_id=x", "shop=demo", "events=a", "user_id=ada"):
            page = live.open(who, query, accept="application/json")
            status, headers = page.status.get(timeout=5)
            page.ended.wait(5)
            other = person.get(f"{EVENTS}?{query}")
            bodies = [json.loads(page.body), json.loads(other.data)]
            for body in bodies:
                body.get("meta", body.get("error"))["request_id"] = ""
            assert (status, bodies[0]) == (other.status_code, bodies[1])
            named = {name.lower() for name, _ in other.headers}
            assert named == headers.keys()


def test_a_stranger_who_polls_is_told_nothing(mallory: Caller, ada: Caller, happen: Happen) -> None:
    begun = data_of(ada.get(EVENTS))["last_event_id"]
    happen(1)
    assert data_of(mallory.get(f"{EVENTS}?last_event_id={begun}"))["events"] == []
    assert error_of(mallory.get(f"{EVENTS}?shop=demo"))["code"] == "NOT_FOUND"
