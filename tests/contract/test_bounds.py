"""Everything that an action takes has an end: numbers, texts, lists; and what has a form says it in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from atom_shopify_plugin.actions.inputs import Inputs
from atom_shopify_plugin.actions.validation import FORMATS, HIGHEST, not_null
from atom_shopify_plugin.catalog.loading import packaged
from atom_shopify_plugin.catalog.model import Action, Catalog
from atom_shopify_plugin.errors import InvalidInput

ACTIONS = list(packaged().actions)
INT = 2**31 - 1  # GraphQL's Int; ids are numbers of 64 bits
NULL = {"type": "null"}
# What the walk below understands; another keyword may hold schemas that it would not see.
KEYWORDS = {
    "type", "properties", "required", "additionalProperties", "minProperties", "items", "minItems", "maxItems",
    "uniqueItems", "minLength", "maxLength", "minimum", "maximum", "pattern", "format", "enum", "const", "default",
    "anyOf", "oneOf", "not", "dependentRequired", "description", "x-says", "search", "replaces", "x-scopes",
    "maxProperties", "x-json", "x-kind",
}  # fmt: skip


# The lines of an import are what its mutation takes, as many as one call of Shopify's carries out.
# Lists that may be longer than 250: shopify.dev, "Input array limits"; the prices are sent in several calls.
LONG = {
    ("bulk_import", "/variables"): 10_000,
    ("price_update", "/prices"): 5000,
    ("product_upsert", "/variants"): 2048,
}
OPEN = {("bulk_import", "/variables/0")}


def parts(schema: Mapping[str, Any], at: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield (pointer, schema) for a schema and all below it."""
    assert set(schema) <= KEYWORDS, f"{at}: {sorted(set(schema) - KEYWORDS)}"
    inner = not_null(schema)
    if inner is not schema:
        yield from parts(inner, at)
        return
    for rule in ("anyOf", "oneOf"):
        assert all(set(branch) == {"required"} for branch in schema.get(rule, ())), at
    yield at, schema
    for name, member in schema.get("properties", {}).items():
        yield from parts(member, f"{at}/{name}")
    if "items" in schema:
        yield from parts(schema["items"], f"{at}/0")


def types(schema: Mapping[str, Any]) -> set[str]:
    declared = schema.get("type", ())
    return {declared} if isinstance(declared, str) else set(declared)


@pytest.mark.parametrize("key", ACTIONS)
def test_every_number_text_and_list_has_its_bounds(key: str, catalog: Catalog) -> None:
    for at, schema in parts(catalog.actions[key].input):
        kinds = types(schema)
        if "x-json" in schema:  # any JSON: its end is the length of what is written
            assert 0 < schema["x-json"] <= 512_000, at
            continue
        assert kinds or "enum" in schema or "const" in schema, at
        if kinds & {"integer", "number"}:
            is_id = str(schema.get("format", "")).startswith("gid:") or "x-kind" in schema
            widest = HIGHEST if is_id else INT
            assert -widest <= schema["minimum"] <= schema["maximum"] <= widest, at
        if "string" in kinds and "enum" not in schema:
            assert 0 < schema["maxLength"] <= 512_000, at
        if "array" in kinds:
            assert 0 < schema["maxItems"] <= LONG.get((key, at), 250), at
            assert "items" in schema, at
        if "object" in kinds:
            # One that is open holds what Shopify's own schema checks.
            is_open = (key, at) in OPEN or 0 < schema.get("maxProperties", 0) <= 100
            assert is_open or schema["additionalProperties"] is False, at


@pytest.mark.parametrize("key", ACTIONS)
def test_every_pattern_says_in_words_what_it_asks_for(key: str, catalog: Catalog) -> None:
    for at, schema in parts(catalog.actions[key].input):
        assert ("pattern" in schema) == ("x-says" in schema), at
        if "pattern" in schema:
            assert "$" not in schema["pattern"][:-1], f"{at}: `$` means the very end, and stands there"
            assert not set("^$\\*[") & set(schema["x-says"]), at
        kind = schema.get("format", "gid:")
        assert kind in FORMATS or kind.startswith("gid:"), f"{at}: nobody checks the format {kind}"


def placed(at: str, value: Any) -> dict[str, Any]:
    """Return an input that holds `value` at a pointer."""
    for step in reversed(at.split("/")[1:]):
        value = [value] if step == "0" else {step: value}
    found: dict[str, Any] = value
    return found


@pytest.mark.parametrize("key", ACTIONS)
def test_a_number_beyond_its_bounds_is_a_fault_at_its_place(key: str, catalog: Catalog) -> None:
    action = catalog.actions[key]
    for at, schema in parts(action.input):
        if not types(schema) & {"integer", "number"}:
            continue
        above, below = schema["maximum"] + 1, schema["minimum"] - 1
        for number in (
            above,
            below,
            2**63,
            -(2**63) - 1,
            10**30,
            -(10**30),
            10**5000,
            float("inf"),
            float("nan"),
            1e300,
        ):
            with pytest.raises(InvalidInput) as refused:
                Inputs().check(action, placed(at, number))
            assert at in {fault.pointer for fault in refused.value.faults}, number


def faults_at(action: Action, at: str, value: Any) -> list[str]:
    try:
        Inputs().check(action, placed(at, value))
    except InvalidInput as refusal:
        return [fault.message for fault in refusal.faults if fault.pointer == at]
    return []


@pytest.mark.parametrize("key", ACTIONS)
def test_a_text_in_no_form_is_refused_in_words(key: str, catalog: Catalog) -> None:
    action = catalog.actions[key]
    for at, schema in parts(action.input):
        if "pattern" not in schema and "format" not in schema:
            continue
        refusals = [text for text in ("", "§", " \n", "x" * 200) if (told := faults_at(action, at, text))]
        for text in refusals:
            told = faults_at(action, at, text)
            assert len(told) == 1, (at, text, told)
            assert not {"^", "\\", "[", "$"} & set(told[0]), told
        assert "" in refusals, at
        assert " \n" in refusals, at


@pytest.mark.parametrize("key", ACTIONS)
def test_an_empty_text_where_null_clears_says_so(key: str, catalog: Catalog) -> None:
    action = catalog.actions[key]
    for name, schema in action.properties.items():
        inner = not_null(schema)
        strict = {"pattern", "format", "enum"} & set(inner) or inner.get("minLength", 0) > 0
        if not strict or (inner is schema and "null" not in types(schema)) or "string" not in types(inner):
            continue
        with pytest.raises(InvalidInput) as refused:
            Inputs().check(action, {name: ""})
        told = [fault.message for fault in refused.value.faults if fault.pointer == f"/{name}"]
        assert told == ["It must not be empty. Send null to clear it."], name
