"""What a search still sees of a store: at Shopify its index follows writes within seconds, here after a chosen time.

Shopify documents that searches are eventually consistent; look-ups by id see a write at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

__all__ = ["Behind", "Past"]

Node = dict[str, Any]


class _Write(NamedTuple):
    at: datetime
    gid: str
    before: Node | None


class Past:
    """What nodes were before the writes of the last seconds; nothing is kept while `lag` (seconds) is 0."""

    def __init__(self) -> None:
        self.lag = 0.0
        self._writes: deque[_Write] = deque()

    def keep(self, now: datetime, gid: str, before: Node | None) -> None:
        """Keep what a node is (None: it is not there) before it is written."""
        if not self.lag:
            return
        while self._writes and self._writes[0].at <= now - timedelta(seconds=self.lag):
            self._writes.popleft()
        self._writes.append(_Write(now, gid, None if before is None else dict(before)))

    def clear(self) -> None:
        self._writes.clear()

    def unseen(self, now: datetime) -> dict[str, Node | None]:
        """Return the nodes whose last writes a search does not see yet, as it sees them."""
        found: dict[str, Node | None] = {}
        since = now - timedelta(seconds=self.lag)
        for write in reversed(self._writes if self.lag else ()):
            if write.at <= since:
                break
            found[write.gid] = write.before
        return found


class Behind:
    """A `StoreState` to read from in which some nodes are as they were; everything else is the store's own."""

    def __init__(self, store: Any, unseen: Mapping[str, Node | None]) -> None:
        self._store = store
        self._unseen = unseen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def get(self, gid: str | None) -> Node | None:
        node: Node | None = self._unseen[gid] if gid is not None and gid in self._unseen else self._store.get(gid)
        return node

    def all(self, kind: str) -> dict[str, Node]:
        known: dict[str, Node] = self._store.all(kind)
        unseen = {gid: node for gid, node in self._unseen.items() if gid.split("/")[3] == kind}
        if not unseen:
            return known
        return {gid: node for gid, node in {**known, **unseen}.items() if node is not None}

    def find(self, kind: str, name: str, value: Any) -> list[Node]:
        rows = [node for node in self._store.find(kind, name, value) if node["id"] not in self._unseen]
        older = [node for node in self._unseen.values() if node is not None and node["__typename"] == kind]
        return rows + [node for node in older if self._store.is_filed(node, name, value)]

    def memoised(self, _key: Any, _kinds: Iterable[str], make: Callable[[], Any]) -> Any:
        return make()
