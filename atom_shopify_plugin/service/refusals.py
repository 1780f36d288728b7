"""Shopify's user errors in the names of our inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.errors import Rejected

__all__ = ["plainly"]


def plainly(refusal: Rejected, members: Mapping[str, str], words: Mapping[str, str], *, skip: int = 1) -> Rejected:
    """Return a refusal whose errors also have the `pointer` of the member of our input that they are about.

    `members` are JSON pointers by Shopify's path, such as ``customerGets.value.percentage``; the longest one that
    begins the path of an error counts, after the first `skip` steps, which name the argument. `words` are
    sentences in place of Shopify's, by ``pointer CODE``, or by Shopify's own message.
    """
    told = [_told(error, members, words, skip) for error in refusal.details.get("user_errors", ())]
    if not told:
        return refusal
    more = f" ({len(told) - 1} more)" if len(told) > 1 else ""
    place = f"{told[0]['pointer']}: " if "pointer" in told[0] else ""
    details = {**refusal.details, "user_errors": told}
    return Rejected(f"Shopify refused: {place}{told[0]['message']}{more}", details=details)


def _told(error: Mapping[str, Any], members: Mapping[str, str], words: Mapping[str, str], skip: int) -> dict[str, Any]:
    steps = [str(step) for step in error.get("field") or ()][skip:]
    pointer = next((members[path] for path in _prefixes(steps) if path in members), None)
    message = str(error.get("message"))
    plain = words.get(f"{pointer} {error.get('code')}", words.get(message, message))
    return {**error, "message": plain, **({} if pointer is None else {"pointer": pointer})}


def _prefixes(steps: list[str]) -> list[str]:
    return [".".join(steps[:length]) for length in range(len(steps), 0, -1)]
