"""Ready workflows: JSON definitions that a host offers as templates."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

__all__ = ["templates"]


def templates() -> list[dict[str, Any]]:
    """Return the definitions of this folder, in the order of their file names."""
    found = sorted((one for one in files(__name__).iterdir() if one.name.endswith(".json")), key=lambda one: one.name)
    return [json.loads(one.read_text("utf-8")) for one in found]
