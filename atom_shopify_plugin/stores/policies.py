"""Policies: what an owner lets somebody do in a store, asked before each call and managed by owners.

They hold for every interface or for one, such as agents (``mcp``). What can't be asked is refused: an error of the
storage ends the call before anything is sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from math import ceil
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.errors import ApprovalNeeded, OverLimit, PolicyDenied, ReadOnly
from atom_shopify_plugin.storage.calls.policies import Rule, Share
from atom_shopify_plugin.stores.moments import zone_named

if TYPE_CHECKING:
    from atom_shopify_plugin.catalog.model import Action
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.storage import Storage, Store

__all__ = ["PARTS", "Claim", "Policies", "covers", "shown_amount"]

PARTS = 10_000
"""Of one unit of a currency: amounts are counted in ten-thousandths, finer than any currency."""
_MOST = 10**15 * PARTS


@dataclass(frozen=True, slots=True)
class Claim:
    """What one write takes of the limits, and the approval that lets it go beyond them."""

    store_id: str
    subject: str
    shares: Sequence[Share] = ()
    approval: str | None = None


def covers(tool: str, action: Action) -> bool:
    """Tell whether the tool of a policy means an action: its key, its domain, the kind that it counts as, or all."""
    return tool in ("*", action.key, action.domain, action.counts.kind if action.counts else None)


class Policies:
    """Asks the policies of a caller in a store. Nobody has any unless an owner has set them."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def allow(self, principal: Principal, store: Store, action: Action, *, writes: bool) -> None:
        """Raise `PolicyDenied` or `ReadOnly` for an action that the caller may not use, or not write with."""
        rules = self._storage.policies.of(principal, store.id)
        if not rules:
            return
        if any(rule.kind == "deny" and covers(rule.tool, action) for rule in rules):
            raise _denied(store, action, "A policy denies")
        allowed = [rule for rule in rules if rule.kind == "allow"]
        named = any(rule.tool == action.key for rule in allowed)
        if allowed and not any(covers(rule.tool, action) for rule in allowed):
            raise _denied(store, action, "No policy allows")
        # A document of the caller's own could do whatever a rule forbids.
        if action.does_anything and not named and any(rule.kind != "read_only" for rule in rules):
            raise _denied(
                store, action, "It runs any document, so that a policy has to allow it by its name, and none does:"
            )
        if writes and any(rule.kind == "read_only" and covers(rule.tool, action) for rule in rules):
            raise ReadOnly(
                f"A policy lets you change nothing in {store.shop} with {action.key}. An owner of the store can change "
                "the policy: `atom-shopify policy list` shows it.",
                details={"reason": "policy", "shop": store.shop.name, "action": action.key},
            )

    def claim(
        self, principal: Principal, store: Store, action: Action, checked: Mapping[str, Any], before: Any, mark: str
    ) -> Claim:
        """Return what a write will take of the limits; `mark` is the hash of its input, which an approval is for."""
        rules = [
            rule
            for rule in self._storage.policies.of(principal, store.id)
            if rule.kind == "limit" and covers(rule.tool, action)
        ]
        empty = Claim(store.id, principal.subject)
        if not rules:
            return empty
        day = self._today(store)
        shares = [_share(rule, day, action, checked, before, store.currency) for rule in rules]
        if all(rule.approve for rule in rules):
            approval = self._storage.approvals.approved(principal, store.id, action.key, mark)
            return replace(empty, shares=shares, approval=approval)
        return replace(empty, shares=shares)

    def excess(self, claim: Claim) -> Share | None:
        """Return the first share that would not fit now, None where all do or the call was approved."""
        if claim.approval is not None:
            return None
        return next((share for share in claim.shares if not self._fits(claim.subject, share)), None)

    def take(self, claim: Claim) -> Share | None:
        """Take what a write needs, or nothing and return the share that doesn't fit.

        An approval is used up, and nothing is counted: it goes beyond what needs no asking.
        """
        if claim.approval is not None and self._storage.approvals.move(claim.approval, "approved", "used"):
            return None
        if claim.approval is not None:
            return claim.shares[0]
        if not claim.shares:
            return None
        alone = next((share for share in claim.shares if not _alone(share)), None)
        return alone or self._storage.policies.take(claim.store_id, claim.subject, claim.shares)

    def give_back(self, claim: Claim) -> None:
        """Return what a write took that certainly had no effect; the approval holds again."""
        if claim.approval is not None:
            self._storage.approvals.move(claim.approval, "used", "approved")
        elif claim.shares:
            self._storage.policies.give_back(claim.subject, claim.shares)

    def refusal(
        self, principal: Principal, store: Store, action: Action, full: Share, claim: Claim, mark: str, audit_id: str
    ) -> OverLimit | ApprovalNeeded:
        """Return the error of a call that doesn't fit; it waits for an approval where the policies let it."""
        details = self._told(full, claim.subject, store)
        why = _words(details, store)
        if not all(share.rule.approve for share in claim.shares):
            return OverLimit(
                f"{why} Nothing was done. The limit begins anew with the next day of {store.shop}; an owner of the "
                "store can change it.",
                details=details,
            )
        waiting = self._storage.approvals.ask(principal, store.id, action.key, mark, audit_id)
        return ApprovalNeeded(
            f"{why} Nothing was done: an owner of {store.shop} has to approve it, with `atom-shopify policy approve "
            f"{store.shop.handle} {waiting.id}`. Afterwards repeat the call unchanged.",
            details={
                **details,
                "approval_id": waiting.id,
                "expires_at": waiting.expires_at.isoformat(timespec="seconds"),
            },
        )

    def _fits(self, subject: str, share: Share) -> bool:
        if not (share.known and _alone(share)):
            return False
        amount, quantity, calls = self._storage.policies.used(share.rule, subject, share.day)
        rule = share.rule
        return (
            (rule.amount is None or amount + (share.amount or 0) <= rule.amount)
            and (rule.quantity is None or quantity + (share.quantity or 0) <= rule.quantity)
            and (rule.calls is None or calls + share.calls <= rule.calls)
        )

    def _told(self, share: Share, subject: str, store: Store) -> dict[str, Any]:
        amount, quantity, calls = self._storage.policies.used(share.rule, subject, share.day)
        rule = share.rule
        told: dict[str, Any] = {"tool": rule.tool, "day": share.day, "limit": {}, "used": {}, "asked": {}}
        if rule.amount is not None:
            told["currency"] = store.currency
            told["limit"]["amount"] = shown_amount(rule.amount)
            told["used"]["amount"] = shown_amount(amount)
            told["asked"]["amount"] = None if share.amount is None else shown_amount(share.amount)
        if rule.quantity is not None:
            told["limit"]["quantity"], told["used"]["quantity"] = rule.quantity, quantity
            told["asked"]["quantity"] = share.quantity
        if rule.calls is not None:
            told["limit"]["calls"], told["used"]["calls"], told["asked"]["calls"] = rule.calls, calls, share.calls
        return told

    def _today(self, store: Store) -> str:
        now: datetime = self._storage.now()
        return now.astimezone(zone_named(store.timezone)).date().isoformat()


