"""How much one person may keep and run in the host; each figure is a setting."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FailureLimits", "OverQuota", "QuotaUse", "Quotas"]


class OverQuota(Exception):
    """A person would have more than the host gives them; the message says which limit, and what to do.

    `status` is 413 for one thing that is too large, 409 for too many things, 429 where waiting helps.
    """

    def __init__(self, message: str, *, status: int, limit: int, setting: str) -> None:
        super().__init__(f"{message} (The operator sets the limit: {setting}.)")
        self.status = status
        self.limit = limit
        self.setting = setting


@dataclass(frozen=True, slots=True)
class QuotaUse:
    """What a person has: workflows, the bytes of their definitions, and those of them with a schedule."""

    workflows: int
    size: int
    schedules: int


@dataclass(frozen=True, slots=True)
class FailureLimits:
    """A workflow is failing when at least `runs` and `percent` of its last 20 runs failed, until `recovered` percent.

    With `runs` 0 no workflow ever is.
    """

    percent: int = 20
    runs: int = 3
    recovered: int = 5


@dataclass(frozen=True, slots=True)
class Quotas:
    """Figures for one person, except `shortest_interval`: seconds between two runs of a schedule."""

    workflows: int = 200
    workflow_kb: int = 64
    workflows_kb: int = 4096
    schedules: int = 50
    shortest_interval: int = 60
    open_runs: int = 1000
    input_kb: int = 64
    history_mb: int = 64

    def check_definition(self, size: int) -> None:
        """Raise `OverQuota` for a definition of more bytes than one may have."""
        if size > self.workflow_kb * 1024:
            raise OverQuota(
                f"The definition has {size} bytes; the maximum is {self.workflow_kb} KiB. Shorten it, or split it.",
                status=413, limit=self.workflow_kb * 1024, setting="ATOM_HOST_MAX_WORKFLOW_KB",
            )  # fmt: skip

    def check_library(self, before: QuotaUse, after: QuotaUse) -> None:
        """Raise `OverQuota` where a person would have more than one may have, and more than before."""
        if after.workflows > max(self.workflows, before.workflows):
            raise OverQuota(
                f"You have {before.workflows} workflows; {self.workflows} is the maximum. Delete one you don't need.",
                status=409, limit=self.workflows, setting="ATOM_HOST_MAX_WORKFLOWS",
            )  # fmt: skip
        if after.size > max(self.workflows_kb * 1024, before.size):
            raise OverQuota(
                f"Your workflows would have {after.size} bytes together; {self.workflows_kb} KiB is the maximum. "
                "Delete or shorten some.",
                status=409, limit=self.workflows_kb * 1024, setting="ATOM_HOST_MAX_WORKFLOWS_KB",
            )  # fmt: skip
        if after.schedules > max(self.schedules, before.schedules):
            raise OverQuota(
                f"You have {before.schedules} workflows with a schedule; {self.schedules} is the maximum. Delete one.",
                status=409, limit=self.schedules, setting="ATOM_HOST_MAX_SCHEDULES",
            )  # fmt: skip

    def check_input(self, size: int) -> None:
        """Raise `OverQuota` for a run's input of more bytes than it may have."""
        if size > self.input_kb * 1024:
            raise OverQuota(
                f"input and trigger_data have {size} bytes; {self.input_kb} KiB is the maximum. Send less.",
                status=413, limit=self.input_kb * 1024, setting="ATOM_HOST_MAX_INPUT_KB",
            )  # fmt: skip

    def check_open_runs(self, count: int) -> None:
        """Raise `OverQuota` where as many runs as the maximum is are not finished."""
        if count >= self.open_runs:
            raise OverQuota(
                f"{count} of your runs are not finished; {self.open_runs} is the maximum. Wait, or cancel some.",
                status=429, limit=self.open_runs, setting="ATOM_HOST_MAX_OPEN_RUNS",
            )  # fmt: skip
