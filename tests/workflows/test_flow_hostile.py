"""One person's definitions, expressions and payloads keep nobody else's runs waiting."""

from __future__ import annotations

import json
import resource
import time
import uuid

import pytest
from flow_house import eventually, step
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SOON = 15  # seconds; what was attacked took minutes, or for ever


@pytest.fixture
def house(open_house, ledger):
    """A host whose limits on sizes leave the evaluator to its own."""
    return open_house([("ledger", ledger)], ATOM_HOST_MAX_INPUT_KB="256", ATOM_HOST_MAX_WORKFLOW_KB="256")


@pytest.fixture
def mallory(house, ledger):
    ledger.people = ("ada", "mallory")
    return house.client("mallory")


def store_as_it_is(house, person, workflow_id, **members):
    """Store what is refused today: a definition of an earlier version."""
    person.create(step("s"), id=workflow_id, **{key: members[key] for key in ("trigger",) if key in members})
    config = json.dumps({"id": workflow_id, "steps": [step("s")], **members})
    house.host.store.run("UPDATE host_workflows SET config = ? WHERE id = ?", (config, workflow_id))


FATAL = {
    "an infinite number": "1e999 > 0",
    "a name that there is not": "nobody > 0",
    "an unknown filter": "trigger | nothing",
    "a division": "1 / 0",
    "a filter that is none": "trigger | select('nothing') | list",
    "half a character": "'\\ud800' == 'x'",
    "no text": None,
    "deep": "(" * 1900 + "1" + ")" * 1900,
}


def test_a_condition_that_cannot_be_evaluated_fails_its_own_runs_alone(house, ada, mallory, ledger):
    for at, condition in enumerate(FATAL.values()):
        store_as_it_is(house, mallory, f"event-{at}", trigger={"key": "paid"}, conditions=[condition])
        store_as_it_is(house, mallory, f"tick-{at}", trigger={"every": 3600}, conditions=[condition])
    ada.create(step("s", "write", by="event"), id="event", trigger={"key": "paid"}, conditions=["trigger.n == 1"])
    ada.create(step("s", "write", by="tick"), id="tick", trigger={"every": 3600})
    house.host.store.run("UPDATE host_workflows SET next_at = 1 WHERE next_at IS NOT NULL")
    ledger.emit({"n": 1}, "e1")
    eventually(lambda: {line["by"] for line in ledger.effects()} == {"event", "tick"}, SOON)
    failed = mallory.settled(2 * len(FATAL))
    assert sorted(run["workflow_id"] for run in failed) == sorted(
        f"{kind}-{at}" for kind in ("event", "tick") for at in range(len(FATAL))
    )
    assert all(run["state"] == "failed" and run["error"]["message"].startswith("condition 1: ") for run in failed)


def test_what_cannot_be_compiled_is_refused_with_its_place(ada):
    for condition in FATAL.values():
        if condition not in (None, "1 / 0"):
            body = {"id": "w", "steps": [step("s")], "conditions": ["true", condition]}
            (fault,) = ada.ask("POST", "/definitions", 400, json=body)["faults"]
            assert fault["pointer"] == "/conditions/1"


def test_a_stored_definition_that_cannot_be_read_fails_its_own_runs_alone(house, ada, mallory, ledger):
    for at, config in enumerate(("{}", "[]", "{", '{"steps": [{}]}', "[" * 100_000)):
        mallory.create(step("s"), id=f"bad-{at}", trigger={"key": "paid"})
        mallory.create(step("s"), id=f"late-{at}", trigger={"every": 1})
        house.host.store.run(
            "UPDATE host_workflows SET config = ? WHERE id IN (?, ?)", (config, f"bad-{at}", f"late-{at}")
        )
    ada.create(step("s", "write", by="event"), id="event", trigger={"key": "paid"})
    ada.create(step("s", "write", by="tick"), id="tick", trigger={"every": 1})
    ledger.emit({}, "e1")
    eventually(lambda: {line["by"] for line in ledger.effects()} == {"event", "tick"}, SOON)
    sql = "SELECT count(*) FROM host_runs WHERE subject = 'mallory' AND state = 'failed'"
    eventually(lambda: house.host.store.run(sql)[0][0] == 10, SOON)
    assert house.host.store.run("SELECT count(*) FROM host_workflows WHERE next_at IS NOT NULL") == [(1,)]
    failed = [run for run in mallory.runs("?limit=250") if run["state"] == "failed"]
    assert {mallory.run(run["id"])["error"]["code"] for run in failed} <= {"DEFINITION_ERROR", "SCHEDULE_ERROR"}
    assert len(mallory.ask("GET", "/definitions")["workflows"]) == 10


