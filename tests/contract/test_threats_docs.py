"""The page about threats has a row for each of them, and every test that it names exists."""

from __future__ import annotations

import re
from pathlib import Path

import atom_shopify_plugin

ROOT = Path(atom_shopify_plugin.__file__).parent.parent
TEXT = (ROOT / "docs" / "threats.md").read_text()
ROWS = re.findall(r"^\| T(\d+) \|(.*)\|(.*)\|(.*)\|$", TEXT, re.MULTILINE)


def test_every_threat_has_its_row_and_its_tests() -> None:
    assert [int(number) for number, *_ in ROWS] == list(range(1, len(ROWS) + 1))
    tests = {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE)
    }
    for number, *_, cell in ROWS:
        named = set(re.findall(r"`(test_\w+)`", cell))
        assert named, number
        assert named <= tests, number
