"""Results of bulk operations over REST: streamed from Shopify's file storage to the caller, never held as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from flask import Response

from atom_shopify_plugin.shopify.ids import legacy_id, to_gid
from atom_shopify_plugin.stores.bulk_files import result_pieces
from atom_shopify_plugin.web.identity import principal
from atom_shopify_plugin.web.options import only_query, refuse_body, shop_option
from atom_shopify_plugin.web.state import PREFIX, state

if TYPE_CHECKING:
    from atom_shopify_plugin.web.routing import Routes

__all__ = ["register"]


def register(routes: Routes) -> None:
    """Add the route of results."""
    runtime = routes.runtime

    def bulk_result(id: str) -> Response:  # noqa: A002  # the path calls it so
        refuse_body()
        only_query(state(), ("user_id", "shop"))
        store = runtime.actions.store_of(principal(), shop_option())
        gid = to_gid(id, "BulkOperation")
        pieces = result_pieces(runtime.services.open_shop(store), gid)
        response = Response(_begun(pieces), mimetype="application/jsonl")
        response.headers["Content-Disposition"] = f'attachment; filename="bulk-{legacy_id(gid)}.jsonl"'
        response.headers["Cache-Control"] = "no-store"
        return response

    routes.add("GET", f"{PREFIX}/bulk-operations/<atom_shopify_id:id>/result", "bulk_result", bulk_result)


def _begun(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Return the pieces with the first one fetched, so that what is wrong from the start is an error envelope.

    A fault further on ends the connection before the end of the body, which clients take for a failure.
    """
    first = next(pieces, b"")
    return chain([first], pieces)
