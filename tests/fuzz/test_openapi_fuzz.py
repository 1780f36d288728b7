"""What is served is what is described: schemathesis sends what the documents allow and what they don't, over HTTP.

Its cases are derived from the documents, the same in each run. A failure prints the request that repeats it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fuzzing import fuzz, fuzzed_house
from house import House, Person

pytestmark = [pytest.mark.fuzz, pytest.mark.timeout(2700)]
PHASES = ("--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "6")


@pytest.fixture
def fuzzed(tmp_path: Path) -> Iterator[tuple[House, Person]]:
    with fuzzed_house(tmp_path) as found:
        yield found


def test_the_plugin_answers_as_its_document_says(fuzzed: tuple[House, Person], tmp_path: Path) -> None:
    # Whoever disconnects the stores ends the work of all others: that comes last.
    for which in ("--exclude-operation-id", "--include-operation-id"):
        ended = fuzz(*fuzzed, tmp_path, "plugin", *PHASES, which, "oauth_revoke")
        assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_host_answers_as_its_document_says(fuzzed: tuple[House, Person], tmp_path: Path) -> None:
    ended = fuzz(*fuzzed, tmp_path, "host", *PHASES)
    assert ended.returncode == 0, ended.stdout + ended.stderr
