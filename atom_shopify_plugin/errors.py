"""Everything that can go wrong, as a caller sees it.

::

    PluginError
    ├── InvalidInput            400  every fault with its JSON pointer
    ├── NotSignedIn             401  nobody is signed in
    ├── StoreNotConnected       401  no store, or not this one; carries the URL that connects it
    │   └── ReauthRequired      401  connected once, Shopify no longer accepts the token
    ├── Forbidden               403  signed in, but not allowed
    │   ├── MissingScope        403  the store has not granted a scope; carries the URL that asks again
    │   ├── ReadOnly            403  the store, or the caller's token, is read-only; says who can change that
    │   ├── PolicyDenied        403  a policy of the store's owner doesn't let this caller use the action
    │   └── OverLimit           403  a policy's limit of the day would be exceeded
    ├── NotFound                404  no such thing, or none of yours
    ├── Conflict                409  the state of things does not allow it
    │   ├── ConfirmationNeeded  409  a person has to agree first: repeat it with the token
    │   ├── Declined            409  the person who was asked said no
    │   ├── ApprovalNeeded      409  over a limit: an owner has to approve it first
    │   ├── IdempotencyReused   409  the same key came with another input
    │   ├── OutcomeUnknown      409  the write may stand, whole or in part; look before you repeat it
    │   ├── NotSynced           409  what would answer this has not been copied, or not yet
    │   ├── StillRunning        409  the same call has not finished; ask again
    │   └── Stale               409  the value changed since it was read
    ├── PayloadTooLarge         413
    ├── RateLimited             429  our own limit; carries Retry-After
    │   └── Throttled           429  Shopify's limit, after waiting as long as the deadline allowed
    ├── PartialFailure          207  a call for several stores failed in some; the results of all are beside it
    ├── Misconfigured           500  the operator has to change a setting
    ├── Internal                500  a defect of ours; the log tells more
    └── UpstreamError           502  Shopify answered something that cannot be used
        ├── Rejected            400  Shopify's userErrors: the input was understood and refused
        ├── ShopUnavailable     409  the store is frozen, locked or closed
        └── Unavailable         503  Shopify, the database or the network is down; try again

Each error knows its HTTP status, a stable ``code``, whether the same request may succeed later (``retryable``), and
``details`` that are safe to show. Messages never hold a secret, a token, or the text of an unexpected exception.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

__all__ = [
    "ApprovalNeeded",
    "ConfirmationNeeded",
    "Conflict",
    "Declined",
    "Fault",
    "Forbidden",
    "IdempotencyReused",
    "Internal",
    "InvalidInput",
    "Misconfigured",
    "MissingScope",
    "NotFound",
    "NotSignedIn",
    "NotSynced",
    "OutcomeUnknown",
    "OverLimit",
    "PartialFailure",
    "PayloadTooLarge",
    "PluginError",
    "PolicyDenied",
    "RateLimited",
    "ReadOnly",
    "ReauthRequired",
    "Rejected",
    "ShopUnavailable",
    "Stale",
    "StillRunning",
    "StoreNotConnected",
    "Throttled",
    "Unavailable",
    "UpstreamError",
    "unexpected",
]

_LOG = logging.getLogger(__name__)
_NAMED = 5  # fields that a message names


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input: where (a JSON pointer, RFC 6901), what, and a stable word for the kind.

    `suggestion` is the name that was probably meant, where there is one.
    """

    pointer: str
    message: str
    code: str = "invalid"
    suggestion: str | None = None

    def as_dict(self) -> dict[str, str]:
        hint = {} if self.suggestion is None else {"suggestion": self.suggestion}
        return {"pointer": self.pointer, "code": self.code, "message": self.message, **hint}

    def sentence(self) -> str:
        """Return the message with the name of its field, such as: limit must be at most 250."""
        name = self.pointer.removeprefix("/").replace("~1", "/").replace("~0", "~")
        if not name or not self.message:
            return self.message
        for subject in ("It ", "This field ", "This parameter "):
            if self.message.startswith(subject):
                return f"{name} {self.message.removeprefix(subject)}"
        return f"{name}: {self.message}"


