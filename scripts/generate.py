"""Write manifests/generated/ from the documents and Shopify's official schema; `--check` only says what is stale.

For each action it holds the `scopes` that its operations need and the `output` that they answer, where the manifest
does not give them by hand. An action with a handler answers as the first of its `operations` does, with the members in
`adds`.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import fetch_schema
from access import chosen
from layout import written
from official import INTROSPECTION, ROOT, Documents, Official, read_documents, read_official
from shapes import Shapes, Unfit, worded

from atom_shopify_plugin.catalog.schemas import complete
from atom_shopify_plugin.strictjson import distinct_members

__all__ = ["build", "official_schema"]

Json = dict[str, Any]
MANIFESTS = ROOT / "manifests"
FOLDER = "generated"
_REFERENCE = re.compile(r"(?:[a-z_/.]*\.json)?#/\$defs/(\w+)")


def build(documents: Documents, official: Official, manifests: Path = MANIFESTS) -> dict[str, Json]:
    """Return the content of each generated file by domain; raise `Unfit` where a document and a manifest don't fit."""
    domains = {
        path.stem: json.loads(path.read_bytes(), object_pairs_hook=distinct_members)
        for path in sorted(manifests.glob("*.json"))
    }
    for content in domains.values():
        complete(content)
    shared = domains.pop("common", {})
    common = shared.get("$defs", {})
    domains.pop("service", None)
    shapes = Shapes(official, documents)
    files: dict[str, Json] = {}
    for domain, content in domains.items():
        for action in content.get("actions", ()):
            if entry := _entry(action, domain, shapes, documents, official):
                files.setdefault(domain, {}).setdefault("actions", {})[action["key"]] = entry
    for name in _wanted([shared, *domains.values()]):
        if name not in common:
            shapes.define(name)
    used = _reached(
        [shared.get("inputs", {}), *domains.values(), *files.values()],
        {**common, **{n: d.schema for n, d in shapes.definitions.items()}},
    )
    for name, definition in sorted(shapes.definitions.items()):
        if name not in used:
            continue  # an action with `adds` has its members, and nothing refers to it
        if name in common:
            raise Unfit(f"{name} is defined in common.json and by a fragment in {definition.file}.graphql.")
        files.setdefault(definition.file, {}).setdefault("$defs", {})[name] = definition.schema
    about = "Made by scripts/generate.py from the documents and Shopify's schema: run `make generate`."
    return {name: {"$comment": about, **worded(dict(sorted(content.items())))} for name, content in files.items()}


def _entry(action: Mapping[str, Any], domain: str, shapes: Shapes, documents: Documents, official: Official) -> Json:
    """Return what is derived for one action: the members that its manifest leaves out."""
    operations = [action["operation"]] if "operation" in action else action["operations"]
    for name in operations:
        if name not in documents.operations:
            raise Unfit(f"{action['key']}: there is no document {name}.")
    entry: Json = {}
    try:
        if "scopes" not in action:
            entry["scopes"] = chosen(operations, domain, documents, official)
        if "output" not in action:
            given = action["input"]
            is_search = "cursor" in {*given.get("takes", ()), *given.get("properties", {})}
            entry["output"] = shapes.output(operations[0], is_search=is_search)
        if "adds" in action:
            entry["output"] = _with(entry["output"], action["adds"], shapes)
    except Unfit as problem:
        raise Unfit(f"{action['key']}: {problem}") from None
    return entry


def _with(output: Json, adds: Json, shapes: Shapes) -> Json:
    """Return the output of an operation with the members that a handler adds to it."""
    name = str(output.get("$ref", "")).rpartition("/")[2]
    whole = shapes.definitions[name].schema if name else output
    return {
        **whole,
        "required": [*whole["required"], *adds],
        "properties": {**whole["properties"], **adds},
    }


def _reached(values: Iterable[Any], definitions: Mapping[str, Any]) -> set[str]:
    """Return the names of the definitions that `values` refer to, directly or through others."""
    reached: set[str] = set()
    waiting = list(_wanted(values))
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += _wanted([definitions.get(name)])
    return reached


def _wanted(values: Iterable[Any]) -> Iterator[str]:
    """Yield the names of the definitions that manifests refer to, resources of triggers included."""
    for value in values:
        if isinstance(value, Mapping):
            match = _REFERENCE.fullmatch(str(value.get("$ref", "")))
            if match is not None:
                yield match[1]
            if isinstance(value.get("resource"), str) and "topic" in value:
                yield value["resource"]
            yield from _wanted(value.values())
        elif isinstance(value, list):
            yield from _wanted(value)


def official_schema() -> Official:
    """Read Shopify's schema, fetched first where it is not there; raise `RuntimeError` with what to do."""
    if not INTROSPECTION.is_file():
        fetch_schema.fetch(INTROSPECTION)
    return read_official()


def main() -> int:
    """Write the files, or check them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where a file is stale")
    check = parser.parse_args().check
    try:
        texts = {
            f"{name}.json": written(content) for name, content in build(read_documents(), official_schema()).items()
        }
    except (RuntimeError, ValueError, Unfit) as problem:
        print(problem, file=sys.stderr)
        return 1
    folder = MANIFESTS / FOLDER
    folder.mkdir(exist_ok=True)
    present = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    stale = sorted(name for name in {*texts, *present} if texts.get(name) != present.get(name))
    for name in stale:
        if not check and name in texts:
            (folder / name).write_text(texts[name], encoding="utf-8")
        elif not check:
            (folder / name).unlink()
        print(f"{'stale' if check else 'written' if name in texts else 'removed'}: manifests/{FOLDER}/{name}")
    if check and stale:
        print("Run: make generate", file=sys.stderr)
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
