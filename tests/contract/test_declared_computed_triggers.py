"""What a computed trigger declares: an existing rule, topics of Shopify, parameters with bounds, and a true sample."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from official import ROOT, Official

from atom_shopify_plugin.catalog.loading import packaged
from atom_shopify_plugin.catalog.model import Computed, Trigger
from atom_shopify_plugin.events.rules import RULES
from atom_shopify_plugin.events.shapes import shaped
from atom_shopify_plugin.shopify.topics import TOPICS

CATALOG = packaged()
COMPUTED = sorted(CATALOG.computed)


def computed(key: str) -> tuple[Trigger, Computed]:
    trigger = CATALOG.computed[key]
    assert trigger.computed is not None
    return trigger, trigger.computed


def test_every_rule_is_declared_and_every_declared_rule_exists() -> None:
    assert {computed(key)[1].rule for key in COMPUTED} == set(RULES)


@pytest.mark.parametrize("key", COMPUTED)
def test_it_is_fed_by_topics_that_its_scopes_open(key: str, official: Official) -> None:
    trigger, made = computed(key)
    assert set(made.feeds) <= official.topics.keys()
    scopes = {scope for group in trigger.scopes for scope in group}
    assert all(not TOPICS[topic].scopes or TOPICS[topic].scopes & scopes for topic in made.feeds)


@pytest.mark.parametrize("key", COMPUTED)
def test_every_parameter_has_bounds_and_a_default_within_them(key: str) -> None:
    _, made = computed(key)
    Draft202012Validator.check_schema(made.parameters)
    assert Draft202012Validator(made.parameters).is_valid(made.defaults)
    for schema in made.parameters.get("properties", {}).values():
        assert schema["description"]
        assert {"enum", "maxLength"} & schema.keys() or {"minimum", "maximum"} <= schema.keys()
    assert made.parameters["additionalProperties"] is False


@pytest.mark.parametrize("key", COMPUTED)
def test_the_sample_is_what_an_event_carries(key: str) -> None:
    trigger, made = computed(key)
    for sample in trigger.samples:
        seen = shaped(trigger, CATALOG.schemas, sample)
        Draft202012Validator(trigger.payload).validate(seen)
        assert Draft202012Validator(made.parameters).is_valid(seen["parameters"])
        assert shaped(trigger, CATALOG.schemas, seen) == seen


@pytest.mark.parametrize("key", COMPUTED)
def test_the_guide_explains_it(key: str) -> None:
    guide = Path(ROOT, "docs", "triggers.md").read_text("utf-8")
    (row,) = (line for line in guide.splitlines() if line.startswith(f"| `{key}` |"))
    assert all(f"`{name}`" in row for name in computed(key)[1].defaults)
