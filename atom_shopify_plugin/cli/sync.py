"""Copies of stores on the command line."""

# ruff: noqa: D301  # click wants the character \b before lines that it shall not re-wrap
from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import click

from atom_shopify_plugin.cli.common import Failed, as_json, operator, print_json, running, say, shop_of, table

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.storage import Store

__all__ = ["sync"]

_PAUSE = 0.3  # seconds between two looks at what somebody else works on
_HEADINGS = ("stream", "state", "rows", "read up to", "drift", "message")


@click.command()
@click.option("--shop", help="Store, by handle, domain or name. Default: your default store.")
@click.option("--full", is_flag=True, help="Read everything anew.")
@click.option("--wait", is_flag=True, help="Wait until it has finished, and show the progress.")
@click.option(
    "--mode",
    type=click.Choice(("auto", "bulk", "paged")),
    default="auto",
    show_default=True,
    help="Read by bulk operations, page by page, or whichever suits the size of the store.",
)
@click.option("--status", is_flag=True, help="Only show the state of the copy.")
@click.option("--stop", is_flag=True, help="Delete the copy and stop updating it. Only owners can do this.")
@as_json
def sync(shop: str | None, full: bool, wait: bool, mode: str, status: bool, stop: bool, as_json: bool) -> None:
    """Copy a store into tables of ATOM's database, so that questions about it are answered from there.

    The first time reads everything; afterwards the copy is kept in step by webhooks, every 15 minutes, and compared
    with the store each night. Names, addresses, e-mail addresses and telephone numbers are not copied.

    \b
    Examples:
      atom-shopify sync --wait
      atom-shopify sync --shop outlet --full
      atom-shopify sync --status
    """
    from atom_shopify_plugin.sync import mirror
    from atom_shopify_plugin.sync.mirror_state import overview

    if status + stop + (full or wait) > 1:
        raise click.UsageError("--status and --stop can't be combined with other options.")
    with running() as runtime:
        store = runtime.stores.by_name(operator(runtime.settings), _named(runtime, shop))
        if stop:
            _stop(runtime, store)
            return
        if not status:
            mirror.ask(runtime.services, store, task="full" if full else "changes", mode=mode)  # type: ignore[arg-type]
        if wait:
            _wait(runtime, store)
        found = overview(runtime.services, store)
    _tell(found, as_json)
    if wait and found["state"] != "done":
        raise Failed("Not everything was copied. The table shows why.")


def _named(runtime: Runtime, shop: str | None) -> str | None:
    domain = shop_of(runtime, shop)
    return None if domain is None else str(domain)


def _stop(runtime: Runtime, store: Store) -> None:
    from atom_shopify_plugin.sync import mirror

    if store.role != "owner":
        raise Failed("Only owners of a store can delete its copy.")
    gone = mirror.forget(runtime.services, store)
    say(f"The copy of {store.shop} is deleted." if gone else f"There was no copy of {store.shop}.")


def _wait(runtime: Runtime, store: Store) -> None:
    """Work on what is due here, unless a server or worker is faster, until nothing is left."""
    from atom_shopify_plugin.sync import mirror

    shown = ""
    while True:
        states = mirror.states(runtime.services, store)
        if not any(state.active for state in states):
            break
        told = _progress(states)
        if told != shown:
            _show(told, shown)
            shown = told
        job = runtime.storage.jobs.find(mirror.KIND, next(state.run for state in states if state.active))
        if job is None or job.state not in ("pending", "running"):
            raise Failed("This sync has stopped; `atom-shopify jobs list` shows why. Run it again.")
        if not runtime.jobs.run_one(job.id):
            time.sleep(_PAUSE)
    if shown and sys.stderr.isatty():
        say(err=True)


def _show(told: str, shown: str) -> None:
    if sys.stderr.isatty():
        say(f"\r{told.ljust(len(shown))}", err=True, nl=False)
    else:
        say(told, err=True)


def _progress(states: list[Any]) -> str:
    """Return a line: a bar of streams, and how far the one is that is being read."""
    done = sum(not state.active for state in states)
    current = next(state for state in states if state.active)
    count = f"{current.lines_done} of {current.lines_expected}" if current.lines_expected else str(current.lines_done)
    bar = "#" * done + "." * (len(states) - done)
    note = f" {current.error}" if current.error else ""
    return f"[{bar}] {current.stream}: {count} rows.{note}"


def _tell(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json({"ok": True, "data": found})
        return
    if not found["streams"]:
        say(f"{found['shop']} has not been copied. `atom-shopify sync` copies it.")
        return
    rows = [
        (
            one["stream"],
            one["state"],
            ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in one["rows"].items()),
            one["read_up_to"] or "",
            "" if one["drift"] is None else str(one["drift"]),
            one["message"] or "",
        )
        for one in found["streams"]
    ]
    table(_HEADINGS, rows)
