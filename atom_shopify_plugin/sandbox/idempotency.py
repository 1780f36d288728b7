"""The directive @idempotent(key:): required by some mutations, keys kept for 24 hours per app and store.

A repeated key with equal parameters does not run again: its payload holds references, so that the reply shows current
data. A request that comes while another one with its key runs is refused. Shopify.dev, "Idempotent requests"; error
texts from the schema and from live stores.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    get_directive_values,
)

from atom_shopify_plugin.official.idempotency import REQUIRED
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.refusals import UserError, bad_request
from atom_shopify_plugin.sandbox.selections import Selections
from atom_shopify_plugin.sandbox.store import StoreState

__all__ = ["key_of", "keys_in", "once", "running"]

KEPT = timedelta(hours=24)
_GUARD = threading.Lock()

MISMATCH = UserError(
    None,
    "The same idempotency key cannot be used with different operation parameters.",
    "IDEMPOTENCY_KEY_PARAMETER_MISMATCH",
)
CONCURRENT = UserError(
    None, "This request is currently in progress, please try again.", "IDEMPOTENCY_CONCURRENT_REQUEST"
)
FAILED = UserError(
    None,
    "A previous request with this idempotency key failed. Retry with a new idempotency key.",
    "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED",
)


@dataclass(frozen=True)
class Record:
    """What a key was used for; `payload` is None when the attempt was refused. The attempt is over at `over_at`."""

    at: datetime
    mark: str
    payload: Mapping[str, Any] | None
    over_at: datetime


@contextmanager
def running(store: StoreState, keys: Collection[str]) -> Iterator[set[str]]:
    """Tell other requests that one with these keys runs; give the keys with which another had begun before.

    The requests of a store run one after the other. Whether two of them overlapped is decided by when they arrived.
    """
    if not keys:
        yield set()
        return
    with _GUARD:
        late = {key for key in keys if store.running[key] > 0}
        store.running.update(keys)
    try:
        yield late
    finally:
        with _GUARD:
            store.running.subtract(keys)
            for key in [key for key in keys if store.running[key] <= 0]:
                del store.running[key]


def keys_in(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> set[str]:
    """Return the keys that stand at the mutations of an operation, good ones or not."""
    root = schema.mutation_type
    if root is None or operation.operation is not OperationType.MUTATION:
        return set()
    selections = Selections(schema, document, operation, variables)
    parts = selections.parts(root, [operation.selection_set]).values()
    given = [node for part in parts for node in part.node.directives or () if node.name.value == "idempotent"]
    return {key for node in given if isinstance(key := selections.arguments(node).get("key"), str)}


def key_of(name: str, info: GraphQLResolveInfo[Context]) -> str | None:
    """Return the key given with a mutation; raise BAD_REQUEST where one is required and missing or blank."""
    directive = info.schema.get_directive("idempotent")
    given = get_directive_values(directive, info.field_nodes[0], info.variable_values) if directive else None
    if given is None:
        if name in REQUIRED:
            raise bad_request("The @idempotent directive is required for this mutation but was not provided.")
        return None
    if name not in REQUIRED:
        raise bad_request("The @idempotent directive is not supported by this mutation.")
    key = str(given["key"])
    if not key.strip():
        raise bad_request("The idempotency key can't be blank.")
    return key


def once(
    ctx: Context, name: str, key: str | None, args: Mapping[str, Any], attempt: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """Return the payload of `attempt`, or of the earlier attempt with the same key."""
    if key is None:
        return attempt()
    records = ctx.store.idempotency
    for old in [known for known, record in records.items() if record.at <= ctx.now - KEPT]:
        del records[old]
    mark = hashlib.sha256(json.dumps([name, args], default=str).encode()).hexdigest()
    place = f"{ctx.store.client_id}/{key}"
    known: Record | None = records.get(place)
    if key in ctx.late or (known is not None and ctx.now < known.over_at):
        return {"errors": [CONCURRENT.node()]}
    if known is not None:
        if known.mark != mark:
            return {"errors": [MISMATCH.node()]}
        return {"errors": [FAILED.node()]} if known.payload is None else dict(known.payload)
    payload = attempt()
    busy = timedelta(seconds=ctx.keeping.seconds if ctx.keeping else 0)
    records[place] = Record(ctx.now, mark, None if payload.get("errors") else payload, ctx.now + busy)
    return payload
