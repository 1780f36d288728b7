"""Shopify's OAuth over the wire: grants, refresh, revocation. Nothing is stored here.

Sources: shopify.dev, "Authorization code grant", "Offline access tokens", "Client credentials grant". Signed queries
and scopes have modules of their own and can be had from here, too.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import urlencode

import orjson

from atom_shopify_plugin.errors import (
    Conflict,
    Fault,
    InvalidInput,
    Misconfigured,
    PluginError,
    ReauthRequired,
    UpstreamError,
)
from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.shopify.failures import by_status
from atom_shopify_plugin.shopify.scopes import expand_scopes, missing_scopes, parse_scopes
from atom_shopify_plugin.shopify.signatures import sign_query, verify_query
from atom_shopify_plugin.shopify.transport import AnswerLost, HTTPAnswer, NotSent, Transport

__all__ = [
    "RefreshRefused",
    "TokenGrant",
    "authorize_url",
    "client_credentials",
    "exchange_code",
    "expand_scopes",
    "missing_scopes",
    "parse_scopes",
    "refresh",
    "revoke",
    "sign_query",
    "verify_query",
]

ASSUMED_LIFE = 3600.0
_LONGEST_LIFE = 10 * 365 * 86400
_TOKEN = re.compile(r"[\x21-\x7e]{1,1024}")
_PATH = "/admin/oauth/access_token"
_ATTEMPTS = 6
_BASE, _LONGEST_PAUSE = 0.25, 5.0

RefusalKind = Literal["refresh_token", "client"]


class RefreshRefused(ReauthRequired):
    """Shopify will not refresh this token again.

    `kind` is ``refresh_token`` (expired, revoked, unknown: the merchant connects again) or ``client`` (wrong client
    credentials, or the app is no longer installed: the operator is told). `error` is Shopify's own word for it.
    """

    def __init__(self, message: str, *, kind: RefusalKind, error: str) -> None:
        super().__init__(message, details={"reason": error})
        self.kind: RefusalKind = kind
        self.error = error


@dataclass(frozen=True, slots=True)
class TokenGrant:
    """A token as Shopify granted it; lives are in seconds from the answer.

    `expires_in` is never unknown: where Shopify left it out, it is one hour and `life_assumed` is true, which deserves
    an alarm. `refresh_token` is None for client credentials.
    """

    access_token: Secret
    scope: frozenset[str]
    expires_in: float
    refresh_token: Secret | None = None
    refresh_token_expires_in: float | None = None
    life_assumed: bool = False


def authorize_url(settings: Settings, shop: ShopDomain, state: str, scopes: Iterable[str]) -> str:
    """Return the address at which the merchant grants `scopes`; it asks for an offline token.

    With a sandbox endpoint the address is the sandbox's, under the store's subdomain of ``localhost``.
    """
    fields = {
        "client_id": settings.api_key,
        "scope": ",".join(sorted(scopes)),
        "redirect_uri": settings.redirect_uri,
        "state": state,
    }
    return shop.browser_url(f"/admin/oauth/authorize?{urlencode(fields)}", settings.endpoint)


def exchange_code(
    transport: Transport, shop: ShopDomain, client_id: str, client_secret: Secret, code: str, *, timeout: float = 15.0
) -> TokenGrant:
    """Exchange an authorization code for an expiring offline token.

    A code counts once (shopify.dev, "Authorization code grant"). After a lost answer it is sent again all the same:
    most such answers come from something in between, which never asked Shopify. Raise `InvalidInput` where Shopify
    does not know the code or saw it before, `Conflict` where it says so after a lost answer, `Misconfigured` for
    wrong client credentials, `UpstreamError` for a token answer that can't be right.
    """
    form = {"client_id": client_id, "client_secret": client_secret.reveal(), "code": code, "expiring": "1"}
    answer, lost = _ask(transport, shop, form, timeout)
    error = _error_word(answer)
    if error is None:
        return _grant(answer, refreshable=True)
    if error in ("invalid_client", "application_cannot_be_found", "unauthorized_client"):
        raise Misconfigured("Shopify does not accept the app's client id and secret.", details={"reason": error})
    if lost:
        raise Conflict(
            "Shopify's answer to the authorization code was lost, and a code counts once; connect the store again.",
            details={"reason": "answer_lost"},
        )
    message = "Shopify does not accept the authorization code, or it was used before; connect the store again."
    raise InvalidInput(message, [Fault("/code", message, "code")], details={"reason": error})


def refresh(
    transport: Transport,
    shop: ShopDomain,
    client_id: str,
    client_secret: Secret,
    refresh_token: Secret,
    *,
    timeout: float = 20.0,
    sleep: Callable[[float], object] = time.sleep,
    jitter: Callable[[], float] = random.random,
) -> TokenGrant:
    """Exchange a refresh token for a new pair.

    A lost answer, 408, 429 and 5xx are repeated with the *same* refresh token inside `timeout`: Shopify keeps the
    previous one usable until the new one is used (shopify.dev, "Offline access tokens"). An answer that was cut, or
    that a proxy or a login page gave in Shopify's place, counts as lost. Raise `RefreshRefused` for any other 4xx that
    names an ``error``.
    """
    form = {
        "grant_type": "refresh_token",
        "client_id": client_id,
        "client_secret": client_secret.reveal(),
        "refresh_token": refresh_token.reveal(),
    }
    answer, _ = _ask(transport, shop, form, timeout, sleep=sleep, jitter=jitter)
    error = _error_word(answer)
    if error is None:
        return _grant(answer, refreshable=True)
    if error in ("invalid_client", "application_cannot_be_found", "unauthorized_client"):
        raise RefreshRefused(
            "Shopify does not accept the app's credentials for this store, or the app was uninstalled.",
            kind="client",
            error=error,
        )
    raise RefreshRefused("The store's connection has ended; connect it again.", kind="refresh_token", error=error)


def client_credentials(
    transport: Transport, shop: ShopDomain, client_id: str, client_secret: Secret, *, timeout: float = 20.0
) -> TokenGrant:
    """Get a token (24 h, no refresh token) for a store of the app's own organisation; asking twice does no harm.

    Raise `InvalidInput` where Shopify refuses the pair of id and secret for this store.
    """
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret.reveal()}
    answer, _ = _ask(transport, shop, form, timeout)
    error = _error_word(answer)
    if error is None:
        return _grant(answer, refreshable=False)
    message = "Shopify does not accept this client id and secret for this store."
    raise InvalidInput(message, [Fault("/client_secret", message, "credentials")], details={"reason": error})


def revoke(transport: Transport, shop: ShopDomain, token: Secret, *, timeout: float = 15.0) -> bool:
    """Uninstall the app from the store, which ends all its tokens; return whether there was something to end.

    A token that is no longer valid (401, 403) or a store that is gone (404) is fine: nothing is left to revoke.
    """
    if not _TOKEN.fullmatch(token.reveal()):
        return False
    headers = {"X-Shopify-Access-Token": token.reveal()}
    path = "/admin/api_permissions/current.json"
    answer, _ = _repeat(
        lambda deadline: transport.send(shop, "DELETE", path, headers=headers, deadline=deadline),
        lambda answer: not answer.body.strip() or _object(answer) is not None,
        timeout,
    )
    if answer.status in (401, 403, 404):
        return False
    _raise_for(answer)
    return True


def _ask(
    transport: Transport,
    shop: ShopDomain,
    form: Mapping[str, str],
    timeout: float,
    *,
    sleep: Callable[[float], object] = time.sleep,
    jitter: Callable[[], float] = random.random,
) -> tuple[HTTPAnswer, bool]:
    return _repeat(
        lambda deadline: transport.send(shop, "POST", _PATH, headers={}, form=form, deadline=deadline),
        lambda answer: "access_token" in (_object(answer) or {}),
        timeout,
        sleep=sleep,
        jitter=jitter,
    )


def _repeat(
    send: Callable[[float], HTTPAnswer],
    genuine: Callable[[HTTPAnswer], bool],
    timeout: float,
    *,
    sleep: Callable[[float], object] = time.sleep,
    jitter: Callable[[], float] = random.random,
) -> tuple[HTTPAnswer, bool]:
    """Send until there is an answer that a repetition would not change, or no time left.

    A success that is not `genuine` was cut, or is somebody else's: it counts as a lost answer. Return whether an answer
    was lost before the one that is returned.
    """
    deadline = time.monotonic() + timeout
    lost = False
    for attempt in range(1, _ATTEMPTS + 1):
        failed: PluginError
        try:
            answer = send(deadline)
        except NotSent as error:
            failed = error
        except AnswerLost as error:
            failed, lost = error, True
        else:
            failure = by_status(answer.status, answer.headers)
            if failure is None and not genuine(answer):
                failed, lost = AnswerLost("Something other than Shopify's whole answer came back; try again."), True
            elif failure is None or not failure.again:
                return answer, lost
            else:
                failed, lost = failure.error, lost or not failure.nothing_ran
        pause = jitter() * min(_LONGEST_PAUSE, _BASE * 2**attempt)
        if failed.retry_after is not None:
            pause += failed.retry_after
        if attempt == _ATTEMPTS or pause >= deadline - time.monotonic():
            break
        sleep(pause)
    failed.retry_after = failed.retry_after or 1.0
    raise failed


def _object(answer: HTTPAnswer) -> dict[str, Any] | None:
    """Return the JSON object that an answer holds, None where it holds anything else."""
    try:
        payload = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return None
    return payload if isinstance(payload, dict) else None


def _error_word(answer: HTTPAnswer) -> str | None:
    """Return the ``error`` of an OAuth refusal, None for a success; raise for a failure that names none."""
    if 200 <= answer.status < 300:
        return None
    if 400 <= answer.status < 500:
        word = (_object(answer) or {}).get("error")
        if isinstance(word, str) and word:
            return word if re.fullmatch(r"[a-z_]{1,60}", word) else "unknown"
    _raise_for(answer)
    return None


def _raise_for(answer: HTTPAnswer) -> None:
    failure = by_status(answer.status, answer.headers)
    if failure is None:
        return
    if isinstance(failure.error, ReauthRequired):
        # 401 and 403 without a word are no verdict on the token: only an `error` member ends a connection.
        raise UpstreamError("Shopify refused the request without a reason.", details=failure.error.details)
    raise failure.error


def _grant(answer: HTTPAnswer, *, refreshable: bool) -> TokenGrant:
    """Check a token answer strictly: what is stored here is trusted for as long as the store is connected."""
    payload = _object(answer) or {}
    scope = payload.get("scope")
    if not isinstance(scope, str):
        raise _wrong("scope")
    grant = TokenGrant(
        access_token=_secret(payload, "access_token"),
        scope=parse_scopes(scope),
        expires_in=ASSUMED_LIFE,
        life_assumed="expires_in" not in payload,
    )
    if "expires_in" in payload:
        grant = replace(grant, expires_in=_life(payload, "expires_in"))
    if not refreshable:
        return grant
    life = _life(payload, "refresh_token_expires_in") if "refresh_token_expires_in" in payload else None
    return replace(grant, refresh_token=_secret(payload, "refresh_token"), refresh_token_expires_in=life)


def _secret(payload: Mapping[str, Any], name: str) -> Secret:
    value = payload.get(name)
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        raise _wrong(name)
    return Secret(value)


def _life(payload: Mapping[str, Any], name: str) -> float:
    value = payload[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= _LONGEST_LIFE:
        raise _wrong(name)
    return float(value)


def _wrong(member: str) -> UpstreamError:
    return UpstreamError("Shopify's token answer can't be used.", details={"member": member})
