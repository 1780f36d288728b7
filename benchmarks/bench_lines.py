"""A file of many lines: its import needs no more memory, and loses and doubles nothing wherever it is killed.

A tenth of the lines is imported first, then all of them, by processes of their own. The second import is killed
(SIGKILL) again and again, after times that fit no step of it, and started again until it ends. Goals: no process needs
more than 300 MiB, however many lines there are, since it keeps one chunk of them; afterwards each price is that of the
file, each line is reported as done, and each variant was written once.

    python benchmarks/bench_lines.py [--lines 1000000] [--kills 8]
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from bench_bulk_prices import DEMO, fill, typed

from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.server import serve

PROGRAM = "from atom_shopify_plugin.cli import main; main(prog_name='atom-shopify')"
MOST = 300  # MiB of a process


def reprice(source: Path, target: Path, cents: int, rows: int) -> None:
    """Write the first rows of an export with a price of its own for each."""
    with source.open(encoding="utf-8-sig", newline="") as read, target.open("w", encoding="utf-8", newline="") as write:
        reader = csv.DictReader(read)
        writer = csv.DictWriter(write, list(reader.fieldnames or ()))
        writer.writeheader()
        for at, row in enumerate(reader):
            if at == rows:
                break
            writer.writerow({**row, "Variant Price": f"{at + 100}.{cents:02}"})


class Import:
    """One process that imports a file, and the most memory that it was seen to need."""

    def __init__(self, folder: Path, settings: dict[str, str], name: str) -> None:
        self.kib = 0
        self._log = (folder / "import.log").open("ab")
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", PROGRAM, "import", "prices", name, "--yes"],
            cwd=folder,
            env={**os.environ, **settings},
            stdout=self._log,
            stderr=self._log,
        )
        self._watch = threading.Thread(target=self._look)
        self._watch.start()

    def end(self, seconds: float | None = None) -> bool:
        """Wait for the end, or kill the process after some seconds; return whether it ended by itself."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
        self._watch.join()
        self._log.close()
        if self._process.returncode not in (0, -signal.SIGKILL):
            raise RuntimeError(f"The import ended with {self._process.returncode}; see import.log.")
        return self._process.returncode == 0

    def _look(self) -> None:
        while self._process.poll() is None:
            try:
                status = Path(f"/proc/{self._process.pid}/status").read_text()
            except OSError:
                return
            high = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")), "0")
            self.kib = max(self.kib, int(high))
            time.sleep(0.2)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=8)
    options = parser.parse_args()
    lines, random_times = max(1000, options.lines), random.Random(7)  # the same times in each run
    sandbox = Sandbox(size="small")
    fill(sandbox, lines)
    with serve(sandbox) as server, tempfile.TemporaryDirectory(prefix="bench-lines-") as name:
        folder = Path(name)
        settings = {
            "ATOM_SHOPIFY_ENDPOINT": server.url,
            "ATOM_SHOPIFY_DATA_DIR": str(folder / "data"),
            "SHOPIFY_API_KEY": "sandbox-key",
            "SHOPIFY_API_SECRET": "sandbox-secret",
        }
        typed(folder, settings, "stores", "connect", DEMO, "--token", stdin=sandbox.issue_admin_token(DEMO) + "\n")
        typed(folder, settings, "export", "prices", "--to", "store.csv")
        variants = sandbox.store(DEMO).all("ProductVariant")
        rows = len(variants)
        reprice(folder / "store.csv", folder / "tenth.csv", 1, rows // 10)
        reprice(folder / "store.csv", folder / "all.csv", 2, rows)
        tenth = Import(folder, settings, "tenth.csv")
        tenth.end()
        written = len(sandbox.store(DEMO).journal)
        began = time.perf_counter()
        kibs, kills = [], 0
        pause = 2.0
        while True:
            one = Import(folder, settings, "all.csv")
            ended = one.end(pause * random_times.uniform(0.5, 1.5) if kills < options.kills else None)
            kibs.append(one.kib)
            if ended:
                break
            kills += 1
            pause *= 1.5  # what is prepared in one transaction needs a life that is long enough
        seconds = time.perf_counter() - began
        with (folder / "all.report.csv").open(encoding="utf-8-sig", newline="") as file:
            done = sum(line["Result"] == "done" for line in csv.DictReader(file))
    prices = sorted(str(node["price"]) for node in variants.values())
    wanted = sorted(f"{at + 100}.02" for at in range(rows))
    lost = rows - done + sum(one != other for one, other in zip(prices, wanted, strict=True))
    effects = [one.gid for one in sandbox.store(DEMO).journal[written:] if one.operation == "productVariantsBulkUpdate"]
    doubled = len(effects) - len(set(effects))
    figures = {
        "lines": rows,
        "kills": kills,
        "seconds": round(seconds, 1),
        "lines_per_second": round(rows / seconds),
        "mib_tenth": round(tenth.kib / 1024),
        "mib_all": round(max(kibs) / 1024),
        "lost": lost,
        "doubled": doubled,
        "sandbox_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(json.dumps(figures))
    good = max(kibs) <= MOST * 1024 and not lost and not doubled
    print("met" if good else "MISSED")
    sandbox.close()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
