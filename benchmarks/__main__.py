"""Run every benchmark, one after the other: `make bench`. Exit with 1 if a figure misses its goal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def main() -> int:
    missed = 0
    for path in sorted(Path(__file__).parent.glob("bench_*.py")):
        print(f"\n== {path.stem.removeprefix('bench_')}", flush=True)
        missed += subprocess.run([sys.executable, str(path)], check=False).returncode != 0  # noqa: S603
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
