"""Every tutorial does what it says: its commands run as printed, and print what it shows."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from checkout import environment
from official import ROOT
from transcript import Page, matches, steps

TUTORIALS = ROOT / "docs" / "tutorials"
# `write-an-action.md` runs in a copy of the project: tests/contract/test_adding_an_action.py.
NAMES = sorted(path.stem for path in TUTORIALS.glob("*.md") if path.stem != "write-an-action")


# The others show numbers of the whole stores. Copying those takes a minute of a core.
_WITH_LITTLE_DATA = {"automate", "connect", "production"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    environment(tmp_path)
    return tmp_path


@pytest.fixture
def run(folder: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    size = "small" if request.param in _WITH_LITTLE_DATA else "full"
    page = Page((TUTORIALS / f"{request.param}.md").read_text("utf-8"), folder, size)
    yield page
    page.close()


@pytest.mark.process
@pytest.mark.timeout(600)
@pytest.mark.parametrize("run", NAMES, indirect=True)
def test_a_tutorial_does_what_it_says(run: Page) -> None:
    assert len(run.steps) >= 5
    run.run()


def test_a_page_has_commands_files_and_what_is_printed() -> None:
    text = "Save this as `a.json`:\n\n```json\n{}\n```\n\n```console\n$ one \\\n  two\nprinted\n\n$ three\n```\n"
    found = [(step.command, step.expected, step.file) for step in steps(text)]
    assert found == [("", "{}\n", "a.json"), ("one \\\n  two", "printed", ""), ("three", "", "")]


def test_what_is_printed_is_compared_but_for_ids_times_and_what_is_left_out() -> None:
    known: dict[str, str] = {}
    there, here = "0f8fad5b-d9cb-469f-a165-70867728950e", "77267697-f61e-457d-81f0-6113d1051570"
    assert matches(
        f"ID  AT\n{there}  2026-01-01T00:00:00\n…\nend", f"ID AT\n{here}   2027-02-02T11:12:13\nx\ny\nend\n", known
    )
    assert known == {there: here}
    assert not matches(f"again {there}", f"again {there}", known)
    assert matches("10.00 EUR … paid", "10.00 EUR · it is paid", known)
    assert not matches("one", "one\ntwo", known)


@pytest.mark.process
@pytest.mark.timeout(600)
def test_the_examples_of_the_readme_do_what_they_show(folder: Path) -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    first, second = text.split("```\n")[1].splitlines()
    assert (first.split()[:2], second.split()[:2]) == (["make", "demo"], ["make", "test"])
    page = Page(f"```console\n$ make demo\n…\nStop with Ctrl-C.\n```\n{text}", folder)
    try:
        page.run()
    finally:
        page.close()
    shown = [Path(ROOT / name) for name in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text)]
    assert len(shown) == 7
    assert all(picture.stat().st_size <= 150 * 1024 for picture in shown)


def site(folder: Path) -> Path:
    """Return the documentation as `make site` has built it; where a source is newer, build it in `folder`."""
    made, sources = ROOT / "build" / "site", [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*")]
    if (made / "index.html").is_file():
        built = (made / "index.html").stat().st_mtime
        if all(source.stat().st_mtime < built for source in sources if source.is_file()):
            return made
    command = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "-b", "dirhtml", "docs", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def test_the_site_loads_nothing_from_other_hosts(tmp_path: Path) -> None:
    html = site(tmp_path)
    pages = list(html.rglob("*.html"))
    assert len(pages) > 40
    loaded = re.compile(r"<(?:script|link|img|iframe|source)\b[^>]*?\b(?:src|href)=\"(?:https?:)?//", re.IGNORECASE)
    assert [str(page) for page in pages if loaded.search(page.read_text("utf-8"))] == []
    styles = "".join(style.read_text("utf-8") for style in html.rglob("*.css"))
    assert not re.search(r"url\([\"']?(?:https?:)?//|@import", styles)
