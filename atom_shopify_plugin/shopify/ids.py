"""Shopify's global ids: ``gid://shopify/Product/123``."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from atom_shopify_plugin.errors import Fault, InvalidInput

__all__ = ["Gid", "gid", "legacy_id", "parse_gid", "to_gid"]

_PREFIX = "gid://shopify/"
# `[0-9]`, not `\d`: Arabic and other digits are digits to Python and to nobody at Shopify. 19 digits hold a 64-bit id.
_GID = re.compile(r"gid://shopify/([A-Z][A-Za-z0-9]{0,63})/([0-9]{1,19})(\?[A-Za-z0-9_=&%.-]{1,200})?")
# Two of these may share a number; their query part tells them apart.
_WITH_QUERY = {"InventoryLevel", "MailingAddress"}
# Types that number the same things: an id of the first one is the id of a thing of one of the others.
_GENERAL = {"DiscountNode": ("DiscountCodeNode", "DiscountAutomaticNode")}
_NUMBER = re.compile(r"[0-9]{1,19}")
_HIGHEST = 2**63 - 1


class Gid(NamedTuple):
    """A parsed global id: the type's name and the number, as text."""

    type: str
    number: str

    def __str__(self) -> str:
        return f"{_PREFIX}{self.type}/{self.number}"


def gid(type_: str, number: int | str) -> str:
    """Return the global id of the object of `type_` with this number."""
    return f"{_PREFIX}{type_}/{number}"


def parse_gid(text: Any) -> Gid:
    """Split a global id; raise `InvalidInput` for anything that is not one.

    A query part, as inventory levels carry it (``…/InventoryLevel/1?inventory_item_id=2``), is accepted and left out.
    """
    match = _GID.fullmatch(text) if isinstance(text, str) else None
    if match is None or not 0 < int(match[2]) <= _HIGHEST:
        raise _refusal("An id looks like gid://shopify/Product/123.")
    return Gid(match[1], match[2])


def to_gid(value: Any, type_: str) -> str:
    """Return `value` as a global id of `type_`.

    Accept a positive number, its digits, or a global id of that very type; raise `InvalidInput` otherwise. Discounts
    have an id as a discount and one as a discount by code or an automatic one: either is taken for the other.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        if 0 < value <= _HIGHEST:
            return gid(type_, value)
    elif isinstance(value, str) and _NUMBER.fullmatch(value):
        if 0 < int(value) <= _HIGHEST:
            return gid(type_, int(value))
    elif isinstance(value, str) and (match := _GID.fullmatch(value)):
        if type_ in _GENERAL.get(match[1], ()) or match[1] in _GENERAL.get(type_, ()):
            return to_gid(match[2], type_)
        if match[1] != type_:
            raise _refusal(f"This is the id of a {match[1]}; a {type_} is wanted here.")
        if 0 < int(match[2]) <= _HIGHEST and (match[3] is None or type_ in _WITH_QUERY):
            return value
    raise _refusal(f"The id of a {type_} is a number or gid://shopify/{type_}/…")


def legacy_id(text: str) -> str | None:
    """Return the number in a global id as text, or None where `text` is not a numbered global id."""
    if not text.startswith(_PREFIX):
        return None
    number = text.rpartition("/")[2].partition("?")[0]
    return number if number.isascii() and number.isdigit() else None


def _refusal(message: str) -> InvalidInput:
    return InvalidInput(message, [Fault("", message, "id")])
