"""What things are called where an id is expected: per type of id, the member that names it as well as its id does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["NAMED", "Naming"]

_WORDS = r"(?!gid:)[^\x00-\x1f\x7f-\x9f\u2028\u2029]"


class Naming(NamedTuple):
    """How things of a type are named: `member` holds the name, `form` is what it looks like when it is not blank.

    A number is an id. Where `longest_number` is not 0, one of at most so many digits may be a name as well: both are
    looked for. Ids of Shopify are longer than numbers that people count up.
    """

    member: str
    form: re.Pattern[str]
    longest_number: int = 0


NAMED: Mapping[str, Naming] = {
    "Collection": Naming("handle", re.compile(r"\w[\w-]{0,254}")),
    "Customer": Naming("email", re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")),
    "DiscountCodeNode": Naming("code", re.compile(_WORDS + "{1,255}"), longest_number=9),
    "DiscountNode": Naming("code", re.compile(_WORDS + "{1,255}"), longest_number=9),
    "InventoryItem": Naming("sku", re.compile(_WORDS + "{1,255}")),
    "Location": Naming("name", re.compile(_WORDS + "{1,255}")),
    "Order": Naming("name", re.compile(_WORDS + "{1,100}"), longest_number=9),
    "Return": Naming("name", re.compile(_WORDS + "{1,100}")),
    "Product": Naming("handle", re.compile(r"\w[\w-]{0,254}")),
    "ProductVariant": Naming("sku", re.compile(_WORDS + "{1,255}")),
    "Segment": Naming("name", re.compile(_WORDS + "{1,255}")),
}
