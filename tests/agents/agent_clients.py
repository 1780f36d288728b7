"""What tests of agents share: both forms of the protocol, who answers a client's questions, and reading answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mcp import types

FORMS = ("legacy", "2026-07-28")


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
