"""Why something could not be sent."""

from __future__ import annotations

__all__ = ["SendFailure"]


class SendFailure(Exception):
    """Something was not sent, or nobody knows whether it was; the message is fit for people and holds no secret.

    `retryable` says that a later attempt may succeed. `sent` says that the other side may have received it.
    """

    def __init__(
        self, code: str, message: str, *, retryable: bool = False, sent: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.retryable = retryable
        self.sent = sent
        self.retry_after = retry_after
