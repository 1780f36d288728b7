"""The stores as tools for agents: a server of the Model Context Protocol."""

# ruff: noqa: D301  # click wants the character \b before lines that it shall not re-wrap
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from atom_shopify_plugin.cli.common import Failed, operator, running

if TYPE_CHECKING:
    from atom_shopify_plugin.agents.desk import Desk
    from atom_shopify_plugin.runtime import Runtime

__all__ = ["mcp"]

_MISSING = "The SDK of the protocol is not installed: pip install 'atom-shopify-plugin[mcp]'"


@click.command()
@click.option("--activate", "domains", multiple=True, metavar="DOMAIN", help="List all tools of a domain. Repeatable.")
def mcp(domains: tuple[str, ...]) -> None:
    """Serve your stores to an agent over the Model Context Protocol, on stdin and stdout.

    The agent can do what the person that it acts as can do, within that person's policies. Give it a name of its own
    with --as, and the role member.

    \b
    Examples:
      atom-shopify mcp --as claude
      atom-shopify mcp --as claude --activate orders --activate inventory
    """
    try:
        import anyio

        from atom_shopify_plugin.agents import server
    except ImportError:
        raise Failed(_MISSING) from None
    from atom_shopify_plugin.agents.library import Library

    with running() as runtime:
        person = replace(operator(runtime.settings), via="mcp")
        built = server.build(
            _desk(runtime, domains), Library(actions=runtime.actions, storage=runtime.storage), lambda _: person
        )
        anyio.run(server.run_stdio, built)


def _desk(runtime: Runtime, domains: tuple[str, ...]) -> Desk:
    from atom_shopify_plugin.agents.desk import Desk

    return Desk(
        catalog=runtime.catalog,
        actions=runtime.actions,
        fanout=runtime.fanout,
        storage=runtime.storage,
        run_job=lambda job_id: runtime.jobs.run_one(job_id),
        active=domains,
    )
