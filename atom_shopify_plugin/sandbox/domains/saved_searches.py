"""Saved searches: kept by type of resource, taken apart into filters and search terms.

A write answers the query as it was given; later reads give it as Shopify keeps it, the search terms first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.sandbox.connections import searched_page
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.metafield_rules import APP_NAMESPACE
from atom_shopify_plugin.sandbox.refusals import Refused, UserError
from atom_shopify_plugin.sandbox.registry import Filter, derived, kind, mutation, query
from atom_shopify_plugin.sandbox.search_tables import table_of
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["DEFAULT_SEARCHES"]

LONGEST = 40
INPUT = ("input",)
# What every shop has from the start.
DEFAULT_SEARCHES = {
    "ORDER": {
        "Unfulfilled": "status:open fulfillment_status:unshipped,partial",
        "Unpaid": "status:open financial_status:unpaid",
        "Open": "status:open",
        "Archived": "status:closed",
    },
    "DRAFT_ORDER": {
        "Open and invoice sent": "status:open_and_invoice_sent",
        "Open": "status:open",
        "Invoice sent": "status:invoice_sent",
        "Completed": "status:completed",
        "Submitted for review": "status:open source:online_store",
    },
}
_LISTS = {
    "collectionSavedSearches": "COLLECTION", "discountRedeemCodeSavedSearches": "DISCOUNT_REDEEM_CODE",
    "draftOrderSavedSearches": "DRAFT_ORDER", "fileSavedSearches": "FILE", "orderSavedSearches": "ORDER",
    "productSavedSearches": "PRODUCT", "urlRedirectSavedSearches": "URL_REDIRECT",
}  # fmt: skip
_TAKEN = {
    "COLLECTION": "all collections", "DISCOUNT_REDEEM_CODE": "all codes", "DRAFT_ORDER": "all drafts",
    "FILE": "all files", "ORDER": "all", "PRODUCT": "all products",
}  # fmt: skip
# The lists that saved searches of a type are for.
_SEARCHED = {"ARTICLE": "articles", "BLOG": "blogs", "COLLECTION": "collections", "DRAFT_ORDER": "draftOrders",
             "ORDER": "orders", "PAGE": "pages", "PRODUCT": "products"}  # fmt: skip
# A collection's products are found by other means than these filters.
_NOT_TOGETHER = {"PRODUCT": ("collection_id", ("tag", "published_status", "error_feedback"))}
_RESERVED = {"ORDER": ("reference_location_id",)}
_QUOTED = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
_GROUP = re.compile(rf"\((?:{_QUOTED}|[^()])*+\)|(?:{_QUOTED}|\\.|[^\s'\"()])+|\S")
_FILTER = re.compile(rf"(-?)([A-Za-z_](?:\\.|[\w.-])*):(>=|<=|>|<|)({_QUOTED}|\S+)", re.DOTALL)
_OPPOSITE = {"<": ">=", ">": "<=", "<=": ">", ">=": "<"}

kind(
    "SavedSearch",
    {"resourceType": None},
    fields="name query searchTerms filters",
    # Shopify's table for saved searches of discount codes is that of the codes; no saved search was ever used.
    filters={"name": "text", "times_used": Filter("number", lambda _ctx, _node: None)},
    words=("name",),
)


class _Parts:
    """A query taken apart: `filters` with what they read as, and `terms`, the rest."""

    def __init__(self, text: str) -> None:
        text = _asked(text)
        self.filters: list[Node] = []
        self.names: list[str] = []
        kept, terms = [], []
        words = _GROUP.findall(text)
        for at, word in enumerate(words):
            found = _FILTER.fullmatch(word)
            joined = "OR" in (words[at - 1] if at else "", words[at + 1] if at + 1 < len(words) else "")
            if word == "*" or (found and not joined):
                kept.append(self._filter(found))
            else:
                terms.append(_double(word))
            self.names += re.findall(r"(?<![\w.\\-])([A-Za-z_](?:\\.|[\w.-])*):", re.sub(_QUOTED, "", word))
        self.terms = " ".join(terms)
        escaped = (term if re.search(r"[\"():]", term) else term.replace("-", r"\-") for term in terms)
        self.query = " ".join([*escaped, *kept])

    def _filter(self, found: re.Match[str] | None) -> str:
        """Enter a filter; return it as it is kept."""
        if found is None:
            self.filters.append({"key": "default", "value": "true"})
            return "*"
        negated, name, sign, value = found.groups()
        plain = name.replace("\\", "")
        shown = _double(value)
        if negated and sign:
            negated, sign = "", _OPPOSITE[sign]
        key = plain + ({"<": "_max", ">": "_min"}.get(sign[:1], "_not" if negated else ""))
        self.filters.append({"key": key, "value": "true" if shown == "*" else shown.strip('"')})
        escaped = plain.replace("-", r"\-")
        return f"{negated}{escaped}:{sign}{shown}"


def _double(text: str) -> str:
    """Return a text with double quotes for single ones."""
    return re.sub(r"'((?:[^'\\]|\\.)*)'", r'"\1"', text)


def _asked(text: str) -> str:
    return text.replace("metafields.$app.", f"metafields.{APP_NAMESPACE}.")


def _values(given: Mapping[str, Any]) -> Node:
    parts = _Parts(given["query"])
    return {**given, "query": parts.query, "searchTerms": parts.terms, "filters": parts.filters}


for _name, _type in _LISTS.items():

    def _listed(ctx: Context, args: dict[str, Any], name: str = _name, of: str = _type) -> Any:
        rows = [node for node in ctx.store.all("SavedSearch").values() if node["resourceType"] == of]
        return searched_page(ctx, "SavedSearch", rows, args, [name])

    query(_name)(_listed)


derived({"SavedSearch.legacyResourceId": lambda _, node: str(node["id"].rpartition("/")[2])})


def _problems(ctx: Context, node: Node | None, wish: Node, given: Mapping[str, Any]) -> list[UserError]:
    name, of = wish["name"], wish["resourceType"]
    found: list[tuple[str, str]] = []
    if "name" in given:
        if not name.strip():
            found.append(("name", "Name can't be blank"))
        if len(name) > LONGEST:
            found.append(("name", f"Name is too long (maximum is {LONGEST} characters)"))
        others = [other for other in ctx.store.all("SavedSearch").values() if other is not node]
        same = any(other["resourceType"] == of and other["name"].lower() == name.lower() for other in others)
        if same or _TAKEN.get(of) == name.lower():
            found.append(("name", "Name has already been taken"))
    if "query" in given:
        names = dict.fromkeys(_Parts(wish["query"]).names)
        member = "query" if node is None else "searchTerms"
        reserved = [term for term in names if term in _RESERVED.get(of, ())]
        found += [(member, f"Search terms is invalid, '{term}' is a reserved filter name") for term in reserved]
        table = table_of(f"QueryRoot.{_SEARCHED.get(of, '')}")
        if table is not None:
            wrong = sorted(term for term in names if table.find(term) is None and term not in reserved)
            wrong = [term for term in wrong if term not in ("metafields", "published_status", "error_feedback")]
            found += [("query", f"Query is invalid, '{term}' is not a valid filter") for term in wrong]
        first, others_ = _NOT_TOGETHER.get(of, ("", ()))
        clash = [term for term in others_ if term in names]
        if first in names and clash:
            found.append(("query", f"Query has incompatible filters: {', '.join([first, *clash])}"))
    return [UserError((*INPUT, member), message) for member, message in found]


@mutation("savedSearchCreate")
def create(ctx: Context, args: dict[str, Any]) -> Node:
    given = args["input"]
    if given["resourceType"] == "CUSTOMER":
        raise Refused.one(None, "Customer saved searches have been deprecated. Use Segmentation API instead.")
    if errors := _problems(ctx, None, dict(given), given):
        raise Refused(errors)
    node = ctx.create("SavedSearch", _values(given))
    ctx.record("created", node)
    return {"savedSearch": {**node, "query": _asked(given["query"])}}


def _known(ctx: Context, gid: str) -> Node:
    return ctx.known(gid, "SavedSearch", [*INPUT, "id"], "Saved Search does not exist")


@mutation("savedSearchUpdate")
def update(ctx: Context, args: dict[str, Any]) -> Node:
    """Change a saved search; one that is refused is answered with the query that it would have."""
    node = _known(ctx, args["input"]["id"])
    given = {name: value for name, value in args["input"].items() if name != "id" and value is not None}
    errors = _problems(ctx, node, {**node, **given}, given)
    values = _values({**given, "query": given.get("query", node["query"])})
    shown = {**node, **values, "query": _asked(str(given.get("query", node["query"])))}
    if errors:
        named = any(error.field == (*INPUT, "name") for error in errors)
        raise Refused(errors, {"savedSearch": {**shown, "name": node["name"]} if named else shown})
    if ctx.update(node, values):
        ctx.record("updated", node)
    return {"savedSearch": {**shown, "id": node["id"]}}


@mutation("savedSearchDelete")
def delete(ctx: Context, args: dict[str, Any]) -> Node:
    node = _known(ctx, args["input"]["id"])
    ctx.delete(node)
    ctx.record("deleted", node)
    return {"deletedSavedSearchId": node["id"]}
