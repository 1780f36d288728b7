"""Whom workflows may tell things: list the targets, and try one."""

# ruff: noqa: D301  # click wants the character \b before lines that it shall not re-wrap
from __future__ import annotations

import click

from atom_shopify_plugin.cli.common import Failed, as_json, listing, say
from atom_shopify_plugin.cli.workflow_host import opened

__all__ = ["targets", "tell"]


@click.command("targets")
@as_json
def targets(as_json: bool) -> None:
    """List whom your workflows may tell things; the operator names them in ATOM_HOST_OUTGOING.

    \b
    Example:
      atom-shopify workflows targets
    """
    with opened() as (host, person):
        found = host.targets(person)
    rows = [(one["name"], one["type"], "yes" if one["approvals"] else "no") for one in found]
    nothing = "There is no target for you. The operator names targets in ATOM_HOST_OUTGOING."
    listing(found, ("target", "type", "hears of questions"), rows, nothing, as_json=as_json)


@click.command("tell")
@click.argument("target")
@click.option("--message", default="This is a test.", show_default=True)
def tell(target: str, message: str) -> None:
    """Send TARGET a test notice, and show the result.

    \b
    Example:
      atom-shopify workflows tell default
    """
    from atom_shopify_plugin.host.outgoing import SendFailure

    with opened() as (host, person):
        try:
            host.tell(person, target, message)
        except SendFailure as failure:
            fault = {"code": failure.code, "message": str(failure), "retryable": failure.retryable}
            raise Failed(str(failure), fault) from None
    say(f"{target} was notified.")
