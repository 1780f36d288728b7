"""Skill files for agents of an ATOM host, one a domain, from the manifests. `--check` only says which are out of date.

A file tells an agent when to call which action. Its front matter has the members that the host reads; what a domain
may change decides how mature an agent has to be.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from atom_shopify_plugin.catalog.loading import load
from atom_shopify_plugin.catalog.model import Action, Catalog

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "manifests" / "skills"

_LEVELS = {"read": "INTERN", "write": "SUPERVISED", "destructive": "AUTONOMOUS"}
_REASONS = {
    "read": "It only reads.",
    "write": "Some of its actions change the store; what they did can be looked up and mostly undone.",
    "destructive": "Some of its actions can't be undone, and ask for a confirmation first.",
}

__all__ = ["pages"]


def pages(catalog: Catalog) -> dict[str, str]:
    """Return the text of every skill file by its name."""
    found: dict[str, list[Action]] = {}
    for action in catalog.actions.values():
        found.setdefault(action.domain, []).append(action)
    return {
        f"{catalog.service.id}-{domain.replace('_', '-')}.md": "\n".join(_lines(catalog, domain, actions)) + "\n"
        for domain, actions in found.items()
    }


def _lines(catalog: Catalog, domain: str, actions: list[Action]) -> Iterator[str]:
    service, about = catalog.service, catalog.domains[domain]
    effects = {action.effect for action in actions}
    effect = next(one for one in ("destructive", "write", "read") if one in effects)
    yield "---"
    yield f"name: {service.id}-{domain.replace('_', '-')}"
    yield f"description: {_quoted(f'{about.title} in {service.name}. {about.about}')}"
    yield f"version: {service.version}"
    yield "author: atom-shopify-plugin"
    yield f"tags: [{service.id}, {domain}]"
    yield f"maturity_level: {_LEVELS[effect]}"
    yield "governance:"
    yield f"  maturity_requirement: {_LEVELS[effect]}"
    yield f"  reason: {_quoted(_REASONS[effect])}"
    yield "---"
    yield ""
    yield f"# {about.title}"
    yield ""
    yield about.about
    yield ""
    yield (
        "Call an action by its name here. `shop` names the store; without it the person's default store is meant. "
        "Amounts are texts such as `12.50`, times have an offset. A failed call says in `message` what to do."
    )
    if effect != "read":
        yield ""
        yield (
            "An action that writes takes `preview: true`: it then says what it would do, and does nothing. "
            "Where the error is `confirmation_needed`, show its message to a person, and only if they agree call again "
            "with the token of its details as `confirm`."
        )
    yield ""
    yield "| Action | Effect | What it does | Required |"
    yield "|---|---|---|---|"
    for action in actions:
        required = ", ".join(f"`{name}`" for name in action.input.get("required", ()))
        yield f"| `{service.id}_{action.key}` | {action.effect} | {_cell(action.description)} | {required} |"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def main() -> int:
    """Write the files, or check them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where a file is out of date")
    check = parser.parse_args().check
    wanted = pages(load())
    current = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.md")}
    stale = sorted(name for name in wanted.keys() | current.keys() if wanted.get(name) != current.get(name))
    if check and stale:
        print(f"manifests/skills/{', '.join(stale)}: out of date. Run scripts/skills.py.", file=sys.stderr)
        return 1
    FOLDER.mkdir(exist_ok=True)
    for name in stale:
        if name in wanted:
            (FOLDER / name).write_text(wanted[name], "utf-8")
        else:
            (FOLDER / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
