"""Staged uploads: signed addresses to which an app sends a file before a mutation uses it."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from atom_shopify_plugin.sandbox.bulk.storage import UPLOADS, Storage
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.refusals import UserError, fault, not_modelled
from atom_shopify_plugin.sandbox.registry import mutation
from atom_shopify_plugin.sandbox.store import Node, number


class Place(NamedTuple):
    """Where the files of a resource go: the folder by POST and by PUT. `shown`: `resourceUrl` is the file's address."""

    post: str
    put: str
    shown: bool = True


# Seen on live stores, except COLLECTION_IMAGE and PRODUCT_IMAGE.
PLACES: Mapping[str, Place] = {
    "BULK_MUTATION_VARIABLES": Place("bulk", "bulk", shown=False),
    "URL_REDIRECT_IMPORT": Place("redirect_imports", "redirect_imports", shown=False),
    "COLLECTION_IMAGE": Place("collections", "collections"),
    "DISPUTE_FILE_UPLOAD": Place("payments_file_uploads", "payments_file_uploads"),
    "FILE": Place("files", "files"),
    "IMAGE": Place("products", "files"),
    "PRODUCT_IMAGE": Place("products", "products"),
    "RETURN_LABEL": Place("return_labels", "return_labels"),
}
IMAGES = frozenset({"COLLECTION_IMAGE", "IMAGE", "PRODUCT_IMAGE"})
SIZED = {"VIDEO": "video", "MODEL_3D": "3D model"}
VIDEOS, MODELS = "shopify-video-production-core-originals", "threed-models-production"
NO_TARGET: Node = {"url": None, "resourceUrl": None, "parameters": []}


@mutation("stagedUploadsCreate")
def create(ctx: Context, args: dict[str, Any]) -> dict[str, Any]:
    """Return a target per input; one that is refused has no address, and the others stand (seen on a live store)."""
    if ctx.store.bulk is None:
        raise not_modelled("A staged upload in a store without a sandbox around it")
    if any(entry["resource"] == "SHOP_IMAGE" for entry in args["input"]):
        message = "Access denied for stagedUploadsCreate field."
        raise fault(message, "ACCESS_DENIED", documentation="https://shopify.dev/api/usage/access-scopes")
    targets, errors = [], []
    for at, entry in enumerate(args["input"]):
        problem = _problem(entry, at)
        targets.append(NO_TARGET if problem else _target(ctx, ctx.store.bulk.storage, entry))
        errors += [problem.node()] if problem else []
    return {"stagedTargets": targets, "errors": errors}


def _problem(entry: Mapping[str, Any], at: int) -> UserError | None:
    resource, mime = entry["resource"], entry["mimeType"]
    if resource in SIZED and entry.get("fileSize") is None:
        message = f"file size is required for {SIZED[resource]} resources"
        return UserError(("input", str(at), "fileSize"), message)
    if resource in IMAGES and not mime.startswith("image/"):
        message = f"{entry['filename']}: ({mime}) is not a recognized format"
        return UserError(("input", str(at), "mimeType"), message)
    return None


def _target(ctx: Context, storage: Storage, entry: Mapping[str, Any]) -> Node:
    resource, name = entry["resource"], entry["filename"].replace("/", "_") or "file"
    token = uuid.uuid4()
    if resource in SIZED:
        return _media_target(ctx, storage, entry, name, token)
    place, by_post = PLACES[resource], entry.get("httpMethod") == "POST"
    if resource == "RETURN_LABEL":  # these get a name of their own
        ending = name.rpartition(".")[2] if "." in name else "pdf"
        name = f"{hashlib.md5(token.bytes, usedforsecurity=False).hexdigest()}.{ending}"
    key = f"tmp/{number(ctx.store.shop['id'])}/{place.post if by_post else place.put}/{token}/{name}"
    shown = f"{storage.base}/{UPLOADS}/{quote(key)}"
    if by_post:
        url = f"{storage.base}/{UPLOADS}/"
        parameters = storage.form(UPLOADS, key, entry["mimeType"])
    else:
        url = storage.put_url(f"{UPLOADS}/{key}")
        parameters = [{"name": "content_type", "value": entry["mimeType"]}, {"name": "acl", "value": "private"}]
    return {"url": url, "resourceUrl": shown if place.shown else url, "parameters": parameters}


def _media_target(ctx: Context, storage: Storage, entry: Mapping[str, Any], name: str, token: uuid.UUID) -> Node:
    """Return the target of a video or a 3D model: other buckets, and a policy of the older kind."""
    size = int(entry["fileSize"])
    if entry["resource"] == "VIDEO":
        ending = name.rpartition(".")[2] if "." in name else "mp4"
        key = f"c/o/v/{token.hex}.{ending}"
        account = "video-production@video-production-225115.iam.gserviceaccount.com"
        url = f"{storage.base}/{VIDEOS}"
        resource_url = f"{url}?external_video_id={number(ctx.store.new_id('Video'))}"
        return {"url": url, "resourceUrl": resource_url, "parameters": storage.old_form(VIDEOS, key, account, size)}
    key = f"models/{token.hex[:16]}/{name}"
    account = "threed-model-service-prod@threed-model-service.iam.gserviceaccount.com"
    url = f"{storage.base}/{MODELS}/{key}?external_model3d_id={token.hex[16:]}"
    return {"url": url, "resourceUrl": url, "parameters": storage.old_form(MODELS, key, account, size)}
