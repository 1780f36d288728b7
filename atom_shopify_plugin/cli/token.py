"""Bearer tokens and sign-in links of the embedded host."""

# ruff: noqa: D301  # click wants the character \b before lines that it shall not re-wrap
from __future__ import annotations

import click

from atom_shopify_plugin.cli.common import Failed, Group, as_json, environment, host_environ, print_json, say
from atom_shopify_plugin.settings import Settings

__all__ = ["token"]


@click.group(cls=Group)
def token() -> None:
    """Let people and programs into the embedded host."""


@token.command("create")
@click.option("--subject", required=True, help="The person or program that the token stands for.")
@click.option("--days", type=click.FloatRange(min=0, min_open=True, max=3650), default=30.0, show_default=True)
@click.option("--scope", "scopes", multiple=True, help="A scope, such as atom:operator; may be repeated.")
@click.option("--link", is_flag=True, help="Make a sign-in link for a browser: works once, for 15 minutes.")
@as_json
def create(subject: str, days: float, scopes: tuple[str, ...], link: bool, as_json: bool) -> None:
    """Print a new bearer token (or a sign-in link) for SUBJECT. It is shown once and stored as a hash.

    \b
    Examples:
      atom-shopify token create --subject ada
      atom-shopify token create --subject ada --link
    """
    from atom_shopify_plugin.host.auth import Auth, is_name
    from atom_shopify_plugin.host.config import HostConfig, HostMisconfigured
    from atom_shopify_plugin.host.store import HostStore

    if not is_name(subject):
        raise click.BadParameter("it must be 1 to 200 characters without control characters", param_hint="--subject")
    environ = environment()
    try:
        config = HostConfig.from_environ(host_environ(environ, Settings.from_environ(environ)))
    except HostMisconfigured as error:
        raise Failed(str(error)) from None
    store = HostStore(config.data_dir)
    try:
        auth = Auth(config, store)
        made = (
            auth.signin_link(subject, scopes=scopes)
            if link
            else auth.issue(subject, scopes=scopes, lifetime=days * 86400)
        )
    finally:
        store.close()
    if as_json:
        print_json({"link" if link else "token": made, "subject": subject})
    else:
        say(made)
