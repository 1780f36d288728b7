"""Shopify's failures → our error tree: two tables, one by HTTP status and one by GraphQL error code.

Sources: shopify.dev, "Status and error codes"; codes inside HTTP 200 as observed on live stores. Decisions rest on
status and code, never on Shopify's wording.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from atom_shopify_plugin.errors import (
    Fault,
    InvalidInput,
    MissingScope,
    NotFound,
    PluginError,
    ReauthRequired,
    ShopUnavailable,
    Throttled,
    Unavailable,
    UpstreamError,
)

__all__ = ["Failure", "TokenRefused", "by_status", "from_errors", "from_warnings", "retry_after"]


class TokenRefused(ReauthRequired):
    """Shopify answered 401: the access token is expired, revoked or wrong. Refresh it once, then try again."""


class Failure(NamedTuple):
    """What went wrong, whether Shopify certainly did nothing, and whether asking again may help."""

    error: PluginError
    nothing_ran: bool = True
    again: bool = False


class _Row(NamedTuple):
    error: type[PluginError]
    message: str
    nothing_ran: bool = True
    again: bool = False


_STATUS: dict[int, _Row] = {
    401: _Row(TokenRefused, "Shopify no longer accepts this store's token."),
    402: _Row(ShopUnavailable, "The store is frozen because of an unpaid bill."),
    403: _Row(ReauthRequired, "Shopify refuses this type of token; connect the store again."),
    404: _Row(ShopUnavailable, "No store answers at this address."),
    408: _Row(Unavailable, "Shopify did not receive the whole request in time.", again=True),
    423: _Row(ShopUnavailable, "The store is locked; try again later."),
    429: _Row(Throttled, "Shopify's rate limit is used up.", again=True),
    430: _Row(UpstreamError, "Shopify refused the request for security reasons."),
    501: _Row(UpstreamError, "Shopify does not know this kind of request."),
}
_SERVER = _Row(Unavailable, "Shopify is not available at the moment.", nothing_ran=False, again=True)
_OTHER = _Row(UpstreamError, "Shopify did not accept the request.")

# In the order in which one answer's errors are judged: the first row that any of them matches is the failure.
_CODES: dict[str, _Row] = {
    "THROTTLED": _Row(Throttled, "Shopify's rate limit is used up.", again=True),
    "SHOP_INACTIVE": _Row(ShopUnavailable, "The store is not active."),
    "ACCESS_DENIED": _Row(MissingScope, "The store has not granted what this needs."),
    "INTERNAL_SERVER_ERROR": _Row(Unavailable, "Shopify failed inside.", nothing_ran=False, again=True),
    "MAX_COST_EXCEEDED": _Row(InvalidInput, "This requests too much at once; use smaller pages."),
    "MAX_INPUT_SIZE_EXCEEDED": _Row(InvalidInput, "A list in the input is longer than Shopify accepts."),
    "INVALID_VARIABLE": _Row(InvalidInput, "Shopify does not accept a value of the input."),
    "INVALID_FIELD_ARGUMENTS": _Row(InvalidInput, "Shopify does not accept this combination of input."),
    "NOT_FOUND": _Row(NotFound, "Shopify has no such resource."),
    "RESOURCE_NOT_FOUND": _Row(NotFound, "Shopify has no such resource."),
    "BAD_REQUEST": _Row(InvalidInput, "Shopify does not accept the input."),
    "PARSE_ERROR": _Row(UpstreamError, "Shopify did not accept the request."),
}
# Errors of a document that was not valid have codes like `undefinedField`; nothing of it was run.
_VALIDATION = re.compile(r"[a-z]+(?:[A-Z][a-z]+)*")
_DOCUMENT = _Row(UpstreamError, "Shopify did not accept the request.")

_SCOPE = re.compile(r"\b(?:unauthenticated_)?(?:read|write)_[a-z_]+\b")
_SECONDS = re.compile(r"[0-9]{1,10}(\.[0-9]{1,9})?")


def by_status(status: int, headers: Mapping[str, str], now: datetime | None = None) -> Failure | None:
    """Return the failure that an HTTP status stands for, None for a success (2xx)."""
    if 200 <= status < 300:
        return None
    row = _STATUS.get(status) or (_SERVER if status >= 500 else _OTHER)
    error = row.error(row.message, details={"status": status, **_request_id(headers)})
    error.retry_after = retry_after(headers.get("Retry-After"), now)
    return Failure(error, row.nothing_ran, row.again)


def from_errors(errors: Any, headers: Mapping[str, str], data: Any = None, *, mutation: bool = False) -> Failure:
    """Return the failure that a GraphQL answer's ``errors`` stand for.

    Any error makes the answer one, data beside it or not. `details` holds Shopify's own words and, where a `mutation`
    filled its part of `data` nevertheless, ``ran: true``. A mutation certainly did not run where every error has a code
    that says so.
    """
    listed = [error for error in errors if isinstance(error, Mapping)] if isinstance(errors, list) else []
    if not listed and isinstance(errors, str):
        listed = [{"message": errors}]
    codes = [_text(_extensions(error).get("code")) for error in listed]
    row = next((found for code, found in _CODES.items() if code in codes), _DOCUMENT)
    details: dict[str, Any] = {"shopify_errors": [_plain(error) for error in listed[:20]], **_request_id(headers)}
    ran = mutation and isinstance(data, Mapping) and any(value is not None for value in data.values())
    if ran:
        details = {**details, "ran": True}
    error: PluginError
    if row.error is MissingScope:
        error = MissingScope(row.message, details={**details, "missing_scopes": _scopes(listed)})
    elif row.error is InvalidInput:
        error = InvalidInput(row.message, [*_faults(listed)], details=details)
    else:
        error = row.error(row.message, details=details)
    nothing_ran = bool(codes) and all(map(_did_not_run, codes))
    return Failure(error, not mutation or (nothing_ran and not ran), row.again)


def _did_not_run(code: str) -> bool:
    row = _CODES.get(code)
    return row.nothing_ran if row is not None else _VALIDATION.fullmatch(code) is not None


def from_warnings(search: Any) -> InvalidInput | None:
    """Return the error for ``extensions.search`` with warnings: a filter that Shopify ignored returns *all* rows."""
    entries = [entry for entry in search if isinstance(entry, Mapping)] if isinstance(search, list) else []
    lists = [entry.get("warnings") for entry in entries]
    faults = [
        Fault("/query", f"{_text(warning.get('field'))}: {_text(warning.get('message'))}", _text(warning.get("code")))
        for warnings in lists
        for warning in (warnings if isinstance(warnings, list) else ())
        if isinstance(warning, Mapping)
    ]
    return InvalidInput("Shopify did not understand the search and would have ignored it.", faults) if faults else None


def retry_after(value: str | None, now: datetime | None = None, cap: float = 3600.0) -> float | None:
    """Read a Retry-After header: seconds (``2``, ``2.0``) or an HTTP date → seconds from now, at most `cap`.

    Anything else is None.
    """
    if value is None or len(value) > 64:
        return None
    value = value.strip()
    if _SECONDS.fullmatch(value):
        return min(float(value), cap)
    if not value[:1].isalpha():
        return None
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - (now or datetime.now(UTC))).total_seconds()), cap)


def _extensions(error: Mapping[str, Any]) -> Mapping[str, Any]:
    found = error.get("extensions")
    return found if isinstance(found, Mapping) else {}


def _plain(error: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what helps: code, place and Shopify's words (cut); never the values that were sent."""
    path = error.get("path")
    return {
        "code": _text(_extensions(error).get("code")),
        "message": _text(error.get("message")),
        "path": [str(part)[:100] for part in path[:20]] if isinstance(path, list) else [],
    }


