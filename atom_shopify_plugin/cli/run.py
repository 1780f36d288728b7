"""Actions and chat on the command line."""

# ruff: noqa: D301  # click wants the character \b before lines that it shall not re-wrap
from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from atom_shopify_plugin.actions.compact import table_of
from atom_shopify_plugin.cli.calls import confirmed, ended, tell
from atom_shopify_plugin.cli.common import (
    Group,
    as_json,
    listing,
    operator,
    print_json,
    running,
    say,
    shop_of,
    shops_of,
    table,
)
from atom_shopify_plugin.strictjson import exact_number

if TYPE_CHECKING:
    from atom_shopify_plugin.actions.fanout import StoreResults
    from atom_shopify_plugin.catalog.model import Action
    from atom_shopify_plugin.chat.conversation import Reply
    from atom_shopify_plugin.runtime import Runtime

__all__ = ["actions", "call", "chat"]

_EFFECTS = click.Choice(["read", "write", "destructive"])
_CUTS = 3  # lists that are told of one by one
_SHORT = 40  # characters of choices that fit into the column of types


@click.group(cls=Group)
def actions() -> None:
    """List and describe the actions that you can call."""


@actions.command("list")
@click.argument("text", required=False)
@click.option("--domain", help="Only this domain, such as products.")
@click.option("--effect", type=_EFFECTS, help="Only actions with this effect.")
@as_json
def list_actions(text: str | None, domain: str | None, effect: str | None, as_json: bool) -> None:
    """List all actions, or those with TEXT in their key, title or description.

    \b
    Examples:
      atom-shopify actions list
      atom-shopify actions list stock --effect write
    """
    from atom_shopify_plugin.catalog import loading

    found = [
        action
        for action in loading.packaged().actions.values()
        if (domain is None or action.domain == domain)
        and (effect is None or action.effect == effect)
        and (text is None or text.lower() in f"{action.key} {action.title} {action.description}".lower())
    ]
    rows = [(action.key, action.effect, action.domain, action.title) for action in found]
    headings = ("key", "effect", "domain", "title")
    listing([_summary(action) for action in found], headings, rows, "No action matches.", as_json=as_json)


@actions.command("show")
@click.argument("key")
@as_json
def show_action(key: str, as_json: bool) -> None:
    """Show one action: its input, effect, scopes and examples. KEY may be an alias.

    \b
    Example:
      atom-shopify actions show product_create
    """
    from atom_shopify_plugin.catalog import loading

    action = loading.packaged().action(key)
    if as_json:
        public = action.public
        schemas = {"input": public.whole(public.input), "output": public.whole(public.output)}
        print_json({**_summary(action), **schemas, "examples": action.examples})
        return
    say(f"{action.key}: {action.title}\n\n{action.description}\n")
    facts = {
        "effect": action.effect,
        "also called": ", ".join(action.aliases),
        "scopes": ", ".join(" or ".join(choice) for choice in action.scopes),
        "REST": f"{action.rest[0]} /api/shopify{action.rest[1]}" if action.rest else "",
        "undo": action.undo.action if action.undo else "",
    }
    for name, value in facts.items():
        if value:
            say(f"{name + ':':<13}{value}")
    taken = action.public.whole(action.public.input)
    rows = [
        (name, _type(schema), "yes" if name in taken.get("required", ()) else "", _about(schema))
        for name, schema in taken["properties"].items()
    ]
    if rows:
        say("")
        table(("input", "type", "required", "about"), rows)
    for example in action.examples:
        say(f"\natom-shopify call {action.key} --input '{json.dumps(example, ensure_ascii=False)}'")


