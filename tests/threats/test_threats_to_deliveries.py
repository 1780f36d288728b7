"""What a stranger, a thief of one delivery, or a careless Shopify sends to the receiver, over real sockets."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from corpus import BODY, POISON, UNUSABLE, spoilt
from eventkit import PATH, PREVIOUS, SECRET, encoded, headers_of, order
from house import AUTHORIZE, STORES, House, Person, open_house
from served import settle
from webhost import error_of

from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.webhooks import sign


def new_id() -> str:
    return f"w-{secrets.token_hex(8)}"


def unlike(number: int | None = None) -> bytes:
    """Return a body that no other delivery had."""
    return encoded(order(secrets.randbelow(10**9) if number is None else number, note=secrets.token_hex(8)))


# T3 and T7: the signature is over the bytes as they came


@pytest.mark.parametrize("what", list(spoilt(BODY)))
def test_a_wrong_signature_is_answered_401_and_nothing_is_stored(house: House, what: str) -> None:
    webhook_id = new_id()
    signature = spoilt(BODY)[what].encode().decode("latin-1")
    answer = house.deliver("orders/create", BODY, hmac_sha256=signature, webhook_id=webhook_id)
    assert answer.status_code == 401
    assert error_of(answer)["code"] == "WRONG_SIGNATURE"
    assert house.row(webhook_id) is None


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/xml"])
def test_the_type_of_a_body_is_looked_at_after_its_signature(house: House, kind: str) -> None:
    body = b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--x--\r\n"
    for secret, status in ((SECRET, 415), (Secret("another"), 401)):
        headers = {**headers_of(body, "orders/create", secret=secret), "Content-Type": kind}
        assert house.person(None).send("POST", PATH, body, headers).status_code == status


@pytest.mark.parametrize("body", [b"\xef\xbb\xbf{}", b'{"b":1,"a":1.0}', b'{"a": 1e0,\r\n"b": 1}\r\n', b"{}\n", b""])
def test_the_bytes_are_signed_and_kept_as_they_came(house: House, body: bytes) -> None:
    webhook_id = new_id()
    assert house.deliver("carts/update", body, webhook_id=webhook_id).status_code == 200
    storage = house.server.storage()
    row = house.row(webhook_id)
    assert row is not None
    content = storage.erasure.content(row.id, row.installation_id or "", "delivery")
    storage.close()
    assert content in (body, None)  # None: kept aside, and not shown


def test_who_looks_at_the_database_from_outside_takes_no_delivery_away(house: House) -> None:
    """A process that has lost its locks writes into a log that another process has deleted."""
    sent = []
    for _ in range(3):
        sent.append(new_id())
        assert house.deliver("carts/update", b"{}", webhook_id=sent[-1]).status_code == 200
        assert house.row(sent[-1]) is not None  # opens the file and closes it, as a backup does
    assert {row.headers["webhook_id"] for row in house.rows()} >= set(sent)


def test_both_secrets_count_and_one_that_is_neither_does_not(house: House) -> None:
    statuses = [
        house.deliver("orders/create", unlike(), secret=secret).status_code
        for secret in (SECRET, PREVIOUS, Secret("another"), Secret(""))
    ]
    assert statuses == [200, 200, 401, 401]


# T4: a signature of one protocol is none in another


def test_what_signs_a_callback_or_a_session_signs_no_delivery(house: House, ada: Person) -> None:
    digest = hmac.new(SECRET.reveal().encode(), b"code=c&shop=demo.myshopify.com", hashlib.sha256)
    ada.get(f"{AUTHORIZE}?shop=demo")
    ours = [*ada.cookies.values(), ada.token or ""]
    assert len(ours) >= 2
    for text in (digest.hexdigest(), base64.b64encode(digest.digest()).decode(), *ours):
        assert house.deliver("orders/create", BODY, hmac_sha256=text).status_code == 401


def test_what_signs_a_delivery_ends_no_flow(house: House, mallory: Person) -> None:
    before = house.exchanges()
    query = f"code=c&shop=demo.myshopify.com&state={'A' * 43}&timestamp={int(time.time())}"
    digest = base64.b64decode(sign(query.encode(), SECRET)).hex()
    assert mallory.get(f"/api/auth/shopify/callback?{query}&hmac={digest}").status_code == 400
    assert house.exchanges() == before


# T8: an answer's shape tells nothing; that its time does not is measured by `make soak`


def test_unsigned_deliveries_look_the_same_whatever_they_name(house: House) -> None:
    wrong = Secret("another")
    answers = [
        house.deliver(topic, BODY, secret=wrong, shop=shop)
        for topic, shop in (
            ("orders/create", "demo.myshopify.com"),
            ("orders/create", "nobody-has-this.myshopify.com"),
            ("no topic", "demo.myshopify.com"),
            ("customers/redact", "evil.com"),
        )
    ]
    assert len({(answer.status_code, error_of(answer)["message"]) for answer in answers}) == 1


# T9 and T39: headers are not signed


def state_of(house: House, webhook_id: str) -> str | None:
    row = house.row(webhook_id)
    return None if row is None else row.state


def test_a_delivery_that_is_replayed_for_another_store_is_kept_aside(house: House) -> None:
    body, first = unlike(), new_id()
    assert house.deliver("orders/create", body, webhook_id=first).status_code == 200
    house.worked_off()
    replays = [new_id(), new_id()]
    for webhook_id in replays:
        assert (
            house.deliver("orders/create", body, webhook_id=webhook_id, shop="outlet.myshopify.com").status_code == 200
        )
        house.worked_off()
    assert [state_of(house, webhook_id) for webhook_id in replays] == ["quarantined"] * 2
    assert state_of(house, first) == "done"


def test_a_delivery_that_is_replayed_for_its_own_store_repeats_no_creation(house: House) -> None:
    body, ids = unlike(), [new_id() for _ in range(3)]
    for webhook_id in ids:
        assert house.deliver("orders/create", body, webhook_id=webhook_id).status_code == 200
        house.worked_off()
    assert [state_of(house, webhook_id) for webhook_id in ids] == ["done"] * 3
    storage = house.server.storage()
    told = [event.state for event in storage.events.list(trigger="order_created") if event.dedupe_key[-18:] in ids]
    storage.close()
    assert sorted(told) == ["emitted", "superseded", "superseded"]


@pytest.mark.parametrize("member", ["shop_domain", "myshopify_domain"])
def test_a_body_that_names_another_store_is_kept_aside(house: House, member: str) -> None:
    webhook_id = new_id()
    body = encoded({"id": 1, member: "outlet.myshopify.com"})
    assert house.deliver("shop/update", body, webhook_id=webhook_id).status_code == 200
    house.worked_off()
    row = house.row(webhook_id)
    assert row is not None
    assert row.state == "quarantined"


@pytest.mark.parametrize(("more", "status"), UNUSABLE, ids=str)
def test_a_signed_delivery_that_nobody_can_work_with_is_refused(
    house: House, more: dict[str, str], status: int
) -> None:
    options = {"topic": "orders/create", "webhook_id": new_id(), **more}
    headers = headers_of(BODY, options.pop("topic"), **options)  # type: ignore[arg-type]  # all of them texts
    headers = {name: value.encode().decode("latin-1") for name, value in headers.items()}
    answer = house.person(None).send("POST", PATH, BODY, headers)
    assert answer.status_code == status
    error_of(answer)
    assert house.row(options["webhook_id"]) is None


# T10: two families of headers


@pytest.mark.parametrize("mark", ["Hmac-Sha256", "Topic", "Shop-Domain", "Webhook-Id", "Event-Id", "Triggered-At"])
def test_headers_of_both_families_are_refused_even_when_signed(house: House, mark: str) -> None:
    webhook_id = new_id()
    for family, other in (("X-Shopify-", "Shopify-"), ("Shopify-", "X-Shopify-")):
        headers = headers_of(BODY, "orders/create", webhook_id=webhook_id, family=family)
        headers[other + mark] = "x"
        answer = house.person(None).send("POST", PATH, BODY, headers)
        assert answer.status_code == 400
        error_of(answer)
    assert house.row(webhook_id) is None


# T14: bodies that break parsers and databases


@pytest.mark.parametrize("body", POISON, ids=lambda body: repr(body[:24]))
def test_a_poisoned_body_is_taken_and_stops_nothing(house: House, body: bytes) -> None:
    poison, good = new_id(), new_id()
    assert house.deliver("orders/create", body, webhook_id=poison).status_code == 200
    assert house.deliver("orders/create", unlike(), webhook_id=good).status_code == 200
    house.worked_off()
    first, last = house.row(poison), house.row(good)
    assert first is not None
    assert last is not None
    assert first.state in ("done", "quarantined")
    assert last.state == "done"


# T23 and T24: what is the same delivery, and what is not


def test_a_delivery_that_comes_again_and_again_is_one(house: House) -> None:
    webhook_id, body = new_id(), unlike()
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: house.deliver("orders/create", body, webhook_id=webhook_id), range(64)))
    assert {answer.status_code for answer in answers} == {200}
    assert [answer.json["data"]["stored"] for answer in answers].count(True) == 1
    house.worked_off()
    assert house.row(webhook_id) is not None


def test_one_event_that_raises_two_topics_is_two_deliveries(house: House) -> None:
    """Shopify gives both the same event id: it is no identity."""
    event_id, ids = secrets.token_hex(8), (new_id(), new_id())
    for topic, webhook_id in zip(("orders/create", "orders/paid"), ids, strict=True):
        answer = house.deliver(topic, unlike(7), webhook_id=webhook_id, event_id=event_id)
        assert answer.json["data"] == {"stored": True}
    house.worked_off()
    assert [row and row.state for row in map(house.row, ids)] == ["done", "done"]


# T29: a limiter in front of deliveries would lose them


def test_nothing_limits_how_many_deliveries_come(house: House) -> None:
    with ThreadPoolExecutor(16) as pool:
        statuses = set(pool.map(lambda _: house.deliver("carts/update", unlike()).status_code, range(600)))
    assert statuses == {200}


# T25 and T26: the end of an installation, and of a person's data


CANARY = "grace.canary.hopper@example.com"


def test_an_uninstall_and_two_redactions_over_the_wire(tmp_path: Path) -> None:
    """A late notice ends nothing, a forged one neither; after the redactions no file holds a byte of the person."""
    redact = {
        "shop_domain": "demo.myshopify.com",
        "customer": {"id": 4711, "email": CANARY},
        "orders_to_redact": [7_000_000_001],
    }
    with open_house(tmp_path, "--threads", "4") as house:
        ada = house.person("ada")
        house.connect(ada, "demo")
        person = {"id": 4711, "email": CANARY}
        for number in range(1, 6):
            body = encoded(order(number, email=CANARY, customer=person, updated_at=f"2026-11-01T10:00:0{number}Z"))
            assert house.deliver("orders/updated", body).status_code == 200
        house.worked_off()
        # Forged, repeated, and for a store that nobody knows.
        assert house.deliver("customers/redact", redact, secret=Secret("another")).status_code == 401
        for _ in range(2):
            assert house.deliver("customers/redact", redact, webhook_id="redact").status_code == 200
        unknown = {**redact, "shop_domain": "nobody-has-this.myshopify.com"}
        answer = house.deliver("customers/redact", unknown, shop="nobody-has-this.myshopify.com")
        assert answer.status_code == 200
        house.worked_off()
        assert settle(lambda: _holding(tmp_path, CANARY.encode(), b"canary.hopper") == [], 60.0)
        row = house.row("redact")
        assert row is not None
        assert row.state == "done"
        # An uninstall from before the installation, and one from after.
        shop_id = int(ada.get(STORES).json["data"][0]["shop_id"].rpartition("/")[2])
        for at, left in (("2020-01-01T00:00:00Z", ["active"]), ("2099-01-01T00:00:00Z", [])):
            body = encoded({"id": shop_id, "name": "Demo", "domain": "demo.myshopify.com", "at": at})
            assert house.deliver("app/uninstalled", body, triggered_at=at).status_code == 200
            house.worked_off()
            assert [store["state"] for store in ada.get(STORES).json["data"]] == left
        answer = house.deliver("shop/redact", {"shop_domain": "demo.myshopify.com", "shop_id": shop_id})
        assert answer.status_code == 200
        house.worked_off()
        assert house.deliver("orders/create", order()).status_code == 404


def _holding(folder: Path, *marks: bytes) -> list[tuple[Path, bytes]]:
    """Return the files of an installation, its log and its databases with their logs, that hold one of the marks."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    return [(file, mark) for file in files for mark in marks if mark in file.read_bytes()]
