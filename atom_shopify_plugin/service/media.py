"""Media of products: added and waited for, taken off, and put in order. They are files of the store as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from atom_shopify_plugin.errors import Fault, InvalidInput, NotFound
from atom_shopify_plugin.service.background import NothingDone, Pending
from atom_shopify_plugin.service.file_content import ENDED, problem, source_of
from atom_shopify_plugin.service.finding import missing
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["add", "get", "processed", "remove", "reorder", "reordered"]

_WAITS = "Shopify processes the image."

Row = Mapping[str, Any]


def get(shop: Shop, *, product_id: str, media_id: str | None = None) -> Any:
    """Return a product with its media; ``medium`` is the one that is asked for.

    Return None where there is no such product, or where it does not have that medium.
    """
    product = shop.root("ProductMediaGet", {"product_id": product_id})
    if product is None:
        return None
    medium = next((one for one in product["media"]["nodes"] if one["id"] == media_id), None)
    if media_id is not None and medium is None:
        return None
    return _shown(product, medium)


def add(shop: Shop, *, product_id: str, **given: Any) -> Any:
    """Add an image, or a file of the store, to a product; return both once Shopify has processed it, else `Pending`."""
    if "file_id" in given:
        product = _there(shop, product_id)
        shop.root("ProductMediaAttach", {"files": [{"id": given["file_id"], "referencesToAdd": [product["id"]]}]})
        return _waited_for(shop, product_id, given["file_id"])
    known = {one["id"] for one in _there(shop, product_id)["media"]["nodes"]}
    source, _ = source_of(shop, given, images_only=True)
    medium = {
        "originalSource": source,
        "mediaContentType": "IMAGE",
        **({"alt": given["alt"]} if "alt" in given else {}),
    }
    product = shop.root("ProductMediaAdd", {"product_id": product_id, "medium": medium})["product"]
    # Another call may have added one at the same time: the newest with this text is the last one.
    added = [one for one in product["media"]["nodes"] if one["id"] not in known]
    same = [one for one in added if (one["alt"] or "") == given.get("alt", "")]
    return _ended(product, (same or added)[-1])


def processed(shop: Shop, look: Mapping[str, str], *, product_id: str, **_given: Any) -> Any:
    """Look at an image: return it with its product once it is READY or FAILED, `Pending` until then.

    Raises `NothingDone` where it was taken off, or the product deleted, in the meantime.
    """
    try:
        return _waited_for(shop, product_id, look["medium"])
    except NotFound:
        message = "The image is not on the product any more: somebody removed it while Shopify processed it."
        raise NothingDone(message, details={"product_id": product_id, "id": look["medium"]}) from None


def remove(shop: Shop, *, product_id: str, media_ids: Sequence[str]) -> Any:
    """Take media off a product, and return it with those that are left; the files stay in the store.

    Raises `InvalidInput` with each medium that the product does not have.
    """
    _known(_there(shop, product_id), media_ids)
    files = [{"id": gid, "referencesToRemove": [product_id]} for gid in media_ids]
    shop.root("ProductMediaAttach", {"files": files})
    return _shown(_there(shop, product_id), None)


def reorder(shop: Shop, *, product_id: str, media_ids: Sequence[str]) -> Any:
    """Put media of a product first, in the order given; the others follow as they were. Shopify does it in a job."""
    _known(_there(shop, product_id), media_ids)
    moves = [{"id": gid, "newPosition": str(at)} for at, gid in enumerate(media_ids)]
    job = shop.root("ProductMediaReorder", {"product_id": product_id, "moves": moves})["job"]
    if job is None or job["done"]:
        return _in_order(shop, product_id, media_ids)
    return Pending({"job": job["id"]}, message="Shopify puts the media in order.")


def reordered(shop: Shop, look: Mapping[str, str], *, product_id: str, media_ids: Sequence[str]) -> Any:
    """Look at the job that puts media in order: return the product once it is done, `Pending` until then.

    Raises `NothingDone` where the job has ended and the media are in another order.
    """
    job = shop.root("JobGet", {"id": look["job"]})  # null where Shopify has forgotten the job: then it has ended
    if job is not None and not job["done"]:
        return Pending(look, message="Shopify puts the media in order.")
    try:
        return _in_order(shop, product_id, media_ids)
    except NotFound:
        raise NothingDone("The product was deleted in the meantime.", details={"product_id": product_id}) from None


def _in_order(shop: Shop, product_id: str, media_ids: Sequence[str]) -> Any:
    product = _shown(_there(shop, product_id), None)
    if product["media_ids"][: len(media_ids)] != list(media_ids):
        raise NothingDone("Shopify ended the work, and the media are in another order.", details={"id": product_id})
    return product


def _there(shop: Shop, product_id: str) -> Any:
    product = shop.root("ProductMediaGet", {"product_id": product_id})
    if product is None:
        raise missing(shop, "product", {"product_id": product_id})
    return product


def _known(product: Row, media_ids: Sequence[str]) -> None:
    there = {one["id"] for one in product["media"]["nodes"]}
    message = "The product has no such medium."
    faults = [Fault(f"/media_ids/{at}", message, "not_found") for at, gid in enumerate(media_ids) if gid not in there]
    if faults:
        raise InvalidInput(f"{faults[0].pointer}: {message}", faults)


def _waited_for(shop: Shop, product_id: str, medium_id: str) -> Any:
    product = _there(shop, product_id)
    medium = next((one for one in product["media"]["nodes"] if one["id"] == medium_id), None)
    if medium is None:
        raise missing(shop, "medium of this product", {"id": medium_id})
    return _ended(product, medium)


def _ended(product: Row, medium: Row) -> Any:
    if medium["status"] not in ENDED:
        return Pending({"medium": medium["id"]}, message=_WAITS)
    return {**_shown(product, medium), "warnings": problem("image", medium["status"], medium["media_errors"])}


def _shown(product: Row, medium: Row | None) -> dict[str, Any]:
    """Return a product with its media, their order, and the one that a call is about."""
    ids = [one["id"] for one in product["media"]["nodes"]]
    order = [{"position": at, "id": gid} for at, gid in enumerate(ids, 1)]
    return {**product, "medium": medium, "media_ids": ids, "order": order}
