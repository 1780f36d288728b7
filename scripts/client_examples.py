"""The TypeScript examples of the documentation as modules, so that the compiler checks them with everything else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

__all__ = ["examples"]

_PAGES = ("docs/typescript.md", "desktop/README.md")
_BLOCK = re.compile(r"^```(tsx?)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def examples(root: Path) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of a module for each example."""
    for page in _PAGES:
        path = root / page
        for number, (kind, text) in enumerate(_BLOCK.findall(path.read_text("utf-8")), 1):
            # An example may name what others name as well: each is a module of its own.
            yield f"{path.stem.lower()}_{number}.{kind}", f"{text}\nexport {{}};\n"
