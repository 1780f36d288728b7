"""Signing in with a one-time link, and signing out."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, make_response, redirect, request, url_for

from atom_shopify_plugin.host.auth import SESSION_SECONDS
from atom_shopify_plugin.host.home import message, page
from atom_shopify_plugin.host.http import Problem, form_field

__all__ = ["blueprint"]

blueprint = Blueprint("atom_signin", __name__)


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
        raise Problem(403, "Open the sign-in link, and press the button on the host's own page.")
    response = _begin(form_field("token"))
    if response.status_code == 303:
        auth.end(request.cookies.get(auth.cookie, ""))
    return response


def _begin(token: str) -> Response:
    """Use up the token of a sign-in link and begin a session."""
    auth = current_app.extensions["atom_host"].auth
    session = auth.redeem_link(token)
    if session is None:
        return _used_up()
    response = make_response(redirect(url_for("atom_home.home"), 303))
    response.set_cookie(
        auth.cookie,
        session,
        max_age=SESSION_SECONDS,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=auth.cookie.startswith("__Host-"),
    )
    return response


def _used_up() -> Response:
    return message(
        "This link no longer works",
        "A sign-in link works once, for 15 minutes. Ask for a new one: who runs this server makes it with the command "
        "atom-shopify token create --link",
        400,
    )


@blueprint.post("/signout")
def signout() -> Response:
    """End the session; only this host's own pages may ask for it."""
    auth = current_app.extensions["atom_host"].auth
    if not auth.from_own_page(request):
        raise Problem(403, "Sign out on the host's own page.")
    auth.end(request.cookies.get(auth.cookie, ""))
    response = make_response(redirect(url_for("atom_home.home"), 303))
    response.delete_cookie(auth.cookie, path="/", secure=auth.cookie.startswith("__Host-"), httponly=True)
    return response
