"""Whatever a search says: it is answered, and its connectives mean sets."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from atom_shopify_plugin.sandbox import seed
from atom_shopify_plugin.sandbox.engine import GraphQLEngine
from atom_shopify_plugin.sandbox.search_tables import searched_fields
from atom_shopify_plugin.sandbox.store import StoreState

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SCOPES = frozenset(
    {"read_products", "read_orders", "read_all_orders", "read_customers", "read_inventory", "read_locations"}
)
LISTS = ("products", "productVariants", "orders", "customers", "collections", "inventoryItems", "locations")
OPERATORS = (":", ":>", ":>=", ":<", ":<=")
VALUES = [
    "*", "mug", "atelier", "12", "0", "7.5", "5..20", "..", "true", "false", "now", "2026", "2026-11", "2026-11-01",
    "1e9", "2026-10-21T23:39:20Z", "2026-10-01..2026-11-01", "vip,gift", "10kg", "GERMANY", "example.com", "#1001",
    "100", "open",
]  # fmt: skip


@cache
def store() -> StoreState:
    return seed.build("demo.myshopify.com", "small", now=NOW)


def answer(listed: str, query: str) -> dict[str, Any]:
    text = f"query Q($q: String) {{ {listed}(first: 250, query: $q) {{ nodes {{ id }} }} }}"
    return GraphQLEngine().execute(store(), text, {"q": query}, scopes=SCOPES, now=NOW)


def found(listed: str, query: str) -> frozenset[str] | None:
    """Return the ids that a search finds, None where it needs what is not modelled."""
    reply = answer(listed, query)
    if "errors" in reply:
        assert [error["extensions"]["code"] for error in reply["errors"]] == ["NOT_MODELLED"]
        return None
    return frozenset(node["id"] for node in reply["data"][listed]["nodes"])


def quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


@st.composite
def terms(draw: st.DrawFn, listed: str) -> str:
    """Draw a term of a name that the list knows, mostly with a value that fits."""
    names = sorted(searched_fields()[f"QueryRoot.{listed}"].names.values(), key=lambda name: name.name)
    name = draw(st.sampled_from(names))
    field = name.name.replace("{namespace}", "custom").replace("{key}", "size")
    value = draw(st.sampled_from([*VALUES, *name.values]) | st.text(max_size=8))
    written = draw(st.sampled_from([quoted(value), value])) if value and value.isalnum() else quoted(value)
    if name.name == "default":
        return written
    return field + draw(st.sampled_from(OPERATORS)) + written


@st.composite
def two_terms(draw: st.DrawFn) -> tuple[str, str, str]:
    listed = draw(st.sampled_from(LISTS))
    return listed, draw(terms(listed)), draw(terms(listed))


@given(st.sampled_from(LISTS), st.text(st.characters(codec="utf-8")))
def test_any_text_is_answered(listed: str, text: str) -> None:
    found(listed, text)


@given(st.sampled_from(LISTS), st.text(st.sampled_from("ab1* :()-\"'\\<>=.,ORANDT\t")))
def test_any_mix_of_signs_is_answered(listed: str, text: str) -> None:
    found(listed, text)


@given(st.sampled_from(LISTS).flatmap(lambda listed: st.tuples(st.just(listed), terms(listed))), st.text())
def test_any_value_is_answered(drawn: tuple[str, str], value: str) -> None:
    listed, term = drawn
    found(listed, f"{term.partition(':')[0]}:{value}")
    found(listed, f"{term.partition(':')[0]}:>{quoted(value)}")


@given(two_terms())
def test_a_term_and_its_opposite_share_the_rows(drawn: tuple[str, str, str]) -> None:
    listed, term, _ = drawn
    everything, with_it, without = found(listed, ""), found(listed, term), found(listed, f"NOT {term}")
    assert found(listed, f"-{term}") == without
    assert (with_it is None) == (without is None)
    if with_it is not None and without is not None:
        assert with_it | without == everything
        assert not with_it & without


@given(two_terms())
def test_and_is_the_intersection_and_or_the_union(drawn: tuple[str, str, str]) -> None:
    listed, first, second = drawn
    one, two = found(listed, first), found(listed, second)
    both, either = found(listed, f"{first} AND {second}"), found(listed, f"({first} OR {second})")
    assert found(listed, f"{first} {second}") == both
    if one is None or two is None:
        assert both is None
        assert either is None
    else:
        assert both == one & two
        assert either == one | two
