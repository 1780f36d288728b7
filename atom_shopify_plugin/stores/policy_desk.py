"""The owners' side of policies: setting, removing and listing them, and answering calls that wait for an approval."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.errors import Fault, Forbidden, InvalidInput, NotFound
from atom_shopify_plugin.storage.calls.notes import note
from atom_shopify_plugin.storage.calls.policies import ANY, Rule
from atom_shopify_plugin.stores.members import require_owner
from atom_shopify_plugin.stores.policies import PARTS, covers, shown_amount
from atom_shopify_plugin.stores.policy_words import HIGHEST_AMOUNT, HIGHEST_COUNT, KINDS, SUBJECT, VIAS
from atom_shopify_plugin.stores.read_only import require_writing_caller

if TYPE_CHECKING:
    from atom_shopify_plugin.catalog.model import Catalog
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.storage import Storage, Store
    from atom_shopify_plugin.storage.calls.approvals import Waiting

__all__ = ["PolicyDesk", "Wish"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A policy as an owner gives it: for `subject` (``*`` for everybody), by `via` ("" for every interface).

    `tool` is the key of an action, a domain, a kind such as ``refunds``, or ``*``. A limit holds at least one of
    `amount` (in the store's currency), `quantity` and `calls`, each for one day and one subject.
    """

    subject: str
    tool: str = "*"
    kind: str = "limit"
    via: str = ANY
    amount: Decimal | None = None
    quantity: int | None = None
    calls: int | None = None
    approve: bool = False


