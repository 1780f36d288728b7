from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_shopify_plugin.shopify.money import nonzero, shown


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("24.0", "EUR", "24.00 EUR"),
        ("0.0", "USD", "0.00 USD"),
        ("1200.0", "JPY", "1200 JPY"),
        ("1.5", "KWD", "1.500 KWD"),
        ("-3.5", "EUR", "-3.50 EUR"),
        ("0.0049", "EUR", "0.0049 EUR"),
        (f"{'9' * 40}.1", "EUR", f"{'9' * 40}.10 EUR"),
    ],
)
def test_an_amount_is_shown_with_the_digits_of_its_currency(amount: str, currency: str, text: str) -> None:
    money = {"amount": amount, "currency_code": currency}
    assert shown(money) == shown({"shop_money": money}) == text
    assert nonzero(money) is (Decimal(amount) != 0)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**18), max_value=10**18, places=6))
def test_no_digit_is_lost(amount: Decimal) -> None:
    assert Decimal(shown({"amount": str(amount), "currency_code": "EUR"}).split()[0]) == amount


@pytest.mark.parametrize(
    "money", [None, {}, {"amount": "a lot"}, {"amount": None}, {"amount": "NaN"}, {"shop_money": {}}]
)
def test_what_is_no_amount_is_called_unknown(money: Any) -> None:
    assert shown(money) == "unknown"
    assert not nonzero(money)
