"""The people of a store on the command line: look, invite, withdraw, join, dismiss."""

# ruff: noqa: D301  # click wants the character \b before lines that it shall not re-wrap
from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from atom_shopify_plugin.cli.common import Failed, as_json, listing, operator, print_json, running, say, table
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.stores.roles import DEFAULT_HOURS, LONGEST_HOURS, ROLES

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.storage import Store
    from atom_shopify_plugin.stores.members import Members

__all__ = ["COMMANDS"]

_TOKEN_VARIABLE = "ATOM_SHOPIFY_INVITATION"  # noqa: S105  # the name of a variable


@click.command("members")
@click.argument("shop")
@as_json
def members(shop: str, as_json: bool) -> None:
    """List the people who can use SHOP. Only owners can do this.

    \b
    Example:
      atom-shopify stores members outlet.myshopify.com
    """
    with _owned(shop) as (desk, person, store):
        found = desk.people(person, store)
    rows = [(one.subject, one.role, one.joined_at.isoformat(timespec="seconds")) for one in found]
    if as_json:
        print_json([dict(zip(("subject", "role", "joined_at"), row, strict=True)) for row in rows])
    else:
        table(("person", "role", "since"), rows)


@click.command("dismiss")
@click.argument("shop")
@click.argument("subject")
def dismiss(shop: str, subject: str) -> None:
    """Remove the person SUBJECT from SHOP. The last owner can't be removed.

    \b
    Example:
      atom-shopify stores dismiss outlet.myshopify.com bob
    """
    with _owned(shop) as (desk, person, store):
        desk.dismiss(person, store, subject)
    say(f"{subject} can no longer use {store.shop}.")


@click.command("invite")
@click.argument("shop")
@click.option(
    "--role", type=click.Choice(ROLES), default="member", show_default=True, help="Role of the invited person."
)
@click.option("--for", "subject", help="The only person who can accept; by default, anybody who has the token.")
@click.option("--hours", type=click.IntRange(1, LONGEST_HOURS), default=DEFAULT_HOURS, show_default=True)
@as_json
def invite(shop: str, role: str, subject: str | None, hours: int, as_json: bool) -> None:
    """Print an invitation token, with which one person can join SHOP once. It is shown only now.

    \b
    Examples:
      atom-shopify stores invite outlet.myshopify.com --for bob
      atom-shopify stores invite outlet.myshopify.com --role owner --hours 2
    """
    with _owned(shop) as (desk, person, store):
        made, token = desk.invite(person, store, role=role, subject=subject, hours=hours)
    if as_json:
        print_json({"id": made.id, "role": made.role, "expires_at": made.expires_at.isoformat(), "token": token})
        return
    say(token)
    until = made.expires_at.isoformat(timespec="minutes")
    say(f"It makes {subject or 'whoever has it'} {role} of {store.shop}, once, until {until}.", err=True)


@click.command("invitations")
@click.argument("shop")
@as_json
def invitations(shop: str, as_json: bool) -> None:
    """List the open invitations to SHOP.

    \b
    Example:
      atom-shopify stores invitations outlet.myshopify.com
    """
    with _owned(shop) as (desk, _, store):
        found = desk.invitations(store)
    rows = [
        (one.id, one.role, one.subject or "", one.created_by, one.expires_at.isoformat(timespec="minutes"))
        for one in found
    ]
    facts = [dict(zip(("id", "role", "subject", "created_by", "expires_at"), row, strict=True)) for row in rows]
    listing(facts, ("id", "role", "for", "by", "until"), rows, "No invitation waits.", as_json=as_json)


@click.command("withdraw")
@click.argument("shop")
@click.argument("invitation_id")
def withdraw(shop: str, invitation_id: str) -> None:
    """Withdraw the invitation INVITATION_ID to SHOP.

    \b
    Example:
      atom-shopify stores withdraw outlet.myshopify.com 019ab3c0ffee0123456789abcdef0123
    """
    with _owned(shop) as (desk, person, store):
        desk.withdraw(person, store, invitation_id)
    say("The invitation was withdrawn.")


@click.command("join")
@as_json
def join(as_json: bool) -> None:
    """Accept an invitation. Its token is read from $ATOM_SHOPIFY_INVITATION, or else from stdin.

    \b
    Example:
      atom-shopify stores join < invitation.txt
    """
    token = os.environ.get(_TOKEN_VARIABLE, "").strip()
    if not token:
        if sys.stdin.isatty():
            token = click.prompt("Invitation", hide_input=True, err=True).strip()
        else:
            token = sys.stdin.readline().strip()
    if not token:
        raise Failed(f"No token was given: set {_TOKEN_VARIABLE} or write it to stdin.")
    with running() as runtime:
        store = runtime.members.accept(operator(runtime.settings), token)
    if as_json:
        print_json({"shop": str(store.shop), "name": store.name, "role": store.role, "is_default": store.is_default})
    else:
        say(f"You are {store.role} of {store.name or store.shop} ({store.shop}).")


COMMANDS = (members, dismiss, invite, invitations, withdraw, join)


@contextmanager
def _owned(shop: str) -> Iterator[tuple[Members, Principal, Store]]:
    """Give the desk, the person, and their store of that name; raise `NotFound`."""
    domain = ShopDomain.from_handle(shop)
    with running() as runtime:
        person = operator(runtime.settings)
        yield runtime.members, person, runtime.stores.by_domain(person, domain)
