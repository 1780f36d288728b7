"""Namespaces of metafields, and the validations that a definition may have: checked, and applied to values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.metafield_checks import BadValue, parsed, plain_number
from atom_shopify_plugin.sandbox.domains.metafield_types import VALIDATIONS, is_json
from atom_shopify_plugin.sandbox.domains.metafield_values import read_value, stored_text
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["APP_NAMESPACE", "broken_rule", "full_namespace", "is_of_app", "is_of_other_app", "validation_faults"]

APP_NAMESPACE = "app--1"
_TEXTS = {"single_line_text_field", "multi_line_text_field", "id"}
Fault = tuple[str, str]  # message, code


# namespaces


def full_namespace(given: str | None) -> str:
    """Return the full namespace: none and ``$app`` mean the app's own."""
    if given is None or given == "$app":
        return APP_NAMESPACE
    return given.replace("$app:", f"{APP_NAMESPACE}--", 1) if given.startswith("$app:") else given


def is_of_app(namespace: str) -> bool:
    """Tell whether a full namespace is reserved for this app."""
    return namespace == APP_NAMESPACE or namespace.startswith(f"{APP_NAMESPACE}--")


def is_of_other_app(namespace: str) -> bool:
    """Tell whether a full namespace is reserved for another app: ``app--ID`` or ``app--ID--name``."""
    return re.match(r"app--\d+(--|$)", namespace) is not None and not is_of_app(namespace)


# what a definition may say


def validation_faults(name: str, given: Sequence[Mapping[str, Any]]) -> Iterator[Fault]:
    """Yield what is wrong with the validations of a definition of type `name`: messages without "Validations"."""
    names = [entry["name"] for entry in given]
    if len(set(names)) < len(names):
        yield 'cannot contain duplicate "name" options.', "DUPLICATE_OPTION"
        return
    single = name.removeprefix("list.")
    allowed = VALIDATIONS.get(single, frozenset())
    if name != single:
        allowed |= {"list.min", "list.max"}
    values = {entry["name"]: entry["value"] for entry in given}
    faults = [fault for option, value in values.items() if (fault := _option_fault(name, option, value, allowed))]
    yield from ((fault, "INVALID_OPTION") for fault in faults)
    if faults:
        return
    if single == "rating":
        for needed in ("scale_max", "scale_min"):
            if needed not in values:
                yield f"requires '{needed}' to be provided.", "INVALID_OPTION"
    if single == "metaobject_reference" and not {"metaobject_definition_id", "metaobject_definition_type"} & set(
        values
    ):
        yield "require that you select a metaobject.", "INVALID_OPTION"
    for low, high in (("min", "max"), ("scale_min", "scale_max"), ("list.min", "list.max")):
        if low in values and high in values and _limit(name, low, values[low]) >= _limit(name, high, values[high]):
            yield f"contains an invalid value: '{low}' must be less than '{high}'.", "INVALID_OPTION"


def _option_fault(name: str, option: str, value: str, allowed: frozenset[str]) -> str | None:
    if option not in allowed:
        return f"value for option {option} contains an invalid value: '{option}' isn't supported for {name}."
    try:
        if option in ("min", "max", "scale_min", "scale_max", "list.min", "list.max", "max_precision"):
            _limit(name, option, value)
        elif option == "regex":
            re.compile(value)
        elif option in ("choices", "allowed_domains", "file_type_options") and not isinstance(parsed(value), list):
            raise BadValue("must be an array.")  # noqa: TRY301
    except BadValue as problem:
        return f"value for option {option} {problem.message}"
    except (ValueError, re.error):
        return f"value for option {option} contains an invalid value."
    return None


def _limit(name: str, option: str, value: str) -> Any:
    """Return the limit that an option sets, as it is compared; raise `BadValue` with what follows the option's name."""
    single = name.removeprefix("list.")
    if option in ("list.min", "list.max", "max_precision") or single in {*_TEXTS, "number_integer"}:
        if not re.fullmatch(r"-?\d+", value):
            raise BadValue("must be an integer.")
        return int(value)
    if single in ("number_decimal", "rating"):
        number = plain_number(value)
        if number is None:
            raise BadValue("must be a decimal.")
        return number
    try:
        text = stored_text(single, value, lambda _: True)
    except BadValue as problem:
        raise BadValue(problem.message.removeprefix("Value ")) from None
    return read_value(single, json.loads(text) if is_json(single) else text)


