"""Write what the TypeScript client knows of the REST interface, from its OpenAPI documents.

`operations.ts` in `desktop/src/client` names every operation with its method, path and effect, `titles.ts` says what
each action does in words, and `events.ts` names the events that are told live; `actions.ts` in `desktop/src/skills` has
a function for each action. `--check` only says which is out of date. `--openapi FOLDER` writes the documents
themselves, from which `npm run generate` makes types, what registers the skills with agents, and the examples of the
documentation, which the compiler checks.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import client_skills
from client_examples import examples

from atom_shopify_plugin import openapi
from atom_shopify_plugin.catalog.loading import load
from atom_shopify_plugin.host import openapi as host_openapi
from atom_shopify_plugin.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "desktop" / "src"
_URL = "http://127.0.0.1:5058"
_METHODS = ("get", "post", "put", "delete")
_GID = re.compile(r"\^\(gid://shopify/([A-Za-z]+)/\)\?")
_STREAM = "text/event-stream"  # which has no end, and is for browsers' own readers
_FOR_PEOPLE = frozenset({"oauth_callback", "oauth_callback_post"})  # their pages are for browsers that ask for HTML


def documents() -> dict[str, dict[str, Any]]:
    """Return the OpenAPI documents by name: `shopify` is the plugin's, `atom` the embedded host's."""
    settings = Settings.from_environ({"ATOM_SHOPIFY_PUBLIC_URL": _URL})
    return {"shopify": openapi.build(load(), settings), "atom": host_openapi.build(_URL)}


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, members in document["paths"].items():
        for method in _METHODS:
            operation = members.get(method)
            # Pages for people are no operations of a client.
            if operation is None or not path.startswith("/api/"):
                continue
            parameters = operation.get("parameters", [])
            facts: dict[str, Any] = {"method": method.upper(), "path": path}
            facts["effect"] = operation.get("x-effect", "read" if method == "get" else "write")
            query = sorted(one["name"] for one in parameters if one.get("in") == "query")
            if method != "get":
                facts["query"] = query
            if "shop" in query:
                facts["shop"] = True
            if any(one.get("name") == "Idempotency-Key" for one in parameters):
                facts["keyed"] = True
            if ids := dict(_ids(document, parameters)):
                facts["ids"] = ids
            if media := _media(operation):
                facts["media"] = media
            yield operation["operationId"], facts


def _ids(document: Mapping[str, Any], parameters: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield the parameters of a path that take an id, with the kind of thing in Shopify that it is an id of."""
    for one in parameters:
        if one.get("in") == "path":
            name = str(one["schema"].get("$ref", "")).rpartition("/")[2]
            schema = document["components"]["schemas"][name] if name else one["schema"]
            if found := _GID.match(schema.get("pattern", "")):
                yield one["name"], found[1]


def _media(operation: Mapping[str, Any]) -> list[str]:
    """Return the media types of its good answers other than JSON, where programs read them."""
    answers = (answer for status, answer in operation["responses"].items() if status.startswith("2"))
    found = {kind for answer in answers for kind in answer.get("content", {})} - {"application/json", _STREAM}
    return [] if operation["operationId"] in _FOR_PEOPLE else sorted(found)


def table() -> str:
    """Return the text of `operations.ts`."""
    found: dict[str, dict[str, Any]] = {}
    for document, prefix in zip(documents().values(), ("", "atom_"), strict=True):
        found |= {f"{prefix}{name}": facts for name, facts in _operations(document)}
    lines = [f"  {name}: {json.dumps(found[name])}," for name in sorted(found)]
    head = """// scripts/client.py writes this file. Do not edit it.

/**
 * What the client needs to know of an operation. `query` lists the inputs that a call with a body sends in its address.
 * Operations of the host that the plugin runs in begin with `atom_`.
 */
export interface Operation {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly effect: "read" | "write" | "destructive";
  readonly query?: readonly string[];
  /** Whether it works on one store, which `shop` names. */
  readonly shop?: boolean;
  /** Whether it takes an idempotency key. */
  readonly keyed?: boolean;
  /** Members of the path that take an id, and what in Shopify it is an id of. */
  readonly ids?: Readonly<Record<string, string>>;
  /** Media types beside JSON that it answers in; the text is then the data. */
  readonly media?: readonly string[];
}

export const OPERATIONS = {
"""
    return head + "\n".join(lines) + "\n} as const satisfies Record<string, Operation>;\n"


def titles() -> str:
    """Return the text of `titles.ts`."""
    found = {
        operation["operationId"]: operation["summary"]
        for members in documents()["shopify"]["paths"].values()
        for method, operation in members.items()
        if method in _METHODS
    }
    lines = [f"  {name}: {json.dumps(found[name])}," for name in sorted(found)]
    head = """// scripts/client.py writes this file. Do not edit it.

/** What each action does, in words. It is a module of its own, so that only pages that show it load it. */
export const TITLES: Readonly<Record<string, string>> = {
"""
    return head + "\n".join(lines) + "\n};\n"


def events() -> str:
    """Return the text of `events.ts`."""
    catalog = load()
    lines = [f"  {json.dumps(name)}," for name in sorted({*catalog.triggers, *catalog.computed})]
    head = """// scripts/client.py writes this file. Do not edit it.

/** The names of the events that `GET /api/shopify/events` tells. */
export const EVENTS = [
"""
    return head + "\n".join(lines) + "\n] as const;\n"


def files() -> dict[Path, str]:
    """Return the text of each file."""
    return {
        SOURCE / "client" / "operations.ts": table(),
        SOURCE / "client" / "titles.ts": titles(),
        SOURCE / "client" / "events.ts": events(),
        SOURCE / "skills" / "actions.ts": client_skills.functions(load()),
    }


def main() -> int:
    """Write the files, or say which are out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--openapi", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    if options.openapi is not None:
        options.openapi.mkdir(parents=True, exist_ok=True)
        for name, document in {**documents(), "skills": client_skills.definitions(load())}.items():
            (options.openapi / f"{name}.json").write_text(json.dumps(document), "utf-8")
        folder = options.openapi / "examples"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, text in examples(ROOT):
            (folder / name).write_text(text, "utf-8")
        return 0
    stale = {path: text for path, text in files().items() if not path.exists() or path.read_text("utf-8") != text}
    if options.check:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is out of date: run python scripts/client.py", file=sys.stderr)
        return 1 if stale else 0
    for path, text in stale.items():
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
