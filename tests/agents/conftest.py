"""An agent: the SDK's own client, connected to the server in this process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
from agent_clients import Person
from mcp import Client, types

from atom_shopify_plugin.agents import server
from atom_shopify_plugin.agents.desk import Desk
from atom_shopify_plugin.agents.library import Library
from atom_shopify_plugin.hookspecs import Principal


@pytest.fixture
def open_server(runtime) -> Callable[..., Any]:
    """Make a server whose caller is a principal."""

    def open_(principal: Principal, **more: Any) -> Any:
        desk = Desk(
            catalog=runtime.catalog, actions=runtime.actions, fanout=runtime.fanout, storage=runtime.storage,
            run_job=lambda job_id: runtime.jobs.run_one(job_id), **more,
        )  # fmt: skip
        return server.build(desk, Library(actions=runtime.actions, storage=runtime.storage), lambda _: principal)

    return open_


@pytest.fixture
def as_agent(open_server, principal) -> Callable[..., Any]:
    """Run a conversation of a client with the server and return what it returns."""

    def talk(
        what: Callable[[Client], Awaitable[Any]],
        *,
        who: Principal | None = None,
        person: Person | None = None,
        form: str = "legacy",
        **more: Any,
    ) -> Any:
        @asynccontextmanager
        async def client():
            asking = {} if person is None else {"elicitation_callback": person}
            opened = Client(
                open_server(who or principal), mode=form,
                client_info=types.Implementation(name="Test Agent", version="1"), **asking, **more,
            )  # fmt: skip
            async with opened as connected:
                yield connected

        async def run() -> Any:
            async with client() as connected:
                return await what(connected)

        return anyio.run(run)

    return talk
