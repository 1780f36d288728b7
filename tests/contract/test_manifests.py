"""The manifests: well formed, complete, and nothing in them that nothing uses."""

from __future__ import annotations

import copy
import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema_specifications import REGISTRY
from official import ROOT, Official
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

import atom_shopify_plugin
from atom_shopify_plugin.actions.inputs import Inputs
from atom_shopify_plugin.actions.validation import not_null
from atom_shopify_plugin.catalog.loading import ManifestError, load, packaged
from atom_shopify_plugin.catalog.model import Catalog, Command
from atom_shopify_plugin.chat.fill import filled
from atom_shopify_plugin.errors import InvalidInput
from atom_shopify_plugin.events.shapes import shaped
from atom_shopify_plugin.openapi import build
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.shopify.topics import COMPLIANCE

MANIFESTS = ROOT / "manifests"
META = sorted(path.name for path in (MANIFESTS / "schema").glob("*.json"))
ACTIONS = list(packaged().actions)
TRIGGERS = list(packaged().triggers)
COMMANDS = list(packaged().commands)
EXAMPLES = [(key, n) for key, action in packaged().actions.items() for n in range(len(action.examples))]
ANTI_EXAMPLES = [(key, n) for key, action in packaged().actions.items() for n in range(len(action.anti_examples))]


def read(name: str) -> Any:
    return json.loads((MANIFESTS / name).read_bytes())


@pytest.fixture(scope="module")
def meta() -> Callable[[str], Draft202012Validator]:
    resources = [(name, Resource(read(f"schema/{name}"), DRAFT202012)) for name in META]
    registry: Registry[Any] = REGISTRY.with_resources(resources)
    return lambda name: Draft202012Validator({"$ref": name}, registry=registry)


# Form


@pytest.mark.parametrize("name", META)
def test_a_meta_schema_is_a_json_schema(name: str) -> None:
    Draft202012Validator.check_schema(read(f"schema/{name}"))


def test_the_service_card_fits_its_meta_schema(meta: Callable[[str], Draft202012Validator]) -> None:
    assert [error.message for error in meta("service.schema.json").iter_errors(read("service.json"))] == []


def test_the_service_card_names_the_version_of_the_package() -> None:
    assert read("service.json")["version"] == atom_shopify_plugin.__version__


def test_every_domain_fits_its_meta_schema(
    meta: Callable[[str], Draft202012Validator], manifests: Mapping[str, Any]
) -> None:
    for name, content in manifests.items():
        faults = [f"{error.json_path}: {error.message}" for error in meta("domain.schema.json").iter_errors(content)]
        assert faults == [], name


@pytest.mark.parametrize(
    "name", ["common.json", *sorted(f"generated/{path.name}" for path in MANIFESTS.glob("generated/*.json"))]
)
def test_every_definition_is_a_json_schema(name: str) -> None:
    for definition in read(name).get("$defs", {}).values():
        Draft202012Validator.check_schema(definition)


def _without(path: str, member: str) -> Callable[[Any], None]:
    return lambda content: _at(content, path).pop(member)


def _with(path: str, member: str, value: Any) -> Callable[[Any], None]:
    return lambda content: _at(content, path).update({member: value})


def _at(content: Any, path: str) -> Any:
    for part in filter(None, path.split("/")):
        content = content[int(part)] if isinstance(content, list) else content[part]
    return content


@pytest.mark.parametrize(
    "spoil",
    [
        _with("actions/0", "colour", "red"),
        _without("actions/0", "title"),
        _with("actions/0", "key", "ProductSearch"),
        _with("actions/0", "effect", "harmless"),
        _with("actions/0", "handler", "products.search"),
        _without("actions/0", "operation"),
        _without("actions/1", "operations"),
        _with("actions/1", "handler", "os.path.join"),
        _with("actions/0", "scopes", [[]]),
        _with("actions/0", "rest", "FETCH /products"),
        _with("actions/0/input", "additionalProperties", False),
        _with("actions/0/input", "type", "object"),
        _with("actions/0/input", "takes", "query"),
        _with("", "inputs", ["query"]),
        _with("triggers/0", "like", 7),
        _with("actions/2/verify", "see", "product_get"),
        _with("actions/2/verify", "absent", False),
        _with("actions/2/verify", "reads_as", {"title": 7}),
        _with("actions/2", "undo", "product_delete"),
        _with("actions/2/undo", "input", {"id": "there.id"}),
        _with("actions/2/undo", "by", {"id": "after.id"}),
        _without("triggers/0", "topic"),
        _with("triggers/0", "payload", "anything"),
        _with("commands/0", "says", []),
        _with("commands/0", "action", 7),
        _with("", "domain", "Products"),
    ],
)
def test_what_the_meta_schemas_refuse_the_loader_refuses(
    spoil: Callable[[Any], None], meta: Callable[[str], Draft202012Validator], tmp_path: Path
) -> None:
    content = copy.deepcopy(read("products.json"))
    spoil(content)
    assert not meta("domain.schema.json").is_valid(content)
    shutil.copytree(MANIFESTS, tmp_path, dirs_exist_ok=True)
    (tmp_path / "products.json").write_text(json.dumps(content))
    with pytest.raises(ManifestError, match=r"products\.json"):
        load(tmp_path)


