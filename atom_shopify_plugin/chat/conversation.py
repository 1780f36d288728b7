"""A text of chat → an action → an answer in a few lines.

The phrases come from the manifests. `shopify` may stand before any of them, case does not matter, and the phrase with
the most literal words wins. What of quotes and punctuation belongs to a slot depends on the kind that its manifest
declares (see `spoken`). A command never touches the service: it goes through `Actions.run`, as every call does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.actions.changed import lately
from atom_shopify_plugin.actions.compact import compact
from atom_shopify_plugin.actions.fanout import FanOut, StoreResults
from atom_shopify_plugin.actions.run import Accepted, Actions, Call, Outcome, UndoCall
from atom_shopify_plugin.actions.texts import rendered
from atom_shopify_plugin.catalog.model import Catalog, Command
from atom_shopify_plugin.catalog.spoken import PUNCTUATION, clean
from atom_shopify_plugin.errors import ConfirmationNeeded, PluginError, unexpected
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.stores.read_only import require_writing_caller
from atom_shopify_plugin.stores.resolve import ALL, StoreResolver

if TYPE_CHECKING:
    from atom_shopify_plugin.storage import Storage, Store

__all__ = ["Chat", "Reply"]

MAX_TEXT = 2000
_IN_ALL_STORES = re.compile(
    r" (?:in|for|from|of|across) (?:all|every|each)(?: of)?(?: (?:my|our|the))? (?:store|shop)s?$", re.IGNORECASE
)
_OPERATIONS = 5  # operations that are told of
_SLOT = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: `text` for the person, `data` for programs, `command` the key of the command that was understood."""

    ok: bool
    text: str
    command: str | None = None
    data: Any = None
    error: Mapping[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        answer: dict[str, Any] = {"ok": self.ok, "reply": self.text, "command": self.command, "data": self.data}
        if self.error is not None:
            answer["error"] = dict(self.error)
        return answer


@dataclass(frozen=True, slots=True)
class _Phrase:
    command: Command
    pattern: re.Pattern[str]
    weight: int  # literal characters: the more of a phrase is fixed, the surer it is meant


@dataclass(frozen=True, slots=True)
class _Said:
    """A command about the conversation itself, by whom and about which store."""

    principal: Principal
    slots: Mapping[str, str]
    shop: str | None
    request_id: str | None


class Chat:
    """Understands the phrases of a Catalog."""

    def __init__(
        self, catalog: Catalog, actions: Actions, fanout: FanOut, storage: Storage, stores: StoreResolver
    ) -> None:
        self._catalog = catalog
        self._actions = actions
        self._fanout = fanout
        self._storage = storage
        self._stores = stores
        self._own: Mapping[str, Callable[[_Said], tuple[str, Any]]] = {
            "changes": self._changes,
            "default_store": self._default_store,
            "help": self._help,
            "operations": self._operations,
            "stores": self._list_stores,
            "undo": self._undo,
            "use_store": self._use_store,
        }

    def match(self, text: str) -> tuple[Command, dict[str, str]] | None:
        """Return the command that `text` says and its slots, or None. A phrase with an empty slot is not said."""
        words = " ".join(text[:MAX_TEXT].split())
        for phrase in self._phrases:
            found = phrase.pattern.fullmatch(words)
            if found is not None:
                kinds = phrase.command.slots
                slots = {name: clean(value, kinds[name]) for name, value in found.groupdict().items()}
                if all(slots.values()):
                    return phrase.command, slots
        return None

    def answer(
        self,
        principal: Principal,
        text: str,
        shop: str | Sequence[str] | None = None,
        request_id: str | None = None,
    ) -> Reply | None:
        """Answer `text`, or return None if it is none of our phrases. Errors become calm replies, never exceptions."""
        understood = self.match(text)
        words = " ".join(text[:MAX_TEXT].split()).rstrip(PUNCTUATION + " ")
        everywhere = self.match(_IN_ALL_STORES.sub("", words)) if _IN_ALL_STORES.search(words) else None
        if everywhere is not None and everywhere[0].action is not None:
            understood, shop = everywhere, ALL
        if understood is None:
            return None
        command, slots = understood
        try:
            if shop is None and (chosen := self._storage.conversations.store(principal)) is not None:
                shop = chosen.shop.name
            if command.action is None:
                store = shop if shop is None or isinstance(shop, str) else ",".join(shop)
                reply, data = self._own[command.key](_Said(principal, slots, store, request_id))
            else:
                value = {**command.input, **slots}
                outcome = self._fanout.run(Call(principal, command.action, value, request_id=request_id), shop)
                if isinstance(outcome, StoreResults):
                    return self._for_stores(command, slots, outcome, request_id)
                if isinstance(outcome, Accepted):
                    reply, data = _going_on(outcome), dict(outcome.operation)
                else:
                    data = compact(self._catalog.action(command.action), outcome.data)
                    reply = _told(command, slots, outcome, outcome.meta.get("shop"))
        except PluginError as error:
            return _failed(command, error, request_id)
        except Exception as error:  # noqa: BLE001  # a person gets a sentence, whatever went wrong
            return _failed(command, unexpected(error, request_id), request_id)
        return Reply(True, reply, command.key, data)

    def _for_stores(
        self, command: Command, slots: Mapping[str, str], results: StoreResults, request_id: str | None
    ) -> Reply:
        """Answer store by store, each under the name that it shows."""
        lines = []
        for result in results.results:
            if isinstance(result.outcome, Accepted):
                told = _going_on(result.outcome)
            elif result.outcome is not None:
                told = _told(command, slots, result.outcome, result.store.shop.name)
            else:
                told = result.error.in_full() if result.error is not None else ""
            lines.append(f"{result.store.name or result.store.shop.handle}:\n{told}")
        error = None if results.error is None else results.error.as_dict(request_id)
        action = self._catalog.action(str(command.action))
        stores = [
            {**one, "data": compact(action, one["data"])} if "data" in one else one for one in results.data["stores"]
        ]
        return Reply(error is None, "\n\n".join(lines), command.key, {**results.data, "stores": stores}, error)

    @cached_property
    def _phrases(self) -> list[_Phrase]:
        phrases = [
            _Phrase(command, _pattern(phrase), len(_SLOT.sub("", phrase)))
            for command in self._catalog.commands.values()
            for phrase in command.says
        ]
        return sorted(phrases, key=lambda phrase: -phrase.weight)

    # The commands about the conversation itself

    def _help(self, _said: _Said) -> tuple[str, Any]:
        lines = [
            f"{' · '.join(phrase.replace('{', '<').replace('}', '>') for phrase in command.says)}: {command.title}"
            for command in self._catalog.commands.values()
        ]
        return "You can say:\n" + "\n".join(lines), [list(command.says) for command in self._catalog.commands.values()]

    def _list_stores(self, said: _Said) -> tuple[str, Any]:
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

    def _use_store(self, said: _Said) -> tuple[str, Any]:
        store = self._stores.by_words(said.principal, said.slots["store"])
        self._storage.conversations.choose(said.principal, store)
        text = f"{_called(store)} is in use in this conversation."
        if not store.is_default:
            text += f" Your default store stays as it is. To change it, say “make {store.shop.handle} my default”."
        return text, {"shop": str(store.shop)}

    def _default_store(self, said: _Said) -> tuple[str, Any]:
        require_writing_caller(said.principal)
        store = self._stores.by_words(said.principal, said.slots["store"])
        self._storage.memberships.set_default(said.principal, store.shop)
        self._storage.conversations.choose(said.principal, store)
        text = (
            f"{_called(store)} is your default store. Chat, REST, the command line and your workflows use it wherever "
            "no store is named."
        )
        return text, {"shop": str(store.shop)}

    def _undo(self, said: _Said) -> tuple[str, Any]:
        """Undo what the person last wrote in the chat; said again, it undoes the write before that."""
        store = self._actions.store_of(said.principal, said.shop)
        entry = self._storage.audit.last_write(said.principal, store)
        if entry is None:
            return f"There is nothing of yours in the chat to undo in {store.shop.handle}.", None
        title = self._title(entry.action)
        try:
            outcome = self._actions.undo(UndoCall(said.principal, entry.id, request_id=said.request_id))
        except ConfirmationNeeded as needed:
            needed.message = (
                f"To undo “{title}” means: {needed.details['preview']['summary']} That needs a confirmation, and the "
                f"chat does not ask for any. Run `atom-shopify audit undo {entry.id}`, or send POST "
                f"/api/shopify/audit/{entry.id}/undo."
            )
            raise
        if isinstance(outcome, Accepted):
            return _going_on(outcome), dict(outcome.operation)
        return f"Undone in {store.shop.handle}: {title}.", outcome.data

    def _changes(self, said: _Said) -> tuple[str, Any]:
        store = self._actions.store_of(said.principal, said.shop)
        text, rows = lately(self._storage, said.principal, store, said.slots.get("period") or "today", self._catalog)
        return text, [row.as_dict() for row in rows]

    def _operations(self, said: _Said) -> tuple[str, Any]:
        found = self._storage.operations.list(said.principal, limit=_OPERATIONS)
        if not found:
            return "Shopify works on nothing of yours.", []
        lines = [f"{self._title(one.action)} in {one.shop}: {one.state}. {one.message}".strip() for one in found]
        return "\n".join(lines), [one.as_dict() for one in found]

    def _title(self, key: str) -> str:
        action = self._catalog.actions.get(key)
        return key if action is None else action.title


def _called(store: Store) -> str:
    return f"{store.shop.handle} ({store.name or store.shop})"


def _pattern(phrase: str) -> re.Pattern[str]:
    """Return what says a phrase: a colon may stand before a slot, punctuation at the end."""
    parts = _SLOT.split(" ".join(phrase.split()))
    pattern = "".join(
        f"(?P<{part}>.+)" if index % 2 else re.escape(part.rstrip()) + ("[:,]? " if part.endswith(" ") else "")
        for index, part in enumerate(parts)
    ).replace(r"\ ", " ")
    end = "" if not parts[-1] else f"[{re.escape(PUNCTUATION)} ]*"
    return re.compile(rf"[¿¡]?(?:shopify[,:]? )?{pattern}{end}", re.IGNORECASE)


def _told(command: Command, slots: Mapping[str, str], outcome: Outcome, shop: Any) -> str:
    """Return the reply to an outcome, and what the store does not show; what brings it back comes at the list's end."""
    lines = [rendered(command.reply, {"data": outcome.data, "page": outcome.page, "slots": slots, "shop": shop})]
    ends = outcome.page is None or not outcome.page["has_more"]
    for limit in outcome.meta.get("limits", ()):
        lines.append(f"({limit['message']} {limit['remedy']})" if ends else f"({limit['message']})")
    return "\n".join(lines)


def _going_on(outcome: Accepted) -> str:
    return f"Shopify works on it (operation {outcome.operation_id}). Say `operations` to see how far it is."


def _failed(command: Command, error: PluginError, request_id: str | None) -> Reply:
    return Reply(False, error.in_full() + _link(error), command.key, None, error.as_dict(request_id))


def _link(error: PluginError) -> str:
    url = error.details.get("connect_url")
    return f" {url}" if isinstance(url, str) and url not in error.message else ""
