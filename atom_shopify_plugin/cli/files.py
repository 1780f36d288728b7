"""CSV files on the command line: `export` and `import`."""

# ruff: noqa: D301  # click wants the character \b before lines that it shall not re-wrap
from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from atom_shopify_plugin.bulk.tables import KINDS
from atom_shopify_plugin.cli.calls import ended
from atom_shopify_plugin.cli.common import Failed, operator, running, say, shop_of
from atom_shopify_plugin.errors import StillRunning

if TYPE_CHECKING:
    from atom_shopify_plugin.bulk.imports import Preview
    from atom_shopify_plugin.bulk.runs import ImportRun
    from atom_shopify_plugin.runtime import Runtime

__all__ = ["export", "import_"]

_KIND = click.Choice(sorted(KINDS))
_IMPORTED = click.Choice(sorted(name for name, kind in KINDS.items() if kind.writers))
_FILE = click.Path(path_type=Path, dir_okay=False)
_shop = click.option("--shop", help="Store, by handle, domain or name. Default: your default store.")


@click.command()
@click.argument("kind", type=_KIND)
@click.option("--to", "path", type=_FILE, required=True, help="The file to write.")
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
@_shop
def export(kind: str, path: Path, force: bool, shop: str | None) -> None:
    """Export all rows of KIND as CSV with Shopify's column names.

    Cells that a spreadsheet would run as a formula get a quote in front; `atom-shopify import` takes it off again.

    \b
    Examples:
      atom-shopify export products --to products.csv
      atom-shopify export inventory --to stock.csv --shop outlet
    """
    from atom_shopify_plugin.bulk.exports import write_csv

    if path.exists() and not force:
        raise Failed(f"{path} exists. Choose another name, or replace it with --force.")
    with running() as runtime:
        pieces = _exported(runtime, kind, shop_of(runtime, shop))
        try:
            rows = write_csv(KINDS[kind], pieces, path, lambda count: say(f"{count} rows", err=True))
        except OSError as error:
            raise Failed(f"{path} can't be written: {error.strerror}.") from None
    say(f"{path}: {rows} {'row' if rows == 1 else 'rows'}")


@click.command("import")
@click.argument("kind", type=_IMPORTED)
@click.argument("path", type=_FILE)
@click.option("--create", is_flag=True, help="Create products, variants and customers that the store does not have.")
@click.option("--yes", is_flag=True, help="Continue without asking.")
@click.option("--dry-run", "--preview", "dry", is_flag=True, help="Show what would change, and send nothing.")
@_shop
def import_(kind: str, path: Path, create: bool, yes: bool, dry: bool, shop: str | None) -> None:
    """Change a store to what a CSV file of KIND says.

    The file is compared with the store. You see what would change before anything is sent. Rows that are the same are
    not sent; an empty cell leaves a value as it is, or clears a text that may be empty. Beside the file you get a
    report on each of its lines, and a file that brings back the former values.

    If the command is stopped, run it again: it goes on where it was, and sends nothing twice.

    \b
    Examples:
      atom-shopify import prices prices.csv
      atom-shopify import inventory stock.csv --yes
      atom-shopify import products new.csv --create
    """
    from atom_shopify_plugin.bulk import imports
    from atom_shopify_plugin.bulk.runs import ImportRun

    if not path.is_file():
        raise Failed(f"There is no file {path}.")
    if create and not KINDS[kind].creators:
        able = ", ".join(sorted(name for name, one in KINDS.items() if one.creators))
        raise Failed(f"Only these kinds can be created from a file: {able}.")
    folder = path.with_name(f"{path.name}.import")
    with running() as runtime:
        person, domain = operator(runtime.settings), shop_of(runtime, shop)
        store = runtime.actions.store_of(person, domain)
        identity = {"kind": kind, "store": store.id, "file": imports.sha256_of(path), "create": "yes" if create else ""}
        run = ImportRun(folder / "run.sqlite", identity)
        try:
            again = bool(run.get("confirmed"))
            imports.prepare(run, KINDS[kind], path, lambda: _exported(runtime, kind, str(store.shop)))
            seen = imports.preview(run)
            _show(seen, resumed=again)
            goes_on = not dry and bool(seen.counts.get("changed") or seen.counts.get("new") or again)
            if goes_on and not (yes or again):
                goes_on = _agreed()
            if goes_on:
                run.keep(confirmed="yes")
                bar = _Bar()
                imports.send(run, KINDS[kind], lambda *chunk: _sent(runtime, str(store.shop), *chunk), bar)
                _tell(run, kind, path)
        finally:
            run.close()
        if goes_on or not again:
            shutil.rmtree(folder, ignore_errors=True)


