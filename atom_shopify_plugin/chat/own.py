"""The commands about the conversation itself: its store, its last change, and what can be asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.actions.changed import lately
from atom_shopify_plugin.actions.run import Accepted, Actions, UndoCall
from atom_shopify_plugin.chat.show import Show
from atom_shopify_plugin.errors import ConfirmationNeeded, NotFound
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.stores.read_only import require_writing_caller

if TYPE_CHECKING:
    from atom_shopify_plugin.catalog.model import Catalog
    from atom_shopify_plugin.chat.language import Language
    from atom_shopify_plugin.storage import Storage, Store
    from atom_shopify_plugin.stores.resolve import StoreResolver

__all__ = ["OwnCommands", "Said"]

_OPERATIONS = 5  # operations that are told of
_ROUND_A_NAME = re.compile(r"^(?:the|my|our) |[ ](?:store|shop)$", re.IGNORECASE)
_EXAMPLES = 3  # phrases of one command that `help` shows


@dataclass(frozen=True, slots=True)
class Said:
    """A command about the conversation itself, by whom, in which language and about which store."""

    principal: Principal
    slots: Mapping[str, Any]
    shop: str | None
    request_id: str | None
    language: Language


class OwnCommands:
    """Answers them."""

    def __init__(self, catalog: Catalog, actions: Actions, storage: Storage, stores: StoreResolver) -> None:
        self._catalog = catalog
        self._actions = actions
        self._storage = storage
        self._stores = stores
        self._answers: Mapping[str, Callable[[Said], tuple[str, Any]]] = {
            "changes": self._changes,
            "connect": self._connect,
            "default_store": self._default_store,
            "help": self._help,
            "operations": self._operations,
            "stores": self._list_stores,
            "undo": self._undo,
            "use_store": self._use_store,
        }

    def answer(self, key: str, said: Said) -> tuple[str, Any]:
        """Return the text and the data that answer a command."""
        return self._answers[key](said)

    def _help(self, said: Said) -> tuple[str, Any]:
        texts = said.language.texts
        lines = [texts["help"]]
        for domain in self._catalog.domains.values():
            commands = [one for one in self._catalog.commands.values() if one.domain == domain.name]
            if commands:
                lines.append(f"\n{domain.title}")
                lines += [f"• {' · '.join(_shown(one.says))}: {one.title}" for one in commands]
        lines.append(f"\n{texts['help.end']}")
        return "\n".join(lines), [list(command.says) for command in self._catalog.commands.values()]

    def _connect(self, said: Said) -> tuple[str, Any]:
        url = self._stores.connect_url()
        return said.language.texts["connect"].format(url=url), {"connect_url": url}

    def _list_stores(self, said: Said) -> tuple[str, Any]:
        stores = self._storage.memberships.stores(said.principal)
        here = None if said.shop is None else self._storage.conversations.store(said.principal)
        data = [
            {
                "shop": str(store.shop),
                "name": store.name,
                "state": store.state,
                "read_only": store.read_only,
                "default": store.is_default,
                "in_use": store.is_default if here is None else store.id == here.id,
            }
            for store in stores
        ]
        if not stores:
            return f"No store is connected yet. Connect one at {self._stores.connect_url()}", data
        lines = []
        for store, row in zip(stores, data, strict=True):
            said_of = {"read-only": store.read_only, "default": row["default"], "in use here": row["in_use"]}
            marks = [store.state, *(mark for mark, holds in said_of.items() if holds)]
            lines.append(f"{_called(store)}: {', '.join(marks)}")
        return "\n".join(lines), data

    def _named(self, said: Said) -> Store:
        """Return the store that is named, also by words round its name: the outlet store."""
        try:
            return self._stores.by_words(said.principal, said.slots["store"])
        except NotFound:
            bare = _ROUND_A_NAME.sub("", said.slots["store"])
            with suppress(NotFound):
                return self._stores.by_words(said.principal, bare)
            raise

    def _use_store(self, said: Said) -> tuple[str, Any]:
        store = self._named(said)
        self._storage.conversations.choose(said.principal, store)
        text = f"{_called(store)} is now used in this conversation."
        if not store.is_default:
            text += f" Your default store stays as it is. To change it, say “make {store.shop.handle} my default”."
        return text, {"shop": str(store.shop)}

    def _default_store(self, said: Said) -> tuple[str, Any]:
        require_writing_caller(said.principal)
        store = self._named(said)
        self._storage.memberships.set_default(said.principal, store.shop)
        self._storage.conversations.choose(said.principal, store)
        text = (
            f"{_called(store)} is your default store. Chat, REST, the command line and your workflows use it wherever "
            "no store is named."
        )
        return text, {"shop": str(store.shop)}

    def _undo(self, said: Said) -> tuple[str, Any]:
        """Undo what the person last wrote in the chat; said again, it undoes the write before that."""
        store = self._actions.store_of(said.principal, said.shop)
        entry = self._storage.audit.last_write(said.principal, store)
        if entry is None:
            return f"You have changed nothing through the chat that could be undone in {store.shop.handle}.", None
        title = self._title(entry.action)
        try:
            outcome = self._actions.undo(UndoCall(said.principal, entry.id, request_id=said.request_id))
        except ConfirmationNeeded as needed:
            needed.message = (
                f"To undo “{title}” means: {needed.details['preview']['summary']} That needs a confirmation, which "
                f"the chat can't ask for here. Run `atom-shopify audit undo {entry.id}`, or send POST "
                f"/api/shopify/audit/{entry.id}/undo."
            )
            raise
        if isinstance(outcome, Accepted):
            return Show(said.language).working(outcome), dict(outcome.operation)
        return f"Undone in {store.shop.handle}: {title}.", outcome.data

    def _changes(self, said: Said) -> tuple[str, Any]:
        store = self._actions.store_of(said.principal, said.shop)
        period = said.slots.get("period") or "today"
        if isinstance(period, Mapping):
            days = (date.fromisoformat(period["until"]) - date.fromisoformat(period["since"])).days + 1
            period = period["name"].replace("_", " ") if "name" in period else f"{days}d"
        text, rows = lately(self._storage, said.principal, store, period, self._catalog)
        return text, [row.as_dict() for row in rows]

    def _operations(self, said: Said) -> tuple[str, Any]:
        found = self._storage.operations.list(said.principal, limit=_OPERATIONS)
        if not found:
            return "Shopify has no unfinished work of yours.", []
        lines = [f"{self._title(one.action)} in {one.shop}: {one.state}. {one.message}".strip() for one in found]
        return "\n".join(lines), [one.as_dict() for one in found]

    def _title(self, key: str) -> str:
        action = self._catalog.actions.get(key)
        return key if action is None else action.title


def _called(store: Store) -> str:
    return f"{store.shop.handle} ({store.name or store.shop})"


def _shown(says: tuple[str, ...]) -> list[str]:
    return [phrase.replace("{", "<").replace("}", ">") for phrase in says[:_EXAMPLES]]
