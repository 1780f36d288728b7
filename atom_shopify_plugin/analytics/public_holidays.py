"""Public holidays of a country or a part of one, from the library `holidays`, which the extra `forecast` installs."""

from __future__ import annotations

from datetime import date

from atom_shopify_plugin.errors import Fault, InvalidInput, Misconfigured

__all__ = ["public_holidays"]


def public_holidays(place: str, since: date, until: date) -> dict[date, str]:
    """Return the public holidays of a place such as ``DE`` or ``DE-BY`` by day, with one name for each kind of day.

    Names are English where the library has them so. Raises `InvalidInput` for a place of which none are known, and
    `Misconfigured` where the library is missing.
    """
    try:
        import holidays
    except ImportError:
        message = "Public holidays need a library: pip install 'atom-shopify-plugin[forecast]'."
        raise Misconfigured(message) from None
    country, _, part = place.partition("-")
    known = holidays.list_supported_countries(include_aliases=False)
    if country not in known:
        raise _refusal("There are no public holidays for this country. Give its two-letter code, such as DE.")
    if part and part not in known[country]:
        parts = ", ".join(known[country][:20])
        raise _refusal(f"There are no public holidays for this subdivision. Known ones:  {parts or 'none'}.")
    years = range(since.year, until.year + 1)
    found = holidays.country_holidays(country, subdiv=part or None, years=years, language="en_US")
    # Two holidays on one day are one kind of day, whichever of them the library names first.
    return {
        day: "; ".join(sorted(str(name).split("; "))) for day, name in sorted(found.items()) if since <= day <= until
    }


def _refusal(message: str) -> InvalidInput:
    return InvalidInput.about("The input", [Fault("/holidays", message, "unknown")])
