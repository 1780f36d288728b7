"""The long-running commands: the demo, and the host behind granian."""

# ruff: noqa: D301  # click wants the character \b before lines that it shall not re-wrap
from __future__ import annotations

import logging
import signal
import threading
from contextlib import suppress

import click

from atom_shopify_plugin.cli.common import Failed, as_json, environment, host_environ, print_json, say
from atom_shopify_plugin.errors import Unavailable
from atom_shopify_plugin.settings import DEFAULT_SCOPES, LOOPBACK, Settings

__all__ = ["PORT", "demo", "serve", "stop_signals"]

PORT = click.IntRange(0, 65535)


@click.command()
@click.option("--host-port", type=PORT, default=5058, show_default=True, help="Port of the ATOM host.")
@click.option("--sandbox-port", type=PORT, default=5059, show_default=True, help="Port of the local Shopify.")
@click.option("--size", type=click.Choice(["full", "small"]), default="full", show_default=True, help="Amount of data.")
@as_json
def demo(host_port: int, sandbox_port: int, size: str, as_json: bool) -> None:
    """Start a local Shopify with two stores, and an ATOM host that is connected to both. Stop it with Ctrl-C.

    Each start uses fresh data, in the folder .atom-demo. While the demo runs, other commands in this folder use its
    stores and act as the person "demo", unless the environment has other settings.

    \b
    Examples:
      atom-shopify demo
      atom-shopify demo --host-port 6058 --sandbox-port 6059
    """
    from atom_shopify_plugin.cli.demo_views import tell
    from atom_shopify_plugin.demo import DemoFailed, start

    stop = stop_signals()
    try:
        # Forecasts and questions about customers need more than the orders of the last 60 days.
        scopes = f"{DEFAULT_SCOPES},read_all_orders"
        with start(
            host_port=host_port, sandbox_port=sandbox_port, scopes=scopes, size=size, cancelled=stop.is_set
        ) as running:
            if as_json:
                print_json(running.facts())
            else:
                say(tell(running.facts()))
            stop.wait()
            say("Stopping …", err=True)
    except DemoFailed as error:
        if stop.is_set():
            return
        raise Failed(str(error)) from None


@click.command()
@click.option("--host", "address", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=PORT, default=5058, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes.")
@click.option(
    "--threads",
    type=click.IntRange(1, 256),
    default=8,
    show_default=True,
    help="Threads of each process for people's requests.",
)
@click.option(
    "--timeout",
    type=click.IntRange(1, 600),
    default=60,
    show_default=True,
    help="Seconds after which a stuck process is replaced.",
)
def serve(address: str, port: int, workers: int, threads: int, timeout: int) -> None:
    """Run the ATOM host with all installed plugins behind granian.

    It listens only on this machine unless you set --host. Put an https proxy in front of it. The host has its own
    settings:

    \b
      ATOM_HOST_DATA_DIR    its SQLite file (tokens, workflows); default: ATOM_SHOPIFY_DATA_DIR
      ATOM_HOST_PUBLIC_URL  its address in a browser; default: ATOM_SHOPIFY_PUBLIC_URL
      ATOM_JWT_SECRET       accepts ATOM's HS256 tokens (also JWT_SECRET); 32 bytes or more, no sample value

    \b
    Examples:
      atom-shopify serve
      atom-shopify serve --workers 2 --threads 16
    """
    from atom_shopify_plugin.host.config import HostConfig, HostMisconfigured
    from atom_shopify_plugin.host.server import PortTaken, run

    environ = environment()
    settings = Settings.from_environ(environ)
    environ = host_environ(environ, settings)
    environ.pop("ATOM_HOST_DEMO", None)
    if workers > 1:
        from atom_shopify_plugin.storage.boards.choose import shared_ledger

        environ["ATOM_SHOPIFY_THROTTLE_LEDGER"] = shared_ledger(settings)
    try:
        config = HostConfig.from_environ(environ)
    except HostMisconfigured as error:
        raise Failed(str(error)) from None
    if address not in LOOPBACK and not config.secure:
        say(
            f"warning: listening on {address}, but {config.public_url} is not https: tokens would travel in the clear. "
            "Set ATOM_SHOPIFY_PUBLIC_URL to the https address of the proxy in front.",
            err=True,
        )
    _log_to_stderr()
    _look_at_settings(settings)
    _import_parts()
    try:
        run(environ, address=address, port=port, workers=workers, threads=threads, timeout=timeout)
    except PortTaken as error:
        raise Failed(f"{error} Choose another with --port.") from None
    except ImportError:
        raise Failed("granian is not installed: pip install 'atom-shopify-plugin[serve]'") from None


def _look_at_settings(settings: Settings) -> None:
    """Raise `Misconfigured` for settings of the storage that are wrong; a database that is away is waited for."""
    from atom_shopify_plugin.storage import Storage

    storage = Storage(settings)
    try:
        with suppress(Unavailable):
            _ = storage.keys
    finally:
        storage.close()


def _import_parts() -> None:
    """Import what each worker needs before they are forked, so that one that starts answers within moments."""
    import alembic.command  # noqa: F401

    from atom_shopify_plugin import openapi, plugin, web  # noqa: F401
    from atom_shopify_plugin.events import intake, subscribing  # noqa: F401
    from atom_shopify_plugin.jobs import Jobs  # noqa: F401
    from atom_shopify_plugin.stores import connections  # noqa: F401
    from atom_shopify_plugin.web import asgi  # noqa: F401


def _log_to_stderr() -> None:
    """Write what the host and the plugin have to say, and other libraries' warnings."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("atom_shopify_plugin").setLevel(logging.INFO)


def stop_signals() -> threading.Event:
    """Return an event that Ctrl-C and SIGTERM set; a second Ctrl-C ends the process the hard way."""
    stop = threading.Event()

    def on_signal(number: int, _frame: object) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)
    return stop
