"""Workflows of the embedded host on the command line.

The commands open the host's own storage, as the host does: they work whether or not one is running. A run that is begun
here is worked on here, unless a running host is faster; leases keep the two apart.
"""

# ruff: noqa: D301  # click wants the character \b before lines that it shall not re-wrap
from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from atom_shopify_plugin.cli.common import (
    Failed,
    Group,
    as_json,
    environment,
    host_environ,
    listing,
    operator,
    print_json,
    say,
    table,
)
from atom_shopify_plugin.cli.workflow_views import started_by, tell, told, why
from atom_shopify_plugin.settings import Settings

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.host.workflows import Workflows

__all__ = ["workflows"]


@click.group(cls=Group)
def workflows() -> None:
    """Create, run and look at workflows of the embedded host, as the person on the command line."""


@workflows.command("list")
@as_json
def list_workflows(as_json: bool) -> None:
    """List your workflows.

    \b
    Example:
      atom-shopify workflows list
    """
    with _opened() as (host, person):
        found = host.library.all(person)
    rows = [(one["id"], one["name"], started_by(one), "yes" if one["runnable"] else "no") for one in found]
    nothing = "There is no workflow yet. See `atom-shopify workflows templates`."
    listing(found, ("id", "name", "started by", "runnable"), rows, nothing, as_json=as_json)


@workflows.command("show")
@click.argument("workflow_id")
def show(workflow_id: str) -> None:
    """Print the definition of a workflow, as `create` takes it.

    \b
    Example:
      atom-shopify workflows show shopify-big-order > big-order.json
    """
    with _opened() as (host, person):
        print_json(host.library.one(person, workflow_id)["workflow_config"])


@workflows.command("create")
@click.argument("file", required=False, type=click.Path(dir_okay=False, allow_dash=True))
@click.option("--template", help="Take this template instead of a file.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A variable of the template.")
@click.option("--id", "own_id", help="Its id, where it shall not be the template's.")
@click.option("--shop", help="The store whose events start it, and that it works with.")
@as_json
def create(
    file: str | None,
    template: str | None,
    settings: tuple[str, ...],
    own_id: str | None,
    shop: str | None,
    as_json: bool,
) -> None:
    """Store the definition in FILE (- for stdin), or one made from a template. The same id replaces a workflow.

    \b
    Examples:
      atom-shopify workflows create big-order.json
      atom-shopify workflows create --template shopify-big-order --set limit=200 --set tag=vip
    """
    if (file is None) == (template is None):
        raise click.UsageError("Give either FILE or --template.")
    given = _file(file) if file is not None else None
    with _opened() as (host, person):
        if given is None:
            changes: dict[str, Any] = {"variables": dict(map(_variable, settings)), "id": own_id or template}
            given = host.library.from_template(str(template), {**changes, **({"shop": shop} if shop else {})})
        elif settings or shop or own_id:
            raise click.UsageError("--set, --id and --shop go with --template.")
        made = host.library.create(person, given)
        warnings = host.library.warnings(person, made["workflow_config"])
    if as_json:
        print_json({**made, "warnings": warnings})
    else:
        for warning in warnings:
            say(f"warning: {warning['pointer']}: {warning['message']}", err=True)
        say(f"{made['id']} is stored as version {made['version']}. It is started by {started_by(made)}.")


@workflows.command("delete")
@click.argument("workflow_id")
def delete(workflow_id: str) -> None:
    """Delete a workflow; runs that were begun go on.

    \b
    Example:
      atom-shopify workflows delete shopify-big-order
    """
    with _opened() as (host, person):
        host.library.delete(person, workflow_id)
    say(f"{workflow_id} is deleted.")


@workflows.command("templates")
@as_json
def templates(as_json: bool) -> None:
    """List the ready workflows that the installed plugins offer.

    \b
    Example:
      atom-shopify workflows templates
    """
    with _opened() as (host, _):
        found = host.library.templates()
    if as_json:
        print_json(found)
        return
    for one in found:
        variables = ", ".join(f"{name}={json.dumps(value)}" for name, value in one.get("variables", {}).items())
        say(f"{one['id']}: {one['name']}\n  {one['description']}\n  variables: {variables or 'none'}")


@workflows.command("run")
@click.argument("workflow_id")
@click.option("--input", "source", default="{}", metavar="JSON|@FILE", help="What its expressions read as `input`.")
@click.option("--trigger", default="{}", metavar="JSON|@FILE", help="What its expressions read as `trigger`.")
@click.option("--wait", type=click.FloatRange(0, 600), default=60.0, show_default=True, help="Seconds to wait for it.")
@as_json
def run(workflow_id: str, source: str, trigger: str, wait: float, as_json: bool) -> None:
    """Run a workflow by hand and wait until it ends or asks. Exit code 1 says that it failed.

    \b
    Example:
      atom-shopify workflows run shopify-new-customer --trigger '{"id": 1490000001}'
    """
    given, about = _object(source, "--input"), _object(trigger, "--trigger")
    with _opened() as (host, person):
        run_id = host.start(person, workflow_id, given, trigger=about)
        host.engine.settled(run_id, wait)
        found = host.history.run(person, run_id)
    told(found, as_json)


