"""`atom-shopify whoami`: as whom the command line acts."""

# ruff: noqa: D301  # click wants the character \b before lines that it shall not re-wrap
from __future__ import annotations

import click

from atom_shopify_plugin.cli.common import as_json, identity, operator, print_json, running, say

__all__ = ["whoami"]


@click.command()
@as_json
def whoami(as_json: bool) -> None:
    """Show which person the commands act as, and the stores of that person.

    Every command acts as one person: the SUBJECT of the option `--as`, or else of the setting
    ATOM_SHOPIFY_OPERATOR_SUBJECT, or else "local". Tokens and sign-in links without --subject sign in the same
    person, so that the shell, the pages and the API show the same stores.

    \b
    Examples:
      atom-shopify whoami
      atom-shopify --as ada whoami
    """
    with running() as runtime:
        subject, source = identity(runtime.settings)
        stores = runtime.storage.memberships.stores(operator(runtime.settings))
        connect_url = runtime.stores.connect_url()
    if as_json:
        listed = [
            {
                "shop": str(store.shop),
                "role": store.role,
                "state": store.state,
                "is_default": store.is_default,
                "read_only": store.read_only,
            }
            for store in stores
        ]
        print_json({"subject": subject, "source": source, "stores": listed})
        return
    say(f"You act as {subject} (by {source}).")
    for store in stores:
        default = ", default" if store.is_default else ""
        read_only = ", read-only" if store.read_only else ""
        say(f"  {store.shop}  {store.role}, {store.state}{default}{read_only}")
    if not stores:
        say(f"{subject} has no store yet. Connect one at {connect_url} or with `atom-shopify stores connect`.")
