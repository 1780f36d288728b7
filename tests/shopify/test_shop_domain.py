from __future__ import annotations

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_shopify_plugin.errors import InvalidInput
from atom_shopify_plugin.shopify.domain import ShopDomain

HOSTILE: list[Any] = [
    "evil.com/x?",
    "evil.com/x?.myshopify.com",
    "a.myshopify.com\n",
    "\na.myshopify.com",
    "a.my\u017fhopify.com",
    "\u212a.myshopify.com",
    "\uff41.myshopify.com",
    "a.myshopify.com@evil.com",
    "evil.com@a.myshopify.com",
    "evil.com\\.myshopify.com",
    "a.myshopify.com.evil.com",
    "a.myshopify.com:443",
    "a.myshopify.com.",
    "-a.myshopify.com",
    "a" * 64 + ".myshopify.com",
    "a.myshopify.com,b.myshopify.com",
    "%61.myshopify.com",
    "a.b.myshopify.com",
    "a_b.myshopify.com",
    ".myshopify.com",
    "myshopify.com",
    "https://a.myshopify.com",
    "a.myshopify.com/admin",
    "a.myshopify.com#",
    " a.myshopify.com",
    "a.myshopify.com\x00",
    "",
    "a" * 1_000_000,
    None,
    7,
    b"a.myshopify.com",
    ["a.myshopify.com"],
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda value: repr(value)[:30])
def test_anything_but_a_full_domain_is_refused(text: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        ShopDomain.parse(text)
    assert caught.value.faults[0].pointer == "/shop"


def test_upper_and_lower_case_are_one_store() -> None:
    assert ShopDomain.parse("A.MyShopify.com") == ShopDomain.parse("a.myshopify.com")


def test_a_handle_is_enough_for_people_who_type() -> None:
    assert ShopDomain.from_handle("Demo").name == "demo.myshopify.com"


def test_a_path_can_not_change_the_host() -> None:
    shop = ShopDomain("a.myshopify.com")
    for path in ("//evil.com/", "@evil.com/", ".evil.com/", ""):
        with pytest.raises(ValueError, match="slash"):
            shop.url(path)


def test_a_browser_finds_a_sandbox_store_by_its_subdomain_of_localhost() -> None:
    shop = ShopDomain("demo.myshopify.com")
    assert shop.browser_url("/admin", "http://127.0.0.1:5059") == "http://demo.localhost:5059/admin"
    assert shop.browser_url("/admin") == "https://demo.myshopify.com/admin"


@given(st.text(max_size=80))
def test_what_is_accepted_is_ascii_and_ends_in_the_one_suffix(text: str) -> None:
    try:
        shop = ShopDomain.parse(text)
    except InvalidInput:
        return
    assert set(shop.name) <= set(string.ascii_lowercase + string.digits + "-.")
    assert shop.name.endswith(".myshopify.com")


@given(st.from_regex(r"[a-z0-9][a-z0-9-]{0,62}", fullmatch=True))
def test_every_documented_domain_is_accepted(handle: str) -> None:
    assert ShopDomain.parse(f"{handle}.myshopify.com").handle == handle
