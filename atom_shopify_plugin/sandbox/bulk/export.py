"""A bulk query at work: it walks over the rows of its connections and writes them as lines.

Each step reads a few rows under the store's lock and lets the lock go, so that requests are answered in between. A node
that is deleted before its turn is left out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from atom_shopify_plugin.sandbox.bulk.blobs import Blob
from atom_shopify_plugin.sandbox.bulk.plan import Connection, Plan
from atom_shopify_plugin.sandbox.bulk.results import Lines
from atom_shopify_plugin.sandbox.context import Context

__all__ = ["Export", "probe"]

WINDOW = 25  # rows that are executed at once
SLICE = 0.01  # seconds that the store's lock is held


def probe(ctx: Context, plan: Plan) -> None:
    """Answer the first row of each connection; raise what a row can't be answered for."""

    def look(connection: Connection, parent: Any, kind: Any) -> None:
        rows = plan.rows(ctx, connection, parent, kind)[:1]
        plan.show(ctx, connection, rows)
        for row in rows:
            for below in connection.below.values():
                look(below, _node(ctx, row), connection.row_kind)

    for connection in plan.roots:
        look(connection, {}, plan.schema.query_type)


def _node(ctx: Context, row: Any) -> Any:
    return ctx.store.get(row) if isinstance(row, str) else row


class Export:
    """The rows of a query, written to `lines`.

    `most` is how many root rows there are, once that is known. With `one_by_one` each root row is a step.
    """

    def __init__(self, plan: Plan, lines: Lines, *, one_by_one: bool) -> None:
        self.lines = lines
        self.most: int | None = None
        self._plan = plan
        self._one_by_one = one_by_one
        self._until = 0.0

    @property
    def done(self) -> tuple[int, int]:
        """How many objects were written, and how many of them at the root."""
        return len(self.lines), self.lines.roots

    def steps(self, context: Callable[[], Context]) -> Iterator[None]:
        """Work under the store's lock from one ``yield`` to the next; `context` makes the context of a step."""
        self._until = time.perf_counter() + SLICE
        kind = self._plan.schema.query_type
        found = [(root, self._plan.rows(context(), root, {}, kind)) for root in self._plan.roots]
        self.most = sum(len(rows) for _, rows in found)
        if self._one_by_one:
            yield
        for root, rows in found:
            yield from self._write(context, root, rows, None, {})

    def finish(self) -> Iterator[Blob | None]:
        """Yield None between steps, and the file at the end."""
        return self.lines.finish()

    def _write(
        self,
        context: Callable[[], Context],
        connection: Connection,
        rows: Sequence[Any],
        parent: int | None,
        mark: Mapping[str, Any],
    ) -> Iterator[None]:
        """Write rows and what is below them; `mark` is what children carry of their parent."""
        ctx = context()
        kept = [isinstance(row, dict) and "id" in row and ctx.store.get(row["id"]) is row for row in rows]
        for start in range(0, len(rows), WINDOW):
            spots = [at for at in range(start, min(start + WINDOW, len(rows))) if _is_there(ctx, rows[at], kept[at])]
            window = [rows[at] for at in spots]
            for at, shown in zip(spots, self._plan.show(ctx, connection, window), strict=True):
                if not _is_there(ctx, rows[at], kept[at]):
                    continue
                line = self.lines.add({**shown, **mark}, parent)
                for below in connection.below.values():
                    inner = self._plan.rows(ctx, below, _node(ctx, rows[at]), connection.row_kind)
                    yield from self._write(context, below, inner, line, {"__parentId": shown.get("id")})
                if (parent is None and self._one_by_one) or time.perf_counter() > self._until:
                    yield
                    self._until = time.perf_counter() + SLICE
                    ctx = context()


def _is_there(ctx: Context, row: Any, kept: bool) -> bool:
    """Tell whether a row is still in the store; one that was never `kept` there is a part of its parent."""
    if isinstance(row, str):
        return ctx.store.get(row) is not None
    return not kept or ctx.store.get(row["id"]) is row
