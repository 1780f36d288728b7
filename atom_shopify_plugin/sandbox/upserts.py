"""What mutations that set a whole resource ask of their identifier."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from atom_shopify_plugin.sandbox.refusals import Refused

__all__ = ["check_identifier"]


def check_identifier(
    given: Mapping[str, Any], identifier: Mapping[str, Any], clean: Callable[[str, Any], Any] = lambda _, value: value
) -> None:
    """Refuse an input that names an id beside the identifier, or another value than the identifier does.

    `clean` brings the value of a member into the form in which two are compared.
    """
    if given.get("id") is not None:
        raise Refused.one(["input"], "The id field is not allowed if identifier is provided.", "ID_NOT_ALLOWED")
    for name, value in identifier.items():
        if value is None or name in ("id", "customId"):
            continue
        if not given.get(name):
            message = "The input field corresponding to the identifier is required."
            raise Refused.one(["input"], message, "MISSING_FIELD_REQUIRED")
        if clean(name, given[name]) != clean(name, value):
            message = "The identifier value does not match the value of the corresponding field in the input."
            raise Refused.one(["input"], message, "INPUT_MISMATCH")
    custom = identifier.get("customId")
    if custom is not None and given.get("metafields") is not None:
        wanted = {name: custom.get(name) for name in ("namespace", "key", "value")}
        if not any({name: entry.get(name) for name in wanted} == wanted for entry in given["metafields"]):
            message = "The input argument `metafields` (if present) must contain the `customId` value."
            raise Refused.one(["input"], message, "METAFIELD_MISMATCH")
