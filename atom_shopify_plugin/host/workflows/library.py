"""The definitions: what people have created, registered or made from a template; a person sees their own."""

from __future__ import annotations

import json
import logging
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.host.auth import OPERATOR_SCOPE
from atom_shopify_plugin.host.outgoing import Outgoing
from atom_shopify_plugin.host.plugins import Plugins
from atom_shopify_plugin.host.quotas import Quotas, QuotaUse
from atom_shopify_plugin.host.registry import now
from atom_shopify_plugin.host.store import HostStore
from atom_shopify_plugin.host.workflows import chains, decimals, schedule
from atom_shopify_plugin.host.workflows import definition as shape
from atom_shopify_plugin.host.workflows.decimals import Bad, is_number, kind
from atom_shopify_plugin.host.workflows.outlets import outlet_faults
from atom_shopify_plugin.host.workflows.subscribing import parameters_of

__all__ = ["InvalidDefinition", "Library", "NotThere", "NotYet", "scope_of"]

log = logging.getLogger(__name__)


class NotThere(LookupError):
    """No such thing, or it is somebody else's; the message says what."""


class NotYet(Exception):
    """The state of things doesn't allow it; the message says why."""


class InvalidDefinition(ValueError):
    """A definition has faults: each is ``{pointer, message}``."""

    def __init__(self, faults: Sequence[Mapping[str, str]]) -> None:
        self.faults = [dict(fault) for fault in faults]
        super().__init__("; ".join(f"{fault['pointer']}: {fault['message']}" for fault in faults))

    @property
    def summary(self) -> str:
        """Return one sentence: the only fault, or how many there are."""
        if len(self.faults) == 1:
            where, what = self.faults[0]["pointer"].strip("/"), self.faults[0]["message"].removesuffix(".")
            return f"The definition is not valid: {f'{where} {what}'.strip()}"[:2_000] + "."
        return f"The definition has {len(self.faults)} errors. details.faults lists them."

    @property
    def listed(self) -> list[dict[str, str]]:
        """Return the faults for the details of an error, without what the summary says."""
        if len(self.faults) == 1:
            return [{"pointer": self.faults[0]["pointer"], "code": "definition"}]
        return [{"code": "definition", **fault, "message": _sentence(fault["message"])} for fault in self.faults]


def _sentence(told: str) -> str:
    """Return what is said of a part of a definition, such as ``is missing``, as a sentence."""
    whole = told if told[:1].isupper() or told[:1] == "`" else f"It {told}"
    return whole if whole.endswith((".", "?")) else f"{whole}."


def scope_of(principal: Principal) -> tuple[str, tuple[str, ...]]:
    """Return the SQL condition under which rows are a person's: their own; an operator's: those of the tenant."""
    if OPERATOR_SCOPE in principal.scopes:
        return "tenant = ?", (principal.tenant,)
    return "tenant = ? AND subject = ?", (principal.tenant, principal.subject)


