"""Every mutation that the sandbox serves is carried out."""

from __future__ import annotations

import json

from official import ROOT

from atom_shopify_plugin.sandbox import resolve
from atom_shopify_plugin.sandbox.engine import schema

SUBSET = ROOT / "atom_shopify_plugin" / "sandbox" / "schema" / "subset.json"


def test_no_mutation_is_served_without_a_rule() -> None:
    served = set(json.loads(SUBSET.read_text(encoding="utf-8"))["mutations"])
    assert served - set(resolve.modelled(schema())["mutations"]) == set()
