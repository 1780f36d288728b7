"""Jobs: the worker that runs them, and what an operator does with those that did not work."""

# ruff: noqa: D301  # click wants the character \b before lines that it shall not re-wrap
from __future__ import annotations

import threading
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from atom_shopify_plugin.cli.common import (
    Failed,
    Group,
    as_json,
    environment,
    host_environ,
    print_json,
    running,
    say,
    shop_of,
    table,
)
from atom_shopify_plugin.errors import NotFound
from atom_shopify_plugin.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from atom_shopify_plugin.jobs import Jobs
    from atom_shopify_plugin.runtime import Runtime

__all__ = ["jobs", "worker"]

_STATES = ("pending", "running", "done", "dead", "parked", "discarded", "quarantined")


@click.command()
@click.option("--processes", type=click.IntRange(1, 64), default=1, show_default=True)
@click.option(
    "--threads", type=click.IntRange(1, 64), help="Threads of each process; default: ATOM_SHOPIFY_WORKER_THREADS."
)
def worker(processes: int, threads: int | None) -> None:
    """Process webhooks and other jobs in separate processes, until SIGTERM or Ctrl-C.

    At the end, running jobs get 20 seconds to finish; other workers take over the rest. A process that dies is
    replaced. If ATOM_SHOPIFY_CELERY_BROKER_URL is set, the processes are Celery workers: messages wake them, and they
    also poll the table. You can run any number of workers, on any machine that reaches the database.

    \b
    Examples:
      atom-shopify worker --threads 8
      ATOM_SHOPIFY_CELERY_BROKER_URL=redis://… atom-shopify worker --processes 2
    """
    from atom_shopify_plugin.process.supervisor import supervise
    from atom_shopify_plugin.storage.boards.choose import shared_ledger

    environ = dict(environment())
    if threads is not None or environ.get("ATOM_SHOPIFY_WORKER_THREADS", "").strip() == "0":
        environ["ATOM_SHOPIFY_WORKER_THREADS"] = str(threads or 4)
    settings = Settings.from_environ(environ)
    environ["ATOM_SHOPIFY_THROTTLE_LEDGER"] = shared_ledger(settings)
    if settings.celery_broker_url:
        from atom_shopify_plugin.jobs.broker import make_celery

        make_celery(settings, publisher=False)  # says now, and once, when Celery is not installed
    say(f"Working with {processes} x {settings.worker_threads} threads …", err=True)
    supervise(lambda stop: _work(environ, settings, stop), processes)


def _work(environ: Mapping[str, str], settings: Settings, stop: threading.Event) -> None:
    found, close = _host_with_jobs(environ)
    try:
        if settings.celery_broker_url:
            from atom_shopify_plugin.jobs import celery_app

            celery_app.run(settings, found, stop)
        else:
            found.work()
            stop.wait()
    finally:
        close()


def _host_with_jobs(environ: Mapping[str, str]) -> tuple[Jobs, Callable[[], None]]:
    """Build the host that the jobs' events go to, without a server; return the jobs, and how to let go of it all."""
    from atom_shopify_plugin.host.app import create_app
    from atom_shopify_plugin.plugin import ShopifyPlugin

    host = create_app(host_environ(environ, Settings.from_environ(environ))).extensions["atom_host"]
    for loaded in host.plugins.loaded.values():
        if isinstance(loaded.plugin, ShopifyPlugin):
            return loaded.plugin.runtime.jobs, host.close
    host.close()
    raise Failed("The host did not load the Shopify plugin. `atom-shopify doctor` tells you why.")


@click.group(cls=Group)
def jobs() -> None:
    """List jobs, run failed ones again, or discard them."""


@jobs.command("list")
@click.option("--state", "states", multiple=True, type=click.Choice(_STATES), help="May be repeated.")
@click.option("--kind", help="Such as delivery.")
@click.option("--topic", "subject", help="Such as orders/create.")
@click.option("--shop", help="The store, by handle, domain or name.")
@click.option("--limit", type=click.IntRange(1, 250), default=50, show_default=True)
@click.option("--before", help="Only jobs older than this one, for the next page.")
@as_json
def list_jobs(as_json: bool, states: tuple[str, ...], **filters: Any) -> None:
    """List jobs, newest first, and the number of waiting ones.

    \b
    Examples:
      atom-shopify jobs list --state dead --state quarantined
      atom-shopify jobs list --topic orders/create --json
    """
    with running() as runtime:
        filters["shop"] = _domain(runtime, filters["shop"])
        found = runtime.storage.jobs.list(states=states or None, **filters)
        backlog = runtime.storage.jobs.backlog()
    if as_json:
        print_json({"items": [asdict(job) for job in found], "backlog": backlog})
        return
    rows = [
        (job.id, job.kind, job.subject, job.shop, job.state, str(job.attempts), f"{job.created_at:%F %T}", job.reason)
        for job in found
    ]
    table(("id", "kind", "topic", "shop", "state", "attempts", "created", "reason"), rows)
    if len(found) == filters["limit"]:
        say(f"(for older ones, if there are any: --before {found[-1].id})", err=True)
    say(
        f"{backlog['pending']} pending (the oldest is due for {backlog['oldest_seconds']:.0f} s), "
        f"{backlog['running']} running, {backlog['parked']} parked, {backlog['quarantined']} quarantined, "
        f"{backlog['dead']} dead",
        err=True,
    )


def _domain(runtime: Runtime, name: str | None) -> str | None:
    """Return the domain of the store that `name` means; jobs may be about stores that are not the operator's."""
    from atom_shopify_plugin.shopify.domain import ShopDomain

    try:
        return shop_of(runtime, name)
    except NotFound:
        return str(ShopDomain.from_handle(name))


@jobs.command("replay")
@click.argument("ids", nargs=-1, required=True)
@as_json
def replay(as_json: bool, ids: tuple[str, ...]) -> None:
    """Run jobs again, with all their attempts. Events that were already sent are not sent twice.

    \b
    Example:
      atom-shopify jobs replay 019e2b3c4d5e…
    """
    with running() as runtime:
        _tell(as_json, "replayed", {job_id: runtime.storage.jobs.replay(job_id) for job_id in ids})


@jobs.command("discard")
@click.argument("ids", nargs=-1, required=True)
@as_json
def discard(as_json: bool, ids: tuple[str, ...]) -> None:
    """Discard jobs for good.

    \b
    Example:
      atom-shopify jobs discard 019e2b3c4d5e…
    """
    with running() as runtime:
        _tell(as_json, "discarded", {job_id: runtime.storage.jobs.discard(job_id) for job_id in ids})


def _tell(as_json: bool, word: str, done: dict[str, bool]) -> None:
    if as_json:
        print_json({word: [job_id for job_id, ok in done.items() if ok]})
    else:
        for job_id, ok in done.items():
            say(f"{job_id}: {word if ok else 'its state does not allow that'}")
    if not all(done.values()):
        raise click.exceptions.Exit(1)
