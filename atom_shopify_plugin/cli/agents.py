"""The stores as tools for agents: a server of the Model Context Protocol."""

# ruff: noqa: D301  # click wants the character \b before lines that it shall not re-wrap
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from atom_shopify_plugin.cli.common import Failed, act_as, operator, running, say
from atom_shopify_plugin.cli.servers import PORT, stop_signals
from atom_shopify_plugin.cli.token import host_tokens

if TYPE_CHECKING:
    from atom_shopify_plugin.agents.desk import Desk
    from atom_shopify_plugin.runtime import Runtime

__all__ = ["mcp"]

_MISSING = "The SDK of the protocol is not installed: pip install 'atom-shopify-plugin[mcp]'"


@click.command()
@act_as
@click.option("--http", is_flag=True, help="Serve over streamable HTTP on this machine, for callers with a token.")
@click.option("--port", type=PORT, default=5060, show_default=True, help="Port for --http.")
@click.option("--activate", "domains", multiple=True, metavar="DOMAIN", help="List all tools of a domain. Repeatable.")
def mcp(http: bool, port: int, domains: tuple[str, ...]) -> None:
    """Serve your stores to agents over the Model Context Protocol, on stdin and stdout or over HTTP.

    An agent can do what the person that it acts as can do, within that person's policies. Give it a name of its own,
    and the role member. On stdin and stdout it acts as --as says; over HTTP as its token says (`token create`).

    \b
    Examples:
      atom-shopify mcp --as claude
      atom-shopify mcp --as claude --activate orders --activate inventory
      atom-shopify mcp --http
    """
    try:
        import anyio

        from atom_shopify_plugin.agents import http as over_http
        from atom_shopify_plugin.agents import server
    except ImportError:
        raise Failed(_MISSING) from None
    from atom_shopify_plugin.agents.library import Library

    with running() as runtime:
        desk, library = _desk(runtime, domains), Library(actions=runtime.actions, storage=runtime.storage)
        if not http:
            person = replace(operator(runtime.settings), via="mcp")
            anyio.run(server.run_stdio, server.build(desk, library, lambda _: person))
            return
        try:
            listening = over_http.listen(port)
        except OSError:
            raise Failed(f"Port {port} is taken. Choose another with --port.") from None
        port = listening.getsockname()[1]
        with host_tokens() as (auth, _), listening:
            app = over_http.app_of(server.build(desk, library, over_http.who), auth.bearer, port)
            say(f"Agents reach the stores at http://127.0.0.1:{port}{over_http.PATH}", err=True)
            stop_signals()  # the server raises the signal that stopped it again
            over_http.web_server(app).run(sockets=[listening])


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
