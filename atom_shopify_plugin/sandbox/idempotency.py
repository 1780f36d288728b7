"""The directive @idempotent(key:): required by some mutations, keys kept for 24 hours per app and store.

A repeated key with equal parameters does not run again: its payload holds references, so that the reply shows current
data. Shopify.dev, "Idempotent requests"; error texts from the schema and from live stores.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from graphql import GraphQLResolveInfo, get_directive_values

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.refusals import UserError, bad_request

__all__ = ["REQUIRED", "key_of", "once"]

KEPT = timedelta(hours=24)
REQUIRED = frozenset({
    "inventoryActivate", "inventoryAdjustQuantities", "inventoryMoveQuantities", "inventorySetOnHandQuantities",
    "inventorySetQuantities", "inventoryShipmentAddItems", "inventoryShipmentCreate",
    "inventoryShipmentCreateInTransit", "inventoryShipmentReceive", "inventoryTransferCreate",
    "inventoryTransferCreateAsReadyToShip", "inventoryTransferDuplicate", "inventoryTransferSetItems",
    "locationActivate", "locationDeactivate", "refundCreate",
})  # fmt: skip

MISMATCH = UserError(
    None,
    "The same idempotency key cannot be used with different operation parameters.",
    "IDEMPOTENCY_KEY_PARAMETER_MISMATCH",
)
FAILED = UserError(
    None,
    "A previous request with this idempotency key failed. Retry with a new idempotency key.",
    "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED",
)


@dataclass(frozen=True)
class Record:
    """What a key was used for; `payload` is None when the attempt was refused."""

    at: datetime
    mark: str
    payload: Mapping[str, Any] | None


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
    if known is not None:
        if known.mark != mark:
            return {"errors": [MISMATCH.node()]}
        return {"errors": [FAILED.node()]} if known.payload is None else dict(known.payload)
    payload = attempt()
    records[place] = Record(ctx.now, mark, None if payload.get("errors") else payload)
    return payload
