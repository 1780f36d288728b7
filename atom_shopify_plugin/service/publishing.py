"""Publishing a product that was just made: what became of it at each sales channel, whatever goes wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from atom_shopify_plugin.errors import OutcomeUnknown, PluginError
from atom_shopify_plugin.service.named import channel_name
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["Published", "published"]

_SHOWN = ("ACTIVE", "UNLISTED")
_AGAIN = "Publish it with product_publish; the product itself is there, so do not create it again."


@dataclass(frozen=True, slots=True)
class Published:
    """What is known of the publications of a product.

    `rows` are ``{id, name, state}`` with the state ``published``, ``waiting`` (for its date, or for the product to be
    ACTIVE), ``not_published`` or ``unknown``; `product` holds what publishing changes of the product.
    """

    rows: list[dict[str, str]] = field(default_factory=list)
    warnings: list[dict[str, str]] = field(default_factory=list)
    product: Mapping[str, Any] = field(default_factory=dict)


def published(shop: Shop, made: Mapping[str, Any], places: Sequence[Mapping[str, Any]]) -> Published:
    """Publish the product `made` to `places`; raise no error of Shopify's or ours, since the product stands."""
    if not places:
        return Published()
    failure: PluginError | None = None
    variables = {"id": made["id"], "publications": [{"publicationId": place["id"]} for place in places]}
    try:
        found = shop.root("ProductPublish", variables)["publishable"]
    except PluginError as error:
        failure = error
        found = _looked_up(shop, made["id"])
    rows = [_row(place, found, doubtful=isinstance(failure, OutcomeUnknown)) for place in places]
    warnings = []
    for state, code, words in (
        ("not_published", "NOT_PUBLISHED", "The product was created, but it is not published to"),
        ("unknown", "PUBLICATION_UNKNOWN", "The product was created, but nobody knows whether it is published to"),
    ):
        names = [row["name"] for row in rows if row["state"] == state]
        if names:
            why = f" {failure.message}" if failure is not None else ""
            warnings.append({"code": code, "message": f"{words} {', '.join(names)}.{why} {_AGAIN}"})
    waiting = [row["name"] for row in rows if row["state"] == "waiting"]
    if waiting and made["status"] not in _SHOWN:
        message = f"The product is {made['status']}: it shows in {', '.join(waiting)} once its status is ACTIVE."
        warnings.append({"code": "NOT_ACTIVE", "message": message})
    if found is None:
        return Published(rows, warnings)
    return Published(rows, warnings, {name: found[name] for name in ("published_at", "online_store_url")})


def _looked_up(shop: Shop, product_id: str) -> Any:
    try:
        return shop.root("ProductPublications", {"id": product_id})
    except PluginError:
        return None


def _row(place: Mapping[str, Any], found: Mapping[str, Any] | None, *, doubtful: bool) -> dict[str, str]:
    """Return where a product stands at one channel; one that may still be published there is `doubtful`."""
    nodes = [] if found is None else found["resource_publications_v2"]["nodes"]
    here = next((node for node in nodes if node["publication"]["id"] == place["id"]), None)
    if here is None:
        state = "unknown" if found is None or doubtful else "not_published"
    else:
        state = "published" if here["is_published"] else "waiting"
    return {"id": place["id"], "name": channel_name(place), "state": state}
