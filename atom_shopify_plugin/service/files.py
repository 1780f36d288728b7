"""Files of a store: bytes go up by a staged upload, addresses are fetched by Shopify, and both are waited for."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.service.background import NothingDone, Pending
from atom_shopify_plugin.shopify.filestore import File
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["ENDED", "problem", "processed", "source_of", "update", "upload"]

ENDED = ("READY", "FAILED")
_WAITS = "Shopify processes the file."

Kind = tuple[str, Callable[[bytes], bool]]


def _begins(*marks: bytes) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(marks)


def _is_text(content: bytes) -> bool:
    return b"\0" not in content


# Media types by the ending of a name, and whether bytes are of that type: images by their first bytes (IANA).
_IMAGES: Mapping[str, Kind] = {
    "png": ("image/png", _begins(b"\x89PNG\r\n\x1a\n")),
    "jpg": ("image/jpeg", _begins(b"\xff\xd8\xff")),
    "jpeg": ("image/jpeg", _begins(b"\xff\xd8\xff")),
    "gif": ("image/gif", _begins(b"GIF87a", b"GIF89a")),
    "webp": ("image/webp", lambda content: content.startswith(b"RIFF") and content[8:12] == b"WEBP"),
}
_OTHERS: Mapping[str, Kind] = {
    "pdf": ("application/pdf", _begins(b"%PDF-")),
    "zip": ("application/zip", _begins(b"PK\x03\x04", b"PK\x05\x06")),
    "csv": ("text/csv", _is_text),
    "txt": ("text/plain", _is_text),
    "json": ("application/json", _is_text),
}


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


def problem(noun: str, status: str, errors: list[Any]) -> list[dict[str, str]]:
    """Return the warning about a file that Shopify could not process, none about another one."""
    if status != "FAILED":
        return []
    why = " ".join(f"{error['message']}." for error in errors) or "It does not say why."
    message = f"Shopify could not process the {noun}, so that it is not shown. {why} Remove it, and add it anew."
    return [{"code": "FILE_FAILED", "message": message}]


def source_of(shop: Shop, given: Mapping[str, Any], *, images_only: bool) -> tuple[str, bool]:
    """Return the address from which Shopify takes a file, and whether it is an image; bytes are uploaded first."""
    if "url" in given:
        name = given.get("filename") or unquote(urlsplit(given["url"]).path.rpartition("/")[2])
        return given["url"], name.rpartition(".")[2].lower() not in _OTHERS
    name, content = given["filename"], base64.b64decode(given["content"])
    ending = name.rpartition(".")[2].lower()
    kinds = _IMAGES if images_only else {**_IMAGES, **_OTHERS}
    if ending not in kinds:
        message = f"A file of bytes must be one of: {', '.join(kinds)}. Give other files by their address (url)."
        raise _refused("/filename", message, "media_type")
    media_type, fits = kinds[ending]
    if not content or not fits(content):
        raise _refused("/content", f"These bytes are no {media_type}, which the name of the file says.", "media_type")
    is_image = ending in _IMAGES
    file = File(name, media_type, content)
    target = shop.upload("StagedUploadsCreate", "IMAGE" if is_image else "FILE", file)
    return str(target["resource_url"]), is_image


def _refused(pointer: str, message: str, code: str) -> InvalidInput:
    return InvalidInput(f"{pointer}: {message}", [Fault(pointer, message, code)])
