"""The receiver of deliveries without a framework: what Flask's route and the native one do alike."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.errors import Fault, InvalidInput, PayloadTooLarge, PluginError
from atom_shopify_plugin.events.intake import read_delivery
from atom_shopify_plugin.metrics.families import ACKNOWLEDGEMENTS, DELIVERIES
from atom_shopify_plugin.web.envelope import LengthRequired, UnsupportedMediaType

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.storage import Steps

__all__ = ["LIMIT", "Receipt", "check_length", "receiving", "too_large"]

LIMIT = 8 * 1024 * 1024  # bytes; a product with all its 2,048 variants has some 3 MB
_DIGITS = 20  # Python refuses to read some thousand of them

Header = Callable[[str], str | None]
"""Returns a header by its lower-case name, one that was sent several times joined by commas."""


class Receipt:
    """Counts one delivery: a block that takes it in, from its head to what its sender is told.

    `stored` is told by `receiving`. What ends the block decides what is counted; a sender that goes away counts not.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._meter = runtime.storage.meter
        self._started = time.perf_counter()
        self.stored: bool | None = None

    def __enter__(self) -> Receipt:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if isinstance(error, PluginError):
            outcome, reason = "rejected", error.code.lower()
        elif error is not None or self.stored is None:
            return
        else:
            outcome, reason = "accepted" if self.stored else "duplicate", ""
        self._meter.count(DELIVERIES, outcome, reason)
        self._meter.observe(ACKNOWLEDGEMENTS, time.perf_counter() - self._started, outcome)


def check_length(header: Header) -> None:
    """Raise `LengthRequired`, `PayloadTooLarge` or `UnsupportedMediaType` for a body that is not read."""
    length = header("content-length")
    if length is None or not (length.isascii() and length.isdigit() and len(length) <= _DIGITS):
        raise LengthRequired("A delivery needs a Content-Length.")
    if (header("content-encoding") or "identity").strip().lower() != "identity":
        raise UnsupportedMediaType("The body must not be compressed.")
    if int(length) > LIMIT:
        raise too_large()


def too_large() -> PayloadTooLarge:
    """Return the error of a body above the limit."""
    return PayloadTooLarge(f"The body is larger than {LIMIT:,} bytes.", details={"limit": LIMIT})


def receiving(runtime: Runtime, receipt: Receipt, header: Header, body: bytes) -> Steps[dict[str, Any]]:
    """Store a delivery, and return what its sender is told; raise as `DeliveryIntake.receive` does."""
    length = header("content-length")
    if length is not None and len(body) < int(length):
        raise InvalidInput("The body is shorter than its Content-Length.", [Fault("", "The body was cut.", "json")])
    kind = (header("content-type") or "").partition(";")[0].strip().lower()
    placed = yield from runtime.intake.receiving(read_delivery(header), body, is_json=kind == "application/json")
    receipt.stored = placed.new
    return {"stored": placed.new}
