"""Bulk operations of copies: what fails, ends, is cut or refused is said, and never a short copy."""

from __future__ import annotations

import json
from typing import Any

import pytest
from copying import copy
from hypothesis import given
from hypothesis import strategies as st
from mirrorshop import seen, shown
from skipping import skipping
from stockshop import StockShop

from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.shopify.filestore import blocks_of
from atom_shopify_plugin.storage import Store

ALL = ("locations", "products", "inventory", "discounts")


@pytest.fixture
def pauses(sandbox: Sandbox) -> dict[str, Any]:
    return skipping(sandbox)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "bulk_fails", "error_code": "INTERNAL_SERVER_ERROR", "keep": 0.5},
        {"kind": "bulk_fails", "error_code": "TIMEOUT", "keep": 0.0},
        {"kind": "bulk_fails", "error_code": "ACCESS_DENIED", "keep": 0.5},
        {"kind": "bulk_expired", "status": "EXPIRED"},
        {"kind": "bulk_expired", "status": "COMPLETED"},
        {"kind": "bulk_cut", "keep": 0.5},
        {"kind": "bulk_cut", "keep": 0.97},
        {"kind": "bulk_finish_lost"},
    ],
    ids=lambda fault: "-".join(str(value) for value in fault.values()),
)
def test_whatever_happens_to_a_bulk_operation_the_copy_is_whole(
    runtime: Runtime, sandbox: Sandbox, shop: StockShop, store: Store, fault: dict[str, object]
) -> None:
    sandbox.faults.add(fault)
    states = copy(runtime, store, mode="bulk", streams=ALL)
    assert {state.state for state in states.values()} == {"done"}
    assert seen(runtime, store) == shown(runtime, sandbox, store)


def test_a_result_that_is_always_cut_is_read_page_by_page(
    runtime: Runtime, sandbox: Sandbox, shop: StockShop, store: Store
) -> None:
    sandbox.faults.add({"kind": "bulk_cut", "keep": 0.5, "times": 3})
    products = copy(runtime, store, mode="bulk", streams=["products"])["products"]
    assert (products.state, products.lines_done) == ("done", 58)
    begun = list(sandbox.store("demo.myshopify.com").all("BulkOperation").values())
    assert len(begun) == 3


def test_where_there_is_no_room_the_stream_waits_and_then_reads_pages(
    runtime: Runtime, sandbox: Sandbox, shop: StockShop, store: Store
) -> None:
    sandbox.bulk.change({"at_once": 1, "hold": True})
    runtime.services.open_shop(store).root(
        "BulkOperationRunQuery", {"query": "{ products { edges { node { id } } } }", "group_objects": False}
    )
    from atom_shopify_plugin.sync import mirror

    mirror.ask(runtime.services, store, mode="bulk", streams=["products"])
    (job,) = runtime.storage.jobs.list(kind=mirror.KIND, states=["pending"])
    assert runtime.jobs.run_one(job.id)
    (state,) = mirror.states(runtime.services, store)
    assert (state.state, state.operation_id) == ("running", None)
    assert "busy" in state.error
    sandbox.bulk.change({"hold": False})
    copy(runtime, store, mode="bulk", streams=["products"])
    assert len(seen(runtime, store)["products"]) == 12


TEXTS = st.text(alphabet=st.one_of(st.characters(codec="utf-8"), st.sampled_from("\u2028\u2029\u0085\r")), max_size=20)
ROWS = st.lists(st.fixed_dictionaries({"id": TEXTS, "title": TEXTS}), max_size=30)


@given(ROWS, st.lists(st.integers(1, 60), max_size=60), st.booleans(), st.data())
def test_lines_come_out_as_they_were_however_the_file_is_cut(
    rows: list[dict[str, str]], sizes: list[int], ended: bool, data: st.DataObject
) -> None:
    blanks = st.sampled_from([b"", b"\n", b" \n", b"\r\n"])
    file = b"".join(data.draw(blanks) + json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)
    if not ended:
        file = file.removesuffix(b"\n")
    pieces, rest = [], file
    for size in sizes:
        pieces.append(rest[:size])
        rest = rest[size:]
    blocks = list(blocks_of(piece for piece in (*pieces, rest) if piece))
    assert [json.loads(line) for _, lines in blocks for line in lines] == rows
    assert sum(size for size, _ in blocks) == len(file)
    # Whoever stops behind a block goes on there, and reads what is left.
    if blocks:
        at = data.draw(st.integers(0, len(blocks) - 1))
        done = sum(size for size, _ in blocks[: at + 1])
        again = [line for _, lines in blocks_of([file[done:]] if file[done:] else []) for line in lines]
        assert again == [line for _, lines in blocks[at + 1 :] for line in lines]


@pytest.mark.parametrize("kind", ["lost_reply", "reset"])
def test_an_operation_whose_answer_is_lost_is_found_and_not_begun_twice(
    runtime: Runtime, sandbox: Sandbox, shop: StockShop, store: Store, kind: str
) -> None:
    sandbox.faults.add({"kind": kind, "times": 2, "match": {"subject": "BulkOperationRunQuery"}})
    states = copy(runtime, store, mode="bulk")
    assert {state.state for state in states.values()} == {"done"}
    begun = [one["query"] for one in sandbox.store("demo.myshopify.com").all("BulkOperation").values()]
    assert len(begun) == len(set(begun)) == 6
    assert seen(runtime, store) == shown(runtime, sandbox, store)