# Names


def test_the_names_that_atom_uses_are_there(catalog: Catalog) -> None:
    for name in ("create_product", "update_order", "search_customers", "get_orders"):
        assert catalog.action(name)
    for name in ("order_created", "product_updated", "customer_created", "inventory_changed"):
        assert catalog.trigger(name)
    phrases = {phrase for command in catalog.commands.values() for phrase in command.says}
    assert {"use shopify", "access shopify", "list products", "check orders"} <= phrases


def test_the_routes_that_are_promised_are_there(catalog: Catalog) -> None:
    routes = {" ".join(action.rest) for action in catalog.actions.values() if action.rest is not None}
    for noun in ("products", "orders", "customers"):
        assert {f"GET /{noun}", f"POST /{noun}", f"GET /{noun}/{{id}}", f"PUT /{noun}/{{id}}"} <= routes
    assert "DELETE /products/{id}" in routes


def test_no_route_belongs_to_two_actions(catalog: Catalog) -> None:
    routes = [re.sub(r"\{\w+\}", "{}", " ".join(action.rest)) for action in catalog.actions.values() if action.rest]
    assert sorted(routes) == sorted(set(routes))


@pytest.mark.parametrize("key", ACTIONS)
def test_a_route_takes_its_names_from_the_input_and_a_method_that_fits_the_effect(key: str, catalog: Catalog) -> None:
    action = catalog.actions[key]
    assert action.rest is not None
    method, path = action.rest
    assert set(re.findall(r"\{(\w+)\}", path)) <= set(action.properties)
    # A read is posted where its input does not fit into an address.
    nested = any(schema.get("type") in ("array", "object") for schema in action.properties.values())
    assert (
        method in ("GET", "POST")
        if action.effect == "read" and nested
        else (method == "GET") == (action.effect == "read")
    )


@pytest.mark.parametrize("key", ACTIONS)
def test_what_stands_in_a_path_can_be_said_without_a_slash(key: str, catalog: Catalog) -> None:
    action = catalog.actions[key]
    assert action.rest is not None
    for name in re.findall(r"\{(\w+)\}", action.rest[1]):
        allowed = Draft202012Validator(action.properties[name]).is_valid
        assert any(allowed(text) for text in ("1", "mug", "a-b_c.d", *action.properties[name].get("enum", ()))), name


@pytest.mark.parametrize("key", ACTIONS)
def test_what_destroys_can_not_be_undone_and_what_undoes_takes_what_it_is_given(key: str, catalog: Catalog) -> None:
    action = catalog.actions[key]
    if action.undo is None:
        return
    back = catalog.actions[action.undo.action]
    assert (action.effect, back.effect != "read") == ("write", True)
    roots = {"input": action.input, "after": action.output}
    if action.verify is not None:
        roots["before"] = catalog.actions[action.verify.read].output
        for member, path in action.undo.former.items():
            assert member in action.properties
            assert stands_at(roots["before"], path), path
    sources = (
        (member, path)
        for member, source in (action.undo.input or {}).items()
        for path in ((source,) if isinstance(source, str) else source)
    )
    for member, source in sources:
        assert member in back.properties
        root, _, path = source.removeprefix("-").removesuffix("?").partition(".")
        assert stands_at(roots[root], path), source


def stands_at(schema: Any, path: str) -> bool:
    """Tell whether a schema declares something at a path with dots."""
    for step in path.split("."):
        inner = not_null(schema)
        schema = inner.get("items") if step.isdecimal() or step == "*" else inner.get("properties", {}).get(step)
        if schema is None:
            return False
    return True


