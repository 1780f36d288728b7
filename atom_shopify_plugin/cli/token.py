"""Bearer tokens and sign-in links of the embedded host."""

# ruff: noqa: D301  # click wants the character \b before lines that it shall not re-wrap
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from atom_shopify_plugin.cli.common import (
    Failed,
    Group,
    as_json,
    environment,
    host_environ,
    identity,
    listing,
    print_json,
    say,
)
from atom_shopify_plugin.hookspecs import READ_ONLY_SCOPE
from atom_shopify_plugin.settings import Settings

if TYPE_CHECKING:
    from atom_shopify_plugin.host.auth import Auth

__all__ = ["host_tokens", "token"]


@click.group(cls=Group)
def token() -> None:
    """Create, list and revoke tokens for the embedded host."""


@token.command("create")
@click.option("--subject", help="Person or program that the token signs in; by default, you (see `whoami`).")
@click.option("--days", type=click.FloatRange(min=0, min_open=True, max=3650), default=30.0, show_default=True)
@click.option("--scope", "scopes", multiple=True, help="A scope, such as atom:operator. Repeatable.")
@click.option("--link", is_flag=True, help="Print a sign-in link for a browser, which works once within 15 minutes.")
@click.option("--read-only", is_flag=True, help="It can read everything, but change nothing.")
@as_json
def create(
    subject: str | None, days: float, scopes: tuple[str, ...], link: bool, read_only: bool, as_json: bool
) -> None:
    """Print a new bearer token or a sign-in link. It is shown only now; the host stores a hash.

    \b
    Examples:
      atom-shopify token create --link
      atom-shopify token create --subject ada --days 7
      atom-shopify token create --subject dashboard --read-only
    """
    from atom_shopify_plugin.host.auth import is_name

    if subject is not None and not is_name(subject):
        raise click.BadParameter("it must be 1 to 200 characters without control characters", param_hint="--subject")
    if read_only:
        scopes = (*scopes, READ_ONLY_SCOPE)
    with host_tokens() as (auth, you):
        person = subject or you
        made = (
            auth.signin_link(person, scopes=scopes)
            if link
            else auth.issue(person, scopes=scopes, lifetime=days * 86400)
        )
    if as_json:
        print_json({"link" if link else "token": made, "subject": person})
        return
    say(made)
    if person != you:
        say(f"(it belongs to {person}; your shell acts as {you}: `atom-shopify --as {person} …`)", err=True)


@token.command("list")
@click.option("--subject", help="Only tokens of this person or program.")
@as_json
def list_tokens(subject: str | None, as_json: bool) -> None:
    """List valid tokens, sign-in links and sessions, without the tokens themselves.

    \b
    Example:
      atom-shopify token list --subject ada
    """
    with host_tokens() as (auth, _):
        tokens = auth.tokens(subject)
    found = [
        {
            "id": each.id,
            "kind": each.kind,
            "subject": each.subject,
            "scopes": list(each.scopes),
            "created_at": _moment(each.created_at),
            "expires_at": _moment(each.expires_at),
        }
        for each in tokens
    ]
    rows = [(each.id, each.kind, each.subject, " ".join(each.scopes), _moment(each.expires_at)) for each in tokens]
    headings = ("id", "kind", "subject", "scopes", "expires")
    listing(found, headings, rows, "There are no tokens.", as_json=as_json)


@token.command("revoke")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--subject", help="Revoke all tokens, links and sessions of this person or program.")
@as_json
def revoke(ids: tuple[str, ...], subject: str | None, as_json: bool) -> None:
    """Revoke the tokens with these IDs (see `token list`), or all tokens of one subject.

    \b
    Examples:
      atom-shopify token revoke 0123456789abcdef
      atom-shopify token revoke --subject ada
    """
    if bool(ids) == (subject is not None):
        raise click.UsageError("Name tokens by their ids, or give --subject.")
    with host_tokens() as (auth, _):
        known = {each.id for each in auth.tokens(subject)}
        wanted = known if subject is not None else {each.lower() for each in ids}
        if unknown := sorted(wanted - known):
            raise Failed(f"No token has the id {unknown[0]}. `atom-shopify token list` shows the ids.")
        ended = auth.revoke(wanted)
    if as_json:
        print_json({"revoked": ended})
    else:
        say(f"{ended} {'token is' if ended == 1 else 'tokens are'} ended.")


@contextmanager
def host_tokens() -> Iterator[tuple[Auth, str]]:
    """Give the host's tokens, and the name of the person who acts."""
    from atom_shopify_plugin.host.auth import Auth
    from atom_shopify_plugin.host.config import HostConfig, HostMisconfigured
    from atom_shopify_plugin.host.store import HostStore

    environ = environment()
    settings = Settings.from_environ(environ)
    try:
        config = HostConfig.from_environ(host_environ(environ, settings))
    except HostMisconfigured as error:
        raise Failed(str(error)) from None
    store = HostStore(config.data_dir)
    try:
        yield Auth(config, store), identity(settings)[0]
    finally:
        store.close()


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