# values under a definition


def broken_rule(ctx: Context, definition: Node, text: str) -> str | None:
    """Return what is wrong with a stored value under its definition's validations; None when it is right."""
    name = definition["type"]["name"]
    rules = {entry["name"]: entry["value"] for entry in definition["validations"]}
    if not rules:
        return None
    single = name.removeprefix("list.")
    if name == single:
        value = json.loads(text) if is_json(name) else text
        return _broken(ctx, single, rules, value)
    items = json.loads(text)
    if "list.min" in rules and len(items) < int(rules["list.min"]):
        return f"Value has less than {rules['list.min']} elements."
    if "list.max" in rules and len(items) > int(rules["list.max"]):
        return f"Value has more than {rules['list.max']} elements."
    return next((fault for item in items if (fault := _broken(ctx, single, rules, item))), None)


def _broken(ctx: Context, name: str, rules: Mapping[str, str], value: Any) -> str | None:
    if name in _TEXTS:
        return _broken_text(rules, str(value))
    if name == "rating":
        scales = [(plain_number(value[scale]), plain_number(rules[scale])) for scale in ("scale_min", "scale_max")]
        if any(given != wanted for given, wanted in scales):
            return "Value min and max on the rating value must be the same as the min and max on the definition."
    if name in ("metaobject_reference", "mixed_reference"):
        return _broken_reference(ctx, rules, str(value), several=name == "mixed_reference")
    if "allowed_domains" in rules:
        address = value["url"] if isinstance(value, dict) else str(value)
        domain = re.sub(r"^[a-z]+:(//)?([^/?#:]*).*$", r"\2", address, flags=re.IGNORECASE)
        if domain not in json.loads(rules["allowed_domains"]):
            return f"Value must be one of the following domains: {rules['allowed_domains']}."
    if "max_precision" in rules and len(str(value).partition(".")[2]) > int(rules["max_precision"]):
        return f"Value can't exceed the precision of {rules['max_precision']}."
    return _beyond(name, rules, value)


def _beyond(name: str, rules: Mapping[str, str], value: Any) -> str | None:
    for option in ("min", "max"):
        if option not in rules:
            continue
        limit, number = _limit(name, option, rules[option]), read_value(name, value)
        if number < limit if option == "min" else number > limit:
            return f"Value has a {option}imum of {_shown(name, rules[option])}."
    return None


def _shown(name: str, limit: str) -> str:
    """Return a limit as messages print it: a time as Ruby does."""
    return f"{_limit(name, 'max', limit):%Y-%m-%d %H:%M:%S %z}" if name == "date_time" else limit


def _broken_text(rules: Mapping[str, str], value: str) -> str | None:
    if "min" in rules and len(value) < int(rules["min"]):
        return f"Value has a minimum length of {rules['min']}."
    if "max" in rules and len(value) > int(rules["max"]):
        return f"Value has a maximum length of {rules['max']}."
    if "regex" in rules and not re.search(rules["regex"], value):
        return "Value is not the correct format."
    if "choices" in rules and value not in (choices := json.loads(rules["choices"])):
        return f"Value does not exist in provided choices: {json.dumps(choices, ensure_ascii=False)}."
    return None


def _broken_reference(ctx: Context, rules: Mapping[str, str], gid: str, *, several: bool) -> str | None:
    """Return what is wrong with a reference to an entry: its definition is none of those that are named."""
    node = ctx.store.get(gid)
    named: list[str] = []
    for option in ("metaobject_definition_id", "metaobject_definition_type"):
        named += [rules[option]] if option in rules else json.loads(rules.get(f"{option}s", "[]"))
    definition = node and next(iter(ctx.store.find("MetaobjectDefinition", "type", node["type"])), None)
    if definition is None or not named or {definition["id"], definition["type"]} & set(named):
        return None
    if several:
        return "Value must belong to one of the specified metaobject definitions."
    return f"Value must belong to the specified metaobject definition {named[0]}."
