"""The local Shopify without a transport: a request goes in, a response comes out.

`server.serve` (real sockets) and `adapter.SandboxAdapter` (a `requests` adapter) bring requests to it.
"""

from __future__ import annotations

from atom_shopify_plugin.sandbox import control_api
from atom_shopify_plugin.sandbox.messages import Request, Response
from atom_shopify_plugin.sandbox.state import STORES, SandboxState

__all__ = ["STORES", "Sandbox"]


class Sandbox(SandboxState):
    """A Shopify with its stores, one app, and faults on demand; the control API answers beside it."""

    def _handle(self, request: Request) -> Response:
        if request.path.startswith(control_api.PREFIX):
            return control_api.answer(self, request)
        return super()._handle(request)
