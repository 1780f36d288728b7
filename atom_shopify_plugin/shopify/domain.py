"""The store's address as a value: the one gate between outside text and a Shopify URL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from atom_shopify_plugin.errors import Fault, InvalidInput

__all__ = ["ShopDomain"]

# Documented form: shopify.dev, "Verify a valid shop domain". `\w`, `$` and re.I are avoided on purpose: they let
# non-ASCII letters and a trailing newline through.
_DOMAIN = re.compile(r"[a-z0-9][a-z0-9-]{0,62}\.myshopify\.com")
_HANDLE = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_UPPER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


@dataclass(frozen=True, slots=True, order=True)
class ShopDomain:
    """A validated ``*.myshopify.com`` name, lower case. Only `parse` and `from_handle` make one."""

    name: str

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not _DOMAIN.fullmatch(self.name):
            raise _refusal()

    @classmethod
    def parse(cls, text: Any) -> ShopDomain:
        """Return the domain that `text` names in full; raise `InvalidInput` for anything else."""
        if not isinstance(text, str) or len(text) > 255:
            raise _refusal()
        return cls(text.translate(_UPPER))

    @classmethod
    def from_handle(cls, text: Any) -> ShopDomain:
        """Accept a bare handle (``demo``) beside the full domain, for people who type."""
        if isinstance(text, str) and _HANDLE.fullmatch(handle := text.translate(_UPPER)):
            return cls(f"{handle}.myshopify.com")
        try:
            return cls.parse(text)
        except InvalidInput:
            message = "Name the shop by its handle or its myshopify.com domain, such as demo or demo.myshopify.com."
            raise InvalidInput(message, [Fault("/shop", message, "shop_domain")]) from None

    @property
    def handle(self) -> str:
        return self.name.removesuffix(".myshopify.com")

    def url(self, path: str, endpoint: str | None = None) -> str:
        """Return the https address of `path` (which begins with a slash) on this store.

        `endpoint` is the checked loopback address of a sandbox; the request then names the store in its Host header.
        """
        if not path.startswith("/") or path.startswith("//"):
            raise ValueError("A path on a store begins with one slash.")
        return f"{endpoint or 'https://' + self.name}{path}"

    def browser_url(self, path: str, endpoint: str | None = None) -> str:
        """Return the address of `path` for a browser.

        A browser can't send a Host header of its choice, so with a sandbox endpoint the store is named by a subdomain
        of ``localhost``, which browsers resolve to the loopback address.
        """
        if endpoint is None:
            return self.url(path)
        return self.url(path, f"http://{self.handle}.localhost:{endpoint.rpartition(':')[2]}")

    def __str__(self) -> str:
        return self.name


def _refusal() -> InvalidInput:
    message = "The shop must be the store's full myshopify.com domain, such as demo.myshopify.com."
    return InvalidInput(message, [Fault("/shop", message, "shop_domain")])
