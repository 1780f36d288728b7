"""What a host registers from a file is what the manifests and the routes say."""

from __future__ import annotations

from host_index import content
from layout import ROOT, written

from atom_shopify_plugin.catalog.index import FILE, packaged
from atom_shopify_plugin.plugin import ShopifyPlugin


def test_the_index_is_fresh() -> None:
    assert (ROOT / "manifests" / FILE).read_text("utf-8") == written(content()), "make docs"


def test_the_short_card_is_the_card_without_what_is_long() -> None:
    (card,) = ShopifyPlugin().atom_services()
    for kind, left_out in (("workflow_actions", "output"), ("workflow_triggers", "payload")):
        card[kind] = [{name: value for name, value in one.items() if name != left_out} for one in card[kind]]
    assert packaged().card == card
