"""A body of a webhook as Shopify sends it, with all members of the thing that the topic is about."""

from __future__ import annotations

from typing import Any

from atom_shopify_plugin.payload_shapes import example, shape_of
from atom_shopify_plugin.payload_shapes.topics import kind_of

__all__ = ["body_of"]


def body_of(topic: str) -> dict[str, Any]:
    """Return a body of a topic about a whole thing, {} where the shape of the thing is not known.

    The body of a deletion holds the id alone.
    """
    if topic.endswith("/delete"):
        return {"id": 1}
    shape = shape_of(kind_of(topic))
    return {} if shape is None else example(shape)
