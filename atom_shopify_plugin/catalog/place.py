"""A place in a manifest, whose members are read with their types."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from atom_shopify_plugin.catalog.model import ManifestError

__all__ = ["Place"]

_KEY = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


class Place:
    """A place in a manifest: reads typed members and says where it stands when something is wrong."""

    __slots__ = ("file", "pointer", "value")

    def __init__(self, file: str, pointer: str, value: Any) -> None:
        self.file, self.pointer, self.value = file, pointer, value
        if not isinstance(value, dict):
            self.refuse("must be an object")

    def refuse(self, problem: str, member: str | None = None) -> NoReturn:
        raise ManifestError(self.file, self.pointer if member is None else f"{self.pointer}/{member}", problem)

    def only(self, *members: str) -> None:
        for unknown in self.value.keys() - set(members) - {"$schema"}:
            self.refuse("is not a member that is known here", unknown)

    def text(self, member: str, default: str | None = None) -> str:
        value = self.value.get(member, default)
        if not isinstance(value, str) or (not value and default is None):
            self.refuse("must be a text", member)
        return value

    def texts(self, member: str) -> tuple[str, ...]:
        value = self.value.get(member, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            self.refuse("must be a list of texts", member)
        return tuple(value)

    def key(self) -> str:
        value = self.text("key")
        if not _KEY.fullmatch(value):
            self.refuse("must be snake_case", "key")
        return value

    def mapping(self, member: str, default: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        value = self.value.get(member, default)
        if not isinstance(value, Mapping):
            self.refuse("must be an object", member)
        return value

    def paths(self, member: str) -> Mapping[str, str]:
        value = self.mapping(member, {})
        for name, path in value.items():
            if not isinstance(path, str) or not path:
                self.refuse("must be a path such as inventory_item.tracked", f"{member}/{name}")
        return value

    def each(self, member: str) -> Iterator[Place]:
        value = self.value.get(member, [])
        if not isinstance(value, list):
            self.refuse("must be a list", member)
        for index, item in enumerate(value):
            yield Place(self.file, f"{self.pointer}/{member}/{index}", item)

    def scopes(self, default: Any = None) -> tuple[tuple[str, ...], ...]:
        """Read scopes: all are needed; a list among them names alternatives, one of which is enough."""
        value = self.value.get("scopes", default)
        if not isinstance(value, list):
            self.refuse("must be a list of scopes", "scopes")
        result = tuple(
            (item,) if isinstance(item, str) else tuple(item) if isinstance(item, list) else () for item in value
        )
        if not all(group and all(isinstance(scope, str) for scope in group) for group in result):
            self.refuse("must hold scopes, or lists of alternative scopes", "scopes")
        return result
