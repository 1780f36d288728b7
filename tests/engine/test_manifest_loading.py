"""What the loader accepts, and how it refuses the rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from atom_shopify_plugin.catalog.loading import ManifestError, load
from atom_shopify_plugin.errors import NotFound

SERVICE = {
    "id": "weather",
    "name": "Weather",
    "version": "1",
    "api_version": "2026-10",
    "type": "integration",
    "description": "Tells the weather.",
    "capabilities": ["forecast"],
}
ACTION: dict[str, Any] = {
    "key": "city_get",
    "aliases": ["get_city"],
    "title": "Get a city",
    "description": "Returns a city.",
    "effect": "read",
    "operation": "CityGet",
    "scopes": ["read_cities", ["read_world", "read_all"]],
    "rest": "GET /cities/{id}",
    "input": {"properties": {"id": {"$ref": "common.json#/$defs/city_id"}}},
    "output": {"$ref": "common.json#/$defs/city"},
}
COMMON = {
    "$defs": {
        "city_id": {"type": "integer", "minimum": 1},
        "city": {"type": "object", "properties": {"id": {"$ref": "#/$defs/city_id"}}},
    }
}


def write(root: Path, *, domain: dict[str, Any] | None = None, common: dict[str, Any] | None = None) -> Path:
    (root / "service.json").write_text(json.dumps(SERVICE))
    (root / "common.json").write_text(json.dumps(common or COMMON))
    told = {"domain": "cities", "title": "Cities", "about": "A city has people."}
    (root / "cities.json").write_text(json.dumps({**told, **(domain or {"actions": [ACTION]})}))
    return root


def test_an_action_is_found_by_key_and_alias_with_its_references_in_place(tmp_path: Path) -> None:
    catalog = load(write(tmp_path))
    action = catalog.action("get_city")
    assert action is catalog.action("city_get")
    assert action.input["properties"]["id"] == {"type": "integer", "minimum": 1}
    assert action.output["properties"]["id"]["minimum"] == 1
    assert action.scopes == (("read_cities",), ("read_world", "read_all"))
    assert action.rest == ("GET", "/cities/{id}")


def test_an_unknown_action_is_answered_with_the_nearest_names(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="city_get"):
        load(write(tmp_path)).action("city_gat")


def test_the_service_card_lists_every_name(tmp_path: Path) -> None:
    card = load(write(tmp_path)).card({})
    assert [action["key"] for action in card["workflow_actions"]] == ["city_get", "get_city"]
    assert card["capabilities"] == ["forecast"]


def test_a_domain_has_a_title_and_says_what_it_is_about(tmp_path: Path) -> None:
    domain = load(write(tmp_path)).domains["cities"]
    assert (domain.name, domain.title, domain.about) == ("cities", "Cities", "A city has people.")


def changed(**members: Any) -> dict[str, Any]:
    entry = {**ACTION, **members}
    return {"actions": [{name: value for name, value in entry.items() if value is not None}]}


@pytest.mark.parametrize(
    ("domain", "pointer"),
    [
        (changed(effekt="read"), "/actions/0/effekt"),
        (changed(effect="harmless"), "/actions/0/effect"),
        (changed(key="City-Get"), "/actions/0/key"),
        (changed(title=None), "/actions/0/title"),
        (changed(operation=None), "/actions/0"),
        (changed(handler="cities.get"), "/actions/0"),
        (changed(operation=None, handler="cities.get"), "/actions/0/operations"),
        (changed(operation=None, handler="get", operations=["CityGet"]), "/actions/0/handler"),
        (changed(scopes="read_cities"), "/actions/0/scopes"),
        (changed(scopes=[[]]), "/actions/0/scopes"),
        (changed(rest="FETCH /cities"), "/actions/0/rest"),
        (changed(input={"type": "object"}), "/actions/0/input"),
        (changed(output={"$ref": "common.json#/$defs/town"}), "/actions/0/output/$ref"),
        (changed(verify={"read": "town_get"}), "/actions/0/verify/read"),
        (changed(verify={"read": "city_get", "absent": "yes"}), "/actions/0/verify/absent"),
        (changed(undo="city_put"), "/actions/0/undo"),
        (changed(examples={"id": 1}), "/actions/0/examples"),
        ({"domain": "towns", "actions": []}, "/domain"),
        ({"title": ""}, "/title"),
        ({"about": None}, "/about"),
        ({"actions": [ACTION, ACTION]}, "/actions/1/key"),
        ({"commands": [{"key": "c", "title": "", "says": ["c"]}]}, "/commands/0/title"),
        ({"commands": [{"key": "c", "title": "C", "says": []}]}, "/commands/0/says"),
        ({"triggers": [{"key": "t", "title": "T", "description": "T"}]}, "/triggers/0/topic"),
        ({"actions": [3]}, "/actions/0"),
        ({"things": []}, "/things"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_file_and_pointer(tmp_path: Path, domain: dict[str, Any], pointer: str) -> None:
    with pytest.raises(ManifestError) as refused:
        load(write(tmp_path, domain=domain))
    assert refused.value.details["file"] == "cities.json"
    assert refused.value.details["pointer"] == pointer


def test_a_definition_that_refers_to_itself_is_refused(tmp_path: Path) -> None:
    circle = {"$defs": {"city_id": {"$ref": "#/$defs/city"}, "city": {"items": {"$ref": "#/$defs/city_id"}}}}
    catalog = load(write(tmp_path, common=circle))
    with pytest.raises(ManifestError, match="refers to itself"):
        _ = catalog.action("city_get").output


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"domain": "cities"', '{"domain": "cities", "actions": [1], "actions": []}']
)
def test_a_file_that_is_not_a_json_object_with_distinct_members_is_refused(tmp_path: Path, content: str) -> None:
    write(tmp_path)
    (tmp_path / "cities.json").write_text(content)
    with pytest.raises(ManifestError) as refused:
        load(tmp_path)
    assert refused.value.details["file"] == "cities.json"


def test_a_missing_service_card_is_refused(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "service.json").unlink()
    with pytest.raises(ManifestError, match=r"service\.json"):
        load(tmp_path)


# Inputs that several actions take

PAGED = {
    **ACTION,
    "input": {"takes": ["limit", "name", "cursor"], "properties": {"size": {"type": "integer"}}},
}
INPUTS = {"name": {"type": "string"}, "limit": {"type": "integer"}, "cursor": {"type": "string"}}


def test_an_action_takes_shared_inputs_and_pages_come_last(tmp_path: Path) -> None:
    catalog = load(write(tmp_path, domain={"actions": [PAGED]}, common={**COMMON, "inputs": INPUTS}))
    action = catalog.action("city_get")
    assert list(action.input["properties"]) == ["name", "size", "limit", "cursor", "fields"]
    assert "takes" not in action.input
    assert action.is_search


def test_an_input_of_the_file_goes_before_the_one_of_all_files(tmp_path: Path) -> None:
    domain = {"inputs": {"name": {"type": "string", "maxLength": 9}}, "actions": [PAGED]}
    catalog = load(write(tmp_path, domain=domain, common={**COMMON, "inputs": INPUTS}))
    assert catalog.action("city_get").input["properties"]["name"]["maxLength"] == 9


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"takes": ["colour"]}, "colour is no shared input"),
        ({"takes": ["name"], "properties": {"name": {"type": "string"}}}, "name is taken and declared"),
        ({"takes": "name"}, "must be a list of texts"),
    ],
)
def test_what_is_taken_is_declared_once(tmp_path: Path, given: dict[str, Any], problem: str) -> None:
    domain = {"inputs": INPUTS, "actions": [{**ACTION, "input": given}]}
    with pytest.raises(ManifestError, match=problem):
        load(write(tmp_path, domain=domain))


def test_an_object_takes_the_declared_members_unless_it_says_otherwise(tmp_path: Path) -> None:
    size: dict[str, Any] = {"type": "object", "properties": {"area": {"type": "object", "properties": {}}}}
    more = {**size, "additionalProperties": {"type": "string"}}
    properties = {"size": size, "more": more, "properties": {"type": "string"}}
    action = {**ACTION, "input": {"properties": properties}}
    found = load(write(tmp_path, domain={"actions": [action]})).action("city_get").input["properties"]
    assert found["size"]["additionalProperties"] is False
    assert found["size"]["properties"]["area"]["additionalProperties"] is False
    assert found["more"]["additionalProperties"] == {"type": "string"}
    assert found["properties"] == {"type": "string"}


def test_an_id_has_the_type_and_bounds_of_ids_unless_it_says_otherwise(tmp_path: Path) -> None:
    properties = {"id": {"format": "gid:City"}, "whole_id": {"type": "string", "format": "gid:City"}}
    domain = {
        "inputs": {"town_id": {"format": "gid:Town"}},
        "actions": [{**ACTION, "input": {"properties": properties}}],
    }
    domain["actions"][0]["input"]["takes"] = ["town_id"]
    found = load(write(tmp_path, domain=domain)).action("city_get").input["properties"]
    bounds = {"type": ["integer", "string"], "minimum": 1, "maximum": 2**63 - 1, "maxLength": 300}
    assert found["id"] == {"format": "gid:City", **bounds}
    assert found["town_id"] == {"format": "gid:Town", **bounds}
    assert found["whole_id"] == {"type": "string", "format": "gid:City"}


def test_a_type_follows_from_the_keywords_beside_it(tmp_path: Path) -> None:
    size = {"properties": {"unit": {"maxLength": 9}, "count": {"minimum": 1}}}
    listed = {"items": {"anyOf": [{"pattern": "a"}, {"type": "null"}]}}
    odd = {"type": ["string", "null"], "maxLength": 9, "not": {"pattern": "x"}}
    action = {**ACTION, "input": {"properties": {"size": size, "listed": listed, "odd": odd}}}
    found = load(write(tmp_path, domain={"actions": [action]})).action("city_get").input["properties"]
    unit, count = {"maxLength": 9, "type": "string"}, {"minimum": 1}
    assert found["size"] == {
        "type": "object",
        "additionalProperties": False,
        "properties": {"unit": unit, "count": count},
    }
    assert found["listed"] == {
        "type": "array",
        "items": {"anyOf": [{"pattern": "a", "type": "string"}, {"type": "null"}]},
    }
    assert found["odd"] == {"type": ["string", "null"], "maxLength": 9, "not": {"pattern": "x"}}


def test_a_moment_is_a_text_of_limited_length(tmp_path: Path) -> None:
    action = {**ACTION, "input": {"properties": {"since": {"format": "date-time"}}}}
    found = load(write(tmp_path, domain={"actions": [action]})).action("city_get").input["properties"]
    assert found["since"] == {"format": "date-time", "type": "string", "maxLength": 40}


def test_what_is_answered_has_all_its_members_unless_it_says_otherwise(tmp_path: Path) -> None:
    part = {"type": "object", "properties": {"name": {"type": "string"}}}
    whole = {"type": "object", "properties": {"part": part, "more": {**part, "required": []}}}
    action = {**ACTION, "input": {"properties": {"part": part}}, "output": whole}
    found = load(write(tmp_path, domain={"actions": [action]})).action("city_get")
    assert found.output["required"] == ["part", "more"]
    assert found.output["properties"]["part"]["required"] == ["name"]
    assert found.output["properties"]["more"]["required"] == []
    assert "required" not in found.input["properties"]["part"]


# What a trigger need not say

TRIGGER = {"key": "city_changed", "title": "T", "description": "D", "scopes": []}


def test_a_trigger_about_a_thing_of_a_known_shape_needs_no_payload_and_no_sample(tmp_path: Path) -> None:
    trigger = {**TRIGGER, "topic": "orders/create", "samples": [{"name": "#1", "extra": True}]}
    later = {**TRIGGER, "key": "city_gone", "like": "city_changed", "topic": "orders/paid", "samples": [{"name": "#2"}]}
    catalog = load(write(tmp_path, domain={"triggers": [trigger, later]}))
    found = catalog.triggers["city_changed"]
    assert found.payload == {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
    (sample,) = found.samples
    assert (sample["name"], sample["extra"], sample["id"]) == ("#1", True, 1)
    assert sample["customer"]["email"] == "ada@example.com"
    (sample,) = catalog.triggers["city_gone"].samples
    assert (sample["name"], sample["extra"]) == ("#2", True)


def test_a_trigger_about_something_else_has_the_ids_that_it_requires(tmp_path: Path) -> None:
    trigger = {
        **TRIGGER,
        "topic": "orders/risk_assessment_changed",
        "payload": {"required": ["order_id", "level"], "properties": {"level": {"type": "integer"}}},
        "samples": [{"order_id": 1, "level": 2}],
    }
    found = load(write(tmp_path, domain={"triggers": [trigger]})).triggers["city_changed"]
    assert found.payload["properties"] == {"order_id": {"type": "string"}, "level": {"type": "integer"}}
    assert found.samples == ({"order_id": 1, "level": 2},)


def test_the_sample_of_a_deletion_is_the_id(tmp_path: Path) -> None:
    trigger = {**TRIGGER, "topic": "orders/delete"}
    assert load(write(tmp_path, domain={"triggers": [trigger]})).triggers["city_changed"].samples == ({"id": 1},)
