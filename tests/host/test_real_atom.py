"""The adapter in ATOM's own Flask host, which is started from a checkout that is not part of this project.

`ATOM_REPO` names the checkout (commit 105ad1aff has that host), `ATOM_PYTHON` a Python that has what the host imports
and this package; by default the one that runs the tests.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.real_atom, pytest.mark.process]
SCRIPT = Path(__file__).with_name("real_flask_host.py")


@pytest.fixture(scope="module")
def told() -> dict[str, object]:
    repository = os.environ.get("ATOM_REPO")
    if repository is None:
        pytest.skip("ATOM_REPO does not name a checkout of ATOM")
    folder = Path(repository) / "backend" / "python-api-service"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there: the Flask host is in commit 105ad1aff")
    command = [os.environ.get("ATOM_PYTHON", sys.executable), str(SCRIPT)]
    environ = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder, env=environ, timeout=110)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_it_is_installed_and_nothing_is_missing(told):
    assert (told["refused"], told["missing"]) == (None, [])


def test_every_page_of_the_registry_answers_with_live_data(told):
    assert set(told["pages"].values()) == {200}, told["pages"]
    assert told["total"] == 184 - 3 + 1
    assert told["entry"]["status"] == "connected"


def test_a_workflow_of_the_host_runs_our_actions(told):
    assert told["steps"] == [True, True, True]
    assert told["title"] == "Kite"


def test_agents_and_chat_reach_us(told):
    assert told["orders"] is True
    assert set(told["chat"].values()) == {True}


def test_the_registries_are_restored(told):
    assert told["restored"] == [True, True, True, True]
    assert told["after"] == [410, 200]
