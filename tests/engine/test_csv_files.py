"""CSV files: whatever a cell holds comes back as it was, and nothing in it is run by a spreadsheet."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_shopify_plugin.bulk.cells import same, text_of, value_of
from atom_shopify_plugin.bulk.csvfile import read_rows
from atom_shopify_plugin.bulk.tables import KINDS, Column
from atom_shopify_plugin.shopify.bulk_documents import LARGEST, checked_mutation
from atom_shopify_plugin.shopify.filestore import lines_of
from atom_shopify_plugin.spreadsheet import CSVWriter, neutral, restored

CELLS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30),
    st.sampled_from(["=1+1", "'=1", "''-2", "007", "+49 30", "@a", "a\r\nb", 'say "hi"', ", ;", "\ttab", "\ufeffmark"]),
)
COLUMNS = ["Handle", "Title", "=odd"]


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=8))
def test_a_file_holds_what_was_written(rows: list[list[str]]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = CSVWriter(file, COLUMNS)
            for row in rows:
                writer.write(dict(zip(COLUMNS, row, strict=True)))
        content = path.read_bytes()
        back = list(read_rows(path))
    assert content.startswith(b"\xef\xbb\xbf")
    assert [cells for _, cells in back] == [dict(zip(COLUMNS, row, strict=True)) for row in rows if any(row)]
    assert [line for line, _ in back] == sorted({line for line, _ in back})


@given(CELLS)
def test_no_cell_is_a_formula_and_each_is_restored(cell: str) -> None:
    assert not neutral(cell).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert restored(neutral(cell)) == cell


@given(st.lists(st.binary(max_size=20).map(lambda line: line.replace(b"\n", b"")), max_size=10), st.integers(1, 7))
def test_lines_end_at_lf_only_however_they_arrive(lines: list[bytes], size: int) -> None:
    content = b"\n".join(lines)
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    assert list(lines_of(iter(pieces))) == [line for line in lines if line.strip()]
    text = "one\u2028two\u0085three".encode()
    assert list(lines_of(iter([text]))) == [text]


@given(st.from_regex(r"[0-9]{1,9}(\.[0-9]{1,2})?", fullmatch=True), st.integers(0, 3))
def test_amounts_are_exact_and_compared_by_their_worth(amount: str, zeros: int) -> None:
    column = Column("Price", "price", form="money")
    longer = (amount if "." in amount else f"{amount}.") + "0" * zeros
    assert text_of(column, value_of(column, amount)) == amount
    assert same(column, amount, longer.rstrip("."))


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_a_kind_is_consistent(name: str, kind: object) -> None:
    columns = KINDS[name].columns
    names = [alias.lower() for column in columns for alias in (column.name, *column.aliases)]
    assert len(names) == len(set(names)), "one name for one column"
    assert any(column.key for column in columns)
    for column in columns:
        assert column.write == "" or column.write.partition(":")[0] in KINDS[name].writers
        assert not (column.key and column.write), "what names a row stays"
    for writer in KINDS[name].writers.values():
        assert checked_mutation(writer.mutation)
        assert len(writer.mutation) < LARGEST


def test_a_column_is_read_by_python_as_by_a_spreadsheet(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b'Handle,Body (HTML)\n1,"two\nlines"\n\n2,x\n')
    assert list(read_rows(path)) == [
        (2, {"Handle": "1", "Body (HTML)": "two\nlines"}),
        (5, {"Handle": "2", "Body (HTML)": "x"}),
    ]
