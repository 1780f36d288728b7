"""The table of jobs and its statements, built once: building a statement takes longer than running it.

Each takes its moments either from the server (`server`, so that PostgreSQL need not be asked for the time first) as
its statement's time and ``:seconds`` after it, or as the parameters ``now`` and ``later``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Literal, cast

from sqlalchemy import (
    ColumnElement,
    Float,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
    Update,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from atom_shopify_plugin.errors import Conflict
from atom_shopify_plugin.storage.database.base import Base, UtcDateTime, data_key_column, partial_index

__all__ = [
    "FELL_SILENT",
    "LONGEST_WAIT",
    "READY",
    "SLOTTED",
    "Job",
    "JobState",
    "JobSummary",
    "LeaseLost",
    "NewJob",
    "Placed",
    "QueuedJob",
    "beat",
    "claim",
    "end",
    "first_due",
    "held",
    "last_due",
    "retry",
]


class QueuedJob(Base):
    """Something to do. `available_at` is when it may be claimed: for a running job, when its lease ends.

    `lease_owner` is new at each claim, so that together with `attempts` it tells one claim from every other. `digest`
    is a keyed hash of the body (and of the topic, for a short one), by which one that comes for another store as well
    is recognised.
    """

    __tablename__ = "shopify_jobs"
    __table_args__ = (
        UniqueConstraint("kind", "dedupe"),
        partial_index("ix_shopify_jobs_ready", "available_at", where="state IN ('pending', 'running')"),
        partial_index(
            "ix_shopify_jobs_trouble", "state", "installation_id", where="state IN ('dead', 'quarantined', 'parked')"
        ),
        partial_index("ix_shopify_jobs_finished_at", "finished_at", where="finished_at IS NOT NULL"),
        partial_index("ix_shopify_jobs_bodies", "finished_at", where="finished_at IS NOT NULL AND body IS NOT NULL"),
        partial_index("ix_shopify_jobs_digest", "digest", where="digest IS NOT NULL"),
        Index(None, "installation_id", "id"),
        Index(None, "data_key_id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    dedupe: Mapped[str] = mapped_column(String(255))
    app: Mapped[str] = mapped_column(String(255))
    shop_domain: Mapped[str] = mapped_column(String(255))
    installation_id: Mapped[str | None] = mapped_column(String(32))
    epoch: Mapped[int]
    subject: Mapped[str] = mapped_column(String(255))
    headers: Mapped[str] = mapped_column(Text)
    body: Mapped[bytes | None]
    data_key_id: Mapped[str | None] = data_key_column()
    digest: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int]
    available_at: Mapped[datetime]
    lease_owner: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(1000))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


JobState = Literal["pending", "running", "done", "dead", "parked", "discarded", "quarantined"]


class LeaseLost(Conflict):
    """The job belongs to another worker by now: whoever gets this writes nothing more for it."""

    code = "LEASE_LOST"

    def __init__(self) -> None:
        super().__init__("Another worker has taken the job over.")


SLOTTED = ("customers", "inventory_levels", "orders", "products", "subscriptions")
"""The kinds of jobs of which one is placed for each store and slot of time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """Something to do for a store.

    Of all jobs with the same `kind` and `dedupe` one is stored; None never counts as the same. `headers` holds no
    personal data: it is stored as it is, while `body` is encrypted with the store's data key. With an `epoch` other
    than 0 the job is discarded once the installation's epoch has moved. `delay` is in seconds.
    """

    kind: str
    app: str
    shop: str
    dedupe: str | None = None
    subject: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    installation_id: str | None = None
    epoch: int = 0
    delay: float = 0.0
    state: Literal["pending", "quarantined", "parked"] = "pending"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of a `NewJob`: stored under `id`, or there already (`id` is then empty)."""

    new: bool
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A claimed job. `owner` is this one claim; `taken_over` says that an earlier worker fell silent with it.

    `body` is None until `storage.jobs.open` decrypts it, and stays None where there is none or it has been erased.
    """

    id: str
    kind: str
    dedupe: str
    app: str
    shop: str
    installation_id: str | None
    epoch: int
    subject: str
    headers: Mapping[str, str]
    attempts: int
    owner: str
    taken_over: bool
    created_at: datetime
    sealed: bytes | None = field(default=None, repr=False)
    data_key_id: str | None = None
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSummary:
    """A job as people see it; `available_at` is when it runs next, or when its lease ends."""

    id: str
    kind: str
    app: str
    shop: str
    installation_id: str | None
    subject: str
    headers: Mapping[str, str]
    state: JobState
    attempts: int
    reason: str
    created_at: datetime
    updated_at: datetime
    available_at: datetime
    finished_at: datetime | None
    has_body: bool


