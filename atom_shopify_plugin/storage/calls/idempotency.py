"""Idempotency keys: the same call under the same key runs once and is answered with the same result for 24 hours."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Index,
    String,
    UniqueConstraint,
    delete,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from atom_shopify_plugin.errors import OutcomeUnknown
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.storage.calls.sealed import SealedColumn
from atom_shopify_plugin.storage.database.base import (
    Base,
    Repository,
    changed,
    digest,
    id_column,
    insert,
    installation_column,
    new_id,
)
from atom_shopify_plugin.storage.database.crypto import Unreadable
from atom_shopify_plugin.storage.work.pulse import TOLERANCE

__all__ = [
    "LIFE",
    "RESULT",
    "Begun",
    "Idempotency",
    "IdempotencyKeys",
    "InProgress",
    "Interrupted",
    "Mismatch",
    "Replay",
]


class Idempotency(Base):
    """A call under a key: running, done with its encrypted result, or cut off. `key_hash` covers who, what and key."""

    __tablename__ = "shopify_idempotency"
    __table_args__ = (
        UniqueConstraint("installation_id", "key_hash"),
        Index(None, "expires_at"),
        Index(None, "key_id"),
    )

    id: Mapped[str] = id_column()
    installation_id: Mapped[str] = installation_column()
    key_hash: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(128))
    input_hash: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    owner: Mapped[str] = mapped_column(String(32))
    lease_until: Mapped[datetime]
    result: Mapped[bytes | None]
    key_id: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Begun:
    """The key is ours to use: run the action, then call `finish`, `abandon` or `uncertain` with this value."""

    id: str
    owner: str


@dataclass(frozen=True, slots=True)
class Replay:
    """The same call has been answered before, with `result`."""

    result: dict[str, Any]


@dataclass(frozen=True, slots=True)
class InProgress:
    """The same call is running; ask again in `retry_after` seconds."""

    retry_after: float


@dataclass(frozen=True, slots=True)
class Interrupted:
    """An earlier attempt was cut off, and nobody knows whether it had an effect.

    The key is now the caller's, as `begun`: run the action again where a repetition is harmless, and `finish` it;
    otherwise say `uncertain`. `plan` is what that attempt had noted before it wrote, None where it had noted nothing.
    """

    begun: Begun
    plan: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The key belongs to another input."""


LIFE = timedelta(hours=24)
RESULT = SealedColumn("result", "idempotency_result")


class IdempotencyKeys(Repository):
    """Calls under a key, by store, person and action."""

    def begin(
        self, store_id: str, principal: Principal, action: str, key: str, input_hash: str, lease_seconds: float
    ) -> Begun | Replay | InProgress | Interrupted | Mismatch:
        """Claim a key, or say what has become of the call that claimed it first.

        `lease_seconds` is how long the call may take: who has not reported by then has died, and the call counts as
        `Interrupted`; of many who ask then, one is told so and the others wait for that one. Raise `OutcomeUnknown`
        where it was carried out and the key of its result is missing.
        """
        # Members of one store come from several tenants, and each person's keys are their own.
        key_hash = digest(json.dumps([principal.tenant, principal.subject, action, key]))
        with self._database.begin() as session:
            now = self._database.now(session)
            begun = Begun(new_id(), secrets.token_hex(16))
            chosen = [Idempotency.installation_id == store_id, Idempotency.key_hash == key_hash]
            changed(session, delete(Idempotency).where(*chosen, Idempotency.expires_at <= now))
            until = now + timedelta(seconds=lease_seconds)
            values = {
                "id": begun.id,
                "installation_id": store_id,
                "key_hash": key_hash,
                "action": action,
                "input_hash": input_hash,
                "state": "running",
                "owner": begun.owner,
                "lease_until": until,
                "created_at": now,
                "expires_at": now + LIFE,
            }
            claim = insert(session, Idempotency).values(**values).on_conflict_do_nothing()
            if session.execute(claim.returning(Idempotency.id)).first() is not None:
                return begun
            row = session.scalar(select(Idempotency).where(*chosen).with_for_update())
            if row is None:
                return InProgress(0.1)  # given up between our two statements: simply ask again
            if row.input_hash != input_hash:
                return Mismatch()
            if row.state == "running":
                left = (row.lease_until - now).total_seconds()
                # A call whose end lies further ahead than any may take began before the clock went back.
                if 0 < left <= lease_seconds + TOLERANCE.total_seconds():
                    return InProgress(left)
            if row.state == "done" and row.result is not None:
                return Replay(self._opened(row))
            row.state, row.owner, row.lease_until = "running", begun.owner, until
            return Interrupted(Begun(row.id, begun.owner), None if row.result is None else self._opened(row))

    def _opened(self, row: Idempotency) -> dict[str, Any]:
        try:
            return RESULT.value(self._database.keys, row)
        except Unreadable as error:
            raise OutcomeUnknown(
                "This call was carried out before, and its stored result can't be read: look at the store instead of "
                f"repeating it. {error.message}",
                details=error.details,
            ) from None

    def note(self, begun: Begun, plan: dict[str, Any]) -> None:
        """Store, encrypted, what a repetition has to know of this attempt; `finish` puts the result in its place."""
        with self._database.begin() as session:
            sealed = RESULT.values(self._database.keys, begun.id, plan)
            own = [Idempotency.id == begun.id, Idempotency.owner == begun.owner, Idempotency.state == "running"]
            changed(session, update(Idempotency).where(*own).values(**sealed))

    def finish(self, begun: Begun, result: dict[str, Any]) -> None:
        """Store the result, encrypted. Who comes late still knows best: it also settles an uncertain call."""
        with self._database.begin() as session:
            # Inside the transaction: between it and the encryption no key may be replaced.
            sealed = RESULT.values(self._database.keys, begun.id, result)
            changed(
                session,
                update(Idempotency)
                .where(Idempotency.id == begun.id, Idempotency.state != "done")
                .values(state="done", **sealed),
            )

    def uncertain(self, begun: Begun) -> None:
        """Say that the call may or may not have had its effect."""
        with self._database.begin() as session:
            own = [Idempotency.id == begun.id, Idempotency.owner == begun.owner]
            changed(session, update(Idempotency).where(*own).values(state="uncertain"))

    def abandon(self, begun: Begun) -> None:
        """Free the key: nothing ran."""
        with self._database.begin() as session:
            changed(session, delete(Idempotency).where(Idempotency.id == begun.id, Idempotency.owner == begun.owner))