@pytest.mark.parametrize("key", ACTIONS)
def test_a_proof_compares_what_both_sides_have(key: str, catalog: Catalog) -> None:
    action = catalog.actions[key]
    verify = action.verify
    if verify is None:
        assert action.effect == "read" or action.any_document, "a write is read back"
        return
    read = catalog.actions[verify.read]
    assert read.effect == "read"
    assert set(verify.by) | set(verify.after) <= set(read.properties)
    compared = (verify.reads, verify.told, verify.becomes, verify.holds, verify.lacks, verify.among)
    assert verify.absent or any(compared)
    assert {*verify.holds, *verify.lacks} <= set(action.properties)
    assert [name for name in (*verify.holds, *verify.lacks) if not stands_at(read.output, name)] == []
    assert [path for path in verify.reads.values() if not stands_at(read.output, path)] == []
    assert [path for path in verify.told.values() if not stands_at(read.output, path)] == []
    assert [path for path in (*verify.told, *verify.among) if not stands_at(action.output, path)] == []
    assert [path for path in verify.among.values() if not stands_at(read.output, path)] == []
    assert [path for path in verify.becomes if not stands_at(read.output, path)] == []
    assert set(verify.reads) <= set(action.properties)
    for member, path in verify.after.items():
        assert (member in verify.by and member in action.properties) or stands_at(action.output, path), member


@pytest.mark.parametrize("key", COMMANDS)
def test_a_phrase_asks_for_members_of_the_input(key: str, catalog: Catalog) -> None:
    command = catalog.commands[key]
    if command.action is None:
        return
    action = catalog.actions[command.action]
    for phrase in command.says:
        said = re.findall(r"\{(\w+)\}", phrase)
        slots = {name: _value_of(command.slots[name], action.properties.get(name, {})) for name in said}
        Inputs().check(action, filled(command, slots, {}, _part, None, ""))


def _value_of(kind: str, schema: Mapping[str, Any]) -> Any:
    """Return what the chat may find for a slot of a kind."""
    values: dict[str, Any] = {
        "order": "#1001", "draft": "#D1", "return": "#1001-R1", "sku": {"sku": "MUG-BLUE"}, "product": {"words": "mug"},
        "customer": "ada@example.com", "email": "ada@example.com", "money": {"amount": "5.00", "currency": "EUR"},
        "percent": "10", "quantity": 2, "period": {"since": "2026-10-01", "until": "2026-10-31"},
        "discount": "WELCOME10", "query": "FROM sales SHOW total_sales",
    }  # fmt: skip
    return values.get(kind, schema.get("enum", ["words"])[0])


def _part(kind: str, value: Any, part: str | None) -> Any:
    gid = {"draft": "gid://shopify/DraftOrder/1"}.get(kind, "gid://shopify/Customer/1")
    parts = {"gid": gid, "variant_id": "gid://shopify/ProductVariant/1", "skus": ["MUG-BLUE"]}
    if part is not None:
        return parts[part]
    return {"sku": "MUG-BLUE", "product": "gid://shopify/Product/1"}.get(kind, value)


def _bare(command: Command, phrase: str) -> str:
    """Return a phrase without the names of its slots; a query is told from other values by its first word."""
    return re.sub(r"\{(\w+)\}", lambda slot: "{query}" if command.slots[slot[1]] == "query" else "{}", phrase)


def test_no_phrase_belongs_to_two_commands(catalog: Catalog) -> None:
    phrases = [_bare(command, phrase) for command in catalog.commands.values() for phrase in command.says]
    assert sorted(phrases) == sorted(set(phrases))


@pytest.mark.parametrize("key", ACTIONS)
def test_every_member_of_an_input_says_what_it_is(key: str, catalog: Catalog) -> None:
    assert _undescribed(catalog.actions[key].input, "") == []


def _undescribed(schema: Mapping[str, Any], at: str) -> list[str]:
    found: list[str] = []
    for name, member in schema.get("properties", {}).items():
        if not member.get("description"):
            found.append(f"{at}/{name}")
        below = member["anyOf"][0] if "anyOf" in member and "type" not in member else member
        found += _undescribed(below.get("items", below), f"{at}/{name}")
    return found


# Examples


@pytest.mark.parametrize("key", ACTIONS)
def test_an_action_shows_how_it_is_used_and_how_it_is_not(key: str, catalog: Catalog) -> None:
    action = catalog.actions[key]
    assert action.examples
    assert action.anti_examples


@pytest.mark.parametrize(("key", "n"), EXAMPLES)
def test_an_example_is_accepted(key: str, n: int, catalog: Catalog) -> None:
    action = catalog.actions[key]
    Inputs().check(action, action.examples[n])


