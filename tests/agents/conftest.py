"""An agent: the SDK's own client, connected to the server in this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
from agent_clients import OverHttp, Person
from mcp import Client, types

from atom_shopify_plugin.agents import http, server
from atom_shopify_plugin.agents.desk import Desk
from atom_shopify_plugin.agents.library import Library
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.host.auth import Auth
from atom_shopify_plugin.host.config import HostConfig
from atom_shopify_plugin.host.store import HostStore


@pytest.fixture
def open_server(runtime) -> Callable[..., Any]:
    """Make a server whose caller is a principal."""

    def open_(principal: Principal | None, **more: Any) -> Any:
        desk = Desk(
            catalog=runtime.catalog, actions=runtime.actions, fanout=runtime.fanout, storage=runtime.storage,
            run_job=lambda job_id: runtime.jobs.run_one(job_id), **more,
        )  # fmt: skip
        library = Library(actions=runtime.actions, storage=runtime.storage)
        return server.build(desk, library, http.who if principal is None else lambda _: principal)

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


@pytest.fixture
def over_http(open_server, runtime, environ) -> Iterator[OverHttp]:
    """The server over HTTP in a thread, with tokens of the host."""
    config = HostConfig.from_environ({"ATOM_HOST_DATA_DIR": environ["ATOM_SHOPIFY_DATA_DIR"]})
    tokens = HostStore(config.data_dir)
    auth = Auth(config, tokens)
    with http.listen(0) as listening:
        port = listening.getsockname()[1]
        served = http.web_server(http.app_of(open_server(None), auth.bearer, port))
        thread = threading.Thread(target=served.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not served.started:
                time.sleep(0.02)
            yield OverHttp(f"http://127.0.0.1:{port}{http.PATH}", auth)
        finally:
            served.should_exit = True
            thread.join(20)
            tokens.close()
