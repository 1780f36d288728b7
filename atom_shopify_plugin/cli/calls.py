"""What commands that write have in common: asking for a yes, waiting for an operation, and printing the answer."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import click

from atom_shopify_plugin.cli.common import Failed, operator, print_json, say
from atom_shopify_plugin.errors import ConfirmationNeeded

if TYPE_CHECKING:
    from atom_shopify_plugin.actions.run import Accepted, Call, Outcome, UndoCall
    from atom_shopify_plugin.runtime import Runtime

__all__ = ["confirmed", "ended", "tell"]

_PAUSE = 0.1  # seconds between two looks into the database at an operation that is not due, or that others work on
AskedT = TypeVar("AskedT", "Call", "UndoCall")
AnswerT = TypeVar("AnswerT")


def confirmed(run: Callable[[AskedT], AnswerT], asked: AskedT, *, yes: bool) -> AnswerT:
    """Run a call; where it needs a yes, take `yes` for one or ask at the terminal."""
    try:
        return run(asked)
    except ConfirmationNeeded as needed:
        if asked.confirm is not None:
            raise
        if not yes:
            if not (sys.stdin.isatty() and sys.stderr.isatty()):
                raise
            say(needed.details["preview"]["summary"], err=True)
            if not click.confirm("Go on?", default=False, err=True):
                raise Failed("Nothing was done.") from None
        return run(replace(asked, confirm=needed.details["confirmation_token"]))


def ended(runtime: Runtime, outcome: Outcome | Accepted) -> Outcome:
    """Wait until an operation has ended and return its outcome; raise its error.

    What is due is done here, unless a server or worker is faster: a lease keeps the two apart.
    """
    from atom_shopify_plugin.actions.operations import KIND
    from atom_shopify_plugin.actions.run import Accepted

    person = operator(runtime.settings)
    shown = None
    while isinstance(outcome, Accepted):
        found = outcome.operation
        progress = found["progress"]
        count = f" ({progress['done']} of {progress['total']})" if progress["total"] else ""
        told = f"operation {found['id']} is {found['state']}{count}. {progress['message']}".strip()
        if told != shown:
            say(told, err=True)
            shown = told
        job = runtime.storage.jobs.find(KIND, str(found["id"]))
        if job is None or not runtime.jobs.run_one(job.id):
            time.sleep(_PAUSE)
        outcome = runtime.actions.outcome(person, str(found["id"]))
    return outcome


def tell(outcome: Outcome | Accepted, as_json: bool) -> None:
    """Print an answer, and on stderr what reading back showed otherwise."""
    envelope = outcome.as_dict()
    print_json(envelope if as_json else envelope["data"])
    for limit in outcome.meta.get("limits", ()):
        say(f"note: {limit['message']} Grant it at {limit['connect_url']}", err=True)
    if outcome.meta.get("verified") is False:
        say(f"warning: reading it back showed something else: {outcome.meta.get('differences', '')}", err=True)
