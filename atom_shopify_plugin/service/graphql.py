"""Any document of Admin GraphQL, as the caller wrote it.

`actions.any_document` has checked it by the official schema, and bounded its cost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson

from atom_shopify_plugin.catalog import loading
from atom_shopify_plugin.errors import InvalidInput, Rejected
from atom_shopify_plugin.official.requests import Request, read
from atom_shopify_plugin.service.forecast import Forecast
from atom_shopify_plugin.shopify import documents
from atom_shopify_plugin.shopify.written import document_of, own_part

if TYPE_CHECKING:
    from atom_shopify_plugin.shopify.results import Result
    from atom_shopify_plugin.stores.shop import Shop

__all__ = ["forecast", "mutate", "query"]

LARGEST_ANSWER = 1_000_000
"""Bytes of an answer as JSON."""
_MOST_PAGES = 50
_SHOWN = 600  # characters of an input in a question
# What it does depends on the mutation inside, and on the lines of a file.
_UNKNOWN = frozenset({"bulkOperationRunMutation"})


def query(shop: Shop, document: str, variables: Mapping[str, Any] | None = None, **_: Any) -> dict[str, Any]:
    """Run a query and return its data, what it cost, and which lists have another page.

    Raise `InvalidInput` where the answer is larger than `LARGEST_ANSWER`.
    """
    request, given = read(document), dict(variables or {})
    result = shop.send(document_of(request, given), given)
    if len(orjson.dumps(result.data)) > LARGEST_ANSWER:
        raise InvalidInput(
            f"The answer is larger than {LARGEST_ANSWER // 1_000_000} MB. Ask for smaller pages or for fewer fields."
        )
    more = [page for page, _ in zip(_unfinished(result.data), range(_MOST_PAGES), strict=False)]
    return {"data": result.data, "more": more, **_told(request, given, result)}


def mutate(shop: Shop, document: str, variables: Mapping[str, Any] | None = None, **_: Any) -> dict[str, Any]:
    """Run a mutation and return its payload and what it cost; raise `Rejected` with Shopify's user errors.

    An answer that is larger than `LARGEST_ANSWER` is left out, since the mutation has been carried out.
    """
    request, given = read(document), dict(variables or {})
    try:
        result = shop.send(document_of(request, given), given)
    except Rejected as refused:
        refused.details["mutation"] = request.roots[0].name.value
        raise
    data: dict[str, Any] | None = own_part(result.data)
    cut = len(orjson.dumps(data)) > LARGEST_ANSWER
    return {
        "mutation": request.roots[0].name.value,
        "data": None if cut else data,
        "cut": cut,
        **_told(request, given, result),
    }


def forecast(shop: Shop, _before: Any, document: str, variables: Mapping[str, Any] | None = None, **_: Any) -> Forecast:
    """Say which mutation will run with which input, and settle its effect.

    A mutation that an action of the catalogue runs has that action's effect; any other one counts as destructive.
    """
    request = read(document)
    name = request.roots[0].name.value
    effect = _effects().get(name, "destructive")
    if effect != "destructive":
        return Forecast(effect=effect)
    shown = orjson.dumps(variables or {}).decode()
    if len(shown) > _SHOWN:
        shown = f"{shown[:_SHOWN]} … ({len(shown)} characters)"
    written = f" The document holds input of its own: {_head(document)}" if request.roots[0].arguments else ""
    asks = f"Run {name} in {shop.domain} with the variables {shown}?{written}"
    return Forecast(asks=asks, effect=effect)


def _head(document: str) -> str:
    plain = " ".join(document.split())
    return plain if len(plain) <= _SHOWN else f"{plain[:_SHOWN]} … ({len(plain)} characters)"


@cache
def _effects() -> dict[str, str]:
    """Return the effect of each mutation that the catalogue's actions run, the strongest where several do."""
    found: dict[str, str] = {}
    known = documents.packaged()
    for action in loading.packaged().actions.values():
        for operation in action.operations if action.effect != "read" else ():
            document = known.get(operation)
            for root in read(document.text).roots if document.kind == "mutation" else ():
                name = root.name.value
                if found.get(name) != "destructive" and name not in _UNKNOWN:
                    found[name] = action.effect
    return found


def _told(request: Request, variables: Mapping[str, Any], result: Result) -> dict[str, Any]:
    deprecated = [f"{name} is deprecated." for name in request.deprecated(variables)]
    return {
        "warnings": [*deprecated, *result.warnings],
        "cost": {
            "estimated": request.points(variables),
            "requested": result.cost.get("requestedQueryCost"),
            "actual": result.cost.get("actualQueryCost"),
        },
    }


def _unfinished(value: Any, path: tuple[str, ...] = ()) -> Iterator[dict[str, Any]]:
    """Yield each connection in an answer that has another page, as far as the document asks for its ``pageInfo``."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unfinished(item, (*path, str(index)))
    elif isinstance(value, dict):
        for name, member in value.items():
            if isinstance(member, dict) and member.get("hasNextPage") is True:
                yield {"path": ".".join(path), "end_cursor": member.get("endCursor")}
            else:
                yield from _unfinished(member, (*path, name))
