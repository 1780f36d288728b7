"""Literal parameters that are not what a schema says, and that a service may read all the same.

A service whose action has ``liberal_input`` reads other forms than the strict ones of its schema. What it may read is
no fault of a definition: a run will tell. What is near to nothing that the schema names, such as a misspelt member of
an enum, stays one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["may_be_read"]

_BETWEEN = re.compile(r"[ _/-]+")
_NUMBER = re.compile(r" *[+-]?[0-9]+([.,][0-9]+)* *")
_FLAGS = ("true", "false", "1", "0")
_ID = "^(gid://"


def may_be_read(error: Any, *, filters: bool) -> bool:
    """Tell whether the value of a fault may have another form of what is asked for; `filters` may name several."""
    value, wanted = error.instance, error.validator_value
    match error.validator:
        case "enum":
            return _all(value, lambda part: _spelled(part) in {_spelled(member) for member in wanted}, filters)
        case "pattern":
            return _all(value, lambda part: _may_match(part, wanted), filters)
        case "type":
            kinds = {wanted} if isinstance(wanted, str) else set(wanted)
            return _may_be_of_type(value, kinds, error.schema.get("items", {}), filters)
    return False


def _all(value: Any, holds: Any, filters: bool) -> bool:
    if not isinstance(value, str):
        return filters and isinstance(value, list) and all(isinstance(part, str) and holds(part) for part in value)
    parts = value.split(",") if filters else [value]
    return holds(value) or all(map(holds, parts))


def _spelled(text: Any) -> str:
    return _BETWEEN.sub("_", str(text).strip(" ")).lower()


def _may_match(text: str, pattern: str) -> bool:
    if pattern.startswith(_ID):
        return bool(text.strip()) and not text.startswith("gid:")  # a name in the place of an id
    return _NUMBER.fullmatch(text) is not None or re.search(pattern, text.strip(" ").upper()) is not None


def _may_be_of_type(value: Any, kinds: set[str], items: Any, filters: bool) -> bool:
    if "array" in kinds:
        if isinstance(value, Mapping):
            return isinstance(items, Mapping) and items.get("type") == "object"
        return isinstance(value, (str, int, float)) and not isinstance(value, bool) and value != ""
    if isinstance(value, list):
        return filters and "string" in kinds
    if not isinstance(value, str):
        return False
    if kinds & {"integer", "number"}:
        return _NUMBER.fullmatch(value) is not None
    return "boolean" in kinds and value.strip(" ").lower() in _FLAGS
