"""What has to be going on in the sandbox before some examples can run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copying import copy

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

__all__ = ["prepare"]

SAVED = {
    "supply_terms": ("vendor:Regulars", {"lead_days": 14}),
    "campaign": ("Welcome week", {"codes": ["WELCOME10"], "since": "2026-10-01"}),
    "saved_report": ("Our week", {"sections": ["sales", "orders"], "period": "last_week", "format": "json"}),
}
"""What has to be saved for the examples about it, by its kind: its name and its body."""
PRODUCTS = "{ products { edges { node { id } } } }"


def prepare(sandbox: Sandbox, runtime: Runtime, store: Store, key: str) -> None:
    """Have ready what an action is about: an operation, a closed return, a copy of the store, what was saved."""
    about_audience = "audience" in runtime.catalog.actions[key].properties
    if (runtime.catalog.actions[key].mirrored and not about_audience) or key == "recommendation_publish":
        copy(runtime, store)
    if about_audience:
        copy(runtime, store)
        rules = [{"attribute": "orders", "operator": "at_least", "value": "1"}]
        with runtime.storage.begin() as session:
            there = runtime.storage.audiences.find(session, store.id, "a" * 32)
            if key == "audience_push" or there is None or (there.name, list(there.rules)) != ("Regulars", rules):
                runtime.storage.audiences.delete(session, "a" * 32)  # with what it did before
                runtime.storage.audiences.add(session, store.id, "a" * 32, "Regulars", "all", rules)
    for kind in SAVED.keys() & runtime.catalog.actions[key].properties.keys():
        with runtime.storage.begin() as session:
            saved = runtime.storage.saved.find(session, store.id, kind, "b" * 32)
            if saved is None or (saved.name, saved.body) != SAVED[kind]:
                runtime.storage.saved.delete(session, "b" * 32)
                runtime.storage.saved.add(session, store.id, kind, "b" * 32, *SAVED[kind])
    about_one = key in ("bulk_operation_get", "bulk_operation_cancel")
    sandbox.bulk.change({"start_after": 1_000_000 if about_one else 0})
    if about_one:
        given = {"query": PRODUCTS, "group_objects": False}
        runtime.services.open_shop(store).root("BulkOperationRunQuery", given)
    for gid, one in list(sandbox.store(store.shop.name).all("Return").items()):
        if one["name"] == "#1023-R1" and (one["status"] == "CLOSED") != (key == "return_reopen"):
            change = "ReturnClose" if key == "return_reopen" else "ReturnReopen"
            runtime.services.open_shop(store).root(change, {"id": gid})
