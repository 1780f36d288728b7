"""Locations and sales channels, named as people name them: by id, or by name in whatever case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.service.finding import listed
from atom_shopify_plugin.shopify.ids import to_gid
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["Named", "channel_name", "channels", "locations"]

_SHOWN = 20


class Named:
    """Things of one store by name or id; they are read when the first one is asked for by name.

    What can't be found is added to `faults`.
    """

    def __init__(
        self,
        kind: str,
        noun: str,
        read: Callable[[], list[Any]],
        names: Callable[[Any], list[str]],
        faults: list[Fault],
    ) -> None:
        self._kind, self._noun, self._faults = kind, noun, faults
        self._read, self._names = read, names
        self._rows: list[Any] | None = None

    @property
    def rows(self) -> list[Any]:
        if self._rows is None:
            self._rows = self._read()
        return self._rows

    def find(self, named: str, pointer: str) -> Any:
        """Return the thing of that id or name, None with a fault where there is none or more than one."""
        wanted = named.strip().casefold()
        gid = self._gid(named)
        found = [row for row in self.rows if row["id"] == gid]
        found = found or [row for row in self.rows if wanted in (name.casefold() for name in self._names(row))]
        if len(found) == 1:
            return found[0]
        problem = f"There is no {self._noun} of that name." if not found else f"Several {self._noun}s have that name."
        self._faults.append(Fault(pointer, f"{problem} {self._choice()}", "unknown" if not found else "ambiguous"))
        return None

    def only(self, pointer: str) -> Any:
        """Return the one thing that there is, None with a fault where there are more, or none."""
        if len(self.rows) == 1:
            return self.rows[0]
        problem = f"The store has {len(self.rows)} {self._noun}s: say which one is meant."
        self._faults.append(Fault(pointer, f"{problem} {self._choice()}", "required"))
        return None

    def _gid(self, named: str) -> str | None:
        try:
            return to_gid(named, self._kind)
        except InvalidInput:
            return None

    def _choice(self) -> str:
        names = [self._names(row)[0] for row in self.rows]
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        return f"Known: {', '.join(names[:_SHOWN]) or 'none'}{more}."


def locations(shop: Shop, operation: str, faults: list[Fault]) -> Named:
    """Return the active locations of a store, which the document `operation` lists."""
    return Named("Location", "location", lambda: listed(shop, operation), lambda row: [str(row["name"])], faults)


def channels(shop: Shop, operation: str, faults: list[Fault]) -> Named:
    """Return the publications of a store's sales channels, which the document `operation` lists.

    A channel's handle (``online_store``) names it, too.
    """

    def names(row: Any) -> list[str]:
        return [channel_name(row), *(str(one["handle"]) for one in (row["channels"] or {}).get("nodes", ()))]

    return Named("Publication", "sales channel", lambda: listed(shop, operation), names, faults)


def channel_name(publication: Mapping[str, Any]) -> str:
    """Return how people call a publication: as its catalog is titled, else by its id."""
    return str((publication.get("catalog") or {}).get("title") or publication["id"])
