"""The one page that the plugin shows: how connecting a store went."""

from __future__ import annotations

import base64
import hashlib
from html import escape

from flask import Response, request

from atom_shopify_plugin.errors import PluginError
from atom_shopify_plugin.web.problems import failure

__all__ = ["page", "refusal", "wants_page"]

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;color:#222;background:#f6f6f7;margin:0}"
    "main{max-width:30rem;margin:15vh auto;padding:2rem;background:#fff;border-radius:.75rem;"
    "box-shadow:0 1px 4px rgba(0,0,0,.15)}h1{margin:0 0 .5rem;font-size:1.4rem}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def page(title: str, text: str, *, link: str, label: str = "Back to ATOM", status: int = 200) -> Response:
    """Return a small HTML page without scripts; all texts are escaped."""
    html = (
        "<!doctype html>\n"
        f'<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1><p>{escape(text)}</p>"
        f'<p><a href="{escape(link, quote=True)}">{escape(label)}</a></p></main></body></html>\n'
    )
    response = Response(html, status, mimetype="text/html")
    response.headers["Content-Security-Policy"] = _POLICY
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
