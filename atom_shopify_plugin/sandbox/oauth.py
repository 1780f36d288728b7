"""Shopify's OAuth side: the authorize screen, the callback, the token endpoint and what follows a grant.

Shapes and errors are those of shopify.dev (authorization code grant, offline access tokens, token exchange, client
credentials) and, for token exchange, those seen on live stores.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from atom_shopify_plugin.sandbox import pages, scopes
from atom_shopify_plugin.sandbox.accounts import Account, App
from atom_shopify_plugin.sandbox.clock import Clock
from atom_shopify_plugin.sandbox.gate import from_elsewhere
from atom_shopify_plugin.sandbox.id_tokens import claims_of
from atom_shopify_plugin.sandbox.messages import Request, Response, html, json_reply, pairs
from atom_shopify_plugin.sandbox.signing import signed_query
from atom_shopify_plugin.sandbox.tokens import AccessToken, RefreshToken, Refused

__all__ = ["access_scopes", "authorize", "embedded_url", "install_url", "invalid_token", "revoke", "token"]

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token"
ONLINE = "urn:shopify:params:oauth:token-type:online-access-token"
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"  # noqa: S105  # a name
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
INVALID_TOKEN = "[API] Invalid API key or access token (unrecognized login or wrong password)"  # noqa: S105  # a message
ERRORS = {
    "client": (400, "invalid_client", "Client authentication failed"),
    "code": (400, "invalid_request", "The authorization code was not found or was already used"),
    "refresh_token": (401, "invalid_request", "This request requires an active refresh_token"),
    "refresh_token_libraries": (400, "invalid_grant", "The refresh token is invalid or expired"),
    "subject_token": (
        400,
        "invalid_subject_token",
        "Token exchange cannot be performed due to an invalid subject token.",
    ),
    "not_installed": (400, "app_not_installed", "The application is not installed on this shop."),
    "shop": (400, "shop_not_permitted", "Client credentials cannot be performed on this shop."),
}
ONLINE_USER: Mapping[str, Any] = {
    "id": 902541635,
    "first_name": "Mary",
    "last_name": "Merchant",
    "email": "mary@example.com",
    "email_verified": True,
    "account_owner": True,
    "locale": "en",
    "collaborator": False,
}


class _Bad(Exception):
    """The request itself is wrong."""


# -- the merchant's browser


def install_url(app: App, account: Account, clock: Clock, url: str | None = None) -> str:
    """Return the signed request that opens the app from the store's admin."""
    return f"{url or app.url}?{signed_query(_signed_fields(account, clock), app.secrets[0])}"


def embedded_url(app: App, account: Account, clock: Clock, token: str) -> str:
    """Return the signed request by which the store's admin opens the app in a frame, with an ID token of its user."""
    fields = {**_signed_fields(account, clock), "embedded": "1", "id_token": token, "locale": "en"}
    return f"{app.url}?{signed_query(fields, app.secrets[0])}"


def authorize(app: App, account: Account, clock: Clock, request: Request) -> Response:
    """Answer the authorize screen (GET) and its buttons (POST), which a page of another site can't press."""
    if request.method == "POST" and from_elsewhere(request):
        return html(403, pages.problem("The answer came from a page of another site.", {"shop": account.domain}))
    try:
        fields = _once(request.query if request.method == "GET" else _text(request.body))
        wanted = _check_authorize(app, fields)
    except _Bad as bad:
        shown = {"shop": account.domain}
        return html(400, pages.problem(str(bad), shown))
    if request.method == "GET":
        return html(200, pages.consent(app.name, account.domain, wanted, fields.items()))
    answer = _signed_fields(account, clock)
    if "state" in fields:
        answer["state"] = fields["state"]
    decision = fields.get("decision")
    if decision == "install":
        per_user = fields.get("grant_options[]") == "per-user"
        answer["code"] = account.tokens.code(app.client_id, wanted, per_user=per_user).value
    elif decision == "cancel":
        answer |= {"error": "access_denied", "error_description": "the-merchant-declined"}
    else:
        return html(400, pages.problem("The answer must be install or cancel.", {"shop": account.domain}))
    uri = fields["redirect_uri"]
    joint = "&" if urlsplit(uri).query else "?"
    return Response(302, {"Location": f"{uri}{joint}{signed_query(answer, app.secrets[0])}"})


def _check_authorize(app: App, fields: Mapping[str, str]) -> frozenset[str]:
    """Return the scopes that are asked for; refuse, without sending anybody anywhere, what the app does not own."""
    if fields.get("client_id") != app.client_id:
        raise _Bad("There is no app with this client_id.")
    if not _allowed(app, fields.get("redirect_uri", "")):
        raise _Bad("The redirect_uri is not on the list of the app's allowed addresses.")
    if fields.get("grant_options[]", "") not in ("", "per-user"):
        raise _Bad("grant_options[] must be per-user or empty.")
    try:
        return scopes.parse(fields.get("scope", ""))
    except ValueError as error:
        raise _Bad(str(error)) from None


def _allowed(app: App, uri: str) -> bool:
    if app.redirect_uris is not None:
        return uri in app.redirect_uris
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.hostname in LOOPBACK and not parts.fragment and "@" not in uri


def _signed_fields(account: Account, clock: Clock) -> dict[str, str]:
    host = base64.urlsafe_b64encode(f"admin.shopify.com/store/{account.handle}".encode()).decode().rstrip("=")
    return {"host": host, "shop": account.domain, "timestamp": str(int(clock.time()))}


