"""A bulk query over a full store beside the same query page by page, and what it costs others meanwhile.

Three ratios of one run. Work: processor time of the bulk query to that of the pages (goal <= 2; its result is written
and put into another order besides). Room: the longest time that a request waits while it runs, to the time that the
whole takes (goal <= 0.1). Memory: the most that is held beyond the store, to the size of the result (goal <= 1).

    python benchmarks/bench_bulk.py
"""

from __future__ import annotations

import sys
import time
import tracemalloc
from typing import Any

from atom_shopify_plugin.sandbox.core import Sandbox

DEMO = "demo.myshopify.com"
LINES = "lineItems%s { edges { node { id quantity title variant { id sku } } } }"
INSIDE = f"id name totalPriceSet {{ shopMoney {{ amount }} }} {LINES}"
BULK = f"{{ orders {{ edges {{ node {{ {INSIDE % ''} }} }} }} }}"
PAGE = f"query P($after: String) {{ orders(first: 50, after: $after) {{ edges {{ node {{ {INSIDE % '(first: 50)'} }} }} pageInfo {{ hasNextPage endCursor }} }} }}"  # noqa: E501
START = "mutation R($q: String!) { bulkOperationRunQuery(query: $q) { bulkOperation { id } userErrors { message } } }"
READ = "query Q($id: ID!) { bulkOperation(id: $id) { status objectCount fileSize } }"


class App:
    """An app with all scopes that asks the engine."""

    def __init__(self) -> None:
        self.sandbox = Sandbox()
        self.store = self.sandbox.store(DEMO)
        self.scopes = frozenset([*self.sandbox.app.scopes, "read_all_orders"])

    def ask(self, text: str, **variables: Any) -> Any:
        now = self.sandbox.clock.now()
        answer = self.sandbox.engine.execute(self.store, text, variables, scopes=self.scopes, now=now)
        if "errors" in answer:
            raise RuntimeError(answer["errors"])
        return answer["data"]

    def start(self) -> str:
        return str(self.ask(START, q=BULK)["bulkOperationRunQuery"]["bulkOperation"]["id"])


def main() -> int:
    app = App()
    app.ask(PAGE)

    began, after, lines = time.process_time(), None, 0
    while True:
        page = app.ask(PAGE, after=after)["orders"]
        lines += sum(1 + len(edge["node"]["lineItems"]["edges"]) for edge in page["edges"])
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    paged = time.process_time() - began

    began, wall, longest = time.process_time(), time.perf_counter(), 0.0
    gid = app.start()
    app.sandbox.bulk.settle(120)
    bulk, alone = time.process_time() - began, time.perf_counter() - wall
    done = app.ask(READ, id=gid)["bulkOperation"]
    if (done["status"], done["objectCount"]) != ("COMPLETED", str(lines)):
        raise RuntimeError(f"{done} instead of {lines} objects")

    gid, requests = app.start(), 0
    while app.ask(READ, id=gid)["bulkOperation"]["status"] in ("CREATED", "RUNNING"):
        asked = time.perf_counter()
        app.ask("{ shop { name } }")
        longest, requests = max(longest, time.perf_counter() - asked), requests + 1
        time.sleep(0.002)

    tracemalloc.start()
    app.start()
    app.sandbox.bulk.settle(300)
    held = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    size = int(done["fileSize"])
    rows = [
        ("work beside the pages", bulk / paged, 2.0, f"{bulk:.2f} s to {paged:.2f} s of processor time"),
        (
            "longest wait of a request",
            longest / alone,
            0.1,
            f"{longest * 1000:.0f} ms of {alone:.2f} s, {requests} requests",
        ),
        ("memory beside the result", held / size, 1.0, f"{held / 2**20:.1f} MiB to {size / 2**20:.1f} MiB"),
    ]
    print(f"{lines} objects of 5,000 orders")
    for name, ratio, goal, note in rows:
        print(f"{name:28} {ratio:6.2f}  goal {goal:4.2f}  {'ok' if ratio <= goal else 'MISSED':6}  {note}")
    app.sandbox.close()
    return int(any(ratio > goal for _, ratio, goal, _ in rows))


if __name__ == "__main__":
    sys.exit(main())
