"""Who is calling. Identity comes from the host's `atom_authenticate` alone, never from request data.

`user_id`, which ATOM's clients send with everything, is an assertion: absent or equal to the person who signed in it
changes nothing, another one is refused unless the caller may act for others.
"""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import urlsplit

from flask import request

from atom_shopify_plugin.errors import Fault, Forbidden, InvalidInput, Misconfigured, NotSignedIn, Unavailable
from atom_shopify_plugin.hookspecs import Host, HostUnavailable, Principal
from atom_shopify_plugin.web.state import state

__all__ = ["ACT_AS", "assert_user", "authenticate", "nobody", "principal", "refuse_foreign_page"]

ACT_AS = "shopify:act_as"
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_LONGEST_NAME = 255
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def authenticate(host: Host) -> Principal | None:
    """Ask the host who sent this request, and remember the answer; raise `Unavailable` where the host can't tell."""
    try:
        found = host.hook.atom_authenticate(request=request)
    except HostUnavailable:
        raise Unavailable("The host can't say who is calling; try again in a moment.", retry_after=1.0) from None
    if found is None:
        return None
    if not isinstance(found, Principal) or not isinstance(found.subject, str) or not found.subject.strip():
        raise Misconfigured("The host's atom_authenticate must return a Principal with a subject, or nothing.")
    if not (_storable(found.subject) and _storable(found.tenant)):
        raise Forbidden(
            "The host knows you by a name that can't be stored: it is too long or holds control characters."
        )
    here = state()
    here.caller = here.principal = found
    return found


def _storable(name: str) -> bool:
    return 0 < len(name) <= _LONGEST_NAME and not _UNFIT.search(name)


def principal() -> Principal:
    """Return who acts in this request; raise `NotSignedIn` where nobody does."""
    found = state().principal
    if found is None:
        raise nobody()
    return found


def nobody() -> NotSignedIn:
    """Return the error for a request that nobody signed."""
    return NotSignedIn("Sign in first: this address needs a bearer token or a session of the ATOM host.")


def assert_user(values: list[str]) -> None:
    """Compare the `user_id` values of a request with who signed in.

    Raises `InvalidInput` for more than one and `Forbidden` for another person, which is audited. A caller who holds the
    scope ``shopify:act_as`` acts for the named person, within the own tenant, from here on; that is audited too.
    """
    if not values:
        return
    here = state()
    repeated = len(values) > 1 or here.saw_user_id
    here.saw_user_id = True
    if repeated:
        raise InvalidInput("user_id was given twice.", [Fault("/user_id", "Give it once, or not at all.", "repeated")])
    caller, claimed = principal(), values[0]
    if claimed == caller.subject:
        return
    if ACT_AS in caller.scopes and claimed.strip() and _storable(claimed):
        here.principal = replace(caller, subject=claimed, via=f"{caller.via} by {caller.subject}")
        return
    here.refused_user = claimed
    raise Forbidden("user_id names somebody else. Leave it out: you act as the person you signed in as.")


def refuse_foreign_page(public_url: str) -> None:
    """Refuse a write that a browser sends with its cookies from a page of another site (`Forbidden`).

    Requests with an `Authorization` header need no such check: a foreign page can't set it.
    """
    headers = request.headers
    if request.method in _SAFE_METHODS or "Authorization" in headers or "Cookie" not in headers:
        return
    site, origin = headers.get("Sec-Fetch-Site"), headers.get("Origin")
    public = urlsplit(public_url)
    own = f"{public.scheme}://{public.netloc}"
    if (site is not None and site not in ("same-origin", "none")) or (origin is not None and origin != own):
        raise Forbidden("This write came from a page of another site.")
