"""Put one fault after another into a copy of the code, and report which of them no test notices.

Cosmic Ray makes the faults; this script picks a sample with a seed that it prints, runs for each fault only the tests
that execute its line, and stops in time. A fault is noticed when a test fails.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator
from cosmic_ray.plugins import get_operator
from coverage import CoverageData
from parso.python.tree import Keyword

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "atom_shopify_plugin"
DEMANDED = 90  # per cent of the sampled faults
MODULES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
# One fault of each kind a place: Cosmic Ray would try eight comparisons for each one that is written.
OPERATORS = [
    "core/AddNot",
    "core/ReplaceUnaryOperator_Delete_Not",
    "core/ReplaceAndWithOr",
    "core/ReplaceOrWithAnd",
    "core/ReplaceTrueWithFalse",
    "core/ReplaceFalseWithTrue",
    "core/ReplaceComparisonOperator_Eq_NotEq",
    "core/ReplaceComparisonOperator_NotEq_Eq",
    "core/ReplaceComparisonOperator_Lt_LtE",
    "core/ReplaceComparisonOperator_LtE_Lt",
    "core/ReplaceComparisonOperator_Gt_GtE",
    "core/ReplaceComparisonOperator_GtE_Gt",
    "core/ReplaceComparisonOperator_Is_IsNot",
    "core/ReplaceComparisonOperator_IsNot_Is",
    "core/ReplaceBinaryOperator_Add_Sub",
    "core/ReplaceBinaryOperator_Sub_Add",
    "core/ReplaceBinaryOperator_Mul_Div",
    "core/ReplaceBinaryOperator_Div_Mul",
    "core/ReplaceBinaryOperator_BitOr_BitAnd",
    "core/ReplaceBinaryOperator_BitAnd_BitOr",
    "core/NumberReplacer",
    "core/ReplaceBreakWithContinue",
    "core/ReplaceContinueWithBreak",
    "core/ExceptionReplacer",
    "core/ZeroIterationForLoop",
]
# Not behaviour: log lines, what only a type checker reads, how a value class is built, arguments that only check, and
# sizes of columns, which the migrations decide.
NO_FAULT = re.compile(r"\blog(ger)?\b|_log\b|TYPE_CHECKING|@dataclass|strict=|pragma: no cover|String\(")


class RemoveStatement(Operator):  # type: ignore[misc]  # what it extends is not installed everywhere
    """Remove a call, a raise or an assignment to a member; Cosmic Ray has no such operator."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[Any, Any]]:
        if node.type == "simple_stmt" and _removable(node.children[0]):
            yield node.start_pos, node.children[0].end_pos

    def mutate(self, node: Any, index: int) -> Any:  # noqa: ARG002  # Cosmic Ray calls it so
        prefix = node.get_first_leaf().prefix
        node.children[0] = Keyword("pass", node.start_pos, prefix=prefix)
        return node

    @classmethod
    def examples(cls) -> tuple[()]:
        return ()


def _removable(statement: Any) -> bool:
    if statement.type == "expr_stmt":
        target, sign = statement.children[:2]
        return bool(target.type == "atom_expr" or getattr(sign, "value", "=") != "=")
    is_call = statement.type == "atom_expr" and statement.children[-1].get_code().startswith("(")
    return bool(is_call or statement.type == "raise_stmt")


@dataclass(frozen=True)
class Fault:
    """One change to one file: what an operator does at one of its positions."""

    module: str
    file: str
    line: int
    operator: str
    occurrence: int

    def changed(self, source: str) -> str:
        operator = RemoveStatement() if self.operator == "RemoveStatement" else get_operator(self.operator)()
        code: str | None = mutate_code(source, operator, self.occurrence)
        if code is None:
            raise LookupError(f"{self} is no place for this operator")
        return code

    def shown(self, source: str) -> str:
        """Return the lines before and after."""
        lines = difflib.unified_diff(source.splitlines(), self.changed(source).splitlines(), n=0, lineterm="")
        return "\n".join(f"    {line}" for line in list(lines)[3:])


@dataclass
class Tally:
    """What became of the faults of one module."""

    noticed: int = 0
    unnoticed: list[tuple[Fault, str]] = field(default_factory=list)

    @property
    def tried(self) -> int:
        return self.noticed + len(self.unnoticed)


