"""Proof of a write: the resource before it, the resource read back after it, and the call that undoes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.actions.undo import checks, putting_back
from atom_shopify_plugin.actions.verify import declared, differences, expected, members, naming
from atom_shopify_plugin.catalog.model import Action, Catalog
from atom_shopify_plugin.errors import InvalidInput, NotFound, PluginError, unexpected

if TYPE_CHECKING:
    from atom_shopify_plugin.actions.inputs import Inputs
    from atom_shopify_plugin.actions.reads import ReadRunner
    from atom_shopify_plugin.stores.shop import Shop

__all__ = ["Proof", "Prover"]


@dataclass(frozen=True, slots=True)
class Proof:
    """What is known of a write that was answered.

    `verified` is None where nobody could look, or nothing is declared to look at. `meta` is what the caller is told,
    `after` the resource as it is now, and `undo` what the audit log keeps to undo the write.
    """

    meta: Mapping[str, Any] = field(default_factory=dict)
    after: Any = None
    undo: Mapping[str, Any] | None = None

    @property
    def verified(self) -> bool | None:
        found: bool | None = self.meta.get("verified")
        return found


class Prover:
    """Reads back what was written."""

    def __init__(self, catalog: Catalog, inputs: Inputs, reader: ReadRunner) -> None:
        self._catalog = catalog
        self._inputs = inputs
        self._reader = reader

    def before(self, action: Action, shop: Shop, checked: Mapping[str, Any]) -> Any:
        """Return the resource as it stands before the write, None for one that is only being made."""
        if action.verify is None:
            return None
        read = self._catalog.actions[action.verify.read]
        named = {name: declared(read.properties[name], checked[name]) for name in action.verify.by if name in checked}
        if not named:
            return None
        try:
            return self._reader.read(read, shop, named).data
        except NotFound:
            if action.verify.makes and "id" not in named:
                return None
            raise

    def prove(
        self, action: Action, shop: Shop, checked: Mapping[str, Any], before: Any, data: Any, request_id: str | None
    ) -> Proof:
        """Return what reading back tells. Raise nothing: whatever goes wrong here, the write was answered."""
        try:
            told, after = self._verify(action, shop, checked, before, data)
            undo = self._undo(action, checked, before, data, after)
        except Exception as error:  # noqa: BLE001  # a defect of the look back is none of the write
            unexpected(error, request_id)
            return Proof({"verified": None})
        if undo is None:
            return Proof(told, after)
        return Proof({**told, "undo": {"action": undo["action"], "input": undo["input"]}}, after, undo)

    def _verify(
        self, action: Action, shop: Shop, checked: Mapping[str, Any], before: Any, data: Any
    ) -> tuple[dict[str, Any], Any]:
        """Read back what was written; return what to say of it, and the resource as it is now."""
        if action.verify is None:
            return {}, None
        read = self._catalog.actions[action.verify.read]
        named = naming(action, read, checked, data)
        if named is None:
            return {}, None
        try:
            found = self._reader.read(read, shop, named).data
        except NotFound:
            field = "id" if "id" in named else list(named)[-1]
            return ({"verified": True} if action.verify.absent else _unlike(field, named, None)), None
        except PluginError:
            # The write itself was answered; that it could not be read back is said, not raised.
            return {"verified": None}, None
        if action.verify.absent:
            return _unlike("id", None, found), found
        wanted = expected(action, checked, data)
        unlike = [*differences(wanted, found), *members(action, checked, before, data, found)]
        if unlike:
            return {"verified": False, "differences": unlike}, found
        compared = wanted or action.verify.holds or action.verify.lacks or action.verify.among
        return ({"verified": True} if compared else {}), found

    def _undo(
        self, action: Action, checked: Mapping[str, Any], before: Any, data: Any, after: Any
    ) -> dict[str, Any] | None:
        """Return the call that puts things back and its checks, where the declared action can do it."""
        given = putting_back(action, checked, before, data)
        if action.undo is None or given is None:
            return None
        back = self._catalog.actions[action.undo.action]
        try:
            self._inputs.check(back, given)
        except InvalidInput:
            return None  # the former value reads otherwise than it is written
        read = None if action.verify is None else self._catalog.actions[action.verify.read]
        named = None if read is None else naming(action, read, checked, data)
        return {"action": back.key, "input": given, **checks(self._catalog, action, checked, named, after)}


def _unlike(field: str, wanted: Any, found: Any) -> dict[str, Any]:
    """Say that a resource is gone, or is still there."""
    names = [value.get(field) if isinstance(value, Mapping) else None for value in (wanted, found)]
    return {"verified": False, "differences": [{"field": field, "wanted": names[0], "found": names[1]}]}
