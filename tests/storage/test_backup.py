"""A backup is whole, private and portable; a restore brings back all of it or changes nothing."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, func, select, text
from sqlalchemy.orm import Session
from storage_helpers import DEMO, OUTLET, connect_at_once, grant, key

from atom_shopify_plugin.errors import Conflict, InvalidInput, Misconfigured
from atom_shopify_plugin.hookspecs import Origin, Principal
from atom_shopify_plugin.metrics.families import ACTIONS
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.storage import AuditEntry, Begun, Level, NewEvent, NewJob, Storage
from atom_shopify_plugin.storage.calls.counters import CounterRow
from atom_shopify_plugin.storage.calls.operations import NewOperation
from atom_shopify_plugin.storage.calls.policies import Rule, Share
from atom_shopify_plugin.storage.database import schema
from atom_shopify_plugin.storage.database.base import Base
from atom_shopify_plugin.storage.stores.chat_states import ChatState
from atom_shopify_plugin.storage.stores.tables import Installation, Membership, OAuthToken
from atom_shopify_plugin.storage.upkeep.backup import backup
from atom_shopify_plugin.storage.upkeep.restore import restore
from atom_shopify_plugin.storage.work.trigger_states import State

LIMIT = Rule(
    id="", subject="claude", via="", tool="refunds", kind="limit", amount=500_000, quantity=None, calls=None,
    approve=True, created_by="ada", created_at=datetime.now(UTC),
)  # fmt: skip
CANARIES = (b"shpat_one", b"shprt_one", b"canary@example.com", key(1)[1].reveal().encode())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "backups").mkdir()
    return tmp_path / "backups" / "today.backup"


@pytest.fixture
def target(settings: Settings, database_url: str) -> Iterator[Storage]:
    """An empty database without tables, on each kind whatever the first one is."""
    storage = Storage(replace(settings, database_url=database_url))
    yield storage
    storage.close()


def fill(storage: Storage, ada: Principal) -> None:
    """Put something into every table."""
    store = storage.installations.grant(grant(client_secret=None), ada)
    app, shop = "app", store.shop.name
    storage.pulses.look()
    storage.memberships.add(Principal("bob"), store.id)
    storage.invitations.issue(ada, store, role="member", subject="eve", lifetime=timedelta(hours=1))
    storage.oauth_states.issue(ada, OUTLET, browser="b" * 30, return_to="stores")
    storage.confirmations.issue(ada, store.id, "product_delete", "0" * 64)
    begun = storage.idempotency.begin(store.id, Principal("ada"), "product_update", "key-1", "0" * 64, 30.0)
    assert isinstance(begun, Begun)
    storage.idempotency.finish(begun, {"email": "canary@example.com"})
    storage.audit.record(
        AuditEntry(
            principal=ada,
            action="product_update",
            effect="write",
            outcome="ok",
            seconds=0.25,
            store_id=store.id,
            shop=shop,
            input={"email": "canary@example.com"},
            verified=True,
        )
    )
    storage.usage.record("action", "product_update", True, 0.1, store.id)
    storage.usage.flush()
    storage.meter.count(ACTIONS, "product_update", "rest", "ok", amount=3)
    storage.counters.flush()
    body = b'{"email": "canary@example.com", "note": "\\u0000"}'
    job = NewJob(kind="delivery", dedupe="1", app=app, shop=shop, subject="orders/create", body=body)
    placed = storage.jobs.put(replace(job, installation_id=store.id, epoch=store.epoch))
    storage.events.put(
        NewEvent(trigger="order_created", dedupe_key="1", app=app, shop=shop, payload=body, job_id=placed.id)
    )
    storage.watermarks.advance(store.id, "gid://shopify/Order/1", storage.now(), job_id=placed.id)
    storage.subscriptions.add(store.id, "orders/paid", include_fields=["id"], created_by="ada")
    storage.levels.apply(store.id, [Level(1, 2, -7, storage.now()), Level(1, 3, None, storage.now())])
    storage.invitations.issue(ada, store, role="member", subject="bob", lifetime=timedelta(hours=1))
    storage.conversations.choose(ada, store)
    assert storage.chat_states.write(ada, store, ChatState(), {"focus": {"customer": "canary@example.com"}})
    storage.operations.begin(
        NewOperation(
            principal=ada,
            store=store,
            action="order_cancel",
            input={"email": "canary@example.com"},
            before=None,
            look={"job": "1"},
            audit_id=None,
        )
    )
    regulars = [{"attribute": "orders", "operator": "at_least", "value": "3"}]
    storage.write(lambda session: storage.audiences.add(session, store.id, "a" * 32, "Regulars", "all", regulars))
    codes = {"codes": ["A"]}
    storage.write(lambda session: storage.saved.add(session, store.id, "campaign", "a" * 32, "Spring", codes))
    rule = storage.policies.put(store.id, "default", LIMIT)
    assert storage.policies.take(store.id, "claude", [Share(rule=rule, day="2026-11-30", amount=5)]) is None
    storage.approvals.ask(Principal("claude"), store.id, "order_refund", "0" * 64, "0" * 32)
    storage.own_writes.begin(store.id, Origin(chain="r", run="r"), ["orders/1"])
    remembered = State({"below": True}, as_of=storage.now(), due_at=storage.now(), expires_at=storage.now())

    def remember(session: Session) -> None:
        storage.trigger_states.lock(session, store.id, "stock_below_threshold", "1/2", store.epoch)
        storage.trigger_states.put(session, store.id, "stock_below_threshold", "1/2", store.epoch, remembered)

    storage.write(remember)
    storage.cursors.set(store.id, "inventory_levels", position="abc", updated_at_min=storage.now(), drift=2**40)


def is_left_out(table: Table) -> bool:
    """Tell whether a backup leaves a table out: a copy of a store, or a feed, which begin anew."""
    return table.name in ("shopify_mirrors", "shopify_feed", "shopify_feed_head") or "shopify_mirrors.number" in {
        key.target_fullname for key in table.foreign_keys
    }


def everything(storage: Storage) -> dict[str, list[Any]]:
    kept = {name: table for name, table in Base.metadata.tables.items() if not is_left_out(table)}
    with storage.read() as session:
        tables = {name: session.execute(select(table)).all() for name, table in kept.items()}
    # Each storage counts there what it does, also while it is looked at.
    return {name: sorted(map(repr, rows)) for name, rows in tables.items() if name != CounterRow.__tablename__}


def counted(storage: Storage) -> float:
    return sum(row.total for row in storage.counters.all() if row.name == ACTIONS.name)


def rewritten(file: Path, change: Callable[[str, bytes], bytes]) -> bytes:
    """Return an archive with some members changed and the sums of its own right."""
    copy = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(copy, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return copy.getvalue()


def test_every_row_comes_back_on_either_database(storage: Storage, target: Storage, ada: Principal, file: Path) -> None:
    fill(storage, ada)
    before = everything(storage)
    assert all(before.values()), "a table is empty, and so is not tested"
    written = backup(storage, file)
    restored = restore(target, file)
    assert everything(target) == before == everything(storage)
    assert counted(target) == counted(storage) == 3
    assert written.rows == restored.rows
    rows = {name: len(rows) for name, rows in before.items()}
    assert written.rows == {**rows, CounterRow.__tablename__: written.rows[CounterRow.__tablename__]}
    assert (restored.revision, restored.upgraded_to, restored.missing_keys) == (storage.head(), storage.head(), ())


def test_what_is_restored_can_be_used(storage: Storage, target: Storage, ada: Principal, file: Path) -> None:
    fill(storage, ada)
    backup(storage, file)
    restore(target, file)
    store = target.memberships.find(ada, DEMO)
    assert store is not None
    token = target.tokens.read(store.id)
    assert token is not None
    assert token.access.reveal() == "shpat_one"
    job = target.jobs.claim("worker", ["delivery"], 30.0)
    assert job is not None
    assert b"canary" in (target.jobs.open(job).body or b"")


def test_a_backup_holds_neither_secrets_nor_the_key_ring(storage: Storage, ada: Principal, file: Path) -> None:
    fill(storage, ada)
    backup(storage, file)
    assert file.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(file) as archive:
        content = file.read_bytes() + b"".join(archive.read(name) for name in archive.namelist())
        assert json.loads(archive.read("manifest.json"))["key_ids"] == ["k1"]
    assert [canary for canary in CANARIES if canary in content] == []


def test_a_key_that_the_ring_lacks_is_named(
    storage: Storage, open_storage: Callable[..., Storage], ada: Principal, file: Path
) -> None:
    fill(storage, ada)
    backup(storage, file)
    other = open_storage(encryption_keys=(key(2),))
    assert restore(other, file, force=True).missing_keys == ("k1",)


def test_a_file_that_exists_is_replaced_on_demand_only(storage: Storage, ada: Principal, file: Path) -> None:
    file.write_text("precious")
    with pytest.raises(Conflict, match="--force"):
        backup(storage, file)
    assert file.read_text() == "precious"
    backup(storage, file, force=True)
    assert zipfile.is_zipfile(file)
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_backup_that_can_not_be_written_is_a_clear_refusal(storage: Storage, file: Path) -> None:
    with pytest.raises(InvalidInput, match="No such file"):
        backup(storage, file.parent / "nowhere" / "x.backup")


def test_a_database_without_tables_has_nothing_to_back_up(target: Storage, file: Path) -> None:
    with pytest.raises(Misconfigured, match="nothing to back up"):
        backup(target, file)
    assert list(file.parent.iterdir()) == []


@pytest.mark.slow
def test_a_backup_is_one_moment_while_others_write(
    storage: Storage, open_storage: Callable[..., Storage], target: Storage, ada: Principal, file: Path
) -> None:
    writer = open_storage()
    stop = threading.Event()
    written = 0

    def write() -> None:
        nonlocal written
        while not stop.is_set():  # installation, token and membership come in one transaction
            writer.installations.grant(grant(ShopDomain(f"store-{written}.myshopify.com")), ada)
            written += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        counts = []
        for _ in range(5):
            rows = backup(storage, file, force=True).rows
            counts.append([rows[model.__tablename__] for model in (Installation, OAuthToken, Membership)])
    finally:
        stop.set()
        thread.join()
    assert [len(set(three)) for three in counts] == [1] * 5
    assert written >= counts[-1][0] > 0
    restore(target, file)
    with target.read() as session:
        assert session.scalar(select(func.count()).select_from(OAuthToken)) == counts[-1][0]


def test_a_database_that_is_in_use_is_replaced_on_demand_only(storage: Storage, ada: Principal, file: Path) -> None:
    fill(storage, ada)
    backup(storage, file)
    before = everything(storage)
    storage.installations.grant(grant(OUTLET), ada)
    changed = everything(storage)
    with pytest.raises(Conflict, match="not empty"):
        restore(storage, file)
    assert everything(storage) == changed
    restore(storage, file, force=True)
    assert everything(storage) == before


@pytest.mark.slow
def test_a_backup_of_an_older_version_is_migrated(
    target: Storage, open_storage: Callable[..., Storage], settings: Settings, file: Path, ada: Principal
) -> None:
    with target.begin() as session:
        schema.upgrade(session.connection(), "0001")
        connect_at_once(session, target.now(session))
    assert backup(target, file).revision == "0001"
    newer = open_storage()
    restored = restore(newer, file)
    assert (restored.revision, restored.upgraded_to) == ("0001", newer.head())
    assert newer.current() == newer.head()
    assert newer.memberships.find(ada, DEMO) is not None
    assert newer.jobs.backlog()["pending"] == 0


def test_tables_of_the_host_are_neither_copied_nor_touched(
    storage: Storage, target: Storage, ada: Principal, file: Path
) -> None:
    for one in (storage, target):
        with one.begin() as session:
            session.execute(text("CREATE TABLE IF NOT EXISTS host_things (name VARCHAR(10))"))
            session.execute(text("INSERT INTO host_things VALUES ('mine')"))
    assert "host_things" not in backup(storage, file).rows
    target.upgrade()
    restore(target, file, force=True)
    with target.read() as session:
        assert session.scalars(text("SELECT name FROM host_things")).all() == ["mine"]
    with storage.begin() as session:
        session.execute(text("DROP TABLE host_things"))


def test_a_damaged_backup_changes_nothing(storage: Storage, ada: Principal, file: Path) -> None:
    fill(storage, ada)
    backup(storage, file)
    before = everything(storage)
    content = file.read_bytes()
    with zipfile.ZipFile(file) as archive:
        at = archive.getinfo("shopify_audit.jsonl").header_offset + 100
    bad = file.with_name("bad.backup")
    for damaged in (
        content[:-200],
        content[:at] + bytes([content[at] ^ 255]) + content[at + 1 :],
        b"SQLite format 3\0",
        b"",
        rewritten(file, lambda name, old: old.replace(b"ada", b"eve") if "memberships" in name else old),
        rewritten(file, lambda name, old: b"[]" if name == "manifest.json" else old),
        rewritten(file, lambda name, old: b"" if "oauth_tokens" in name else old),
    ):
        bad.write_bytes(damaged)
        with pytest.raises(InvalidInput, match="damaged"):
            restore(storage, bad, force=True)
        assert everything(storage) == before


def test_a_backup_of_a_newer_version_is_refused(storage: Storage, file: Path) -> None:
    backup(storage, file)
    changed = rewritten(file, lambda _, old: old.replace(f'"{storage.head()}"'.encode(), b'"9999"'))
    file.write_bytes(changed)
    with pytest.raises(InvalidInput, match="newer version"):
        restore(storage, file)


def test_a_restore_that_fails_in_the_middle_changes_nothing(storage: Storage, ada: Principal, file: Path) -> None:
    """The checksums are right here; a row comes twice, so that the database itself refuses it."""
    fill(storage, ada)
    backup(storage, file)
    before = everything(storage)
    with zipfile.ZipFile(file) as archive:
        twice = archive.read("shopify_audit.jsonl") * 2

    def change(name: str, old: bytes) -> bytes:
        if name == "shopify_audit.jsonl":
            return twice
        if name == "manifest.json":
            manifest = json.loads(old)
            member = manifest["tables"]["shopify_audit"]
            member.update(rows=2 * member["rows"], sha256=hashlib.sha256(twice).hexdigest())
            return json.dumps(manifest).encode()
        return old

    file.write_bytes(rewritten(file, change))
    with pytest.raises(Conflict):
        restore(storage, file, force=True)
    assert everything(storage) == before
