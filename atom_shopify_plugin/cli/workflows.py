"""Workflows of the embedded host on the command line.

The commands open the host's own storage, as the host does: they work whether or not one is running. A run that is begun
here is worked on here, unless a running host is faster; leases keep the two apart.
"""

# ruff: noqa: D301  # click wants the character \b before lines that it shall not re-wrap
from __future__ import annotations

import json
from typing import Any

import click

from atom_shopify_plugin.cli.common import Group, as_json, listing, print_json, say, table
from atom_shopify_plugin.cli.workflow_host import opened, read_file, read_object, variable
from atom_shopify_plugin.cli.workflow_notices import targets, tell
from atom_shopify_plugin.cli.workflow_runs import approve, cancel, retry, run, run_show, runs
from atom_shopify_plugin.cli.workflow_views import local_time, started_by

__all__ = ["workflows"]


@click.group(cls=Group)
def workflows() -> None:
    """Create, run and inspect workflows of the embedded host."""


for command in (run, runs, run_show, approve, cancel, retry, targets, tell):
    workflows.add_command(command)


@workflows.command("list")
@as_json
def list_workflows(as_json: bool) -> None:
    """List your workflows.

    \b
    Example:
      atom-shopify workflows list
    """
    with opened() as (host, person):
        found = host.library.all(person)
    rows = [
        (one["id"], one["name"], started_by(one), local_time(one["next_at"]), "yes" if one["runnable"] else "no")
        for one in found
    ]
    nothing = "There are no workflows yet. See `atom-shopify workflows templates`."
    listing(found, ("id", "name", "started by", "next run", "runnable"), rows, nothing, as_json=as_json)


@workflows.command("show")
@click.argument("workflow_id")
def show(workflow_id: str) -> None:
    """Print the definition of a workflow, in the format that `create` reads.

    \b
    Example:
      atom-shopify workflows show shopify-big-order > big-order.json
    """
    with opened() as (host, person):
        print_json(host.library.one(person, workflow_id)["workflow_config"])


@workflows.command("create")
@click.argument("file", required=False, type=click.Path(dir_okay=False, allow_dash=True))
@click.option("--template", help="Use this template instead of a file.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A variable of the template.")
@click.option("--id", "own_id", help="Id of the workflow; by default, that of the template.")
@click.option("--shop", help="The store that the workflow listens to and works in.")
@as_json
def create(
    file: str | None,
    template: str | None,
    settings: tuple[str, ...],
    own_id: str | None,
    shop: str | None,
    as_json: bool,
) -> None:
    """Create a workflow from FILE (- for stdin) or from a template. A workflow with the same id is replaced.

    \b
    Examples:
      atom-shopify workflows create big-order.json
      atom-shopify workflows create --template shopify-big-order --set limit=200 --set tag=vip
    """
    if (file is None) == (template is None):
        raise click.UsageError("Give either FILE or --template.")
    given = read_file(file) if file is not None else None
    with opened() as (host, person):
        if given is None:
            changes: dict[str, Any] = {"variables": dict(map(variable, settings)), "id": own_id or template}
            given = host.library.from_template(str(template), {**changes, **({"shop": shop} if shop else {})})
        elif settings or shop or own_id:
            raise click.UsageError("--set, --id and --shop need --template.")
        made = host.library.create(person, given)
        warnings = host.library.warnings(person, made["workflow_config"])
    if as_json:
        print_json({**made, "warnings": warnings})
    else:
        _warn(warnings)
        say(f"{made['id']} is stored as version {made['version']}. It is started by {started_by(made)}.")


@workflows.command("validate")
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))
@as_json
def validate(file: str, as_json: bool) -> None:
    """Check the definition in FILE (- for stdin) without storing it. The exit code is 1 if it has faults.

    The check covers expressions, names in the trigger's payload, in results of earlier steps and in variables, and
    the parameters of each action.

    \b
    Example:
      atom-shopify workflows validate big-order.json
    """
    raw = read_file(file)
    with opened() as (host, person):
        told = host.library.validate(person, raw)
    if as_json:
        print_json(told)
    else:
        for fault in told["faults"]:
            say(f"{fault['pointer']}: {fault['message']}")
        _warn(told["warnings"])
        if told["valid"]:
            say("The definition is valid.")
    if not told["valid"]:
        click.get_current_context().exit(1)