@click.command()
@click.argument("key")
@click.option("--input", "source", default="{}", metavar="JSON|@FILE|-", help="The input: JSON, @file, or - for stdin.")
@click.option(
    "--shop",
    "shops",
    multiple=True,
    help="Store, by handle, domain or name. Repeat it for several stores, or use all. Default: your default store.",
)
@click.option("--confirm", metavar="TOKEN", help="The confirmation token of a preview.")
@click.option("--yes", is_flag=True, help="Confirm a destructive action without asking.")
@click.option("--dry-run", "--preview", "preview", is_flag=True, help="Show what a write would do, without doing it.")
@click.option(
    "--idempotency-key", metavar="KEY", help="Run a write only once, even if you repeat the command with this key."
)
@click.option("--no-wait", is_flag=True, help="Don't wait for background work of Shopify; print the operation.")
@click.option("--table", "as_table", is_flag=True, help="Print a list as a table of the fields that matter most.")
@as_json
def call(
    key: str,
    source: str,
    shops: tuple[str, ...],
    confirm: str | None,
    yes: bool,
    preview: bool,
    idempotency_key: str | None,
    no_wait: bool,
    as_table: bool,
    as_json: bool,
) -> None:
    """Run the action KEY and print its result as JSON.

    A destructive action first shows what it would do and asks for confirmation. Without a terminal it prints a
    confirmation token and exits with code 1; pass the token with --confirm. With --json it prints the whole response,
    including page and meta. `atom-shopify whoami` shows which person you act as.

    If Shopify continues in the background, the command waits for the end and shows the progress. Stopping the command
    does not stop the operation; see `atom-shopify operations`.

    \b
    Examples:
      atom-shopify call product_create --input '{"title": "Mug"}'
      atom-shopify call product_search --input '{"limit": 5}' --shop outlet.myshopify.com
      atom-shopify call product_search --table
      atom-shopify call order_search --shop all
      atom-shopify call product_delete --input @gone.json --yes
    """
    from atom_shopify_plugin.actions.call import Call, Outcome
    from atom_shopify_plugin.actions.fanout import StoreResults

    value = _input(source)
    with running() as runtime:
        asked = Call(
            operator(runtime.settings),
            key,
            value,
            idempotency_key=idempotency_key,
            confirm=confirm,
            preview=preview,
        )
        names = shops_of(runtime, shops)
        outcome = confirmed(lambda call: runtime.fanout.run(call, names), asked, yes=yes)
        if not no_wait:
            wait = partial(ended, runtime)
            outcome = runtime.fanout.ended(asked, outcome, wait) if isinstance(outcome, StoreResults) else wait(outcome)
    if isinstance(outcome, StoreResults):
        _tell_stores(outcome, as_json=as_json)
        return
    action = runtime.catalog.action(key)
    shown = table_of(action, outcome.data) if as_table and not as_json and isinstance(outcome, Outcome) else None
    if shown is not None:
        table(*shown)
    else:
        tell(outcome, as_json)
    if not as_json and isinstance(outcome, Outcome):
        if outcome.page is not None and outcome.page.get("has_more"):
            say("(there is more: pass page.next as `cursor`)", err=True)
        _tell_cuts(outcome.data)
        _tell_limits(outcome.meta)


@click.command()
@click.argument("text", nargs=-1)
@click.option("--shop", help="Store, by handle, domain or name. Default: your default store.")
@as_json
def chat(text: tuple[str, ...], shop: str | None, as_json: bool) -> None:
    """Ask a question about your stores. Without TEXT, start a conversation.

    \b
    Examples:
      atom-shopify chat check orders
      atom-shopify chat stock MUG-BLUE
      atom-shopify chat
    """
    with running() as runtime:
        if text:
            reply = _say(runtime, " ".join(text), shop)
            if as_json:
                print_json(reply.as_dict())
            if not reply.ok:
                raise click.exceptions.Exit(_fail(reply.text, silent=as_json))
            if not as_json:
                say(reply.text)
            return
        _talk(runtime, shop, as_json)


