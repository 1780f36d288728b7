"""What a write should have done, and whether it is there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from atom_shopify_plugin.actions.validation import not_null
from atom_shopify_plugin.catalog.model import Action, Schema, Verify
from atom_shopify_plugin.shopify.spelling import as_spelt

__all__ = [
    "MISSING",
    "Expected",
    "declared",
    "differences",
    "expected",
    "find",
    "gained",
    "lost",
    "members",
    "naming",
    "same",
]


@dataclass(frozen=True, slots=True)
class Expected:
    """A value that has to be found at `path`; `schema` says what kind of value it is, `field` how people know it."""

    field: str
    wanted: Any
    path: str
    schema: Schema


class _Missing:
    """What stands where nothing stands: null is a value."""


MISSING = _Missing()


def find(value: Any, path: str) -> Any:
    """Return what stands at a path with dots; null where something on the way is null.

    A step ``*`` goes into each item of a list: what stands there is one list.
    """
    head, star, rest = path.partition(".*.")
    if star:
        within = find(value, head)
        parts = [find(item, rest) for item in within] if isinstance(within, list) else []
        return [item for part in parts if isinstance(part, list) for item in part]
    for step in path.split("."):
        if value is None:
            return None
        if isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, Mapping) and step in value:
            value = value[step]
        else:
            return MISSING
    return value


def declared(schema: Schema, value: Any) -> Any:
    """Return a value without the members that a schema does not declare, such as those that can only be read."""
    schema = not_null(schema)
    if isinstance(value, list) and "items" in schema:
        return [declared(schema["items"], item) for item in value]
    if isinstance(value, Mapping) and "properties" in schema:
        return {
            name: declared(schema["properties"][name], value[name]) for name in value if name in schema["properties"]
        }
    return value


def naming(action: Action, read: Action, checked: Mapping[str, Any], data: Any) -> dict[str, Any] | None:
    """Return the input that reads back what was written, None where the answer does not say which resource it is.

    `read` is the action that `verify` names; of what names the resource, its input takes what it declares.
    """
    if action.verify is None:
        return None
    named = {member: _name(action.verify, checked, data, member, path) for member, path in action.verify.after.items()}
    if any(value is None or value is MISSING for value in named.values()):
        return None
    return {member: declared(read.properties[member], value) for member, value in named.items()}


def _name(verify: Verify, checked: Mapping[str, Any], data: Any, member: str, path: str) -> Any:
    """Return what names a thing after a write: what the input named it by, unless `path` leads elsewhere.

    A write may change the name that the input had.
    """
    given = checked.get(member) if member in verify.by else None
    told = find(data, path) if given is None or path != member else MISSING
    return given if given is not None and (told is None or told is MISSING) else told


def expected(action: Action, checked: Mapping[str, Any], data: Any) -> list[Expected]:
    """Return what reading back has to show after a write with this input and this answer."""
    verify = action.verify
    if verify is None:
        return []
    asked = [
        Expected(name, checked[name], path, action.properties[name])
        for name, path in verify.reads.items()
        if name in checked
    ]
    told = [Expected(source, find(data, source), path, {}) for source, path in verify.told.items()]
    told = [each for each in told if each.wanted is not None and each.wanted is not MISSING]
    return [*asked, *told, *(Expected(path, value, path, {}) for path, value in verify.becomes.items())]


def differences(wanted: Iterable[Expected], read: Any) -> list[dict[str, Any]]:
    """Return ``{field, wanted, found}`` for each value that came out otherwise.

    Lists are compared without their order, since Shopify sorts tags; decimals, moments, e-mail addresses and phone
    numbers by what they mean; of an object only the members that were asked for; null, an empty text and an empty list
    are the same.
    """
    found = [(each, find(read, each.path)) for each in wanted]
    return [
        {"field": each.field, "wanted": each.wanted, "found": None if value is MISSING else value}
        for each, value in found
        if not same(each.schema, each.wanted, value)
    ]


def members(action: Action, checked: Mapping[str, Any], before: Any, data: Any, read: Any) -> list[dict[str, Any]]:
    """Return ``{field, wanted, found}`` for each list whose items reading back should show, or no longer show.

    `data` is the answer.

    `before` is the thing as it was, None where that is not known: it tells which spelling of an item was removed.
    """
    verify = action.verify
    if verify is None:
        return []
    unheld = [name for name in verify.holds if gained(checked[name], find(read, name))]
    unlost = [name for name in verify.lacks if _left(checked[name], before, read, name)]
    unlike = [{"field": name, "wanted": checked[name], "found": _listed(find(read, name))} for name in unheld + unlost]
    for source, path in verify.among.items():
        there = _listed(find(read, path))
        told = find(data, source)
        absent = [item for item in _items(told) if not any(same({}, item, other) for other in there)]
        unlike += [{"field": source, "wanted": item, "found": there} for item in absent]
    return unlike


def gained(wanted: Iterable[Any], before: Any) -> list[Any]:
    """Return the items that a list lacked before they were added, in whatever case."""
    there = {_folded(item) for item in _listed(before)}
    return [item for item in wanted if _folded(item) not in there]


def lost(wanted: Iterable[Any], before: Any) -> list[Any]:
    """Return the items of a list, as they were spelt, that a removal in whatever case is about; see `as_spelt`."""
    return as_spelt(wanted, _listed(before))


def _left(wanted: Iterable[Any], before: Any, read: Any, name: str) -> list[Any]:
    """Return the items that should be gone and are not."""
    there = _listed(find(read, name))
    if before is None:
        return lost(wanted, there)
    return [item for item in lost(wanted, find(before, name)) if item in there]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None or value is MISSING else [value]


def _folded(item: Any) -> str:
    return str(item).strip().casefold()


def same(schema: Schema, wanted: Any, found: Any) -> bool:
    if found is MISSING:
        return False
    if wanted in (None, "", []) and found in (None, "", []):
        return True
    schema = not_null(schema)
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and _all_in(schema.get("items", {}), wanted, found)
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        members: Schema = schema.get("properties", {})
        return all(same(members.get(name, {}), value, found.get(name, MISSING)) for name, value in wanted.items())
    if isinstance(wanted, str) and isinstance(found, str) and wanted != found:
        return _same_value(str(schema.get("format", "")), wanted, found)
    return isinstance(wanted, bool) == isinstance(found, bool) and bool(wanted == found)


def _all_in(schema: Schema, wanted: list[Any], found: list[Any]) -> bool:
    left = list(found)
    for item in wanted:
        match = next((at for at, other in enumerate(left) if same(schema, item, other)), None)
        if match is None:
            return False
        del left[match]
    return True


def _same_value(kind: str, wanted: str, found: str) -> bool:
    try:
        if kind in ("decimal", "money"):
            return Decimal(wanted) == Decimal(found)
        if kind == "date-time":
            return datetime.fromisoformat(wanted) == datetime.fromisoformat(found)
        if kind == "email":
            return wanted.casefold() == found.casefold()
        if kind == "phone":
            return re.sub(r"[^0-9]", "", wanted) == re.sub(r"[^0-9]", "", found)
    except (InvalidOperation, ValueError, TypeError):
        pass
    return False
