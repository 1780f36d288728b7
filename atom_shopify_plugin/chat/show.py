"""Answers as text: amounts, numbers and days as they are written where the store is, and what is missing from them.

A store says its time zone and not its language. So the language is that of the question, and the country that of the
time zone: English in Berlin writes 1.234,50 €.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

from atom_shopify_plugin.actions.texts import Filters, rendered
from atom_shopify_plugin.shopify import money

if TYPE_CHECKING:
    from atom_shopify_plugin.actions.run import Accepted, Outcome
    from atom_shopify_plugin.catalog.model import Command
    from atom_shopify_plugin.chat.language import Language
    from atom_shopify_plugin.storage import Store

__all__ = ["Show", "country_of", "locale_of", "today_in"]

_MOST_CHANGES = 12


def today_in(store: Store | None, now: datetime) -> date:
    """Return the day that it is in a store; without one, or where its zone is not known, the day in UTC."""
    try:
        return now.astimezone(ZoneInfo(store.timezone)).date() if store is not None else now.date()
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return now.date()


def country_of(timezone: str) -> str | None:
    """Return the country of a time zone as two letters, such as DE of Europe/Berlin; None where it has none."""
    country: str | None = get_global("zone_territories").get(timezone)
    return country if country is not None and len(country) == 2 and country.isalpha() else None


@functools.cache
def locale_of(language: str, timezone: str) -> Locale:
    """Return the locale of a language in the country of a time zone."""
    country = country_of(timezone)
    try:
        return Locale.parse(f"{language}_{country}" if country else language)
    except (UnknownLocaleError, ValueError):
        return Locale.parse(language)


@functools.cache
def _filters(locale: Locale) -> Filters:
    def amount(value: Any, currency: str) -> str:
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            return "unknown" if value is None else f"{value} {currency}"
        if not number.is_finite() or not currency:
            return f"{value} {currency}".strip()
        return format_currency(number, currency, locale=locale, decimal_quantization=_is_whole(number, currency))

    def shown(value: Any) -> str:
        plain = value.get("shop_money", value) if isinstance(value, Mapping) else {}
        if "amount" not in plain:
            return money.shown(value)
        return amount(plain["amount"], str(plain.get("currency_code") or ""))

    def day(value: Any) -> str:
        try:
            return format_date(date.fromisoformat(str(value)[:10]), "medium", locale=locale)
        except ValueError:
            return str(value)

    def number(value: Any) -> str:
        try:
            return format_decimal(Decimal(str(value)), locale=locale)
        except InvalidOperation:
            return str(value)

    return (("money", shown), ("amount", amount), ("day", day), ("number", number))


def _is_whole(number: Decimal, currency: str) -> bool:
    """Tell whether an amount has no parts below the smallest coin, which rounding would lose."""
    return number == round(number, money.digits(currency))


class Show:
    """Writes answers in one language; `slots` are what the person said."""

    def __init__(self, language: Language, slots: Mapping[str, Any] | None = None) -> None:
        self.texts = language.texts
        self._language = language
        self._slots = slots or {}

    def told(self, command: Command, slots: Mapping[str, Any], outcome: Outcome, store: Store | None) -> str:
        """Return the reply to an outcome, and what the store does not show.

        What brings that back comes at the list's end.
        """
        said = self._language.content["commands"].get(command.key, {})
        values = {"data": outcome.data, "page": outcome.page, "slots": slots, "shop": outcome.meta.get("shop")}
        lines = [rendered(said.get("reply", command.reply), values, self.filters(store))]
        ends = outcome.page is None or not outcome.page["has_more"]
        for limit in outcome.meta.get("limits", ()):
            lines.append(f"({limit['message']} {limit['remedy']})" if ends else f"({limit['message']})")
        if outcome.meta.get("differences"):
            lines.append(self.texts["differs"])
        if outcome.meta.get("undo"):
            lines.append(self.texts["undo"])
        return "\n".join(lines)

    def filters(self, store: Store | None) -> Filters:
        """Return how numbers are written in a store."""
        return _filters(locale_of(self._language.name, store.timezone if store is not None else ""))

    def working(self, accepted: Accepted) -> str:
        """Return what is said of work that Shopify goes on with."""
        return self.texts["working"].format(id=accepted.operation_id)

    def preview(self, preview: Mapping[str, Any], asked: Mapping[str, Any]) -> str:
        """Return what a change would do, line by line; `asked` is the input without what the action adds to it."""
        lines = [preview["question"]] if preview.get("question") else []
        lines.append(preview["summary"])
        changes = preview.get("changes", ()) if preview["effect"] != "destructive" else ()
        for change in changes[:_MOST_CHANGES]:
            where = ", ".join(str(change[name]) for name in ("item", "location") if change.get(name))
            field = str(change.get("field", "")).replace("_", " ")
            lines.append("• " + self.texts["change"].format(
                field=f"{field} ({where})" if where else field, before=self._value(change.get("before")),
                after=self._value(change.get("after"))))  # fmt: skip
        if len(changes) > _MOST_CHANGES:
            lines.append(self.texts["changes.more"].format(count=len(changes) - _MOST_CHANGES))
        if preview["effect"] != "destructive":
            lines += self._further(preview, asked, "\n".join(lines))
        return "\n".join(lines)

    def _further(self, preview: Mapping[str, Any], asked: Mapping[str, Any], told: str) -> Iterator[str]:
        """Yield what else is part of the change: values that the text so far does not hold."""
        shown = {str(change.get("field")) for change in preview.get("changes", ())}
        for name, value in asked.items():
            values = value if isinstance(value, list) else [value]
            plain = [one for one in values if isinstance(one, str) and not one.startswith("gid:")]
            if plain and name not in shown and not all(one in told for one in plain):
                yield f"• {name.replace('_', ' ')}: {', '.join(plain)}"
        for name, value in self._slots.items():
            text = str(value.get("sku") or value.get("words") or "") if isinstance(value, Mapping) else str(value)
            if text and not text.startswith("gid:") and text not in told and name not in asked:
                yield f"• {name.replace('_', ' ')}: {text}"

    def _value(self, value: Any) -> str:
        if value is None or value == "" or value == []:
            return self.texts["empty"]
        if isinstance(value, list):
            return ", ".join(str(one) for one in value)
        return str(value)
