"""`atom-shopify mcp` as a process: an agent's client starts it, or reaches it over HTTP."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import anyio
import pytest
from agent_clients import OverHttp, Person, body
from mcp import Client, StdioServerParameters, types

from atom_shopify_plugin.sandbox.server import serve

PROGRAM = ["-c", "from atom_shopify_plugin.cli import main; main(prog_name='atom-shopify')"]


@pytest.fixture
def shell(environ, sandbox, store, runtime) -> Iterator[dict[str, str]]:
    """The environment of a shell whose Shopify is the sandbox, with a store of ada's."""
    with serve(sandbox) as server:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ATOM_", "SHOPIFY_"))}
        yield {**kept, **environ, "ATOM_SHOPIFY_ENDPOINT": server.url, "ATOM_SHOPIFY_OPERATOR_SUBJECT": "ada"}


def type_(shell: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, *PROGRAM, *words], env=shell, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_client_starts_it_asks_the_person_and_meets_the_policy(shell, runtime, principal, tmp_path) -> None:
    type_(shell, "policy", "set", "demo", "ada", "--via", "mcp", "--tool", "product_create", "--calls", "1")
    (rule,) = json.loads(type_(shell, "policy", "list", "demo", "--json"))
    assert (rule["subject"], rule["via"], rule["calls"]) == ("ada", "mcp", 1)
    person = Person()
    words = ["mcp", "--as", "ada", "--activate", "tags"]

    async def talk() -> list[dict[str, Any]]:
        started = StdioServerParameters(command=sys.executable, args=[*PROGRAM, *words], env=shell, cwd=tmp_path)
        named = types.Implementation(name="desk", version="1")
        async with Client(started, elicitation_callback=person, client_info=named) as client:
            assert "tag_add" in [tool.name for tool in (await client.list_tools()).tools]
            made = body(await client.call_tool("product_create", {"title": "Mug"}))
            over = body(await client.call_tool("product_create", {"title": "Cup"}))
            gone = body(await client.call_tool("product_delete", {"id": made["data"]["id"]}))
            stores = json.loads((await client.read_resource("shopify://stores")).contents[0].text)
            prompt = await client.get_prompt("investigate_order", {"order": "#1001"})
            return [made, over, gone, stores, {"text": prompt.messages[0].content.text}]

    made, over, gone, stores, prompt = anyio.run(talk)
    assert made["ok"]
    assert gone["ok"]
    assert over["error"]["code"] == "OVER_LIMIT"
    assert [one["handle"] for one in stores["stores"]] == ["demo"]
    assert "#1001" in prompt["text"]
    assert len(person.asked) == 1
    done = [(row.action, row.via, row.outcome) for row in runtime.storage.audit.list(principal)]
    assert done == [
        ("product_delete", "mcp desk", "ok"),
        ("product_create", "mcp desk", "OVER_LIMIT"),
        ("product_create", "mcp desk", "ok"),
        ("policy_set", "cli", "ok"),
    ]


def test_over_http_a_token_of_the_host_lets_an_agent_in(shell, tmp_path) -> None:
    token = json.loads(type_(shell, "token", "create", "--subject", "ada", "--json"))["token"]
    said = tmp_path / "said.txt"
    with said.open("w") as err:
        served = subprocess.Popen([sys.executable, *PROGRAM, "mcp", "--http", "--port", "0"], env=shell, stderr=err)
    try:
        until = time.monotonic() + 90
        while (found := re.search(r"http://127\.0\.0\.1:\d+/mcp", said.read_text())) is None:
            assert served.poll() is None, said.read_text()
            assert time.monotonic() < until
            time.sleep(0.05)
        over_http = OverHttp(found[0], None)
        answer = over_http.talk(lambda client: client.call_tool("store_get", {"fields": ["name"]}), token, "auto")
        assert body(answer)["ok"]
    finally:
        served.terminate()
        assert served.wait(30) == 0, said.read_text()


def test_without_the_extra_it_says_what_to_install(environ, tmp_path) -> None:
    without = "import sys; sys.modules['mcp'] = None; " + PROGRAM[1]
    done = subprocess.run(
        [sys.executable, "-c", without, "mcp"], env={**os.environ, **environ}, cwd=tmp_path, capture_output=True,
        text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "pip install 'atom-shopify-plugin[mcp]'" in done.stderr
