"""Recognise one person in whatever JSON is held: by e-mail, telephone number, customer id and the ids of orders."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.events.payloads import number, parse

__all__ = ["Person"]

_CUSTOMER = re.compile(r"gid://shopify/Customer/([0-9]+)")
_ORDER = re.compile(r"gid://shopify/(?:Order|DraftOrder)/([0-9]+)")
_LETTERS = re.compile(r"[^0-9a-z]")


@dataclass(frozen=True, slots=True)
class Person:
    """Who a compliance topic is about; any of the members may be empty, since it may name the e-mail alone."""

    customer_id: str = ""
    email: str = ""
    phone: str = ""
    orders: frozenset[str] = frozenset()

    @classmethod
    def of(cls, payload: Mapping[str, Any], orders: str) -> Person:
        """Read the person from a compliance body; `orders` is its member with order ids. Raise `InvalidInput`."""
        customer = payload.get("customer")
        customer = customer if isinstance(customer, Mapping) else {}
        email, phone = customer.get("email"), customer.get("phone")
        listed = payload.get(orders)
        person = cls(
            number(customer.get("id")) or "",
            email.strip().casefold() if isinstance(email, str) else "",
            _LETTERS.sub("", phone.lower()) if isinstance(phone, str) else "",
            frozenset(found for found in map(number, listed if isinstance(listed, list) else []) if found),
        )
        if not (person.customer_id or person.email or len(person.phone) >= 6 or person.orders):
            message = "The body names nobody."
            raise InvalidInput(message, [Fault("/customer", message, "required")])
        return person

    def terms(self) -> list[str]:
        """Return the texts by which traces of this person are found elsewhere."""
        return [term for term in (self.customer_id, self.email, self.phone, *sorted(self.orders)) if term]

    def is_target(self, target: str) -> bool:
        """Return whether a resource's name in the audit log is this person or one of the orders."""
        return self._is_text(target)

    def is_in(self, content: bytes) -> bool:
        """Return whether JSON speaks of this person; what is no JSON is searched as text."""
        try:
            value = parse(content)
        except InvalidInput:
            return self._is_text(content.decode("utf-8", "replace")) or self._is_text(
                content.decode("utf-16", "replace")
            )
        return self._walk(value)

    def _walk(self, root: Any) -> bool:
        todo = [root]
        while todo:
            value = todo.pop()
            if isinstance(value, Mapping):
                todo.extend(value.values())
            elif isinstance(value, list):
                todo.extend(value)
            elif (isinstance(value, str) and self._is_text(value)) or self._is_id(value):
                return True
        return False

    def _is_text(self, text: str) -> bool:
        if self.email and self.email in text.casefold():
            return True
        if len(self.phone) >= 6 and self.phone in _LETTERS.sub("", text.lower()):
            return True
        if self.customer_id and self.customer_id in _CUSTOMER.findall(text):
            return True
        return bool(self.orders) and not self.orders.isdisjoint(_ORDER.findall(text))

    def _is_id(self, value: Any) -> bool:
        # Ids of Shopify are long numbers and unique for each kind; one that is somebody else's by chance is erased
        # too, which does less harm than one that is kept.
        found = number(value)
        return found is not None and (found == self.customer_id or found in self.orders)