class Library:
    """Definitions in the host's storage."""

    def __init__(self, store: HostStore, plugins: Plugins, quotas: Quotas, outgoing: Outgoing) -> None:
        self._store = store
        self._outgoing = outgoing
        self._quotas = quotas
        self._plugins = plugins

    def services(self) -> list[Mapping[str, Any]]:
        """Return the manifests of all services that are installed."""
        return [service for loaded in self._plugins.loaded.values() for service in loaded.services.values()]

    def register(self, principal: Principal, service_id: str, config: dict[str, Any]) -> str:
        """Store a config of any kind under a new id (a UUID); one that is a definition without faults can be run."""
        workflow_id = str(uuid.uuid4())
        runnable = bool(config) and not self.faults(config, principal)
        self._put(principal, workflow_id, service_id, config, runnable)
        return workflow_id

    def create(self, principal: Principal, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Store a definition and return it as it is shown; one with the id of a workflow of yours replaces it.

        Raises `InvalidDefinition` with every fault, `NotYet` where the id is or was somebody else's, and `OverQuota`.
        """
        faults = self.faults(raw, principal)
        if faults:
            raise InvalidDefinition(faults)
        workflow_id = str(raw.get("id") or uuid.uuid4())
        kept = {key: value for key, value in raw.items() if key not in ("created_at", "updated_at", "version")}
        services = [step["service"] for step in raw["steps"] if "service" in step]
        config = {**kept, "id": workflow_id, "name": raw.get("name", "Unnamed Workflow")}
        self._put(principal, workflow_id, services[0] if services else "", config, runnable=True)
        return self.one(principal, workflow_id)

    def warnings(self, principal: Principal, raw: Mapping[str, Any]) -> list[dict[str, str]]:
        """Return what the author of a definition without faults may not want.

        These are steps that start it again, and members that the payload of its trigger is not known to have.
        """
        others = []
        for row in self.all(principal):
            if row["runnable"] and row["id"] != raw.get("id") and row["created_by"] == principal.subject:
                # One that was stored and can't be read fails its own runs, and stops the author of no other.
                with suppress(*shape.UNREADABLE):
                    other = shape.read(row["workflow_config"])
                    chains.loops(other, (), self.services())
                    others.append(other)
        loops = chains.loops(shape.read(raw), others, self.services())
        return [*shape.doubts(raw, self.services()), *loops]

    def validate(self, principal: Principal, raw: Any) -> dict[str, Any]:
        """Return ``{valid, faults, warnings, next_at}`` of a definition that is not stored.

        `next_at` is when a schedule would start it first, in seconds since the epoch.
        """
        faults = self.faults(raw, principal)
        trigger = {} if faults else shape.read(raw).trigger
        next_at = None
        if not faults and shape.read(raw).timed:
            try:
                self._check_interval(trigger)
                next_at = schedule.following(trigger, time.time())
            except InvalidDefinition as error:
                faults = error.faults
        warnings = [] if faults else self.warnings(principal, raw)
        return {"valid": not faults, "faults": faults, "warnings": warnings, "next_at": next_at}

    def faults(self, raw: Any, principal: Principal | None = None) -> list[dict[str, str]]:
        """Return everything that is wrong with a definition; for a person, also what it may not send."""
        found = shape.faults(raw, self.services())
        if found or principal is None:
            return found
        return list(outlet_faults(raw, self._outgoing, principal.tenant, principal.subject))

    def all(self, principal: Principal) -> list[dict[str, Any]]:
        """Return the workflows of a person, the oldest first."""
        return [_shown(row) for row in self._rows(principal)]

    def one(self, principal: Principal, workflow_id: str) -> dict[str, Any]:
        """Return a workflow of the person's; raise `NotThere`."""
        rows = self._rows(principal, workflow_id)
        if not rows:
            raise NotThere(f"You have no workflow '{workflow_id[:64]}'.")
        return _shown(rows[0])

    def runnable(self, principal: Principal, workflow_id: str) -> tuple[Any, ...]:
        """Return the row that a run is made from; raise `NotThere`, and `NotYet` where the workflow has faults.

        Only its owner may run a workflow, since it acts in the owner's name.
        """
        shown = self.one(principal, workflow_id)
        if shown["created_by"] != principal.subject:
            raise NotThere(f"You have no workflow '{workflow_id[:64]}'.")
        if not shown["runnable"]:
            faults = self.faults(shown["workflow_config"], principal)
            raise NotYet(f"The workflow can't be run: {InvalidDefinition(faults)}"[:1_000])
        sql = "SELECT id, version, tenant, subject, config FROM host_workflows WHERE id = ?"
        return self._store.run(sql, (workflow_id,))[0]

    def delete(self, principal: Principal, workflow_id: str) -> None:
        """Delete a workflow: it starts no more runs; those that were begun go on to their end."""
        where, values = scope_of(principal)
        sql = f"DELETE FROM host_workflows WHERE id = ? AND {where} RETURNING id"  # noqa: S608  # constants
        with self._telling():
            if not self._store.run(sql, (workflow_id, *values)):
                raise NotThere(f"You have no workflow '{workflow_id[:64]}'.")
            self._store.run("DELETE FROM host_traces WHERE workflow_id = ?", (workflow_id,))

    def triggers(self) -> frozenset[str]:
        """Return the keys of all triggers that workflows wait for."""
        sql = "SELECT DISTINCT trigger_key FROM host_workflows WHERE trigger_key IS NOT NULL"
        return frozenset(key for (key,) in self._store.run(sql))

    def parameters(self, key: str) -> list[Mapping[str, Any]]:
        """Return the parameters, defaults included, of all workflows that wait for a trigger; each once."""
        services = self.services()
        found: dict[str, Mapping[str, Any]] = {}
        sql = "SELECT config FROM host_workflows WHERE trigger_key = ? AND runnable = 1"
        for (config,) in self._store.run(sql, (key,)):
            with suppress(Bad, *shape.UNREADABLE):  # its run fails and says so
                parameters = parameters_of(json.loads(config), services)
                found[json.dumps(parameters, sort_keys=True)] = parameters or {}
        return list(found.values())

    @contextmanager
    def _telling(self) -> Iterator[None]:
        before = self.triggers()
        yield
        if self.triggers() != before:
            self._plugins.triggers_changed()

    def templates(self) -> list[dict[str, Any]]:
        """Return the ready definitions that plugins offer; one with faults is left out and logged."""
        found = []
        for loaded in self._plugins.loaded.values():
            for offered in self._plugins.only(loaded.plugin).atom_workflow_templates():
                for template in offered:
                    faults = self.faults(template)
                    if faults or "id" not in template:
                        log.error("plugin %s offers a broken template: %s", loaded.name, faults)
                        continue
                    found.append({**template, "plugin": loaded.name})
        return found

    def from_template(self, template_id: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Return a new definition: a template with other `variables`, and where given another `id`, `name`, `shop`.

        Raises `NotThere`, and `InvalidDefinition` for a variable that the template doesn't have.
        """
        template = next((one for one in self.templates() if one["id"] == template_id), None)
        if template is None:
            raise NotThere(f"There is no template '{template_id[:64]}'. GET /api/workflows/templates lists them.")
        del template["plugin"]
        variables, given = template.get("variables", {}), changes.get("variables", {})
        if not isinstance(given, Mapping):
            raise InvalidDefinition([{"pointer": "/variables", "message": "must be of type object"}])
        unknown = [name for name in given if name not in variables]
        if unknown:
            message = f"the template has no such variable; it has {', '.join(variables) or 'none'}"
            raise InvalidDefinition([{"pointer": f"/variables/{name}", "message": message} for name in unknown])
        given = {name: _like(variables[name], value) for name, value in given.items()}
        wrong = [
            {"pointer": f"/variables/{name}", "message": f"must be {_kind(variables[name])}, as in the template"}
            for name, value in given.items()
            if variables[name] is not None and _kind(value) != _kind(variables[name])
        ]
        if wrong:
            raise InvalidDefinition(wrong)
        own = {key: changes[key] for key in ("name", "shop", "description") if key in changes}
        return {**template, "id": changes.get("id") or str(uuid.uuid4()), **own, "variables": {**variables, **given}}

    def _put(
        self, principal: Principal, workflow_id: str, service_id: str, config: Mapping[str, Any], runnable: bool
    ) -> None:
        key = next_at = None
        if runnable:
            found = shape.read(config)
            key = found.key(self.services())
            if found.timed:
                self._check_interval(found.trigger)
                next_at = schedule.following(found.trigger, time.time())
        text, at = json.dumps(config, ensure_ascii=False), now()
        size = len(text.encode())
        self._quotas.check_definition(size)
        owner = (principal.tenant, principal.subject)
        with self._telling(), self._store.transaction() as connection:
            rows = connection.execute(
                "SELECT id <> ?, count(*), coalesce(sum(length(CAST(config AS BLOB))), 0), count(next_at)"
                " FROM host_workflows WHERE tenant = ? AND subject = ? GROUP BY 1",
                (workflow_id, *owner),
            )
            had = {bool(other): QuotaUse(*usage) for other, *usage in rows}
            others, old = had.get(True, _NOTHING), had.get(False, _NOTHING)
            self._quotas.check_library(_sum(others, old), _sum(others, QuotaUse(1, size, int(next_at is not None))))
            # An id stays its first owner's for good: what runs, keys and other people's notes say of it stays true.
            version = connection.execute(
                "INSERT INTO host_workflow_ids (id, tenant, subject, last_version) VALUES (?, ?, ?, 1) ON CONFLICT (id)"
                " DO UPDATE SET last_version = last_version + 1 WHERE tenant = excluded.tenant"
                " AND subject = excluded.subject RETURNING last_version",
                (workflow_id, *owner),
            ).fetchone()
            if version is None:
                raise NotYet("That id is taken; choose another one.")
            connection.execute(
                "INSERT INTO host_workflows (id, tenant, subject, service_id, config, created_at, updated_at, version,"
                " runnable, trigger_key, next_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE"
                " SET service_id = excluded.service_id, config = excluded.config, updated_at = excluded.updated_at,"
                " runnable = excluded.runnable, trigger_key = excluded.trigger_key, next_at = excluded.next_at,"
                " version = excluded.version",
                (workflow_id, *owner, service_id, text, at, at, version[0], runnable, key, next_at),
            )

    def _check_interval(self, trigger: Mapping[str, Any]) -> None:
        shortest = self._quotas.shortest_interval
        found = schedule.interval(trigger)
        if found < shortest:
            member = "every" if "every" in trigger else "cron"
            message = (
                f"runs every {found:g} s at times; at least {shortest} s lie between two runs (the operator sets the "
                "limit: ATOM_HOST_SHORTEST_INTERVAL)"
            )
            raise InvalidDefinition([{"pointer": f"/trigger/{member}", "message": message}])

    def _rows(self, principal: Principal, workflow_id: str | None = None) -> list[tuple[Any, ...]]:
        where, values = scope_of(principal)
        one = "" if workflow_id is None else " AND id = ?"
        return self._store.run(
            "SELECT id, service_id, config, subject, created_at, updated_at, version, runnable, next_at"  # noqa: S608
            f" FROM host_workflows WHERE {where}{one} ORDER BY created_at, rowid",
            values if workflow_id is None else (*values, workflow_id),
        )


_NOTHING = QuotaUse(0, 0, 0)


def _kind(value: Any) -> str:
    return kind(value).removeprefix("empty ")


def _like(example: Any, value: Any) -> Any:
    """Return a value as text where the template has text: 2026 may be a tag."""
    return decimals.plain(value) if isinstance(example, str) and is_number(value) else value


def _sum(one: QuotaUse, other: QuotaUse) -> QuotaUse:
    return QuotaUse(one.workflows + other.workflows, one.size + other.size, one.schedules + other.schedules)


def _shown(row: tuple[Any, ...]) -> dict[str, Any]:
    config = shape.shown(row[2])
    return {
        "id": row[0],
        "name": config.get("name", "Unnamed Workflow"),
        "service_id": row[1],
        "workflow_config": config,
        "created_by": row[3],
        "created_at": row[4],
        "updated_at": row[5] or row[4],
        "version": row[6],
        "runnable": bool(row[7]),
        "next_at": row[8],
    }
