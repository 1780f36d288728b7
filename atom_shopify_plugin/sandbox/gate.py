"""Who may use the control API and the consent page: programs of this machine, and the sandbox's own pages."""

from __future__ import annotations

from urllib.parse import urlsplit

from atom_shopify_plugin.sandbox.messages import Request, Response, json_reply

__all__ = ["from_elsewhere", "refuse"]


def refuse(request: Request) -> Response | None:
    """Return the answer to a request that a page elsewhere may have sent, None for one that is let in.

    A page can send a body as plain text to any address without asking (Fetch, "CORS-safelisted request-header"), and
    a name of its own may lead to this machine (DNS rebinding).
    """
    if not _here(request.host):
        return json_reply(403, {"error": "The control API answers under an address of this machine only."})
    if from_elsewhere(request):
        return json_reply(403, {"error": "The control API takes no requests from pages of other sites."})
    if request.method != "GET" and request.body and request.content_type != "application/json":
        return json_reply(415, {"error": "Send the body as JSON, with Content-Type: application/json."})
    return None


def from_elsewhere(request: Request) -> bool:
    """Tell whether a browser sent a request from a page of another origin (`Origin`, `Sec-Fetch-Site`)."""
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site", "none")
    own = {f"http://{request.host}", f"https://{request.host}"}
    return site not in ("none", "same-origin") or (origin is not None and origin not in own)


def _here(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:  # a bracket that is not closed
        return False
    return name in ("127.0.0.1", "localhost", "::1") or name.endswith((".localhost", ".myshopify.com"))
