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
)

from atom_shopify_plugin.official.coercion import variable_errors
from atom_shopify_plugin.official.table import official
from atom_shopify_plugin.official.validation import parsed, static_errors, syntax_error
from atom_shopify_plugin.sandbox import domains, idempotency, kinds, resolve, scalars
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.deprecations import uses_deprecated
from atom_shopify_plugin.sandbox.executor import LeafExecutor
from atom_shopify_plugin.sandbox.keeping import Keeping
from atom_shopify_plugin.sandbox.modelled import unmodelled
from atom_shopify_plugin.sandbox.mutations import rule_of
from atom_shopify_plugin.sandbox.refusals import not_modelled
from atom_shopify_plugin.sandbox.scopes import expand
from atom_shopify_plugin.sandbox.sizes import size_errors
from atom_shopify_plugin.sandbox.store import StoreState
from atom_shopify_plugin.sandbox.versions import Versions

__all__ = ["GraphQLEngine", "Prepared", "is_deprecated", "is_modelled", "schema"]

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


def is_modelled(mutation: str) -> bool:
    """Tell whether a mutation that is served is carried out."""
    served = schema().mutation_type
    return served is not None and rule_of(mutation, served.fields[mutation]) is not None


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


@dataclass(frozen=True)
class _Document:
    """A text that was looked at: its errors, its operations by name, and what they use that is not modelled."""

    errors: tuple[Json, ...]
    parsed: DocumentNode | None = None
    operations: Mapping[str | None, OperationDefinitionNode] = field(default_factory=dict)
    _unmodelled: dict[str | None, list[str]] = field(default_factory=dict)

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """Return the operation to run; without a name the only one. Of several with one name it is the last."""
        if name is None and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        return self.operations.get(name) if name is not None else None

    def unmodelled(self, operation: OperationDefinitionNode) -> list[str]:
        """Return the names in an operation that the sandbox does not serve."""
        name = operation.name.value if operation.name else None
        if name not in self._unmodelled and self.parsed is not None:
            self._unmodelled[name] = unmodelled(schema(), self.parsed, operation)
        return self._unmodelled[name]


def _document(text: str) -> _Document:
    """Parse and validate a text."""
    try:
        document = parsed(text)
        operations = {
            node.name.value if node.name else None: node
            for node in document.definitions
            if isinstance(node, OperationDefinitionNode)
        }
        return _Document(tuple(static_errors(official(), document)), document, operations)
    except GraphQLSyntaxError as problem:
        return _Document((syntax_error(problem, text),))
    except RecursionError:
        too_deep = {"message": "The document is nested too deeply", "extensions": {"code": "PARSE_ERROR"}}
        return _Document((too_deep,))


# Clients send the same few texts over and over; a long one is most likely not among them.
_known_document = lru_cache(maxsize=512)(_document)
KEPT_LENGTH = 20_000


def _checked(text: str) -> _Document:
    return (_known_document if len(text) <= KEPT_LENGTH else _document)(text)


@lru_cache(maxsize=512)
def is_deprecated(text: str) -> bool:
    """Tell whether a text that was prepared before uses anything deprecated."""
    document = _checked(text).parsed
    return document is not None and uses_deprecated(schema(), document)


class GraphQLEngine:
    """Executes documents against a store. Thread-safe: one request at a time per store, stores in parallel."""

    def __init__(self, versions: Versions | None = None) -> None:
        self.versions = versions or Versions()

    def prepare(
        self, text: str, variables: Mapping[str, Any] | None = None, operation_name: str | None = None
    ) -> Prepared:
        """Parse and validate a request; refused ones carry `errors` in Shopify's shapes and cannot be run."""
        known = _checked(text)
        operation = known.operation(operation_name or None)
        if known.operations and operation is None:
            missing = f'No operation named "{operation_name}"' if operation_name else "An operation name is required"
            return Prepared([{"message": missing}])
        if known.errors or operation is None:
            return Prepared(list(known.errors))
        given = dict(variables or {})
        if problems := variable_errors(official(), operation, given):
            return Prepared(problems)
        if names := known.unmodelled(operation):
            return Prepared([dict(not_modelled(*names).formatted)])
        return Prepared([], known.parsed, operation, given)

    def run(
        self,
        store: StoreState,
        prepared: Prepared,
        *,
        scopes: frozenset[str],
        now: datetime,
        origin: str = "api",
        keeping: Keeping | None = None,
        client_id: str | None = None,
        operation_fault: Mapping[str, Any] | None = None,
        explains: bool = False,
    ) -> Json:
        """Execute a prepared request; return ``{"data", "errors"?, "extensions"?}``, extensions with search warnings.

        There is no data where nothing was run: for a request that was refused, or with a list that is too long.
        `scopes` are the granted ones, `now` is aware, `origin` is entered into the journal, `keeping` says how writes
        are kept where a fault has a say in it, `operation_fault` what befalls a bulk operation. `client_id` is the app
        that asks (default: the sandbox's). With `explains` the extensions tell how each search was understood. A defect
        of the sandbox itself is raised, not answered.
        """
        if prepared.document is None or prepared.operation is None:
            return {"errors": prepared.errors}
        if errors := size_errors(schema(), prepared.document, prepared.operation, prepared.variables):
            return {"errors": errors}
        name = prepared.operation.name
        keys = idempotency.keys_in(schema(), prepared.document, prepared.operation, prepared.variables)
        with idempotency.running(store, keys) as late, store.lock:
            ctx = Context(
                store,
                now,
                expand(scopes),
                self.versions,
                origin=origin,
                keeping=keeping,
                late=late,
                client_id=client_id or store.client_id,
                operation_fault=operation_fault,
                explains=explains,
            )
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
