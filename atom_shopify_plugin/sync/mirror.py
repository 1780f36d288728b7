"""Copies of stores in tables of our own: asked for, carried out by one job for each store, and kept in step.

A job works on the streams of its store in turn, for some seconds at a time, so that it holds no thread while Shopify
works. A later one takes over from an earlier one, and goes on where that was.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from atom_shopify_plugin.errors import MissingScope, PluginError, StoreNotConnected, Unavailable, UpstreamError
from atom_shopify_plugin.events.subscribing import Subscribing
from atom_shopify_plugin.shopify.scopes import ALL_ORDERS
from atom_shopify_plugin.storage import Job, LeaseLost, NewJob, Store, new_id
from atom_shopify_plugin.storage.insight.sync_runs import Mode, StreamState, Superseded, Task
from atom_shopify_plugin.sync.mirror_changes import changes, read_again
from atom_shopify_plugin.sync.mirror_full import load
from atom_shopify_plugin.sync.mirror_sales import SALES, read_sales_again, sales
from atom_shopify_plugin.sync.mirror_seen import sweep
from atom_shopify_plugin.sync.mirror_streams import CATALOGUE
from atom_shopify_plugin.sync.mirror_work import Failed, Put, Work
from atom_shopify_plugin.sync.sweeps import shop_of, store_of

if TYPE_CHECKING:
    from atom_shopify_plugin.services import Services
    from atom_shopify_plugin.stores.shop import Shop

__all__ = ["KIND", "STREAMS", "ask", "changed", "connected", "forget", "run", "scopes_of", "states", "upkeep"]

log = logging.getLogger(__name__)

KIND = "mirror"
STREAMS: tuple[str, ...] = (*CATALOGUE, *SALES)
"""In the order in which they are read."""
_SLICE = 10.0  # seconds that a job works before others have its thread
_AWAY = 30.0  # seconds until Shopify is asked again after a failure
_TRIES = 40  # failures in a row after which a stream is given up; they span about an hour
_EVERY = timedelta(minutes=15)
_SILENT = timedelta(minutes=5)
_NIGHT = timedelta(hours=24)
_MARKED = 100  # things that are read again together


def scopes_of(stream: str) -> frozenset[str]:
    """Return the scopes that a stream needs."""
    return SALES[stream].scopes if stream in SALES else CATALOGUE[stream].scopes


def ask(
    services: Services, store: Store, *, task: Task = "changes", mode: Mode = "auto", streams: Sequence[str] = STREAMS
) -> list[StreamState]:
    """Have streams of a store copied soon, and return how they stand; what was never copied is copied in full."""
    storage, run_id = services.storage, new_id()

    known = storage.mirrors.get(store.id)
    if known is not None and store.id in storage.mirrors.abandoned():
        storage.mirrors.drop(store.id)  # in short transactions; `lock` would delete it in one
    with storage.begin() as session:
        storage.sync_runs.ask(session, storage.mirrors.lock(session, store), streams, task, mode, run_id)
    if known is None:
        _subscribe(services, store, run_id)
    services.put_job(
        NewJob(
            kind=KIND,
            app=store.app,
            shop=store.shop.name,
            dedupe=run_id,
            subject=task,
            installation_id=store.id,
            epoch=store.epoch,
        )
    )
    return states(services, store)


def connected(services: Services, store: Store) -> None:
    """Have a store that has just been connected copied, where the settings say so or it was copied before."""
    if services.host.emit is None:
        return
    if not services.settings.sync and services.storage.mirrors.get(store.id) is None:
        return
    ask(services, store)
    orders = next((state for state in states(services, store) if state.stream == "orders"), None)
    if orders is not None and orders.earliest is not None and ALL_ORDERS in store.granted_scopes:
        ask(services, store, task="full", streams=("orders",))  # older ones are shown from now on


def forget(services: Services, store: Store) -> bool:
    """Delete the copy of a store; what works on it ends. False where there was none."""
    gone = services.storage.mirrors.drop(store.id)
    if gone:
        _subscribe(services, store, new_id())
    return gone


def _subscribe(services: Services, store: Store, reason: str) -> None:
    """Have the store's webhook subscriptions follow, where there is a host to deliver to."""
    if services.host.emit is not None:
        Subscribing(services).schedule(store.id, f"copy {reason}")


def states(services: Services, store: Store) -> list[StreamState]:
    """Return the streams of a store in the order of `STREAMS`."""
    found = {state.stream: state for state in services.storage.sync_runs.of(store.id)}
    return [found[name] for name in STREAMS if name in found]


