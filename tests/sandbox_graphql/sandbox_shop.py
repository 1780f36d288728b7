"""One store behind the engine, at a fixed time, and what tests ask of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from atom_shopify_plugin.sandbox.engine import GraphQLEngine
from atom_shopify_plugin.sandbox.store import StoreState

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SCOPES = frozenset({"write_products", "write_orders", "write_customers", "write_inventory", "read_locations"})


@dataclass
class Shop:
    """One store and an app that has the usual scopes."""

    store: StoreState = field(repr=False)
    now: datetime = NOW
    scopes: frozenset[str] = SCOPES
    engine: GraphQLEngine = field(default_factory=GraphQLEngine)

    def ask(self, text: str, variables: dict[str, Any] | None = None, operation: str | None = None) -> dict[str, Any]:
        return self.engine.execute(self.store, text, variables, operation, scopes=self.scopes, now=self.now)

    def data(self, text: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = self.ask(text, variables)
        assert "errors" not in answer, answer["errors"]
        found: dict[str, Any] = answer["data"]
        return found

    def error(self, text: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = self.ask(text, variables)
        assert len(answer["errors"]) == 1, answer["errors"]
        found: dict[str, Any] = answer["errors"][0]
        return found

    def mutate(self, text: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run a mutation of one root field and return its payload."""
        (payload,) = self.data(text, variables).values()
        assert isinstance(payload, dict)
        return payload

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    def first(self, kind: str) -> str:
        return next(iter(self.store.all(kind)))

    def gid(self, kind: str, **fields: Any) -> str:
        ((name, value),) = fields.items()
        return str(self.store.find(kind, name, value)[0]["id"])
