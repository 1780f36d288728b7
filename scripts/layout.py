"""The one form of manifests and documents: what fits into a line stands on it. `--check` only says which files differ.

Objects keep the order of their members. A list of plain values that is too long for one line fills several. In a
GraphQL document a selection of one field or one fragment stands on one line.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from atom_shopify_plugin.strictjson import distinct_members

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 120

__all__ = ["document", "written"]

_ONE_MEMBER = re.compile(r"^([^#\n]*\{)\n +((?:\.\.\.)?\w+)\n +\}$", re.MULTILINE)


def written(value: Any) -> str:
    """Return JSON `value` as the text of a file."""
    return _text(value, indent=0, before=0, after=0) + "\n"


def document(text: str) -> str:
    """Return GraphQL documents in their form."""

    def on_one_line(found: re.Match[str]) -> str:
        line = f"{found[1]} {found[2]} }}"
        return line if len(line) <= WIDTH else found[0]

    return _ONE_MEMBER.sub(on_one_line, text)


def _text(value: Any, *, indent: int, before: int, after: int) -> str:
    """Return `value` as text; `before` and `after` are the characters beside it on its first and last line."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or not value or before + len(line) + after <= WIDTH:
        return line
    inner = " " * (indent + 2)
    if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
        lines: Iterator[str] = _filled([json.dumps(item, ensure_ascii=False) for item in value], WIDTH - len(inner))
    elif isinstance(value, list):
        lines = (_text(item, indent=indent + 2, before=len(inner), after=1) for item in value)
    else:
        names = {name: f"{json.dumps(name, ensure_ascii=False)}: " for name in value}
        lines = (
            head + _text(value[name], indent=indent + 2, before=len(inner) + len(head), after=1)
            for name, head in names.items()
        )
    opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
    body = ",\n".join(inner + text for text in lines)
    return f"{opening}\n{body}\n{' ' * indent}{closing}"


def _filled(texts: list[str], width: int) -> Iterator[str]:
    line = ""
    for text in texts:
        if line and len(line) + len(text) + 3 > width:
            yield line
            line = text
        else:
            line = f"{line}, {text}" if line else text
    yield line


def main() -> int:
    """Put all manifests and documents into their form, or check them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where a file has another form")
    check = parser.parse_args().check
    folders = (ROOT / "manifests", ROOT / "atom_shopify_plugin" / "workflows")
    changed = []
    documents = ROOT / "atom_shopify_plugin" / "graphql"
    manifests = sorted(path for folder in folders for path in folder.rglob("*.json"))
    for path in (*manifests, *sorted(documents.glob("*.graphql"))):
        text = path.read_text(encoding="utf-8")
        try:
            is_document = path.suffix == ".graphql"
            formatted = document(text) if is_document else written(json.loads(text, object_pairs_hook=distinct_members))
        except ValueError as problem:
            print(f"{path.relative_to(ROOT)}: {problem}", file=sys.stderr)
            return 1
        if text != formatted:
            changed.append(path)
            if not check:
                path.write_text(formatted, encoding="utf-8")
    for path in changed:
        print(f"{'has another form' if check else 'formatted'}: {path.relative_to(ROOT)}")
    if check and changed:
        print("Run: make format", file=sys.stderr)
    return 1 if check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
