from __future__ import annotations

import pytest
from click.testing import CliRunner
from killing import kill_after, run, shell_settings  # noqa: F401  # fixtures are found by their names
from processes import OURS, Program

from atom_shopify_plugin.cli import main


@pytest.fixture
def shell(tmp_path, monkeypatch):
    """Type a command line in a folder of its own; settings are the environment."""
    for name in OURS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)

    def type_(*words: str, stdin: str | None = None, **settings: str):
        environ = {"ATOM_SHOPIFY_DATA_DIR": str(tmp_path / "data"), **settings}
        return CliRunner().invoke(main, list(words), input=stdin, env=environ)

    return type_


@pytest.fixture
def start(tmp_path):
    programs: list[Program] = []

    def start_(*words: str, **settings: str) -> Program:
        programs.append(Program(list(words), tmp_path, **settings))
        return programs[-1]

    yield start_
    for program in programs:
        if program.process.poll() is None:
            program.process.kill()
            program.process.wait()
