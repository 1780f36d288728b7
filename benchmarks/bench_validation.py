"""What it takes to validate a document against the whole official schema.

The rules are compared with those of graphql-core over the part of the schema that is served, in one run and over the
same documents. Goals: no slower; a large document in proportion (4 leaves room for noise); a simple query whose text is
new <= 1.5 ms with all else that the sandbox does; the table of names read in <= 60 ms, and <= 20 MiB with every type in
use.

    python benchmarks/bench_validation.py
"""

from __future__ import annotations

import json
import sys
import time
import tracemalloc
from collections.abc import Callable
from importlib.resources import files
from itertools import count

from graphql import parse, validate

from atom_shopify_plugin.official.table import OfficialSchema, official
from atom_shopify_plugin.official.validation import static_errors
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.engine import schema
from atom_shopify_plugin.sandbox.messages import Request
from atom_shopify_plugin.shopify.documents import Documents

DEMO = "demo.myshopify.com"


def seconds(work: Callable[[], object], times: int = 1, runs: int = 5) -> float:
    """Return the processor time of one call, the best of some runs."""
    best = float("inf")
    for _ in range(runs):
        started = time.process_time()
        for _ in range(times):
            work()
        best = min(best, (time.process_time() - started) / times)
    return best


def loaded() -> tuple[float, float]:
    """Return the seconds in which the table is read, and the MiB that it takes once every type was asked for."""
    text = files("atom_shopify_plugin.official").joinpath("schema/official_2026-10.txt")
    reading = seconds(lambda: OfficialSchema(text.read_text(encoding="utf-8")))
    tracemalloc.start()
    table = OfficialSchema(text.read_text(encoding="utf-8"))
    for name in table.names():
        table.type(name)
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return reading, taken / 2**20


def simple_query(texts: Callable[[], str]) -> float:
    """Return the seconds of a simple query through the whole sandbox."""
    sandbox = Sandbox(size="small")
    headers = {"X-Shopify-Access-Token": sandbox.issue_admin_token(DEMO), "Content-Type": "application/json"}

    def ask() -> None:
        body = json.dumps({"query": texts()}).encode()
        request = Request("POST", DEMO, "/admin/api/2026-10/graphql.json", "", headers, body)
        assert sandbox.handle(request).status == 200

    ask()
    return seconds(ask, 200)


def merged(size: int) -> float:
    """Return the seconds for as many fields of one key with other arguments, selections and fragments."""
    rows = " ".join(
        f"... on {'Product' if at % 2 else 'Node'} {{ a: __typename b: id @skip(if: {str(at % 3 > 0).lower()}) }} "
        for at in range(size)
    )
    others = " ".join(f"shop {{ a{at}: name }} x: product(id: $v{at}) {{ id }}" for at in range(size))
    document = parse(f'{{ node(id: "gid://shopify/Product/1") {{ {rows} }} {others} }}')
    return seconds(lambda: static_errors(official(), document), runs=2)


def main() -> int:
    served, numbers = schema(), count()
    library = Documents.load()
    documents = [parse(library.get(name).text) for name in library.names]
    documents = [document for document in documents if not validate(served, document)]
    ours = seconds(lambda: [static_errors(official(), document) for document in documents])
    theirs = seconds(lambda: [validate(served, document) for document in documents])
    reading, taken = loaded()
    figures = {
        f"rules over {len(documents)} documents, of graphql-core's": (ours / theirs, 1.0),
        "simple query of a known text, ms": (simple_query(lambda: "{ shop { name currencyCode } }") * 1000, 1.5),
        "simple query of a new text, ms": (
            simple_query(lambda: f"{{ shop {{ name currencyCode }} }} # {next(numbers)}") * 1000,
            1.5,
        ),
        "2,000 fields that merge, of 1,000 ones": (merged(2000) / merged(1000), 4.0),
        "table of names read, ms": (reading * 1000, 60.0),
        "table of names in use, MiB": (taken, 20.0),
    }
    for name, (figure, goal) in figures.items():
        print(f"{name:46} {figure:8.2f}   goal {goal:g}{'' if figure <= goal else '   MISSED'}")
    return 1 if any(figure > goal for figure, goal in figures.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