@pytest.mark.parametrize(("key", "n"), ANTI_EXAMPLES)
def test_an_anti_example_is_refused(key: str, n: int, catalog: Catalog) -> None:
    action = catalog.actions[key]
    with pytest.raises(InvalidInput) as refusal:
        Inputs().check(action, action.anti_examples[n]["input"])
    assert refusal.value.faults


# Triggers


LISTS = [
    (key, name)
    for key, action in packaged().actions.items()
    if action.effect != "read" and "id" in action.properties
    for name, schema in action.properties.items()
    if any("array" in str(branch.get("type")) for branch in schema.get("anyOf", [schema]))
]


@pytest.mark.parametrize(("key", "name"), LISTS)
def test_a_list_that_changes_a_thing_says_whether_it_replaces_the_whole_list(
    key: str, name: str, catalog: Catalog
) -> None:
    schema = catalog.actions[key].properties[name]
    assert isinstance(schema.get("replaces"), bool), "declare `replaces`: true or false"
    words = "replaces the whole list" if schema["replaces"] else "does not name stays"
    document = build(catalog, Settings.from_environ({}))
    (operation,) = (
        one for path in document["paths"].values() for one in path.values() if one.get("operationId") == key
    )
    told = operation["requestBody"]["content"]["application/json"]["schema"]["properties"][name]["description"]
    assert words in told
    reference = (ROOT / "docs" / "reference" / f"{catalog.actions[key].domain}.md").read_text(encoding="utf-8")
    section = reference.partition(f"## `{key}`\n")[2].partition("\n## ")[0]
    (row,) = (line for line in section.splitlines() if line.startswith((f"| `{name}` ", f"| `{name}`* ")))
    assert words in row


@pytest.mark.parametrize("key", TRIGGERS)
def test_a_trigger_has_a_topic_and_the_scopes_that_shopify_names(
    key: str, catalog: Catalog, official: Official
) -> None:
    trigger = catalog.triggers[key]
    if trigger.topic in COMPLIANCE:
        assert trigger.topic not in official.topics  # the app's configuration subscribes to them
        assert trigger.scopes == ()
        return
    text = official.topics[trigger.topic]
    asked = set(re.findall(r"\b(?:read|write)_[a-z_]+", text.partition("Requires")[2]))
    assert {scope for group in trigger.scopes for scope in group} <= asked
    assert bool(trigger.scopes) == bool(asked)


@pytest.mark.parametrize("key", TRIGGERS)
def test_a_sample_fits_the_payload_and_fires(key: str, catalog: Catalog) -> None:
    trigger = catalog.triggers[key]
    for schema in filter(None, (trigger.payload, trigger.when)):
        Draft202012Validator.check_schema(schema)
        for sample in trigger.samples:
            Draft202012Validator(schema).validate(shaped(trigger, catalog.schemas, sample))
    assert trigger.samples


@pytest.mark.parametrize("name", sorted(path.name for path in MANIFESTS.glob("*.json")))
def test_what_several_actions_of_a_file_take_is_declared_once(name: str) -> None:
    content = read(name)
    written = [
        (member, json.dumps(schema))
        for action in content.get("actions", ())
        for member, schema in action["input"].get("properties", {}).items()
        if member not in content.get("inputs", {})
    ]
    # What fits into a line may stand where it is used.
    assert {member for member, text in written if len(text) > 110 and written.count((member, text)) > 1} == set()


def test_the_columns_of_a_list_are_fields_of_its_items(catalog: Catalog) -> None:
    spoken = {command.action for command in catalog.commands.values()}
    for action in catalog.actions.values():
        assert action.is_search or not action.columns, f"{action.key} is no list"
        assert action.columns or not (action.is_search and action.key in spoken), f"{action.key} needs columns for chat"
        for column in action.columns:
            schema = action.output["properties"]["items"]["items"]
            for name in column.split("."):
                branches = [schema, *schema.get("anyOf", ())]
                schema = next((one["properties"][name] for one in branches if name in one.get("properties", ())), None)
                assert schema is not None, f"{action.key} has no {column}"


def test_an_action_that_is_named_instead_does_without_a_scope(catalog: Catalog) -> None:
    named = [action for action in catalog.actions.values() if action.instead is not None]
    assert named
    for action in named:
        other = catalog.actions[str(action.instead)]
        assert other.effect == action.effect
        assert set(action.scopes) - set(other.scopes), f"{other.key} needs all that {action.key} needs"
