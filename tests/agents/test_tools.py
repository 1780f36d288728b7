"""Tools: what is listed, found and activated, and what a call answers."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from agent_clients import FORMS, body
from jsonschema import Draft202012Validator
from mcp import types
from mcp.shared.exceptions import MCPError

from atom_shopify_plugin.agents.own_tools import OWN
from atom_shopify_plugin.agents.tools import ALWAYS, OPTIONS, tool_of

EXPORT = "{ products { edges { node { id title } } } }"
ROOT_CHOICES = {"oneOf", "anyOf", "allOf", "not", "if"}


def test_each_action_is_a_tool_with_schemas_that_models_and_validators_take(runtime) -> None:
    for action in runtime.catalog.actions.values():
        tool = tool_of(action)
        assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", tool.name)
        assert not ROOT_CHOICES & tool.input.keys()
        assert tool.input["type"] == tool.output["type"] == "object"
        assert not OPTIONS & action.properties.keys()
        if action.key in ALWAYS or action.poll:
            Draft202012Validator.check_schema(tool.input)
            Draft202012Validator.check_schema(tool.output)
        assert tool.hints["readOnly"] is (action.effect == "read")
        assert tool.hints["destructive"] is action.may_ask
        assert ("confirm" in tool.input["properties"]) is action.may_ask


def test_a_write_is_called_idempotent_only_where_it_sets_values(runtime) -> None:
    hints = {key: tool_of(action).hints["idempotent"] for key, action in runtime.catalog.actions.items()}
    assert [hints[key] for key in ("order_get", "product_update", "tag_add", "product_delete")] == [True] * 4
    others = ("product_create", "inventory_adjust", "order_refund", "order_line_add", "draft_invoice_send")
    assert [hints[key] for key in others] == [False] * 5


def test_accepted_work_reports_its_progress_and_is_followed_to_its_end(as_agent, store) -> None:
    told: list[tuple[float, float | None, str | None]] = []

    async def hear(done: float, total: float | None, message: str | None) -> None:
        told.append((done, total, message))

    async def talk(client) -> Any:
        begun = body(await client.call_tool("bulk_export", {"query": EXPORT}, progress_callback=hear))
        while "progress" in begun["data"]:
            begun = body(await client.call_tool("operation_get", {"id": begun["data"]["id"]}))
        return begun

    ended = as_agent(talk)
    assert ended["data"]["status"] == "COMPLETED"
    assert [one[0] for one in told] == sorted({one[0] for one in told})


@pytest.mark.parametrize("form", FORMS)
def test_a_session_lists_few_tools_and_finds_and_activates_the_others(as_agent, store, form) -> None:
    changed: list[Any] = []

    async def hear(message: Any) -> None:
        changed.append(message)

    async def talk(client) -> None:
        listed = [tool.name for tool in (await client.list_tools()).tools]
        assert listed[: len(OWN)] == list(OWN)
        assert set(listed[len(OWN) :]) == set(ALWAYS)
        found = body(await client.call_tool("find_tools", {"query": "refund an order"}))["data"]
        assert (found["tools"][0]["name"], found["tools"][0]["active"]) == ("order_refund", False)
        await client.call_tool("activate_tools", {"names": ["refund_order"], "domains": ["inventory"]})
        now = [tool.name for tool in (await client.list_tools()).tools]
        assert {"order_refund", "inventory_adjust"} <= set(now)
        await client.call_tool("activate_tools", {"domains": ["inventory"], "remove": True})
        last = [tool.name for tool in (await client.list_tools()).tools]
        assert "inventory_adjust" not in last

    as_agent(talk, form=form, message_handler=hear, cache=None)
    if form == "legacy":
        told = [one for one in changed if isinstance(one, types.ToolListChangedNotification)]
        assert len(told) == 2


def test_a_client_that_listens_is_told_of_another_list(as_agent, store) -> None:
    async def talk(client) -> Any:
        async with client.listen(tools_list_changed=True) as changes:
            await client.call_tool("activate_tools", {"domains": ["tags"]})
            return type(await anext(aiter(changes))).__name__

    assert as_agent(talk, form="2026-07-28") == "ToolsListChanged"


def test_answers_are_structured_as_declared_and_errors_tell_the_truth(as_agent, store) -> None:
    async def talk(client) -> None:
        await client.list_tools()  # the client checks each answer against the declared schema
        found = body(await client.call_tool("product_search", {"limit": 2, "fields": ["id", "title"]}))
        assert len(found["data"]["items"]) == 2
        assert found["page"]["has_more"] is True
        result = await client.call_tool("order_get", {"id": 1})
        error = body(result)["error"]
        assert (error["code"], error["retryable"]) == ("NOT_FOUND", False)
        assert json.loads(result.content[0].text) == result.structured_content
        wrong = body(await client.call_tool("order_get", {"id": True, "nmae": "x"}))["error"]
        assert wrong["code"] == "VALIDATION_ERROR"
        assert {fault["pointer"] for fault in wrong["details"]["faults"]} == {"/id", "/nmae"}
        with pytest.raises(MCPError, match="no tool of that name"):
            await client.call_tool("drop_tables", {})

    for form in FORMS:
        as_agent(talk, form=form)


@pytest.mark.slow
def test_every_read_without_an_id_answers_in_its_declared_shape(as_agent, runtime, store) -> None:
    reads = [
        one for one in runtime.catalog.actions.values()
        if one.effect == "read" and not one.mirrored and not one.input.get("required") and one.poll is None
        and not {"oneOf", "anyOf"} & one.input.keys()
    ]  # fmt: skip
    assert len(reads) > 20

    async def talk(client) -> None:
        names = [one.key for one in reads]
        await client.call_tool("activate_tools", {"names": names})
        await client.list_tools()
        for name in names:
            answer = body(await client.call_tool(name, {}))
            assert answer["ok"], (name, answer)

    as_agent(talk)


def test_a_write_is_carried_out_once_per_key_and_names_the_agent(as_agent, runtime, store, principal) -> None:
    async def talk(client) -> Any:
        given = {"title": "Mug", "idempotency_key": "k-1"}
        first = body(await client.call_tool("product_create", given))
        second = body(await client.call_tool("product_create", given))
        assert second["data"] == first["data"]
        assert (second["meta"]["replayed"], first["meta"]["verified"]) == (True, True)
        seen = body(await client.call_tool("product_create", {"title": "Cup", "preview": True}))
        assert seen["data"]["preview"]["action"] == "product_create"
        undone = body(await client.call_tool("undo_change", {"audit_id": first["meta"]["audit_id"]}))
        return first, undone

    first, undone = as_agent(talk)
    assert undone["error"]["code"] == "CONFIRMATION_NEEDED"  # undoing a creation deletes
    rows = runtime.storage.audit.list(principal)
    assert [(row.action, row.via, row.outcome) for row in rows] == [("product_create", "mcp Test-Agent", "ok")]
    assert rows[0].id == first["meta"]["audit_id"]
