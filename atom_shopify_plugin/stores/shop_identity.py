"""Find out whose token it is: the store is asked who it is before anything of it is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from atom_shopify_plugin.errors import InvalidInput, UpstreamError
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.client import Client
from atom_shopify_plugin.shopify.documents import Documents
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.shopify.oauth import expand_scopes
from atom_shopify_plugin.storage import Grant

__all__ = ["About", "OtherStore", "ask_shop", "make_grant"]


@dataclass(frozen=True, slots=True)
class About:
    """What a store says about itself, and about the app whose token was sent: its client id and granted scopes."""

    shop_id: str
    name: str
    currency: str
    timezone: str
    app: str
    scopes: frozenset[str]


class OtherStore(UpstreamError):
    """A token belongs to another store than the one it was sent to, or that one goes by another name."""

    def __init__(self, shop: ShopDomain, named: str) -> None:
        try:
            self.named: ShopDomain | None = ShopDomain.parse(named)
        except InvalidInput:
            self.named = None
        belongs = f"; Shopify says that it belongs to {self.named}" if self.named else ""
        super().__init__(f"Shopify's token does not belong to {shop}{belongs}. Nothing was stored.")


def ask_shop(client: Client, documents: Documents, shop: ShopDomain, token: Secret) -> About:
    """Ask a store who it is; raise `OtherStore` where the token answers for another one."""
    data = client.execute(shop, token, documents.get("ConnectedShop"), {}).data
    found: dict[str, Any] = data.get("shop") or {}
    named = str(found.get("myshopify_domain", "")).lower()
    if named != shop.name:
        raise OtherStore(shop, named)
    installation: dict[str, Any] = data.get("current_app_installation") or {}
    return About(
        shop_id=str(found.get("id", "")),
        name=str(found.get("name") or shop.handle),
        currency=str(found.get("currency_code") or ""),
        timezone=str(found.get("iana_timezone") or "UTC"),
        app=str((installation.get("app") or {}).get("api_key") or ""),
        scopes=frozenset(str(scope.get("handle")) for scope in installation.get("access_scopes") or ()),
    )


def make_grant(shop: ShopDomain, about: About, *, scopes: frozenset[str] | None = None, **values: Any) -> Grant:
    """Return what is to be stored: the scopes of the token's answer, or without one those that the app has."""
    granted = about.scopes if scopes is None else scopes
    return Grant(
        shop=shop,
        shop_id=about.shop_id,
        name=about.name,
        currency=about.currency,
        timezone=about.timezone,
        scope=",".join(sorted(granted)),
        granted_scopes=expand_scopes(granted),
        **values,
    )
