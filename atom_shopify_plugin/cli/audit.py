"""The audit log on the command line: what was done in your stores, and undoing it."""

# ruff: noqa: D301  # click wants the character \b before lines that it shall not re-wrap
from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from atom_shopify_plugin.cli.calls import confirmed, ended, tell
from atom_shopify_plugin.cli.common import Group, as_json, listing, operator, print_json, running, store_of
from atom_shopify_plugin.errors import NotFound

__all__ = ["audit"]


def _search(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a search of the audit log."""
    options = (
        click.option("--shop", help="Only this store, by handle, domain or name."),
        click.option(
            "--since",
            metavar="TIME",
            help="Only from this time on: today, yesterday, 24h, 7d, a date, or a date and time.",
        ),
        click.option("--until", metavar="TIME", help="Only until this time; a date includes the whole day."),
        click.option("--actor", metavar="SUBJECT", help="Only changes by this person."),
        click.option("--action", metavar="NAME", help="Only this action, by its key or an alias."),
        click.option("--resource", metavar="ID", help="Only changes to this resource: its number or global id."),
        click.option(
            "--outcome",
            type=click.Choice(("ok", "failed", "started", "unknown")),
            help="Only changes with this outcome.",
        ),
        click.option("--limit", type=click.IntRange(1, 250), default=20, show_default=True),
        click.option("--before", metavar="ID", help="Only entries older than this one."),
        as_json,
    )
    return functools.reduce(lambda wrapped, option: option(wrapped), reversed(options), command)


@click.group(cls=Group, invoke_without_command=True)
@_search
@click.pass_context
def audit(context: click.Context, /, **search: Any) -> None:
    """Search the changes made in your stores, and undo them.

    \b
    Example:
      atom-shopify audit --since today
    """
    if context.invoked_subcommand is None:
        _list(**search)


@audit.command("list")
@_search
def list_entries(**search: Any) -> None:
    """List the changes, newest first. Days are those of the store, without a store those of UTC.

    \b
    Examples:
      atom-shopify audit list --limit 5
      atom-shopify audit list --since yesterday --action product_update
    """
    _list(**search)


def _list(*, shop: str | None, limit: int, before: str | None, as_json: bool, **given: str | None) -> None:
    from atom_shopify_plugin.actions.changed import searched

    with running() as runtime:
        store = store_of(runtime, shop)
        wanted = searched(given, store, runtime.storage.machine_time(), runtime.catalog)
        entries = runtime.storage.audit.list(operator(runtime.settings), store, limit, before, wanted)
    found = [row.as_dict() for row in entries]
    rows = [
        (
            one["id"],
            one["at"],
            one["subject"],
            one["action"],
            one["outcome"],
            "undone" if one["undone_by"] else "yes" if one["undo"] else "",
            one["target"] or "",
        )
        for one in found
    ]
    headings = ("id", "at", "who", "action", "outcome", "undo", "target")
    listing(found, headings, rows, "Nothing was changed yet.", as_json=as_json)


@audit.command("show")
@click.argument("entry_id")
def show(entry_id: str) -> None:
    """Show one change: its input, the values before and after, and the call that undoes it.

    \b
    Example:
      atom-shopify audit show 019a0c1e5d0e8d2b4f7a6c3e9b1d5f70
    """
    with running() as runtime:
        row = runtime.storage.audit.get(operator(runtime.settings), entry_id)
    if row is None:
        raise NotFound("The audit log of your stores has no such entry.")
    print_json(row.as_dict())


@audit.command("undo")
@click.argument("entry_id")
@click.option("--force", is_flag=True, help="Undo it even if the same values have been changed since.")
@click.option("--confirm", metavar="TOKEN", help="The confirmation token of a preview.")
@click.option("--yes", is_flag=True, help="Confirm an undo that deletes something without asking.")
@click.option("--dry-run", "--preview", "preview", is_flag=True, help="Show what the undo would do, without doing it.")
@as_json
def undo(entry_id: str, force: bool, confirm: str | None, yes: bool, preview: bool, as_json: bool) -> None:
    """Undo a change and show the new audit entry. You can undo that entry as well.

    \b
    Examples:
      atom-shopify audit undo 019a0c1e5d0e8d2b4f7a6c3e9b1d5f70
      atom-shopify audit undo 019a0c1e5d0e8d2b4f7a6c3e9b1d5f70 --force
    """
    from atom_shopify_plugin.actions.run import UndoCall

    with running() as runtime:
        asked = UndoCall(operator(runtime.settings), entry_id, force=force, confirm=confirm, preview=preview)
        outcome = ended(runtime, confirmed(runtime.actions.undo, asked, yes=yes))
    tell(outcome, as_json)