class PolicyDesk:
    """Manages policies. Only owners do, none of them is bound by a policy there, and every change is audited."""

    def __init__(self, catalog: Catalog, storage: Storage) -> None:
        self._catalog = catalog
        self._storage = storage

    def policies(self, principal: Principal, store: Store) -> list[dict[str, Any]]:
        """Return the policies of a store as people see them; raise `Forbidden`."""
        require_owner(store)
        return [self.shown(rule, store) for rule in self._storage.policies.all_of(store.id, principal.tenant)]

    def put(self, principal: Principal, store: Store, wish: Wish, request_id: str | None = None) -> dict[str, Any]:
        """Store a policy in place of one of the same kind, and return it; raise `InvalidInput`, `Forbidden`."""
        self._require_free_owner(principal, store)
        faults = list(self._faults(principal, wish))
        if faults:
            raise InvalidInput.about("The policy", faults)
        rule = Rule(
            id="",
            subject=wish.subject,
            via=wish.via,
            tool=self._named(wish.tool),
            kind=wish.kind,  # type: ignore[arg-type]
            amount=None if wish.amount is None else int(wish.amount * PARTS),
            quantity=wish.quantity,
            calls=wish.calls,
            approve=wish.approve,
            created_by=principal.subject,
            created_at=datetime.now(UTC),
        )
        shown = self.shown(self._storage.policies.put(store.id, principal.tenant, rule), store)
        self._note(principal, store, "policy_set", str(shown["id"]), shown, request_id)
        return shown

    def remove(self, principal: Principal, store: Store, policy_id: str, request_id: str | None = None) -> None:
        """Delete a policy; raise `Forbidden`, `NotFound`."""
        self._require_free_owner(principal, store)
        found = self._storage.policies.remove(store.id, principal.tenant, policy_id)
        if found is None:
            raise NotFound("This store has no such policy.")
        self._note(principal, store, "policy_remove", policy_id, self.shown(found, store), request_id)

    def waiting(self, principal: Principal, store: Store) -> list[dict[str, Any]]:
        """Return the calls that wait for an approval, with their input; raise `Forbidden`."""
        require_owner(store)
        return [self._call(principal, one) for one in self._storage.approvals.waiting(store.id, principal.tenant)]

    def decide(
        self, principal: Principal, store: Store, approval_id: str, approve: bool, request_id: str | None = None
    ) -> dict[str, Any]:
        """Approve a call that waits, or refuse it; raise `Forbidden` for one's own, `NotFound`."""
        self._require_free_owner(principal, store)
        found = self._storage.approvals.find(store.id, principal.tenant, approval_id)
        if found is not None and found.subject == principal.subject and principal.via != "cli":
            # Whoever called may hold the same token: only the shell of the machine is certainly no agent's.
            raise Forbidden("It is your own call: another owner has to approve it, or you in the shell.")
        decided = self._storage.approvals.decide(store.id, approval_id, principal, approve)
        if decided is None:
            raise NotFound("No call of that id waits for an approval.")
        shown = self._call(principal, decided)
        what = "approval_grant" if approve else "approval_refuse"
        self._note(
            principal, store, what, approval_id, {"action": decided.action, "subject": decided.subject}, request_id
        )
        return shown

    def shown(self, rule: Rule, store: Store) -> dict[str, Any]:
        """Return a policy as people see it."""
        limit: dict[str, Any] = {}
        if rule.kind == "limit":
            limit = {
                "amount": None if rule.amount is None else shown_amount(rule.amount),
                "currency": None if rule.amount is None else store.currency,
                "quantity": rule.quantity,
                "calls": rule.calls,
                "approve": rule.approve,
            }
        return {
            "id": rule.id,
            "subject": rule.subject,
            "via": rule.via or None,
            "tool": rule.tool,
            "kind": rule.kind,
            **limit,
            "created_by": rule.created_by,
            "created_at": rule.created_at.isoformat(timespec="seconds"),
        }

    def _call(self, principal: Principal, one: Waiting) -> dict[str, Any]:
        entry = self._storage.audit.get(principal, one.audit_id)
        return {
            "id": one.id,
            "subject": one.subject,
            "action": one.action,
            "state": one.state,
            "input": None if entry is None else entry.input,
            "audit_id": one.audit_id,
            "created_at": one.created_at.isoformat(timespec="seconds"),
            "expires_at": one.expires_at.isoformat(timespec="seconds"),
        }

    def _note(
        self,
        principal: Principal,
        store: Store,
        action: str,
        target: str,
        after: Mapping[str, Any],
        request_id: str | None,
    ) -> None:
        note(self._storage.audit, principal, store, action, target=target, after=after, request_id=request_id)

    def _require_free_owner(self, principal: Principal, store: Store) -> None:
        """Raise unless the caller owns the store and no policy names them at this interface."""
        require_writing_caller(principal)
        require_owner(store)
        if any(rule.subject == principal.subject for rule in self._storage.policies.of(principal, store.id)):
            raise Forbidden("A policy binds you in this store, so that somebody else has to change its policies.")

    def _named(self, tool: str) -> str:
        """Return a tool by the name that it is stored under: an action's key in place of an alias."""
        return tool if self._is_group(tool) else self._catalog.action(tool).key

    def _is_group(self, tool: str) -> bool:
        return tool == "*" or tool in self._catalog.domains or tool in self._catalog.kinds

    def _faults(self, principal: Principal, wish: Wish) -> Iterable[Fault]:
        if len(wish.subject) > 200 or not re.fullmatch(SUBJECT, wish.subject):
            yield Fault("/subject", "It must be a name of 1 to 200 characters, or * for everybody.", "length")
        if wish.kind not in KINDS:
            yield Fault("/kind", f"It must be one of: {', '.join(KINDS)}.", "enum")
        if wish.via not in VIAS:
            yield Fault("/via", f"It must be one of: {', '.join(VIAS[1:])}; leave it out for all.", "enum")
        if not self._is_group(wish.tool):
            try:
                self._catalog.action(wish.tool)
            except NotFound as error:
                known = f"The kinds are {', '.join(self._catalog.kinds)}."
                yield Fault("/tool", f"It must be an action, a domain, a kind or *. {known} {error.message}", "enum")
                return
        if wish.subject == principal.subject and wish.via in ("", principal.via.partition(" ")[0]):
            yield Fault("/via", "You would bind yourself here. Name another interface, such as mcp.", "self")
        yield from self._faults_of_limit(wish, self._named(wish.tool))

    def _faults_of_limit(self, wish: Wish, tool: str) -> Iterable[Fault]:
        given = {"amount": wish.amount, "quantity": wish.quantity, "calls": wish.calls}
        set_ = {name: value for name, value in given.items() if value is not None}
        if wish.kind != "limit":
            for name in (*set_, *(["approve"] if wish.approve else [])):
                yield Fault(f"/{name}", "It goes with a limit.", "kind")
            return
        if not set_:
            yield Fault("/amount", "A limit needs an amount, a quantity or a number of calls.", "required")
        if wish.amount is not None and not (
            wish.amount.is_finite() and 0 <= wish.amount <= HIGHEST_AMOUNT and wish.amount * PARTS % 1 == 0
        ):
            yield Fault("/amount", f"It must be 0 to {HIGHEST_AMOUNT}, with at most 4 decimals.", "range")
        for name in ("quantity", "calls"):
            value = given[name]
            if value is not None and not 0 <= value <= HIGHEST_COUNT:
                yield Fault(f"/{name}", f"It must be a whole number from 0 to {HIGHEST_COUNT}.", "range")
        for name in ("amount", "quantity"):
            if given[name] is not None and not any(
                action.counts is not None and getattr(action.counts, name) and covers(tool, action)
                for action in self._catalog.actions.values()
            ):
                yield Fault(f"/{name}", f"Nothing that {tool} means is known by its {name}. Limit the calls.", "tool")
            elif given[name] is not None and (tool == "*" or tool in self._catalog.domains):
                yield Fault("/tool", f"A limit of the {name} is for one action, or for a kind such as refunds.", "tool")