def run(services: Services, job: Job) -> float | None:
    """Work on the streams of a store; return the seconds until there is more to do, None once all are done."""
    store = store_of(services, job)
    if store is None:
        raise StoreNotConnected(f"{job.shop} is not connected at the moment.")
    shop, until = shop_of(services, store), time.monotonic() + _SLICE
    _use_zone(services, store, shop)
    pauses: list[float] = []
    for state in states(services, store):
        mirror = services.storage.mirrors.get(store.id)
        if not state.active or state.run != job.dedupe or mirror is None:
            continue
        work = Work(services, store, shop, mirror, job, state, until)
        try:
            pause = _step(work)
        except Superseded:  # by another run, or by another load of this one
            mine = (one.active and one.run == job.dedupe for one in states(services, store))
            return 0.0 if any(mine) else None
        if pause is not None:
            pauses.append(pause)
    if pauses:
        return min(pauses)
    return None if _drain(services, store, shop, job, until) else 0.0


def _use_zone(services: Services, store: Store, shop: Shop) -> None:
    """Let the days of a copy be those of the time zone that the store has now."""
    storage, zone = services.storage, shop.zone
    found = storage.mirrors.get(store.id)
    if found is None or found.timezone == str(zone):
        return
    with storage.begin() as session:
        mirror = storage.mirrors.lock(session, store)
        storage.mirrored_orders.move_days(session, mirror, zone)
        storage.mirrors.set_timezone(session, mirror, str(zone))


def changed(services: Services, job: Job) -> float | None:
    """Read again what webhooks told of; the result is that of `run`."""
    store = store_of(services, job)
    if store is None:
        return None
    done = _drain(services, store, shop_of(services, store), job, time.monotonic() + _SLICE)
    return None if done else 0.0


def _drain(services: Services, store: Store, shop: Shop, job: Job, until: float) -> bool:
    """Read again what is marked in streams that nobody loads; return whether all of it is done."""
    storage, mirror = services.storage, services.storage.mirrors.get(store.id)
    if mirror is None:
        return True
    known = {state.stream: state for state in states(services, store)}
    for name in storage.changed_things.streams(mirror):
        state = known.get(name)
        if state is not None and state.active:
            continue  # its end reads them
        is_read = state is not None and state.state == "done"
        while marked := storage.changed_things.some(mirror, name, _MARKED):
            ids = list(marked)
            again = _again(services, shop, name, ids) if is_read else iter([((lambda *_: 0), len(ids))])
            at = 0
            for put, count in again:
                some = {one: marked[one] for one in ids[at : at + count]}
                with storage.begin() as session:
                    if not storage.jobs.held(session, job):
                        raise LeaseLost
                    locked = storage.mirrors.lock(session, store)
                    put(session, locked)
                    storage.changed_things.done(session, locked, name, some)
                at += count
                if time.monotonic() > until:
                    return False
    return True


def _step(work: Work) -> float | None:
    """Work on one stream; what goes wrong with it is written down, and stops no other."""
    name = work.state.stream
    missing = scopes_of(name) - work.store.granted_scopes
    if missing:
        work.fail(_ungranted(work.store, missing))
        return None
    try:
        pause = _read(work, name)
    except Failed as error:
        work.fail(str(error))
    except MissingScope as error:
        work.fail(error.message)
    except (LeaseLost, Superseded, StoreNotConnected):
        raise
    except PluginError as error:
        if isinstance(error, Unavailable) and not _is_shopifys(error):
            raise
        tries = work.tries + 1
        again = error.retryable or isinstance(error, UpstreamError)  # a strange answer may be a passing one
        if not again or tries > _TRIES:
            work.fail(error.message)
            return None
        work.commit(position={**work.position, "tries": tries}, error=error.message)
        return max(error.retry_after or 0.0, min(_AWAY, 2.0**tries))
    else:
        return pause
    return None


def _read(work: Work, name: str) -> float | None:
    if name in SALES:
        return sales(work, SALES[name])
    return (changes if work.state.task == "changes" else load)(work, CATALOGUE[name])


def _again(services: Services, shop: Shop, name: str, ids: list[int]) -> Iterator[tuple[Put, int]]:
    if name in SALES:
        return read_sales_again(services, shop, SALES[name], ids)
    return read_again(services, shop, CATALOGUE[name], ids)


def _is_shopifys(error: Unavailable) -> bool:
    from atom_shopify_plugin.storage.database.engine import DatabaseAway

    return not isinstance(error, DatabaseAway)


def _ungranted(store: Store, missing: frozenset[str]) -> str:
    names = ", ".join(sorted(missing))
    return f"{store.shop} has not granted {names}. Connect the store again to grant it, then sync again."


def upkeep(services: Services) -> None:
    """Have the copies of all stores that are due brought up to date; called about once a minute."""
    storage = services.storage
    sweep(services.settings.data_dir, time.time())
    for installation_id in storage.mirrors.abandoned():
        storage.mirrors.drop(installation_id)
    for installation_id, everything in storage.sync_runs.due(_EVERY, _SILENT, _NIGHT):
        store = storage.installed.store(installation_id)
        if store is not None:
            ask(services, store, task="check" if everything else "changes")
