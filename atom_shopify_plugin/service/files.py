"""Files of a store: bytes go up by a staged upload, addresses are fetched by Shopify, and both are waited for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.service.background import NothingDone, Pending
from atom_shopify_plugin.service.file_content import ENDED, problem, source_of
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["processed", "update", "upload"]

_WAITS = "Shopify processes the file."


def upload(shop: Shop, **given: Any) -> Any:
    """Add a file and return it once it is READY or FAILED, `Pending` until then.

    Raises `InvalidInput` for bytes that are not what the name says.
    """
    source, is_image = source_of(shop, given, images_only=False)
    file = {"originalSource": source}
    if "alt" in given:
        file["alt"] = given["alt"]
    if "url" not in given:
        file["contentType"] = "IMAGE" if is_image else "FILE"
    elif "filename" in given:
        file["filename"] = given["filename"]
    return _waited_for(shop.root("FileCreate", {"file": file})["files"][0])


def update(shop: Shop, *, id: str, **given: Any) -> Any:  # noqa: A002  # the input's own name
    """Change the alternative text of a file, or take its content from another address; wait as `upload` does."""
    names = {"alt": "alt", "url": "originalSource"}
    file = {"id": id, **{names[name]: value for name, value in given.items()}}
    return _waited_for(shop.root("FileUpdate", {"file": file})["files"][0])


def processed(shop: Shop, look: Mapping[str, str], **_given: Any) -> Any:
    """Look at a file: return it once it is READY or FAILED, `Pending` until then.

    Raises `NothingDone` where it was deleted in the meantime.
    """
    file = shop.root("FileGet", {"id": look["file"]})
    if file is None:
        raise NothingDone("The file was deleted while Shopify processed it.", details={"id": look["file"]})
    return _waited_for(file)


def _waited_for(file: Mapping[str, Any]) -> Any:
    if file["file_status"] not in ENDED:
        return Pending({"file": file["id"]}, message=_WAITS)
    return {**file, "warnings": problem("file", file["file_status"], file["file_errors"])}
