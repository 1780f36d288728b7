"""Compliance: a person's data is found, handed to the merchant, and erased without a trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from dbfixtures import psycopg_connection
from eventkit import DEMO, OUTLET, Emitted, Shopify, connect, order
from sqlalchemy import select
from webhost import Caller, data_of, error_of

from atom_shopify_plugin.actions.run import Call
from atom_shopify_plugin.storage.calls.audit import Audit
from atom_shopify_plugin.storage.calls.idempotency import Idempotency
from atom_shopify_plugin.storage.work.job_table import QueuedJob

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

Work = Callable[[], int]
CANARY = "canary.person@example.net"
PHONE = "+49 (30) 555-0199"
PERSON = 4_711_000_001
OTHER = "somebody.else@example.net"
WHO = {"id": PERSON, "email": CANARY, "phone": PHONE}
TRACES = [CANARY.encode(), b"canary.person", b"5550199"]


def about(**more: Any) -> dict[str, Any]:
    return {"shop_domain": DEMO.name, "customer": WHO, **more}


@pytest.fixture
def traces(shopify: Shopify, runtime: Runtime, principal: Principal, work: Work) -> None:
    """The person has been here in every way: events, a write with its key, its audit; somebody else was, too."""
    shopify.deliver("customers/create", {"id": PERSON, "email": CANARY.upper(), "first_name": "Canary"})
    shopify.deliver("orders/create", order(1, email=None, customer={"id": PERSON}))
    shopify.deliver("orders/updated", order(2, note=f"call {PHONE}"))
    shopify.deliver("orders/paid", order(3, email="", contact_email=OTHER))
    shopify.deliver("orders/create", order(4, email=OTHER))
    work()
    for email in (CANARY, OTHER):
        created = Call(principal, "customer_create", {"email": email, "note": f"for {email}"}, idempotency_key=email)
        runtime.actions.run(created)


def left(runtime: Runtime, store: Store) -> list[bytes]:
    return [held.content for held in runtime.storage.erasure.held(store.app, DEMO.name, store.id)]


def files(runtime: Runtime, tmp_path: Path) -> Iterator[bytes]:
    """Every byte that the database has on disk."""
    url = runtime.storage.engine.url
    if url.get_backend_name() == "sqlite":
        for path in tmp_path.rglob("*.db*"):
            yield path.read_bytes()
        return
    parts = urlsplit(url.render_as_string(hide_password=False))
    with psycopg_connection(parts._replace(scheme="postgresql").geturl()) as connection:
        connection.execute("CHECKPOINT")
        folder = Path(connection.execute("SHOW data_directory").fetchone()[0])
        number = connection.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()[0]
    for path in [*(folder / "base" / str(number)).iterdir(), *(folder / "pg_wal").iterdir()]:
        if path.is_file():
            yield path.read_bytes()


def seen(runtime: Runtime, tmp_path: Path, *marks: bytes) -> set[bytes]:
    return {mark for content in files(runtime, tmp_path) for mark in marks if mark in content}


@pytest.mark.usefixtures("traces")
def test_nothing_of_a_person_ever_stands_in_the_files_in_clear(runtime: Runtime, store: Store, tmp_path: Path) -> None:
    assert any(CANARY.encode() in content for content in left(runtime, store))
    assert seen(runtime, tmp_path, *TRACES) == set()


@pytest.mark.usefixtures("traces")
def test_a_data_request_gives_the_owner_all_that_is_held(
    shopify: Shopify, runtime: Runtime, store: Store, work: Work, ada: Caller, mallory: Caller, emitted: Emitted
) -> None:
    request = {"orders_requested": [7_000_000_003], "data_request": {"id": 9}}
    assert shopify.deliver("customers/data_request", about(**request)).status_code == 200
    work()
    (item,) = data_of(ada.get("/api/shopify/compliance"))["items"]
    assert item["available"] is True
    export = data_of(ada.get(f"/api/shopify/compliance/{item['id']}"))
    assert export["request"]["data_request"] == {"id": 9}
    assert len(export["records"]) == item["records"]
    of = {(record["kind"], record["of"]) for record in export["records"]}
    assert {
        ("delivery", "customers/create"),
        ("delivery", "orders/create"),
        ("delivery", "orders/updated"),
        ("delivery", "orders/paid"),
        ("event", "customer_created"),
        ("audit", "customer_create"),
        ("result", "customer_create"),
    } <= of
    contents = [str(record["content"]) for record in export["records"]]
    assert not any("#4" in content for content in contents)
    assert emitted.events[-1].key == "customer_data_requested"
    assert CANARY not in str(emitted.events[-1].payload)
    for path in ("/api/shopify/compliance?shop=demo", f"/api/shopify/compliance/{item['id']}?shop=demo"):
        assert mallory.get(path).status_code == 404


@pytest.mark.usefixtures("traces")
def test_what_is_held_is_for_owners_only(
    runtime: Runtime, store: Store, caller: Callable[[str | None], Caller], principal: Principal
) -> None:
    from webhost import PEOPLE

    runtime.storage.memberships.add(PEOPLE["colleague"], store.id)
    response = caller("colleague").get("/api/shopify/compliance")
    assert response.status_code == 403
    assert error_of(response)["code"] == "FORBIDDEN"


@pytest.mark.usefixtures("traces")
def test_a_redaction_erases_the_person_and_nobody_else(
    shopify: Shopify, runtime: Runtime, store: Store, work: Work, ada: Caller, tmp_path: Path
) -> None:
    shopify.deliver("customers/data_request", about(orders_requested=[]))
    work()
    with runtime.storage.read() as session:
        sealed = [
            row.body
            for row in session.execute(select(QueuedJob.body).where(QueuedJob.subject == "customers/create"))
            if row.body
        ]
    shopify.deliver("customers/redact", about(orders_to_redact=[7_000_000_003]), webhook_id="redact")
    shopify.deliver("orders/updated", order(5, email=CANARY, updated_at="2026-11-02T10:00:00Z"))  # waits meanwhile
    job = runtime.storage.jobs.list(subject="customers/redact")[0]
    assert runtime.jobs.run_one(job.id)
    contents = left(runtime, store)
    assert not any(CANARY.encode() in content.lower() or b"4711000001" in content for content in contents)
    assert not any(b"555-0199" in content or b"7000000003" in content for content in contents)
    assert sum(OTHER.encode() in content for content in contents) >= 4
    with runtime.storage.read() as session:
        assert len(session.scalars(select(Idempotency.id)).all()) == 1
        audits = session.execute(select(Audit.action, Audit.content, Audit.target)).all()
    assert sorted((row.action, row.content is not None) for row in audits if row.action == "customer_create") == [
        ("customer_create", False),
        ("customer_create", True),
    ]
    assert "customer_redact" in [row.action for row in audits]
    states = {row.subject: row.state for row in runtime.storage.jobs.list(kind="delivery", limit=3)}
    assert states["customers/redact"] == "done"
    assert states["orders/updated"] == "discarded"
    assert [item["available"] for item in data_of(ada.get("/api/shopify/compliance"))["items"]] == [False]
    assert seen(runtime, tmp_path, *TRACES) == set()
    if runtime.storage.engine.dialect.name == "sqlite":
        assert sealed
        assert seen(runtime, tmp_path, *sealed) == set()


def test_what_the_chat_remembers_is_erased_with_a_person_and_with_a_store(
    shopify: Shopify, runtime: Runtime, store: Store, principal: Principal, work: Work
) -> None:
    gone = {"id": int(store.shop_id.rpartition("/")[2]), "myshopify_domain": DEMO.name}
    person = {"shop_domain": DEMO.name, "customer": {"email": CANARY}, "orders_to_redact": []}
    for topic, body in (("customers/redact", person), ("app/uninstalled", gone)):
        runtime.chat.answer(principal, f"customer {CANARY}")
        assert runtime.storage.chat_states.read(principal).content
        shopify.deliver(topic, body, triggered_at="2099-01-01T00:00:00Z")
        work()
        assert runtime.storage.chat_states.read(principal).version == 0, topic


@pytest.mark.usefixtures("traces")
def test_a_person_who_is_named_by_e_mail_alone_is_erased(
    shopify: Shopify, runtime: Runtime, store: Store, work: Work
) -> None:
    body = {"shop_domain": DEMO.name, "customer": {"email": CANARY}, "orders_to_redact": []}
    for webhook_id in ("a", "a", "b"):  # repeated, and once more under another id
        assert shopify.deliver("customers/redact", body, webhook_id=webhook_id).status_code == 200
        work()
    assert not any(CANARY.encode() in content.lower() for content in left(runtime, store))
    assert {row.state for row in runtime.storage.jobs.list(subject="customers/redact")} == {"done"}


def test_a_redaction_that_names_nobody_is_put_aside(shopify: Shopify, runtime: Runtime, work: Work) -> None:
    shopify.deliver("customers/redact", {"shop_domain": DEMO.name, "customer": {}})
    work()
    (row,) = runtime.storage.jobs.list(subject="customers/redact")
    assert (row.state, row.reason) == ("quarantined", "The body names nobody.")


@pytest.mark.parametrize("topic", ["customers/data_request", "customers/redact", "shop/redact"])
def test_compliance_topics_are_taken_for_a_store_that_nobody_knows(
    shopify: Shopify, runtime: Runtime, work: Work, topic: str
) -> None:
    unknown = "nobody-has-this.myshopify.com"
    body = {"shop_id": 5, "shop_domain": unknown, "customer": WHO, "orders_to_redact": [], "orders_requested": []}
    assert shopify.deliver(topic, body, shop=unknown).status_code == 200
    work()
    assert {row.state for row in runtime.storage.jobs.list(subject=topic)} == {"done"}


def test_a_forged_compliance_topic_is_answered_401(shopify: Shopify, runtime: Runtime) -> None:
    from atom_shopify_plugin.settings import Secret

    assert shopify.deliver("shop/redact", {"shop_domain": DEMO.name}, secret=Secret("x")).status_code == 401
    assert runtime.storage.jobs.list() == []


# The whole store


@pytest.mark.usefixtures("traces")
def test_the_redaction_of_a_store_leaves_nothing_of_it(
    shopify: Shopify,
    runtime: Runtime,
    store: Store,
    sandbox: Sandbox,
    principal: Principal,
    work: Work,
    tmp_path: Path,
) -> None:
    connect(runtime, sandbox, principal, OUTLET)
    shopify.deliver("orders/create", order(9, email=OTHER), shop=OUTLET.name)
    work()
    gone = {"id": int(store.shop_id.rpartition("/")[2]), "myshopify_domain": DEMO.name}
    shopify.deliver("app/uninstalled", gone, triggered_at="2099-01-01T00:00:00Z")
    work()
    for webhook_id in ("r", "r", "again"):
        redact = {"shop_id": gone["id"], "shop_domain": DEMO.name}
        assert shopify.deliver("shop/redact", redact, webhook_id=webhook_id).status_code == 200
        work()
    storage = runtime.storage
    assert storage.installed.find(store.app, DEMO.name) is None
    assert [(row.subject, row.state, row.has_body) for row in storage.jobs.list(shop=DEMO.name)] == [
        ("shop/redact", "done", False)
    ]
    assert left(runtime, store) == []
    assert [one.shop for one in storage.memberships.stores(principal)] == [OUTLET]
    assert [event.shop for event in storage.events.list()] == [OUTLET.name]
    assert seen(runtime, tmp_path, *TRACES) == set()


@pytest.mark.usefixtures("traces")
def test_a_late_redaction_does_not_touch_a_store_that_has_been_connected_again(
    shopify: Shopify, runtime: Runtime, store: Store, principal: Principal, work: Work
) -> None:
    held = len(left(runtime, store))
    shopify.deliver("shop/redact", {"shop_domain": DEMO.name}, triggered_at="2020-01-01T00:00:00Z")
    work()
    assert [one.state for one in runtime.storage.memberships.stores(principal)] == ["active"]
    assert len(left(runtime, store)) == held + 1
