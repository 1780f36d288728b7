"""What can have metafields: Shopify's names of owner types, and the types of their ids."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["OWNERS"]

OWNERS: Mapping[str, str] = {
    "ARTICLE": "Article",
    "BLOG": "Blog",
    "COLLECTION": "Collection",
    "COMPANY": "Company",
    "COMPANY_LOCATION": "CompanyLocation",
    "CUSTOMER": "Customer",
    "DRAFTORDER": "DraftOrder",
    "LOCATION": "Location",
    "ORDER": "Order",
    "PAGE": "Page",
    "PRODUCT": "Product",
    "PRODUCTVARIANT": "ProductVariant",
    "SHOP": "Shop",
}
"""Owner type (`MetafieldOwnerType`) → type of the id, for owners whose metafields the plugin reads and writes."""