@workflows.command("why")
@click.argument("workflow_id")
@click.option("--limit", type=click.IntRange(1, 200), default=20, show_default=True)
@as_json
def why(workflow_id: str, limit: int, as_json: bool) -> None:
    """Show why a workflow ran or did not: what happened to each event that it waits for, newest first.

    \b
    Example:
      atom-shopify workflows why shopify-big-order
    """
    with opened() as (host, person):
        told = host.why(person, workflow_id, limit)
    if as_json:
        print_json(told)
        return
    say(f"{told['name']} is started by {told['started_by']}.")
    if told["hint"]:
        say(told["hint"])
    rows = [(trace["at"][:19], trace["event"], trace["shop"] or "", trace["why"]) for trace in told["traces"]]
    if rows:
        table(("time (UTC)", "event", "store", "result"), rows)


@workflows.command("delete")
@click.argument("workflow_id")
def delete(workflow_id: str) -> None:
    """Delete a workflow. Runs that have started continue.

    \b
    Example:
      atom-shopify workflows delete shopify-big-order
    """
    with opened() as (host, person):
        host.library.delete(person, workflow_id)
    say(f"{workflow_id} is deleted.")


@workflows.command("templates")
@as_json
def templates(as_json: bool) -> None:
    """List the ready-made workflows of the installed plugins.

    \b
    Example:
      atom-shopify workflows templates
    """
    with opened() as (host, _):
        found = host.library.templates()
    if as_json:
        print_json(found)
        return
    for one in found:
        variables = ", ".join(f"{name}={json.dumps(value)}" for name, value in one.get("variables", {}).items())
        say(f"{one['id']}: {one['name']}\n  {one['description']}\n  variables: {variables or 'none'}")


@workflows.command("dry-run")
@click.argument("workflow_id", required=False)
@click.option(
    "--file",
    "file",
    type=click.Path(dir_okay=False, allow_dash=True),
    help="A definition, instead of the id of a workflow.",
)
@click.option("--input", "source", default="{}", metavar="JSON|@FILE", help="Value of `input` in expressions.")
@click.option(
    "--trigger",
    default="{}",
    metavar="JSON|@FILE",
    help="Payload of an event, as the value of `trigger` in expressions.",
)
@click.option("--sample", is_flag=True, help="Use a sample event from the plugin, instead of --trigger.")
@as_json
def dry_run(workflow_id: str | None, file: str | None, source: str, trigger: str, sample: bool, as_json: bool) -> None:
    """Show what each step of a workflow would do. Reads are carried out, writes are previewed, nothing is stored.

    \b
    Examples:
      atom-shopify workflows dry-run shopify-big-order --sample
      atom-shopify workflows dry-run shopify-new-customer --trigger '{"id": 1490000001}'
    """
    if (file is None) == (workflow_id is None):
        raise click.UsageError("Give either WORKFLOW_ID or --file.")
    given, about = read_object(source, "--input"), read_object(trigger, "--trigger")
    raw = read_file(file) if file is not None else None
    with opened() as (host, person):
        if raw is None:
            raw = host.library.one(person, str(workflow_id))["workflow_config"]
        about = dict(host.sample(raw)) if sample else about
        told = host.dry_run(person, raw, given, about)
    if as_json:
        print_json(told)
        return
    for condition in told["conditions"]:
        say(f"{'holds' if condition['holds'] else 'does not hold'}: {condition['condition']}")
    rows = [(one["id"], one["would"], one.get("action") or one["type"], one["why"]) for one in told["steps"]]
    table(("step", "would", "what", "why"), rows)


def _warn(warnings: list[dict[str, str]]) -> None:
    for warning in warnings:
        say(f"warning: {warning['pointer']}: {warning['message']}", err=True)
