"""Policies: what somebody may do in a store, and what was taken of the limits of a day.

A limit is taken in one statement that adds only where the sum stays within it, so that no two processes can exceed it.
It is taken before the write is sent and given back only where the write certainly had no effect.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import BigInteger, String, UniqueConstraint, delete, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from atom_shopify_plugin.errors import Conflict
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.storage.database.base import (
    Base,
    Repository,
    changed,
    id_column,
    insert,
    installation_column,
    is_id,
    new_id,
)

__all__ = [
    "ANY",
    "EVERYBODY",
    "Kind",
    "Policies",
    "PolicyRow",
    "PolicyUsage",
    "Rule",
    "Share",
]

Kind = Literal["allow", "deny", "read_only", "limit"]
EVERYBODY = "*"
"""The subject of a policy for all people of the store's tenant."""
ANY = ""
"""The interface of a policy that holds for all of them."""
_MOST_RULES = 500


class PolicyRow(Base):
    """A rule of a store's owner for one subject. Amounts are ten-thousandths of the store's currency."""

    __tablename__ = "shopify_policies"
    __table_args__ = (
        UniqueConstraint(
            "installation_id", "tenant", "subject", "via", "tool", "kind", name="uq_shopify_policies_rule"
        ),
    )

    id: Mapped[str] = id_column()
    installation_id: Mapped[str] = installation_column()
    tenant: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    via: Mapped[str] = mapped_column(String(32))
    tool: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(16))
    amount: Mapped[int | None] = mapped_column(BigInteger)
    quantity: Mapped[int | None] = mapped_column(BigInteger)
    calls: Mapped[int | None] = mapped_column(BigInteger)
    approve: Mapped[bool]
    created_by: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime]


