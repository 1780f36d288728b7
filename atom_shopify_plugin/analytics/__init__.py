"""Knowing the store: what is computed from its sales, its stock and its customers.

The calculations are pure functions over plain values: they read no table, no clock and no network. `docs/metrics.md`
defines each figure.
"""
