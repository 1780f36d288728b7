"""Names of countries and provinces by code: those that the seed uses, and their neighbours."""

from __future__ import annotations

__all__ = ["country_name", "province_name"]

COUNTRIES = {
    "AT": "Austria", "AU": "Australia", "BE": "Belgium", "BR": "Brazil", "CA": "Canada", "CH": "Switzerland",
    "CN": "China", "CZ": "Czechia", "DE": "Germany", "DK": "Denmark", "ES": "Spain", "FI": "Finland", "FR": "France",
    "GB": "United Kingdom", "GR": "Greece", "HK": "Hong Kong SAR", "HU": "Hungary", "IE": "Ireland", "IL": "Israel",
    "IN": "India", "IT": "Italy", "JP": "Japan", "KR": "South Korea", "LU": "Luxembourg", "MX": "Mexico",
    "NL": "Netherlands", "NO": "Norway", "NZ": "New Zealand", "PL": "Poland", "PT": "Portugal", "RO": "Romania",
    "SE": "Sweden", "SG": "Singapore", "SK": "Slovakia", "TR": "Türkiye", "US": "United States", "ZA": "South Africa",
}  # fmt: skip
PROVINCES = {
    "US": {
        "CA": "California", "CO": "Colorado", "FL": "Florida", "GA": "Georgia", "IL": "Illinois",
        "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota", "NC": "North Carolina", "NJ": "New Jersey",
        "NY": "New York", "OH": "Ohio", "OR": "Oregon", "PA": "Pennsylvania", "TX": "Texas", "UT": "Utah",
        "VA": "Virginia", "WA": "Washington",
    },
    "CA": {"AB": "Alberta", "BC": "British Columbia", "MB": "Manitoba", "ON": "Ontario", "QC": "Quebec"},
}  # fmt: skip


def country_name(code: str) -> str:
    """Return a country's name; a code that is not listed stands for itself."""
    return COUNTRIES.get(code, code)


def province_name(country: str | None, code: str) -> str:
    """Return a province's name; a code that is not listed stands for itself."""
    return PROVINCES.get(country or "", {}).get(code, code)