def files_of(module: str) -> list[str]:
    patterns = MODULES[module]["files"]
    return sorted({str(path.relative_to(ROOT)) for pattern in patterns for path in (ROOT / PACKAGE).glob(pattern)})


@cache
def source_of(file: str) -> str:
    """Return a file as it was when it was first read: the tree may change while faults are tried."""
    return (ROOT / file).read_text(encoding="utf-8")


def tests_of(module: str) -> list[str]:
    return [f"tests/{path}" for path in MODULES[module]["tests"]]


def faults_of(module: str) -> Iterator[Fault]:
    """Yield every fault that can be put into a module."""
    for file in files_of(module):
        source = source_of(file)
        lines = source.splitlines()
        unread = set(_annotations(source))
        nodes = list(ast_nodes(get_ast(source)))
        for name in ("RemoveStatement", *OPERATORS):
            operator = RemoveStatement() if name == "RemoveStatement" else get_operator(name)()
            positions = [position for node in nodes for position in operator.mutation_positions(node)]
            for occurrence, (start, _) in enumerate(positions):
                line, column = start
                if not NO_FAULT.search(lines[line - 1]) and (line, column) not in unread:
                    yield Fault(module, file, line, name, occurrence)


def _annotations(source: str) -> Iterator[tuple[int, int]]:
    """Yield the positions inside type annotations, which nothing executes."""
    for node in ast.walk(ast.parse(source)):
        for part in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if part is not None:
                for line in range(part.lineno, part.end_lineno + 1):
                    start = part.col_offset if line == part.lineno else 0
                    end = part.end_col_offset if line == part.end_lineno else 200
                    yield from ((line, column) for column in range(start, end))


class Copy:
    """A copy of the working tree in which tests run; faults are put in here and nowhere else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "tree"
        listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
        for name in filter(None, names):
            if (ROOT / name).is_file():
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, self.folder / name)
        if (ROOT / ".cache").is_dir():
            (self.folder / ".cache").symlink_to(ROOT / ".cache")
        self.environ = {
            **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
            "PYTHONPATH": str(self.folder),
            "PYTHONPYCACHEPREFIX": str(folder / "pycache"),
            "CI": "true",  # Hypothesis tries the same examples each time
        }
        self._written = time.time()

    def pytest(self, *arguments: str, seconds: float | None = None) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "--timeout=0", *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=self.environ, check=False, capture_output=True, text=True, timeout=seconds
        )

    def write(self, file: str, source: str) -> None:
        path = self.folder / file
        path.write_text(source, encoding="utf-8")
        # Python keeps compiled files by time and size: each version needs a time of its own.
        self._written += 10
        os.utime(path, (self._written, self._written))

    def lines_of_tests(self, modules: Sequence[str]) -> dict[str, dict[int, list[str]]]:
        """Run the tests of the modules as they are; return by file and line the tests that execute it."""
        data = self.folder.parent / "coverage"
        config = self.folder.parent / "coveragerc"
        files = [file for module in modules for file in files_of(module)]
        config.write_text(f"[run]\ndata_file = {data}\ninclude =\n" + "".join(f"    */{file}\n" for file in files))
        paths = list(dict.fromkeys(path for module in modules for path in tests_of(module)))
        done = self.pytest(*SELECTION, "--cov", "--cov-context=test", f"--cov-config={config}", "--cov-report=", *paths)
        if done.returncode:
            sys.exit(f"The tests fail without any fault:\n{done.stdout[-3000:]}{done.stderr[-1000:]}")
        coverage = CoverageData(str(data))
        coverage.read()
        return {
            file: {
                line: list(dict.fromkeys(context.rpartition("|")[0] for context in contexts))
                for line, contexts in coverage.contexts_by_lineno(str(self.folder / file)).items()
            }
            for file in files
        }


# What is left out would take long; PostgreSQL proves nothing more about these modules.
SELECTION = ("-m", "not process and not slow and not soak and not fuzz", "-k", "not postgresql")


def notices(copy: Copy, fault: Fault, tests: Sequence[str], seconds: float) -> bool:
    """Return whether one of the tests fails, or doesn't end, with the fault in the copy."""
    source = source_of(fault.file)
    copy.write(fault.file, fault.changed(source))
    chosen = copy.folder.parent / "tests.txt"
    chosen.write_text("\n".join(tests))
    try:
        return copy.pytest(*SELECTION, f"@{chosen}", seconds=seconds).returncode not in (
            0,
            pytest.ExitCode.NO_TESTS_COLLECTED,
        )
    except subprocess.TimeoutExpired:
        return True
    finally:
        copy.write(fault.file, source)


