"""What is declared, as frozen values: actions, triggers, commands, and the Catalog that holds them.

`loading.load` makes the one Catalog of a process; nothing changes it afterwards.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from atom_shopify_plugin.catalog.public import PublicSchema, public_schema
from atom_shopify_plugin.catalog.samples import body_of
from atom_shopify_plugin.catalog.schemas import ManifestError, Schema, Schemas
from atom_shopify_plugin.catalog.spoken import Kind
from atom_shopify_plugin.errors import NotFound

__all__ = [
    "Action",
    "Catalog",
    "Command",
    "Computed",
    "Counts",
    "Domain",
    "Limit",
    "ManifestError",
    "Schema",
    "Schemas",
    "Service",
    "Trigger",
    "Undo",
    "Verify",
]


@dataclass(frozen=True)
class Verify:
    """How a write is proved: the action `read` looks at the resource before and after it.

    `by` names the members of the input that say which resource it is. After the write it is named by `after`: members
    of the read's input by their paths in the answer. What has to read as it was written: `reads` maps members of the
    input to their paths in what is read, `told` does the same for paths in the answer, and `becomes` holds paths in
    what is read with their values. A path has dots: ``a.0.b``. `holds` names lists of the input whose items the
    resource's list of that name must hold afterwards, `lacks` lists whose items it must not hold, in whatever
    case. `among` maps paths in the answer to those of lists in what is read: the thing at the first, or each item
    of a list there, must be among the items of the second. `absent` says instead that the resource must be gone. With
    `makes`, the write makes a resource that is not there, unless it is named by its id.
    """

    read: str
    by: tuple[str, ...] = ("id",)
    after: Mapping[str, str] = field(default_factory=lambda: {"id": "id"})
    reads: Mapping[str, str] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=dict)
    becomes: Mapping[str, Any] = field(default_factory=dict)
    absent: bool = False
    makes: bool = False
    holds: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    among: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Undo:
    """The call that puts a write back: the action, and where each member of its input comes from.

    A source is ``input.…`` (the call's own input), ``before.…`` (the resource as it stood) or ``after.…`` (the answer);
    a minus before it negates a number, a question mark behind it takes null for a value, a list of sources makes a
    list. Without `input` the action is the same one with
    the values that stood there: where `Verify.reads` finds them, and `former`, for members that are not compared. With
    `Verify.holds` or `Verify.lacks` it is the items that were really added or removed. `leaves` says how a thing that
    the write made reads after the undo, where it is not gone: paths in what is read, and their values. `together` are
    members that exclude each other: where one is put back, the others of its group are, too. `unchanged`
    tells that the undo overwrites what it finds: all that is read has to be as the write left it.
    """

    action: str
    input: Mapping[str, str | tuple[str, ...]] | None = None
    former: Mapping[str, str] = field(default_factory=dict)
    leaves: Mapping[str, Any] = field(default_factory=dict)
    together: tuple[tuple[str, ...], ...] = ()
    unchanged: bool = False

    def whole(self, names: Iterable[str]) -> list[str]:
        """Return `names` with the members that are put back together with them."""
        known = list(names)
        return list(dict.fromkeys([*known, *(m for group in self.together if set(group) & set(known) for m in group)]))


@dataclass(frozen=True)
class Domain:
    """A group of actions, which one manifest holds: its name, its title, and what somebody new should know about it."""

    name: str
    title: str
    about: str


@dataclass(frozen=True)
class Limit:
    """What an action does not show, or do, in a store that has not granted `scope`; `hides` says it in words."""

    scope: str
    hides: str


@dataclass(frozen=True)
class Counts:
    """What a write takes of a limit of the day: `kind` groups actions that do the same, such as ``refunds``.

    `amount` and `quantity` are paths in the input; ``*`` stands for each item of a list, whose values are added. What
    a path doesn't lead to is not known, and then the limit refuses. `currency` is the path of the amount's currency in
    the resource as it stands. With `when`, the write takes nothing unless one of these members of the input is given.
    """

    kind: str
    amount: str = ""
    quantity: str = ""
    currency: str = ""
    when: tuple[str, ...] = ()


@dataclass(frozen=True)
class Action:
    """One verb on one noun. `operations` are the GraphQL operations behind it; `handler` is ``domain.function``.

    `fires` names the triggers that its write can fire. `asks` is the question before a destructive one: in it,
    ``{path}`` stands for a member of the resource, ``{path|one|many}`` for a number with its noun, ``{shop}`` for the
    store. `limits` are what missing scopes hide from it without an error. `summary` is the template of what a preview
    says in words (`actions.texts`). `poll` is the ``domain.function`` that looks at the work which Shopify goes on with
    in the background. `forecast` is the one that says what a write will change, and whether a person has to agree
    to it although the action is not destructive. `any_document` is what the caller's own document may be, ``query`` or
    ``mutation``: such an action has no operations, its scopes are those of the document, and `forecast` settles the
    effect. `instead` is the key of an action that does much the same with other scopes. `mirrored` names the
    streams of the store's copy from which it is answered, or about which what it keeps in ATOM's own database is:
    such an action has no operations either. `counts` is what it takes of a policy's limits.
    """

    key: str
    aliases: tuple[str, ...]
    domain: str
    title: str
    description: str
    effect: str
    operations: tuple[str, ...]
    handler: str | None
    scopes: tuple[tuple[str, ...], ...]
    rest: tuple[str, str] | None
    verify: Verify | None
    undo: Undo | None
    examples: tuple[Mapping[str, Any], ...]
    anti_examples: tuple[Mapping[str, Any], ...]
    raw_input: Schema
    raw_output: Schema
    schemas: Schemas
    fires: tuple[str, ...] = ()
    poll: str | None = None
    columns: tuple[str, ...] = ()
    asks: str | None = None
    limits: tuple[Limit, ...] = ()
    summary: str = ""
    forecast: str | None = None
    any_document: str | None = None
    instead: str | None = None
    mirrored: tuple[str, ...] = ()
    counts: Counts | None = None

    @property
    def does_anything(self) -> bool:
        """Return whether the caller's own document says what is read or done."""
        return self.any_document is not None or "mutation" in self.properties

    @property
    def may_ask(self) -> bool:
        """Return whether a call can be answered with a question for confirmation."""
        return self.effect == "destructive" or self.forecast is not None

    @property
    def operation(self) -> str | None:
        """Return the operation that is run without a handler."""
        return None if self.handler else self.operations[0]

    @cached_property
    def input(self) -> Schema:
        """Return the input's JSON Schema with every reference put in place."""
        return self.schemas.resolved(self.raw_input)

    @cached_property
    def output(self) -> Schema:
        """Return the output's JSON Schema with every reference put in place."""
        return self.schemas.resolved(self.raw_output)

    @property
    def properties(self) -> Mapping[str, Any]:
        result: Mapping[str, Any] = self.input.get("properties", {})
        return result

    @cached_property
    def public(self) -> PublicSchema:
        """Return what it takes and answers, as callers see it."""
        return public_schema(self.raw_input, self.raw_output, self.schemas)

    @property
    def is_search(self) -> bool:
        """Return whether the action lists things by filters and pages: it takes a `cursor`."""
        return "cursor" in self.raw_input.get("properties", {})


@dataclass(frozen=True)
class Computed:
    """How a trigger that Shopify has no topic for is found: by `rule` (`events.rules`), from topics that feed it.

    `watch` names a regular look at the store (`sync.watches`) that feeds it, too. `parameters` is the JSON Schema of
    what a subscription may set, with a default for each.
    """

    rule: str
    feeds: tuple[str, ...]
    parameters: Schema
    watch: str = ""

    @property
    def defaults(self) -> dict[str, Any]:
        return {name: one["default"] for name, one in self.parameters.get("properties", {}).items()}


@dataclass(frozen=True)
class Trigger:
    """A webhook topic that becomes an event; `topic` is the header's form (``orders/create``).

    `resource` names the definition whose shape the payload has, as far as it goes. `payload` and `when`
    are about that shape. `raw_samples` are what a manifest says of bodies, beside what follows from the topic. With
    `computed` it fires by a rule over deliveries of several topics, of which `topic` is the one whose body its payload
    extends, "" where it extends none. `shows` is the key of an action whose answer the payload holds, too.
    """

    key: str
    aliases: tuple[str, ...]
    domain: str
    title: str
    description: str
    topic: str
    scopes: tuple[tuple[str, ...], ...]
    when: Schema | None
    payload: Schema
    raw_samples: tuple[Mapping[str, Any], ...]
    resource: str | None = None
    computed: Computed | None = None
    shows: str | None = None

    @cached_property
    def body(self) -> Mapping[str, Any]:
        """Return a body of the topic, {} where it is not about a whole thing in a shape that is known."""
        return body_of(self.topic) if "id" in self.payload.get("required", ()) else {}

    @cached_property
    def samples(self) -> tuple[Mapping[str, Any], ...]:
        """Return bodies as Shopify sends them."""
        return tuple({**self.body, **sample} for sample in self.raw_samples or ({},))


@dataclass(frozen=True)
class Command:
    """Phrases of chat with typed slots (``order {name}``), the action they run, and how the answer reads.

    `slots` are the kinds of the values in the phrases, such as ``order`` or ``text`` (see `spoken`).
    `action` is None for the few commands about the conversation itself, such as choosing a store. In texts of `input`,
    ``{slot}``, ``{slot.part}``, ``{slot?}`` (may be left out) and ``{slot|what else}`` stand for values; a slot that
    has no place there is the member of its name. `otherwise` is the key of the command that answers where there is no
    copy of the store.
    """

    key: str
    domain: str
    title: str
    says: tuple[str, ...]
    slots: Mapping[str, Kind]
    action: str | None
    input: Mapping[str, Any]
    reply: str
    examples: tuple[str, ...]
    otherwise: str | None = None


@dataclass(frozen=True)
class Service:
    """The service card. `replaces` names entries of an ATOM host's own registry that it stands in for."""

    id: str
    name: str
    version: str
    api_version: str
    type: str
    description: str
    capabilities: tuple[str, ...]
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True)
class Catalog:
    """Everything declared, by key. The mappings are read-only and keep the order of the files."""

    service: Service
    domains: Mapping[str, Domain]
    actions: Mapping[str, Action]
    triggers: Mapping[str, Trigger]
    commands: Mapping[str, Command]
    schemas: Schemas
    computed: Mapping[str, Trigger] = field(default_factory=dict)
    """The triggers that are computed; `triggers` are those of topics."""

    @cached_property
    def _action_names(self) -> dict[str, Action]:
        return {name: action for action in self.actions.values() for name in (action.key, *action.aliases)}

    @cached_property
    def _trigger_names(self) -> dict[str, Trigger]:
        every = (*self.triggers.values(), *self.computed.values())
        return {name: trigger for trigger in every for name in (trigger.key, *trigger.aliases)}

    def action(self, name: str) -> Action:
        """Return the action of that key or alias; raise `NotFound` with the nearest names."""
        found = self._action_names.get(name)
        if found is None:
            raise _unknown("action", name, self._action_names)
        return found

    def trigger(self, name: str) -> Trigger:
        """Return the trigger of that key or alias; raise `NotFound` with the nearest names."""
        found = self._trigger_names.get(name)
        if found is None:
            raise _unknown("trigger", name, self._trigger_names)
        return found

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that limits of policies count by, such as ``refunds``."""
        return tuple(dict.fromkeys(action.counts.kind for action in self.actions.values() if action.counts))

    def public_schema(self, action: Action | str) -> PublicSchema:
        """Return what an action takes and answers, as callers see it: in OpenAPI, as a tool, in the shell."""
        return (self.action(action) if isinstance(action, str) else action).public

    def card(self, payloads: Mapping[str, Schema]) -> dict[str, Any]:
        """Return the service manifest that a host registers: the card, and every name it can be called by.

        `payloads` are the schemas of the triggers' payloads by key.
        """
        service = self.service
        return {
            "id": service.id,
            "name": service.name,
            "version": service.version,
            "type": service.type,
            "description": service.description,
            "capabilities": list(service.capabilities),
            "replaces": list(service.replaces),
            "accounts_url": "/api/shopify/stores",  # a host's page lists the person's stores from here
            "links": [{"label": "Stores, questions and last changes", "href": "/shopify"}],
            "workflow_triggers": [
                {
                    "key": name,
                    "title": trigger.title,
                    "description": trigger.description,
                    **(
                        {"topic": trigger.topic}
                        if trigger.computed is None
                        else {"parameters": trigger.computed.parameters}
                    ),
                    "payload": payloads[trigger.key],
                    **({} if name == trigger.key else {"alias_of": trigger.key}),
                }
                for name, trigger in self._trigger_names.items()
            ],
            "workflow_actions": [
                {
                    "key": name,
                    "title": action.title,
                    "description": action.description,
                    "effect": action.effect,
                    "liberal_input": True,  # `actions.liberal` reads other forms of it
                    "input": action.public.whole(action.public.input),
                    "output": action.public.whole(action.public.output),
                    **({} if name == action.key else {"alias_of": action.key}),
                    **({} if action.effect == "read" else {"previews": True}),
                    **({"fires": list(action.fires)} if action.fires else {}),
                }
                for name, action in self._action_names.items()
            ],
            "chat_commands": [
                {"key": phrase, "title": command.title, "description": command.title, "effect": self._effect(command)}
                for command in self.commands.values()
                for phrase in command.says
            ],
        }

    def _effect(self, command: Command) -> str:
        if command.action is None:
            # They change which store is meant, and what was written last.
            return "write" if command.key in ("use_store", "default_store", "undo") else "read"
        return self.action(command.action).effect


def _unknown(kind: str, name: str, known: Iterable[str]) -> NotFound:
    near = difflib.get_close_matches(str(name)[:100], list(known), n=3)
    hint = f" Did you mean {', '.join(near)}?" if near else ""
    return NotFound(f"There is no {kind} of that name.{hint}", details={"kind": kind, "near": near})
