"""What the chat answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Reply"]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: `text` for the person, `data` for programs, `command` the key of the command that was understood."""

    ok: bool
    text: str
    command: str | None = None
    data: Any = None
    error: Mapping[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        answer: dict[str, Any] = {"ok": self.ok, "reply": self.text, "command": self.command, "data": self.data}
        if self.error is not None:
            answer["error"] = dict(self.error)
        return answer
