"""What is found wrong with a definition before it runs: members that can't be there, and parameters that don't fit."""

from __future__ import annotations

import json
import time

import pytest
from flow_house import House

from atom_shopify_plugin.plugin import ShopifyPlugin


@pytest.fixture(scope="module")
def ada(tmp_path_factory):
    folder = tmp_path_factory.mktemp("host")
    house = House(
        folder,
        [("shopify", ShopifyPlugin())],
        ATOM_SHOPIFY_DATA_DIR=str(folder),
        ATOM_HOST_SHORTEST_INTERVAL="60",
        ATOM_SHOPIFY_WORKER_THREADS="0",
        ATOM_HOST_WORKFLOW_THREADS="0",
        ATOM_HOST_OUTGOING='{"targets": {"default": {"type": "webhook", "url": "https://hooks.example/tell"}}}',
    )
    yield house.client()
    house.host.close()


def acting(action, parameters, step_id="s", **members):
    step = {"id": step_id, "type": "service_action", "service": "shopify", "action": action, "parameters": parameters}
    return {**step, **members}


PAID = {"key": "order_paid"}


def validated(ada, *steps, trigger=PAID, **members):
    definition = {"steps": list(steps) or [acting("store_get", {})], **members}
    if trigger:
        definition["trigger"] = trigger
    return ada.ask("POST", "/validate", json={"definition": definition})


def found(told):
    return [(fault["pointer"], fault["message"]) for fault in told["faults"]]


LOOKUPS = [
    ("trigger.totl_price.shop_money.amount >= 5", "`trigger` has no `totl_price`; did you mean total_price"),
    ("trigger.total_price >= 5", "`trigger.total_price` is an object and no number; `trigger.total_price.shop_money.amount` is an amount"),  # noqa: E501
    ("trigger.total_price.shop_money.amont | number > 5", "`trigger.total_price.shop_money` has no `amont`; did you mean amount"),  # noqa: E501
    ("trigger.tags > 3", "`trigger.tags` is a list and no number"),
    ("trigger.tags.vip", "`trigger.tags` is a list: `trigger.tags[0].vip` would be a member of its first one"),
    ("trigger.name.first == 'a'", "`trigger.name` is a text and has no member 'first'"),
    ("trigger.line_items.nodes | map(attribute='quantty') | sum > 1", "`trigger.line_items.nodes[0]` has no `quantty`; did you mean quantity"),  # noqa: E501
    ("trigger.line_items.nodes[0].quantty > 1", "`trigger.line_items.nodes[0]` has no `quantty`; did you mean qua"),
    ("(trigger.line_items.nodes | first).quantty > 1", "has no `quantty`; did you mean quantity"),
    ("variables.limt > 3", "`variables` has no `limt`; did you mean limit"),
    ("variables.limit.much > 3", "`variables.limit` is a number and has no member 'much'"),
    ("run.idd == ''", "`run` has no `idd`; did you mean id"),
    ("event.shopp == ''", "`event` has no `shopp`; did you mean shop"),
    ("trigger.totl_price | default(0) > 3", "`trigger` has no `totl_price`; did you mean total_price"),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "message"), LOOKUPS)
def test_a_member_that_cannot_be_there_is_a_fault(ada, condition, message):
    told = validated(ada, conditions=[condition], variables={"limit": 3})
    ((pointer, said),) = found(told)
    assert pointer == "/conditions/0"
    assert message in said
    assert told["valid"] is False


@pytest.mark.parametrize(
    "condition",
    [
        "trigger.total_price.shop_money.amount >= variables.limit",
        "trigger.line_items.nodes | selectattr('sku', 'eq', 'MUG') | map(attribute='quantity') | sum >= 2",
        "trigger.customer is not none and trigger.customer.tags | length > 1",
        "(trigger.customer.email or 'none') != 'none'",
        "trigger['currency'] in ['EUR', 'USD'] and trigger.tags[0] == 'vip'",
        "trigger.created_at < '2027-01-01' and trigger.current_total_price.shop_money.amount - 1 > 0",
    ],
)
def test_what_may_be_there_is_no_fault(ada, condition):
    told = validated(ada, conditions=[condition], variables={"limit": 3})
    assert (found(told), told["warnings"]) == ([], [])


