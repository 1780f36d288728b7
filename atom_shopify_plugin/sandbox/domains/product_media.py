"""Images of products: Shopify fetches them from their address after the answer, and shows them when they are ready."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from atom_shopify_plugin.sandbox.bulk.storage import UPLOADS
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.shared import image
from atom_shopify_plugin.sandbox.refusals import Refused
from atom_shopify_plugin.sandbox.registry import derived, kind
from atom_shopify_plugin.sandbox.store import Node, Pending

__all__ = ["SOURCE", "TICKS", "is_fetched", "new_image", "ready_images", "refetch"]

TICKS = 1
SOURCE = r"https?://[^\s/]+(/\S*)?"
NOWHERE = ".invalid"  # RFC 2606: no host has such a name

kind(
    "MediaImage",
    {"mediaContentType": "IMAGE", "status": "READY"},
    fields="createdAt updatedAt alt mimeType mediaErrors mediaWarnings fileErrors",
)


def new_image(ctx: Context, source: str, alt: str | None, path: list[Any]) -> str:
    """Add an image and return its id; `path` is where its address stands in the input.

    It is ready with the next request to its store. The sandbox fetches nothing: an image whose host ends in
    ``.invalid`` can't be downloaded, nor can one whose staged upload was never sent; all others can.
    """
    if not re.fullmatch(SOURCE, source):
        raise Refused.one(path, "Image URL is invalid", "INVALID_INPUT")
    picture = image(ctx.store.new_id("ImageSource"), source, alt)
    node = ctx.create("MediaImage", {"alt": alt, "image": picture, "status": "UPLOADED"})
    _fetch(ctx, node, source)
    return str(node["id"])


def refetch(ctx: Context, node: Node, source: str) -> None:
    """Give an image another source, which is fetched with the next request."""
    ctx.update(node, {"image": {**node["image"], "url": source}, "status": "UPLOADED"})
    _fetch(ctx, node, source)


def _fetch(ctx: Context, node: Node, source: str) -> None:
    def process(later: Context) -> None:
        if later.store.get(node["id"]) is not None:
            later.update(node, _processed(later, source))

    ctx.store.pending.append(Pending(node["id"], TICKS, process))


def is_fetched(ctx: Context, source: str) -> bool:
    """Tell whether a file can be downloaded from an address."""
    bulk = ctx.store.bulk
    if bulk is not None and source.startswith(staged := f"{bulk.storage.base}/{UPLOADS}/"):
        return bulk.storage.uploaded(unquote(source.removeprefix(staged))) is not None
    return not (urlsplit(source).hostname or "").endswith(NOWHERE)


def _processed(ctx: Context, source: str) -> Node:
    if is_fetched(ctx, source):
        return {"status": "READY"}
    error = {"code": "IMAGE_DOWNLOAD_FAILURE", "message": "Image could not be downloaded", "details": None}
    return {"status": "FAILED", "mediaErrors": [error], "fileErrors": [error]}


def ready_images(ctx: Context, product: Node) -> list[Node]:
    """Return the media of a product that are ready, in their order."""
    rows = [ctx.store.all("MediaImage")[gid] for gid in product["media"]]
    return [row for row in rows if _is_ready(row)]


def _is_ready(node: Node) -> bool:
    return bool(node.get("status", "READY") == "READY")


derived(
    {
        "MediaImage.fileStatus": lambda _, node: node.get("status", "READY"),
        "MediaImage.image": lambda _, node: node["image"] if _is_ready(node) else None,
        "MediaImage.preview": lambda _, node: {
            "image": node["image"] if _is_ready(node) else None,
            "status": node.get("status", "READY"),
        },
        "Product.featuredMedia": lambda _, node: next(iter(node["media"]), None),
        "Product.featuredImage": lambda ctx, node: next((row["image"] for row in ready_images(ctx, node)), None),
        "Product.images": lambda ctx, node: [row["image"] for row in ready_images(ctx, node)],
    }
)
