"""Every mutation that the sandbox serves is carried out."""

from __future__ import annotations

import json

from official import ROOT

from atom_shopify_plugin.sandbox import resolve
from atom_shopify_plugin.sandbox.engine import schema

SUBSET = ROOT / "atom_shopify_plugin" / "sandbox" / "schema" / "subset.json"
# Served so that documents are checked, and not modelled yet. Nothing is added here: a new mutation comes with its rule.
WITHOUT_A_RULE = {
    "appRevokeAccessScopes", "fulfillmentCancel", "fulfillmentCreate", "fulfillmentTrackingInfoUpdate",
    "orderCreateManualPayment", "orderDelete", "refundCreate",
}  # fmt: skip


def test_no_mutation_is_served_without_a_rule() -> None:
    served = set(json.loads(SUBSET.read_text(encoding="utf-8"))["mutations"])
    assert served - set(resolve.modelled(schema())["mutations"]) <= WITHOUT_A_RULE
