"""The `data_transform` steps of ATOM's definitions: lists are filtered, mapped and summed up by expressions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from atom_shopify_plugin.host.workflows.budget import Budget
from atom_shopify_plugin.host.workflows.decimals import Bad, kind
from atom_shopify_plugin.host.workflows.definition import Step
from atom_shopify_plugin.host.workflows.expressions import evaluate, fill

__all__ = ["transformed"]

_AGGREGATES = {
    "count": "values | count",
    "sum": "values | sum",
    "average": "(values | sum) / (values | count)",
    "min": "values | min",
    "max": "values | max",
}


def transformed(step: Step, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``{"output": …}``, as ATOM answers it; raise `Bad`.

    `condition` and `mapping` read each member of the list as `item`. All of it shares the budget of one evaluation.
    A step without `transform_type` passes its input on.
    """
    budget = Budget()
    given = _at("parameters", partial(fill, step.raw.get("parameters", {}), data, budget)).get("input")
    wanted = step.raw.get("transform_type")
    if wanted is None:
        return {"output": given}
    if not isinstance(given, list):
        raise Bad(f"parameters: input: is {kind(given)}, and a list is needed")
    if wanted == "aggregate":
        operation = step.raw["operation"]
        if not given and operation in ("average", "min", "max"):
            raise Bad(f"parameters: input: is empty, so that it has no {operation}")
        return {"output": evaluate(_AGGREGATES[operation], {"values": given}, expression=True, budget=budget)}
    member = "condition" if wanted == "filter" else "mapping"
    output = []
    for at, item in enumerate(given):
        inner = {**data, "item": item}
        value = _at(f"{member}: item {at}", partial(evaluate, step.raw[member], inner, expression=True, budget=budget))
        if wanted == "map" or value:
            output.append(value if wanted == "map" else item)
    return {"output": output}


def _at(place: str, ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except Bad as bad:
        raise Bad(f"{place}: {bad}") from None
