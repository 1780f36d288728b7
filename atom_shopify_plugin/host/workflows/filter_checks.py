"""`when` of a trigger, checked against what its payload is declared to hold, before a workflow is stored."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from atom_shopify_plugin.host.workflows.decimals import Bad, numeric
from atom_shopify_plugin.host.workflows.expressions import check, fill
from atom_shopify_plugin.host.workflows.filters import OPERATORS, PREVIOUS, alternatives, rules
from atom_shopify_plugin.host.workflows.lookups import Lookups, Schema, branches, types_of
from atom_shopify_plugin.host.workflows.values import load

__all__ = ["filter_faults"]

_LONGEST = 500  # characters of a value
_ALTERNATIVES, _RULES, _LISTED = 10, 20, 100
_ORDERED = frozenset({"gt", "gte", "lt", "lte"})
_LISTS = frozenset({"in", "not_in"})
_FLAGS = frozenset({"exists", "changed"})
_CHANGES = frozenset({"changed", "changed_from", "changed_to"})
_WORDS: Mapping[str, str] = {
    "string": "a text", "number": "a number", "integer": "a whole number", "boolean": "true or false",
    "object": "an object", "array": "a list",
}  # fmt: skip


def filter_faults(
    when: Any, payload: Schema, variables: Mapping[str, Any]
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return the faults of a `when`, which is an object or a list, and its doubts: each is (place below it, sentence).

    A doubt is a member that the payload is not known to have.
    """
    faults = list(_structure(when))
    if faults:
        return faults, []
    doubts: list[tuple[str, str]] = []
    known = {"variables": load(json.dumps(variables))}
    for number, alternative in enumerate(alternatives(when)):
        start = f"/{number}" if isinstance(when, list) else ""
        for path, operator, given, place in rules(alternative):
            pointer = f"{start}/{place}"
            if operator not in OPERATORS:
                near = difflib.get_close_matches(operator, OPERATORS, n=2)
                hint = f"did you mean {', '.join(near)}?" if near else f"there are {', '.join(OPERATORS)}"
                faults.append((pointer, f"there is no operator `{operator[:50]}`; {hint}"))
                continue
            lookups = Lookups({"trigger": payload})
            schema = _member(lookups, path)
            if lookups.faults:
                faults.append((pointer, lookups.faults[0]))
                continue
            doubts += [(pointer, doubt) for doubt in lookups.doubts]
            try:
                wanted = _filled(given, known)
            except Bad as bad:
                faults.append((pointer, str(bad)))
                continue
            faults += [(pointer, message) for message in _misfits(path, operator, wanted, schema, payload)]
    return faults, doubts


def _structure(when: Any) -> Iterator[tuple[str, str]]:
    listed = alternatives(when)
    if not 1 <= len(listed) <= _ALTERNATIVES:
        yield "", f"holds 1 to {_ALTERNATIVES} alternatives"
        return
    for number, alternative in enumerate(listed):
        start = f"/{number}" if isinstance(when, list) else ""
        if not isinstance(alternative, Mapping) or not 1 <= len(alternative) <= _RULES:
            yield start, f'must be an object of 1 to {_RULES} rules, such as {{"tags": {{"contains": "vip"}}}}'
            continue
        for path, asked in alternative.items():
            if not 1 <= len(path) <= 200 or "" in path.split("."):
                yield start, f"`{path[:60]}` is not the path of a member, such as customer.id"
            elif isinstance(asked, list):
                yield f"{start}/{path}", 'must be a value or an object of operators: a list of values is {"in": […]}'
            elif asked == {}:
                yield f"{start}/{path}", "needs an operator"
        for _, _, value, place in rules(alternative):
            for one in value if isinstance(value, list) and len(value) <= _LISTED else [value]:
                if isinstance(one, list | Mapping) or len(str(one)) > _LONGEST:
                    kinds = f"a text of at most {_LONGEST} characters, a number, true, false, null"
                    yield f"{start}/{place}", f"must be {kinds}, or a list of at most {_LISTED} of these"
                    break