# -- the app's server


def token(app: App, account: Account, request: Request) -> Response:
    """Answer the token endpoint: code, refresh token, client credentials, exchange of an ID token or an old token."""
    try:
        fields = _fields(request)
    except _Bad as bad:
        return _oauth_error(400, "invalid_request", str(bad))
    secret = fields.get("client_secret", "").encode()
    known = any(hmac.compare_digest(secret, ours.encode()) for ours in app.secrets)
    if fields.get("client_id") != app.client_id or not known:
        return _oauth_error(*ERRORS["client"])
    grant = fields.get("grant_type", "authorization_code")
    try:
        granted = _grant(app, account, grant, fields)
    except _Bad as bad:
        return _oauth_error(400, "invalid_request", str(bad))
    except Refused as refused:
        reason = refused.reason
        if reason == "refresh_token" and account.switches.refresh_error == "libraries":
            reason = "refresh_token_libraries"
        return _oauth_error(*ERRORS[reason])
    return json_reply(200, granted, {"Cache-Control": "no-store"})


def _grant(app: App, account: Account, grant: str, fields: Mapping[str, str]) -> dict[str, Any]:
    book, switches = account.tokens, account.switches
    now = account.clock.time()
    if grant == "authorization_code":
        expiring = fields.get("expiring", "0") in ("1", "true")
        return _reply(book.exchange_code(app.client_id, fields.get("code", ""), expiring=expiring), now)
    if grant == "refresh_token":
        if book.installed(app.client_id) is None:
            raise Refused("client")
        value, ends = fields.get("refresh_token", ""), switches.refresh_ends_old_access
        return _reply(book.refresh(app.client_id, value, end_old_access=ends), now)
    if grant == "client_credentials":
        if not switches.own_organization:
            raise Refused("shop")
        return _reply(book.client_credentials(app.client_id, app.scopes), now)
    if grant == EXCHANGE:
        return _exchange(app, account, fields, now)
    raise _Bad("The grant_type is not supported.")


def _exchange(app: App, account: Account, fields: Mapping[str, str], now: float) -> dict[str, Any]:
    """Exchange an ID token for an access token, or an offline token that does not end for one that does."""
    subject, wanted = fields.get("subject_token", ""), fields.get("requested_token_type")
    expiring = fields.get("expiring", "0") in ("1", "true")
    if wanted not in (ONLINE, OFFLINE):
        raise _Bad("The requested_token_type must be an online or an offline access token.")
    if fields.get("subject_token_type") == ID_TOKEN:
        claims = claims_of(subject, domain=account.domain, client_id=app.client_id, secrets_=app.secrets, now=now)
        if claims is None:
            raise Refused("subject_token")
        online = wanted == ONLINE
        granted = account.tokens.exchange_id_token(app.client_id, online=online, expiring=expiring)
        return _reply(granted, now, user=int(claims["sub"]))
    if fields.get("subject_token_type") != OFFLINE or wanted != OFFLINE:
        raise _Bad("The subject_token_type must be an ID token, or an offline access token for another such.")
    if not expiring:
        raise _Bad("An offline access token is exchanged for an expiring one: expiring must be 1.")
    return _reply(account.tokens.migrate(app.client_id, subject), now)


def _reply(granted: AccessToken | RefreshToken, now: float, user: int | None = None) -> dict[str, Any]:
    access = granted if isinstance(granted, AccessToken) else granted.access
    reply: dict[str, Any] = {"access_token": access.value, "scope": scopes.join(access.scopes)}
    if access.expires_at is not None:
        reply["expires_in"] = round(access.expires_at - now)
    if isinstance(granted, RefreshToken):
        reply |= {"refresh_token": granted.value, "refresh_token_expires_in": round(granted.expires_at - now)}
    if access.kind == "online":
        known = ONLINE_USER if user is None else {**ONLINE_USER, "id": user}
        reply |= {"associated_user_scope": reply["scope"], "associated_user": known}
    return reply


def access_scopes(token: AccessToken) -> Response:
    """List what a token was granted."""
    return json_reply(200, {"access_scopes": [{"handle": scope} for scope in sorted(token.scopes)]})


def revoke(account: Account, token: AccessToken) -> Response:
    """Take the app off the store: all its tokens end."""
    account.uninstall(token.client_id)
    return json_reply(200, {})


def invalid_token() -> Response:
    """Say no to an access token that is wrong, expired or revoked."""
    return json_reply(401, {"errors": INVALID_TOKEN})


# -- reading requests


def _oauth_error(status: int, error: str, description: str) -> Response:
    return json_reply(status, {"error": error, "error_description": description}, {"Cache-Control": "no-store"})


def _fields(request: Request) -> dict[str, str]:
    """Return the members of a token request, form or JSON, as texts."""
    if request.content_type == "application/json":
        if not isinstance(request.json, dict):
            raise _Bad("The body is not a JSON object.")
        return {name: _scalar(value) for name, value in request.json.items()}
    return _once(_text(request.body))


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, str | int):
        return str(value)
    raise _Bad("Members must be texts.")


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise _Bad("The body is not UTF-8.") from None


def _once(text: str) -> dict[str, str]:
    try:
        entries = pairs(text)
    except ValueError:
        raise _Bad("There are too many parameters.") from None
    fields = dict(entries)
    if len(fields) != len(entries):
        raise _Bad("A parameter is given twice.")
    return fields