def _says(message: str, fault: Fault) -> bool:
    return fault.message in message or fault.sentence() in message


class PluginError(Exception):
    """The root of the tree; never raised itself.

    `message` is one sentence for the person who reads it: what happened and what to do. `details` is JSON-able and
    holds nothing secret. `retry_after` is in seconds.
    """

    code: ClassVar[str] = "INTERNAL_ERROR"
    status: ClassVar[int] = 500
    retryable: bool = False

    def __init__(
        self, message: str, *, details: Mapping[str, Any] | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.details: dict[str, Any] = dict(details or {})
        self.retry_after = retry_after

    def in_full(self) -> str:
        """Return everything a person needs, for readers who do not see `details`."""
        return self.message

    def as_dict(self, request_id: str | None = None) -> dict[str, Any]:
        """Return the ``error`` member of the envelope."""
        return {
            "code": self.code,
            "message": self.message,
            "details": self.details,
            "request_id": request_id,
            "retryable": self.retryable,
        }


class InvalidInput(PluginError):
    """The input is wrong; ``details.faults`` lists every fault, not only the first.

    Nothing is said twice: a fault has a ``message`` of its own unless the error's message says the same.
    """

    code = "VALIDATION_ERROR"
    status = 400

    def __init__(self, message: str, faults: Sequence[Fault] = (), *, details: Mapping[str, Any] | None = None) -> None:
        told = [
            {name: value for name, value in fault.as_dict().items() if name != "message" or not _says(message, fault)}
            for fault in faults
        ]
        super().__init__(message, details={**(details or {}), "faults": told})
        self.faults = tuple(faults)

    @classmethod
    def about(cls, subject: str, faults: Sequence[Fault]) -> Self:
        """Return the error of an input, such as ``The body``: what is wrong with it, or which fields are."""
        if len(faults) == 1:
            return cls(f"{subject} is not valid: {faults[0].sentence()}", faults)
        names = list(dict.fromkeys(fault.pointer.removeprefix("/") or "the input itself" for fault in faults))
        shown = [*names[:_NAMED], f"{len(names) - _NAMED} more"] if len(names) > _NAMED else names
        where = " and ".join(part for part in (", ".join(shown[:-1]), shown[-1]) if part)
        return cls(f"{subject} has {len(faults)} faults: see {where} in details.faults.", faults)

    def in_full(self) -> str:
        """Return the message and what is wrong with each field."""
        more = [fault.sentence() for fault in self.faults if not _says(self.message, fault)]
        if not more:
            return self.message
        return " ".join([self.message.replace(" in details.faults.", "."), *more])


class NotSignedIn(PluginError):
    code = "AUTH_ERROR"
    status = 401


class StoreNotConnected(PluginError):
    """``details.connect_url`` is the address that connects the store, where one can be given."""

    code = "STORE_NOT_CONNECTED"
    status = 401


class ReauthRequired(StoreNotConnected):
    code = "REAUTH_REQUIRED"


class Forbidden(PluginError):
    code = "FORBIDDEN"
    status = 403


class MissingScope(Forbidden):
    """``details`` holds ``missing_scopes`` and ``connect_url``."""

    code = "MISSING_SCOPE"


class ReadOnly(Forbidden):
    """``details.reason`` is ``store``, ``caller``, ``policy``, or ``unknown`` where the switch can't be read."""

    code = "READ_ONLY"


class PolicyDenied(Forbidden):
    """A policy of the store takes the action from the caller; ``details.action`` names it."""

    code = "POLICY_DENIED"


class OverLimit(Forbidden):
    """A limit of the day would be exceeded, or nobody can tell that it would not; nothing was done.

    ``details`` holds ``tool`` and what the policy counts: ``limit``, ``used`` and ``asked``, each by ``amount``,
    ``quantity`` or ``calls``; ``asked`` is null where it is not known. ``day`` is the day of the store.
    """

    code = "OVER_LIMIT"


class NotFound(PluginError):
    code = "NOT_FOUND"
    status = 404


class Conflict(PluginError):
    code = "CONFLICT"
    status = 409


class ConfirmationNeeded(Conflict):
    """``details`` holds ``preview``, ``confirmation_token`` and ``expires_in`` (seconds)."""

    code = "CONFIRMATION_NEEDED"


class Declined(Conflict):
    """The person who was asked did not agree; nothing was done."""

    code = "DECLINED"


class ApprovalNeeded(Conflict):
    """An owner of the store has to approve the call; repeat it unchanged afterwards.

    ``details`` holds ``approval_id``, ``expires_at`` and what `OverLimit` says.
    """

    code = "APPROVAL_NEEDED"


class NotSynced(Conflict):
    """What would answer the question has not been copied: `retryable` is true while the copy is being made."""

    code = "NOT_SYNCED"

    def __init__(self, message: str, *, details: Mapping[str, Any] | None = None, retryable: bool = False) -> None:
        super().__init__(message, details=details)
        self.retryable = retryable


class IdempotencyReused(Conflict):
    code = "IDEMPOTENCY_KEY_REUSED"


class OutcomeUnknown(Conflict):
    """The write may have had its effect, whole or in part, and nobody here can tell.

    `retryable` is true where the caller's own idempotency key and Shopify's make a repetition harmless. ``details``
    holds ``cause`` (the code of the failure), ``done`` and ``in_doubt`` (the documents that certainly ran, and that may
    have), and ``look_at``: the action that reads what may have changed.
    """

    code = "OUTCOME_UNKNOWN"


class StillRunning(Conflict):
    code = "STILL_RUNNING"
    retryable = True


class Stale(Conflict):
    code = "STALE"


class PayloadTooLarge(PluginError):
    code = "PAYLOAD_TOO_LARGE"
    status = 413


class RateLimited(PluginError):
    code = "RATE_LIMITED"
    status = 429
    retryable = True


class Throttled(RateLimited):
    code = "SHOPIFY_THROTTLED"


class PartialFailure(PluginError):
    """``details.failed`` names the stores that failed and their codes; `retryable` says whether all may be repeated."""

    code = "PARTIAL_FAILURE"
    status = 207

    def __init__(
        self,
        message: str,
        *,
        details: Mapping[str, Any] | None = None,
        retryable: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, details=details, retry_after=retry_after)
        self.retryable = retryable


class Misconfigured(PluginError):
    code = "CONFIG_ERROR"
    status = 500


class Internal(PluginError):
    """An exception that nobody foresaw. The message says nothing of it."""

    code = "INTERNAL_ERROR"


class UpstreamError(PluginError):
    code = "SHOPIFY_ERROR"
    status = 502


class Rejected(UpstreamError):
    """Shopify's ``userErrors``; ``details.user_errors`` is a list of ``{field, message, code}``."""

    code = "SHOPIFY_USER_ERROR"
    status = 400


class ShopUnavailable(UpstreamError):
    code = "SHOP_UNAVAILABLE"
    status = 409


class Unavailable(UpstreamError):
    code = "UNAVAILABLE"
    status = 503
    retryable = True


def unexpected(error: BaseException, request_id: str | None = None) -> Internal:
    """Log where an exception that nobody foresaw came from, and return the error that a caller may see.

    The exception's text may quote the input, so neither the log nor the caller gets it.
    """
    frames = "".join(traceback.format_tb(error.__traceback__))
    _LOG.error("Unexpected %s in request %s\n%s", type(error).__name__, request_id, frames)
    return Internal(
        "The server failed because of an internal error. Report the request id: it identifies the cause in the log."
    )
