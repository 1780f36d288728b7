"""The Shopify integration of ATOM."""

from atom_shopify_plugin._version import __version__

__all__ = ["__version__"]
