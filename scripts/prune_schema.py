"""Write the sandbox's schema: the official one, reduced to the names in subset.json and to facts (no prose).

Reads .cache/shopify/admin_2026-10.json.gz (see fetch_schema.py); writes into sandbox/schema: admin_2026-10.graphql,
search.json and topics.json; into official/schema what is known of the whole schema: official_2026-10.txt, its names
(see official_names.py), and scopes.json.
`--check` writes nothing and fails when the files are out of date.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
from pathlib import Path
from typing import Any

from graphql import build_client_schema, print_schema
from official_names import facts_of

ROOT = Path(__file__).resolve().parent.parent
OFFICIAL = ROOT / ".cache" / "shopify" / "admin_2026-10.json.gz"
FOLDER = ROOT / "atom_shopify_plugin" / "sandbox" / "schema"
WHOLE = ROOT / "atom_shopify_plugin" / "official" / "schema"
BUILT_IN = {"String", "Int", "Float", "Boolean", "ID"}
DIRECTIVES = {"idempotent"}

Json = dict[str, Any]


def named(ref: Json) -> str:
    """Return the name at the core of a type reference."""
    while ref.get("ofType"):
        ref = ref["ofType"]
    return str(ref["name"])


class Pruner:
    """Keeps what the allow-list names, what follows from it, and nothing else."""

    def __init__(self, schema: Json, subset: Json) -> None:
        self.types: dict[str, Json] = {kind["name"]: kind for kind in schema["types"]}
        self.directives = [entry for entry in schema["directives"] if entry["name"] in DIRECTIVES]
        self.roots = {"QueryRoot": set(subset["queries"]), "Mutation": set(subset["mutations"])}
        self.kept: set[str] = {*self.roots, *BUILT_IN}
        for names in subset["types"].values():
            self.kept.update(names)
        self.missing = sorted(self.kept - set(self.types))

    def close(self) -> None:
        """Add what follows from the names: connections, payloads, user errors, enums, scalars and inputs."""
        for mutation in self.types["Mutation"]["fields"]:
            if mutation["name"] in self.roots["Mutation"]:
                self.kept.add(named(mutation["type"]))
        grown = True
        while grown:
            before = len(self.kept)
            for name in sorted(self.kept):
                self._follow(self.types[name])
            grown = len(self.kept) > before
        while hollow := {name for name in self.kept if self._hollow(self.types[name])}:
            self.kept -= hollow

    def _hollow(self, kind: Json) -> bool:
        """Tell whether nothing of a type is left: no field served, or no member of an abstract type."""
        if kind["kind"] in ("UNION", "INTERFACE") and not any(m["name"] in self.kept for m in kind["possibleTypes"]):
            return True
        return kind["kind"] in ("OBJECT", "INTERFACE") and not self.fields(kind)

    def _follow(self, kind: Json) -> None:
        for field in self.fields(kind):
            self.kept.update(named(argument["type"]) for argument in field["args"])
        for field in kind.get("fields") or []:
            if kind["name"] in self.roots and field["name"] not in self.roots[kind["name"]]:
                continue
            target = self.types[named(field["type"])]
            if target["name"] not in self.kept and self._follows(target):
                self.kept.add(target["name"])
        self.kept.update(named(member["type"]) for member in kind.get("inputFields") or [])

    def _follows(self, target: Json) -> bool:
        name = target["name"]
        if target["kind"] in ("ENUM", "SCALAR"):
            return True
        if name.endswith("Edge") and name.removesuffix("Edge") in self.kept:
            return True
        if name.endswith("Connection"):
            # Some have edges alone.
            rows = {field["name"]: named(field["type"]) for field in target["fields"]}
            return rows.get("nodes", rows.get("edges", "").removesuffix("Edge")) in self.kept
        return any(interface["name"] == "DisplayableError" for interface in target.get("interfaces") or [])

    def fields(self, kind: Json) -> list[Json]:
        """Return the output fields of a type that are served."""
        allowed = self.roots.get(kind["name"])
        return [
            field
            for field in kind.get("fields") or []
            if (field["name"] in allowed if allowed is not None else named(field["type"]) in self.kept)
        ]

    def result(self) -> Json:
        """Return the pruned introspection, without descriptions."""
        types = []
        for name in sorted(self.kept):
            kind = self.types[name]
            types.append(
                {
                    **kind,
                    "fields": [_bare(field) for field in self.fields(kind)] or None,
                    "inputFields": _bares(kind.get("inputFields")),
                    "enumValues": _bares(kind.get("enumValues")),
                    "interfaces": [i for i in kind.get("interfaces") or [] if i["name"] in self.kept],
                    "possibleTypes": [i for i in kind.get("possibleTypes") or [] if i["name"] in self.kept],
                    "description": None,
                }
            )
        return {
            "queryType": {"name": "QueryRoot"},
            "mutationType": {"name": "Mutation"},
            "subscriptionType": None,
            "types": types,
            "directives": [{**entry, "description": None, "args": _bares(entry["args"])} for entry in self.directives],
        }


def _bare(member: Json) -> Json:
    bare = {**member, "description": None}
    if bare.get("isDeprecated"):
        bare["deprecationReason"] = "No longer supported"  # the default: the fact without the prose
    if "args" in bare:
        bare["args"] = _bares(bare["args"])
    return bare


def _bares(members: list[Json] | None) -> list[Json] | None:
    return None if members is None else [_bare(member) for member in members]


def access(items: list[Json]) -> Json:
    """Return what each type, field and mutation asks for: any one of the scopes listed is enough."""
    found: Json = {"types": {}, "fields": {}}
    for item in items:
        # "Also: …" speaks of staff permissions and of refinements, not of alternatives.
        scopes = re.findall(r"`((?:read|write)_\w+)`", item["requiredAccess"].split("Also:")[0])
        if not scopes:
            continue
        if item["type"] == "type":
            found["types"][item["typeName"]] = scopes
        else:
            found["fields"][f"{item['typeName']}.{item['fieldName']}"] = scopes
    return {part: dict(sorted(rows.items())) for part, rows in found.items()}


# A row of a search table: its name, its type, and cells that may go on over several lines.
ROW = re.compile(r"\| *([\w.{}]+) *\| *([a-z]+) *\|")
TIMES = re.compile(r"`([a-z_]+:[^`]*\d{4}-[^`]*)`")


def search_tables(official: Json, served: Json) -> Json:
    """Return the facts of Shopify's search tables: ``{"tables": {field: {name: facts}}, "fields": {field: table}}``.

    They stand in the descriptions of the arguments `query` of lists and counts, one table per field (``Type.field``).
    Fields with the same table share one, named after the first of them, root fields first. Facts are the type, the
    accepted `values`, `examples` of use, and `list` where a value may be several with commas between them.
    """
    kinds = {kind["name"]: kind for kind in served["types"]}
    tables: Json = {}
    fields: Json = {}
    for parent in sorted(official["types"], key=lambda kind: (kind["name"] != "QueryRoot", kind["name"])):
        listed = {field["name"] for field in (kinds.get(parent["name"]) or {}).get("fields") or []}
        for field in (parent.get("fields") or []) if parent["name"] != "Mutation" else []:
            text = next(
                (argument["description"] or "" for argument in field["args"] if argument["name"] == "query"), None
            )
            if field["name"] not in listed or text is None:
                continue
            name, table = f"{parent['name']}.{field['name']}", search_table(text)
            fields[name] = next((known for known, rows in tables.items() if rows == table), name)
            tables.setdefault(fields[name], table)
    return {"tables": tables, "fields": fields}


def search_table(text: str) -> Json:
    """Read one table; a text without a table gives the names in its examples of times."""
    rows: list[str] = []
    for line in text.split("\n"):
        if ROW.match(line):
            rows.append(line)
        elif rows and not line.startswith("You can apply"):
            rows[-1] += f" {line}"
        elif rows:
            break
    if not rows:
        return {term.partition(":")[0]: {"type": "time"} for found in TIMES.findall(text) for term in found.split()}
    found = {}
    for row in rows:
        name, kind, description, values, _default, examples = [*re.split(r" *\| *", row)[1:], "", "", "", ""][:6]
        if kind == "type":
            continue
        facts: Json = {"type": kind}
        if accepted := [value.removeprefix("* ") for value in re.findall(r"`([^`(]*)`", values)]:
            facts["values"] = accepted
        if used := [example.removeprefix("query=") for example in re.findall(r"`([^`]*)`", examples)]:
            facts["examples"] = used
        if re.search(r"comma-separated|separated by commas", description) or any("," in example for example in used):
            facts["list"] = True
        found[name] = facts
    return dict(sorted(found.items()))


def webhook_topics(official: Json) -> Json:
    """Return the name in the header and the scopes (any one is enough) of each webhook topic, by the enum's name."""
    topics = next(kind for kind in official["types"] if kind["name"] == "WebhookSubscriptionTopic")["enumValues"]
    found: Json = {}
    for topic in topics:
        name = re.search(r"webhook\s+topic\s+for\s+`([^`]+)`\s+events", topic["description"])
        if name is None:
            raise RuntimeError(f"The description of {topic['name']} does not say what the topic is called")
        scopes = re.findall(r"\b(?:read|write)_\w+", topic["description"])
        found[topic["name"]] = {"name": name[1], "scopes": scopes}
    return dict(sorted(found.items()))


