"""Runs of workflows on the command line: begin, look at, cancel and retry them, and answer what they ask."""

# ruff: noqa: D301  # click wants the character \b before lines that it shall not re-wrap
from __future__ import annotations

import click

from atom_shopify_plugin.cli.common import as_json, print_json, say, table
from atom_shopify_plugin.cli.workflow_host import opened, read_object
from atom_shopify_plugin.cli.workflow_views import tell, told, untold, why

__all__ = ["approve", "cancel", "retry", "run", "run_show", "runs"]


@click.command("run")
@click.argument("workflow_id")
@click.option("--input", "source", default="{}", metavar="JSON|@FILE", help="Value of `input` in expressions.")
@click.option("--trigger", default="{}", metavar="JSON|@FILE", help="Value of `trigger` in expressions.")
@click.option(
    "--wait",
    type=click.FloatRange(0, 600),
    default=60.0,
    show_default=True,
    help="Seconds to wait for the end of the run.",
)
@as_json
def run(workflow_id: str, source: str, trigger: str, wait: float, as_json: bool) -> None:
    """Run a workflow and wait until it ends or needs an approval. The exit code is 1 if it fails.

    \b
    Example:
      atom-shopify workflows run shopify-new-customer --trigger '{"id": 1490000001}'
    """
    given, about = read_object(source, "--input"), read_object(trigger, "--trigger")
    with opened() as (host, person):
        run_id = host.start(person, workflow_id, given, trigger=about)
        host.engine.settled(run_id, wait)
        found = host.history.run(person, run_id)
    told(found, as_json)


@click.command("runs")
@click.option("--workflow", "workflow_id", help="Only runs of this workflow.")
@click.option("--state", help="Only runs in this state, such as failed or waiting.")
@click.option("--limit", type=click.IntRange(1, 250), default=20, show_default=True)
@as_json
def runs(workflow_id: str | None, state: str | None, limit: int, as_json: bool) -> None:
    """List the latest runs, newest first.

    \b
    Example:
      atom-shopify workflows runs --state failed
    """
    with opened() as (host, person):
        found, more = host.history.runs(person, workflow_id=workflow_id, state=state, limit=limit)
    if as_json:
        print_json(found)
        return
    rows = [
        (one["id"], one["workflow_name"], one["state"], one["event"]["key"], one["created_at"], why(one))
        for one in found
    ]
    table(("run", "workflow", "state", "cause", "created", "why"), rows)
    if more is not None:
        say("(there are older runs: use a higher --limit, or narrow the list)", err=True)


@click.command("run-show")
@click.argument("run_id")
@as_json
def run_show(run_id: str, as_json: bool) -> None:
    """Show a run with every step, without secrets and personal data.

    \b
    Example:
      atom-shopify workflows run-show 0f8fad5b-d9cb-469f-a165-70867728950e
    """
    with opened() as (host, person):
        found = host.history.run(person, run_id)
    if as_json:
        print_json(found)
    else:
        tell(found)


@click.command("approve")
@click.argument("approval_id", required=False)
@click.option("--refuse", is_flag=True, help="Refuse.")
@click.option(
    "--wait",
    type=click.FloatRange(0, 600),
    default=60.0,
    show_default=True,
    help="Seconds to wait for the end of the run.",
)
@as_json
def approve(approval_id: str | None, refuse: bool, wait: float, as_json: bool) -> None:
    """Approve or refuse what a run asks for, and wait for its end. Without an id, list open approvals.

    \b
    Examples:
      atom-shopify workflows approve
      atom-shopify workflows approve 7c9e6679-7425-40de-944b-e07fc1f90ae7
    """
    with opened() as (host, person):
        if approval_id is None:
            asked = host.history.waiting(person)
        else:
            run_id = host.decide(person, approval_id, not refuse)
            host.engine.settled(run_id, wait)
            found = host.history.run(person, run_id)
    if approval_id is not None:
        told(found, as_json, failed_is_fine=refuse)
    elif as_json:
        print_json(asked)
    else:
        rows = [
            (
                one["id"],
                one["workflow_name"] or one["workflow_id"],
                one["step_id"],
                (one["expires_at"] or "")[:16].replace("T", " "),
                one["question"],
            )
            for one in asked
        ]
        table(("approval", "workflow", "step", "until (UTC)", "question"), rows)
        for one in asked:
            for text in untold(one):
                say(text, err=True)


@click.command("cancel")
@click.argument("run_id")
@as_json
def cancel(run_id: str, as_json: bool) -> None:
    """Cancel a run. A step that is already working completes, but no further step runs.

    \b
    Example:
      atom-shopify workflows cancel 0f8fad5b-d9cb-469f-a165-70867728950e
    """
    with opened() as (host, person):
        host.history.cancel(person, run_id)
        found = host.history.run(person, run_id)
    told(found, as_json)


@click.command("retry")
@click.argument("run_id")
@click.option(
    "--wait",
    type=click.FloatRange(0, 600),
    default=60.0,
    show_default=True,
    help="Seconds to wait for the end of the run.",
)
@as_json
def retry(run_id: str, wait: float, as_json: bool) -> None:
    """Continue a failed run at the step that failed, and wait for its end. The exit code is 1 if it fails again.

    \b
    Example:
      atom-shopify workflows retry 0f8fad5b-d9cb-469f-a165-70867728950e
    """
    with opened() as (host, person):
        host.retry(person, run_id)
        host.engine.settled(run_id, wait)
        found = host.history.run(person, run_id)
    told(found, as_json)
