"""Write a new action: its document, its manifest entry with examples from the sandbox's seed, and a chat phrase.

make action NAME=collection_list OPERATION=collections [SAYS="collections"] [DOMAIN=collections]

NAME is the key of the action, noun first, verb last. OPERATION is the root field of Shopify's schema: a list, a thing
by its id, or a mutation. Nothing is written where the sandbox does not model what the action needs.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import generate
from draft import Impossible, Json
from entry import chat_command, manifest_entry
from layout import document, written
from official import DOCUMENTS, Official, read_documents
from scaffold import Scaffold
from shapes import Unfit

from atom_shopify_plugin.catalog.loading import ManifestError, load
from atom_shopify_plugin.shopify.scopes import missing_scopes
from atom_shopify_plugin.strictjson import distinct_members

MANIFESTS = generate.MANIFESTS


class Files:
    """Texts that are written together, and put back together."""

    def __init__(self) -> None:
        self._before: dict[Path, str | None] = {}

    def write(self, path: Path, text: str) -> None:
        """Write a text; what was there is kept for `put_back`."""
        self._before.setdefault(path, path.read_text(encoding="utf-8") if path.is_file() else None)
        path.write_text(text, encoding="utf-8")

    def put_back(self) -> None:
        """Make the files what they were."""
        for path, text in self._before.items():
            if text is None:
                path.unlink(missing_ok=True)
            else:
                path.write_text(text, encoding="utf-8")


def drafted(name: str, operation: str, says: str, domain: str, official: Official) -> tuple[Scaffold, Json, list[Json]]:
    """Return a new action, its entry and its phrases; raise `Impossible` where one of them can't be made."""
    new = Scaffold(name, operation, domain, official)
    return new, manifest_entry(new), [chat_command(new, says)] if says else []


def introduced(domain: str) -> Json:
    """Return the title of a new domain, and a sentence that a person replaces."""
    title = domain.replace("_", " ").capitalize()
    return {"title": title, "about": f"{title} of the store."}


def write(new: Scaffold, entry: Json, commands: list[Json], official: Official, files: Files) -> None:
    """Write the document, the entry, the phrases, and what is generated from them."""
    graphql, manifest = DOCUMENTS / f"{new.domain}.graphql", MANIFESTS / f"{new.domain}.json"
    before = graphql.read_text(encoding="utf-8").rstrip() + "\n\n" if graphql.is_file() else ""
    files.write(graphql, document(before + new.text))
    content = (
        json.loads(manifest.read_bytes(), object_pairs_hook=distinct_members)
        if manifest.is_file()
        else {"domain": new.domain, **introduced(new.domain)}
    )
    content = {
        "$schema": "schema/domain.schema.json",
        **content,
        "actions": [*content.get("actions", ()), entry],
        "triggers": content.get("triggers", []),
        "commands": [*content.get("commands", ()), *commands],
    }
    files.write(manifest, written(content))
    for name, made in generate.build(read_documents(), official).items():
        files.write(MANIFESTS / generate.FOLDER / f"{name}.json", written(made))
    needed = {scope for group in load().actions[new.name].scopes for scope in group}
    if missing := missing_scopes(new.granted, needed):
        names = ", ".join(sorted(missing))
        raise Impossible(f"Stores do not grant {names} by default: add it to the scopes in settings.py first.")


def main() -> int:
    """Write an action, or say why not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name")
    parser.add_argument("operation")
    parser.add_argument("--says", default="", help="a phrase of chat that runs the action")
    parser.add_argument("--domain", default="", help="the file to write to; else that of the noun's other actions")
    asked = parser.parse_args()
    files = Files()
    try:
        official = generate.official_schema()
        new, entry, commands = drafted(asked.name, asked.operation, asked.says, asked.domain, official)
        write(new, entry, commands, official, files)
    except (Impossible, Unfit, ManifestError, RuntimeError, ValueError) as problem:
        files.put_back()
        print(f"Nothing was written. {problem}", file=sys.stderr)
        return 1
    except BaseException:
        files.put_back()
        raise
    print(f"written: {new.name}, in manifests/{new.domain}.json and atom_shopify_plugin/graphql/{new.domain}.graphql")
    print("What a person decides now:")
    for question in (*new.decide, "what the descriptions say: they are made from names; whether title and bounds fit"):
        print(f"- {question}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
