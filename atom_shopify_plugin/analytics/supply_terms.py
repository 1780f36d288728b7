"""Terms of supply by vendor, product or variant: lead time, minimum order and pack size. The most specific one wins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.analytics.replenishment import Supply
from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.storage.insight.stock_facts import Ware

__all__ = ["Terms"]

_SCOPES = ("vendor", "product", "variant")  # from the widest on
_MEMBERS = {"lead": "lead_days", "deviation": "lead_deviation", "minimum": "minimum_order", "pack": "pack_size"}
_UNITS = ("minimum_order", "pack_size")
_LONGEST = 365  # days


class Terms:
    """The terms that an input gives, as texts such as ``vendor:Atelier lead=21 pack=6``, beside what holds for all."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._general = {
            "lead_days": given["lead_days"],
            "lead_deviation": given["lead_deviation_days"],
            "service_level": given["service_level"],
            "review_days": given["review_days"],
            "cover_days": given["cover_days"],
        }
        self._special: dict[tuple[str, str], dict[str, Any]] = {}
        self._texts: dict[tuple[str, str], str] = {}
        self._used: set[tuple[str, str]] = set()
        for at, text in enumerate(given.get("terms", ())):
            key, members = _read(f"/terms/{at}", text)
            if key in self._special:
                raise _refusal(f"/terms/{at}", "There are terms for this already.")
            self._special[key], self._texts[key] = members, text

    def of(self, ware: Ware) -> Supply:
        """Return how a variant is ordered: each member from its own terms, else those of its product, of its vendor."""
        members = dict(self._general)
        for key in _keys(ware):
            if key in self._special:
                self._used.add(key)
                members |= self._special[key]
        return Supply(**members)

    @property
    def unused(self) -> list[str]:
        """The terms that no variant had so far: those of a name that is written otherwise, perhaps."""
        return [text for key, text in self._texts.items() if key not in self._used]


def _keys(ware: Ware) -> list[tuple[str, str]]:
    names = [("vendor", ware.vendor.strip().casefold()), ("product", str(ware.product)), ("variant", str(ware.variant))]
    return names if ware.sku is None else [*names, ("variant", ware.sku.strip().casefold())]


def _read(pointer: str, text: str) -> tuple[tuple[str, str], dict[str, Any]]:
    """Return of what some terms are, and their members; raise `InvalidInput` for what is no term, or out of bounds."""
    scope, _, rest = text.partition(":")
    words = rest.split(" ")
    members: dict[str, Any] = {}
    while len(words) > 1 and words[-1].partition("=")[0] in _MEMBERS:
        name, _, number = words.pop().partition("=")
        member = _MEMBERS[name]
        if member in members:
            raise _refusal(pointer, f"It says {name} twice.")
        members[member] = _number(pointer, name, number, whole=member in _UNITS)
    subject = " ".join(words).strip().casefold()
    if not members or not subject or scope not in _SCOPES:
        raise _refusal(pointer, "It must look like vendor:Atelier lead=21 deviation=3 minimum=10 pack=6.")
    return (scope, subject.rpartition("/")[2] if subject.startswith("gid:") else subject), members


def _number(pointer: str, name: str, text: str, *, whole: bool) -> float | int:
    least, most = (1, 1_000_000) if whole else (0, _LONGEST)
    if not text.replace(".", "", 0 if whole else 1).isdecimal() or not least <= float(text) <= most:
        kind = "a whole number" if whole else "a number of days"
        raise _refusal(pointer, f"{name} is {kind} from {least} to {most}.")
    return int(text) if whole else float(text)


def _refusal(pointer: str, message: str) -> InvalidInput:
    return InvalidInput.about("The input", [Fault(pointer, message, "conflict")])
