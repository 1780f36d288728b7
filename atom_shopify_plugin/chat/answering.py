"""A meaning becomes an answer: the values are completed, the action runs or is shown, and the state follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.actions.call import Accepted, Call, Outcome
from atom_shopify_plugin.actions.compact import compact
from atom_shopify_plugin.actions.fanout import FanOut, StoreResults
from atom_shopify_plugin.catalog.model import Catalog, Command
from atom_shopify_plugin.chat.fill import filled, lacking
from atom_shopify_plugin.chat.followups import listed, spoken_of
from atom_shopify_plugin.chat.own import OwnCommands, Said
from atom_shopify_plugin.chat.reply import Reply
from atom_shopify_plugin.chat.show import Show
from atom_shopify_plugin.chat.slots import REFERABLE
from atom_shopify_plugin.chat.things import Ambiguous, Things
from atom_shopify_plugin.chat.turn import Turn
from atom_shopify_plugin.chat.understand import Meaning
from atom_shopify_plugin.chat.writing import previewed, waiting
from atom_shopify_plugin.errors import NotFound, NotSynced, PluginError, unexpected
from atom_shopify_plugin.stores.read_only import require_writing_caller
from atom_shopify_plugin.stores.resolve import ALL

if TYPE_CHECKING:
    from atom_shopify_plugin.stores.read_only import ReadOnlySwitch

__all__ = ["Answering", "failed"]


class _Missing(Exception):
    """The slot of a name has no value."""


class Answering:
    """Answers what was understood."""

    def __init__(self, catalog: Catalog, fanout: FanOut, own: OwnCommands, read_only: ReadOnlySwitch) -> None:
        self._catalog = catalog
        self._fanout = fanout
        self._own = own
        self._read_only = read_only

    def answer(self, turn: Turn, meaning: Meaning) -> Reply:
        """Return the answer to a meaning; errors become calm replies, never exceptions."""
        try:
            if meaning.missing is not None:
                return self._ask(turn, meaning, meaning.missing)
            meaning = replace(meaning, slots=self._referred(turn, meaning))
            return self._answer(turn, meaning)
        except _Missing as missing:
            return self._ask(turn, meaning, str(missing))
        except Ambiguous as several:
            return self._ask_which(turn, meaning, several)
        except PluginError as error:
            return failed(meaning.command, error, turn.request_id)
        except Exception as error:  # noqa: BLE001  # a person gets a sentence, whatever went wrong
            return failed(meaning.command, unexpected(error, turn.request_id), turn.request_id)

    def _answer(self, turn: Turn, meaning: Meaning) -> Reply:
        command, shop = meaning.command, meaning.shop or turn.shop
        turn.state.asking = None
        if command.action is None:
            said = Said(turn.principal, meaning.slots, shop, turn.request_id, meaning.language)
            text, data = self._own.answer(command.key, said)
            return Reply(True, text, command.key, data)
        value = self._input(turn, meaning)
        if meaning.writes:
            return self._show_change(turn, meaning, value, shop)
        try:
            outcome = self._fanout.run(Call(turn.principal, command.action, value, request_id=turn.request_id), shop)
        except NotSynced:
            if command.otherwise is None:
                raise
            other = self._catalog.commands[command.otherwise]
            slots = {name: slot for name, slot in meaning.slots.items() if name in other.slots}
            return self._answer(turn, replace(meaning, command=other, slots=slots, given={}))
        except NotFound as error:
            found = self._by_words(turn, meaning, error)
            return self._answer(turn, found)
        self._remember(turn, meaning, outcome)
        return self.told(turn, meaning, outcome)

    def told(self, turn: Turn, meaning: Meaning, outcome: Outcome | Accepted | StoreResults) -> Reply:
        """Return the reply to what an action answered."""
        command, show = meaning.command, Show(meaning.language)
        if isinstance(outcome, StoreResults):
            return self._for_stores(turn, meaning, outcome)
        if isinstance(outcome, Accepted):
            return Reply(True, show.working(outcome), command.key, dict(outcome.operation))
        text = show.told(command, meaning.slots, outcome, turn.store_of(outcome.meta.get("shop")))
        return Reply(True, text, command.key, compact(self._catalog.action(str(command.action)), outcome.data))

    def _for_stores(self, turn: Turn, meaning: Meaning, results: StoreResults) -> Reply:
        """Answer store by store, each under the name that it shows."""
        command, show, lines = meaning.command, Show(meaning.language), []
        for result in results.results:
            if isinstance(result.outcome, Accepted):
                told = show.working(result.outcome)
            elif result.outcome is not None:
                told = show.told(command, meaning.slots, result.outcome, result.store)
            else:
                told = result.error.in_full() if result.error is not None else ""
            lines.append(f"{result.store.name or result.store.shop.handle}:\n{told}")
        error = None if results.error is None else results.error.as_dict(turn.request_id)
        action = self._catalog.action(str(command.action))
        stores = [
            {**one, "data": compact(action, one["data"])} if "data" in one else one for one in results.data["stores"]
        ]
        return Reply(error is None, "\n\n".join(lines), command.key, {**results.data, "stores": stores}, error)

    def _show_change(self, turn: Turn, meaning: Meaning, value: Mapping[str, Any], shop: str | None) -> Reply:
        require_writing_caller(turn.principal)
        if shop != ALL and (store := turn.store_of(shop)) is not None:
            self._read_only.check(turn.principal, store)
        call = Call(turn.principal, str(meaning.command.action), value, preview=True, request_id=turn.request_id)
        try:
            show = Show(meaning.language, meaning.slots)
            text, token, where, data = previewed(self._fanout, call, shop, show)
        except NotFound as error:
            return self._answer(turn, self._by_words(turn, meaning, error))
        self._focus(turn, meaning, {})
        if where is None:
            return Reply(False, text, meaning.command.key, data)
        pending = turn.state.pending = waiting(meaning, value, where, token, turn.now)
        return Reply(True, text, meaning.command.key, {**data, "waits_for": "yes", "until": pending["until"]})

    def _input(self, turn: Turn, meaning: Meaning) -> dict[str, Any]:
        command = meaning.command
        missing = lacking(command, meaning.slots) if meaning.writes else None
        if missing is not None:
            raise _Missing(missing)
        things = self._things(turn, meaning)
        store = turn.store_of(meaning.shop or turn.shop)
        currency = store.currency if store is not None else None
        value = filled(command, meaning.slots, meaning.given, things.part, currency, meaning.language.texts["currency"])
        required = self._catalog.action(str(command.action)).raw_input.get("required", ())
        for member in required:
            if member not in value and member in command.slots:
                raise _Missing(member)
        return value

    def _things(self, turn: Turn, meaning: Meaning) -> Things:
        store = turn.store_of(meaning.shop or turn.shop)
        shop = None if store is None else str(store.shop)

        def run(action: str, value: Mapping[str, Any]) -> Any:
            outcome = self._fanout.run(Call(turn.principal, action, value, request_id=turn.request_id), shop)
            return None if isinstance(outcome, Accepted) else outcome.data

        called = "" if store is None else store.shop.handle
        return Things(run, called, meaning.language.texts["found.nothing"])

    def _by_words(self, turn: Turn, meaning: Meaning, error: NotFound) -> Meaning:
        """Return the meaning with the SKU that is found by what was taken for one; raise `error` without any."""
        for name, kind in meaning.command.slots.items():
            value = meaning.slots.get(name)
            if kind == "sku" and isinstance(value, Mapping) and "sku" in value and "found" not in value:
                try:
                    sku = self._things(turn, meaning).part("sku", {"words": value["sku"]}, None)
                except NotFound:
                    raise error from None
                return replace(meaning, slots={**meaning.slots, name: {"sku": sku, "found": True}})
        raise error

    def _referred(self, turn: Turn, meaning: Meaning) -> dict[str, Any]:
        """Return the slots with what “it” and “the second one” stand for."""
        slots = {}
        for name, value in meaning.slots.items():
            if isinstance(value, Mapping) and "ref" in value:
                known = turn.state.referred(meaning.command.slots[name], value["ref"])
                if known is None:
                    raise _Missing(name)
                slots[name] = known
            else:
                slots[name] = value
        return slots

    def _ask(self, turn: Turn, meaning: Meaning, slot: str) -> Reply:
        """Ask for a value; the next message gives it."""
        self._keep_asking(turn, meaning, slot, ())
        texts, kind = meaning.language.texts, meaning.command.slots[slot]
        text = texts[f"which.{slot}" if kind == "name" and f"which.{slot}" in texts else f"which.{kind}"]
        return Reply(True, text, meaning.command.key, {"asks_for": slot})

    def _ask_which(self, turn: Turn, meaning: Meaning, several: Ambiguous) -> Reply:
        slot = next(name for name, kind in meaning.command.slots.items() if kind == several.kind)
        choices = [{"kind": one.kind, "value": one.value, "label": one.label} for one in several.choices]
        self._keep_asking(turn, meaning, slot, choices)
        lines = [f"{place}. {one.label}" for place, one in enumerate(several.choices, 1)]
        texts = meaning.language.texts
        text = "\n".join([texts["choose"], *lines, texts["choose.how"]])
        labels = [one.label for one in several.choices]
        return Reply(True, text, meaning.command.key, {"asks_for": slot, "choices": labels})

    @staticmethod
    def _keep_asking(turn: Turn, meaning: Meaning, slot: str, choices: Any) -> None:
        turn.state.asking = {
            "command": meaning.command.key,
            "slots": {name: value for name, value in meaning.slots.items() if name != slot},
            "given": dict(meaning.given),
            "shop": meaning.shop,
            "writes": meaning.writes,
            "missing": slot,
            "said": meaning.slots.get(slot),
            "language": meaning.language.name,
            "choices": list(choices),
        }

    def _remember(self, turn: Turn, meaning: Meaning, outcome: Outcome | Accepted | StoreResults) -> None:
        """Note what an answer was about, for what is said next."""
        state, command = turn.state, meaning.command
        cursor, items, focus = None, [], {}
        if isinstance(outcome, Outcome):
            page = outcome.page or {}
            cursor = page.get("next") if page.get("has_more") else None
            items = listed(str(command.action), outcome.data)
            focus = spoken_of(str(command.action), outcome.data, items)
            state.focus = {kind: one for kind, one in state.focus.items() if not any(kind == i.kind for i in items)}
        state.last = {"command": command.key, "slots": dict(meaning.slots), "given": dict(meaning.given),
                      "shop": meaning.shop, "cursor": cursor}  # fmt: skip
        if items:
            state.items = items
        self._focus(turn, meaning, focus)

    @staticmethod
    def _focus(turn: Turn, meaning: Meaning, focus: Mapping[str, Any]) -> None:
        kinds = meaning.command.slots
        said: dict[str, Any] = {
            kinds[name]: value for name, value in meaning.slots.items() if kinds.get(name) in REFERABLE
        }
        said = {kind: one for kind, one in said.items() if not (isinstance(one, Mapping) and "words" in one)}
        turn.state.focus = {**turn.state.focus, **said, **focus}


def failed(command: Command | None, error: PluginError, request_id: str | None) -> Reply:
    """Return an error as a reply, with the address that helps where there is one."""
    url = error.details.get("connect_url")
    link = f" {url}" if isinstance(url, str) and url not in error.message else ""
    key = None if command is None else command.key
    return Reply(False, error.in_full() + link, key, None, error.as_dict(request_id))
