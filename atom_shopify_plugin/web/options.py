"""What a caller may say beside the input: the store, a key, a confirmation, a preview."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from flask import request

from atom_shopify_plugin.actions.liberal import flag
from atom_shopify_plugin.actions.wording import unknown_fields
from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.strictjson import Limits
from atom_shopify_plugin.web.body import has_body, json_object, read_bytes
from atom_shopify_plugin.web.identity import assert_user
from atom_shopify_plugin.web.state import RequestState, state

__all__ = ["OPTIONS", "CallOptions", "call_options", "only_query", "posted", "refuse_body", "shop_option", "texts"]

OPTIONS = frozenset({"user_id", "shop", "confirm", "preview", "dry_run"})
# Servers join repeated headers by a comma, so a comma is refused: nobody could tell which one was meant.
_KEY = re.compile(r"[\x21-\x2b\x2d-\x7e]{1,255}")


class CallOptions(TypedDict):
    """The members of `Call` that come from outside the input."""

    idempotency_key: str | None
    confirm: str | None
    preview: bool


def _header(name: str) -> str | None:
    value = request.headers.get(name)
    if value is not None and not _KEY.fullmatch(value):
        message = f"{name} must be 1 to 255 printable ASCII characters without blanks and commas, given once."
        raise InvalidInput(message, [Fault(f"/{name}", message, "header")])
    return value


def call_options() -> CallOptions:
    """Return the options of this request; raise `InvalidInput` for one that can't be understood."""
    here = state()
    in_header, in_query = _header("X-Confirmation-Token"), here.one("confirm")
    if in_header is not None and in_query is not None and in_header != in_query:
        message = "Two different confirmation tokens were given."
        raise InvalidInput(message, [Fault("/confirm", message, "repeated")])
    return CallOptions(idempotency_key=_header("Idempotency-Key"), confirm=in_header or in_query, preview=_dry(here))


def shop_option() -> str | None:
    """Return the `shop` of this request: one store or several, None for the default store."""
    shop = state().one("shop")
    if shop == "":
        raise InvalidInput("shop is empty.", [Fault("/shop", "Name a store, or leave it out.", "shop_domain")])
    return shop


def _dry(here: RequestState) -> bool:
    """Return whether the request only asks what would happen: `preview`, which is also called `dry_run`."""
    given = {name: here.one(name) for name in ("preview", "dry_run")}
    flags = {name: flag(text) for name, text in given.items() if text is not None}
    for name, value in flags.items():
        if value is None:
            raise InvalidInput.about("The query", [Fault(f"/{name}", "It must be true or false.", "type")])
    if len(set(flags.values())) > 1:
        message = "preview and dry_run are the same option, and were given different values."
        raise InvalidInput(message, [Fault("/dry_run", message, "repeated")])
    return any(flags.values())


def only_query(here: RequestState, known: Iterable[str]) -> None:
    """Raise `InvalidInput` naming every query parameter that is not `known`."""
    faults = list(unknown_fields("", here.query, sorted(known), "parameter"))
    if faults:
        raise InvalidInput.about("The query", faults)


def refuse_body() -> None:
    """Raise `InvalidInput` where a request that takes no body has one: it would be ignored in silence."""
    if has_body() and read_bytes():
        message = f"A {request.method} request takes its input from the query string, not from a body."
        raise InvalidInput(message, [Fault("", message, "body")])


def posted(*, exact: bool = False) -> dict[str, Any]:
    """Return the JSON object of the body without its `user_id`, which is compared with who signed in.

    With `exact`, numbers with a point are `Decimal`s, as `Call.input` takes them. Otherwise a whole number may be
    written with a point: in JSON Schema 300.0 is an integer.
    """
    body = {
        name: int(value) if isinstance(value, float) and value.is_integer() else value
        for name, value in json_object(Limits(exact=exact)).items()
    }
    claimed = body.pop("user_id", None)
    if claimed is not None:
        if not isinstance(claimed, str):
            raise InvalidInput.about("The body", [Fault("/user_id", "It must be a text.", "type")])
        assert_user([claimed])
    return body


def texts(body: Mapping[str, Any], *, optional: Iterable[str]) -> dict[str, str]:
    """Return the members of `body`, which must all be texts, not empty, and named in `optional`."""
    known = sorted(optional)
    faults = list(unknown_fields("", body, known))
    result: dict[str, str] = {}
    for name in known:
        value = body.get(name)
        if value is None:
            continue
        if not isinstance(value, str) or not value.strip() or len(value) > 1000:
            faults.append(Fault(f"/{name}", "It must be a text that is not empty.", "type"))
        else:
            result[name] = value
    if faults:
        raise InvalidInput.about("The body", faults)
    return result
