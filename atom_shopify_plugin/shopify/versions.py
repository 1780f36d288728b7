"""Which API versions Shopify serves, and until when."""

from __future__ import annotations

from datetime import date

__all__ = ["supported_until"]


def supported_until(version: str) -> date | None:
    """Return the day until which Shopify serves an API version, None for ``unstable``.

    shopify.dev, "API versioning" (2026): a version of month M is served until the 16th of M one year later, so 2026-10
    until 2027-10-16. Afterwards Shopify silently answers with the oldest version that it still serves.
    """
    year, _, month = version.partition("-")
    return date(int(year) + 1, int(month), 16) if month else None
