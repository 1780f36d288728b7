"""Imports of CSV files: what differs from the store is found, shown, and sent in bulk.

A run is prepared in one transaction, from an export of the store and the file. Then it is sent chunk by chunk, each
under a key of its own that the same chunk has in every process, so that a chunk whose sender was killed is found again.
"""

from __future__ import annotations

import copy
import csv
import hashlib
import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from atom_shopify_plugin.bulk.cells import Unfit, cells_of, key_of, rows_of, same, value_of
from atom_shopify_plugin.bulk.creations import compare_new, variables_of
from atom_shopify_plugin.bulk.csvfile import read_rows
from atom_shopify_plugin.bulk.exports import objects_in
from atom_shopify_plugin.bulk.runs import ImportRun
from atom_shopify_plugin.bulk.tables import Column, Creator, Kind, Writer, put_at, value_at
from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.process import crashpoints
from atom_shopify_plugin.spreadsheet import CSVWriter, neutral

__all__ = ["Preview", "prepare", "preview", "send", "sha256_of", "write_report", "write_undo"]

LINES, BYTES = 5000, 8 << 20  # of one chunk
_KEYS = uuid.UUID("6c1f6f38-5c1d-5f0e-8a55-5e4fdb9f2f0b")

Send = Callable[[str, list[Any], str], list[tuple[str, str, str]]]


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do: `counts` of lines by state, and the first lines that are new, change, can't be read."""

    counts: Mapping[str, int]
    new: list[tuple[int, str, str]]
    changes: list[tuple[int, str, str]]
    faults: list[tuple[int, str, str]]
    ignored: list[str]


def sha256_of(path: Path) -> str:
    """Return the digest of a file, which tells whether it is the one that a run began with."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def prepare(run: ImportRun, kind: Kind, path: Path, pieces: Callable[[], Iterable[bytes]]) -> None:
    """Compare a file with the store and keep what has to be sent; do nothing where that was done.

    `pieces` returns the result of the kind's query. Raise `InvalidInput` for a file that can't be read.
    """
    if run.get("prepared"):
        return
    with run.transaction():
        run.clear()
        run.put_there(_there(kind, pieces()))
        ignored: list[str] = []
        for line, given in read_rows(path):
            known, ignored = _columns(kind, given)
            _compare(run, kind, line, known)
        _pack(run, kind)
        run.keep(prepared="yes", ignored=json.dumps(ignored))
        crashpoints.at("import_before_prepared")
    crashpoints.at("import_after_prepared")


def preview(run: ImportRun, first: int = 10) -> Preview:
    """Return what a prepared run would do."""
    return Preview(
        run.counts(),
        run.first("new", first),
        run.first("changed", first),
        run.first("failed", first),
        json.loads(run.get("ignored")),
    )


def send(run: ImportRun, kind: Kind, sender: Send, told: Callable[[int, int], object]) -> None:
    """Send what was prepared and has not been answered; `told` hears of (answered, all) items.

    `sender` takes a mutation, the variables of its lines and a key, and returns (state, message, id) for each line.
    """
    told(*run.progress())
    while (chunk := run.next_chunk()) is not None:
        number, writer, items, variables = chunk
        creates = kind.creators.get(writer)
        mutation = creates.mutation if creates else kind.writers[writer].mutation
        answers = sender(mutation, variables, f"import-{run.get('run')}-{number}")
        crashpoints.at("import_before_answers")
        run.answered(
            items,
            [
                (state, f"Created {gid}." if creates and state == "done" and gid else message)
                for state, message, gid in answers
            ],
        )
        crashpoints.at("import_after_answers")
        told(*run.progress())


def write_report(run: ImportRun, path: Path) -> None:
    """Write what became of each line of the file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("\ufeff")
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(["Line", "Result", "Message"])
        for line, state, message in run.report():
            writer.writerow([line, state, neutral(message)])


def write_undo(run: ImportRun, kind: Kind, path: Path) -> int:
    """Write a file that brings back the former values of what was written; return how many rows it has."""
    names = [column.name for column in kind.columns if column.key or column.write]
    rows = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = CSVWriter(file, names)
        for cells in run.former():
            writer.write(cells)
            rows += 1
    return rows


def _there(kind: Kind, pieces: Iterable[bytes]) -> Iterator[tuple[str, str, str]]:
    """Yield (key, cells, members) of what is in the store; the members are those that writers need, by their paths."""
    paths = {path for writer in kind.writers.values() for path in (*writer.ids.values(), *writer.together.values())}
    for row, around in rows_of(kind, objects_in(pieces)):
        cells = cells_of(kind, row, around)
        yield key_of(kind, cells), json.dumps(cells), json.dumps({path: value_at(path, row, around) for path in paths})


