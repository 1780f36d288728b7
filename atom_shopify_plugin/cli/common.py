"""What the commands share: settings and runtime, who is acting, how answers and errors are printed."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from atom_shopify_plugin.errors import ConfirmationNeeded, PluginError, StoreNotConnected
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.settings import SETTINGS, Settings
from atom_shopify_plugin.stores.resolve import ALL

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.storage import Store

__all__ = [
    "Failed",
    "Group",
    "Main",
    "act_as",
    "as_json",
    "environment",
    "host_environ",
    "identity",
    "listing",
    "operator",
    "print_json",
    "printable",
    "running",
    "say",
    "shop_of",
    "shops_of",
    "store_of",
    "table",
    "with_traceback",
]

_NARROW = 24  # columns below which folding makes a text harder to read than a long line
# A terminal obeys control characters, of C1 too (U+009B begins a sequence as ESC [ does), and shows text in another
# order after a bidi control. Titles, names and error texts come from other people.
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_JSON = "atom_shopify_plugin.json"
_TRACEBACK = "atom_shopify_plugin.traceback"
_SUBJECT = "atom_shopify_plugin.subject"


class Failed(click.ClickException):
    """A command that did not work: one line on stderr and exit code 1; with ``--json`` the envelope on stdout, too."""

    exit_code = 1

    def __init__(self, message: str, error: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        plain: dict[str, Any] = {
            "code": "FAILED",
            "message": message,
            "details": {},
            "request_id": None,
            "retryable": False,
        }
        self.error = {**plain, **(error or {})}
        context = click.get_current_context(silent=True)  # gone when the failure is shown
        self.in_json = context is not None and bool(context.meta.get(_JSON))

    def show(self, file: Any = None) -> None:
        if self.in_json:
            print_json({"ok": False, "success": False, "error": self.error})
        say(f"error: {' '.join(self.format_message().split())}", err=True, file=file)


class Group(click.Group):
    """A group whose commands may raise our errors; they leave as one clear line."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except PluginError as error:
            raise Failed(_sentence(error), error.as_dict()) from None
        except BrokenPipeError:
            # `… | head` has seen enough. Pointing stdout at nothing keeps Python from complaining at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            ctx.exit(0)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:  # a bug of ours: one line for people, the whole story with --traceback
            if ctx.meta.get(_TRACEBACK):
                raise
            word = type(error).__name__
            raise Failed(
                f"Something went wrong internally ({word}). Run `atom-shopify --traceback …` to see where."
            ) from None


class Main(Group):
    """The program. Its option ``--as`` may also stand behind the name of a command, where people write it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = args[: args.index("--")] if "--" in args else args
        if "--as" in own[:-1]:
            at = own.index("--as")
            args = [*args[at : at + 2], *args[:at], *args[at + 2 :]]
        return super().parse_args(ctx, args)


def _sentence(error: PluginError) -> str:
    parts = [error.in_full()]
    if isinstance(error, ConfirmationNeeded):
        parts.append(f"Confirm with: --confirm {error.details['confirmation_token']}")
    if isinstance(error, StoreNotConnected) and "shop" not in error.details:
        parts.append("`atom-shopify whoami` shows who you act as, and `--as` acts as somebody else.")
    link = error.details.get("connect_url")
    if isinstance(link, str) and link not in parts[0]:
        parts.append(link)
    return " ".join(parts)


def _note(key: str) -> Callable[[click.Context, click.Parameter, bool], bool]:
    def note(context: click.Context, _parameter: click.Parameter, value: bool) -> bool:
        if value:
            context.meta[key] = True
        return value

    return note


as_json = click.option(
    "--json",
    "as_json",
    is_flag=True,
    is_eager=True,
    callback=_note(_JSON),
    help="Print JSON, for failures too.",
)


def _act_as(context: click.Context, _parameter: click.Parameter, subject: str | None) -> None:
    if subject is None:
        return
    from atom_shopify_plugin.host.auth import is_name

    if not is_name(subject):
        raise click.BadParameter("it must be 1 to 200 characters without control characters")
    context.meta[_SUBJECT] = subject


act_as = click.option(
    "--as",
    "subject",
    metavar="SUBJECT",
    expose_value=False,
    is_eager=True,
    callback=_act_as,
    help="Act as this person; by default, as the one that `atom-shopify whoami` shows.",
)


with_traceback = click.option(
    "--traceback",
    is_flag=True,
    expose_value=False,
    callback=_note(_TRACEBACK),
    help="Show the traceback of an unexpected error.",
)


def printable(text: str) -> str:
    """Return `text` with each character that a terminal would obey as its JSON escape; JSON means the same then."""
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def say(text: object = "", *, err: bool = False, nl: bool = True, file: Any = None, colour: str | None = None) -> None:
    """Print a text; the only way of a command to the terminal, since any text may hold what others have written."""
    click.secho(printable(str(text)), err=err, nl=nl, file=file, fg=colour)


def print_json(value: Any, *, indent: int | None = 2) -> None:
    """Print `value` as JSON."""
    say(json.dumps(value, indent=indent, ensure_ascii=False, default=str))


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows under headings, each column as wide as its widest cell; on a terminal the last one is folded."""
    # A cell is one line, whatever line breaks a name holds; they would look like further rows.
    cleaned = (tuple(printable(cell).replace("\n", "\\n").replace("\t", " ") for cell in row) for row in rows)
    lines = [tuple(heading.upper() for heading in headings), *cleaned]
    widths = [max(len(line[at]) for line in lines) for at in range(len(headings))]
    indent = sum(widths[:-1]) + 2 * (len(widths) - 1)
    room = shutil.get_terminal_size().columns - indent if sys.stdout.isatty() else 0
    for line in lines:
        folded = textwrap.wrap(line[-1], room) if room >= _NARROW else []
        first, *rest = folded or [line[-1]]
        cells = zip((*line[:-1], first), widths, strict=True)
        say("  ".join(cell.ljust(width) for cell, width in cells).rstrip())
        for more in rest:
            say(" " * indent + more)