def _filled(given: Any, known: Mapping[str, Any]) -> Any:
    for text in given if isinstance(given, list) else [given]:
        if isinstance(text, str) and "{" in text:
            for message in check(text, frozenset(known)):
                raise Bad(message)
    return fill(given, known)


def _member(lookups: Lookups, path: str) -> Schema:
    """Return what is known of the member at a path; a path through a list goes to its members."""
    source, schema = "trigger", lookups.known["trigger"]
    for name in path.split("."):
        step = name if name.isdecimal() else json.dumps(name)
        if not name.isdecimal() and all(types_of(branch) == ["array"] for branch in branches(schema)) and schema:
            source += "[0]"
        source += f".{name}" if name.isidentifier() and name.isascii() else f"[{step}]"
        quiet = Lookups(lookups.known)
        schema = quiet.check(source, expression=True)
    lookups.check(source, expression=True)
    return schema


def _misfits(path: str, operator: str, wanted: Any, schema: Schema, payload: Schema) -> Iterator[str]:
    if operator in _FLAGS and not isinstance(wanted, bool):
        yield f"`{operator}` takes true or false"
        return
    if (operator in _LISTS) is not isinstance(wanted, list):
        yield f"`{operator}` takes {'a list of values' if operator in _LISTS else 'one value'}"
        return
    if operator in _CHANGES and not _tells_before(payload, path):
        named = ", ".join(_before(payload))
        tells = f"it tells those of {named}" if named else "`changed` needs a trigger that does"
        yield f"the payload does not tell the old value of `{path}`; {tells}"
    kinds = {kind for branch in branches(schema) for kind in types_of(branch)}
    if not kinds or operator in _FLAGS:
        return
    if operator in ("contains", "not_contains"):
        if not kinds & {"string", "array"}:
            yield f"`{path}` is {_named(kinds)}, and `{operator}` looks into a text or a list"
        return
    if kinds <= {"object", "array"}:
        hint = next((hint for branch in branches(schema) if (hint := _amount(path, branch))), "")
        yield f"`{path}` is {_named(kinds)}, and `{operator}` compares a single value{hint}"
        return
    for value in wanted if isinstance(wanted, list) else [wanted]:
        message = _misfit(path, operator, value, kinds, schema)
        if message:
            yield message
            return


def _misfit(path: str, operator: str, value: Any, kinds: set[str], schema: Schema) -> str | None:
    if value is None:
        return f"`{operator}` needs a number or a text" if operator in _ORDERED else None
    numbers = bool(kinds & {"number", "integer"})
    if isinstance(value, bool):
        fits = "boolean" in kinds and operator not in _ORDERED
    elif isinstance(value, str):
        fits = "string" in kinds or (numbers and numeric(value) is not None)
    else:
        fits = numbers or "string" in kinds
    if not fits:
        return f"`{path}` is {_named(kinds)}, which {json.dumps(value, default=str)[:60]} can’t be compared with"
    allowed = [one for branch in branches(schema) for one in branch.get("enum", ()) if one is not None]
    if isinstance(value, str) and allowed and operator not in _ORDERED and value not in allowed:
        near = difflib.get_close_matches(value.upper(), [str(one) for one in allowed], n=2, cutoff=0.5)
        hint = f"did you mean {', '.join(near)}?" if near else f"there are {', '.join(map(str, allowed[:12]))}"
        return f"`{path}` is never {json.dumps(value)[:60]}; {hint}"
    return None


def _named(kinds: set[str]) -> str:
    return " or ".join(_WORDS.get(kind, kind) for kind in sorted(kinds))


def _amount(path: str, branch: Schema) -> str:
    members = branch.get("properties", {})
    inner = "amount" if "amount" in members else "shop_money.amount" if "shop_money" in members else ""
    return f"; `{path}.{inner}` is an amount" if inner else ""


def _before(payload: Schema) -> list[str]:
    return list(payload.get("properties", {}).get(PREVIOUS, {}).get("properties", {}))


def _tells_before(payload: Schema, path: str) -> bool:
    if not payload:
        return True  # nothing is known of it
    schema: Any = payload.get("properties", {}).get(PREVIOUS)
    for name in path.split("."):
        schema = schema.get("properties", {}).get(name) if isinstance(schema, Mapping) else None
    return schema is not None
