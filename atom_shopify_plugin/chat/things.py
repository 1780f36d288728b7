"""Things that people name in words: the store is searched for them, and several that may be meant are asked about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from atom_shopify_plugin.catalog.spoken import Kind, same_name
from atom_shopify_plugin.chat.state import Item
from atom_shopify_plugin.errors import NotFound

__all__ = ["Ambiguous", "Things"]

_MOST = 10
_MOST_VARIANTS = 100

Run = Callable[[str, Mapping[str, Any]], Any]


class Ambiguous(Exception):
    """Several things may be meant: `choices` are they, for the value of `kind`."""

    def __init__(self, kind: Kind, choices: Sequence[Item]) -> None:
        super().__init__(kind)
        self.kind = kind
        self.choices = choices


class Things:
    """Finds things of one store. `run` runs an action that reads and returns its data."""

    def __init__(self, run: Run, store: str, nothing: str) -> None:
        self._run = run
        self._store = store
        self._nothing = nothing

    def part(self, kind: Kind, value: Any, part: str | None) -> Any:
        """Return what a value is in an input: itself, or a `part` of it such as its id; raise `Ambiguous`, `NotFound`.

        The parts are ``gid`` (orders, drafts and customers), ``variant_id`` and ``skus`` (SKUs). A product and
        a collection are their ids.
        """
        match kind, part:
            case "sku", "skus":
                return self._skus(value)
            case "sku", "variant_id":
                return self._variant(value)
            case "sku", _:
                return value["sku"] if "sku" in value else self._one_variant(value["words"])["sku"]
            case "product", _:
                return value if isinstance(value, str) else self._product(value["words"])
            case "collection", _:
                return value if isinstance(value, str) else self._collection(value["words"])
            case "customer", "gid":
                return self._customer(value)["id"]
            case "customer", _:
                return value if isinstance(value, str) else value["words"]
            case "order", "gid":
                return self._run("order_get", {"name": value, "fields": ["id"]})["id"]
            case "draft", "gid":
                return self._run("draft_get", {"name": value, "fields": ["id"]})["id"]
        return value

    def _variants(self, query: Mapping[str, Any], limit: int = _MOST) -> Sequence[Mapping[str, Any]]:
        items: Sequence[Mapping[str, Any]] = self._run("variant_search", {**query, "limit": limit})["items"]
        return items

    def _found_variants(self, words: str) -> Sequence[Mapping[str, Any]]:
        exact = [one for one in self._variants({"sku": words}, 2) if str(one["sku"]).casefold() == words.casefold()]
        if exact:
            return exact
        for said in _forms(words):
            found = self._variants({"query": said}, _MOST_VARIANTS)
            if found:
                same = [one for one in found if same_name(_title(one), words)]
                return same or found
        raise NotFound(self._nothing.format(store=self._store, words=words))

    def _one_variant(self, words: str) -> Mapping[str, Any]:
        found = [one for one in self._found_variants(words) if one["sku"]]
        if len(found) == 1:
            return found[0]
        if not found:
            raise NotFound(self._nothing.format(store=self._store, words=words))
        raise Ambiguous("sku", [Item("sku", {"sku": one["sku"]}, f"{_title(one)} ({one['sku']})")
                                for one in found[:_MOST]])  # fmt: skip

    def _skus(self, value: Mapping[str, Any]) -> list[str]:
        """Return the SKUs of a variant, or of all variants of the one product that is meant."""
        if "sku" in value:
            return [value["sku"]]
        found = [one for one in self._found_variants(value["words"]) if one["sku"]]
        if len({one["product"]["id"] for one in found}) == 1:
            return [one["sku"] for one in found]
        return [self._one_variant(value["words"])["sku"]]

    def _variant(self, value: Mapping[str, Any]) -> str:
        if "sku" not in value:
            return str(self._one_variant(value["words"])["id"])
        found = self._variants({"sku": value["sku"]}, 2)
        exact = [one for one in found if str(one["sku"]).casefold() == value["sku"].casefold()]
        return str(exact[0]["id"]) if exact else str(self._one_variant(value["sku"])["id"])

    def _product(self, words: str) -> str:
        for said in _forms(words):
            found = self._run("product_search", {"query": said, "limit": _MOST + 1})["items"]
            same = [one for one in found if same_name(one["title"], words) or one["handle"] == words.casefold()]
            found = same or found
            if len(found) == 1:
                return str(found[0]["id"])
            if found:
                choices = [Item("product", one["id"], f"{one['title']} ({one['handle']})") for one in found[:_MOST]]
                raise Ambiguous("product", choices)
        raise NotFound(self._nothing.format(store=self._store, words=words))

    def _collection(self, words: str) -> str:
        for said in _forms(words):
            found = self._run("collection_search", {"query": said, "limit": _MOST})["items"]
            same = [one for one in found if same_name(one["title"], words) or one["handle"] == words.casefold()]
            found = same or found
            if len(found) == 1:
                return str(found[0]["id"])
            if found:
                raise Ambiguous("collection", [Item("collection", one["id"], one["title"]) for one in found])
        raise NotFound(self._nothing.format(store=self._store, words=words))

    def _customer(self, value: Any) -> Mapping[str, Any]:
        if isinstance(value, str) and value.startswith("gid:"):
            return {"id": value}
        words = value if isinstance(value, str) else value["words"]
        query = {"email": words} if "@" in words else {"query": words}
        found = self._run("customer_search", {**query, "limit": _MOST})["items"]
        same = [one for one in found if same_name(one["display_name"], words)]
        found = same or found
        if len(found) == 1:
            customer: Mapping[str, Any] = found[0]
            return customer
        if not found:
            raise NotFound(self._nothing.format(store=self._store, words=words))
        raise Ambiguous("customer", [Item("customer", one["id"], _person(one)) for one in found])


def _forms(words: str) -> Sequence[str]:
    """Return words as they are said, and as one of them is called: mugs, mug."""
    single = " ".join(word[:-1] if len(word) > 3 and word.endswith("s") else word for word in words.split())
    return [words] if single == words else [words, single]


def _title(variant: Mapping[str, Any]) -> str:
    title = variant["title"]
    product = str(variant["product"]["title"])
    return product if title == "Default Title" else f"{product} {title}"


def _person(customer: Mapping[str, Any]) -> str:
    address = (customer.get("default_email_address") or {}).get("email_address")
    return f"{customer['display_name']} <{address}>" if address else str(customer["display_name"])