def listing(
    values: Sequence[Any], headings: Sequence[str], rows: Iterable[Sequence[str]], nothing: str, *, as_json: bool
) -> None:
    """Print `values` as JSON or their `rows` as a table; on stderr `nothing`, a sentence, where there are none."""
    if as_json:
        print_json(values)
    elif values:
        table(headings, rows)
    else:
        say(nothing, err=True)


def environment() -> Mapping[str, str]:
    """Return the environment to read settings from.

    That is the process's own; where it sets nothing of ours and a demo of this folder is running, the demo's settings
    are added.
    """
    names = {name for setting in SETTINGS for name in (setting.name, *setting.aliases)}
    if any(os.environ.get(name, "").strip() for name in names):
        return os.environ
    from atom_shopify_plugin.demo import running as running_demo

    state = running_demo()
    if state is None:
        return os.environ
    say(f"(using the running demo at {state['ATOM_SHOPIFY_PUBLIC_URL']})", err=True)
    return {**os.environ, **state}


def host_environ(environ: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """Return `environ` with the host's folder and address, where they are not set, taken from the plugin's."""
    return {
        "ATOM_HOST_DATA_DIR": str(settings.data_dir),
        "ATOM_HOST_PUBLIC_URL": settings.public_url,
        **{name: value for name, value in environ.items() if value.strip()},
    }


@contextmanager
def running() -> Iterator[Runtime]:
    """Give a runtime whose database is up to date, and close it afterwards."""
    from atom_shopify_plugin.runtime import Runtime

    runtime = Runtime(Settings.from_environ(environment()))
    try:
        if runtime.storage.current() != runtime.storage.head():
            runtime.storage.upgrade()
        yield runtime
    finally:
        runtime.close()


def store_of(runtime: Runtime, name: str | None) -> Store | None:
    """Return the operator's store that `name` means: its handle, domain, or the name that it shows."""
    return None if name is None else runtime.stores.by_words(operator(runtime.settings), name)


def shop_of(runtime: Runtime, name: str | None) -> str | None:
    """Return the domain of the operator's store that `name` means."""
    store = store_of(runtime, name)
    return None if store is None else str(store.shop)


def shops_of(runtime: Runtime, names: Sequence[str]) -> list[str] | str | None:
    """Return the domains that `names` mean, ``all`` as it is, the one store of one name, or None without a name."""
    if len(names) > 1:
        return [str(shop_of(runtime, name)) for name in names]
    name = names[0] if names else None
    return name if name == ALL else shop_of(runtime, name)


def operator(settings: Settings) -> Principal:
    """Return who acts on the command line: ``--as``, else ATOM_SHOPIFY_OPERATOR_SUBJECT, else ``local``."""
    return Principal(identity(settings)[0], via="cli")


def identity(settings: Settings) -> tuple[str, str]:
    """Return the person who acts on the command line, and what says so."""
    context = click.get_current_context(silent=True)
    chosen = context.meta.get(_SUBJECT) if context is not None else None
    if chosen is not None:
        return chosen, "--as"
    if settings.operator_subject:
        return settings.operator_subject, "ATOM_SHOPIFY_OPERATOR_SUBJECT"
    return "local", "the default"