def shown_amount(parts: int) -> str:
    """Return a counted amount as text, such as 50 or 49.95."""
    return f"{(Decimal(parts) / PARTS).normalize():f}"


def _denied(store: Store, action: Action, why: str) -> PolicyDenied:
    return PolicyDenied(
        f"{why} {action.key} in {store.shop}. An owner of the store can change that.",
        details={"action": action.key, "shop": store.shop.name},
    )


def _words(told: Mapping[str, Any], store: Store) -> str:
    asked, limit, used = told["asked"], told["limit"], told["used"]
    if "amount" in asked and asked["amount"] is None:
        return (
            f"A policy limits {told['tool']} to {limit['amount']} {store.currency} a day, and nobody can tell how much "
            "this call moves: name the amount, in an order of that currency."
        )
    if "quantity" in asked and asked["quantity"] is None:
        return (
            f"A policy limits {told['tool']} to a quantity of {limit['quantity']} a day, and nobody can tell how much "
            "this call moves: name the quantities."
        )
    parts = [f"{value} {store.currency if name == 'amount' else name} a day" for name, value in limit.items()]
    taken = [f"{value} {store.currency if name == 'amount' else name}" for name, value in used.items()]
    return f"A policy limits {told['tool']} to {' and '.join(parts)}; {' and '.join(taken)} were used today."


def _share(rule: Rule, day: str, action: Action, checked: Mapping[str, Any], before: Any, currency: str) -> Share:
    counts = action.counts
    if counts is not None and counts.when and not any(checked.get(name) for name in counts.when):
        return Share(rule=rule, day=day, amount=0, quantity=0, calls=0)
    amount: int | None = 0
    quantity: int | None = 0
    if rule.amount is not None:
        amount = None
        if counts is not None and counts.amount and _same_currency(before, counts.currency, currency):
            amount = _parts(_at(checked, counts.amount))
    if rule.quantity is not None:
        found = _at(checked, counts.quantity) if counts is not None and counts.quantity else None
        quantity = _whole(found)
    return Share(rule=rule, day=day, amount=amount, quantity=quantity)


def _same_currency(before: Any, path: str, currency: str) -> bool:
    found = list(_values(before, path.split(".")))
    return bool(currency) and found == [currency]


def _at(checked: Mapping[str, Any], path: str) -> list[Any] | None:
    """Return the values at a path, None where one of them is missing."""
    found = list(_values(checked, path.split(".")))
    return None if not found or None in found else found


def _values(value: Any, path: Sequence[str]) -> Iterator[Any]:
    if not path:
        yield value
    elif path[0] == "*":
        for item in value if isinstance(value, list) else [None]:
            yield from _values(item, path[1:])
    else:
        yield from _values(value.get(path[0]) if isinstance(value, Mapping) else None, path[1:])


def _parts(values: Sequence[Any] | None) -> int | None:
    """Return the sum of amounts in ten-thousandths, rounded up."""
    if values is None:
        return None
    try:
        total: Decimal = sum((abs(Decimal(str(value))) for value in values), Decimal(0))
    except InvalidOperation:
        return None
    return None if not total.is_finite() or total * PARTS > _MOST else ceil(total * PARTS)


def _whole(values: Sequence[Any] | None) -> int | None:
    if values is None or not all(isinstance(value, int) and not isinstance(value, bool) for value in values):
        return None
    total: int = sum(abs(value) for value in values)
    return total


def _alone(share: Share) -> bool:
    """Tell whether a share would fit into an unused limit; a sum that no database holds is never formed."""
    rule = share.rule
    return (rule.amount is None or (share.amount is not None and share.amount <= rule.amount)) and (
        rule.quantity is None or (share.quantity is not None and share.quantity <= rule.quantity)
    )