def sample(modules: Sequence[str], seed: int) -> list[Fault]:
    """Return all faults in a random order in which the modules take turns."""
    chance = random.Random(seed)  # noqa: S311  # it picks a sample, no secret
    columns = []
    for module in modules:
        faults = list(faults_of(module))
        chance.shuffle(faults)
        columns.append(faults)
    return [fault for row in zip_longest(*columns) for fault in row if fault is not None]


def run(modules: Sequence[str], seed: int, minutes: float, limit: int, workers: int) -> dict[str, Tally]:
    """Try faults until the time is over or `limit` of them have been tried. The tests run once before, as they are."""
    tallies = {module: Tally() for module in modules}
    faults = sample(modules, seed)
    print(f"{len(faults)} possible faults in {', '.join(modules)}; seed {seed}, {minutes:g} minutes", flush=True)
    with tempfile.TemporaryDirectory(prefix="mutate-") as temporary:
        copies = [Copy(Path(temporary) / str(number)) for number in range(workers)]
        began = time.monotonic()
        covered = copies[0].lines_of_tests(modules)
        whole = time.monotonic() - began
        print(f"the tests as they are: {whole:.0f} s", flush=True)
        end = time.monotonic() + minutes * 60
        waiting = iter(faults[:limit] if limit else faults)

        def work(copy: Copy) -> None:
            for fault in waiting:
                left = end - time.monotonic()
                if left <= 0:
                    return
                tests = covered[fault.file].get(fault.line, [])
                tests = tests_of(fault.module) if "" in tests else tests
                source = source_of(fault.file)
                noticed = bool(tests) and notices(copy, fault, tests, 60 + 3 * whole)
                if noticed:
                    tallies[fault.module].noticed += 1
                    print(".", end="", flush=True)
                else:
                    why = f"{len(tests)} tests execute this line" if tests else "no test executes this line"
                    tallies[fault.module].unnoticed.append((fault, why))
                    print(f"\nnot noticed: {fault.file}:{fault.line} {fault.operator} ({why})")
                    print(fault.shown(source), flush=True)

        with ThreadPoolExecutor(workers) as pool:
            for done in [pool.submit(work, copy) for copy in copies]:
                done.result()
    return tallies


def report(tallies: Mapping[str, Tally], seed: int) -> int:
    """Print the share of noticed faults by module; return the exit code."""
    print(f"\n{'module':<12} {'noticed':>8} {'tried':>6}   seed {seed}")
    for module, tally in tallies.items():
        print(f"{module:<12} {tally.noticed:>8} {tally.tried:>6}")
    noticed = sum(tally.noticed for tally in tallies.values())
    tried = sum(tally.tried for tally in tallies.values())
    share = 100 * noticed / tried if tried else 0.0
    print(f"{'all':<12} {noticed:>8} {tried:>6}   {share:.0f} % (at least {DEMANDED} % are demanded)")
    return 0 if share >= DEMANDED else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"one or more of: {', '.join(MODULES)}")
    parser.add_argument("--minutes", type=float, default=20, help="how long to try faults (20)")
    parser.add_argument("--seed", type=int, default=None, help="repeat a sample; without it, a new one is taken")
    parser.add_argument("--limit", type=int, default=0, help="stop after this many faults")
    parser.add_argument("--workers", type=int, default=2, help="how many faults are tried at once (2)")
    options = parser.parse_args()
    if unknown := set(options.modules) - set(MODULES):
        parser.error(f"no such module: {', '.join(sorted(unknown))}; there are {', '.join(MODULES)}")
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    tallies = run(options.modules or list(MODULES), seed, options.minutes, options.limit, options.workers)
    return report(tallies, seed)


if __name__ == "__main__":
    sys.exit(main())
