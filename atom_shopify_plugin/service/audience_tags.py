"""The members of an audience as customers with a tag in Shopify.

What is to be done is a row for each customer, written before anything is sent: a process that dies costs nothing, and
adding or removing a tag again changes nothing. Only a tag that this audience added is removed again.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from atom_shopify_plugin.analytics.audiences import Membership
from atom_shopify_plugin.analytics.view import View
from atom_shopify_plugin.errors import Conflict, Forbidden, OutcomeUnknown, Rejected
from atom_shopify_plugin.process import crashpoints
from atom_shopify_plugin.service.audiences import copied, found
from atom_shopify_plugin.service.background import Pending
from atom_shopify_plugin.shopify.ids import gid
from atom_shopify_plugin.storage import NewJob
from atom_shopify_plugin.storage.insight.audiences import ADD, ADDED, REMOVE, Audience
from atom_shopify_plugin.storage.insight.mirrors import Mirror
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["push", "pushed"]

Json = dict[str, Any]
JOB = "audiences"
"""The kind of the jobs that go on with what is planned."""
MOST = 50_000
"""Members of an audience that gets a tag."""
_SLICE = 0.7  # seconds that a look works
_SOME = 50


@dataclass(frozen=True, slots=True)
class Plan:
    """Who gets the tag, who loses it, and how many have it already."""

    add: list[int]
    remove: list[int]
    have: int

    @property
    def size(self) -> int:
        return len(self.add) + len(self.remove)


def push(
    shop: Shop, *, audience: str, tag: str | None = None, keep_in_step: bool | None = None, take_back: bool = False
) -> Pending:
    """Begin to give the members of an audience its tag, and to take it from those who left.

    With `take_back` all customers who got it from the audience lose it. Raise `NotFound`, `NotSynced` and `Conflict`.
    """
    with copied(shop) as view:
        one = found(shop, view.session, audience)
        chosen = _tag(shop, view, one, tag)
        plan = plan_of(view, one, chosen, take_back=take_back)
    _tell(shop, plan)
    if plan.size:
        first, operation = (plan.add or plan.remove)[0], "CustomerTagsAdd" if plan.add else "CustomerTagsRemove"
        then = ["CustomerTagsRemove"] if plan.add and plan.remove else []
        shop.announce(operation, {"id": gid("Customer", first), "tags": [chosen]}, then=then)
    shop.keep_here()
    step = one.keep_in_step if keep_in_step is None else keep_in_step
    storage = shop.storage
    with storage.begin() as session:
        mirror = storage.mirrors.lock(session, shop.store)
        values = {"tag": chosen, "keep_in_step": int(step and not take_back), "pushed_at": storage.now(session)}
        storage.audiences.change(session, one.id, **values, pushed_by=shop.writer)
        storage.audiences.plan(session, mirror, one.id, plan.add, plan.remove)
    crashpoints.at("audience_planned")
    if plan.size > _SOME:
        storage.jobs.put(_job(shop, storage.now().isoformat()))
    look = {
        "audience": one.id,
        "tag": chosen,
        "add": str(len(plan.add)),
        "remove": str(len(plan.remove)),
        "failed": "0",
    }
    return Pending({**look, "end": str(int(take_back))}, 0.2, done=0, total=plan.size, message=_SAID)


_SAID = "Customers get the tag of the audience, or lose it."


def pushed(shop: Shop, look: Mapping[str, str], **_given: Any) -> Pending | Json:
    """Go on with the tags of an audience for a moment: return what was done once nothing is left, `Pending` until then.

    That writes, although others only look: what is planned is stored, and doing it twice changes nothing.
    """
    storage = shop.storage
    with storage.read() as session:
        one = storage.audiences.find(session, shop.store.id, look["audience"])
        mirror = storage.mirrors.find(session, shop.store.id)
    if one is None or mirror is None or one.tag != look["tag"]:
        raise OutcomeUnknown(
            "The audience, its tag or the copy of the store was deleted meanwhile. Look at the tags in the store.",
            details={"audience": look["audience"]},
        )
    if storage.installed.is_read_only(shop.store.id) is not False:
        return Pending(look, 60.0, message="The store is read-only: tags are given once its owner allows writes again.")
    try:
        shop.require_writable()
    except Forbidden as error:
        return Pending(look, 60.0, message=f"It waits: {error.message}")
    failed = int(look["failed"]) + work(shop, mirror, one, time.monotonic() + _SLICE)
    total = int(look["add"]) + int(look["remove"])
    with storage.read() as session:
        counts = storage.audiences.counts(session, mirror, one.id)
    left = counts.get(ADD, 0) + counts.get(REMOVE, 0)
    if left:
        return Pending(
            {**look, "failed": str(failed)}, 0.2, done=max(total - left, 0), total=max(total, left), message=_SAID
        )
    if look["end"] == "1":
        with storage.begin() as session:
            storage.audiences.change(session, one.id, tag="", keep_in_step=0)
    return {
        "audience": {"id": one.id, "name": one.name},
        "tag": None if look["end"] == "1" else one.tag,
        "keep_in_step": one.keep_in_step,
        "tagged": counts.get(ADDED, 0),
        "counts": {"added": int(look["add"]), "removed": int(look["remove"]), "failed": failed},
    }


def work(shop: Shop, mirror: Mirror, one: Audience, until: float) -> int:
    """Add and remove tags that are planned, until a moment of `time.monotonic`; return how many Shopify refused."""
    storage, failed = shop.storage, 0
    while True:
        with storage.read() as session:
            some = storage.audiences.planned(session, mirror, one.id, _SOME)
        for customer, state in some:
            refused = False
            try:
                operation = "CustomerTagsAdd" if state == ADD else "CustomerTagsRemove"
                shop.root(operation, {"id": gid("Customer", customer), "tags": [one.tag]})
            except Rejected:  # the customer was deleted, or has no room for a tag
                refused = True
                failed += 1
            crashpoints.at("audience_tagged")
            with storage.begin() as session:
                added = state == ADD and not refused
                storage.audiences.settle(session, mirror, one.id, customer, state=state, added=added)
            if time.monotonic() > until:
                return failed
        if not some:
            return failed


def plan_of(view: View, one: Audience, tag: str, *, take_back: bool = False) -> Plan:
    """Return who is to get the tag of an audience, and who of those that got it from the audience is to lose it."""
    audiences = view.storage.audiences
    ours = audiences.tagged(view.session, view.mirror, one.id)
    wanted = set() if take_back else set(_all(view, one.match, one.rules, one.name))
    holders = (
        set(_all(view, "all", [{"attribute": "tags", "operator": "has", "value": tag}], None)) if wanted else set()
    )
    add = [number for number in wanted if ours.get(number) == REMOVE or (number not in ours and number not in holders)]
    add += [number for number in wanted if ours.get(number) == ADD]
    remove = [number for number in ours if number not in wanted]
    return Plan(sorted(set(add)), sorted(remove), len(ours) + len(holders - set(ours)))


def _all(view: View, match: str, rules: Any, name: str | None) -> list[int]:
    members = Membership(view, match, rules).all(MOST if name is not None else 10 * MOST)
    if name is not None and len(members) > MOST:
        raise Conflict(f"“{name}” has more than {MOST:,} members: narrow it down, or make a segment in Shopify.")
    return members


def _tag(shop: Shop, view: View, one: Audience, tag: str | None) -> str:
    """Return the tag of an audience; raise `Conflict` where it has another one, or another audience has this one."""
    chosen = (tag or one.tag or one.name.replace(",", " ")).strip()
    if one.tag and one.tag != chosen and view.storage.audiences.tagged(view.session, view.mirror, one.id):
        raise Conflict(
            f"Customers have the tag “{one.tag}” from this audience. Remove it first: call this action with take_back, "
            "then again with the new tag."
        )
    for other in shop.storage.audiences.of(view.session, shop.store.id):
        if other.id != one.id and other.tag.casefold() == chosen.casefold():
            raise Conflict(f"The audience “{other.name}” gives the tag “{chosen}”. Choose another one.")
    return chosen


def _tell(shop: Shop, plan: Plan) -> None:
    after = plan.have + len(plan.add) - len(plan.remove)
    shop.told |= {"add": len(plan.add), "remove": len(plan.remove), "have": plan.have}
    shop.told["changes"] = (
        [{"field": "customers with the tag", "before": plan.have, "after": after}] if plan.size else []
    )


def _job(shop: Shop, reason: str) -> NewJob:
    store = shop.store
    return NewJob(
        kind=JOB,
        app=store.app,
        shop=store.shop.name,
        dedupe=f"{store.id}|{store.epoch}|{reason}",
        subject=JOB,
        installation_id=store.id,
        epoch=store.epoch,
    )
