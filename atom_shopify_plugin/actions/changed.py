"""What was changed in a store, in words: searches of the audit log, and one line for each entry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.errors import Fault, InvalidInput, NotFound, OutcomeUnknown
from atom_shopify_plugin.storage.calls.audit import AuditFilter
from atom_shopify_plugin.stores.moments import moment_of, zone_named

if TYPE_CHECKING:
    from atom_shopify_plugin.catalog.model import Catalog
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.storage import AuditRow, Storage, Store

__all__ = ["OUTCOMES", "SEARCHED", "differences", "lately", "line", "searched"]

SEARCHED = ("since", "until", "actor", "action", "resource", "outcome")
"""The members of a search, each a text."""
OUTCOMES = ("ok", "failed", "started", "unknown")
"""How a call may have ended, as a search names it: done, without an effect, not yet, or nobody knows."""
_PAST = frozenset({"yesterday", "last week"})
_MOST = 20  # entries that are told
_SHOWN = 3  # differences in a line
_WIDTH = 60  # characters of a value


def searched(given: Mapping[str, str | None], store: Store | None, now: datetime, catalog: Catalog) -> AuditFilter:
    """Return the filter of a search: `SEARCHED` members as texts, days in the time zone of `store` (else in UTC).

    Raise `InvalidInput` for a time that names none, and for an outcome that there is not.
    """
    outcome = given.get("outcome") or None
    if outcome is not None and outcome not in OUTCOMES:
        message = f"outcome must be one of: {', '.join(OUTCOMES)}."
        raise InvalidInput(message, faults=[Fault("/outcome", message, "enum")])
    zone = zone_named(store.timezone if store is not None else None)
    since, until, action = given.get("since"), given.get("until"), given.get("action")
    return AuditFilter(
        since=moment_of(since, zone, now, pointer="/since") if since else None,
        until=moment_of(until, zone, now, end=True, pointer="/until") if until else None,
        subject=given.get("actor") or None,
        action=_key(action, catalog) if action else None,
        resource=given.get("resource") or None,
        outcome=outcome,
    )


def _key(action: str, catalog: Catalog) -> str:
    try:
        return catalog.action(action).key
    except NotFound:
        return action  # what is noted besides actions, such as member_remove


def lately(
    storage: Storage, principal: Principal, store: Store, period: str, catalog: Catalog
) -> tuple[str, list[AuditRow]]:
    """Return what was changed in a store in a period, the newest first, as text and as entries.

    Raise `InvalidInput` for a period that names no time.
    """
    until = period if period.lower() in _PAST else None
    wanted = searched({"since": period, "until": until}, store, storage.machine_time(), catalog)
    rows = [row for row in storage.audit.list(principal, store, _MOST + 1, None, wanted) if row.effect != "read"]
    if not rows:
        return f"This app changed nothing in {store.shop.handle} ({period}).", []
    shown, zone = rows[:_MOST], zone_named(store.timezone)
    lines = [line(row, catalog, zone) for row in shown]
    if any(row.undo is not None and row.undone_by is None for row in shown):
        lines.append("To undo one, run `atom-shopify audit undo` with the id in brackets.")
    if len(rows) > _MOST:
        lines.append("… and more: `atom-shopify audit` lists them all.")
    return "\n".join(lines), shown


def differences(before: Any, after: Any) -> list[dict[str, Any]]:
    """Return ``{field, before, after}`` for each plain member that reads otherwise after a write than before it."""
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return []
    return [
        {"field": name, "before": before[name], "after": after[name]}
        for name in before
        if name in after and name != "updated_at" and before[name] != after[name] and _is_plain(after[name])
    ]


def _is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(item, str | int | float | bool) for item in value)
    return not isinstance(value, Mapping)


def line(row: AuditRow, catalog: Catalog, zone: tzinfo) -> str:
    """Return one line: when, who, what, on which thing, from which values to which, and whether it can be undone."""
    action = catalog.actions.get(row.action)
    parts = [f"{row.at.astimezone(zone):%d %b %H:%M}", row.subject, row.action if action is None else action.title]
    name = _name(row.after) or _name(row.before) or row.target
    parts += [name] if name else []
    changes = differences(row.before, row.after)
    told = [f"{one['field']}: {_short(one['before'])} → {_short(one['after'])}" for one in changes[:_SHOWN]]
    if len(changes) > _SHOWN:
        told.append(f"{len(changes) - _SHOWN} more")
    parts += [", ".join(told)] if told else []
    if row.outcome != "ok":
        words = {"started": "not ended", OutcomeUnknown.code: "outcome unknown"}
        parts.append(words.get(row.outcome, f"failed: {row.outcome}"))
    elif row.undone_by is not None:
        parts.append("undone")
    elif row.undo is not None:
        parts.append(f"can be undone ({row.id})")
    return " · ".join(parts)


def _name(resource: Any) -> str:
    if isinstance(resource, Mapping):
        for member in ("title", "name", "display_name", "sku", "code"):
            if isinstance(resource.get(member), str) and resource[member]:
                return f"“{_short(resource[member])}”"
    return ""


def _short(value: Any) -> str:
    text = (
        "nothing" if value in (None, "", []) else ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    )
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"
