"""Signing in with a one-time link, and the small page that a signed-in person sees."""

from __future__ import annotations

import secrets
from html import escape
from urllib.parse import parse_qs

from flask import Blueprint, Response, current_app, make_response, redirect, request, url_for

from atom_shopify_plugin.host.auth import SESSION_SECONDS
from atom_shopify_plugin.host.http import Problem

__all__ = ["blueprint"]

blueprint = Blueprint("atom_signin", __name__)

_LONGEST_FORM = 4096  # bytes

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1rem;color:#1f2933}"
    "h1{font-size:1.5rem}h2{font-size:1.1rem;margin:1.5rem 0 .25rem}ul{padding-left:1.2rem}"
    ".state{color:#52606d}button{font:inherit;padding:.2rem .8rem}"
)
# Reads the registry and, where a service says so, the person's accounts there. Everything is set as text.
_SCRIPT = """
const add = (parent, tag, text, href) => {
  const node = document.createElement(tag);
  node.textContent = text;
  if (href) node.href = href;
  parent.append(node);
  return node;
};
const own = (href) => typeof href === "string" && href.startsWith("/") && !href.startsWith("//");
const load = async (path) => {
  const answer = await (await fetch(path, {headers: {Accept: "application/json"}})).json();
  if (!answer.success) throw new Error(answer.error?.message ?? answer.error);
  return answer;
};
const accounts = async (list, path) => {
  const {data} = await load(path);
  const items = Array.isArray(data) ? data : Object.values(data ?? {}).find(Array.isArray) ?? [];
  if (!items.length) add(list, "li", "nothing connected yet");
  for (const item of items) {
    const line = add(list, "li", item.name || item.shop || item.id || "?");
    const more = [item.name ? item.shop : null, item.state, item.default || item.is_default ? "default" : null];
    add(line, "span", " " + more.filter(Boolean).join(", ")).className = "state";
  }
};
const show = async () => {
  const page = document.querySelector("#services");
  const {services} = await load("/api/services");
  if (!services.length) add(page, "p", "No service is installed.");
  for (const service of services) {
    add(page, "h2", service.name);
    add(page, "p", service.description + " — " + service.status + ", " + service.health).className = "state";
    const list = add(page, "ul", "");
    if (own(service.accounts_url)) await accounts(list, service.accounts_url);
    for (const link of service.links ?? []) if (own(link.href)) add(add(list, "li", ""), "a", link.label, link.href);
  }
};
show().catch((error) => add(document.querySelector("#services"), "p", "Could not load: " + error.message));
"""


def _page(body: str, status: int = 200, script: str = "") -> Response:
    nonce = secrets.token_urlsafe(16)
    tag = f'<script nonce="{nonce}">{script}</script>' if script else ""
    html = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>ATOM</title>'
        f'<meta name="viewport" content="width=device-width"><style nonce="{nonce}">{_STYLE}</style>'
        f"<body>{body}{tag}</body></html>"
    )
    response = make_response(html, status)
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; connect-src 'self'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    # Stricter, a browser would hide the page's origin from its own host, and signing out would look foreign.
    response.headers["Referrer-Policy"] = "same-origin"
    return response


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
    now = f"<p>You are signed in as {escape(present.subject)}; that session ends.</p>" if present else ""
    return _page(
        f"<h1>Sign in as {escape(subject)}?</h1>{now}"
        "<p>Go on only if you asked for this link yourself: what you connect and do afterwards is done as "
        f"{escape(subject)}.</p>"
        f'<form method="post" action="/signin"><input type="hidden" name="token" value="{escape(token, quote=True)}">'
        f'<button>Sign in as {escape(subject)}</button></form><p><a href="/">Leave it as it is</a></p>'
    )


@blueprint.post("/signin")
def confirm() -> Response:
    """Sign in by a link after the person said yes on the host's own page."""
    auth = current_app.extensions["atom_host"].auth
    if not auth.from_own_page(request):
        raise Problem(403, "Open the sign-in link, and press the button on the host's own page.")
    form = parse_qs(request.stream.read(_LONGEST_FORM).decode("ascii", "replace"), max_num_fields=10)
    response = _begin(form.get("token", [""])[0])
    if response.status_code == 303:
        auth.end(request.cookies.get(auth.cookie, ""))
    return response


def _begin(token: str) -> Response:
    """Use up the token of a sign-in link and begin a session."""
    auth = current_app.extensions["atom_host"].auth
    session = auth.redeem_link(token)
    if session is None:
        return _used_up()
    response = make_response(redirect(url_for("atom_signin.home"), 303))
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
    return _page(
        "<h1>This link no longer works</h1><p>A sign-in link works once, for 15 minutes. Ask for a new one, for "
        "example with <code>atom-shopify token create --link</code>.</p>",
        400,
    )


@blueprint.post("/signout")
def signout() -> Response:
    """End the session; only this host's own pages may ask for it."""
    auth = current_app.extensions["atom_host"].auth
    if not auth.from_own_page(request):
        raise Problem(403, "Sign out on the host's own page.")
    auth.end(request.cookies.get(auth.cookie, ""))
    response = make_response(redirect(url_for("atom_signin.home"), 303))
    response.delete_cookie(auth.cookie, path="/", secure=auth.cookie.startswith("__Host-"), httponly=True)
    return response


@blueprint.get("/")
def home() -> Response:
    """Show the installed services and the person's accounts in them."""
    principal = current_app.extensions["atom_host"].hook.atom_authenticate(request=request)
    if principal is None:
        return _page(
            "<h1>ATOM</h1><p>Nobody is signed in. Open a sign-in link; "
            "<code>atom-shopify token create --link</code> makes one.</p>",
            401,
        )
    return _page(
        f"<h1>ATOM</h1><p>Signed in as {escape(principal.subject)}.</p>"
        '<form method="post" action="/signout"><button>Sign out</button></form><div id="services"></div>',
        script=_SCRIPT,
    )
