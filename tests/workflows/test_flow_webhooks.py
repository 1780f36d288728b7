"""Steps of ATOM's own definitions that leave the host, or compute: `webhook` and `data_transform`."""

from __future__ import annotations

import json

import pytest
from flow_house import eventually, step
from hypothesis import given
from hypothesis import strategies as st
from receiver import Receiver, drip, flood, hang_up

from atom_shopify_plugin.host.workflows.decimals import Bad
from atom_shopify_plugin.host.workflows.expressions import fill_url


def hook(url, step_id="hook", **members):
    return {"id": step_id, "type": "webhook", "url": url, "retry": {"count": 2, "backoff": 0}, **members}


def allowed(receiver, **more):
    return {"webhook_hosts": [receiver.host], "internal_hosts": [receiver.host], **more}


@pytest.fixture
def ada(sending_house, receiver):
    secrets = {
        "erp_key": {"value": "Bearer SECRETKEY1", "hosts": [receiver.host]},
        "other": {"value": "SECRETKEY2", "hosts": ["api.example.com"]},
        "bobs": {"value": "SECRETKEY3", "hosts": [receiver.host], "people": ["bob"]},
    }
    return sending_house(**allowed(receiver, secrets=secrets), timeout_seconds=1).client()


def test_a_step_of_atoms_own_shape_sends_its_body_and_gives_the_answer(ada, receiver, ledger):
    ada.create(
        hook(
            f"{receiver.url}/orders/{{{{ input.id }}}}",
            method="PUT",
            headers={"X-Source": "atom {{ input.n }}", "Authorization": {"secret": "erp_key"}},
            parameters={"body": {"total": "{{ input.n }}", "tags": ["a"]}},
        ),
        step("s", "write", ok="{{ hook.json.ok }}", status="{{ hook.status_code }}", text="{{ hook.response_text }}"),
    )
    run_id = ada.execute(input={"id": "gid://x/1?a=b#c", "n": 3})["execution_id"]
    run = ada.run(run_id)
    assert run["state"] == "completed", run["error"]
    (request,) = receiver.requests
    assert (request.method, request.path) == ("PUT", "/orders/gid%3A%2F%2Fx%2F1%3Fa%3Db%23c")
    assert json.loads(request.body) == {"total": 3, "tags": ["a"]}
    assert request.headers["X-Source"] == "atom 3"
    assert request.headers["Authorization"] == "Bearer SECRETKEY1"
    assert request.headers["Idempotency-Key"] == f"{run_id}:hook"
    assert request.headers["Content-Type"] == "application/json"
    assert ledger.effects() == [{"ok": True, "status": 200, "text": '{"ok": true}'}]
    assert "SECRETKEY" not in json.dumps(run)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://api.example.com/x", "is not among the hosts that the operator allows"),
        ("https://{{ input.host }}/x", "a host in plain text"),
        ("{{ input.url }}", "a host in plain text"),
        ("https://127.0.0.1:1{{ input.port }}/x", "a host in plain text"),
        ("https://ada:secret@127.0.0.1/x", "must be a plain http(s) address"),
        ("ftp://127.0.0.1/x", "a host in plain text"),
        ("https://127.0.0.1\\@evil.example/x", "must be a plain http(s) address"),
        ("https://127.0.0.1/x\r\nHost: evil.example", "must be a plain http(s) address"),
    ],
)
def test_an_address_that_may_not_be_called_is_refused_as_the_workflow_is_stored(ada, url, says):
    faults = ada.ask("POST", "/validate", json={"definition": {"steps": [hook(url)]}})["faults"]
    assert [fault["pointer"] for fault in faults] == ["/steps/0/url"]
    assert says in faults[0]["message"]


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("Authorization", {"secret": "other"}, "is not for 127.0.0.1"),
        ("X-Key", {"secret": "bobs"}, "there is no secret `bobs` for you"),
        ("Authorization", "Bearer in-plain", "let the operator keep it"),
        ("X-Api-Key", "in-plain", "let the operator keep it"),
        ("Host", "evil.example", "sets itself"),
        ("Transfer-Encoding", "chunked", "sets itself"),
        ("X-A\r\nX-B", "1", "is no name of a header"),
        ("X-A", "1\r\nX-B: 2", "must be one line"),
    ],
)
def test_a_header_that_may_not_be_sent_is_refused_as_the_workflow_is_stored(ada, receiver, name, value, says):
    body = {"steps": [hook(f"{receiver.url}/x", headers={name: value})]}
    faults = ada.ask("POST", "/validate", json={"definition": body})["faults"]
    assert len(faults) == 1
    assert says in faults[0]["message"]


