"""What a caller is told of a write that did not end well, and what the audit log keeps: all that may stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.actions.verify import declared
from atom_shopify_plugin.errors import InvalidInput, OutcomeUnknown, PluginError, unexpected

if TYPE_CHECKING:
    from atom_shopify_plugin.actions.call import Call
    from atom_shopify_plugin.actions.inputs import Inputs
    from atom_shopify_plugin.catalog.model import Action, Catalog
    from atom_shopify_plugin.shopify.effects import Effects

__all__ = ["code_of", "cut_off", "look_at", "truthful"]


def cut_off(call: Call, details: Mapping[str, Any]) -> OutcomeUnknown:
    """Return the error of a call whose earlier attempt was cut off and may not be repeated."""
    if call.undoes is None:
        earlier, again = "call with this idempotency key", "use a new key if you still want the write"
    else:
        earlier, again = "undo of this entry", "undo the entry with force if you still want that"
    return OutcomeUnknown(
        f"An earlier {earlier} was interrupted, and Shopify may have made the change. Check the store, then {again}.",
        details=details,
    )


def truthful(error: BaseException, effects: Effects, *, call: Call, protected: bool) -> BaseException:
    """Return `error` itself where nothing can stand in the store, else the `OutcomeUnknown` that says what may.

    `protected` tells whether the caller's own idempotency key makes a repetition harmless. What ends the process
    (`KeyboardInterrupt`, `SystemExit`) is returned as it is.
    """
    if not effects.possible or not isinstance(error, Exception):
        return error
    cause = error if isinstance(error, PluginError) else unexpected(error, call.request_id)
    told = effects.unknown(cause)
    if protected and not (effects.earlier and not effects.in_doubt and not cause.retryable):
        told.retryable, told.retry_after = True, cause.retry_after
        repeat = "call with the same idempotency key" if call.undoes is None else "undo"
        advice = f"Repeat the {repeat}: it takes effect once."
    else:
        advice = "Check the store before you repeat it."
    told.message = f"{told.message} {advice}"
    return told


def code_of(told: BaseException, effects: Effects) -> str:
    """Return the outcome that the audit log keeps of a write that ended with `told`."""
    if isinstance(told, PluginError):
        return told.code
    return OutcomeUnknown.code if effects.possible else "INTERNAL_ERROR"


def look_at(catalog: Catalog, inputs: Inputs, action: Action, checked: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the call that reads what a write was about: the thing itself where the input names it, else a list.

    What the write is verified by comes first, then the others of its domain.
    """
    if action.any_document:
        return None  # nobody knows what a document that a caller wrote is about
    reads = [other for other in catalog.actions.values() if other.domain == action.domain and other.effect == "read"]
    if action.verify is not None:
        reads.insert(0, catalog.actions[action.verify.read])
    for read in sorted(reads, key=lambda other: other.is_search):
        if read.rest is not None and read.rest[0] == "POST":
            continue  # it calculates what would be, and shows nothing that is there
        needed = read.input.get("required", ())
        takes = {name: read.properties[name] for name in needed} if read.is_search else read.properties
        named = {name: declared(takes[name], checked[name]) for name in takes if name in checked and name != "fields"}
        if not (named or read.is_search):
            continue
        try:
            inputs.check(read, named)
        except InvalidInput:
            continue
        return {"action": read.key, "input": named}
    return None
