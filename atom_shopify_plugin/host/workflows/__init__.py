"""Workflows: what starts them, what they do, and what became of each run.

``library`` keeps definitions, ``intake`` makes runs of events, schedules and requests, ``engine`` works on them by
``steps`` under ``leases``, ``history`` shows them, ``api`` is their REST.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from atom_shopify_plugin.hookspecs import Check, Event, Metric, Principal, hookimpl
from atom_shopify_plugin.host.outgoing import Notice, Outgoing
from atom_shopify_plugin.host.outgoing.config import OutgoingConfig
from atom_shopify_plugin.host.plugins import Plugins
from atom_shopify_plugin.host.quotas import FailureLimits, Quotas
from atom_shopify_plugin.host.store import HostStore
from atom_shopify_plugin.host.workflows import figures, tallies
from atom_shopify_plugin.host.workflows.chains import Limits
from atom_shopify_plugin.host.workflows.checks import sample_of
from atom_shopify_plugin.host.workflows.definition import read, started_by
from atom_shopify_plugin.host.workflows.dry_run import dry_run
from atom_shopify_plugin.host.workflows.engine import WorkflowEngine
from atom_shopify_plugin.host.workflows.history import History
from atom_shopify_plugin.host.workflows.housekeeping import forget
from atom_shopify_plugin.host.workflows.intake import EventIntake
from atom_shopify_plugin.host.workflows.leases import operation_ended
from atom_shopify_plugin.host.workflows.library import InvalidDefinition, Library, NotThere, NotYet
from atom_shopify_plugin.host.workflows.sending import Sending
from atom_shopify_plugin.host.workflows.steps import Steps
from atom_shopify_plugin.host.workflows.traces import Traces

__all__ = ["InvalidDefinition", "NotThere", "NotYet", "Workflows"]


class Workflows:
    """The parts, and what takes more than one of them."""

    def __init__(
        self,
        store: HostStore,
        plugins: Plugins,
        *,
        threads: int = 4,
        lease: float = 30.0,
        limits: Limits = Limits(),  # noqa: B008  # frozen
        quotas: Quotas = Quotas(),  # noqa: B008  # frozen
        failures: FailureLimits = FailureLimits(),  # noqa: B008  # frozen
        outgoing: OutgoingConfig = OutgoingConfig(),  # noqa: B008  # frozen
        home: str = "",
    ) -> None:
        self._store = store
        self._plugins = plugins
        self._failures = failures
        self.outgoing = Outgoing(outgoing)
        self._sending = Sending(self.outgoing, home)
        self.library = Library(store, plugins, quotas, self.outgoing)
        self.history = History(store)
        self.traces = Traces(store)
        self.intake = EventIntake(store, plugins, limits, quotas)
        steps = Steps(plugins, self._sending)
        self.engine = WorkflowEngine(store, steps, self.intake, threads=threads, lease=lease, quotas=quotas)

    def check(self) -> Check:
        """Return how the runs are, for health."""
        return figures.check(self._store, self._failures)

    def metrics(self) -> Sequence[Metric]:
        """Return how runs and steps ended, and what has not; raise `sqlite3.Error`."""
        return tallies.metrics(self._store)

    @hookimpl
    def atom_emit(self, event: Event) -> None:
        """Store an event with the runs that it starts; raise where it can't be stored, so that it is emitted again."""
        if self.intake.take(event):
            self.engine.nudge()

    @hookimpl
    def atom_operation_ended(self, service: str, operation: str) -> None:  # noqa: ARG002  # its id is unique
        """Wake the runs that wait for an operation."""
        if operation_ended(self._store, operation):
            self.engine.nudge()

    @hookimpl
    def atom_triggers_in_use(self) -> Collection[str]:
        """Return the keys of the triggers that workflows wait for."""
        return self.library.triggers()

    @hookimpl
    def atom_trigger_parameters(self, key: str) -> Sequence[Mapping[str, Any]]:
        """Return the parameters of the workflows that wait for a trigger."""
        return self.library.parameters(key)

    @hookimpl
    def atom_forget(self, shop: str, terms: Sequence[str] | None) -> None:
        """Delete what is kept of a shop, or of the people in it whom `terms` name."""
        forget(self._store, shop, terms)

    def start(
        self,
        principal: Principal,
        workflow_id: str,
        given: Mapping[str, Any],
        *,
        trigger: Mapping[str, Any] | None = None,
        key: str | None = None,
    ) -> str:
        """Begin a run by hand and return its id; a `key` that was used before returns the run that it began.

        Raises `NotThere`, `NotYet` for a workflow with faults, and `OverQuota`.
        """
        run_id = self.intake.start(self.library.runnable(principal, workflow_id), given, trigger or {}, key)
        self.engine.nudge()
        return run_id

    def sample(self, raw: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a payload as the trigger of a definition brings it; raise `NotThere` where none is known."""
        sample = sample_of(raw, self.library.services())
        if sample is None:
            raise NotThere("There is no sample event for this workflow. Provide a payload.")
        return sample

    def dry_run(
        self,
        principal: Principal,
        raw: Mapping[str, Any],
        given: Mapping[str, Any],
        trigger: Mapping[str, Any],
        request_id: str | None = None,
    ) -> dict[str, Any]:
        """Return what each step of a definition would do; nothing is stored. Raise `InvalidDefinition`."""
        if faults := self.library.faults(raw, principal):
            raise InvalidDefinition(faults)
        return dry_run(self._plugins, self._sending, principal, read(raw), given, trigger, request_id)

    def why(self, principal: Principal, workflow_id: str, limit: int = 50) -> dict[str, Any]:
        """Return why a workflow ran or did not: ``{workflow_id, name, started_by, hint, traces}``; raise `NotThere`.

        `hint` says in words what stands in the way, or where to look; `traces` are the newest events (see `Traces`).
        """
        shown = self.library.one(principal, workflow_id)
        if shown["created_by"] != principal.subject:
            raise NotThere(f"You have no workflow '{workflow_id[:64]}'.")
        traces = self.traces.of(workflow_id, limit)
        config = shown["workflow_config"]
        return {
            "workflow_id": workflow_id,
            "name": shown["name"],
            "started_by": started_by(config),
            "hint": self._hint(principal, shown, traces),
            "traces": traces,
        }

    def _hint(self, principal: Principal, shown: Mapping[str, Any], traces: Sequence[Mapping[str, Any]]) -> str:
        config = shown["workflow_config"]
        trigger = config.get("trigger", {})
        if not shown["runnable"]:
            first = next(iter(self.library.faults(config, principal)), {"pointer": "/", "message": "can't be read"})
            return f"It can't run: {first['pointer']}: {first['message']}"
        if not trigger:
            return "It is only started by a person: `atom-shopify workflows run`, or POST /api/workflows/execute."
        if "key" not in trigger:
            if shown["next_at"] is None:
                return "Its schedule is switched off. Check the schedule and store the workflow again."
            return (
                f"Its next run is due at {datetime.fromtimestamp(shown['next_at'], UTC).isoformat(timespec='seconds')}."
            )
        if traces:
            return ""
        return (
            f"No event {trigger['key']} of your stores has come since {shown['updated_at']}. "
            "`atom-shopify doctor` says whether the webhooks of your stores arrive."
        )

    def targets(self, principal: Principal) -> list[dict[str, Any]]:
        """Return the targets that a person's workflows may tell things: ``{name, type, approvals}`` each."""
        names = self.outgoing.targets(principal.tenant, principal.subject)
        found = [self.outgoing.target(name, principal.tenant, principal.subject) for name in names]
        return [{"name": one.name, "type": one.type, "approvals": one.approvals} for one in found]

    def tell(self, principal: Principal, target: str, message: str) -> None:
        """Tell a target something at once, to try it; raise `SendFailure`."""
        found = self.outgoing.target(target, principal.tenant, principal.subject)
        title = f"A test by {principal.subject}"
        self.outgoing.deliver(found, Notice(f"test:{uuid.uuid4()}", "test", title, message))

    def retry(self, principal: Principal, run_id: str) -> None:
        """Let a failed run go on; raise `NotThere`, `NotYet`."""
        self.history.retry(principal, run_id)
        self.engine.nudge()

    def decide(self, principal: Principal, approval_id: str, approve: bool) -> str:
        """Answer a question and return the run that goes on; raise `NotThere`, `NotYet`."""
        run_id = self.history.decide(principal, approval_id, approve)
        self.engine.nudge()
        return run_id
