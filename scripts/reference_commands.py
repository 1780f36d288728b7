"""The reference page of the command line, from the commands themselves."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

import click

from atom_shopify_plugin.cli import main

__all__ = ["command_lines"]


def command_lines() -> Iterator[str]:
    """Yield the page of all commands, line by line."""
    yield "# Commands"
    yield ""
    yield "`atom-shopify COMMAND --help` prints the same texts."
    yield ""
    yield from _command("atom-shopify", main, click.Context(main, info_name="atom-shopify"), level=2)


def _command(name: str, command: click.Command, context: click.Context, *, level: int) -> Iterator[str]:
    yield f"{'#' * level} `{name}`"
    yield ""
    usage = " ".join(command.collect_usage_pieces(context))
    yield from ("```text", f"{name} {usage}".rstrip(), "```", "")
    yield from _prose(command.help or "")
    if isinstance(command, click.Group) and command is main:
        yield from _prose(str(command.epilog or ""))
    options = [found for parameter in command.get_params(context) if (found := parameter.get_help_record(context))]
    if options:
        yield "| Option | Meaning |"
        yield "|---|---|"
        yield from (
            f"| {_code(words)} | {' '.join(about.split()).replace('|', chr(92) + '|')} |" for words, about in options
        )
        yield ""
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            inner = command.get_command(context, child)
            if inner is not None and not inner.hidden:
                yield from _command(
                    f"{name} {child}",
                    inner,
                    click.Context(inner, parent=context, info_name=child),
                    level=min(level + 1, 4),
                )


def _code(words: str) -> str:
    return "`" + words.replace("|", "\\|") + "`"


def _prose(text: str) -> Iterator[str]:
    """Yield a help text: paragraphs in Markdown, and those that keep their line breaks as code."""
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        if not paragraph.lstrip(" ").startswith("\b"):
            yield from (" ".join(paragraph.split()), "")
            continue
        first, *lines = paragraph.lstrip(" ").removeprefix("\b").lstrip("\n").splitlines()
        if first.rstrip().endswith(":"):
            yield from (first.strip(), "")
        elif lines and lines[0].startswith(" "):
            lines = [first, *lines]
        else:
            yield from (" ".join(" ".join([first, *lines]).split()), "")
            continue
        yield from ("```text", *textwrap.dedent("\n".join(lines)).splitlines(), "```", "")
