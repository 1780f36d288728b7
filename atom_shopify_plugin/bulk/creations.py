"""Rows of a file that the store does not have, and what creates them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from atom_shopify_plugin.bulk.cells import SEPARATOR, Unfit, value_of
from atom_shopify_plugin.bulk.runs import ImportRun
from atom_shopify_plugin.bulk.tables import Column, Creator, Kind, put_at

__all__ = ["compare_new", "variables_of"]

Json = dict[str, Any]
_OPTIONS = (1, 2, 3)
_NO_OPTION = ("Title", "Default Title")  # of the only variant of a product without options


def compare_new(
    run: ImportRun, kind: Kind, line: int, key: str, given: Mapping[str, str], columns: Iterable[Column]
) -> bool:
    """Keep what creates a row that the store does not have, or why it can't be created; return False for no creator.

    `columns` are those of the row that say something.
    """
    beside = run.beside(key.partition(SEPARATOR)[0] + SEPARATOR) if kind.nested else None
    cells, members = beside or ({}, None)
    name, creator = next(
        ((name, one) for name, one in kind.creators.items() if bool(one.within) is (members is not None)), (None, None)
    )
    # Where Shopify gives a thing its key, a row with a key is about a thing that is gone.
    if name is None or creator is None or (not creator.within and bool(creator.keys) is not bool(key.strip())):
        return False
    if creator.options is not None and not any(given.get(f"Option{number} Value") for number in _OPTIONS) and beside:
        return False  # such as a further image of a product
    if creator.needs and beside is None and not given.get(creator.needs, "").strip():
        run.put_line(line, key, "failed", f"The store has no such row, and a new one needs a {creator.needs}.")
        return True
    inputs: dict[str, Json] = {}
    for column in columns:
        writer, _, path = column.write.partition(":")
        if writer in creator.places and given[column.name].strip():
            try:
                put_at(path, inputs.setdefault(writer, {}), value_of(column, given[column.name]))
            except Unfit as fault:
                run.put_line(line, key, "failed", f"{column.name} {fault}.")
                return True
    options = _options(given, cells) if creator.options is not None else {}
    if not inputs and not (creator.options is not None and any(given.get(f"Option{n} Value") for n in _OPTIONS)):
        return False
    if SEPARATOR in key:
        names = {f"Option{number} Name": name for number, name in zip(_OPTIONS, options, strict=False)}
        run.put_new(key, names)
    keys = {path: given[column].strip() for column, path in creator.keys.items()}
    together = {variable: (members or {})[path] for variable, path in creator.within.items()} | keys
    run.put_line(line, key, "new", f"new: {given.get(creator.needs) or _named(inputs, options)}"[:200])
    run.put_change(name, json.dumps(together), json.dumps({"inputs": inputs, "options": options}), line)
    return True


def variables_of(creator: Creator, together: Mapping[str, Any], rows: Sequence[Json]) -> Json:
    """Return the variables that create `rows`, which belong together."""
    variables: Json = {}
    for path, value in together.items():
        put_at(path, variables, value)
    for writer, place in creator.places.items():
        if place == creator.rows:
            continue
        for path, value in _flat(next((row["inputs"][writer] for row in rows if writer in row["inputs"]), {})):
            put_at(f"{place}.{path}", variables, value)
    if creator.rows:
        writer = next(writer for writer, place in creator.places.items() if place == creator.rows)
        put_at(creator.rows, variables, [_variant(row, writer) for row in rows])
    if creator.options:
        values: dict[str, dict[str, None]] = {}
        for row in rows:
            for name, value in row["options"].items():
                values.setdefault(name, {})[value] = None
        put_at(
            creator.options,
            variables,
            [{"name": name, "values": [{"name": value} for value in known]} for name, known in values.items()],
        )
    return variables


def _options(given: Mapping[str, str], beside: Mapping[str, str]) -> dict[str, str]:
    """Return the options of a variant; a row without their names has those of the rows beside it."""
    options = {}
    for number in _OPTIONS:
        name = given.get(f"Option{number} Name", "").strip() or beside.get(f"Option{number} Name", "").strip()
        value = given.get(f"Option{number} Value", "").strip()
        if value:
            options[name or f"Option {number}"] = value
    return options or dict([_NO_OPTION])


def _variant(row: Json, writer: str) -> Json:
    values = [{"optionName": name, "name": value} for name, value in row["options"].items()]
    return {"optionValues": values, **row["inputs"].get(writer, {})}


def _named(inputs: Mapping[str, Json], options: Mapping[str, str]) -> str:
    """Return how a preview names a row: its option values, or its first three values."""
    values = [value for one in inputs.values() for _, value in _flat(one) if isinstance(value, str)]
    return ", ".join(options.values() or values[:3])


def _flat(value: Json, before: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, member in value.items():
        path = f"{before}.{name}" if before else name
        found += _flat(member, path) if isinstance(member, dict) else [(path, member)]
    return found
