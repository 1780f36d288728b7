"""How the sandbox says no: top-level errors with Shopify's codes, and user errors inside a payload."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLError

__all__ = ["Refused", "UserError", "bad_request", "denied", "fault", "not_modelled", "wrong_id"]

SCOPES_PAGE = "https://shopify.dev/api/usage/access-scopes"
# What a field asks for beside a scope, as the official schema words it.
_ALSO = {
    "shopifyqlQuery": " Also: Level 2 access to Customer data including name, address, phone, and email fields. Please "
    "refer to protected customer data [requirements](https://shopify.dev/docs/apps/launch/protected-customer-data)."
}


def fault(message: str, code: str, **extensions: Any) -> GraphQLError:
    """Return a run-time error; graphql-core adds the path and the location."""
    return GraphQLError(message, extensions={"code": code, **extensions})


def bad_request(message: str) -> GraphQLError:
    return fault(message, "BAD_REQUEST")


def not_modelled(*names: str) -> GraphQLError:
    """Return the honest answer for anything outside the sandbox: an error, never an invented value."""
    are = "is" if len(names) == 1 else "are"
    listed = f"{', '.join(names[:-1])} and {names[-1]}" if names[1:] else names[0]
    return fault(f"{listed} {are} not modelled by the sandbox; GET /__sandbox__/model lists what is", "NOT_MODELLED")


def wrong_id(gid: str, *, mutation: bool) -> GraphQLError:
    """Return what Shopify says to an id of another type than the field expects."""
    return fault("invalid id" if mutation else f"Invalid id: {gid}", "RESOURCE_NOT_FOUND")


def denied(name: str, scopes: Iterable[str]) -> GraphQLError:
    """Return the error for a field that asks for any one of `scopes`, none of which is granted."""
    listed = [f"`{scope}` access scope" for scope in scopes]
    access = (f"{', '.join(listed[:-1])} or {listed[-1]}" if listed[1:] else listed[0]) + "." + _ALSO.get(name, "")
    return fault(
        f"Access denied for {name} field. Required access: {access}",
        "ACCESS_DENIED",
        documentation=SCOPES_PAGE,
        requiredAccess=access,
    )


@dataclass(frozen=True)
class UserError:
    """One entry of a payload's userErrors; members that the error type lacks are never selected.

    `key` and `index` name the element of a list of inputs, where the error type tells them.
    """

    field: tuple[str, ...] | None
    message: str
    code: str | None = None
    key: str | None = None
    index: int | None = None

    def node(self) -> dict[str, Any]:
        path = None if self.field is None else list(self.field)
        return {
            "field": path,
            "message": self.message,
            "code": self.code,
            "elementKey": self.key,
            "elementIndex": self.index,
            "extraInfo": None,
        }

    @classmethod
    def at(cls, path: Iterable[Any], message: str, code: str | None = None, **element: Any) -> UserError:
        """Return an error; `path` members are turned into text as Shopify does."""
        return cls(tuple(str(step) for step in path), message, code, **element)


@dataclass
class Refused(Exception):
    """Raised by a mutation whose input is refused: nothing was written, the payload carries the errors."""

    errors: list[UserError]
    payload: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def one(cls, path: Iterable[Any] | None, message: str, code: str | None = None, **payload: Any) -> Refused:
        """Return the refusal for a single fault; `path` members are turned into text as Shopify does."""
        where = None if path is None else tuple(str(step) for step in path)
        return cls([UserError(where, message, code)], payload)