def build() -> dict[Path, str]:
    """Return the text of each file to write; raise `RuntimeError` when the allow-list names something unknown."""
    with gzip.open(OFFICIAL) as packed:
        official = json.load(packed)
    subset = json.loads((FOLDER / "subset.json").read_text(encoding="utf-8"))
    pruner = Pruner(official["data"]["__schema"], subset)
    if pruner.missing:
        raise RuntimeError(f"subset.json names unknown types: {', '.join(pruner.missing)}")
    for root, names in pruner.roots.items():
        unknown = names - {field["name"] for field in pruner.types[root]["fields"]}
        if unknown:
            raise RuntimeError(f"subset.json names unknown fields of {root}: {', '.join(sorted(unknown))}")
    pruner.close()
    served = pruner.result()
    sdl = print_schema(build_client_schema({"__schema": served}))  # type: ignore[typeddict-item]
    scopes = json.dumps(access(official["offline_scopes"]["items"]), indent=1)
    search = json.dumps(search_tables(official["data"]["__schema"], served), indent=1)
    topics = json.dumps(webhook_topics(official["data"]["__schema"]), indent=1)
    return {
        FOLDER / "admin_2026-10.graphql": sdl + "\n",
        WHOLE / "scopes.json": scopes + "\n",
        FOLDER / "search.json": search + "\n",
        WHOLE / "official_2026-10.txt": facts_of(official["data"]["__schema"]),
        FOLDER / "topics.json": topics + "\n",
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when the files are out of date, write nothing")
    check = parser.parse_args().check
    if not OFFICIAL.is_file():
        print("The official schema is missing: run scripts/fetch_schema.py first.", file=sys.stderr)
        return 1
    texts = build()
    stale = [path for path, text in texts.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        if not check:
            path.write_text(texts[path], encoding="utf-8")
        print(f"{'out of date' if check else 'written'}: {path.relative_to(ROOT)}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