@workflows.command("dry-run")
@click.argument("workflow_id", required=False)
@click.option(
    "--file", "file", type=click.Path(dir_okay=False, allow_dash=True), help="A definition, in place of an id."
)
@click.option("--input", "source", default="{}", metavar="JSON|@FILE", help="What its expressions read as `input`.")
@click.option("--trigger", default="{}", metavar="JSON|@FILE", help="The payload of a sample event.")
@as_json
def dry_run(workflow_id: str | None, file: str | None, source: str, trigger: str, as_json: bool) -> None:
    """Say what each step of a workflow would do. Reads are carried out, writes are previewed, nothing is stored.

    \b
    Example:
      atom-shopify workflows dry-run shopify-new-customer --trigger '{"id": 1490000001}'
    """
    if (file is None) == (workflow_id is None):
        raise click.UsageError("Give either WORKFLOW_ID or --file.")
    given, about = _object(source, "--input"), _object(trigger, "--trigger")
    raw = _file(file) if file is not None else None
    with _opened() as (host, person):
        if raw is None:
            raw = host.library.one(person, str(workflow_id))["workflow_config"]
        told = host.dry_run(person, raw, given, about)
    if as_json:
        print_json(told)
        return
    for condition in told["conditions"]:
        say(f"{'holds' if condition['holds'] else 'does not hold'}: {condition['condition']}")
    rows = [(one["id"], one["would"], one.get("action") or one["type"], one["why"]) for one in told["steps"]]
    table(("step", "would", "what", "why"), rows)


@workflows.command("runs")
@click.option("--workflow", "workflow_id", help="Only runs of this workflow.")
@click.option("--state", help="Only runs in this state, such as failed or waiting.")
@click.option("--limit", type=click.IntRange(1, 250), default=20, show_default=True)
@as_json
def runs(workflow_id: str | None, state: str | None, limit: int, as_json: bool) -> None:
    """List the last runs, the newest first.

    \b
    Example:
      atom-shopify workflows runs --state failed
    """
    with _opened() as (host, person):
        found, more = host.history.runs(person, workflow_id=workflow_id, state=state, limit=limit)
    if as_json:
        print_json(found)
        return
    rows = [
        (one["id"], one["workflow_id"], one["state"], one["event"]["key"], one["created_at"], why(one)) for one in found
    ]
    table(("run", "workflow", "state", "cause", "created", "why"), rows)
    if more is not None:
        say("(there are older runs: ask with a higher --limit, or narrow the list)", err=True)


@workflows.command("run-show")
@click.argument("run_id")
@as_json
def run_show(run_id: str, as_json: bool) -> None:
    """Show a run with every step; secrets and personal data are left out.

    \b
    Example:
      atom-shopify workflows run-show 0f8fad5b-d9cb-469f-a165-70867728950e
    """
    with _opened() as (host, person):
        found = host.history.run(person, run_id)
    if as_json:
        print_json(found)
    else:
        tell(found)


@workflows.command("approve")
@click.argument("approval_id", required=False)
@click.option("--refuse", is_flag=True, help="Say no.")
@click.option("--wait", type=click.FloatRange(0, 600), default=60.0, show_default=True, help="Seconds to wait for it.")
@as_json
def approve(approval_id: str | None, refuse: bool, wait: float, as_json: bool) -> None:
    """Say yes (or no) to what a run asks, and wait for its end; without an id, list what is asked.

    \b
    Examples:
      atom-shopify workflows approve
      atom-shopify workflows approve 7c9e6679-7425-40de-944b-e07fc1f90ae7
    """
    with _opened() as (host, person):
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
        rows = [(one["id"], one["run_id"], one["step_id"], str(one["details"].get("message") or "")) for one in asked]
        table(("approval", "run", "step", "question"), rows)


@contextmanager
def _opened() -> Iterator[tuple[Workflows, Principal]]:
    """Give the host's workflows with all plugins loaded, and who is acting."""
    from atom_shopify_plugin.host.app import create_app
    from atom_shopify_plugin.host.config import HostMisconfigured
    from atom_shopify_plugin.host.quotas import OverQuota
    from atom_shopify_plugin.host.workflows import InvalidDefinition, NotThere, NotYet

    environ = environment()
    settings = Settings.from_environ(environ)
    try:
        host = create_app(host_environ(environ, settings)).extensions["atom_host"]
    except HostMisconfigured as error:
        raise Failed(str(error)) from None
    try:
        yield host.workflows, operator(settings)
    except InvalidDefinition as error:
        fault = {"code": "VALIDATION_ERROR", "message": str(error), "details": {"faults": error.faults}}
        raise Failed(f"The definition has faults: {error}", {**fault, "retryable": False}) from None
    except NotThere as error:
        raise Failed(str(error.args[0]), {"code": "NOT_FOUND", "message": error.args[0], "retryable": False}) from None
    except (NotYet, OverQuota) as error:
        again = isinstance(error, OverQuota) and error.status == 429
        raise Failed(str(error), {"code": "CONFLICT", "message": str(error), "retryable": again}) from None
    finally:
        host.close()


def _variable(text: str) -> tuple[str, Any]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise click.BadParameter(f"{text} is not NAME=VALUE", param_hint="--set")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _file(name: str) -> dict[str, Any]:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Failed(f"{name} can't be read: {error}") from None
    return _parsed(text, "FILE")


def _object(source: str, option: str) -> dict[str, Any]:
    if source.startswith("@"):
        return _file(source[1:])
    return _parsed(source, option)


def _parsed(text: str, where: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise click.BadParameter(f"that is not JSON: {error}", param_hint=where) from None
    if not isinstance(value, dict):
        raise click.BadParameter("it must be a JSON object", param_hint=where)
    return value
