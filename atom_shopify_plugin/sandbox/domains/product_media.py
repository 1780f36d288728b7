"""Images of products: Shopify fetches them from their address after the answer, and shows them when they are ready."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.shared import image
from atom_shopify_plugin.sandbox.refusals import Refused
from atom_shopify_plugin.sandbox.registry import derived, kind
from atom_shopify_plugin.sandbox.store import Node, Pending

__all__ = ["new_image", "ready_images"]

TICKS = 1
NOWHERE = ".invalid"  # RFC 2606: no host has such a name

kind(
    "MediaImage",
    {"mediaContentType": "IMAGE", "status": "READY"},
    fields="createdAt updatedAt alt mimeType mediaErrors mediaWarnings fileErrors",
)


def new_image(ctx: Context, source: str, alt: str | None, path: list[Any]) -> str:
    """Add an image and return its id; `path` is where its address stands in the input.

    It is ready with the next request to its store. The sandbox fetches nothing: an image whose host ends in
    ``.invalid`` can't be downloaded, all others can.
    """
    if not re.fullmatch(r"https?://[^\s/]+(/\S*)?", source):
        raise Refused.one(path, "Image URL is invalid", "INVALID_INPUT")
    picture = image(ctx.store.new_id("ImageSource"), source, alt)
    node = ctx.create("MediaImage", {"alt": alt, "image": picture, "status": "UPLOADED"})

    def process(later: Context) -> None:
        if later.store.get(node["id"]) is not None:
            later.update(node, _processed(source))

    ctx.store.pending.append(Pending(node["id"], TICKS, process))
    return str(node["id"])


def _processed(source: str) -> Node:
    if not (urlsplit(source).hostname or "").endswith(NOWHERE):
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
