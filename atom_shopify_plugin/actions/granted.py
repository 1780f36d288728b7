"""Which scopes a call lacks, those of its action and of the members that it gives, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.actions.any_document import request_of
from atom_shopify_plugin.actions.validation import not_null
from atom_shopify_plugin.catalog.model import Action, Schema
from atom_shopify_plugin.errors import MissingScope
from atom_shopify_plugin.shopify.scopes import expand_scopes

if TYPE_CHECKING:
    from atom_shopify_plugin.storage import Store

__all__ = ["add_remedy", "lacking", "require_scopes"]

_APPROVAL = "request access to protected customer data for your app in Shopify's Dev Dashboard"


def require_scopes(action: Action, checked: Mapping[str, Any], store: Store, connect_url: str) -> None:
    """Raise `MissingScope` for a call that lacks scopes as far as they are known."""
    missing = lacking(action, checked, store.granted_scopes)
    if missing:
        names = ", ".join(f"{scopes}, which {needed_by} needs" for scopes, needed_by in missing)
        raise MissingScope(
            f"{store.shop} has not granted {names}. Grant it at {connect_url}{_otherwise(action)}",
            details={
                "missing_scopes": [scopes for scopes, _ in missing],
                "shop": str(store.shop),
                "connect_url": connect_url,
            },
        )


def add_remedy(error: MissingScope, action: Action, store: Store, connect_url: str) -> None:
    """Tell what to do where Shopify itself refused a call: which scope it needs may depend on what an id is of.

    Shopify names the scope, too, if a store has granted it and the app is not approved for what is read.
    """
    if "connect_url" in error.details:
        return
    named: list[str] = error.details.get("missing_scopes") or []
    granted = [scope for scope in named if scope in expand_scopes(store.granted_scopes)]
    if granted:
        error.message = (
            f"Shopify refuses this, although {store.shop} has granted {' and '.join(granted)}: {_APPROVAL}. "
            f"If the scope was taken back, grant it at {connect_url}"
        )
    elif named:
        error.message = f"{store.shop} has not granted {' or '.join(named)}. Grant it at {connect_url}"
    else:
        error.message = (
            f"{store.shop} has not granted what this needs. Grant it at {connect_url}, or, if it is about customers, "
            f"{_APPROVAL}."
        )
    error.message += _otherwise(action)
    missing = [scope for scope in named if scope not in granted]
    error.details |= {"missing_scopes": missing, "shop": str(store.shop), "connect_url": connect_url}


def _otherwise(action: Action) -> str:
    """Return the sentence that names the action that does without the scopes."""
    return f" Without it, use {action.instead}." if action.instead else ""


def lacking(action: Action, checked: Mapping[str, Any], granted: Iterable[str]) -> list[tuple[str, str]]:
    """Return each scope that a call needs and the store has not granted, with what needs it, in words.

    Alternatives are joined by “or”. A member needs the scopes in its ``x-scopes``, wherever it is in the input,
    or those that ``x-scopes`` has for its value.
    """
    have = expand_scopes(granted)
    found = {" or ".join(group): action.key for group in action.scopes if have.isdisjoint(group)}
    if action.any_document:
        asked = request_of(checked).needs
        found.update({" or ".join(group): "the document" for group in asked if have.isdisjoint(group)})
    for scope, member in _of_members(action.input, checked):
        if scope not in have:
            found.setdefault(scope, f"{member} of {action.key}")
    return list(found.items())


def _of_members(schema: Schema, value: Any) -> Iterator[tuple[str, str]]:
    if not schema:  # free-form: nothing is declared of it, however large it is
        return
    schema = not_null(schema)
    if isinstance(value, Mapping):
        for name, member in value.items():
            known = schema.get("properties", {}).get(name, {})
            if member not in (None, [], {}):
                scopes = known.get("x-scopes", ())
                scopes = scopes.get(member, ()) if isinstance(scopes, Mapping) else scopes
                yield from ((scope, name) for scope in scopes)
            yield from _of_members(known, member)
    elif isinstance(value, list):
        for item in value:
            yield from _of_members(schema.get("items", {}), item)