def test_a_definition_that_takes_long_to_read_is_refused_at_once(ada):
    dense = "{{ " + "1+" * 38 + "1 }}"
    body = {"id": "w", "steps": [step("s", texts=[dense] * 2_500)]}
    begun = time.monotonic()
    (fault,) = ada.ask("POST", "/definitions", 400, json=body)["faults"]
    assert fault["pointer"] == "/"
    assert "50000 characters" in fault["message"]
    assert time.monotonic() - begun < SOON
    ada.create(step("s", texts=["no expression" * 10] * 1_500))


PAYLOADS = {"half a pair": {"x": "\ud800"}, "infinite": {"x": float("inf")}, "deep": None, "long": {"x": 10**5000},
            "no JSON": {"x": object()}}  # fmt: skip


@pytest.mark.parametrize("kind", PAYLOADS)
def test_a_payload_that_cannot_be_kept_makes_a_run_that_says_so(ada, ledger, kind):
    payload = PAYLOADS[kind]
    if kind == "deep":
        payload = {}
        for _ in range(5_000):
            payload = {"x": payload}
    ada.create(step("s", "write", n=1), trigger={"key": "paid"})
    ledger.emit(payload, "e1")
    (run,) = ada.settled()
    if kind == "half a pair":
        assert run["state"] == "completed"
        return
    assert (run["state"], run["error"]["code"]) == ("failed", "DATA_ERROR")
    assert "no longer kept" in ada.ask("POST", f"/runs/{run['id']}/retry", 409)["message"]
    ledger.emit({}, "e2")
    assert ada.settled(2)[0]["state"] == "completed"


BIG = {"big": "x" * 80_000, "list": list(range(15_000)), "texts": ["y"] * 10_000}
GREEDY = [
    "input.list | join(input.big)",
    "input.list | select('in', input.list) | list",
    "input.texts | map('replace', 'y', input.big) | list",
    "input.big | replace('x', input.big)",
    "input.big | replace('', input.big)",
    "input.list | map('string') | map('join', input.big) | list",
    "[input.big, input.big, input.big] | join | split('') | map('replace', '', input.big) | list",
    "input.list | rejectattr('a' , 'in', input.list) | list",
    "input.list | map('tojson') | map('select', 'in', input.list) | list",
    "[input.list, input.list, input.list, input.list] | map('map', 'string') | list",
    "[input, input, input, input] | tojson | tojson | tojson",
    " + ".join(["input.list"] * 20),
    "[input.list] * 1000000",
    "999999999999999999999999 * 999999999999999999999999",
    "input.list | sum * 99999999999999999999 * 99999999999999999999",
    "('1' ~ input.big) | int",
    "0.00000000000001 / 999999999999999999999999 / 999999999999999999999999 | round(99)",
]
MODEST = [
    "input.texts | unique | list == input.texts | sort",
    "input.big[::-1] == input.big and [input, input] == [input, input]",
    "[input.list, input.list] | map('sum') | list",
]


@pytest.mark.slow
def test_what_asks_for_too_much_is_given_up_in_time_and_memory(ada):
    ada.create(step("s", value="{{ input.big }}"), id="warm")
    ada.execute("warm", input=BIG)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for expression in (*GREEDY, *MODEST):
        ada.create(step("s", value="{{ " + expression + " }}"))
        begun = time.monotonic()
        answer = ada.execute(input=BIG)
        assert time.monotonic() - begun < SOON, expression
        assert answer["status"] == ("completed" if expression in MODEST else "failed"), (expression, answer["errors"])
        assert all(error.startswith("value: ") and len(error) < 500 for error in answer["errors"])
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < 150, f"{grown:.0f} MiB more than before"


def test_a_value_of_bounded_size_is_given(ada, ledger):
    ada.create(step("s", "write", value="{{ (input.texts | join('')) ~ '!' }}"))
    assert ada.execute(input=BIG)["status"] == "completed"
    assert len(ledger.effects()[0]["value"]) == 10_001