def test_a_header_that_a_run_makes_of_its_data_adds_no_other(ada, receiver):
    ada.create(hook(f"{receiver.url}/x", headers={"X-A": "{{ input.a }}"}))
    run = ada.run(ada.execute(input={"a": "1\r\nX-B: 2"})["execution_id"])
    assert "must be one line" in run["error"]["message"]
    assert receiver.requests == []


def test_what_may_have_arrived_is_not_sent_again_by_itself(ada, receiver):
    receiver.answers = [hang_up]
    ada.create(hook(f"{receiver.url}/x"))
    run_id = ada.execute()["execution_id"]
    assert ada.run(run_id)["error"]["code"] == "OUTCOME_UNKNOWN"
    assert len(receiver.requests) == 1
    ada.ask("POST", f"/runs/{run_id}/retry")
    assert eventually(lambda: ada.run(run_id)["finished_at"] and ada.run(run_id))["state"] == "completed"
    assert [one.headers["Idempotency-Key"] for one in receiver.requests] == [f"{run_id}:hook", f"{run_id}:hook:1"]


@pytest.mark.parametrize("members", [{"method": "GET"}, {"method": "PUT"}, {"safe_to_repeat": True}])
def test_what_may_be_repeated_is_sent_again_under_the_same_key(ada, receiver, members):
    receiver.answers = [hang_up, 502]
    ada.create(hook(f"{receiver.url}/x", **members))
    assert ada.run(ada.execute()["execution_id"])["state"] == "completed"
    assert len({one.headers["Idempotency-Key"] for one in receiver.requests}) == 1
    assert len(receiver.requests) == 3


def test_a_refusal_is_a_failure_with_what_was_answered(ada, receiver):
    receiver.answers = [lambda handler: handler.say(422, b'{"error": "no such order"}')]
    ada.create(hook(f"{receiver.url}/x"))
    error = ada.run(ada.execute()["execution_id"])["steps"][0]["error"]
    assert (error["code"], error["details"]) == (
        "HTTP_422", {"status_code": 422, "response_text": '{"error": "no such order"}'},
    )  # fmt: skip


def test_a_redirect_is_a_failure_and_nobody_else_is_asked(ada, receiver):
    elsewhere = Receiver()
    try:
        for status in (301, 302, 303, 307, 308):
            answer = lambda handler, status=status: handler.say(status, Location=f"{elsewhere.url}/x")  # noqa: E731
            receiver.answers = [answer]
            ada.create(hook(f"{receiver.url}/x", method="GET"))
            error = ada.run(ada.execute()["execution_id"])["error"]
            assert (error["code"], "A redirect is not followed" in error["message"]) == (f"HTTP_{status}", True)
        assert elsewhere.requests == []
    finally:
        elsewhere.close()


def test_a_slow_answer_ends_and_an_endless_one_is_cut(ada, receiver):
    receiver.answers = [drip]
    ada.create(hook(f"{receiver.url}/x"))
    assert ada.run(ada.execute()["execution_id"])["error"]["code"] == "OUTCOME_UNKNOWN"
    receiver.answers = [flood]
    ada.create(hook(f"{receiver.url}/x"), step("s", "write", cut="{{ hook.truncated }}", json="{{ hook.json }}"))
    run = ada.run(ada.execute()["execution_id"])
    assert run["state"] == "completed", run["error"]
    assert run["steps"][1]["input"] == {"cut": True, "json": None}


@pytest.mark.parametrize("body", [b"{", b"NaN", b"[" * 5_000, b'"\\ud800"', b"\xff", b"1e999999", b"9" * 5_000])
def test_an_answer_that_is_no_json_is_text(ada, receiver, body):
    receiver.answers = [lambda handler: handler.say(200, body)]
    ada.create(hook(f"{receiver.url}/x", method="GET"))
    run = ada.run(ada.execute()["execution_id"])
    assert run["state"] == "completed", run["error"]
    assert run["steps"][0]["output"]["status_code"] == 200


def test_a_body_has_a_size(ada, receiver):
    ada.create(hook(f"{receiver.url}/x", parameters={"body": ["{{ input.x }}"] * 10}))
    error = ada.run(ada.execute(input={"x": "x" * 30_000})["execution_id"])["error"]
    assert error["code"] == "BODY_TOO_LARGE"
    assert receiver.requests == []


def test_a_dry_run_shows_the_request_and_sends_nothing(ada, receiver):
    url = f"{receiver.url}/orders/{{{{ input.id }}}}"
    ada.create(
        hook(url, headers={"Authorization": {"secret": "erp_key"}}, parameters={"body": {"a": "{{ input.id }}"}}),
        step("s", "write", x="{{ hook.json.x }}"),
    )
    told = ada.ask("POST", "/dry-run", json={"workflow_id": "w", "input": {"id": 7}})["steps"]
    assert told[0]["would"] == "run"
    assert told[0]["parameters"] == {
        "method": "POST", "url": f"{receiver.url}/orders/7", "headers": {"Authorization": {"secret": "erp_key"}},
        "body": {"a": 7},
    }  # fmt: skip
    assert told[1]["would"] == "unknown"
    assert receiver.requests == []


