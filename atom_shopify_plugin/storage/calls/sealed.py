"""Columns that hold encrypted JSON, each ciphertext bound to its column and row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from atom_shopify_plugin.storage.database.base import aad
from atom_shopify_plugin.storage.database.crypto import KeyRing
from atom_shopify_plugin.strictjson import encode

__all__ = ["SealedColumn"]


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of a table that also has ``id`` and ``key_id``. `field` is what the ciphertexts are bound to."""

    name: str
    field: str

    def values(self, keys: KeyRing, row_id: str, value: Any) -> dict[str, Any]:
        """Return the values of both columns for a value of JSON."""
        return self._values(keys, row_id, encode(value))

    def seal(self, keys: KeyRing, row: Any, value: Any) -> None:
        """Put a value of JSON into a row."""
        self._put(row, self.values(keys, row.id, value))

    def text(self, keys: KeyRing, row: Any) -> bytes:
        """Return the JSON text of a row whose column is not null; raise `Unreadable`."""
        return keys.decrypt(getattr(row, self.name), self._place(row.id))

    def value(self, keys: KeyRing, row: Any) -> dict[str, Any]:
        """Return what `seal` has put into a row, nothing where the column is null; raise `Unreadable`."""
        if getattr(row, self.name) is None:
            return {}
        value: dict[str, Any] = orjson.loads(self.text(keys, row))
        return value

    def seal_again(self, keys: KeyRing, row: Any) -> None:
        """Encrypt a row with the first key of the ring; raise `Unreadable`."""
        if getattr(row, self.name) is not None:
            self._put(row, self._values(keys, row.id, self.text(keys, row)))

    def _values(self, keys: KeyRing, row_id: str, text: bytes) -> dict[str, Any]:
        sealed = keys.encrypt(text, self._place(row_id))
        return {self.name: sealed, "key_id": keys.id_of(sealed)}

    def _place(self, row_id: str) -> str:
        return aad("", "", self.field, row_id, 1)

    @staticmethod
    def _put(row: Any, values: dict[str, Any]) -> None:
        for name, value in values.items():
            setattr(row, name, value)
