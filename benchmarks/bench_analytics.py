"""Questions about a store with 100,000 and with 1,000,000 orders of three lines, in SQLite.

Goals: at most 5 ms from roll-ups, the larger store no more than twice as slow; at most 300 ms from rows. Times are
medians of processor time in a warm process. The rows are made by SQL: three years of orders, 1,000 products.

    python benchmarks/bench_analytics.py [orders …]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text

from atom_shopify_plugin.analytics import customers, orders, sales
from atom_shopify_plugin.analytics.view import View
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.storage import Grant, Storage, Store

SIZES = (100_000, 1_000_000)
FROM_SUMS, FROM_ROWS, FLAT = 0.005, 0.3, 2.0
ROUNDS = 9
FIRST = date(2023, 11, 1).toordinal()
DAYS = 1_095
AS_OF = datetime(2026, 10, 31, tzinfo=UTC)

ORDERS = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :orders)
INSERT INTO shopify_orders
SELECT :store, i, '#' || i, '2025-01-01', moment, moment, NULL, NULL, day,
  CAST(strftime('%Y', moment) AS INT) * 12 + CAST(strftime('%m', moment) AS INT) - 1,
  0, 1, 1, 'EUR', CASE WHEN i % 5 THEN 'Online Store' ELSE 'Point of Sale' END,
  CASE i % 3 WHEN 0 THEN 'DE' ELSE 'FR' END,
  'PAID', 'FULFILLED', 1 + (i * 7919) % (:orders / 4), NULL, NULL, NULL, 600000, 0, 600000, 600000, moment, NULL,
  3600 + (i * 31) % 400000, NULL, x'00'
FROM (SELECT i, :first + (i * :days) / (:orders + 1) AS day,
  datetime((:first + (i * :days) / (:orders + 1) - 719163) * 86400 + (i * 37) % 80000, 'unixepoch') AS moment FROM n)
"""
LEDGER = """
INSERT INTO shopify_sales
SELECT :store, day, id, place, processed_at, CASE WHEN place < 3 THEN id * 3 + place END,
  CASE WHEN place < 3 THEN 1 + (id * 13 + place * 331) % 1000 END,
  CASE WHEN place < 3 THEN 1 + (id * 13 + place * 331) % 1000 END,
  CASE WHEN place < 3 THEN 200000 ELSE 0 END, 0, CASE WHEN place = 0 AND id % 20 = 0 THEN 200000 ELSE 0 END, 0,
  CASE WHEN place = 3 THEN 100000 ELSE 0 END, place = 3, CASE WHEN place < 3 THEN 1 ELSE 0 END, 0
FROM shopify_orders, (SELECT 0 AS place UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3)
"""
TAGS = "INSERT INTO shopify_order_labels SELECT :store, id, 0, 'gift' FROM shopify_orders WHERE id % 10 = 0"
LINES = """
INSERT INTO shopify_order_lines
SELECT store, order_id, line, product, variant, 'Thing ' || product, '', '', 1, 0, 200000 FROM shopify_sales
WHERE line IS NOT NULL
"""
Question = tuple[str, bool, Callable[[View, dict[str, Any]], Any], dict[str, Any]]
MONTH = {"since": "2026-09-01", "until": "2026-09-30"}
RANKED = {"by": "product", "sort": "net_sales", "order": "highest", "first": 10}
QUESTIONS: list[Question] = [
    ("sales of a month by day, compared", True, sales.over_time, {**MONTH, "group_by": "day", "compare": True}),
    (
        "sales of a year by month, compared", True, sales.over_time,
        {"since": "2025-10-01", "until": "2026-09-30", "group_by": "month", "compare": True},
    ),
    ("products of a month", True, sales.breakdown, {**MONTH, **RANKED}),
    ("channels of a year", True, sales.breakdown,
     {"since": "2025-10-01", "until": "2026-09-30", **RANKED, "by": "channel"}),
    ("products of a year", False, sales.breakdown, {"since": "2025-10-05", "until": "2026-10-04", **RANKED}),
    ("tags of a month", False, sales.breakdown, {**MONTH, **RANKED, "by": "tag"}),
    ("customers of a month, 12 cohorts", False, customers.answer, {**MONTH, "cohorts": 12}),
    ("orders of a month", False, orders.answer, {**MONTH, "late_after_days": 3, "first": 20}),
]  # fmt: skip


def made(storage: Storage, count: int) -> Store:
    """Return a store with so many orders and their roll-ups."""
    shop = ShopDomain("bench.myshopify.com")
    grant = Grant(
        app="bench", shop=shop, shop_id="gid://shopify/Shop/1", name="Bench", currency="EUR", timezone="UTC",
        kind="permanent", scope="read_orders", granted_scopes=frozenset({"read_orders", "read_all_orders"}),
        access=Secret("shpat_bench"), refresh=None, expires_at=None, refresh_expires_at=None,
    )  # fmt: skip
    store = storage.installations.grant(grant, Principal("bench"))
    with storage.begin() as session:
        mirror = storage.mirrors.lock(session, store)
        given = {"store": mirror.number, "orders": count, "first": FIRST, "days": DAYS}
        session.execute(text(ORDERS), given)
        for statement in (LEDGER, LINES, TAGS):
            session.execute(text(statement), {"store": mirror.number})
        started = time.perf_counter()
        storage.mirrored_orders.roll_up(session, mirror)
        print(f"{count:,} orders: roll-ups made in {time.perf_counter() - started:.1f} s")
        storage.sync_runs.ask(session, mirror, ["orders"], "full", "auto", "bench")
        orders_ = storage.sync_runs.find(session, mirror, "orders")
        assert orders_ is not None
        done = {"state": "done", "whole_at": AS_OF, "read_up_to": AS_OF, "earliest": None}
        storage.sync_runs.advance(session, mirror, orders_, **done)
    return store


def asked(storage: Storage, store: Store, question: Question) -> float:
    """Return the median processor time of a question in seconds; SQLite works in this process."""
    times = []
    for _ in range(ROUNDS):
        started = time.process_time()
        with storage.read() as session:
            question[2](View.of(storage, store, session), question[3])
        times.append(time.process_time() - started)
    return statistics.median(times)


def main() -> int:
    sizes = [int(word) for word in sys.argv[1:]] or list(SIZES)
    found: list[list[float]] = []
    for count in sizes:
        with tempfile.TemporaryDirectory() as folder:
            environ = {"SHOPIFY_API_KEY": "k", "SHOPIFY_API_SECRET": "s", "ATOM_SHOPIFY_DATA_DIR": str(Path(folder))}
            storage = Storage(Settings.from_environ(environ))
            storage.upgrade()
            store = made(storage, count)
            found.append([asked(storage, store, question) for question in QUESTIONS])
            storage.close()
    missed = 0
    for (name, from_sums, _, _), *times in zip(QUESTIONS, *found, strict=True):
        most = FROM_SUMS if from_sums else FROM_ROWS
        ratio = times[-1] / times[0]
        bad = times[-1] > most or (from_sums and len(times) > 1 and ratio > FLAT)
        missed += bad
        shown = " ".join(f"{one * 1000:8.2f} ms" for one in times)
        print(f"{name:36} {shown}  × {ratio:4.1f}  {'MISSED' if bad else 'met'}  (≤ {most * 1000:.0f} ms)")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
