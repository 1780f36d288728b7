"""Terms of supply by vendor, product or variant: lead time, minimum order and pack size. The most specific one wins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.analytics.replenishment import Supply
from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.storage.insight.stock_facts import Ware

if TYPE_CHECKING:
    from atom_shopify_plugin.analytics.view import View

__all__ = ["MEMBERS", "SAVED", "Terms", "subject_of"]

SAVED = "supply_terms"
"""The kind under which terms are saved."""
MEMBERS = ("lead_days", "lead_deviation_days", "minimum_order", "pack_size")
"""What terms say, as inputs call it."""

_SCOPES = ("vendor", "product", "variant")  # from the widest on
_MEMBERS = {"lead": "lead_days", "deviation": "lead_deviation", "minimum": "minimum_order", "pack": "pack_size"}
_UNITS = ("minimum_order", "pack_size")
_LONGEST = 365  # days


class Terms:
    """The terms of a store: those that are saved, and before them those that an input gives, beside what holds for all.

    An input gives them as texts such as ``vendor:Atelier lead=21 pack=6``.
    """

    def __init__(self, view: View, given: Mapping[str, Any]) -> None:
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
        whole = not given.keys() & {"vendor", "location_id"}  # else terms of other vendors and places were unused, too
        for saved in view.storage.saved.of(view.session, view.store.id, SAVED):
            key = _subject(saved.name)
            members = dict(saved.body)
            if "lead_deviation_days" in members:
                members["lead_deviation"] = members.pop("lead_deviation_days")
            self._special[key] = members | self._special.get(key, {})
            if whole:
                self._texts.setdefault(key, saved.name)

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


def subject_of(pointer: str, text: str) -> str:
    """Return what terms are about as they are saved, such as ``product:123``; raise `InvalidInput` for no subject."""
    scope, _, name = text.partition(":")
    if scope not in _SCOPES or not name.strip() or (scope == "product" and not _subject(text)[1].isdecimal()):
        raise _refusal(pointer, "It is vendor: with a name, product: with a number, or variant: with a number or SKU.")
    return f"{scope}:{name.rpartition('/')[2].strip() if name.startswith('gid:') else name.strip()}"


def _subject(text: str) -> tuple[str, str]:
    """Return the scope and the name of a subject as variants are looked up by them."""
    scope, _, name = text.partition(":")
    name = name.strip().casefold()
    return scope, name.rpartition("/")[2] if name.startswith("gid:") else name


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
    key = _subject(f"{scope}:{' '.join(words)}")
    if not members or not key[1] or scope not in _SCOPES:
        raise _refusal(pointer, "It must look like vendor:Atelier lead=21 deviation=3 minimum=10 pack=6.")
    return key, members


def _number(pointer: str, name: str, text: str, *, whole: bool) -> float | int:
    least, most = (1, 1_000_000) if whole else (0, _LONGEST)
    if not text.replace(".", "", 0 if whole else 1).isdecimal() or not least <= float(text) <= most:
        kind = "a whole number" if whole else "a number of days"
        raise _refusal(pointer, f"{name} is {kind} from {least} to {most}.")
    return int(text) if whole else float(text)


def _refusal(pointer: str, message: str) -> InvalidInput:
    return InvalidInput.about("The input", [Fault(pointer, message, "conflict")])
