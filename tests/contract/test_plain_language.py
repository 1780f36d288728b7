"""Texts that people read use plain, idiomatic English: these wordings have come back often enough to be banned."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from atom_shopify_plugin.cli import main
from atom_shopify_plugin.host.config import HOST_SETTINGS
from atom_shopify_plugin.settings import SETTINGS

ROOT = Path(__file__).parents[2]
_PROGRAM = "(?:server|host|plugin|row|table|sandbox|schema|engine|step|workflow|database)"
# Each pattern with what to write instead.
BANNED = {
    r"\bSay TEXT\b": "name what the command does: ask, run, show",
    r"\bstands? in for\b": "replaces",
    r"\bstands? (?:in|on|beside|behind|above) (?:the|a|an|its|it|their|them|there)\b": "is in, is listed in",
    r"\bha(?:s|ve) to be there\b": "must exist",
    r"\b(?:that|which) (?:is|are) not there\b": "missing",
    r"\bpage that is not there\b": "a page that does not exist",
    r"\b[Ll]ook at\b": "show, list, check, inspect",
    r"\b(?:a |the )?look at the\b": "poll, check",
    r"\bsave for\b": "except",
    r"\b(?:be|been|is|are|was|being) taken back\b": "undone, withdrawn",
    r"\b(?:puts?|be put|is put|are put) (?:it |them |that )?back\b": "undo, restore",
    rf"\b{_PROGRAM} (?:wants|knows|believes|sees|likes|thinks)\b": "a program has no wishes: needs, has, accepts",
    r"\bwants (?:it|them|a|an|to|set)\b": "needs",
    r"^Whether\b": "True if …, or the verb: “Send an e-mail”",
    r"\b[Tt]ells? of\b": "reports, describes",
    r"\bturned round\b": "reversed",
    r"\bis another one\b": "changed",
    r"\b(?:it|that|this) shall\b|\bshall not\b|\bshall hold\b": "must, should, or the present tense",
    r"\b[Ww]hat became of\b": "result, outcome",
    r"\bas whom\b": "which person … as",
    r"\b(?:no|any) further one\b": "no more",
    r"\bof (?:ours|yours|theirs) (?:to|for|that)\b": "our, your, their",
    r"\bfor the own\b|\bthe own\b": "its own",
    r"\bgives? \w+ up for good\b": "discard",
    r"\bfollows? (?:it|an operation) no more\b": "stop tracking",
    r"\bwhat (?:stood|stands) there\b": "the value",
    r"\bsays? it more exactly\b": "more precisely",
}
PATTERNS = {re.compile(pattern, re.MULTILINE): better for pattern, better in BANNED.items()}


def pages() -> Iterator[tuple[str, str]]:
    """Yield the documents and the templates of pages."""
    texts = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    texts += sorted((ROOT / "atom_shopify_plugin").rglob("templates/*.html"))
    for path in texts:
        if "adr" not in path.parts:  # decisions are records: they stay as they were written
            yield str(path.relative_to(ROOT)), " ".join(path.read_text("utf-8").split())


def helps(name: str, command: click.Command) -> Iterator[tuple[str, str]]:
    """Yield the help texts of a command and of its subcommands."""
    texts = [command.help or "", str(command.epilog or "")]
    texts += [option.help or "" for option in command.params if isinstance(option, click.Option)]
    for text in texts:
        yield f"{name} --help", " ".join(text.split())
    if isinstance(command, click.Group):
        for child, inner in command.commands.items():
            yield from helps(f"{name} {child}", inner)


def declared(place: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield the titles and descriptions of a manifest."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name in ("title", "description", "x-says", "reply") and isinstance(inner, str):
                yield place, inner
            else:
                yield from declared(place, inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            yield from declared(place, inner)


def texts() -> Iterator[tuple[str, str]]:
    yield from pages()
    yield from helps("atom-shopify", main)
    for path in sorted((ROOT / "manifests").glob("*.json")):
        yield from declared(f"manifests/{path.name}", json.loads(path.read_bytes()))
    for setting in SETTINGS:
        yield setting.name, setting.about
    yield from HOST_SETTINGS.items()


def test_no_text_for_people_uses_a_banned_wording() -> None:
    found = []
    read = list(texts())
    assert len(read) > 600
    for place, text in read:
        for pattern, better in PATTERNS.items():
            for match in pattern.finditer(text):
                around = text[max(0, match.start() - 40) : match.end() + 40]
                found.append(f"{place}: “…{around}…”: write instead: {better}")
    assert not found, "\n".join(found)


def test_the_search_finds_what_it_bans() -> None:
    samples = (
        "Whether taxes are charged.",
        "Look at jobs",
        "the row wants a lock",
        "It can't be taken back",
        "as whom",
    )
    for sample in samples:
        assert any(pattern.search(sample) for pattern in PATTERNS), sample