class PolicyUsage(Base):
    """What was taken of a limit by one subject on one day of the store."""

    __tablename__ = "shopify_policy_usage"

    policy_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    installation_id: Mapped[str] = installation_column(index=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    quantity: Mapped[int] = mapped_column(BigInteger)
    calls: Mapped[int] = mapped_column(BigInteger)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A stored policy. With `approve`, what is beyond a limit waits for an owner; otherwise it is refused."""

    id: str
    subject: str
    via: str
    tool: str
    kind: Kind
    amount: int | None
    quantity: int | None
    calls: int | None
    approve: bool
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one call takes of a limit; None where that is not known, which no limit of that kind allows."""

    rule: Rule
    day: str
    amount: int | None = 0
    quantity: int | None = 0
    calls: int = 1

    @property
    def known(self) -> bool:
        return not (
            (self.rule.amount is not None and self.amount is None)
            or (self.rule.quantity is not None and self.quantity is None)
        )


class Policies(Repository):
    """The policies of all stores. They go with their store."""

    def put(self, store_id: str, tenant: str, rule: Rule) -> Rule:
        """Store a rule in place of one for the same subject, interface, tool and kind; raise `Conflict` for too many.

        What was taken of a limit counts against the new one, too.
        """
        chosen = [
            PolicyRow.installation_id == store_id,
            PolicyRow.tenant == tenant,
            PolicyRow.subject == rule.subject,
            PolicyRow.via == rule.via,
            PolicyRow.tool == rule.tool,
            PolicyRow.kind == rule.kind,
        ]
        values = {name: getattr(rule, name) for name in ("amount", "quantity", "calls", "approve", "created_by")}
        with self._database.begin() as session:
            now = self._database.now(session)
            row = session.scalar(select(PolicyRow).where(*chosen).with_for_update())
            if row is None:
                some = session.scalars(select(PolicyRow.id).where(PolicyRow.installation_id == store_id)).all()
                if len(some) >= _MOST_RULES:
                    raise Conflict(f"A store has at most {_MOST_RULES} policies. Remove some first.")
                row = PolicyRow(id=new_id(), installation_id=store_id, tenant=tenant)
                row.subject, row.via, row.tool, row.kind = rule.subject, rule.via, rule.tool, rule.kind
                session.add(row)
            for name, value in values.items():
                setattr(row, name, value)
            row.created_at = now
            session.flush()
            return _rule(row)

    def remove(self, store_id: str, tenant: str, policy_id: str) -> Rule | None:
        """Delete a rule and return it, None where the store has none of that id."""
        if not is_id(policy_id):
            return None
        chosen = (PolicyRow.id == policy_id, PolicyRow.installation_id == store_id, PolicyRow.tenant == tenant)
        with self._database.begin() as session:
            row = session.scalar(select(PolicyRow).where(*chosen))
            if row is None:
                return None
            found = _rule(row)
            changed(session, delete(PolicyUsage).where(PolicyUsage.policy_id == policy_id))
            changed(session, delete(PolicyRow).where(*chosen))
        return found

    def all_of(self, store_id: str, tenant: str) -> list[Rule]:
        """Return the rules of a store for the people of a tenant, by subject and tool."""
        chosen = select(PolicyRow).where(PolicyRow.installation_id == store_id, PolicyRow.tenant == tenant)
        with self._database.read() as session:
            ordered = chosen.order_by(PolicyRow.subject, PolicyRow.via, PolicyRow.tool, PolicyRow.kind)
            return [_rule(row) for row in session.scalars(ordered)]

    def of(self, principal: Principal, store_id: str) -> list[Rule]:
        """Return the rules that hold for a caller in a store."""
        chosen = select(PolicyRow).where(
            PolicyRow.installation_id == store_id,
            PolicyRow.tenant == principal.tenant,
            PolicyRow.subject.in_((principal.subject, EVERYBODY)),
            or_(PolicyRow.via == ANY, PolicyRow.via == principal.via.partition(" ")[0]),
        )
        with self._database.read() as session:
            return [_rule(row) for row in session.scalars(chosen.order_by(PolicyRow.id))]

    def used(self, rule: Rule, subject: str, day: str) -> tuple[int, int, int]:
        """Return what a subject has taken of a limit on a day: amount, quantity, calls."""
        with self._database.read() as session:
            row = session.get(PolicyUsage, (rule.id, subject, day))
            return (0, 0, 0) if row is None else (row.amount, row.quantity, row.calls)

    def take(self, store_id: str, subject: str, shares: Sequence[Share]) -> Share | None:
        """Take all shares, or none of them and return the first that doesn't fit."""
        try:
            with self._database.begin() as session:
                # In one order: two calls that take of the same limits can't wait for each other.
                for share in sorted(shares, key=lambda one: one.rule.id):
                    _take(session, store_id, subject, share)
        except _Full as full:
            return full.share
        return None

    def give_back(self, subject: str, shares: Sequence[Share]) -> None:
        """Undo a `take` whose write had no effect."""
        with self._database.begin() as session:
            for share in sorted(shares, key=lambda one: one.rule.id):
                changed(
                    session,
                    update(PolicyUsage)
                    .where(*_slot(share, subject))
                    .values(
                        amount=PolicyUsage.amount - (share.amount or 0),
                        quantity=PolicyUsage.quantity - (share.quantity or 0),
                        calls=PolicyUsage.calls - share.calls,
                    ),
                )


class _Full(Exception):
    """Rolls the transaction back."""

    def __init__(self, share: Share) -> None:
        super().__init__()
        self.share = share


def _slot(share: Share, subject: str) -> tuple[Any, ...]:
    return (PolicyUsage.policy_id == share.rule.id, PolicyUsage.subject == subject, PolicyUsage.day == share.day)


def _take(session: Session, store_id: str, subject: str, share: Share) -> None:
    rule = share.rule
    if not share.known:
        raise _Full(share)
    empty = {
        "policy_id": rule.id,
        "subject": subject,
        "day": share.day,
        "installation_id": store_id,
        "amount": 0,
        "quantity": 0,
        "calls": 0,
    }
    session.execute(insert(session, PolicyUsage).values(**empty).on_conflict_do_nothing())
    # The limits are read from the row of the rule: one that was lowered or removed meanwhile counts as it is now.
    within = [
        select(PolicyRow.id)
        .where(
            PolicyRow.id == rule.id,
            *(
                or_(limit.is_(None), limit >= used + taken)
                for limit, used, taken in (
                    (PolicyRow.amount, PolicyUsage.amount, share.amount or 0),
                    (PolicyRow.quantity, PolicyUsage.quantity, share.quantity or 0),
                    (PolicyRow.calls, PolicyUsage.calls, share.calls),
                )
            ),
        )
        .correlate(PolicyUsage)
        .exists()
    ]
    added = update(PolicyUsage).where(*_slot(share, subject), *within)
    values = {
        "amount": PolicyUsage.amount + (share.amount or 0),
        "quantity": PolicyUsage.quantity + (share.quantity or 0),
        "calls": PolicyUsage.calls + share.calls,
    }
    if changed(session, added.values(**values)) != 1:
        raise _Full(share)


def _rule(row: PolicyRow) -> Rule:
    return Rule(
        id=row.id,
        subject=row.subject,
        via=row.via,
        tool=row.tool,
        kind=row.kind,  # type: ignore[arg-type]
        amount=row.amount,
        quantity=row.quantity,
        calls=row.calls,
        approve=row.approve,
        created_by=row.created_by,
        created_at=row.created_at,
    )
