"""The server over streamable HTTP, on this machine only: a token of the host says who calls, at each request.

A session belongs to the person who began it. `Host` and `Origin` must be this machine's, so that no page in a browser
reaches the server by a name of its own.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import uvicorn
from mcp import types
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken, TokenVerifier
from mcp.server.auth.settings import AuthSettings
from mcp.shared.exceptions import MCPError
from pydantic import AnyHttpUrl

from atom_shopify_plugin.hookspecs import HostUnavailable, Principal

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext
    from mcp.server.lowlevel import Server
    from starlette.applications import Starlette

__all__ = ["PATH", "app_of", "listen", "web_server", "who"]

PATH = "/mcp"
ADDRESS = "127.0.0.1"
_MOST_SESSIONS = 1000
_LONGEST_TOKEN = 8192
_DRAIN = 5  # seconds for requests that run when the server is stopped


class _Verifier(TokenVerifier):
    """Looks tokens up with the host."""

    def __init__(self, authenticate: Callable[[str], Principal | None]) -> None:
        self._authenticate = authenticate

    async def verify_token(self, token: str) -> AccessToken | None:
        from anyio.to_thread import run_sync

        if len(token) > _LONGEST_TOKEN:
            return None
        try:
            found = await run_sync(self._authenticate, token)
        except HostUnavailable:
            return None
        if found is None:
            return None
        claims = {"iss": found.tenant, "principal": found}
        return AccessToken(
            token="", client_id="atom", scopes=sorted(found.scopes), subject=found.subject, claims=claims
        )  # the token itself is not kept


def who(ctx: ServerRequestContext[Any, Any]) -> Principal:
    """Return whom the token of a request names; raise `MCPError` without one."""
    user = ctx.request.scope.get("user") if ctx.request is not None else None
    found = (user.access_token.claims or {}).get("principal") if isinstance(user, AuthenticatedUser) else None
    if not isinstance(found, Principal):
        raise MCPError(types.INVALID_REQUEST, "Nobody is signed in.")
    return found


def app_of(server: Server[Any], authenticate: Callable[[str], Principal | None], port: int) -> Starlette:
    """Return the ASGI application of a server; `authenticate` tells whom a token names."""
    return server.streamable_http_app(
        streamable_http_path=PATH,
        host=ADDRESS,  # which lets only names of this machine through
        max_sessions=_MOST_SESSIONS,
        token_verifier=_Verifier(authenticate),
        auth=AuthSettings(
            issuer_url=AnyHttpUrl(f"http://{ADDRESS}:{port}"), resource_server_url=None, validate_token_resource=False
        ),
    )


def listen(port: int) -> socket.socket:
    """Return a socket that listens on this machine; raise `OSError` where the port is taken."""
    return socket.create_server((ADDRESS, port))


def web_server(app: Starlette) -> uvicorn.Server:
    """Return a server for the application; ``run(sockets=[…])`` serves until SIGINT or SIGTERM."""
    return uvicorn.Server(
        uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=_DRAIN, ws="none")
    )
