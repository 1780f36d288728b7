"""Key rotation: in batches, at any time, and again after it was cut off."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from storage_helpers import DEMO, environ_of, grant, key

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.storage import AuditEntry, Begun, Replay, Storage, Store
from atom_shopify_plugin.storage.calls.audit import Audit
from atom_shopify_plugin.storage.database.key_file import add_key
from atom_shopify_plugin.storage.stores.chat_states import ChatState
from atom_shopify_plugin.storage.stores.tables import OAuthToken


def test_rotation_covers_everything_that_is_encrypted(
    storage: Storage, ada: Principal, open_storage: Callable[..., Storage]
) -> None:
    store = storage.installations.grant(grant(client_secret=Secret("shpss_one")), ada)
    begun = storage.idempotency.begin(store.id, Principal("ada"), "product_create", "key", "hash", 30)
    assert isinstance(begun, Begun)
    storage.idempotency.finish(begun, {"title": "Mug"})
    storage.audit.record(
        AuditEntry(principal=ada, action="a", effect="write", outcome="ok", seconds=0.1, after={"x": 1})
    )
    assert storage.chat_states.write(ada, store, ChatState(), {"focus": {"order": "#1001"}})
    rotating = open_storage(encryption_keys=(key(2), key(1)))
    assert rotating.rotate() == {
        "tokens": 1, "installations": 1, "idempotency": 1, "audit": 1, "operations": 0, "chat_states": 1,
        "data_keys": 0,
    }  # fmt: skip
    assert sum(rotating.rotate().values()) == 0
    alone = open_storage(encryption_keys=(key(2),))
    token = alone.tokens.read(store.id)
    assert token is not None
    assert token.client_secret is not None
    assert token.client_secret.reveal() == "shpss_one"
    assert alone.idempotency.begin(store.id, Principal("ada"), "product_create", "key", "hash", 30) == Replay(
        {"title": "Mug"}
    )
    assert alone.audit.list(ada)[0].after == {"x": 1}
    assert alone.chat_states.read(ada).content == {"focus": {"order": "#1001"}}


def test_a_rotated_token_can_still_be_renewed_by_who_has_read_it_before(
    storage: Storage, demo: Store, open_storage: Callable[..., Storage]
) -> None:
    before = storage.tokens.read(demo.id)
    assert before is not None
    rotating = open_storage(encryption_keys=(key(2), key(1)))
    rotating.rotate()
    swapped = rotating.tokens.swap(
        before,
        access=Secret("shpat_two"),
        refresh=Secret("shprt_two"),
        expires_at=None,
        refresh_expires_at=None,
        scope="",
        granted_scopes=frozenset(),
    )
    assert swapped


def test_a_row_whose_key_is_lost_does_not_stop_the_others(
    storage: Storage, demo: Store, ada: Principal, open_storage: Callable[..., Storage]
) -> None:
    strange = open_storage(encryption_keys=(key(9),))
    strange.installations.grant(grant(ShopDomain("lost.myshopify.com")), ada)
    rotating = open_storage(encryption_keys=(key(2), key(1)))
    assert rotating.rotate(batch=1)["tokens"] == 1
    assert open_storage(encryption_keys=(key(2),)).tokens.read(demo.id) is not None
    assert strange.memberships.count(strange.memberships.stores(ada)[1].id) == 1


def test_a_rotation_that_is_killed_leaves_every_row_readable_and_can_be_finished(
    storage: Storage, settings: Settings, ada: Principal, open_storage: Callable[..., Storage]
) -> None:
    total = 150
    for number in range(total):
        entry = AuditEntry(principal=ada, action="a", effect="write", outcome="ok", seconds=0.1, shop=DEMO.name)
        storage.audit.record(replace(entry, after={"number": number}))
    code = (
        "from storage_helpers import open_from_environ; s = open_from_environ(); print('go', flush=True); s.rotate(1)"
    )
    both = replace(settings, encryption_keys=(key(2), key(1)))
    reader = open_storage(encryption_keys=(key(2), key(1)))

    def rotated() -> int:
        with reader.read() as session:
            return session.scalar(select(func.count()).where(Audit.key_id == "k2")) or 0

    process = subprocess.Popen([sys.executable, "-c", code], env=environ_of(both), stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    while rotated() < 5:
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    done = rotated()
    assert 5 <= done < total
    assert {row.after["number"] for row in reader.audit.list(ada, limit=250)} == set(range(total))
    assert reader.rotate()["audit"] == total - done
    assert {row.after["number"] for row in open_storage(encryption_keys=(key(2),)).audit.list(ada, limit=250)} == set(
        range(total)
    )


def test_a_new_key_in_the_data_folder_is_taken_by_a_storage_that_is_open(
    settings: Settings, ada: Principal, open_storage: Callable[..., Storage], tmp_path: Path
) -> None:
    local: dict[str, Any] = {
        "encryption_keys": (),
        "data_dir": tmp_path / "ring",
        "database_url": f"sqlite:///{tmp_path / 'own.db'}",
    }
    storage = open_storage(**local)
    storage.upgrade()
    store = storage.installations.grant(grant(), ada)
    added = add_key(replace(settings, **local))
    assert storage.rotate()["tokens"] == 1
    with storage.read() as session:
        assert session.scalars(select(OAuthToken.key_id)).one() == added
    assert storage.tokens.read(store.id) is not None
