"""Counting: the number of what the list would give, by the same filters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from atom_shopify_plugin.actions.run import Outcome
from atom_shopify_plugin.catalog.loading import packaged
from atom_shopify_plugin.errors import InvalidInput

Run = Callable[..., Any]


@pytest.mark.parametrize(
    ("noun", "filters"),
    [
        ("product", {}),
        ("product", {"status": "active"}),
        ("product", {"status": "active,draft", "query": "mug"}),
        ("order", {}),
        ("order", {"financial_status": ["paid", "pending"]}),
        ("order", {"sku": "MUG-BLUE"}),
        ("customer", {}),
        ("customer", {"created_at_min": "2020-01-01"}),
        ("customer", {"created_at_min": "2999-01-01"}),
    ],
)
def test_a_count_is_the_length_of_the_list(
    outcome: Callable[..., Outcome], run: Run, noun: str, filters: dict[str, Any]
) -> None:
    found = outcome(f"{noun}_search", limit=250, **filters)
    assert found.page is not None
    assert found.page["has_more"] is False
    assert run(f"{noun}_count", **filters) == {"count": len(found.data["items"]), "precision": "EXACT"}


@pytest.mark.parametrize("noun", ["product", "order", "customer"])
def test_a_count_takes_filters_of_the_list_and_no_pages(noun: str) -> None:
    search, count = (packaged().actions[f"{noun}_{verb}"].properties for verb in ("search", "count"))
    count = {name: schema for name, schema in count.items() if "search" in schema}
    said = {name: {key: part for key, part in search[name].items() if key != "search"} for name in count}
    assert {
        name: {key: part for key, part in schema.items() if key != "search"} for name, schema in count.items()
    } == said
    if noun != "customer":  # Shopify's customersCount searches by id and moments alone
        assert set(count) == {name for name, schema in search.items() if "search" in schema}


def test_what_shopify_does_not_count_by_is_refused(run: Run) -> None:
    with pytest.raises(InvalidInput):
        run("customer_count", email="ada@example.com")
