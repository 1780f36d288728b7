"""The contract between an ATOM host and a plugin.

A plugin is found through the entry-point group ``atom.plugins`` and speaks the pluggy project ``atom``. The first
block of hooks is called by the host and implemented by plugins; the second is called by plugins and implemented by
the host. Neither side imports the other: both import this module.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

import pluggy

__all__ = [
    "ENTRY_POINT_GROUP",
    "OPERATOR_SCOPE",
    "PROJECT",
    "READ_ONLY_SCOPE",
    "Check",
    "Event",
    "Host",
    "HostHooks",
    "HostUnavailable",
    "Metric",
    "Origin",
    "PluginHooks",
    "Principal",
    "Sample",
    "hookimpl",
    "hookspec",
]

PROJECT = "atom"
ENTRY_POINT_GROUP = "atom.plugins"
OPERATOR_SCOPE = "atom:operator"
"""The scope of who runs the host: sees what concerns everybody, and may use what the server itself holds."""

READ_ONLY_SCOPE = "atom:read_only"
"""A scope that takes away: whoever holds it may look at everything as before, and may change nothing."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)

Status = Literal["ok", "degraded", "down"]


@dataclass(frozen=True, slots=True)
class Principal:
    """Who acts, as the host has established it; never taken from request data.

    `subject` names the person or service, `tenant` the workspace, `scopes` what the host lets it do, `via` the
    interface that it uses (``rest``, ``chat``, ``cli``, ``workflow`` …). `auth_time` is in seconds since the epoch.
    """

    subject: str
    tenant: str = "default"
    scopes: frozenset[str] = frozenset()
    auth_time: float | None = None
    via: str = "rest"

    @property
    def read_only(self) -> bool:
        """Whether this caller may change nothing, neither in a store nor in what the host and its plugins keep."""
        return READ_ONLY_SCOPE in self.scopes


@dataclass(frozen=True, slots=True)
class Origin:
    """The run of a workflow that writes: `run` is its id, `chain` the id of the run with which the chain began.

    Runs form a chain where each was started by an event that the write of the one before it caused. `depth` counts
    them: 1 for a run that a person, the clock or somebody else's change started.
    """

    chain: str
    run: str
    depth: int = 1


@dataclass(frozen=True, slots=True)
class Event:
    """A trigger that fired: its manifest key, payload, store, and the key under which it counts only once.

    `about` names the thing that the event is about within the store. An event that shows a state also says of when
    (`as_of`): a host that has taken a newer one of the same key takes no older one, whichever process it comes from.
    `caused_by` is the run whose write the event tells of, as far as the plugin can know. `parameters` are those under
    which a computed trigger fired: the event is for subscriptions with the same parameters, defaults included.
    """

    key: str
    payload: Mapping[str, Any]
    dedupe_key: str
    shop: str
    about: str | None = None
    as_of: datetime | None = None
    caused_by: Origin | None = None
    parameters: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One line of health: a name, a status, one sentence for people, and figures that hold nothing secret."""

    name: str
    status: Status
    detail: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sample:
    """One line of a metric. `value` is that of a counter or gauge, of a histogram the sum of what was observed.

    `buckets` are those of a histogram: (upper end, how many were observed up to it), the last end is infinity.
    """

    labels: Mapping[str, str]
    value: float
    buckets: Sequence[tuple[float, int]] = ()


@dataclass(frozen=True, slots=True)
class Metric:
    """What Prometheus is shown: a whole name such as ``shop_calls_total``, its kind, one sentence, and its samples.

    Labels hold nothing secret and no person. Their values are few: each combination is a series that is kept for ever.
    """

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    about: str
    samples: Sequence[Sample]


class Host(Protocol):
    """What a plugin may ask of its host.

    A host may have `flat`, too: true where its own clients read the flat shapes of Shopify's old REST API;
    `quick_start`, where it wants to start quickly rather than have the first calls quick; and `serves_dashboard`, where
    `/app/…` leads to the dashboard of `atom_dashboard`.
    """

    @property
    def name(self) -> str: ...

    @property
    def environ(self) -> Mapping[str, str]:
        """The settings to read: the process's environment, or what a test or an embedder put in its place."""
        ...

    @property
    def hook(self) -> Any:
        """The relay to call `atom_authenticate` and `atom_emit` on."""
        ...


