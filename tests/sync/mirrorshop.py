"""A store that is copied: its jobs run at once, and its tables are compared with the sandbox."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from stockshop import DEMO

from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.messages import Request
from atom_shopify_plugin.sandbox.store import number
from atom_shopify_plugin.storage import Store
from atom_shopify_plugin.storage.database.base import Base
from atom_shopify_plugin.storage.insight.catalogue import STATES
from atom_shopify_plugin.storage.insight.sync_runs import StreamState
from atom_shopify_plugin.sync import mirror

__all__ = ["seen", "shown", "state_of", "tables"]


def state_of(runtime: Runtime, store: Store, stream: str) -> StreamState:
    return next(state for state in mirror.states(runtime.services, store) if state.stream == stream)


def seen(runtime: Runtime, store: Store) -> dict[str, dict[Any, Any]]:
    """Return what the tables say, in the shape of `shown`."""
    rows = {name: runtime.storage.catalogue.rows(store.id, name) for name in _TABLES}
    return {
        "products": {
            row["product_id"]: (row["title"], row["status"], row["vendor"], row["handle"], _tags(row["product_data"]))
            for row in rows["products"]
        },
        "variants": {
            row["variant_id"]: (
                row["product_id"],
                row["sku"],
                row["price"],
                row["compare_at_price"],
                row["cost"],
                bool(row["tracked"]),
            )
            for row in rows["variants"]
        },
        "locations": {row["location_id"]: (row["name"], bool(row["active"])) for row in rows["locations"]},
        "stock": {
            (row["inventory_item_id"], row["location_id"]): (bool(row["active"]), *(row[state] for state in STATES))
            for row in rows["stock"]
        },
        "discounts": {row["discount_id"]: (row["kind"], row["title"]) for row in rows["discounts"]},
        "discount_codes": {row["code_id"]: (row["discount_id"], row["code"]) for row in rows["discount_codes"]},
    }


def tables(runtime: Runtime, store: Store) -> dict[str, list[Any]]:
    """Return the copied rows of all tables, without what tells only when and how they were copied."""
    found = {}
    with runtime.storage.begin() as session:
        number_of = runtime.storage.mirrors.lock(session, store).number
        for name, table in Base.metadata.tables.items():
            if "store" in table.c and name not in ("shopify_sync_streams", "shopify_sync_changed"):
                columns = [column for column in table.c if column.name not in ("store", "generation", "digest", "seen")]
                rows = session.execute(select(*columns).where(table.c.store == number_of))
                found[name] = sorted(map(repr, rows))
    return found


_TABLES = ("products", "variants", "locations", "stock", "discounts", "discount_codes")
_READ = (
    "products(first: 250) { nodes { id title status vendor handle tags } }",
    (
        "productVariants(first: 250) { nodes { id sku price compareAtPrice product { id } "
        "inventoryItem { tracked unitCost { amount } } } }"
    ),
    (
        "locations(first: 50, includeInactive: true) { nodes { id name isActive "
        "inventoryLevels(first: 250, includeInactive: true) { nodes { isActive item { id } "
        f"quantities(names: {json.dumps(STATES)}) {{ name quantity }} }} }} }} }}"
    ),
    (
        "discountNodes(first: 100) { nodes { id discount { __typename "
        "... on DiscountCodeBasic { title codes(first: 100) { nodes { id code } } } "
        "... on DiscountCodeBxgy { title codes(first: 100) { nodes { id code } } } "
        "... on DiscountCodeFreeShipping { title codes(first: 100) { nodes { id code } } } "
        "... on DiscountAutomaticBasic { title } ... on DiscountAutomaticBxgy { title } "
        "... on DiscountAutomaticFreeShipping { title } } } }"
    ),
)


def shown(runtime: Runtime, sandbox: Sandbox, store: Store) -> dict[str, dict[Any, Any]]:
    """Return what the store says, asked in another way than the plugin does."""
    token = runtime.connections.token(store).access.reveal()
    headers = {"Content-Type": "application/json", "X-Shopify-Access-Token": token}
    data: dict[str, Any] = {}
    for field in _READ:  # one at a time: together they cost too much
        body = json.dumps({"query": f"query {{ {field} }}"}).encode()
        answer = sandbox.handle(Request("POST", DEMO.name, "/admin/api/2026-10/graphql.json", "", headers, body))
        content = json.loads(answer.body)
        assert "errors" not in content, content
        data |= content["data"]
    variants = data["productVariants"]["nodes"]
    discounts = data["discountNodes"]["nodes"]
    return {
        "products": {
            _n(one["id"]): (one["title"], one["status"], one["vendor"], one["handle"], one["tags"])
            for one in data["products"]["nodes"]
        },
        "variants": {
            _n(one["id"]): (
                _n(one["product"]["id"]),
                one["sku"],
                _parts(one["price"]),
                _parts(one["compareAtPrice"]),
                _parts((one["inventoryItem"]["unitCost"] or {}).get("amount")),
                one["inventoryItem"]["tracked"],
            )
            for one in variants
        },
        "locations": {_n(one["id"]): (one["name"], one["isActive"]) for one in data["locations"]["nodes"]},
        "stock": {
            (_n(level["item"]["id"]), _n(one["id"])): (level["isActive"], *_states(level["quantities"]))
            for one in data["locations"]["nodes"]
            for level in one["inventoryLevels"]["nodes"]
        },
        "discounts": {_n(one["id"]): (one["discount"]["__typename"], one["discount"]["title"]) for one in discounts},
        "discount_codes": {
            _n(code["id"]): (_n(one["id"]), code["code"])
            for one in discounts
            for code in one["discount"].get("codes", {"nodes": ()})["nodes"]
        },
    }


def _n(gid: str) -> int:
    return int(number(gid))


def _parts(amount: str | None) -> int | None:
    return None if amount is None else int(Decimal(amount) * 10_000)


def _states(quantities: list[dict[str, Any]]) -> list[int | None]:
    known = {one["name"]: one["quantity"] for one in quantities}
    return [known.get(state) for state in STATES]


def _tags(text: str) -> list[str]:
    found: list[str] = json.loads(text)["tags"]
    return found
