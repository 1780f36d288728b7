"""The two pages that a merchant sees: asking for the grant, and why there is none to ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

__all__ = ["consent", "problem"]

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { display: grid; place-items: center; min-height: 100vh; margin: 0; background: Canvas; color: CanvasText; }
main { width: min(30rem, 92vw); padding: 2rem; border: 1px solid color-mix(in srgb, CanvasText 20%, Canvas);
       border-radius: .75rem; }
h1 { font-size: 1.25rem; margin: 0 0 .5rem; } ul { padding-left: 1.25rem; } small { opacity: .7; }
form { display: flex; gap: .75rem; margin-top: 1.5rem; }
button { font: inherit; padding: .5rem 1.25rem; border-radius: .5rem; border: 1px solid GrayText; cursor: pointer;
         background: Canvas; color: CanvasText; }
button[value=install] { background: #0a6e4f; border-color: #0a6e4f; color: #fff; }
"""


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><main>{body}</main></body></html>"
    )


def consent(app: str, shop: str, scopes: Iterable[str], fields: Iterable[tuple[str, str]]) -> str:
    """Return the page that asks whether `app` may have `scopes`; `fields` come back with the answer."""
    rows = "".join(f"<li><code>{escape(scope)}</code></li>" for scope in sorted(scopes))
    asked = f"<p>It asks for:</p><ul>{rows}</ul>" if rows else "<p>It asks for no access scopes.</p>"
    hidden = "".join(f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in fields)
    return _page(
        f"Install {app}",
        f"<h1>Install {escape(app)}</h1><p>on <strong>{escape(shop)}</strong></p>{asked}"
        f'<form method="post" action="/admin/oauth/authorize">{hidden}'
        '<button name="decision" value="install">Install</button><button name="decision" value="cancel">Cancel</button>'
        "</form><p><small>This is the sandbox, a Shopify on this machine.</small></p>",
    )


def problem(message: str, fields: Mapping[str, str]) -> str:
    """Return the page that says what is wrong with the request; nobody is sent anywhere."""
    rows = "".join(f"<li>{escape(name)}: <code>{escape(value)}</code></li>" for name, value in fields.items())
    return _page("Something is wrong", f"<h1>This app can't be installed</h1><p>{escape(message)}</p><ul>{rows}</ul>")
