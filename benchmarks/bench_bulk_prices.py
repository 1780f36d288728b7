"""10,000 variant prices from a CSV file, beside what the sandbox itself needs for the same bulk mutation.

Time: what sending takes from the first request to the last answer, to the sandbox's own time for the same lines (goal
<= 1.3). Memory: how much more the process that imports needs for the whole file than for one line (goal < 80 MiB).

    python benchmarks/bench_bulk_prices.py [--rows 10000]
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from atom_shopify_plugin.bulk.tables import KINDS
from atom_shopify_plugin.sandbox.bulk.blobs import Blob
from atom_shopify_plugin.sandbox.bulk.storage import UPLOADS, StoredFile
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.server import serve

DEMO = "demo.myshopify.com"
EACH = 100  # variants of a product
SET = """
mutation ($input: ProductSetInput!) {
  productSet(synchronous: true, input: $input) { product { id } userErrors { message } } }"""
RUN = """
mutation ($mutation: String!) {
  bulkOperationRunMutation(mutation: $mutation, stagedUploadPath: "bench.jsonl") { userErrors { message } } }"""
UPDATE = KINDS["prices"].writers["variants"].mutation
CHILD = """
import json, resource, sys, time
from atom_shopify_plugin.bulk import imports
sent = imports.send
def timed(*given):
    began = time.perf_counter()
    sent(*given)
    sys.stderr.write(json.dumps({"seconds": time.perf_counter() - began}) + "\\n")
imports.send = timed
from atom_shopify_plugin.cli import main
try:
    main(prog_name="atom-shopify")
finally:
    sys.stderr.write(json.dumps({"kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}) + "\\n")
"""


def ask(sandbox: Sandbox, text: str, variables: dict[str, Any]) -> Any:
    scopes, now = frozenset(sandbox.app.scopes), sandbox.clock.now()
    answer = sandbox.engine.execute(sandbox.store(DEMO), text, variables, scopes=scopes, now=now)
    if "errors" in answer:
        raise RuntimeError(answer["errors"])
    return answer["data"]


def fill(sandbox: Sandbox, rows: int) -> None:
    """Make products with `rows` variants in all."""
    for number in range(rows // EACH):
        names = [f"V{at}" for at in range(EACH)]
        options = [{"name": "Size", "values": [{"name": name} for name in names]}]
        variants = [{"optionValues": [{"optionName": "Size", "name": name}], "price": "10.00"} for name in names]
        given = {"title": f"Bead {number}", "productOptions": options, "variants": variants}
        ask(sandbox, SET, {"input": given})


def own_time(sandbox: Sandbox) -> float:
    """Return how long the sandbox takes for a bulk mutation with another price for each variant, without a client."""
    products: dict[str, list[dict[str, str]]] = {}
    for gid, node in sandbox.store(DEMO).all("ProductVariant").items():
        products.setdefault(node["product"], []).append({"id": gid, "price": "11.00"})
    lines = [
        {"productId": product, "variants": variants[start : start + EACH]}
        for product, variants in products.items()
        for start in range(0, len(variants), EACH)
    ]
    content = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    shop = sandbox.store(DEMO).shop["id"].rpartition("/")[2]
    ends = sandbox.clock.time() + 3600
    sandbox.storage.put(StoredFile(f"{UPLOADS}/bench.jsonl", Blob(content), "text/jsonl", ends, shop))
    began = time.perf_counter()
    ask(sandbox, RUN, {"mutation": UPDATE})
    if not sandbox.bulk.settle(600):
        raise RuntimeError("The sandbox did not end.")
    return time.perf_counter() - began


def typed(folder: Path, settings: dict[str, str], *words: str, stdin: str = "") -> dict[str, float]:
    """Run a command in a process of its own; return what it says of its time and memory."""
    environ = {**os.environ, **settings}
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", CHILD, *words], cwd=folder, env=environ, input=stdin, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr)
    figures: dict[str, float] = {}
    for line in done.stderr.splitlines():
        if line.startswith("{"):
            figures |= json.loads(line)
    return figures


def reprice(path: Path, price: str, rows: int) -> None:
    with path.open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(found[0]))
        writer.writeheader()
        writer.writerows({**row, "Variant Price": price} for row in found[:rows])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    rows = parser.parse_args().rows
    sandbox = Sandbox(size="small")
    fill(sandbox, rows)
    own = own_time(sandbox)
    with serve(sandbox) as server, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = {
            "ATOM_SHOPIFY_ENDPOINT": server.url,
            "ATOM_SHOPIFY_DATA_DIR": str(folder / "data"),
            "SHOPIFY_API_KEY": "sandbox-key",
            "SHOPIFY_API_SECRET": "sandbox-secret",
        }
        typed(folder, settings, "stores", "connect", DEMO, "--token", stdin=sandbox.issue_admin_token(DEMO) + "\n")
        typed(folder, settings, "export", "prices", "--to", "one.csv")
        typed(folder, settings, "export", "prices", "--to", "all.csv")
        reprice(folder / "one.csv", "12.00", 1)
        reprice(folder / "all.csv", "13.00", sys.maxsize)
        one = typed(folder, settings, "import", "prices", "one.csv", "--yes")
        everything = typed(folder, settings, "import", "prices", "all.csv", "--yes")
    prices = {str(node["price"]) for node in sandbox.store(DEMO).all("ProductVariant").values()}
    if prices != {"13.00"}:
        raise RuntimeError(f"There are other prices: {sorted(prices)[:5]}")
    ratio, more = everything["seconds"] / own, (everything["kib"] - one["kib"]) / 1024
    rows_of_table = [
        ("time beside the sandbox", ratio, 1.3, f"{everything['seconds']:.2f} s to {own:.2f} s"),
        ("memory for the file, MiB", more, 80.0, f"{everything['kib'] / 1024:.0f} MiB in all"),
    ]
    print(f"{rows} prices")
    for title, figure, goal, note in rows_of_table:
        print(f"{title:28} {figure:6.2f}  goal {goal:5.2f}  {'ok' if figure <= goal else 'MISSED':6}  {note}")
    sandbox.close()
    return int(any(figure > goal for _, figure, goal, _ in rows_of_table))


if __name__ == "__main__":
    sys.exit(main())
