"""A store is copied into tables: whole, by bulk or page by page, and counted."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from stockshop import StockShop

from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.storage import Store
from atom_shopify_plugin.sync import mirror


@pytest.mark.parametrize("mode", ["bulk", "paged", "auto"])
def test_a_store_is_copied_whole(
    runtime: Runtime, sandbox: Sandbox, shop: StockShop, store: Store, work: Callable[[], None], mode: str
) -> None:
    mirror.ask(runtime.services, store, mode=mode)
    for _ in range(20):
        work()
        for job in runtime.storage.jobs.list(kind=mirror.KIND, states=["pending"], limit=250):
            assert runtime.storage.jobs.discard(job.id)
            assert runtime.storage.jobs.replay(job.id)
    for s in mirror.states(runtime.services, store):
        print(s.stream, s.state, s.lines_done, s.roots_done, s.lines_expected, s.error, s.orphans)
    st = sandbox.store("demo.myshopify.com")
    for t, k in (("products", "Product"), ("variants", "ProductVariant"), ("locations", "Location"), ("stock", "InventoryLevel")):
        print(t, len(runtime.storage.catalogue.rows(store.id, t)), len(st.all(k)))
    print("END")
