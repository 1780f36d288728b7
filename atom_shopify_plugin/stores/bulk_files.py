"""The results of bulk operations, as long as Shopify keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from atom_shopify_plugin.errors import Conflict, NotFound, UpstreamError
from atom_shopify_plugin.shopify.filestore import AddressEnded

if TYPE_CHECKING:
    from atom_shopify_plugin.stores.shop import Shop

__all__ = ["RUNNING", "pieces_from", "result_pieces"]

RUNNING = frozenset({"CREATED", "RUNNING", "CANCELING"})


def result_pieces(shop: Shop, operation_id: str, *, missing_ok: bool = False) -> Iterator[bytes]:
    """Yield the bytes of an operation's result, or of the part that it wrote before it failed.

    An address that has ended is asked for anew once. Raise `NotFound` where there is no such operation, `Conflict`
    where it still runs or its result has ended, `UpstreamError` where a result ends before all of its rows, and what
    `FileStore.read` raises. An operation without rows has no result; with `missing_ok`, neither has one that stopped
    before it wrote any.
    """
    start, rows, last = 0, 0, b"\n"
    for again in (True, False):
        file = shop.root("BulkOperationFile", {"id": operation_id})
        if file is None:
            raise NotFound("Shopify knows no such bulk operation.")
        if file["status"] in RUNNING:
            raise Conflict("The bulk operation is still running: its result is not there yet.")
        url = file["url"] or file["partial_data_url"]
        if url is None:
            if missing_ok or (file["status"] == "COMPLETED" and int(file["object_count"]) == 0):
                return
            raise Conflict("Shopify keeps no result of this bulk operation: it wrote none, or is over 7 days old.")
        try:
            for piece in shop.files.read(url, start):
                start += len(piece)
                rows += piece.count(b"\n")
                last = piece[-1:]
                yield piece
            break
        except AddressEnded:
            if not again:
                raise Conflict("Shopify no longer keeps the result of this bulk operation. Run it again.") from None
    rows += last != b"\n"
    if file["status"] == "COMPLETED" and rows != int(file["object_count"]):
        raise UpstreamError(
            "The result of the bulk operation is not whole. Fetch it again.",
            details={"rows": rows, "expected": int(file["object_count"])},
        )


def pieces_from(shop: Shop, operation_id: str, start: int) -> Iterator[bytes]:
    """Yield the bytes of an operation's result from `start` on, or of the part that it wrote before it failed.

    An address that has ended is asked for anew as long as bytes come. How many rows there should be is the caller's
    to compare. Raise `AddressEnded` where the new address is not valid either, and what `result_pieces` raises.
    """
    last = -1
    while True:
        file = shop.root("BulkOperationFile", {"id": operation_id})
        if file is None:
            raise NotFound("Shopify knows no such bulk operation.")
        url = file["url"] or file["partial_data_url"]
        if url is None:
            return
        try:
            for piece in shop.files.read(url, start):
                start += len(piece)
                yield piece
        except AddressEnded:
            if start == last:
                raise
            last = start
        else:
            return
