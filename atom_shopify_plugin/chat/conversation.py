"""A text of chat → what it means → an action → an answer in a few lines.

The commands come from the manifests, their wordings from the manifests and the languages (`language`). What was said
before is part of what a text means (`state`). A command never touches the service: it goes through `Actions.run`, as
every call does. What changes a store is shown first and done after a yes (`writing`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.actions.fanout import FanOut
from atom_shopify_plugin.actions.run import Actions
from atom_shopify_plugin.catalog.model import Catalog, Command
from atom_shopify_plugin.chat import followups
from atom_shopify_plugin.chat.answering import Answering, failed
from atom_shopify_plugin.chat.language import WRITES, Language
from atom_shopify_plugin.chat.own import OwnCommands
from atom_shopify_plugin.chat.reply import Reply
from atom_shopify_plugin.chat.show import today_in
from atom_shopify_plugin.chat.state import State
from atom_shopify_plugin.chat.turn import Turn
from atom_shopify_plugin.chat.understand import Meaning, Understanding, Understood
from atom_shopify_plugin.chat.words import plain
from atom_shopify_plugin.chat.writing import is_open, wish
from atom_shopify_plugin.errors import PluginError, unexpected
from atom_shopify_plugin.hookspecs import Principal

if TYPE_CHECKING:
    from datetime import date

    from atom_shopify_plugin.storage import Storage
    from atom_shopify_plugin.storage.stores.chat_states import ChatState
    from atom_shopify_plugin.stores.read_only import ReadOnlySwitch
    from atom_shopify_plugin.stores.resolve import StoreResolver

__all__ = ["Chat", "Reply"]

log = logging.getLogger(__name__)


class Chat:
    """Understands what people say by the commands of a Catalog, and answers."""

    def __init__(
        self,
        catalog: Catalog,
        actions: Actions,
        fanout: FanOut,
        storage: Storage,
        stores: StoreResolver,
        read_only: ReadOnlySwitch,
        complete: Callable[[str, Sequence[str]], str | None] = lambda _text, _phrases: None,
    ) -> None:
        self._catalog = catalog
        self._fanout = fanout
        self._storage = storage
        self._understanding = Understanding(catalog)
        self._complete = complete
        self._answering = Answering(catalog, fanout, OwnCommands(catalog, actions, storage, stores), read_only)

    def match(self, text: str, today: date | None = None) -> tuple[Command, Mapping[str, Any]] | None:
        """Return the command that `text` says by itself and its slots; None where it says none surely.

        Without a day of the store it is today in UTC.
        """
        understood = self._understanding.read(text, datetime.now(UTC).date() if today is None else today)
        meaning = understood.meaning
        if meaning is None or understood.mood is not None or meaning.missing is not None:
            return None
        return meaning.command, meaning.slots

    def answer(
        self,
        principal: Principal,
        text: str,
        shop: str | Sequence[str] | None = None,
        request_id: str | None = None,
    ) -> Reply | None:
        """Answer `text`, or return None if it is none of ours. Errors become calm replies, never exceptions."""
        try:
            before = self._storage.chat_states.read(principal)
            turn = self._turn(principal, shop, request_id, before)
            reply = self._reply(turn, plain(text), before)
            return self._kept(turn, before, reply)
        except PluginError as error:
            return failed(None, error, request_id)
        except Exception as error:  # noqa: BLE001  # a person gets a sentence, whatever went wrong
            return failed(None, unexpected(error, request_id), request_id)

    def _turn(
        self, principal: Principal, shop: str | Sequence[str] | None, request_id: str | None, before: ChatState
    ) -> Turn:
        stores = self._storage.memberships.stores(principal)
        if shop is None and (chosen := self._storage.conversations.store(principal)) is not None:
            shop = chosen.shop.name
        named = shop if shop is None or isinstance(shop, str) else ",".join(shop)
        default = next((one for one in stores if one.is_default), None)
        store = next((one for one in stores if named in (str(one.shop), one.shop.handle)), default)
        now = self._storage.now()
        return Turn(principal, named, request_id, stores, store, State.of(before.content), now, today_in(store, now))

    def _reply(self, turn: Turn, text: str, before: ChatState) -> Reply | None:
        if (answered := self._yes_or_no(turn, text, before)) is not None:
            return answered
        turn.state.pending = None  # what was shown is done by the next message or not at all
        for language in self._understanding.languages:
            again = followups.elsewhere(text, turn.state, self._catalog, language, turn.names)
            again = again or followups.said_again(text, turn.state, self._catalog, language, turn.today)
            if again is not None:
                return self._answering.answer(turn, again)
        understood = self._understanding.read(text, turn.today, turn.names)
        if understood.meaning is not None and understood.mood is None:
            asking = turn.state.asking
            if understood.meaning.missing is None or asking is None:
                return self._answering.answer(turn, understood.meaning)
        for language in self._understanding.languages:
            if (followed := self._followed(turn, text, language)) is not None:
                return followed
        if understood.meaning is not None and understood.mood is None:
            return self._answering.answer(turn, understood.meaning)
        for language in self._understanding.languages if turn.state.focus and understood.meaning is None else ():
            about = followups.of_it(text, language)
            asked = None if about is None else self._understanding.read(about, turn.today, turn.names).meaning
            if asked is not None and not asked.writes and asked.missing is None:
                return self._answering.answer(turn, asked)
        if understood.meaning is None and not understood.several:
            reworded = self._reworded(turn, text)
            if reworded is not None:
                return reworded
        return _not_done(understood)

    def _reworded(self, turn: Turn, text: str) -> Reply | None:
        """Answer what the host's language model makes of a text, where it has one; None where that is nothing."""
        english = self._understanding.languages[0]
        try:
            said = self._complete(text, english.examples)
        except Exception:  # the chat goes on without a model
            log.exception("the host's language model failed")
            return None
        if not isinstance(said, str) or not said.strip():
            return None
        said = plain(said)
        understood = self._understanding.read(said, turn.today, turn.names)
        meaning = understood.meaning
        if meaning is None or understood.mood is not None:
            return None
        if meaning.writes or meaning.command.key in WRITES:
            moods = [self._understanding.mood(text, language) for language in self._understanding.languages]
            if any(moods) or meaning.command.key in WRITES:
                return None
        reply = self._answering.answer(turn, meaning)
        return replace(reply, text=f"{english.texts['reworded'].format(said=said)}\n{reply.text}")

    def _yes_or_no(self, turn: Turn, text: str, before: ChatState) -> Reply | None:
        """Answer a yes or a no to what is asked; None where `text` is none, or nothing is asked."""
        languages, state = self._understanding.languages, turn.state
        pending, asking = state.pending, state.asking
        if (language := followups.says(text, "yes", languages)) is not None:
            if pending is not None and is_open(pending, turn.now):
                return self._carried_out(turn, pending, before)
            if pending is not None or before.expired:
                state.pending = None
                return Reply(False, language.texts["late"])
            if asking is not None:
                return self._answering.answer(turn, self._asked_again(asking))
            return Reply(False, language.texts["nothing.to.confirm"]) if before.version else None
        if pending is not None and (language := followups.says(text, "unsure", languages)) is not None:
            return Reply(True, language.texts["confirm"], pending["command"])  # fine may mean: I see
        if (language := followups.says(text, "no", languages)) is not None and (pending or asking):
            state.pending = state.asking = None
            return Reply(True, language.texts["left"], (pending or asking or {})["command"])
        return None

    def _asked_again(self, asking: Mapping[str, Any]) -> Meaning:
        """Return the meaning that lacks a value, to be asked for once more."""
        missing = None if asking["choices"] else asking["missing"]
        return Meaning(
            self._catalog.commands[asking["command"]],
            {**asking["slots"], **({asking["missing"]: asking["said"]} if missing is None else {})},
            self._language(asking["language"]),
            missing=missing,
            shop=asking["shop"],
            writes=asking["writes"],
            given=asking["given"],
        )

    def _carried_out(self, turn: Turn, pending: Mapping[str, Any], before: ChatState) -> Reply:
        command = self._catalog.commands[pending["command"]]
        language = self._language(pending["language"])
        state = replace(turn.state, pending=None, asking=None)
        turn.state = state
        if not self._storage.chat_states.take(turn.principal, before, state.content()):
            return Reply(False, language.texts["taken"], command.key)
        meaning = Meaning(command, pending["slots"], language, writes=True)
        try:
            outcome = self._fanout.run(wish(turn.principal, pending, turn.request_id), pending["shop"])
        except PluginError as error:
            return failed(command, error, turn.request_id)
        except Exception as error:  # noqa: BLE001  # a person gets a sentence, whatever went wrong
            return failed(command, unexpected(error, turn.request_id), turn.request_id)
        try:
            return self._answering.told(turn, meaning, outcome)
        except Exception:  # the change is made: that it can't be shown is no failure of it
            log.exception("the reply of %s can't be made", command.key)
            return Reply(True, language.texts["done"], command.key)

    def _followed(self, turn: Turn, text: str, language: Language) -> Reply | None:
        """Answer what is said after an answer, None where `text` is nothing of that."""
        state, catalog = turn.state, self._catalog
        if state.asking is not None and state.asking["language"] == language.name:
            filled = self._filled(turn, text, state.asking, language)
            if filled is not None:
                return self._answering.answer(turn, filled)
        if followups.says(text, "more", [language]) is not None and state.last is not None:
            return self._more(turn, state.last, language)
        place = followups.place_in_list(text, language)
        if place is not None and state.items:
            if not -len(state.items) <= place <= len(state.items) or place == 0:
                return Reply(False, language.texts["not.in.list"].format(number=place, last=len(state.items)))
            item = state.items[place - 1 if place > 0 else place]
            shown = followups.one_of(item, catalog, language)
            turn.state.focus = {**state.focus, item.kind: item.value}
            return Reply(True, item.label) if shown is None else self._answering.answer(turn, shown)
        bare = followups.bare(text, catalog, language, turn.today)
        return None if bare is None else self._answering.answer(turn, bare)

    def _filled(self, turn: Turn, text: str, asking: Mapping[str, Any], language: Language) -> Meaning | None:
        """Return the meaning that lacked a value with the one that `text` gives it."""
        command = self._catalog.commands[asking["command"]]
        name = asking["missing"]
        place = followups.place_in_list(text, language) if asking["choices"] else None
        if place is not None and 0 < abs(place) <= len(asking["choices"]):
            value = asking["choices"][place - 1 if place > 0 else place]["value"]
        else:
            value = self._understanding.value(text, command.slots[name], language, turn.today)
            if asking["writes"] and self._understanding.mood(text, language) is not None:
                return None
        if value is None:
            return None
        slots = {**asking["slots"], name: value}
        return Meaning(command, slots, language, shop=asking["shop"], writes=asking["writes"], given=asking["given"])

    def _more(self, turn: Turn, last: Mapping[str, Any], language: Language) -> Reply:
        command = self._catalog.commands[last["command"]]
        if last["cursor"] is None:
            return Reply(True, language.texts["no.more"], command.key)
        given = {**last["given"], "cursor": last["cursor"]}
        reply = self._answering.answer(turn, Meaning(command, last["slots"], language, shop=last["shop"], given=given))
        if turn.state.last is not None:
            turn.state.last = {**turn.state.last, "given": last["given"]}
        return reply

    def _kept(self, turn: Turn, before: ChatState, reply: Reply | None) -> Reply | None:
        """Store what the conversation knows now, and return the reply."""
        content = turn.state.content()
        store = turn.store
        if store is None or content == State.of(before.content).content():
            return reply
        if turn.state.pending is None:
            try:
                self._storage.chat_states.write(turn.principal, store, before, content)
            except PluginError as error:
                if before.content.get("pending"):
                    raise  # a change that was put aside must not wait for a yes any longer
                # The answer stands; what comes next has to be said in full.
                log.warning("The state of a conversation could not be stored (%s).", error.code)
            return reply
        if not self._storage.chat_states.write(turn.principal, store, before, content):
            return Reply(False, self._language(turn.state.pending["language"]).texts["meanwhile"])
        return reply

    def _language(self, name: str) -> Language:
        return next(one for one in self._understanding.languages if one.name == name)


def _not_done(understood: Understood) -> Reply | None:
    """Return why nothing was done, or what is near to what was said; None where it is nothing of ours."""
    texts = understood.language.texts
    if understood.mood is not None and understood.meaning is not None:
        how = texts["mood.how"].format(say=understood.language.example_of(understood.meaning.command))
        return Reply(True, f"{texts[understood.mood]} {how}", None, {"not_done": understood.mood})
    if understood.several:
        return _suggested(
            texts["several"], texts["or"], [one.language.example_of(one.command) for one in understood.several]
        )
    if understood.near:
        return _suggested(texts["near"], texts["or"], list(understood.near))
    return None


def _suggested(text: str, word: str, phrases: Sequence[str]) -> Reply:
    quoted = [f"“{phrase}”" for phrase in dict.fromkeys(phrases)]
    listed = quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} {word} {quoted[-1]}"
    return Reply(False, text.format(list=listed), None, {"suggestions": list(phrases)})