def _tell_cuts(data: Any) -> None:
    """Say on stderr which lists in an answer are cut, and which call gives the whole."""
    from atom_shopify_plugin.actions.cuts import cuts

    found = list(cuts(data))
    for cut in found[:_CUTS]:
        more = cut.list.get("more")
        how = f": atom-shopify call {more['action']} --input '{json.dumps(more['input'])}'" if more else ""
        shown = f"{len(cut.list['nodes'])} of {cut.list.get('count', 'more')}"
        say(f"({cut.name} of {cut.holder.get('id', 'this')} holds {shown}{how})", err=True)
    if len(found) > _CUTS:
        say(f"({len(found) - _CUTS} more lists are cut; each has `truncated`)", err=True)


def _tell_limits(meta: Mapping[str, Any]) -> None:
    """Say on stderr what Shopify leaves out of an answer."""
    for limit in meta.get("limits", ()):
        say(f"({limit['message']} {limit['remedy']})", err=True)


def _fail(message: str, *, silent: bool) -> int:
    if not silent:
        say(f"error: {message}", err=True)
    return 1


def _talk(runtime: Runtime, shop: str | None, as_json: bool) -> None:
    interactive = sys.stdin.isatty()
    if interactive:
        say("Say `help` to see what you can ask, `quit` to leave.", err=True)
    while True:
        if interactive:
            say("> ", nl=False, err=True)
        line = sys.stdin.readline()
        if not line or line.strip().lower() in ("quit", "exit"):
            return
        if line.strip():
            reply = _say(runtime, line.strip(), shop)
            if as_json:
                print_json(reply.as_dict(), indent=None)
            else:
                say(reply.text)


def _say(runtime: Runtime, text: str, shop: str | None) -> Reply:
    from atom_shopify_plugin.chat.conversation import Reply

    reply = runtime.chat.answer(operator(runtime.settings), text, shop_of(runtime, shop))
    return reply or Reply(False, "I did not understand that. Say `help` to see what you can ask.")


def _tell_stores(results: StoreResults, *, as_json: bool) -> None:
    """Print the result of each store; the exit code is 1 where one failed."""
    from atom_shopify_plugin.actions.call import Outcome

    print_json(results.as_dict() if as_json else results.data["stores"])
    for result in results.results if not as_json else ():
        if isinstance(result.outcome, Outcome):
            _tell_limits(result.outcome.meta)
    if results.error is not None:
        raise click.exceptions.Exit(_fail(results.error.in_full(), silent=as_json))


def _input(source: str) -> dict[str, Any]:
    try:
        if source == "-":
            text = sys.stdin.read()
        elif source.startswith("@"):
            text = Path(source[1:]).read_text("utf-8")
        else:
            text = source
    except (OSError, UnicodeDecodeError) as error:
        raise click.BadParameter(f"{source}: {error}", param_hint="--input") from None
    try:
        value = json.loads(text, parse_float=exact_number)
    except (ValueError, RecursionError) as error:
        raise click.BadParameter(f"that is not JSON: {error}", param_hint="--input") from None
    if not isinstance(value, dict):
        raise click.BadParameter('the input must be a JSON object, such as \'{"title": "Mug"}\'', param_hint="--input")
    return value


def _summary(action: Action) -> dict[str, Any]:
    return {
        "key": action.key,
        "aliases": list(action.aliases),
        "domain": action.domain,
        "effect": action.effect,
        "title": action.title,
        "description": action.description,
        "scopes": [list(choice) for choice in action.scopes],
        "rest": " ".join(action.rest) if action.rest else None,
    }


def _about(schema: Any) -> str:
    choices = f"One of: {_choices(schema)}." if "enum" in schema and len(_choices(schema)) > _SHORT else ""
    return f"{schema.get('description', '')} {choices}".strip()


def _choices(schema: Any) -> str:
    return " | ".join(str(value) for value in schema["enum"])


def _type(schema: Any) -> str:
    if "enum" in schema:
        return _choices(schema) if len(_choices(schema)) <= _SHORT else "one of many"
    kind = schema.get("type", "any")
    return " or ".join(kind) if isinstance(kind, list | tuple) else str(kind)
