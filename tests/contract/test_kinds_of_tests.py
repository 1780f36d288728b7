"""Which tests `make test` leaves to `make test-all`: those that start processes are marked without being told to."""

from __future__ import annotations

import shutil
import tomllib

import pytest
from official import ROOT

pytestmark = pytest.mark.process

HELPER = """
import subprocess, sys

def start():
    return subprocess.run([sys.executable, "-c", ""], check=True)

class Program:
    def __init__(self):
        start()
"""
TESTS = """
import os
import pytest
import helper
from helper import Program

@pytest.fixture
def program():
    return Program()

def test_by_a_fixture(program): pass
def test_by_a_helper(): helper.start()
def test_by_a_class(): Program()
def test_by_itself():
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
def test_nothing(): pass
def test_out_of_sight(): getattr(helper, "sta" + "rt")()
@pytest.mark.process
def test_out_of_sight_and_marked(): getattr(helper, "sta" + "rt")()
"""


@pytest.fixture
def tests(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project with our plugin, a helper that starts processes, and tests that use it or don't."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "tests"))
    pytester.makeini("[pytest]\nmarkers =\n    process: starts processes\npythonpath = tests\n")
    pytester.mkdir("tests")
    (pytester.path / "tests" / "helper.py").write_text(HELPER)
    (pytester.path / "tests" / "test_some.py").write_text(TESTS)
    return pytester


def test_who_starts_a_process_is_marked(tests: pytest.Pytester) -> None:
    result = tests.runpytest_subprocess("-p", "process_marker", "-p", "no:cacheprovider", "-q", "-m", "not process")
    result.assert_outcomes(passed=1, failed=1, deselected=5)
    result.stdout.fnmatch_lines(["*test_out_of_sight*"])


def test_a_process_without_the_mark_fails_the_test(tests: pytest.Pytester) -> None:
    result = tests.runpytest_subprocess("-p", "process_marker", "-p", "no:cacheprovider", "-q")
    result.assert_outcomes(passed=6, failed=1)
    result.stdout.fnmatch_lines(["*This test started a process (subprocess.Popen*Write @pytest.mark.process above it."])


@pytest.mark.parametrize(("offline", "outcome"), [("", "errors"), ("1", "skipped")])
def test_without_shopifys_schema_a_test_fails_unless_offline(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, offline: str, outcome: str
) -> None:
    monkeypatch.setenv("OFFLINE", offline)
    folder = pytester.mkdir("tests") / "contract"
    folder.mkdir()
    for path in ("tests/contract/conftest.py", "scripts/official.py"):
        shutil.copy(ROOT / path, folder)
    (folder / "test_one.py").write_text("def test_one(official): pass\n")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-rs", str(folder))
    result.assert_outcomes(**{outcome: 1})
    result.stdout.fnmatch_lines(["*official schema is *"])


def test_make_test_and_test_all_choose_by_the_markers() -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert "-m 'not process and not slow and not fuzz and not soak and not real_atom'" in makefile
    assert "-m 'not soak and not real_atom' $(TESTS)" in makefile
    assert "fetch_schema.py || true" not in makefile


def test_make_mutate_names_files_and_tests_that_exist() -> None:
    modules = tomllib.loads((ROOT / "scripts" / "mutate.toml").read_text())
    for module, chosen in modules.items():
        for pattern in chosen["files"]:
            assert list((ROOT / "atom_shopify_plugin").glob(pattern)), f"{module}: {pattern}"
        for path in chosen["tests"]:
            assert (ROOT / "tests" / path).is_file(), f"{module}: {path}"
