"""Files of a store: added from an address or a staged upload, changed, and put on products or taken off them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.product_media import SOURCE, TICKS, is_fetched, new_image, refetch
from atom_shopify_plugin.sandbox.refusals import Refused, UserError, not_modelled
from atom_shopify_plugin.sandbox.registry import derived, kind, mutation
from atom_shopify_plugin.sandbox.store import Node, Pending

LONGEST_ALT = 512
IMAGES = frozenset({"gif", "heic", "jpeg", "jpg", "png", "svg", "webp"})
KINDS = ("MediaImage", "GenericFile")

kind(
    "GenericFile",
    {"fileStatus": "READY"},
    fields="createdAt updatedAt alt mimeType originalFileSize fileErrors url",
)
derived({"GenericFile.preview": lambda _ctx, _node: None})


@mutation("fileCreate")
def file_create(ctx: Context, args: dict[str, Any]) -> Node:
    """Add files; each is fetched after the answer."""
    given = args["files"]
    errors = [error for at, entry in enumerate(given) for error in _new_faults(entry, at)]
    if errors:
        raise Refused(errors, {"files": []})
    made = [_new(ctx, entry, at) for at, entry in enumerate(given)]
    for gid in made:
        node = ctx.store.get(gid)
        if node is not None:
            ctx.record("created", node)
    return {"files": made}


def _new_faults(entry: Mapping[str, Any], at: int) -> Iterator[UserError]:
    source, name = entry["originalSource"], entry.get("filename")
    yield from _alt_faults(entry, at)
    if not re.fullmatch(SOURCE, source):
        yield _error(at, "originalSource", "Image URL is invalid", "INVALID_IMAGE_SOURCE_URL")
    elif name is not None and _ending(name) != _ending(_name(source)):
        message = "Provided filename extension must match original source."
        yield _error(at, "filename", message, "MISMATCHED_FILENAME_AND_ORIGINAL_SOURCE")
    if entry.get("duplicateResolutionMode") not in (None, "APPEND_UUID"):
        raise not_modelled(f"The duplicate resolution mode {entry['duplicateResolutionMode']}")


def _alt_faults(entry: Mapping[str, Any], at: int) -> Iterator[UserError]:
    if len(entry.get("alt") or "") > LONGEST_ALT:
        message = f"The alt value exceeds the maximum limit of {LONGEST_ALT} characters."
        yield _error(at, "alt", message, "ALT_VALUE_LIMIT_EXCEEDED")


def _error(at: int, member: str, message: str, code: str) -> UserError:
    return UserError(("files", str(at), member), message, code)


def _new(ctx: Context, entry: Mapping[str, Any], at: int) -> str:
    source = entry["originalSource"]
    content = entry.get("contentType") or ("IMAGE" if _ending(_name(source)) in IMAGES else "FILE")
    if content == "IMAGE":
        return new_image(ctx, source, entry.get("alt"), ["files", at, "originalSource"])
    if content != "FILE":
        raise not_modelled(f"Files of type {content}")
    node = ctx.create("GenericFile", {"alt": entry.get("alt"), "source": source, "fileStatus": "UPLOADED"})

    def process(later: Context) -> None:
        if later.store.get(node["id"]) is None:
            return
        if is_fetched(later, source):
            later.update(node, {"fileStatus": "READY", "url": source})
            return
        message = "File could not be downloaded"
        error = {"code": "GENERIC_FILE_DOWNLOAD_FAILURE", "message": message, "details": None}
        later.update(node, {"fileStatus": "FAILED", "fileErrors": [error]})

    ctx.store.pending.append(Pending(node["id"], TICKS, process))
    return str(node["id"])


def _name(source: str) -> str:
    return urlsplit(source).path.rpartition("/")[2]


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


@mutation("fileUpdate")
def file_update(ctx: Context, args: dict[str, Any]) -> Node:
    """Change files that are ready: all of them, or none."""
    given = args["files"]
    files = [_file(ctx, entry, at) for at, entry in enumerate(given)]
    errors = [error for at, entry in enumerate(given) for error in _change_faults(ctx, files[at], entry, at)]
    if errors:
        raise Refused(errors, {"files": []})
    for node, entry in zip(files, given, strict=True):
        _change(ctx, node, entry)
    return {"files": [node["id"] for node in files]}


def _file(ctx: Context, entry: Mapping[str, Any], at: int) -> Node:
    node = ctx.lookup(entry["id"], "File")
    if node is None:
        message = f"File id {entry['id']} does not exist."
        raise Refused([_error(at, "id", message, "FILE_DOES_NOT_EXIST")], {"files": []})
    return node


def _change_faults(ctx: Context, node: Node, entry: Mapping[str, Any], at: int) -> Iterator[UserError]:
    for member in ("filename", "previewImageSource"):
        if entry.get(member) is not None:
            raise not_modelled(f"FileUpdateInput.{member}")
    yield from _alt_faults(entry, at)
    changes = {"alt", "originalSource", "referencesToAdd"} & {name for name in entry if entry[name] is not None}
    if changes and _status(node) != "READY":
        yield _error(at, "id", "Non-ready files cannot be updated.", "NON_READY_STATE")
    if entry.get("originalSource") is not None and not re.fullmatch(SOURCE, entry["originalSource"]):
        yield _error(at, "originalSource", "Image URL is invalid", "INVALID_IMAGE_SOURCE_URL")
    for member in ("referencesToAdd", "referencesToRemove"):
        if entry.get(member) and node["__typename"] != "MediaImage":
            yield _error(at, member, "The file type is not supported for referencing.", "UNSUPPORTED_FILE_REFERENCE")
            continue
        for gid in entry.get(member) or ():
            if ctx.lookup(gid, "Product") is None:
                message = "The target resource does not exist."
                yield _error(at, member, message, "REFERENCE_TARGET_DOES_NOT_EXIST")


def _status(node: Node) -> str:
    return str(node.get("fileStatus") or node.get("status", "READY"))


def _change(ctx: Context, node: Node, entry: Mapping[str, Any]) -> None:
    changed = "alt" in entry and ctx.update(node, {"alt": entry["alt"]})
    if entry.get("originalSource") is not None:
        if node["__typename"] != "MediaImage":
            raise not_modelled("FileUpdateInput.originalSource of a generic file")
        refetch(ctx, node, entry["originalSource"])
        changed = True
    for member, adds in (("referencesToAdd", True), ("referencesToRemove", False)):
        for gid in entry.get(member) or ():
            product = ctx.known(gid, "Product", None, "The target resource does not exist.")
            rest = [one for one in product["media"] if one != node["id"]]
            if ctx.update(product, {"media": [*rest, node["id"]] if adds else rest}):
                ctx.record("updated", product)
    if changed:
        ctx.record("updated", node)
