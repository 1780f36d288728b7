"""The plain values of jobs and events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from atom_shopify_plugin.errors import Conflict

__all__ = [
    "SLOTTED",
    "Cursor",
    "ExtraSubscription",
    "Job",
    "JobState",
    "JobSummary",
    "LeaseLost",
    "Level",
    "NewEvent",
    "NewJob",
    "Placed",
    "StoredEvent",
    "Told",
]

JobState = Literal["pending", "running", "done", "dead", "parked", "discarded", "quarantined"]
EventState = Literal["pending", "emitted", "superseded", "skipped"]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """A trigger that fires; `dedupe_key` is what makes it count once. `payload` is JSON, stored encrypted."""

    trigger: str
    dedupe_key: str
    app: str
    shop: str
    payload: bytes
    installation_id: str | None = None
    job_id: str | None = None
    resource: str | None = None
    resource_updated_at: datetime | None = None
    state: EventState = "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """A row of the ledger. `new` says that this call wrote it; `payload` is None where it has been erased."""

    id: str
    trigger: str
    dedupe_key: str
    app: str
    shop: str
    installation_id: str | None
    job_id: str | None
    state: EventState
    payload: bytes | None = field(repr=False)
    resource: str | None
    resource_updated_at: datetime | None
    created_at: datetime
    emitted_at: datetime | None
    new: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraSubscription:
    """A subscription that somebody asked for; `remote_id` is Shopify's gid once it exists there."""

    id: str
    installation_id: str
    topic: str
    filter: str
    include_fields: tuple[str, ...]
    created_by: str
    remote_id: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Level:
    """The stock of an item at a location; the ids are the numbers of the gids, None means not tracked."""

    item: int
    location: int
    available: int | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a stream was last read up to; `drift` counts what the last sweep found that no webhook had told."""

    position: str
    updated_at_min: datetime | None
    last_run: datetime | None
    drift: int


class Told(NamedTuple):
    """What a trigger was told of a resource: the state of when, and when that was."""

    trigger: str
    dedupe_key: str
    resource: str
    updated_at: datetime | None
    created_at: datetime
    state: str
