"""The local Shopify: run it alone, or do in a running one what buyers and merchants do."""

# ruff: noqa: D301  # click wants the character \b before lines that it shall not re-wrap
from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from atom_shopify_plugin.cli.common import Failed, Group, as_json, environment, print_json, say
from atom_shopify_plugin.cli.servers import PORT, stop_signals
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.shopify import money
from atom_shopify_plugin.shopify.domain import ShopDomain

if TYPE_CHECKING:
    from atom_shopify_plugin.sandbox.core import Sandbox

__all__ = ["sandbox"]


@click.group(cls=Group, invoke_without_command=True)
@click.option("--port", type=PORT, default=5059, show_default=True)
@click.option("--size", type=click.Choice(["full", "small"]), default="full", show_default=True, help="Amount of data.")
@click.option(
    "--seed",
    metavar="FILE|economy|none",
    help="A file that describes the stores and their data, `economy` for a trading history, or `none` for no data.",
)
@as_json
@click.pass_context
def sandbox(context: click.Context, port: int, size: str, seed: str | None, as_json: bool) -> None:
    """Run only the local Shopify: two stores with OAuth, Admin GraphQL, throttling, webhooks and faults.

    The subcommands act on a running sandbox, such as that of `atom-shopify demo`.

    \b
    Example:
      atom-shopify sandbox &
      export ATOM_SHOPIFY_ENDPOINT=http://127.0.0.1:5059
      export SHOPIFY_API_KEY=sandbox-key SHOPIFY_API_SECRET=sandbox-secret
      atom-shopify sandbox --seed economy             25 months of orders to analyse
      atom-shopify sandbox --seed my-stores.json      the format: docs/sandbox.md
    """
    if context.invoked_subcommand is not None:
        return
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.sandbox.server import PortTaken
    from atom_shopify_plugin.sandbox.server import serve as serve_sandbox

    stop = stop_signals()
    shop = Sandbox(size=size) if seed is None else _seeded(seed)
    try:
        server = serve_sandbox(shop, port)
    except PortTaken as error:
        raise Failed(f"{error} The flag for it is --port.") from None
    with server:
        facts = {
            "url": server.url,
            "stores": list(shop.accounts),
            "api_key": "sandbox-key",
            "api_secret": "sandbox-secret",
        }
        if as_json:
            print_json(facts)
        else:
            say(f"A Shopify is running at {server.url} with the stores {', '.join(shop.accounts)}.")
            say(f"Its effects: {server.url}/__sandbox__/journal   Stop it with Ctrl-C.")
        stop.wait()


def _seeded(seed: str) -> Sandbox:
    from atom_shopify_plugin.sandbox import seed_file, seeds
    from atom_shopify_plugin.sandbox.core import Sandbox

    try:
        return Sandbox(seed=seed if seed in seeds.NAMES else seed_file.read(Path(seed)))
    except seed_file.SeedError as error:
        raise Failed(str(error)) from None


_store = click.option("--store", default="demo", show_default=True, help="The store: its handle or full name.")
_url = click.option("--url", help="Address of the sandbox; by default, that of the running demo.")


@sandbox.command()
@_store
@click.option("--sku", multiple=True, help="A product to buy, one of each; by default, the sandbox picks one.")
@click.option("--total", metavar="AMOUNT", help="Buy for at least this amount, instead of by --sku.")
@click.option("--email", help="E-mail of the customer; by default, an existing customer.")
@click.option("--unpaid", is_flag=True, help="Leave the order unpaid.")
@_url
@as_json
def order(
    store: str, sku: tuple[str, ...], total: str | None, email: str | None, unpaid: bool, url: str | None, as_json: bool
) -> None:
    """Place an order as a customer. Its webhooks are delivered at once.

    \b
    Examples:
      atom-shopify sandbox order --store demo
      atom-shopify sandbox order --total 250
      atom-shopify sandbox order --sku MUG-BLUE --email ada@example.com
    """
    wish: dict[str, Any] = {"paid": not unpaid}
    if sku and total is not None:
        raise click.UsageError("Give either --sku or --total.")
    if total is not None:
        wish["total"] = total
    if sku:
        wish["lines"] = [{"sku": one, "quantity": 1} for one in sku]
    if email:
        wish["customer"] = email
    made = _do(url, store, "orders", wish)
    if as_json:
        print_json(made)
    else:
        total = money.shown({"amount": made["total"], "currency_code": made["currency"]})
        say(f"{made['name']} was placed in {ShopDomain.from_handle(store)}: {total}.")


@sandbox.command()
@click.argument("sku")
@click.argument("available", type=int)
@_store
@_url
@as_json
def stock(sku: str, available: int, store: str, url: str | None, as_json: bool) -> None:
    """Set the stock of SKU to AVAILABLE, as the merchant. Its webhook is delivered at once.

    \b
    Example:
      atom-shopify sandbox stock MUG-BLUE 3
    """
    made = _do(url, store, "inventory", {"sku": sku, "available": available})
    if as_json:
        print_json(made)
    else:
        say(f"{sku} has {available} in {ShopDomain.from_handle(store)} now.")


@sandbox.command()
@click.argument("name", default="default")
@_url
@as_json
def snapshot(name: str, url: str | None, as_json: bool) -> None:
    """Save the state of a running sandbox as the snapshot NAME.

    \b
    Example:
      atom-shopify sandbox snapshot before-import
    """
    made = _control(url, "snapshot", {"name": name})
    if as_json:
        print_json(made)
    else:
        say(f"The snapshot {made['snapshot']} was taken. Go back to it: atom-shopify sandbox reset {made['snapshot']}")


@sandbox.command()
@click.argument("name", default="start")
@_url
@as_json
def reset(name: str, url: str | None, as_json: bool) -> None:
    """Reset a running sandbox to the snapshot NAME, or to its initial state.

    \b
    Examples:
      atom-shopify sandbox reset
      atom-shopify sandbox reset before-import
    """
    made = _control(url, "reset", {"snapshot": name})
    if as_json:
        print_json(made)
    else:
        say(f"The sandbox is as it was at {made['snapshot']}.")


def _do(url: str | None, store: str, route: str, wish: Mapping[str, Any]) -> Any:
    """Do something in a store of a running sandbox, as a buyer or a merchant would."""
    return _control(url, f"stores/{ShopDomain.from_handle(store)}/{route}", wish)


def _control(url: str | None, route: str, wish: Mapping[str, Any]) -> Any:
    """Send a request to the control API of a running sandbox and return the answer."""
    import requests

    base = url or Settings.from_environ(environment()).endpoint
    if base is None:
        raise Failed("No sandbox is known. Start one with `atom-shopify demo`, or name it with --url.")
    address = f"{base.rstrip('/')}/__sandbox__/{route}"
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(address, json=dict(wish), timeout=30)
        body = answer.json()
    except (requests.RequestException, ValueError):
        raise Failed(
            f"No sandbox answers at {base}. Start one with `atom-shopify demo`, or name it with --url."
        ) from None
    if not answer.ok:
        raise Failed(str(body.get("error") or body)[:300])
    return body
