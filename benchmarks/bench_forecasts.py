"""Forecasts and recommendations as they are asked for: from the copied rows of a store with 100,000 orders, in SQLite.

Goals: the demand for 1,000 variants, read and forecast, in 60 s of processor time on one core; what is bought together
with a product, and reminders, from the latest 20,000 orders in 5 s. Times are processor time. `bench_forecast` measures
how good forecasts are, `bench_recommend` how good recommendations are.

    python benchmarks/bench_forecasts.py [orders]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench_analytics import made

from atom_shopify_plugin.analytics import outlook, suggestions
from atom_shopify_plugin.analytics.view import View
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.storage import Storage

VARIANTS, HORIZON = 1_000, 28
Question = tuple[str, float, Callable[[View], Any]]


def demand(view: View) -> None:
    answer = outlook.of_variants(view, {"horizon": HORIZON, "first": VARIANTS})
    made_ = [row for row in answer["items"] if row["forecast"] is not None]
    assert len(made_) == VARIANTS, f"{len(made_)} of {VARIANTS} have a forecast"


QUESTIONS: list[Question] = [
    ("sales of a store", 1.0, lambda view: outlook.of_store(view, {"horizon": HORIZON, "measure": "sales"})),
    (f"demand for {VARIANTS:,} variants", 60.0, demand),
    (
        "bought together with a product", 5.0,
        lambda view: suggestions.together(view, {"product_id": "gid://shopify/Product/7", "first": 5}),
    ),
    ("reminders of all customers", 5.0, lambda view: suggestions.reorders(view, 7, lambda _: True)),
]  # fmt: skip


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        environ = {"SHOPIFY_API_KEY": "k", "SHOPIFY_API_SECRET": "s", "ATOM_SHOPIFY_DATA_DIR": str(Path(folder))}
        storage = Storage(Settings.from_environ(environ))
        storage.upgrade()
        store = made(storage, count)
        for name, most, question in QUESTIONS:
            started = time.process_time()
            with storage.read() as session:
                question(View.of(storage, store, session))
            seconds = time.process_time() - started
            missed += seconds > most
            print(f"{name:36} {seconds:6.2f} s  {'MISSED' if seconds > most else 'met'}  (≤ {most:g} s)")
        storage.close()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
