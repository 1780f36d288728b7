"""Jobs: work that a mutation promises and a later request carries out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphql import GraphQLError

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.shared import new_job
from atom_shopify_plugin.sandbox.mutations import summary
from atom_shopify_plugin.sandbox.refusals import Refused
from atom_shopify_plugin.sandbox.store import Pending

__all__ = ["promised_job"]

TICKS = 1


def promised_job(ctx: Context, args: Mapping[str, Any], work: Callable[[Context], None]) -> str:
    """Return the id of a job that does `work` with the next request to its store; `args` are the mutation's."""
    job, arguments, name = new_job(ctx), summary(args), ctx.mutation

    def run(later: Context) -> None:
        later.arguments, later.mutation = arguments, name
        try:
            work(later)
        except (Refused, GraphQLError):  # the store is another by now: a job ends without a word, as Shopify's do
            later.take_back()
        later.update(job, {"done": True})
        later.arguments, later.mutation = {}, None

    ctx.store.pending.append(Pending(job["id"], TICKS, run))
    return str(job["id"])
