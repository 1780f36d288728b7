"""Routes of the control API that concern one store: what happens to the app's access to it (see `control_api`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.sandbox import id_tokens, oauth, scopes
from atom_shopify_plugin.sandbox.accounts import CUSTOM_APP, Account
from atom_shopify_plugin.sandbox.control_bodies import Body, finite, only, wanted, whole

if TYPE_CHECKING:
    from atom_shopify_plugin.sandbox.state import SandboxState

__all__ = ["STORE_ROUTES", "shown"]


def shown(sandbox: SandboxState, account: Account) -> dict[str, Any]:
    """Describe a store as the platform sees it."""
    granted = account.tokens.installed(sandbox.app.client_id)
    bucket = account.bucket(sandbox.app.client_id)
    return {
        "shop": account.domain,
        "aliases": sandbox.aliases(account.domain),
        "plan": account.plan,
        "switches": asdict(account.switches),
        "installed": granted is not None,
        "scopes": sorted(granted or ()),
        "tokens": account.tokens.counts(),
        "bucket": bucket.status(bucket.available()),
    }


def _revoke(sandbox: SandboxState, account: Account, body: Body) -> dict[str, Any]:
    what = only(body, "what").get("what", "all")
    if what not in ("access", "refresh", "all"):
        raise ValueError("`what` must be access, refresh or all.")
    account.tokens.revoke(sandbox.app.client_id, what)
    return shown(sandbox, account)


def _uninstall(sandbox: SandboxState, account: Account, _body: Body) -> dict[str, Any]:
    ours, own = (account.tokens.installed(app) is not None for app in (sandbox.app.client_id, CUSTOM_APP))
    account.uninstall(CUSTOM_APP if own and not ours else sandbox.app.client_id)
    return shown(sandbox, account)


def _scopes(sandbox: SandboxState, account: Account, body: Body) -> dict[str, Any]:
    account.set_scopes(sandbox.app.client_id, _scope_list(wanted(body, "scopes")))
    return shown(sandbox, account)


def _scope_list(value: Any) -> frozenset[str]:
    return scopes.parse(",".join(map(str, value)) if isinstance(value, list) else str(value))


def _plan(sandbox: SandboxState, account: Account, body: Body) -> dict[str, Any]:
    account.change_plan(str(wanted(body, "plan")))
    return shown(sandbox, account)


def _bucket(sandbox: SandboxState, account: Account, body: Body) -> dict[str, Any]:
    account.bucket(sandbox.app.client_id).fill(finite(body, "available"))
    return shown(sandbox, account)


def _switches(sandbox: SandboxState, account: Account, body: Body) -> dict[str, Any]:
    account.switches = account.switches.changed(body)
    return shown(sandbox, account)


def _alias(sandbox: SandboxState, account: Account, body: Body) -> dict[str, Any]:
    sandbox.add_alias(account.domain, str(wanted(body, "alias")))
    return shown(sandbox, account)


def _admin_token(sandbox: SandboxState, account: Account, body: Body) -> dict[str, Any]:
    granted = _scope_list(body["scopes"]) if "scopes" in only(body, "scopes") else sandbox.app.scopes
    return {"access_token": account.tokens.admin_token(CUSTOM_APP, granted).value, "scope": scopes.join(granted)}


def _id_token(sandbox: SandboxState, account: Account, body: Body) -> dict[str, Any]:
    only(body, "user", "life")
    user, life = whole(body, "user", oauth.ONLINE_USER["id"]), whole(body, "life", id_tokens.LIFE)
    token = sandbox.issue_id_token(account.domain, user=user, life=life)
    return {"id_token": token, "url": oauth.embedded_url(sandbox.app, account, sandbox.clock, token)}


STORE_ROUTES: dict[tuple[str, str], Callable[[SandboxState, Account, Body], dict[str, Any]]] = {
    ("POST", "revoke-tokens"): _revoke,
    ("POST", "uninstall"): _uninstall,
    ("POST", "scopes"): _scopes,
    ("POST", "plan"): _plan,
    ("POST", "bucket"): _bucket,
    ("POST", "switches"): _switches,
    ("POST", "aliases"): _alias,
    ("POST", "admin-token"): _admin_token,
    ("POST", "id-token"): _id_token,
}
