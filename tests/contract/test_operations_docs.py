"""The operator's handbook names what exists: commands with their options, crash points, figures of health, settings."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import atom_shopify_plugin
from atom_shopify_plugin.cli import main
from atom_shopify_plugin.settings import SETTINGS

PACKAGE = Path(atom_shopify_plugin.__file__).parent
DOCS = PACKAGE.parent / "docs"
TEXT = (DOCS / "operations.md").read_text() + (DOCS / "operations" / "alerts.md").read_text()


def commands() -> Iterator[list[str]]:
    """Yield the words of each command of ours in the blocks and between backticks."""
    blocks = "\n".join(re.findall(r"^ *```\w*\n(.*?)^ *```$", TEXT, re.DOTALL | re.MULTILINE))
    for line in [*blocks.splitlines(), *re.findall(r"`(atom-shopify [^`]+)`", TEXT)]:
        for found in re.findall(r"atom-shopify [a-z][^|#)…]*", line):
            yield shlex.split(re.sub(r'"\$\(date [^"]*', "x", found).replace('"', ""))[1:]


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_a_command_in_the_handbook_exists(words: list[str]) -> None:
    command: click.Command = main
    context = click.Context(main)
    while isinstance(command, click.Group) and words and (inner := command.get_command(context, words[0])):
        command, words = inner, words[1:]
    assert command is not main
    assert not isinstance(command, click.Group) or command.invoke_without_command
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


def points_in(files: Iterator[Path]) -> set[str]:
    """The points at which these files may die, by what they call; a writer's point comes before its commit."""
    found: set[str] = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_bytes())):
            if not isinstance(node, ast.Call):
                continue
            at = isinstance(node.func, ast.Attribute) and node.func.attr == "at"
            if at and node.args and isinstance(node.args[0], ast.Constant):
                found.update(re.findall(r"^\w+$", str(node.args[0].value)))  # a fault is at a pointer
            for word in node.keywords:
                if word.arg == "point" and isinstance(word.value, ast.Constant) and word.value.value:
                    found.add(f"{word.value.value}_before_commit")
    return found


@pytest.mark.parametrize(("heading", "host"), [("| point |", False), ("| host's point |", True)])
def test_the_crash_points_are_those_of_the_code(heading: str, host: bool) -> None:
    files = (path for path in PACKAGE.rglob("*.py") if ("host" in path.relative_to(PACKAGE).parts) is host)
    table = TEXT.partition(heading)[2].partition("\n\n")[0]
    assert points_in(files) == {name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row)}


def test_settings_in_the_handbook_exist() -> None:
    known = {name for setting in SETTINGS for name in (setting.name, *setting.aliases)}
    apart = {"ATOM_SHOPIFY_CRASH_AT", "ATOM_SHOPIFY_CRASH_ONCE"}
    assert set(re.findall(r"\b(?:ATOM_)?SHOPIFY_[A-Z_]+\b", TEXT)) <= known | apart
