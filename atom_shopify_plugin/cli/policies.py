"""Policies on the command line: what somebody may do in a store, and answering calls that wait for an approval."""

# ruff: noqa: D301  # click wants the character \b before lines that it shall not re-wrap
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import click

from atom_shopify_plugin.cli.common import (
    Group,
    as_json,
    listing,
    operator,
    print_json,
    running,
    say,
    shop_of,
)
from atom_shopify_plugin.stores.policy_words import HIGHEST_COUNT, VIAS

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.storage import Store
    from atom_shopify_plugin.stores.policy_desk import PolicyDesk

__all__ = ["policy"]

_COUNT = click.IntRange(0, HIGHEST_COUNT)


@click.group(cls=Group)
def policy() -> None:
    """Decide what an agent or a person may do in your stores, and how much a day without asking."""


@policy.command("list")
@click.argument("shop")
@as_json
def list_policies(shop: str, as_json: bool) -> None:
    """List the policies of SHOP. Only owners can do this.

    \b
    Example:
      atom-shopify policy list outlet
    """
    with _owned(shop) as (desk, person, store):
        found = desk.policies(person, store)
    rows = [(one["id"], one["subject"], one["via"] or "all", one["kind"], one["tool"], _limit(one)) for one in found]
    headings = ("id", "for", "by", "policy", "tool", "a day")
    listing(found, headings, rows, "This store has no policy.", as_json=as_json)


@policy.command("set")
@click.argument("shop")
@click.argument("subject")
@click.option("--tool", default="*", show_default=True, help="Action, domain, kind (refunds, charges, stock), or *.")
@click.option("--allow", "kind", flag_value="allow", help="Allow it. Everything that no policy allows is then denied.")
@click.option("--deny", "kind", flag_value="deny", help="Deny it.")
@click.option("--read-only", "kind", flag_value="read_only", help="Let it only read.")
@click.option("--amount", type=str, help="Limit the amount per day, in the store's currency.")
@click.option("--quantity", type=_COUNT, help="Limit the quantity per day.")
@click.option("--calls", type=_COUNT, help="Limit the number of calls per day.")
@click.option("--approve", is_flag=True, help="Ask an owner to approve what exceeds the limit, instead of refusing it.")
@click.option("--via", type=click.Choice(VIAS[1:]), help="Only for calls through this interface, such as mcp.")
@as_json
def set_policy(
    shop: str,
    subject: str,
    tool: str,
    kind: str | None,
    amount: str | None,
    quantity: int | None,
    calls: int | None,
    approve: bool,
    via: str | None,
    as_json: bool,
) -> None:
    """Set a policy of SHOP for SUBJECT, a person or an agent; * is everybody. Only owners can do this.

    \b
    Examples:
      atom-shopify policy set outlet claude --read-only
      atom-shopify policy set outlet claude --tool refunds --amount 50 --approve
      atom-shopify policy set outlet ada --via mcp --tool products --deny
    """
    from atom_shopify_plugin.stores.policy_desk import Wish

    limit = amount is not None or quantity is not None or calls is not None
    if kind is None and not limit:
        raise click.UsageError("Give --allow, --deny, --read-only, or a limit: --amount, --quantity or --calls.")
    wish = Wish(
        subject=subject,
        tool=tool,
        kind=kind or "limit",
        via=via or "",
        amount=_amount(amount),
        quantity=quantity,
        calls=calls,
        approve=approve,
    )
    with _owned(shop) as (desk, person, store):
        made = desk.put(person, store, wish)
    if as_json:
        print_json(made)
    else:
        say(f"{made['kind']} of {made['tool']} for {made['subject']} in {store.shop}: {_limit(made) or 'set'}.")


@policy.command("remove")
@click.argument("shop")
@click.argument("policy_id")
def remove(shop: str, policy_id: str) -> None:
    """Remove the policy POLICY_ID of SHOP. Only owners can do this.

    \b
    Example:
      atom-shopify policy remove outlet 019ab3c0ffee0123456789abcdef0123
    """
    with _owned(shop) as (desk, person, store):
        desk.remove(person, store, policy_id)
    say("The policy is removed.")


@policy.command("waiting")
@click.argument("shop")
@as_json
def waiting(shop: str, as_json: bool) -> None:
    """List the calls that wait for an approval in SHOP. Only owners can do this.

    \b
    Example:
      atom-shopify policy waiting outlet
    """
    with _owned(shop) as (desk, person, store):
        found = desk.waiting(person, store)
    rows = [(one["id"], one["subject"], one["action"], one["expires_at"], str(one["input"])) for one in found]
    listing(found, ("id", "for", "action", "until", "input"), rows, "No call waits.", as_json=as_json)


@policy.command("approve")
@click.argument("shop")
@click.argument("approval_id")
@click.option("--refuse", is_flag=True, help="Refuse it instead.")
def approve(shop: str, approval_id: str, refuse: bool) -> None:
    """Approve the call APPROVAL_ID in SHOP, once, for a day. Only owners can do this.

    \b
    Examples:
      atom-shopify policy approve outlet 019ab3c0ffee0123456789abcdef0123
      atom-shopify policy approve outlet 019ab3c0ffee0123456789abcdef0123 --refuse
    """
    with _owned(shop) as (desk, person, store):
        done = desk.decide(person, store, approval_id, not refuse)
    if refuse:
        say("The call is refused.")
    else:
        say(f"{done['subject']} can call {done['action']} with this input once until {done['expires_at']}.")


@contextmanager
def _owned(shop: str) -> Iterator[tuple[PolicyDesk, Principal, Store]]:
    """Give the desk, the person, and their store of that name."""
    with running() as runtime:
        person = operator(runtime.settings)
        yield runtime.policy_desk, person, runtime.stores.by_name(person, shop_of(runtime, shop))


def _amount(text: str | None) -> Decimal | None:
    try:
        return None if text is None else Decimal(text)
    except InvalidOperation:
        raise click.BadParameter("it must be a number such as 50 or 49.95", param_hint="--amount") from None


def _limit(one: dict[str, Any]) -> str:
    parts = [f"{one['amount']} {one['currency']}"] if one.get("amount") is not None else []
    parts += [f"{one[name]} {name}" for name in ("quantity", "calls") if one.get(name) is not None]
    return ", ".join(parts) + (", then approval" if one.get("approve") else "")