def test_a_member_that_a_payload_is_not_known_to_have_is_a_warning(ada):
    told = validated(ada, conditions=["trigger.referring_site == 'x'"])
    assert told["valid"] is True
    (warning,) = told["warnings"]
    assert warning["pointer"] == "/conditions/0"
    assert warning["message"].startswith("`trigger` is not known to have `referring_site`")
    assert ada.ask("POST", "/definitions", json={"steps": [acting("store_get", {})], "trigger": {"key": "order_paid"},
                   "conditions": ["trigger.referring_site == 'x'"]})["warnings"] == [warning]  # fmt: skip


def test_nothing_is_known_of_what_a_person_hands_over(ada):
    assert validated(ada, conditions=["trigger.whatever.it > input.may.be"], trigger=None)["valid"] is True


def test_what_an_earlier_step_answers_is_known(ada):
    read = acting("order_get", {"id": "{{ trigger.id }}"}, "order")
    pause = {"id": "pause", "type": "delay", "delay_seconds": 1}
    told = validated(ada, read, pause, acting("tag_add", {"id": "{{ order.idd }}", "tags": ["{{ pause.waited }}"]}))
    assert found(told) == [
        ("/steps/2/parameters/id", "`order` has no `idd`; did you mean id?"),
        ("/steps/2/parameters/tags/0", "`pause` has no `waited`; did you mean waited_seconds?"),
    ]
    later = acting("tag_add", {"id": "{{ steps.ordr.id }}", "tags": ["a"]})
    assert found(validated(ada, read, later)) == [
        ("/steps/1/parameters/id", "`steps` has no `ordr`; did you mean order?")
    ]


def test_the_answer_of_a_step_in_several_stores_is_not_judged(ada):
    read = acting("store_get", {}, "store", shop="all")
    told = validated(ada, read, {"id": "go", "type": "condition", "condition": "store.stores[0].ok"})
    assert told["valid"] is True


PARAMETERS = [
    ("tag_add", {"id": "gid://shopify/Order/1"}, "/parameters", "needs tags"),
    ("tag_add", {"id": "{{ trigger.id }}", "tags": ["a"], "tag": "b"}, "/parameters/tag", "the action has no such parameter; did you mean tags?"),  # noqa: E501
    ("tag_add", {"id": "{{ trigger.id }}", "tags": {"a": 1}}, "/parameters/tags", "must be a list"),
    ("tag_add", {"id": "{{ trigger.tags }}", "tags": ["a"]}, "/parameters/id", "must be text, and what it reads is a list"),  # noqa: E501
    ("tag_add", {"id": "order 5", "tags": ["a"]}, "/parameters/id", "'order 5' does not have the format that the action accepts"),  # noqa: E501
    ("product_update", {"id": "{{ trigger.id }}", "status": "SOLD"}, "/parameters/status", "must be one of ACTIVE"),
]  # fmt: skip


LIBERAL = [
    ("order_update", {"id": "#1001", "tags": "vip, new"}),
    ("order_search", {"financial_status": "paid, Partially paid", "limit": "5", "reverse": "true"}),
    ("order_search", {"fulfillment_status": ["on hold", "SHIPPED"], "customer_id": "ada@example.com"}),
    ("variant_update", {"id": "MUG-BLUE", "price": "15,00"}),
    ("inventory_adjust", {"sku": "MUG-BLUE", "delta": "-3"}),
    ("order_create", {"line_items": {"sku": "MUG-BLUE"}, "currency": "eur"}),
]


@pytest.mark.parametrize(("action", "parameters"), LIBERAL)
def test_what_a_run_would_read_is_no_fault(ada, action, parameters):
    assert found(validated(ada, acting(action, parameters))) == []


@pytest.mark.parametrize(
    ("action", "parameters", "pointer"),
    [
        ("order_update", {"id": "#1001", "tags": 5.5, "note": ["x"]}, "/note"),
        ("order_search", {"financial_status": "paid, payed"}, "/financial_status"),
        ("order_search", {"limit": "ten"}, "/limit"),
        ("order_search", {"reverse": "perhaps"}, "/reverse"),
        ("order_get", {"id": "gid://shopify/Product/1"}, "/id"),
        ("variant_update", {"id": "MUG-BLUE", "price": "cheap"}, "/price"),
        ("order_create", {"line_items": {"sku": "MUG-BLUE"}, "currency": "euro"}, "/currency"),
    ],
)
def test_what_nobody_can_read_stays_a_fault(ada, action, parameters, pointer):
    assert f"/steps/0/parameters{pointer}" in [place for place, _ in found(validated(ada, acting(action, parameters)))]


