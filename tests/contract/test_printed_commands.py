"""Every command that we print can be typed: in documentation, help texts, pages, messages and docstrings."""

from __future__ import annotations

import ast
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click

from atom_shopify_plugin.actions.inputs import Inputs
from atom_shopify_plugin.catalog.loading import packaged
from atom_shopify_plugin.cli import main
from atom_shopify_plugin.errors import PluginError

ROOT = Path(__file__).parents[2]
USAGE = ROOT / "docs" / "reference" / "commands.md"  # shows how commands are called, not calls
CATALOG = packaged()
# A command ends with the line, a closing backtick or a comment.
_COMMAND = re.compile(r"atom-shopify (?P<words>[^`\n#│]*)")
_PLACE = re.compile(r"[A-Z][A-Z0-9_]{2,}|\{[^}]*\}|<[^>]*>|…|\.\.\.")


def texts() -> Iterator[tuple[str, str]]:
    """Yield every text that a person may read: documents, and the strings of the program."""
    pages = [path for path in sorted((ROOT / "docs").rglob("*.md")) if path != USAGE]
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *pages):
        yield str(path.relative_to(ROOT)), path.read_text()
    for path in sorted((ROOT / "atom_shopify_plugin").rglob("*.py")):
        tree = ast.parse(path.read_bytes())
        formatted = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
        parts = {id(part) for node in formatted for part in node.values}
        for node in formatted:
            pieces = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
            yield f"{path.relative_to(ROOT)}:{node.lineno}", "".join(map(str, pieces))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node.value


def commands() -> Iterator[tuple[str, str]]:
    """Yield every command with the place where it is printed."""
    for place, text in texts():
        for found in _COMMAND.finditer(text):
            words = found["words"].strip()
            if words and not words.startswith("version"):
                yield place, words


def typed(words: str) -> list[str]:
    """Return the words as a shell splits them, up to what belongs to the sentence around."""
    words = re.split(r"(?<!\\)\s(?:\|\|?|[<>]|&&?|;|→)(?:\s|$)|  +|\)\"|</|…", words)[0]
    return shlex.split(words.rstrip(" .,:)\\"))


def test_every_printed_command_can_be_typed() -> None:
    printed = sorted(set(commands()))
    assert len(printed) > 60
    faults = []
    for place, words in printed:
        try:
            _type(words)
        except (AssertionError, ValueError, PluginError, click.ClickException) as error:
            message = error.format_message() if isinstance(error, click.ClickException) else str(error)
            faults.append(f"{place}: atom-shopify {words}: {message}")
    assert not faults, "\n".join(faults)


def _type(words: str) -> None:
    """Raise what is wrong with a command; nothing is run."""
    rest = typed(words)
    command: click.Command = main
    with click.Context(main, info_name="atom-shopify") as context:
        rest = _after_options_of(main, context, rest)
        while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
            child = command.get_command(context, rest[0])
            assert child is not None, f"there is no command {rest[0]!r}"
            command, rest = child, rest[1:]
        if any(_PLACE.fullmatch(word) for word in rest) or isinstance(command, click.Group):
            # What stands for a value is not checked, but the options are.
            known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
            for word in rest:
                name = word.partition("=")[0]
                assert not name.startswith("--") or name in known | {"--help"}, f"there is no option {name}"
            return
        if rest and "--help" not in rest:
            command.make_context(command.name, list(rest), parent=context).close()
    if command.name == "call" and rest:
        action = CATALOG.action(rest[0])
        if "--input" in rest and (source := rest[rest.index("--input") + 1]).startswith("{"):
            Inputs().check(action, json.loads(source))


def _after_options_of(group: click.Group, context: click.Context, rest: list[str]) -> list[str]:
    while rest and rest[0].startswith("--"):
        option = next((one for one in group.get_params(context) if rest[0] in one.opts), None)
        assert option is not None, f"atom-shopify has no option {rest[0]}"
        rest = rest[1 if getattr(option, "is_flag", False) else 2 :]
    return rest