def test_long_work_of_one_person_lets_another_person_in(open_house, ledger):
    house = open_house([("ledger", ledger)], ATOM_HOST_WORKFLOW_THREADS="1")
    ada, mallory = house.client("ada"), house.client("mallory")
    busy = "input.list | map('abs') | map('string') | list | length > 0"
    mallory.create(*(step(f"s{at}", of="condition", condition=busy) for at in range(100)))
    for _ in range(8):
        mallory.execute(wait=0, input={"list": [1] * 5_000})
    ada.create(step("s", "write", n=1), id="hers")
    eventually(lambda: any(run["state"] == "running" for run in mallory.runs()))
    begun = time.monotonic()
    assert ada.execute("hers")["status"] == "completed"
    waited = time.monotonic() - begun
    left = [run for run in mallory.runs() if run["finished_at"] is None]
    assert len(left) >= 6, f"it waited {waited:.1f} s, and what it should have overtaken has ended"
    for run in left:
        mallory.ask("POST", f"/runs/{run['id']}/cancel", (200, 409))  # one may have ended just now


def test_many_schedules_that_are_due_together_are_all_kept(house, ada, ledger):
    ada.create(step("s", "write", n=1), trigger={"every": 3600})
    sql = (
        "INSERT INTO host_workflows (id, tenant, subject, service_id, config, created_at, updated_at, version,"
        " runnable, next_at)"
        " SELECT ?, tenant, subject, service_id, config, created_at, updated_at, version, runnable, next_at"
        " FROM host_workflows LIMIT 1"
    )
    for _ in range(250):
        house.host.store.run(sql, (str(uuid.uuid4()),))
    house.host.store.run("UPDATE host_workflows SET next_at = 1")
    eventually(lambda: len(ledger.effects()) == 251, 60)
    assert house.host.store.run("SELECT count(*) FROM host_workflows WHERE next_at < ?", (time.time(),)) == [(0,)]


names = st.sampled_from(
    ["trigger", "trigger.n", "trigger.list", "trigger.text", "variables", "run.id", "event", "input", "nobody"]
)
values = st.sampled_from(["1", "0", "-1", "2.5", "1e999", "1e24", "'x'", "'12,90'", "'9'", "none", "true", "[]", "{}",
                          "'\\ud800'", "9" * 30])  # fmt: skip
filters = st.sampled_from(
    ["abs", "first", "float", "int", "join(trigger.text)", "last", "length", "list", "lower", "map('string')", "max",
     "map(attribute='n')", "min", "money('EUR')", "nothing", "number", "replace('', trigger.text)", "round(9)", "sort",
     "select('in', trigger.list)", "split('')", "sum", "title", "tojson", "trim", "unique", "upper"]
)  # fmt: skip
expressions = st.recursive(
    names | values,
    lambda inner: (
        st.tuples(inner, filters).map(" | ".join)
        | st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "//", "%", "~", "==", "<", "in", "and", "or"]), inner)
        .map(lambda parts: f"({' '.join(parts)})")
        | st.lists(inner, min_size=1, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.tuples(inner, inner).map(lambda pair: f"{pair[0]}[{pair[1]}]")
        | st.tuples(inner, inner, inner).map(lambda three: f"({three[0]} if {three[1]} else {three[2]})")
        | st.text(max_size=30)
    ),
    max_leaves=12,
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(expressions, min_size=1, max_size=8))
def test_hostile_definitions_beside_a_victims_workflow(ada, mallory, ledger, texts):
    """What is accepted runs beside the victim's workflow; what is refused says where."""
    number = uuid.uuid4().hex
    ada.create(step("s", "write", n="{{ trigger.number }}"), id="victim", trigger={"key": "paid"})
    for at, text in enumerate(texts):
        body = {"id": f"hostile-{at}", "trigger": {"key": "paid"}, "conditions": [text],
                "steps": [step("s", value="{{ " + text + " }}", when=text)]}  # fmt: skip
        answer = mallory.client.post("/api/workflows/definitions", json=body)
        assert answer.status_code in (200, 400)
        if answer.status_code == 400:
            pointers = {fault["pointer"] or "body" for fault in answer.json["error"]["details"]["faults"]}
            assert pointers
    ledger.emit({"number": number, "n": "1.50", "list": list(range(2_000)), "text": "z" * 5_000}, number)
    eventually(lambda: {"n": number} in ledger.effects(), SOON)