def test_without_a_setting_nothing_may_be_called(house):
    ada = house.client()
    body = {"steps": [hook("https://api.example.com/x")]}
    (fault,) = ada.ask("POST", "/validate", json={"definition": body})["faults"]
    assert fault["message"].endswith("(`webhook_hosts`): none")


@given(st.text())
def test_a_value_never_leaves_its_place_in_a_url(value):
    try:
        url = fill_url("https://api.example.com/a/{{ x }}/b?c={{ x }}", {"x": value})
    except Bad:
        return
    head, middle, query = "https://api.example.com/a/", url[26:].partition("/b?c=")[0], url.partition("/b?c=")[2]
    assert url == f"{head}{middle}/b?c={query}"
    assert middle == query
    assert not set(middle) & set("/?#@:\\ \r\n&;")


ORDERS = [{"id": 1, "total": "12.50", "paid": True}, {"id": 2, "total": "7.25", "paid": False}]


def transform(step_id="t", **members):
    members.setdefault("parameters", {"input": "{{ input.orders }}"})
    return {"id": step_id, "type": "data_transform", **members}


@pytest.mark.parametrize(
    ("members", "output"),
    [
        ({"transform_type": "filter", "condition": "item.paid"}, ORDERS[:1]),
        ({"transform_type": "filter", "condition": 'item["total"] < input.most'}, ORDERS[1:]),
        ({"transform_type": "map", "mapping": "item.id * 10"}, [10, 20]),
        ({"transform_type": "map", "mapping": '{"id": item["id"], "most": input.most}'},
         [{"id": 1, "most": 10}, {"id": 2, "most": 10}]),
        ({"transform_type": "aggregate", "operation": "count"}, 2),
        ({"transform_type": "aggregate", "operation": "sum",
          "parameters": {"input": "{{ input.orders | map(attribute='total') }}"}}, 19.75),
        ({"transform_type": "aggregate", "operation": "average",
          "parameters": {"input": "{{ input.orders | map(attribute='total') }}"}}, 9.875),
        ({"transform_type": "aggregate", "operation": "max", "parameters": {"input": [3, 4]}}, 4),
        ({}, ORDERS),
    ],
)  # fmt: skip
def test_a_transform_gives_its_output_in_atoms_shape(house, ledger, members, output):
    ada = house.client()
    ada.create(transform(**members), step("s", "write", got="{{ t.output }}"))
    given = {"orders": ORDERS, "most": 10}
    assert ada.ask("POST", "/dry-run", json={"workflow_id": "w", "input": given})["steps"][0]["result"] == {
        "output": output
    }
    run = ada.run(ada.execute(input=given)["execution_id"])
    assert run["state"] == "completed", run["error"]
    assert ledger.effects() == [{"got": output}]


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"transform_type": "filter"}, "/steps/0/condition"),
        ({"transform_type": "map", "condition": "item"}, "/steps/0/mapping"),
        ({"transform_type": "aggregate", "operation": "eval"}, "/steps/0/operation"),
        ({"transform_type": "aggregate"}, "/steps/0/operation"),
        ({"parameters": {}}, "/steps/0/parameters/input"),
        ({"transform_type": "map", "mapping": "item.__class__()"}, "/steps/0/mapping"),
        ({"transform_type": "map", "mapping": "itme.id"}, "/steps/0/mapping"),
        ({"transform_type": "map", "mapping": "item.ttoal", "parameters": {"input": [{"total": 1}]}},
         "/steps/0/mapping"),
        ({"transform_type": "map", "mapping": "item", "parameters": {"input": "{{ variables.n }}"}},
         "/steps/0/parameters/input"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_transform_is_told_as_it_is_stored(house, members, pointer):
    body = {"steps": [transform(**members)], "variables": {"n": 3}}
    faults = house.client().ask("POST", "/validate", json={"definition": body})["faults"]
    assert [fault["pointer"] for fault in faults] == [pointer]


def test_a_transform_has_the_budget_of_one_expression(house):
    ada = house.client()
    ada.create(transform(transform_type="map", mapping="input.orders | count"))
    run = ada.run(ada.execute(input={"orders": [1] * 20_000})["execution_id"])
    assert run["error"]["code"] == "EXPRESSION_ERROR"
    assert "steps" in run["error"]["message"]


@pytest.mark.parametrize("orders", [None, "text", 3, {}])
def test_a_transform_needs_a_list(house, orders):
    ada = house.client()
    ada.create(transform(transform_type="map", mapping="item"))
    error = ada.run(ada.execute(input={"orders": orders})["execution_id"])["error"]
    assert "a list is needed" in error["message"]
