"""A page that says one thing: how connecting a store went, or why a page can't be shown."""

from __future__ import annotations

from pathlib import Path

from flask import Response, request

from atom_shopify_plugin.errors import PluginError
from atom_shopify_plugin.pages.render import Pages, headers
from atom_shopify_plugin.web.problems import failure

__all__ = ["page", "refusal", "wants_page"]

_PAGES = Pages(Path(__file__).parent / "templates")


def page(title: str, text: str, *, link: str, label: str = "Back to your stores", status: int = 200) -> Response:
    """Return a page that says one thing and leads on."""
    html = _PAGES.render(
        "message.html", title=title, text=text, link={"href": link, "label": label}, links=[], person=None
    )
    response = Response(html, status, mimetype="text/html")
    response.headers.update(headers())
    return response


def wants_page() -> bool:
    """Tell whether a person looks at the answer: the browser asks for HTML by name and prefers it to JSON."""
    accepted = request.accept_mimetypes
    named = any(kind == "text/html" for kind, _ in accepted)
    return named and accepted["text/html"] >= accepted["application/json"]


def refusal(error: PluginError, *, link: str, title: str = "Not connected") -> Response:
    """Return `error` as a page for people and in the common shape for programs."""
    plain = failure(error)
    if not wants_page():
        return plain
    shown = page(title, error.message, link=link, status=error.status)
    for name in ("Retry-After", "WWW-Authenticate"):
        if name in plain.headers:
            shown.headers[name] = plain.headers[name]
    return shown
