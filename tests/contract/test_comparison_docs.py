"""The comparison with other tools counts what there is."""

from __future__ import annotations

import re

from official import ROOT

from atom_shopify_plugin.catalog.loading import packaged


def test_our_column_counts_the_catalogue() -> None:
    catalog = packaged()
    text = (ROOT / "docs" / "comparison.md").read_text(encoding="utf-8")
    counts = dict(re.findall(r"^\| (actions|triggers) \| (\d+) \|", text, re.MULTILINE))
    triggers = len(catalog.triggers) + len(catalog.computed)
    assert counts == {"actions": str(len(catalog.actions)), "triggers": str(triggers)}
