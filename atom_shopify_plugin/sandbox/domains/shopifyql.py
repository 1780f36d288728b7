"""shopifyqlQuery: see `sandbox.shopifyql`."""

from __future__ import annotations

from atom_shopify_plugin.sandbox.registry import query
from atom_shopify_plugin.sandbox.shopifyql import answer

query("shopifyqlQuery")(answer)
