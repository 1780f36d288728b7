"""Sums over copied stock: equal to plain Python's, and the same on each database."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from storage_helpers import grant

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.storage import Storage

MOMENT = "2026-11-30 08:00:00.000000"
units = st.none() | st.integers(-5, 40)
# A level: item, location, on hand, available, whether it is active.
levels = st.lists(
    st.tuples(st.integers(1, 4), st.integers(1, 3), units, units, st.booleans()),
    max_size=12,
    unique_by=lambda level: level[:2],
)
costs = st.lists(st.none() | st.integers(0, 10**12), min_size=4, max_size=4)
flags = st.lists(st.booleans(), min_size=7, max_size=7)


def test_stock_sums_are_those_of_plain_python(storage: Storage, ada: Principal) -> None:
    store = storage.installations.grant(grant(), ada)

    @settings(max_examples=12)
    @given(levels, costs, flags)
    def check(levels: list[Any], costs: list[int | None], flags: list[bool]) -> None:
        tracked, active = flags[:4], flags[4:]
        storage.mirrors.drop(store.id)
        with storage.begin() as session:
            mirror = storage.mirrors.lock(session, store)
            number, put = mirror.number, storage.catalogue.put
            put(session, "locations", [(number, at, f"L{at}", "DE", int(active[at - 1]), 1, 1) for at in (1, 2, 3)])
            put(
                session,
                "products",
                [(number, at, "h", f"P{at}", "v", "t", "ACTIVE", MOMENT, MOMENT, None, 1, "{}") for at in (1, 2)],
            )
            put(
                session,
                "variants",
                [
                    (number, at, (at + 1) // 2, "t", None, None, 1, None, costs[at - 1], at, int(tracked[at - 1]),
                     MOMENT, MOMENT, 1, "{}")
                    for at in (1, 2, 3, 4)
                ],
            )  # fmt: skip
            put(
                session,
                "stock",
                [
                    (number, item, place, available, on_hand, 1, None, None, None, None, None, int(on), MOMENT, 1)
                    for item, place, on_hand, available, on in levels
                ],
            )
        counted = [one for one in levels if one[4] and tracked[one[0] - 1] and active[one[1] - 1]]
        with storage.read() as session:
            sums = storage.stock_sums
            total = sums.total(session, mirror)
            by_location = {one.name: one for one in sums.by_location(session, mirror, 10)}
            by_product = sums.by_product(session, mirror, 10)
            variants = sums.variants(session, mirror)

        def value(rows: list[Any]) -> Decimal:
            parts = sum(max(on_hand or 0, 0) * (costs[item - 1] or 0) for item, _, on_hand, _, _ in rows)
            return Decimal(parts) / 10_000

        assert total.value == value(counted)
        assert total.without_cost == sum(max(one[2] or 0, 0) for one in counted if costs[one[0] - 1] is None)
        assert (total.units["on_hand"], total.units["available"], total.units["committed"]) == (
            sum(one[2] or 0 for one in counted),
            sum(one[3] or 0 for one in counted),
            len(counted),
        )
        assert {name: one.value for name, one in by_location.items()} == {
            f"L{place}": value([one for one in counted if one[1] == place]) for place in {one[1] for one in counted}
        }
        wanted = {
            f"P{product}": value([one for one in counted if (one[0] + 1) // 2 == product])
            for product in {(one[0] + 1) // 2 for one in counted}
        }
        assert [(one.name, one.value) for one in by_product] == sorted(
            wanted.items(), key=lambda pair: (-pair[1], pair[0])
        )
        left: dict[int, int] = {}
        for item, _, _, available, _ in counted:
            left[item] = left.get(item, 0) + (available or 0)
        assert variants == (len(left), sum(rest <= 0 for rest in left.values()))

    check()
