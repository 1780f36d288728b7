"""Changes to objects that belong to somebody else, each of which can be taken back.

Only what is still ours is taken back: a value that somebody else put in the place of ours stays. Dictionaries and lists
are changed in place, and the members of a dictionary get back the order that they had.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, MutableSequence
from typing import Any

__all__ = ["Changes"]

_ABSENT = object()


class Changes:
    """What was changed, in order. It is not safe for several threads: `undo` changes the size of dictionaries."""

    def __init__(self) -> None:
        self._mappings: dict[int, _Mapping] = {}
        self._undo: list[Callable[[], None]] = []

    def put(self, mapping: MutableMapping[str, Any], key: str, value: Any) -> None:
        """Set a member of a dictionary."""
        self._of(mapping).put(key, value)

    def drop(self, mapping: MutableMapping[str, Any], key: str) -> None:
        """Remove a member of a dictionary; one that is not there is fine."""
        if key in mapping:
            self._of(mapping).put(key, _ABSENT)

    def append(self, items: MutableSequence[Any], item: Any) -> None:
        """Put an item at the end of a list."""
        items.append(item)

        def undo() -> None:
            for at in range(len(items) - 1, -1, -1):
                if items[at] is item:
                    del items[at]
                    return

        self._undo.append(undo)

    def attribute(self, owner: Any, name: str, value: Any) -> None:
        """Set an attribute of a module, a class or an object."""
        before = getattr(owner, name, _ABSENT)
        setattr(owner, name, value)

        def undo() -> None:
            if getattr(owner, name, _ABSENT) is not value:
                return
            if before is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, before)

        self._undo.append(undo)

    def then(self, undo: Callable[[], None]) -> None:
        """Call `undo` when the changes are taken back, before those that were made earlier."""
        self._undo.append(undo)

    def undo(self) -> None:
        """Take everything back, the last change first; calling it twice is harmless."""
        while self._undo:
            self._undo.pop()()
        self._mappings.clear()

    def _of(self, mapping: MutableMapping[str, Any]) -> _Mapping:
        found = self._mappings.get(id(mapping))
        if found is None:
            found = self._mappings[id(mapping)] = _Mapping(mapping)
            self._undo.append(found.undo)
        return found


class _Mapping:
    """The changes to one dictionary, which is kept so that its id stays its own."""

    def __init__(self, mapping: MutableMapping[str, Any]) -> None:
        self._mapping = mapping
        self._order = list(mapping)
        self._before: dict[str, Any] = {}
        self._ours: dict[str, Any] = {}

    def put(self, key: str, value: Any) -> None:
        now = self._mapping.get(key, _ABSENT)
        if key not in self._ours or now is not self._ours[key]:
            self._before[key] = now  # also where somebody has changed it since
        self._ours[key] = value
        if value is _ABSENT:
            del self._mapping[key]
        else:
            self._mapping[key] = value

    def undo(self) -> None:
        members = dict(self._mapping)
        for key, ours in self._ours.items():
            if members.get(key, _ABSENT) is not ours:
                continue
            if self._before[key] is _ABSENT:
                members.pop(key, None)
            else:
                members[key] = self._before[key]
        known = [key for key in self._order if key in members]
        wanted = [*known, *(key for key in members if key not in set(known))]
        if list(self._mapping) == wanted:
            self._mapping.update(members)
            return
        self._mapping.clear()
        self._mapping.update({key: members[key] for key in wanted})