class HostUnavailable(Exception):
    """The host can't answer at the moment, such as while its storage is away: the caller shall try again."""


class PluginHooks:
    """Called by the host."""

    @hookspec
    def atom_services(self) -> Sequence[Mapping[str, Any]]:  # type: ignore[empty-body]
        """Return the manifests of the services that the plugin offers.

        Each has ``id, name, version, type, description, capabilities, workflow_triggers, workflow_actions,
        chat_commands``; the last three are lists of ``{key, title, description, …}``. An action may declare its
        ``input`` as a JSON Schema without references: a workflow's host converts the numbers that it calculates by it,
        and rounds those for text of format ``money`` to the digits of the currency. It may also declare its ``output``,
        and a trigger its ``payload``: the host then finds members that can't be there before a workflow runs. A payload
        may hold more than its schema names, an object with ``additionalProperties: false`` may not; its ``examples``
        serve as sample events. An action with ``liberal_input`` reads other forms than the strict ones of its
        ``input``, such as texts for numbers: they are no faults of a workflow. An action that writes may say
        ``previews``: true; with ``preview`` in its context it then says what it would do in ``data.preview``, or in the
        whole of `data`, and does nothing. An action may list in ``fires`` the keys of the triggers that its write can
        fire. No network, no database.
        """

    @hookspec
    def atom_services_in_short(self) -> Sequence[Mapping[str, Any]]:  # type: ignore[empty-body]
        """Return the manifests of `atom_services` without each `output` and `payload`, quickly; optional.

        A host with `quick_start` asks this first: it registers names and runs no workflows of its own.
        """

    @hookspec
    def atom_blueprints(self, host: Host) -> Sequence[Any]:  # type: ignore[empty-body]
        """Return Flask blueprints with absolute rules, to be registered before the first request."""

    @hookspec
    def atom_asgi(self, host: Host) -> Sequence[tuple[str, str, Callable[..., Any]]]:  # type: ignore[empty-body]
        """Return native routes as (method, path, ASGI 3 application); optional.

        Each does what the plugin's blueprint does for that method and path, in an event loop and without a thread. A
        host that serves by ASGI gives those requests to the application, with the whole body in one message; a host
        that has only Flask leaves this hook out. It is called in the process that serves, once the loop runs. An
        application may stream for hours: a host that is to end gives it ``http.disconnect``, as if its client were
        gone, and waits a moment for it to return.
        """

    @hookspec
    def atom_dashboard(self) -> Path | None:
        """Return the folder of a built web application for people, None where it is not built; optional.

        It has `index.html`, without scripts and styles inside, `assets`, whose names change with their content, and
        maybe `icon.svg`. A host serves the first one: the page at `/` and below `/app/`, to who is signed in, the files
        at `/assets/`, to everybody. It is called once, after the start, and files that are replaced later don't count.
        The page calls the host with the session of its person, from the host's own origin.
        """

    @hookspec
    def atom_prompt_paths(self) -> Collection[str]:  # type: ignore[empty-body]
        """Return the paths whose requests must never wait for those of people, such as deliveries; optional.

        A request to one of them is answered within a second or two and asks nobody else on the way: a host keeps some
        of its threads free for them.
        """

    @hookspec
    def atom_health_reporters(self) -> Mapping[str, Callable[[], Check]]:  # type: ignore[empty-body]
        """Return reporters by name; each answers within a second and raises nothing."""

    @hookspec
    def atom_metrics(self) -> Sequence[Metric]:  # type: ignore[empty-body]
        """Return the plugin's metrics within a second; optional.

        They are those of all processes that share the plugin's storage, so that it does not matter which of them is
        asked. What can't be told at the moment is left out. Nothing is raised.
        """

    @hookspec(firstresult=True)
    def atom_run_action(
        self,
        service: str,
        action: str,
        input: Mapping[str, Any],  # noqa: A002  # the contract's word
        context: Mapping[str, Any],
    ) -> Mapping[str, Any] | None:
        """Run an action of `service`, or return None for a service that is not the plugin's.

        `context` holds ``principal`` (required), and optionally ``shop`` (a store, several, or ``all``; the answer for
        several holds ``data.stores``), ``idempotency_key``, ``confirm``, ``preview``, ``via`` (in place of the
        principal's), ``request_id``: the host's id of the request, under which the plugin logs, answers errors and
        keeps its audit entries, and ``origin`` (an `Origin`) where a run of a workflow calls: the plugin notes it with
        what it writes, and names it as `Event.caused_by` in the events that follow. The answer is the envelope ``{ok,
        data | error, …}``; nothing is raised. An error with ``retryable`` may be repeated with the same idempotency
        key; ``OUTCOME_UNKNOWN`` without it means that somebody has to look before.

        A good answer with ``pending: {operation, retry_after, …}`` says that the plugin has taken the action and goes
        on with it: `data` is not its result. The host asks `atom_operation` for that, once `atom_operation_ended` was
        called or after ``retry_after`` seconds, and never runs the action again to find out.
        """

    @hookspec(firstresult=True)
    def atom_operation(self, service: str, operation: str, context: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Tell what became of an operation: the envelope of the action that began it, or `pending` again.

        `context` is that of `atom_run_action`. An error with ``retryable`` says that it can't be told at the moment,
        any other one is the operation's end. None for a service that is not the plugin's. Nothing is raised.
        """

    @hookspec(firstresult=True)
    def atom_run_command(self, service: str, text: str, context: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Answer a chat text with ``{ok, reply, command, data}``, or None if it is none of the plugin's phrases.

        `context` holds ``principal`` (required), and optionally ``shop``, ``via`` and ``request_id``, as for actions.
        Nothing is raised.
        """

    @hookspec(firstresult=True)
    def atom_may_see(self, principal: Principal, event: Event) -> bool | None:
        """Tell whether `principal` may see an event, None for an event that is not the plugin's.

        An event starts workflows of people of whom this is true, and of nobody else.
        """

    @hookspec
    def atom_workflow_templates(self) -> Sequence[Mapping[str, Any]]:  # type: ignore[empty-body]
        """Return ready workflow definitions, each with `id`, `name`, `description` and `variables`; optional."""

    @hookspec
    def atom_triggers_changed(self) -> None:
        """Ask `atom_triggers_in_use` again: something waits for a trigger now that nobody waited for, or no longer."""

    @hookspec
    def atom_start(self, host: Host) -> None:
        """Get ready to serve: open the database, start nothing that a fork would break."""

    @hookspec
    def atom_ready(self) -> None:
        """Begin background work: this process serves from now on, and forks no more.

        A host that can't tell leaves this hook out; the work then begins with the first request.
        """

    @hookspec
    def atom_stop(self) -> None:
        """Let go of everything within 30 s; calling it twice is harmless."""


class HostHooks:
    """Called by plugins."""

    @hookspec(firstresult=True)
    def atom_authenticate(self, request: Any) -> Principal | None:
        """Return who sent a Flask request, or None; raise `HostUnavailable` where that can't be told at the moment."""

    @hookspec
    def atom_emit(self, event: Event) -> None:
        """Take an event: it is on the plugin's side already stored, and counts once for each key and dedupe key.

        Raises when it can't be stored: then the plugin emits it again later.
        """

    @hookspec
    def atom_triggers_in_use(self) -> Collection[str]:  # type: ignore[empty-body]
        """Return the keys of the triggers that something waits for; a plugin need not emit the others.

        A host that can't tell leaves this hook out: then all are.
        """

    @hookspec
    def atom_trigger_parameters(self, key: str) -> Sequence[Mapping[str, Any]]:  # type: ignore[empty-body]
        """Return the parameters of each subscription to a trigger that declares some; optional.

        Parameters that are left out have their defaults. A host that leaves this hook out takes the defaults.
        """

    @hookspec(firstresult=True)
    def atom_complete(self, service: str, text: str, phrases: Sequence[str]) -> str | None:
        """Return `text`, which the chat of a service does not understand, as the service understands it; optional.

        `phrases` are examples of what it understands; the answer is one of them with the values of the text, or None
        where none fits or there is no language model. It is read like a text of a person and trusted as little: what
        it would change is shown, and done after a yes.
        """

    @hookspec
    def atom_operation_ended(self, service: str, operation: str) -> None:
        """Take note that an operation has ended, so that what waits for it goes on; optional.

        It may be called in any process, more than once, or not at all where a process dies: a host also asks by itself.
        """

    @hookspec
    def atom_forget(self, shop: str, terms: Sequence[str] | None) -> None:
        """Delete what the host keeps of a shop's events and runs.

        `terms` (addresses, phone numbers, ids) name a person whose traces go; None stands for all of the shop.
        """
