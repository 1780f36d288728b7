"""One-time OAuth states, bound to a person, a browser and a store."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import select, update

from atom_shopify_plugin.errors import Conflict, InvalidInput
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.storage.database.base import Repository, changed, digest
from atom_shopify_plugin.storage.stores.tables import Flow, OAuthState

__all__ = ["LIFE", "OAuthStates"]

LIFE = timedelta(minutes=10)
_AHEAD = timedelta(minutes=1)


class OAuthStates(Repository):
    """The connections that have been begun."""

    def issue(
        self, principal: Principal, shop: ShopDomain, *, browser: str, return_to: str, begun_as: str | None = None
    ) -> str:
        """Return a new state of 256 random bits; only its hash is stored. It lives 10 minutes.

        `begun_as` is the name that the person gave for the store, where it has another one.
        """
        state = secrets.token_urlsafe(32)
        with self._database.begin() as session:
            now = self._database.now(session)
            session.add(
                OAuthState(
                    id=digest(state),
                    tenant=principal.tenant,
                    subject=principal.subject,
                    browser_hash=digest(browser),
                    shop_domain=shop.name,
                    begun_as=begun_as,
                    return_to=return_to,
                    created_at=now,
                    expires_at=now + LIFE,
                )
            )
        return state

    def consume(self, state: str, principal: Principal | None, *, browser: str) -> Flow:
        """Use a state up and return its flow; of any number of callers exactly one gets it. Compare the flow's store.

        Shopify's redirect may come without a signed-in person: then the browser binding stands for them. Raise
        `Conflict` to the one who already used it (``details.reason``: ``already_connected`` or ``in_progress``), and
        `InvalidInput` to everybody else, without saying which of the bindings was wrong.
        """
        own = [
            OAuthState.id == digest(state),
            OAuthState.browser_hash == digest(browser),
        ]
        if principal is not None:
            own += [OAuthState.tenant == principal.tenant, OAuthState.subject == principal.subject]
        with self._database.begin() as session:
            now = self._database.now(session)
            # After the clock went back, a state must not live for longer than was said.
            alive = [OAuthState.expires_at > now, OAuthState.created_at <= now + _AHEAD]
            unused = [OAuthState.consumed_at.is_(None), *alive]
            won = changed(session, update(OAuthState).where(*own, *unused).values(consumed_at=now))
            row = session.scalar(select(OAuthState).where(*own))
        if row is None or (not won and row.consumed_at is None):
            raise InvalidInput("This connection was not begun here, or too long ago. Please start again.")
        shop = ShopDomain(row.shop_domain)
        if won:
            return Flow(row.id, Principal(row.subject, row.tenant, via="oauth"), shop, row.return_to, row.begun_as)
        if row.finished_at is not None:
            raise Conflict(
                f"{shop} is already connected: this page was loaded a second time.",
                details={"reason": "already_connected", "shop": shop.name},
            )
        raise Conflict(
            f"The connection of {shop} is under way or did not finish. Look at your stores, or start again.",
            details={"reason": "in_progress", "shop": shop.name},
        )
