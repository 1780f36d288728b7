"""What tests of agents share: both forms of the protocol, who answers a client's questions, and reading answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import anyio
import httpx2
from mcp import Client, types
from mcp.client.streamable_http import streamable_http_client

FORMS = ("legacy", "auto")


@dataclass
class Person:
    """Who answers the questions of a client, and what was asked."""

    says: str = "accept"
    asked: list[str] = field(default_factory=list)

    async def __call__(self, _context: Any, params: Any) -> types.ElicitResult:
        self.asked.append(params.message)
        return types.ElicitResult(action=self.says, content={"confirm": True} if self.says == "accept" else None)


def body(result: types.CallToolResult) -> dict[str, Any]:
    """Return the structured answer of a tool."""
    found: dict[str, Any] = result.structured_content
    assert result.is_error is not found["ok"]
    return found


@dataclass
class OverHttp:
    """A server at an address, and the tokens that let callers in."""

    url: str
    auth: Any

    def talk(self, what: Callable[[Client], Awaitable[Any]], token: str, form: str = "legacy", **more: Any) -> Any:
        """Run a conversation of a client with a token."""

        async def run() -> Any:
            headers = {"Authorization": f"Bearer {token}"}
            async with httpx2.AsyncClient(headers=headers, timeout=30) as sender:
                transport = streamable_http_client(self.url, http_client=sender)
                async with Client(transport, mode=form, **more) as client:
                    return await what(client)

        return anyio.run(run)
