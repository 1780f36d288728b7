"""Admin GraphQL over a store: parse, validate, execute, and answer in Shopify's shapes.

The cost of a request is not the engine's business: `prepare` gives the parsed document for a front end to weigh, `run`
executes it, `execute` does both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    build_schema,
    execute_sync,
    parse,
)

from atom_shopify_plugin.sandbox import domains, kinds, resolve, scalars
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.executor import LeafExecutor
from atom_shopify_plugin.sandbox.keeping import Keeping
from atom_shopify_plugin.sandbox.scopes import expand
from atom_shopify_plugin.sandbox.store import StoreState
from atom_shopify_plugin.sandbox.validation import static_errors, syntax_error, variable_errors
from atom_shopify_plugin.sandbox.versions import Versions

__all__ = ["GraphQLEngine", "Prepared", "schema"]

Json = dict[str, Any]


@cache
def schema() -> GraphQLSchema:
    """Return the served schema with its resolvers; built once per process."""
    domains.load()
    text = files("atom_shopify_plugin.sandbox").joinpath("schema/admin_2026-10.graphql").read_text(encoding="utf-8")
    built = build_schema(text, assume_valid=True, no_location=True)
    scalars.attach(built)
    kinds.complete(built)
    resolve.attach(built)
    return built


@dataclass(frozen=True)
class Prepared:
    """A request that may be run: or, with `errors`, the answer that it gets instead (without data)."""

    errors: list[Json] = field(default_factory=list)
    document: DocumentNode | None = None
    operation: OperationDefinitionNode | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str | None:
        return self.operation.operation.value if self.operation else None


def _document(text: str) -> tuple[DocumentNode | None, tuple[Json, ...]]:
    """Parse and validate a text."""
    try:
        document = parse(text)
        return document, tuple(static_errors(schema(), document))
    except GraphQLSyntaxError as problem:
        return None, (syntax_error(problem),)
    except RecursionError:
        return None, ({"message": "The document is nested too deeply", "extensions": {"code": "PARSE_ERROR"}},)


# Clients send the same few texts over and over; a long one is most likely not among them.
_known_document = lru_cache(maxsize=512)(_document)
KEPT_LENGTH = 20_000


class GraphQLEngine:
    """Executes documents against a store. Thread-safe: one request at a time per store, stores in parallel."""

    def __init__(self, versions: Versions | None = None) -> None:
        self.versions = versions or Versions()

    def prepare(
        self, text: str, variables: Mapping[str, Any] | None = None, operation_name: str | None = None
    ) -> Prepared:
        """Parse and validate a request; refused ones carry `errors` in Shopify's shapes and cannot be run."""
        document, errors = (_known_document if len(text) <= KEPT_LENGTH else _document)(text)
        if document is None or errors:
            return Prepared(list(errors))
        operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        if operation_name:
            operations = [node for node in operations if node.name and node.name.value == operation_name]
            if not operations:
                return Prepared([{"message": f'No operation named "{operation_name}"'}])
        if len(operations) != 1:
            return Prepared([{"message": "An operation name is required"}])
        given = dict(variables or {})
        if problems := variable_errors(schema(), operations[0], given):
            return Prepared(problems)
        return Prepared([], document, operations[0], given)

    def run(
        self,
        store: StoreState,
        prepared: Prepared,
        *,
        scopes: frozenset[str],
        now: datetime,
        origin: str = "api",
        keeping: Keeping | None = None,
        explains: bool = False,
    ) -> Json:
        """Execute a prepared request; return ``{"data", "errors"?, "extensions"?}``, extensions with search warnings.

        `scopes` are the granted ones, `now` is aware, `origin` is entered into the journal, `keeping` says how writes
        are kept where a fault has a say in it. With `explains` the extensions tell how each search was understood. A
        defect of the sandbox itself is raised, not answered.
        """
        if prepared.document is None or prepared.operation is None:
            return {"errors": prepared.errors}
        name = prepared.operation.name
        with store.lock:
            ctx = Context(store, now, expand(scopes), self.versions, origin=origin, keeping=keeping, explains=explains)
            _work_off(ctx)
            result = execute_sync(
                schema(),
                prepared.document,
                context_value=ctx,
                variable_values=dict(prepared.variables),
                operation_name=name.value if name else None,
                executor_class=LeafExecutor,
            )
            ctx.settle()
        return _answer(ctx, result)

    def execute(
        self,
        store: StoreState,
        text: str,
        variables: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
        *,
        scopes: frozenset[str],
        now: datetime,
    ) -> Json:
        """Prepare and run a request; return its answer without cost."""
        prepared = self.prepare(text, variables, operation_name)
        return self.run(store, prepared, scopes=scopes, now=now)


def _work_off(ctx: Context) -> None:
    """Carry out promised work that is due: asynchronous jobs advance with each request that reaches their store."""
    for pending in list(ctx.store.pending):
        pending.ticks -= 1
        if pending.ticks <= 0:
            ctx.store.pending.remove(pending)
            pending.run(ctx)
            ctx.keep()


def _answer(ctx: Context, result: ExecutionResult) -> Json:
    answer: Json = {"data": result.data}
    if result.errors:
        for error in result.errors:
            cause = error.original_error
            if cause is not None and not isinstance(cause, GraphQLError):
                raise cause
        answer["errors"] = [error.formatted for error in result.errors]
    if ctx.searches:
        answer["extensions"] = {"search": ctx.searches}
    return answer