LONGEST_WAIT = 900.0
"""Seconds that a job waits for its next attempt at most. A moment further ahead was written by another clock."""

READY = text("state IN ('pending', 'running')")
"""The condition of the partial index, letter for letter: SQLite takes the index for nothing less."""

FELL_SILENT = "The worker fell silent; another one took the job over."

JOBS = cast(Table, QueuedJob.__table__)
_C = JOBS.c
_MOMENT = UtcDateTime()
_TAKEN = (
    *(_C.id, _C.kind, _C.dedupe, _C.app, _C.shop_domain, _C.installation_id, _C.epoch, _C.subject, _C.headers),
    *(_C.attempts, _C.created_at, _C.body, _C.data_key_id, _C.reason),
)


def _now(server: bool) -> ColumnElement[Any]:
    return func.statement_timestamp(type_=_MOMENT) if server else bindparam("now", type_=_MOMENT)


def _later(server: bool) -> ColumnElement[Any]:
    if not server:
        return bindparam("later", type_=_MOMENT)
    return _after("seconds")


def _after(name: str) -> ColumnElement[Any]:
    interval = func.make_interval(*(literal_column("0"),) * 6, bindparam(name, type_=Float()))
    return cast("ColumnElement[Any]", _now(server=True).op("+", return_type=_MOMENT)(interval))


def _of_kinds() -> ColumnElement[bool]:
    """Return the condition that a job is of one of ``kinds``.

    The kind is concatenated with nothing, so that no planner takes the index over all kinds and walks through what is
    done.
    """
    return _C.kind.concat(literal_column("''")).in_(bindparam("kinds", expanding=True))


def _held() -> ColumnElement[bool]:
    return and_(
        _C.id == bindparam("job"),
        _C.state == literal_column("'running'"),
        _C.lease_owner == bindparam("owner"),
        _C.attempts == bindparam("attempt"),
    )


@cache
def claim(server: bool, one: bool, only_pending: bool) -> Any:
    """Return the UPDATE that claims the job due for longest, or ``job`` where it is `one`, for ``owner``."""
    chosen: list[Any] = [READY, _C.available_at <= _now(server), _of_kinds()]
    if one:
        chosen.append(_C.id == bindparam("job"))
    if only_pending:
        chosen.append(_C.state == literal_column("'pending'"))
    due = select(_C.id).where(*chosen).order_by(_C.available_at).limit(literal_column("1"))
    return (
        update(JOBS)
        .where(_C.id == due.with_for_update(skip_locked=True).correlate(None).scalar_subquery())
        .values(
            state="running",
            attempts=_C.attempts + 1,
            lease_owner=bindparam("owner"),
            available_at=_later(server),
            updated_at=_now(server),
            reason=case((_C.state == literal_column("'running'"), FELL_SILENT), else_=_C.reason),
        )
        .returning(*_TAKEN)
    )


@cache
def held() -> Any:
    """Return the SELECT that finds a job under one claim, and locks it."""
    return select(_C.id).where(_held()).with_for_update()


@cache
def first_due() -> Any:
    """Return the SELECT of the moment when the next job of ``kinds`` can be claimed."""
    return select(_C.available_at).where(READY, _of_kinds()).order_by(_C.available_at).limit(literal_column("1"))


@cache
def last_due() -> Any:
    """Return the SELECT of the moment furthest ahead for which a job of any kind waits."""
    return select(_C.available_at).where(READY).order_by(_C.available_at.desc()).limit(literal_column("1"))


@cache
def beat(server: bool) -> Update:
    """Return the UPDATE that prolongs a lease."""
    return update(JOBS).where(_held()).values(available_at=_later(server))


@cache
def end(server: bool, parked: bool) -> Update:
    """Return the UPDATE that ends a job in ``to``, for ``why``."""
    return (
        update(JOBS)
        .where(_held())
        .values(
            state=bindparam("to"),
            reason=bindparam("why"),
            lease_owner=None,
            updated_at=_now(server),
            finished_at=None if parked else _now(server),
        )
    )


@cache
def retry(server: bool, fresh: bool = False) -> Update:
    """Return the UPDATE that lets a job wait for its next attempt, for ``why``.

    A `fresh` job has got on, and its attempts are counted from the beginning.
    """
    counted: dict[str, Any] = {"attempts": 0} if fresh else {}
    return (
        update(JOBS)
        .where(_held())
        .values(
            state="pending",
            reason=bindparam("why"),
            lease_owner=None,
            updated_at=_now(server),
            available_at=_later(server),
            **counted,
        )
    )
