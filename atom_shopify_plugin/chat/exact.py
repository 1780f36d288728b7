"""The plain phrases of the manifests, matched letter by letter: what stands in a slot is taken as it was written.

This reads what words alone would spoil, such as an inch mark at the end of a SKU, and sentences of any length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from atom_shopify_plugin.catalog.model import Catalog, Command
from atom_shopify_plugin.catalog.spoken import PUNCTUATION, clean

__all__ = ["Phrases"]

_SLOT = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class _Phrase:
    command: Command
    pattern: re.Pattern[str]
    weight: int  # literal characters: the more of a phrase is fixed, the surer it is meant


class Phrases:
    """The phrases of a catalog."""

    def __init__(self, catalog: Catalog) -> None:
        phrases = [
            _Phrase(command, _pattern(phrase), len(_SLOT.sub("", phrase).replace(" ", "")))
            for command in catalog.commands.values()
            for phrase in command.says
        ]
        self._phrases = sorted(phrases, key=lambda phrase: -phrase.weight)

    def find(self, text: str) -> Iterator[tuple[Command, Mapping[str, str], int]]:
        """Yield the commands that `text` says, their slots as cleaned texts, and the literal characters of the phrase.

        The phrase with the most literal characters comes first. A phrase with an empty slot is not said.
        """
        for phrase in self._phrases:
            found = phrase.pattern.fullmatch(text)
            if found is not None:
                kinds = phrase.command.slots
                slots = {name: clean(value, kinds[name]) for name, value in found.groupdict().items()}
                if all(slots.values()):
                    yield phrase.command, slots, phrase.weight


def _pattern(phrase: str) -> re.Pattern[str]:
    """Return what says a phrase: a colon may stand before a slot, punctuation at the end."""
    parts = _SLOT.split(" ".join(phrase.split()))
    pattern = "".join(
        f"(?P<{part}>.+)" if index % 2 else re.escape(part.rstrip()) + ("[:,]? " if part.endswith(" ") else "")
        for index, part in enumerate(parts)
    ).replace(r"\ ", " ")
    end = "" if not parts[-1] else f"[{re.escape(PUNCTUATION)} ]*"
    return re.compile(rf"[¿¡]?(?:shopify[,:]? )?{pattern}{end}", re.IGNORECASE)
