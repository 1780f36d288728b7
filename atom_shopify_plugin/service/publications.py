"""Publications of products: where they are published, publishing them, and withdrawing them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.service.finding import missing
from atom_shopify_plugin.service.named import channels as channels_of
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["get", "publish", "unpublish"]


def get(shop: Shop, *, id: str) -> Any:  # noqa: A002  # the input's own name
    """Return a product with the ids of the publications that it has, None where there is no such product."""
    found = shop.root("ProductPublications", {"id": id})
    return None if found is None else {**found, "channel_ids": _ids(found)}


def publish(shop: Shop, *, id: str, channels: Sequence[str]) -> Any:  # noqa: A002
    """Publish a product to channels; return it with ``channel_ids``, and those among them that are new as ``changed``.

    Raises `InvalidInput` with each channel that the store does not know, and `NotFound`.
    """
    there, wanted = _looked_up(shop, id, channels)
    answer = shop.root("ProductPublish", {"id": id, "publications": [{"publicationId": gid} for gid in wanted]})
    expected = [*there, *(gid for gid in wanted if gid not in there)]
    return {**answer["publishable"], "channel_ids": expected, "changed": [gid for gid in wanted if gid not in there]}


def unpublish(shop: Shop, *, id: str, channels: Sequence[str]) -> Any:  # noqa: A002
    """Withdraw a product from channels; return it with ``channel_ids``, and those that it lost as ``changed``.

    Raises `InvalidInput` with each channel that the store does not know, and `NotFound`.
    """
    there, wanted = _looked_up(shop, id, channels)
    answer = shop.root("ProductUnpublish", {"id": id, "publications": [{"publicationId": gid} for gid in wanted]})
    expected = [gid for gid in there if gid not in wanted]
    return {**answer["publishable"], "channel_ids": expected, "changed": [gid for gid in wanted if gid in there]}


def _looked_up(shop: Shop, product_id: str, channels: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the publications that a product has, and those that `channels` name."""
    found = shop.root("ProductPublications", {"id": product_id})
    if found is None:
        raise missing(shop, "product", {"id": product_id})
    faults: list[Fault] = []
    known = channels_of(shop, "PublicationList", faults)
    places = [known.find(name, f"/channels/{at}") for at, name in enumerate(channels)]
    if faults:
        raise InvalidInput(f"The channels are not valid: {faults[0].message}", faults)
    return _ids(found), list(dict.fromkeys(place["id"] for place in places))


def _ids(product: Mapping[str, Any]) -> list[str]:
    return [str(node["publication"]["id"]) for node in product["resource_publications_v2"]["nodes"]]
