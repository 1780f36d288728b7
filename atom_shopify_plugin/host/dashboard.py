"""The dashboard: a web application that a plugin brings, built beforehand, at `/` and below `/app`.

Without one, the page that the server makes (`home`) is at `/`; with one, that page is at `/pages`. The dashboard's
files hold nothing of anybody and are for everybody; its page is for who is signed in, and asks for everything else
with the session of that person. The policy of the page lets it run and load the host's own files alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, current_app, make_response, request

from atom_shopify_plugin.asgi import App, Receive, Scope, Send, joined, reply
from atom_shopify_plugin.host.files import ICON, INDEX
from atom_shopify_plugin.host.home import message, nobody, start_page
from atom_shopify_plugin.host.http import Problem, caller, harmless_id
from atom_shopify_plugin.host.signin import come_back

if TYPE_CHECKING:
    from atom_shopify_plugin.host.files import BuiltFile, BuiltFiles, Reply

__all__ = ["ASSETS", "blueprint", "native_routes"]

blueprint = Blueprint("atom_dashboard", __name__)

ASSETS = "/assets/<path:path>"
# A small picture may be in the style sheet itself; where others come from, the page says.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; font-src 'self'; "
    "img-src {}; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_PAGE_HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    # Asked for anew each time: the answer depends on who is signed in, and a new build has other files.
    "Cache-Control": "private, no-cache",
}
_FILE_HEADERS = {
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
    files = _files()
    if _host().hook.atom_authenticate(request=request) is None:
        return nobody() if files is None else come_back(nobody())
    caller()
    if files is None:
        return message(
            "No dashboard",
            "The dashboard is not built on this server. The pages without JavaScript show your services and workflows.",
            404,
            {"label": "Go to the start page", "href": "/"},
        )
    return _page(files)


@blueprint.get(ASSETS)
@blueprint.get(f"/{ICON}")
def file(path: str | None = None) -> Response:
    """Answer a file of the dashboard, as the native routes do."""
    files, name = _files(), ICON if path is None else f"assets/{path}"
    if files is None or name not in files:
        raise Problem(404, "The dashboard has no such file. Reload the page: it may belong to an earlier version.")
    return _response(_answer(files[name]), _headers_of(name))


def native_routes(files: BuiltFiles | None) -> dict[tuple[str, str], App]:
    """Return an ASGI application for each file, by method and path: pages load without a thread."""
    return {
        (method, f"/{name}"): _native(name, file)
        for name, file in (files or {}).items()
        for method in ("GET", "HEAD")
        if name != INDEX
    }


def _headers_of(name: str) -> dict[str, str]:
    # Names in assets/ change with their content (the contract of `atom_dashboard`).
    lasts = "31536000, immutable" if name.startswith("assets/") else "3600"
    return {**_FILE_HEADERS, "Cache-Control": f"public, max-age={lasts}"}


def _native(name: str, file: BuiltFile) -> App:
    async def answer(scope: Scope, _receive: Receive, send: Send) -> None:
        sent = joined(scope)
        status, headers, body = file.reply(
            scope["method"], sent.get("accept-encoding", ""), sent.get("if-none-match", "")
        )
        headers |= _headers_of(name) | {"X-Request-Id": harmless_id(sent.get("x-request-id", ""))}
        await reply(send, status, [(name.lower().encode(), value.encode()) for name, value in headers.items()], body)

    return answer


def _page(files: BuiltFiles) -> Response:
    policy = _POLICY.format(" ".join(("'self'", "data:", *files.pictures)))
    return _response(_answer(files[INDEX]), {**_PAGE_HEADERS, "Content-Security-Policy": policy})


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
