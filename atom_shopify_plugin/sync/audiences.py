"""Audiences that are kept in step: every quarter of an hour their members get the tag, and who left loses it."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from atom_shopify_plugin.analytics.view import View
from atom_shopify_plugin.errors import Conflict, Forbidden
from atom_shopify_plugin.service import audience_tags
from atom_shopify_plugin.storage import NewJob, Store
from atom_shopify_plugin.storage.insight.audiences import ADD, REMOVE
from atom_shopify_plugin.stores.acting import Acting
from atom_shopify_plugin.sync.sweeps import EVERY, put, store_of

if TYPE_CHECKING:
    from atom_shopify_plugin.services import Services
    from atom_shopify_plugin.storage import Job
    from atom_shopify_plugin.storage.insight.audiences import Audience

__all__ = ["KIND", "run", "upkeep"]

log = logging.getLogger(__name__)

KIND = audience_tags.JOB
_SLICE = 10.0  # seconds that a job works before others have its thread


def upkeep(services: Services) -> None:
    """Place a job for each store whose audiences are kept in step; called about once a minute."""
    storage = services.storage
    now = storage.now().timestamp()
    for installation_id in storage.audiences.unfinished():
        store = storage.installed.store(installation_id)
        if store is None:
            continue
        new = NewJob(
            kind=KIND,
            app=store.app,
            shop=store.shop.name,
            dedupe=f"{store.id}|{store.epoch}|{int(now // EVERY)}",
            subject=KIND,
            installation_id=store.id,
            epoch=store.epoch,
        )
        put(services, new)


def run(services: Services, job: Job) -> float | None:
    """Bring the tags of a store's audiences in step; return 0 if there is more to do, None once all is done."""
    store = store_of(services, job)
    if store is None or services.storage.installed.is_read_only(store.id) is not False:
        return None
    storage, until = services.storage, time.monotonic() + _SLICE
    mirror = storage.mirrors.get(store.id)
    if mirror is None:
        return None
    with storage.read() as session:
        audiences = storage.audiences.of(session, store.id)
    left = 0
    for one in audiences:
        if not one.tag:
            continue
        if one.pushed_by is None:
            log.info("An audience is not kept up to date, because nobody is recorded as responsible: push it again.")
            continue
        shop = services.open_shop(store, Acting(one.pushed_by, "audience_push"))
        try:
            shop.require_writable()
            if one.keep_in_step:
                _plan(services, store, one)
            audience_tags.work(shop, mirror, one, until)
        except Forbidden as error:
            # It goes on with the first round in which the person may do it again.
            log.warning("An audience of %s is not kept in step: %s", store.shop, error.message)
            continue
        with storage.read() as session:
            counts = storage.audiences.counts(session, mirror, one.id)
        left += counts.get(ADD, 0) + counts.get(REMOVE, 0)
    return 0.0 if left else None


def _plan(services: Services, store: Store, one: Audience) -> None:
    """Write down who has entered an audience or left it since tags were given; nothing where that can't be known."""
    storage = services.storage
    try:
        with storage.read() as session:
            plan = audience_tags.plan_of(View.of(storage, store, session, ("orders", "customers")), one, one.tag)
    except Conflict as error:  # no copy, or too many members
        log.info("An audience can't be kept in step: %s", error.message)
        return
    if plan.size:
        with storage.begin() as session:
            mirror = storage.mirrors.lock(session, store)
            storage.audiences.plan(session, mirror, one.id, plan.add, plan.remove)