@pytest.mark.parametrize(("action", "parameters", "pointer", "message"), PARAMETERS)
def test_parameters_are_compared_with_the_input_of_their_action(ada, action, parameters, pointer, message):
    told = validated(ada, acting(action, parameters))
    ((place, said),) = found(told)
    assert place == f"/steps/0{pointer}"
    assert message in said


def test_numbers_and_texts_that_a_run_converts_are_no_faults(ada):
    step = acting("variant_update", {"id": "{{ input.id }}", "price": 15, "compare_at_price": "{{ input.price * 2 }}"})
    assert validated(ada, step)["valid"] is True


def test_a_definition_with_such_a_fault_is_not_stored(ada):
    definition = {"id": "w", "trigger": {"key": "order_paid"}, "conditions": ["trigger.totl_price"], "steps": [
        acting("store_get", {})]}  # fmt: skip
    ada.ask("POST", "/definitions", 400, json=definition)
    ada.ask("GET", "/definitions/w", 404)


def test_a_variable_of_a_template_keeps_its_type(ada):
    body = {"template": "shopify-big-order", "variables": {"limit": "lots"}}
    faults = ada.ask("POST", "/definitions", 400, json=body)["faults"]
    assert [fault["pointer"] for fault in faults] == ["/variables/limit"]
    assert "variables/limit must be a number, as in the template" in faults[0]["message"]
    made = ada.ask("POST", "/definitions", json={**body, "variables": {"limit": 5, "tag": 2026}})
    assert made["workflow"]["variables"]["tag"] == "2026"


def test_a_schedule_says_when_it_comes_first(ada):
    before = time.time()
    told = validated(ada, trigger={"cron": "0 9 * * *", "timezone": "Europe/Berlin"})
    assert before < told["next_at"] <= time.time() + 25 * 3600
    assert found(validated(ada, trigger={"every": 20}))[0][0] == "/trigger/every"


def test_every_template_is_without_faults(ada):
    for template in ada.ask("GET", "/templates")["templates"]:
        definition = {name: value for name, value in template.items() if name != "plugin"}
        told = ada.ask("POST", "/validate", json={"definition": definition})
        assert (found(told), told["warnings"]) == ([], []), json.dumps(template)


def test_a_dry_run_takes_the_sample_of_its_trigger(ada):
    step = {"id": "go", "type": "condition", "condition": "trigger.total_price.shop_money.amount >= 36"}
    body = {"definition": {"trigger": PAID, "steps": [step]}, "sample": True}
    (told,) = ada.ask("POST", "/dry-run", json=body)["steps"]
    assert told["would"] == "go_on"
    assert "sample" in ada.ask("POST", "/dry-run", 400, json={**body, "trigger_data": {}})["message"]
    ada.ask("POST", "/dry-run", 400, json={**body, "sample": "yes"})
    by_hand = {"definition": {"steps": [step]}, "sample": True}
    assert "There is no sample event" in ada.ask("POST", "/dry-run", 404, json=by_hand)["message"]


@pytest.mark.parametrize(
    "schema", [{"type": 5}, {"anyOf": 5}, {"properties": []}, {"type": "object", "properties": "abc"}, {"items": 3}]
)
def test_an_input_schema_that_is_none_is_a_fault(ada, schema):
    told = validated(ada, trigger=None, input_schema=schema, conditions=["input.a.b > 1", "input | sum > 1"])
    ((pointer, message),) = found(told)
    assert pointer.startswith("/input_schema")
    assert message == "is not a JSON Schema"


def test_an_input_schema_is_looked_up(ada):
    schema = {"type": "object", "properties": {"limit": {"type": "number"}}, "additionalProperties": False}
    told = validated(ada, trigger=None, input_schema=schema, conditions=["input.limt > 1"])
    assert found(told) == [("/conditions/0", "`input` has no `limt`; did you mean limit?")]


def test_only_so_much_is_told(ada):
    texts = [f"{{{{ trigger.x{number} }}}}" for number in range(2_000)]
    told = validated(ada, acting("tag_add", {"id": "{{ trigger.id }}", "tags": texts}))
    assert 100 <= len(told["warnings"]) <= 102
