"""A folder in which the commands of the documentation run as in a checkout, with the environment of the tests."""

from __future__ import annotations

import sys
from pathlib import Path

from official import ROOT

__all__ = ["environment"]


def environment(folder: Path) -> None:
    """Give `folder` a ``.venv`` whose marks are newer than what ``make`` compares them with: nothing is installed."""
    linked = folder / ".venv"
    linked.mkdir()
    for entry in Path(sys.prefix).iterdir():
        if entry.name not in (".dev", ".demo"):
            (linked / entry.name).symlink_to(entry)
    for name in ("Makefile", "setup.cfg", "pyproject.toml"):
        if not (folder / name).exists():
            (folder / name).symlink_to(ROOT / name)
    for mark in (".dev", ".demo"):
        (linked / mark).touch()
