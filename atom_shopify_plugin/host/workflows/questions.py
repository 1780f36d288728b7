"""The question that a step puts to a person before it does what can't be taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["question"]


def question(error: Mapping[str, Any], entry: Mapping[str, Any]) -> str:
    """Return what a person is asked, from the refusal of an action that wants to be confirmed.

    The action's own preview says it best (``question``, else ``summary``); a plugin without either has its title.
    """
    details = error.get("details")
    preview = details.get("preview") if isinstance(details, Mapping) else None
    told = preview if isinstance(preview, Mapping) else {}
    asked = told.get("question")
    if isinstance(asked, str) and asked.strip():
        return asked
    summary = told.get("summary")
    if isinstance(summary, str) and summary.strip():
        return f"{summary.rstrip('. ')}?"
    message = error.get("message")
    return message if isinstance(message, str) and message else f"{entry.get('title', 'Go on')}?"
