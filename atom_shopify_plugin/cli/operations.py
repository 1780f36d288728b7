"""Operations on the command line: writes that Shopify carries out in the background."""

# ruff: noqa: D301  # click wants the character \b before lines that it shall not re-wrap
from __future__ import annotations

import click

from atom_shopify_plugin.cli.calls import ended, tell
from atom_shopify_plugin.cli.common import Group, as_json, listing, operator, print_json, running, say, store_of

__all__ = ["operations"]


@click.group(cls=Group)
def operations() -> None:
    """List the writes that Shopify carries out in the background, wait for them, or stop tracking them."""


@operations.command("list")
@click.option("--shop", help="Only this store, by handle, domain or name.")
@click.option("--limit", type=click.IntRange(1, 250), default=20, show_default=True)
@as_json
def list_operations(shop: str | None, limit: int, as_json: bool) -> None:
    """List the operations of your stores, newest first. Finished ones are kept for a week.

    \b
    Example:
      atom-shopify operations list
    """
    with running() as runtime:
        begun = runtime.storage.operations.list(operator(runtime.settings), store_of(runtime, shop), limit)
    found = [one.as_dict() for one in begun]
    rows = [(one["id"], one["created_at"], one["action"], one["state"], one["progress"]["message"]) for one in found]
    headings = ("id", "begun", "action", "state", "progress")
    listing(found, headings, rows, "There are no operations.", as_json=as_json)


@operations.command("show")
@click.argument("operation_id")
def show(operation_id: str) -> None:
    """Show the progress and the result of an operation.

    \b
    Example:
      atom-shopify operations show 019a0c1e5d0e8d2b4f7a6c3e9b1d5f70
    """
    with running() as runtime:
        print_json(runtime.actions.operation(operator(runtime.settings), operation_id).as_dict())


@operations.command("wait")
@click.argument("operation_id")
@as_json
def wait(operation_id: str, as_json: bool) -> None:
    """Wait for an operation to end, and print its result.

    \b
    Example:
      atom-shopify operations wait 019a0c1e5d0e8d2b4f7a6c3e9b1d5f70
    """
    with running() as runtime:
        outcome = ended(runtime, runtime.actions.outcome(operator(runtime.settings), operation_id))
    tell(outcome, as_json)


@operations.command("cancel")
@click.argument("operation_id")
def cancel(operation_id: str) -> None:
    """Stop tracking an operation. Shopify may still complete it.

    \b
    Example:
      atom-shopify operations cancel 019a0c1e5d0e8d2b4f7a6c3e9b1d5f70
    """
    with running() as runtime:
        found = runtime.actions.cancel(operator(runtime.settings), operation_id)
    say((found.content.get("error") or {}).get("message") or f"{found.id} is {found.state}.")
