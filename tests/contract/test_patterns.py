"""No regular expression that meets input takes long, whatever the input is.

Each expression is taken apart, and texts are made that lead into each of its repetitions and break off there: that is
where one that can match in several ways tries all of them. Lengths grow step by step, so that a bad one fails at a
short text instead of stopping the suite.
"""

from __future__ import annotations

import ast
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from official import ROOT

import atom_shopify_plugin
from atom_shopify_plugin.actions.inputs import Inputs
from atom_shopify_plugin.catalog.loading import packaged
from atom_shopify_plugin.catalog.model import Catalog
from atom_shopify_plugin.errors import InvalidInput
from atom_shopify_plugin.host.workflows.schema import SCHEMA

PACKAGE = Path(atom_shopify_plugin.__file__).parent
LENGTHS = (*range(16, 34, 2), *(int(400 * 1.7**step) for step in range(12)), 200_000)
KEPT = 4  # the slowest texts of one length are those that are tried at the next
SECONDS = 1.0  # of this thread's own time; linear expressions take some milliseconds
CHARACTERS = [*map(chr, range(9, 127)), "é", "٣", "\u2028"]
Use = tuple[str, int, str]  # the expression, its flags, and how it is applied: search, match, fullmatch


# Where expressions stand


def in_schemas(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if isinstance(value.get("pattern"), str):
            yield value["pattern"]
        for member in value.values():
            yield from in_schemas(member)
    elif isinstance(value, list):
        for member in value:
            yield from in_schemas(member)


def in_code() -> Iterator[tuple[str, Use]]:
    """Yield the expressions that are written as literals, with the file they stand in."""
    for path in sorted(PACKAGE.rglob("*.py")):
        content = path.read_text(encoding="utf-8")
        if not re.search(r"\bre\.\w+\(", content):
            continue
        nodes = list(ast.walk(ast.parse(content)))
        named = {
            node.value: node.targets[0].id
            for node in nodes
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        for node in nodes:
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
                continue
            if not isinstance(node.func.value, ast.Name) or node.func.value.id != "re":
                continue
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, (str, bytes)):
                text = first.value if isinstance(first.value, str) else first.value.decode("latin-1")
                flags, written = 0, " ".join(map(ast.unparse, (*node.args[1:], *(one.value for one in node.keywords))))
                for name in ("IGNORECASE", "MULTILINE", "DOTALL", "VERBOSE", "ASCII"):
                    flags |= getattr(re, name) if f"re.{name}" in written else 0
                yield (
                    f"{path.relative_to(PACKAGE)}:{node.lineno}",
                    (text, flags, applied(node, named.get(node), content)),
                )


def applied(node: ast.Call, name: str | None, content: str) -> str:
    """Return how an expression is used; looking everywhere is the most work, and stands for all that is not known."""
    assert isinstance(node.func, ast.Attribute)
    ways = {node.func.attr}
    if node.func.attr == "compile":
        ways = set(re.findall(rf"\b{name}\.(\w+)", content)) if name else set()
    return ways.pop() if ways in ({"fullmatch"}, {"match"}) else "search"


def uses() -> dict[Use, str]:
    found: dict[Use, str] = {}
    for path in sorted((ROOT / "manifests").rglob("*.json")):
        for pattern in in_schemas(json.loads(path.read_bytes())):
            found.setdefault((pattern, 0, "search"), path.name)
    for pattern in in_schemas(SCHEMA):
        found.setdefault((pattern, 0, "search"), "host/workflows/schema.py")
    for place, use in in_code():
        found.setdefault(use, place)
    return found


USES = uses()


# Texts that lead into a repetition


def leading(nodes: Any, before: str, flags: int) -> Iterator[tuple[str, str]]:
    """Yield (what leads into it, a unit that it repeats) for each repetition without a small limit."""
    from re import _constants as codes  # type: ignore[attr-defined]

    text = before
    for code, value in nodes:
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            least, most, inner = value
            if most > 60:
                for unit in units(inner, flags):
                    yield text, unit
            yield from leading(inner, text, flags)
            text += "".join(one(inner, flags) for _ in range(min(least, 3)))
        elif code is codes.SUBPATTERN:
            yield from leading(value[3], text, flags)
            text += one(value[3], flags)
        elif code is codes.BRANCH:
            for branch in value[1]:
                yield from leading(branch, text, flags)
            text += one(value[1][0], flags)
        else:
            text += one([(code, value)], flags)


def one(nodes: Any, flags: int) -> str:
    """Return some text that a part matches."""
    from re import _constants as codes  # type: ignore[attr-defined]

    text = ""
    for code, value in nodes:
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            text += "".join(one(value[2], flags) for _ in range(min(value[0], 20)))
        elif code is codes.SUBPATTERN:
            text += one(value[3], flags)
        elif code is codes.BRANCH:
            text += one(value[1][0], flags)
        elif code is codes.LITERAL:
            text += chr(value)
        elif code in (codes.IN, codes.NOT_LITERAL, codes.ANY):
            text += next(iter(accepted(code, value, flags)), "")
    return text


def accepted(code: Any, value: Any, flags: int) -> list[str]:
    """Return characters that a class takes, of every sort that it takes."""
    from re import _compiler, _parser  # type: ignore[attr-defined]

    state = _parser.State()
    state.flags, state.str = flags, ""
    pattern = _parser.SubPattern(state, [(code, value)])
    compiled = _compiler.compile(pattern, flags)
    taken = [char for char in CHARACTERS if compiled.match(char)]
    sorts: dict[tuple[bool, ...], str] = {}
    for char in reversed(taken):
        kinds = (char.isalpha(), char.isupper(), char.isdigit(), char.isspace(), char.isascii())
        sorts[(*kinds, char in "/.:-_@<'\"\\+")] = char
    return list(sorts.values())


def units(inner: Any, flags: int) -> Iterator[str]:
    from re import _constants as codes  # type: ignore[attr-defined]

    if len(inner) == 1 and inner[0][0] in (codes.IN, codes.NOT_LITERAL, codes.ANY):
        yield from accepted(*inner[0], flags)
    else:
        yield one(inner, flags)


def hostile(pattern: str, flags: int) -> list[Callable[[int], str]]:
    """Return what makes texts of a length for an expression."""
    from re import _parser  # type: ignore[attr-defined]

    tree = _parser.parse(pattern, flags)
    ways = {(before, unit, end) for before, unit in leading(tree, "", flags) for end in ("", " ", "\0")}
    whole = one(tree, flags)
    ways |= {("", char, "\0") for char in whole[:12]} | {("", whole, "\0"), ("", whole[:-1], "")}
    return [
        lambda length, way=(before, unit, end): way[0] + way[1] * (length // len(way[1])) + way[2]  # type: ignore[misc]
        for before, unit, end in sorted(ways)
        if unit
    ]


def slowest(check: Callable[[str], object], texts: list[Callable[[int], str]], enough: float = SECONDS) -> float:
    """Return the longest time that a check takes over texts that grow; stop at the first that is long `enough`."""
    worst = 0.0
    for length in LENGTHS:
        taken: list[tuple[float, int]] = []
        for at, make in enumerate(texts):
            text = make(length)
            began = time.thread_time()
            check(text)
            taken.append((time.thread_time() - began, at))
            worst = max(worst, taken[-1][0])
            if worst >= enough:
                return worst
        if length > 1_000:
            texts = [texts[at] for _, at in sorted(taken, reverse=True)[:KEPT]]
    return worst


@pytest.mark.slow
@pytest.mark.parametrize("use", USES, ids=[f"{place} {use[0][:30]}" for use, place in USES.items()])
def test_an_expression_takes_no_time_that_its_input_decides(use: Use) -> None:
    pattern, flags, how = use
    check = getattr(re.compile(pattern, flags), how)
    assert slowest(check, hostile(pattern, flags)) < SECONDS, USES[use]


@pytest.mark.slow
def test_this_finds_expressions_that_take_long() -> None:
    for pattern in (r"^(https://[^\s/]+\S*|x)$", r"^(a+)+$", r"<[^>]*>"):
        assert slowest(re.compile(pattern).search, hostile(pattern, 0), 0.2) >= 0.2, pattern


# The same through the door: lengths come first, and lists are not compared with themselves


@cache
def checker() -> Inputs:
    return Inputs()


def texts_for(schema: Mapping[str, Any]) -> list[Callable[[int], str]]:
    made: list[Callable[[int], str]] = [lambda length, unit=unit: unit * length for unit in "a0 @"]  # type: ignore[misc]
    return [*made, *(hostile(schema["pattern"], 0) if "pattern" in schema else ())]


@pytest.mark.parametrize("key", list(packaged().actions))
def test_no_text_or_list_keeps_a_check_busy(key: str, catalog: Catalog) -> None:
    action = catalog.actions[key]
    faults = [0]

    def check(given: Mapping[str, Any]) -> float:
        began = time.thread_time()
        try:
            checker().check(action, given)
        except InvalidInput as refusal:
            faults.append(len(refusal.faults))
        return time.thread_time() - began

    for name, schema in action.properties.items():
        inner = schema["anyOf"][0] if "anyOf" in schema else schema
        for make in texts_for(inner):
            assert check({name: make(200_000)}) < SECONDS, name
        if "array" in str(inner.get("type")):
            long: list[Any] = [part for number in range(15_000) for part in (number, str(number), {"a": number})]
            assert check({name: long}) < SECONDS, name
            assert check({name: [[]] * 40_000}) < SECONDS, name
    assert check({f"field{number}": number for number in range(40_000)}) < SECONDS
    assert check({f"field{number}" * 20: number for number in range(2_000)}) < SECONDS
    assert max(faults) <= 50