def _columns(kind: Kind, given: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return the cells under our names of the columns, and the names of columns that are not imported."""
    names = {alias.lower(): column.name for column in kind.columns for alias in (column.name, *column.aliases)}
    known: dict[str, str] = {}
    ignored = []
    for name, cell in given.items():
        if (found := names.get(name.lower())) is None:
            ignored.append(name)
        else:
            known.setdefault(found, cell)
    needed = [column.name for column in kind.columns if column.key and not column.name.startswith("Option")]
    if missing := [name for name in needed if name not in known]:
        message = f"The file lacks the column {missing[0]}, which names what a row is about."
        raise InvalidInput(message, [Fault("/1", message, "csv")])
    return known, ignored


def _compare(run: ImportRun, kind: Kind, line: int, given: Mapping[str, str]) -> None:
    key = key_of(kind, given)
    found = run.find(key)
    if found is None:
        if run.get("create") and compare_new(run, kind, line, key, given, _written(kind, given)):
            return
        _not_found(run, kind, line, key, given)
        return
    there, members, earlier = found
    if earlier is not None:
        run.put_line(line, key, "failed", f"Line {earlier} is about the same row.")
        return
    inputs: dict[str, dict[str, Any]] = {}
    told = []
    try:
        for column in _written(kind, given):
            cell = given[column.name]
            if same(column, cell, there[column.name]):
                continue
            writer, _, path = column.write.partition(":")
            put_at(path, inputs.setdefault(writer, {}), _value(column, cell))
            told.append(f"{column.name}: {there[column.name][:60] or 'empty'} → {cell[:60] or 'empty'}")
    except Unfit as fault:
        run.put_line(line, key, "failed", f"{column.name} {fault}.")
        return
    run.put_line(line, key, "changed" if inputs else "same", "; ".join(told))
    for name, given_input in inputs.items():
        writer_of = kind.writers[name]
        ids = {member: members[path] for member, path in writer_of.ids.items()}
        together = {variable: members[path] for variable, path in writer_of.together.items()}
        run.put_change(name, json.dumps(together), json.dumps({**ids, **given_input}), line)


def _not_found(run: ImportRun, kind: Kind, line: int, key: str, given: Mapping[str, str]) -> None:
    """Note that the store has no row with this key."""
    keys = [column.name for column in kind.columns if column.key and given.get(column.name)]
    if kind.continued and keys == ["Handle"] and not any(given.get(c.name) for c in kind.columns if not c.key):
        run.put_line(line, key, "same", "It contains nothing to import.")  # such as a further image of a product
        return
    named = ", ".join(f"{name} {given[name]}" for name in keys) or "nothing identifies which one it is"
    hint = " --create creates it." if kind.creators and not run.get("create") else ""
    run.put_line(line, key, "failed", f"The store has no such row: {named}.{hint}")


def _written(kind: Kind, given: Mapping[str, str]) -> Iterator[Column]:
    """Yield the columns of a row that say something: an empty cell only where it clears the value.

    A row that continues a product says nothing of the product.
    """
    shared = [column for column in kind.columns if column.read.startswith("^") and column.write]
    continues = kind.continued and not any(given.get(column.name) for column in shared)
    for column in kind.columns:
        if not column.write or column.name not in given or (continues and column in shared):
            continue
        if given[column.name].strip() or column.clears:
            yield column


def _value(column: Column, cell: str) -> Any:
    value = value_of(column, cell)
    return None if value == "" and column.form != "text" else value


def _pack(run: ImportRun, kind: Kind) -> None:
    """Make items of the changes, and chunks of the items."""
    item = chunk = lines = size = 0
    last = ""
    for (name, together), group in groupby(run.changes(), key=lambda one: (one[1], one[2])):
        changes = iter(group)
        writer = kind.creators.get(name) or kind.writers[name]
        for batch in _batches(changes, max(1, writer.most)):
            more = next(changes, None) if _is_one_thing(writer) and len(batch) == writer.most else None
            if more is not None:  # they can't be sent apart, since each part would create the thing again
                message = f"This is more than {writer.most} variants, which is what a product may have."
                run.refuse((one[0] for one in (*batch, more, *changes)), message)
                break
            item += 1
            key = str(uuid.uuid5(_KEYS, f"{run.get('run')}/{item}"))
            rows = [json.loads(one[3]) for one in batch]
            variables = json.dumps(
                variables_of(writer, json.loads(together), rows)
                if isinstance(writer, Creator)
                else _variables(writer, json.loads(together), rows, key)
            )
            if name != last or lines >= LINES or size + len(variables) > BYTES:
                chunk, lines, size, last = chunk + 1, 0, 0, name
            lines, size = lines + 1, size + len(variables)
            run.put_item(item, name, variables, chunk, [one[0] for one in batch])


def _is_one_thing(writer: Writer | Creator) -> bool:
    """Return whether all rows that belong together create one thing."""
    return isinstance(writer, Creator) and bool(writer.rows) and not writer.within


def _batches(rows: Iterable[Any], most: int) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for row in rows:
        batch.append(row)
        if len(batch) == most:
            yield batch
            batch = []
    if batch:
        yield batch


def _variables(writer: Writer, together: Mapping[str, Any], rows: list[Any], key: str) -> dict[str, Any]:
    variables: dict[str, Any] = {
        name: key if value == "$key" else copy.deepcopy(value) for name, value in writer.template.items()
    }
    variables |= together
    put_at(writer.rows, variables, rows if writer.most else rows[0])
    return variables
