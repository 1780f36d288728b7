"""An import whose process is killed at one point after the other, and started again until it ends."""

from __future__ import annotations

import csv
import signal

import pytest

from atom_shopify_plugin.bulk import imports

SHOP = "demo.myshopify.com"
pytestmark = pytest.mark.timeout(400)  # each test starts up to eight processes, one after the other
# One process dies at each, the next one at the next.
WAYS = {
    "preparing": ("import_before_prepared", "import_after_prepared", "write_before_call"),
    "sending": ("bulk_before_send", "bulk_after_send", "write_after_answer"),
    "following": ("operation_after_store", "operation_before_commit", "operation_after_commit"),
    "answering": ("write_before_finish", "import_before_answers", "import_after_answers"),
}


def repriced(run, path) -> dict[tuple[str, ...], str]:
    """Export the prices, give each row a price of its own, and return them by what names a row."""
    assert run("export", "prices", "--to", path.name).returncode == 0
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for at, row in enumerate(rows):
        row["Variant Price"] = f"{at + 100}.01"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return {(row["Handle"], row["Option1 Value"], row["Option2 Value"]): row["Variant Price"] for row in rows}


def effects(sandbox) -> list[str]:
    """Return what was written, once for each time."""
    return [one.gid for one in sandbox.store(SHOP).journal if one.operation == "productVariantsBulkUpdate"]


@pytest.mark.parametrize("migrated_database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("way", WAYS)
def test_no_line_is_lost_and_none_sent_twice_wherever_the_process_dies(run, sandbox, tmp_path, way):
    path, once = tmp_path / "prices.csv", tmp_path / "once"
    once.mkdir()
    wanted = repriced(run, path)
    crashes = {"ATOM_SHOPIFY_CRASH_AT": ",".join(WAYS[way]), "ATOM_SHOPIFY_CRASH_ONCE": str(once)}
    for _ in range(len(WAYS[way]) + 1):
        answer = run("import", "prices", "prices.csv", "--yes", **crashes)
        if answer.returncode == 0:
            break
        assert answer.returncode == -signal.SIGKILL, answer.stderr
    assert answer.returncode == 0
    assert {point.name for point in once.iterdir()} == set(WAYS[way])
    assert f"{len(wanted)} done, 0 failed, 0 unknown" in answer.stdout
    store = sandbox.store(SHOP)
    assert sorted(str(node["price"]) for node in store.all("ProductVariant").values()) == sorted(wanted.values())
    with (tmp_path / "prices.report.csv").open(encoding="utf-8-sig", newline="") as file:
        report = list(csv.DictReader(file))
    assert [line["Result"] for line in report] == ["done"] * len(wanted)
    sent = [node for node in store.all("BulkOperation").values() if node["type"] == "MUTATION"]
    assert len(sent) == 1, "nothing was sent twice"
    assert len(effects(sandbox)) == len(set(effects(sandbox)))


@pytest.mark.parametrize("migrated_database_url", ["sqlite"], indirect=True)
def test_a_process_killed_at_any_moment_goes_on_where_it_was(run, kill_after, sandbox, tmp_path):
    """Kill real processes after times that fit no step of theirs."""
    path = tmp_path / "prices.csv"
    wanted = repriced(run, path)
    for seconds in (0.9, 1.6, 2.2, 3.1):
        kill_after(seconds, "import", "prices", "prices.csv", "--yes")
    assert run("import", "prices", "prices.csv", "--yes").returncode == 0
    store = sandbox.store(SHOP)
    assert sorted(str(node["price"]) for node in store.all("ProductVariant").values()) == sorted(wanted.values())
    assert len(effects(sandbox)) == len(set(effects(sandbox)))


def test_a_chunk_is_bounded():
    assert imports.LINES <= 10_000, "one call takes no more lines"
