"""Signing in with a one-time link, signing out, and who is signed in."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import quote, unquote

from flask import Blueprint, Response, current_app, make_response, redirect, request, url_for

from atom_shopify_plugin.hookspecs import OPERATOR_SCOPE
from atom_shopify_plugin.host.auth import SESSION_SECONDS
from atom_shopify_plugin.host.home import message, page
from atom_shopify_plugin.host.http import Problem, answer, caller, form_field, only

__all__ = ["blueprint", "come_back"]

blueprint = Blueprint("atom_signin", __name__)

_RETURN = "atom_return"
_RETURN_SECONDS = 15 * 60
_ADDRESS = re.compile(r"/app(?:[/?][!-~]{0,500})?")


@blueprint.get("/signin")
def signin() -> Response:
    """Sign in by a link, or ask first where another page opened it or somebody is signed in already."""
    auth = current_app.extensions["atom_host"].auth
    if request.method == "HEAD":
        # Mail scanners and chat previews look before the person does; that must not use the link up.
        return make_response("", 204)
    token, present = request.args.get("token", ""), auth.session(request)
    # A browser names the page that opened a link; a link that was typed, or opened by another program, has none.
    foreign = request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin")
    if present is None and not foreign:
        return _begin(token)
    subject = auth.subject_of_link(token)
    if subject is None:
        return _used_up()
    return page("signin.html", subject=subject, present=present.subject if present is not None else None, token=token)


@blueprint.post("/signin")
def confirm() -> Response:
    """Sign in by a link after the person said yes on the host's own page."""
    auth = current_app.extensions["atom_host"].auth
    if not auth.from_own_page(request):
        raise Problem(403, "Open the sign-in link and press the button on the host's page.")
    response = _begin(form_field("token"))
    if response.status_code == 303:
        auth.end(request.cookies.get(auth.cookie, ""))
    return response


@blueprint.get("/api/session")
def session() -> Response:
    """Say who is signed in, until when, and where the session is ended; a bearer token ends elsewhere."""
    only(request.args, what="parameter")
    principal = caller()
    auth = current_app.extensions["atom_host"].auth
    ends = auth.ends_at(request)
    return answer(
        {
            "subject": principal.subject,
            "read_only": principal.read_only,
            "operator": OPERATOR_SCOPE in principal.scopes,
            "expires_at": None if ends is None else datetime.fromtimestamp(ends, UTC).isoformat(timespec="seconds"),
            "sign_out": None if "Authorization" in request.headers else url_for("atom_signin.signout"),
        }
    )


def come_back(response: Response) -> Response:
    """Have whoever signs in within 15 minutes in this browser return to this address, if it is one of the dashboard."""
    query = request.query_string.decode("latin-1")
    address = quote(request.path) + (f"?{query}" if query else "")
    if _is_of_dashboard(address):
        auth = current_app.extensions["atom_host"].auth
        response.set_cookie(
            _RETURN,
            quote(address, safe="/"),
            max_age=_RETURN_SECONDS,
            path="/signin",
            httponly=True,
            samesite="Lax",
            secure=auth.secure,
        )
    return response


def _place() -> str:
    """Return where a session begins: where the person wanted to go, or the start."""
    address = unquote(request.cookies.get(_RETURN, ""))
    return address if _is_of_dashboard(address) else url_for("atom_dashboard.start")


def _is_of_dashboard(address: str) -> bool:
    """Tell whether a browser that is sent to `address` opens the dashboard, which changes nothing."""
    # It takes dot segments, also encoded ones, out of the path, and reads a backslash as a slash.
    segments = re.split(r"[/\\]", unquote(address.partition("?")[0]))
    return bool(_ADDRESS.fullmatch(address)) and not {".", ".."} & set(segments)


def _begin(token: str) -> Response:
    """Use up the token of a sign-in link and begin a session."""
    auth = current_app.extensions["atom_host"].auth
    session = auth.redeem_link(token)
    if session is None:
        return _used_up()
    response = make_response(redirect(_place(), 303))
    if _RETURN in request.cookies:
        response.delete_cookie(_RETURN, path="/signin", secure=auth.secure, httponly=True, samesite="Lax")
    response.set_cookie(
        auth.cookie,
        session,
        max_age=SESSION_SECONDS,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=auth.secure,
    )
    return response


def _used_up() -> Response:
    return message(
        "This link no longer works",
        "A sign-in link works once, for 15 minutes. Ask for a new one: the operator of this server creates it with "
        "the command atom-shopify token create --link",
        400,
    )


@blueprint.post("/signout")
def signout() -> Response:
    """End the session; only this host's own pages may ask for it."""
    auth = current_app.extensions["atom_host"].auth
    if not auth.from_own_page(request):
        raise Problem(403, "Sign out on the host's page.")
    auth.end(request.cookies.get(auth.cookie, ""))
    response = make_response(redirect(url_for("atom_dashboard.start"), 303))
    response.delete_cookie(auth.cookie, path="/", secure=auth.secure, httponly=True)
    return response
