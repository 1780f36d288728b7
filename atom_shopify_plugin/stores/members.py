"""The people of a store: who is there, whom an owner invites or dismisses, and who accepts."""

from __future__ import annotations

import re
from datetime import timedelta

from atom_shopify_plugin.errors import Fault, Forbidden, InvalidInput, NotFound
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.storage import Invited, Member, Storage, Store
from atom_shopify_plugin.storage.calls.notes import note
from atom_shopify_plugin.stores.roles import DEFAULT_HOURS, LONGEST_HOURS, ROLES

__all__ = ["Members", "require_owner"]

_TOKEN = re.compile(r"shopinv_[A-Za-z0-9_-]{43}")
_ID = re.compile(r"[0-9a-f]{32}")


class Members:
    """Invitations and memberships. Only owners see and change them, and every change is audited."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def people(self, principal: Principal, store: Store) -> list[Member]:
        """Return who may use the person's store; raise `Forbidden` for somebody who does not own it."""
        require_owner(store)
        return [one for one in self._storage.memberships.people(store.id) if one.tenant == principal.tenant]

    def dismiss(self, principal: Principal, store: Store, subject: str, request_id: str | None = None) -> None:
        """Take a person's access to the store away; raise `Forbidden`, `NotFound`, or `Conflict` for the last owner."""
        require_owner(store)
        self._storage.memberships.dismiss(store.id, Principal(subject, principal.tenant))
        note(
            self._storage.audit,
            principal,
            store,
            "member_remove",
            effect="destructive",
            target=subject,
            request_id=request_id,
        )

    def invite(
        self,
        principal: Principal,
        store: Store,
        *,
        role: str = "member",
        subject: str | None = None,
        hours: int = DEFAULT_HOURS,
        request_id: str | None = None,
    ) -> tuple[Invited, str]:
        """Return a new invitation and its token, which is shown this once and counts once within `hours`.

        With `subject` nobody else can accept it. Raise `InvalidInput`, `Forbidden`, `NotFound`, `Conflict`.
        """
        require_owner(store)
        faults = []
        if role not in ROLES:
            faults.append(Fault("/role", f"It must be one of: {', '.join(ROLES)}.", "enum"))
        if not 1 <= hours <= LONGEST_HOURS:
            faults.append(Fault("/hours", f"It must be a whole number from 1 to {LONGEST_HOURS}.", "range"))
        if subject is not None and not 1 <= len(subject.strip()) <= 200:
            faults.append(Fault("/subject", "It must be a text of 1 to 200 characters.", "length"))
        if faults:
            raise InvalidInput.about("The invitation", faults)
        made, token = self._storage.invitations.issue(
            principal, store, role=role, subject=subject, lifetime=timedelta(hours=hours)
        )
        note(self._storage.audit, principal, store, "invitation_create", target=made.id, request_id=request_id)
        return made, token

    def invitations(self, store: Store) -> list[Invited]:
        """Return the invitations of the person's store that wait, without their tokens; raise `Forbidden`."""
        require_owner(store)
        return self._storage.invitations.waiting(store.id)

    def withdraw(self, principal: Principal, store: Store, invitation_id: str, request_id: str | None = None) -> None:
        """Take an invitation back; raise `Forbidden`, `NotFound`."""
        require_owner(store)
        if not _ID.fullmatch(invitation_id) or not self._storage.invitations.withdraw(store.id, invitation_id):
            raise NotFound("This store has no such invitation.")
        note(self._storage.audit, principal, store, "invitation_revoke", target=invitation_id, request_id=request_id)

    def accept(self, principal: Principal, token: str, request_id: str | None = None) -> Store:
        """Join a store by the token of an invitation; raise `NotFound` for one that does not count."""
        store = self._storage.invitations.accept(principal, token if _TOKEN.fullmatch(token) else "")
        note(self._storage.audit, principal, store, "invitation_accept", request_id=request_id)
        return store


def require_owner(store: Store) -> None:
    """Raise `Forbidden` for a store that its person does not own."""
    if store.role != "owner":
        raise Forbidden(f"Only an owner of {store.shop} may do this.", details={"role": store.role})
