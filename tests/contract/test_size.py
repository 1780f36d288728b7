"""The count of hand-written lines per action: what `make lint` holds against the goal."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from official import ROOT

SCRIPT = ROOT / "scripts" / "size.py"
LINES = {"manifests": 2, "graphql": 0, "service": 0, "sandbox/domains": 0}


def size(script: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(script), *flags], capture_output=True, text=True, check=False)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one action in 2 lines, recorded as its baseline."""
    for folder in ("scripts", "manifests", "atom_shopify_plugin/sandbox/domains"):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copy(SCRIPT, tmp_path / "scripts")
    (tmp_path / "manifests" / "one.json").write_text('{"actions": [{}]}\n\n')
    (tmp_path / "scripts" / "size_baseline.json").write_text(json.dumps({"actions": 1, "lines": LINES}))
    return tmp_path


def test_the_project_keeps_its_goal() -> None:
    done = size(SCRIPT, "--check")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("lines", "code"), [(120, 0), (121, 1)])
def test_an_added_action_has_so_many_lines_and_no_more(project: Path, lines: int, code: int) -> None:
    (project / "manifests" / "two.json").write_text('{"actions": [{}]}\n')
    (project / "atom_shopify_plugin" / "sandbox" / "domains" / "two.py").write_text("pass\n" * (lines - 1))
    done = size(project / "scripts" / "size.py", "--check")
    assert (done.returncode, f"1 actions with {lines} lines" in done.stdout) == (code, True), done.stdout
    assert size(project / "scripts" / "size.py").returncode == 0


def test_what_is_generated_does_not_count(project: Path) -> None:
    for folder in ("generated", "schema"):
        (project / "manifests" / folder).mkdir()
        (project / "manifests" / folder / "one.json").write_text("{}\n" * 500)
    assert "+0 lines, no action more" in size(project / "scripts" / "size.py", "--check").stdout


def test_the_baseline_is_recorded_on_request_only(project: Path) -> None:
    script = project / "scripts" / "size.py"
    (project / "manifests" / "one.json").write_text('{"actions": [{}, {}]}\n')
    size(script, "--check")
    assert json.loads((project / "scripts" / "size_baseline.json").read_text())["actions"] == 1
    size(script, "--record")
    assert json.loads((project / "scripts" / "size_baseline.json").read_text())["actions"] == 2