def _scopes(errors: Iterable[Mapping[str, Any]]) -> list[str]:
    found: set[str] = set()
    for error in errors:
        if _extensions(error).get("code") == "ACCESS_DENIED":
            found.update(_SCOPE.findall(_text(_extensions(error).get("requiredAccess"))))
    return sorted(found)


def _faults(errors: Iterable[Mapping[str, Any]]) -> Iterable[Fault]:
    for error in errors:
        extensions = _extensions(error)
        code = _text(extensions.get("code")).lower() or "invalid"
        problems = extensions.get("problems")
        if not isinstance(problems, list) or not problems:
            yield Fault("", _text(error.get("message")), code)
            continue
        variable = re.match(r"Variable \$([A-Za-z_][A-Za-z0-9_]*)", _text(error.get("message")))
        for problem in problems[:20]:
            if isinstance(problem, Mapping):
                path = problem.get("path")
                steps = [variable[1]] if variable else []
                steps += [str(part)[:100] for part in path] if isinstance(path, list) else []
                pointer = "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)
                yield Fault(pointer, _text(problem.get("explanation")), code)


def _request_id(headers: Mapping[str, str]) -> dict[str, str]:
    value = headers.get("X-Request-Id")
    return {"shopify_request_id": value[:100]} if value else {}


def _text(value: Any) -> str:
    return value[:300] if isinstance(value, str) else ""