def _exported(runtime: Runtime, kind: str, shop: str | None) -> Iterator[bytes]:
    """Export a kind and return the bytes of the result, children behind their parents."""
    from atom_shopify_plugin.actions.call import Call
    from atom_shopify_plugin.stores.bulk_files import result_pieces

    person = operator(runtime.settings)
    call = Call(person, "bulk_export", {"query": KINDS[kind].query, "group_objects": True}, shop=shop)
    outcome = ended(runtime, runtime.actions.run(call))
    store = runtime.actions.store_of(person, shop)
    return result_pieces(runtime.services.open_shop(store), outcome.data["id"])


def _sent(runtime: Runtime, shop: str, mutation: str, variables: list[Any], key: str) -> list[tuple[str, str, str]]:
    """Send a chunk through the action that imports, which a repetition with the same key does not send again."""
    from atom_shopify_plugin.actions.call import Call, Outcome

    given = {"mutation": mutation, "variables": variables}
    asked = Call(operator(runtime.settings), "bulk_import", given, shop=shop, preview=True)
    # The file was agreed to as a whole; so the yes is there before the key is used.
    preview = runtime.actions.run(asked)
    token = preview.data["confirmation_token"] if isinstance(preview, Outcome) else None
    call = replace(asked, preview=False, confirm=token, idempotency_key=key)
    while True:
        try:
            outcome = ended(runtime, runtime.actions.run(call))
        except StillRunning as error:  # the process that was killed held the key for a while
            time.sleep(error.retry_after or 1.0)
        else:
            return [(line["state"], line["message"], line["id"] or "") for line in outcome.data["lines"]]


def _agreed() -> bool:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Failed("Nothing was sent. Pass --yes to continue without being asked.")
    if not click.confirm("Go on?", default=False, err=True):
        raise Failed("Nothing was sent.")
    return True


def _show(preview: Preview, *, resumed: bool) -> None:
    counts = preview.counts
    if resumed:
        say("An earlier import of this file was interrupted; it continues.", err=True)
    words = {
        "new": "to create",
        "changed": "to change",
        "same": "the same",
        "failed": "that can't be imported",
        "done": "done",
    }
    told = ", ".join(f"{counts[state]} {word}" for state, word in words.items() if counts.get(state))
    say(f"lines: {told or 'none'}")
    for line, _, message in (*preview.new, *preview.changes):
        say(f"  line {line}: {message}")
    for line, _, message in preview.faults:
        say(f"  line {line} can't be imported: {message}", err=True)
    if preview.ignored:
        say(f"Columns that are not imported: {', '.join(preview.ignored)}.", err=True)


def _tell(run: ImportRun, kind: str, path: Path) -> None:
    from atom_shopify_plugin.bulk import imports

    report, undo = (path.with_name(f"{path.stem}.{word}.csv") for word in ("report", "undo"))
    imports.write_report(run, report)
    rows = imports.write_undo(run, KINDS[kind], undo)
    counts = run.counts()
    say(f"lines: {counts.get('done', 0)} done, {counts.get('failed', 0)} failed, {counts.get('unknown', 0)} unknown")
    say(f"report: {report}")
    if rows:
        say(f"undo:   atom-shopify import {kind} {undo}")


class _Bar:
    """Shows on stderr how far an import is: a bar at a terminal, otherwise a line now and then."""

    def __init__(self) -> None:
        self._shown = -1

    def __call__(self, done: int, total: int) -> None:
        percent = 100 * done // total if total else 100
        if percent == self._shown:
            return
        self._shown = percent
        if sys.stderr.isatty():
            filled = percent // 4
            say(f"\r[{'#' * filled}{'.' * (25 - filled)}] {done} of {total}", err=True, nl=done == total)
        else:
            say(f"{done} of {total} sent", err=True)
