"""Contents of files: where Shopify takes them from, whether bytes are what a name says, and what became of them."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.shopify.filestore import File
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["ENDED", "problem", "source_of"]

ENDED = ("READY", "FAILED")

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
