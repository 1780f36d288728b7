"""The dashboard: a web application that a plugin brings, built beforehand, at `/` and below `/app`.

Without one, the page that the server makes (`home`) is at `/`; with one, that page is at `/pages`. The dashboard's
files hold nothing of anybody and are for everybody; its page is for who is signed in, and asks for everything else
with the session of that person. The policy of the page lets it run and load the host's own files alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, current_app, make_response, request

from atom_shopify_plugin.asgi import App, Receive, Scope, Send, joined, reply
from atom_shopify_plugin.host.home import message, nobody, start_page
from atom_shopify_plugin.host.http import Problem, caller, harmless_id
from atom_shopify_plugin.host.signin import come_back

if TYPE_CHECKING:
    from atom_shopify_plugin.host.files import BuiltFile, BuiltFiles, Reply

__all__ = ["ASSETS", "PAGE_HEADERS", "blueprint", "native_routes"]

blueprint = Blueprint("atom_dashboard", __name__)

ASSETS = "/assets/<path:path>"
# Products have pictures at Shopify's network; the letters of a small picture may be in the style sheet itself.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; font-src 'self'; "
    "img-src 'self' data: https://cdn.shopify.com; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
PAGE_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    # Asked for anew each time: the answer depends on who is signed in, and a new build has other files.
    "Cache-Control": "private, no-cache",
}
# Names in assets/ change with their content (the contract of `atom_dashboard`).
_ASSET_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


@blueprint.get("/")
def start() -> Response:
    """Show the dashboard, or the page that the server makes where there is none."""
    principal = _host().hook.atom_authenticate(request=request)
    if principal is None:
        return nobody()
    caller()  # counts the request
    files = _files()
    return start_page(principal) if files is None else _page(files)


@blueprint.get("/app", strict_slashes=False)
@blueprint.get("/app/<path:path>")
def app(**_path: str) -> Response:
    """Show the dashboard at one of its own addresses; who has to sign in first comes back to it afterwards."""
    if _host().hook.atom_authenticate(request=request) is None:
        return come_back(nobody())
    caller()
    files = _files()
    if files is None:
        return message(
            "No dashboard",
            "The dashboard is not built on this server. The pages without JavaScript show your services and workflows.",
            404,
            {"label": "Go to the start page", "href": "/"},
        )
    return _page(files)


@blueprint.get("/assets/<path:path>")
def asset(path: str) -> Response:
    """Answer a file of the dashboard, as the native routes do."""
    files = _files()
    file = None if files is None else files.assets.get(path)
    if file is None:
        raise Problem(404, "The dashboard has no such file. Load the page again: it may be of an earlier version.")
    return _response(_answer(file), _ASSET_HEADERS)


def native_routes(files: BuiltFiles | None) -> dict[tuple[str, str], App]:
    """Return an ASGI application for each file, by method and path: pages load without a thread."""
    if files is None:
        return {}
    return {
        (method, f"/assets/{name}"): _native(file) for name, file in files.assets.items() for method in ("GET", "HEAD")
    }


def _native(file: BuiltFile) -> App:
    async def answer(scope: Scope, _receive: Receive, send: Send) -> None:
        sent = joined(scope)
        status, headers, body = file.reply(
            scope["method"], sent.get("accept-encoding", ""), sent.get("if-none-match", "")
        )
        headers |= _ASSET_HEADERS | {"X-Request-Id": harmless_id(sent.get("x-request-id", ""))}
        await reply(send, status, [(name.lower().encode(), value.encode()) for name, value in headers.items()], body)

    return answer


def _page(files: BuiltFiles) -> Response:
    return _response(_answer(files.index), PAGE_HEADERS)


def _answer(file: BuiltFile) -> Reply:
    sent = request.headers
    return file.reply("GET", sent.get("Accept-Encoding", ""), sent.get("If-None-Match", ""))  # Flask cuts HEAD's body


def _response(answer: Reply, headers: dict[str, str]) -> Response:
    response = make_response(answer.body, answer.status)
    response.headers.pop("Content-Type", None)
    response.headers.update(answer.headers | headers)
    return response


def _files() -> BuiltFiles | None:
    files: BuiltFiles | None = _host().dashboard
    return files


def _host() -> Any:
    return current_app.extensions["atom_host"]
