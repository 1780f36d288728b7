"""Stores of the person on the command line."""

# ruff: noqa: D301  # click wants the character \b before lines that it shall not re-wrap
from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from atom_shopify_plugin.cli.common import Failed, Group, as_json, listing, operator, print_json, running, say, shop_of
from atom_shopify_plugin.cli.members import COMMANDS
from atom_shopify_plugin.hookspecs import OPERATOR_SCOPE
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.domain import ShopDomain

if TYPE_CHECKING:
    from atom_shopify_plugin.storage import Store

__all__ = ["stores"]

_TOKEN_VARIABLE = "ATOM_SHOPIFY_STORE_TOKEN"  # noqa: S105  # the name of a variable


@click.group(cls=Group)
def stores() -> None:
    """List, connect and disconnect stores, choose the default, make one read-only, and manage who can use them."""


for _command in COMMANDS:
    stores.add_command(_command)


@stores.command("list")
@as_json
def list_stores(as_json: bool) -> None:
    """List your stores.

    \b
    Example:
      atom-shopify stores list --json
    """
    with running() as runtime:
        found = runtime.storage.memberships.stores(operator(runtime.settings))
        connect_url = runtime.stores.connect_url()
    rows = [
        ("*" if one.is_default else "", str(one.shop), one.name, one.state, one.token_kind, _yes(one.read_only))
        for one in found
    ]
    nothing = f"No store is connected. Connect one with `atom-shopify stores connect`, or at {connect_url}"
    headings = ("default", "shop", "name", "state", "token", "read-only")
    listing([_facts(store) for store in found], headings, rows, nothing, as_json=as_json)


@stores.command("default")
@click.argument("shop")
@as_json
def default(shop: str, as_json: bool) -> None:
    """Make SHOP your default store, which commands use if you name no store.

    \b
    Example:
      atom-shopify stores default outlet.myshopify.com
    """
    with running() as runtime:
        domain = ShopDomain(str(shop_of(runtime, shop)))
        store = runtime.storage.memberships.set_default(operator(runtime.settings), domain)
    _told(store, "is your default store", as_json)


@stores.command("connect")
@click.argument("shop")
@click.option("--token", "take_token", is_flag=True, help=f"Read an access token from ${_TOKEN_VARIABLE} or stdin.")
@click.option(
    "--client-credentials", is_flag=True, help="Use SHOPIFY_API_KEY and SHOPIFY_API_SECRET of the merchant's own app."
)
@as_json
def connect(shop: str, take_token: bool, client_credentials: bool, as_json: bool) -> None:
    """Connect SHOP with an access token or the client credentials of the merchant's own app.

    The token is not an argument, because everybody on the machine can see arguments. To connect through Shopify's own
    page instead, open /api/auth/shopify/authorize?shop=SHOP at the host in a browser.

    \b
    Examples:
      atom-shopify stores connect my-store.myshopify.com --token < token.txt
      atom-shopify stores connect my-store.myshopify.com --client-credentials
    """
    if take_token == client_credentials:
        raise click.UsageError("Give either --token or --client-credentials.")
    domain = ShopDomain.from_handle(shop)
    with running() as runtime:
        person = operator(runtime.settings)
        if take_token:
            store = runtime.connections.connect_token(person, domain, _token())
        else:
            if not runtime.settings.has_app:
                raise Failed("Set SHOPIFY_API_KEY and SHOPIFY_API_SECRET of the app first.")
            # Who can read the server's own secrets in the environment is its operator.
            trusted = replace(person, scopes=frozenset({OPERATOR_SCOPE}))
            store = runtime.connections.connect_own_organization(trusted, domain)
    _told(store, "is connected", as_json)


@stores.command("read-only")
@click.argument("shop")
@click.option("--off", is_flag=True, help="Allow changes again.")
@as_json
def read_only(shop: str, off: bool, as_json: bool) -> None:
    """Let nothing change SHOP through ATOM until you allow it again. Only owners can do this.

    It holds for everybody and everything: people, chat, workflows, agents, imports. Reads and previews go on.

    \b
    Examples:
      atom-shopify stores read-only outlet.myshopify.com
      atom-shopify stores read-only outlet.myshopify.com --off
    """
    with running() as runtime:
        person = operator(runtime.settings)
        store = runtime.stores.by_name(person, str(shop_of(runtime, shop)))
        runtime.read_only.set(person, store, not off)
    _told(replace(store, read_only=not off), "can be changed again" if off else "is read-only", as_json)


@stores.command("disconnect")
@click.argument("shop")
@click.option("--yes", is_flag=True, help="Don't ask.")
def disconnect(shop: str, yes: bool) -> None:
    """Revoke SHOP's token at Shopify and delete it.

    \b
    Example:
      atom-shopify stores disconnect outlet.myshopify.com
    """
    with running() as runtime:
        domain = ShopDomain(str(shop_of(runtime, shop)))
        if not yes and not click.confirm(f"Disconnect {domain}?", default=False, err=True):
            raise Failed("Nothing was done.")
        runtime.connections.revoke(operator(runtime.settings), domain)
    say(f"{domain} is disconnected.")


def _token() -> Secret:
    text = os.environ.get(_TOKEN_VARIABLE, "").strip()
    if not text:
        if sys.stdin.isatty():
            text = click.prompt("Admin token", hide_input=True, err=True).strip()
        else:
            text = sys.stdin.readline().strip()
    if not text:
        raise Failed(f"No token was given: set {_TOKEN_VARIABLE} or write it to stdin.")
    return Secret(text)


def _yes(value: bool) -> str:
    return "yes" if value else ""


def _told(store: Store, what: str, as_json: bool) -> None:
    if as_json:
        print_json(_facts(store))
    else:
        say(f"{store.name or store.shop} ({store.shop}) {what}.")


def _facts(store: Store) -> dict[str, Any]:
    return {
        "shop": str(store.shop),
        "name": store.name,
        "state": store.state,
        "is_default": store.is_default,
        "read_only": store.read_only,
        "token_kind": store.token_kind,
        "scopes": sorted(store.granted_scopes),
        "currency": store.currency,
    }
