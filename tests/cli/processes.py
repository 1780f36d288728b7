"""Programs of ours as processes of their own."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import requests

from atom_shopify_plugin.settings import SETTINGS

OURS = {name for setting in SETTINGS for name in (setting.name, *setting.aliases)}
PROGRAM = [sys.executable, "-c", "from atom_shopify_plugin.cli import main; main(prog_name='atom-shopify')"]


def bare_environment(**settings: str) -> dict[str, str]:
    """The environment of this process without any setting of ours."""
    kept = {name: value for name, value in os.environ.items() if name not in OURS and not name.startswith("ATOM_")}
    return {**kept, "PYTHONUNBUFFERED": "1", **settings}


class Program:
    """`atom-shopify …` as a process of its own, its output in files."""

    def __init__(self, words: list[str], folder: Path, **settings: str) -> None:
        self._out, self._err = folder / "out.txt", folder / "err.txt"
        with self._out.open("w") as out, self._err.open("w") as err:
            self.process = subprocess.Popen(
                [*PROGRAM, *words], cwd=folder, env=bare_environment(**settings), stdout=out, stderr=err, text=True
            )

    @property
    def out(self) -> str:
        return self._out.read_text()

    @property
    def err(self) -> str:
        return self._err.read_text()

    def wait_for(self, ready, seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        while not ready():
            assert self.process.poll() is None, f"it ended: {self.out}{self.err}"
            assert time.monotonic() < until, f"not ready after {seconds} s: {self.out}{self.err}"
            time.sleep(0.05)

    def wait_for_text(self, pattern: str, seconds: float = 60) -> re.Match[str]:
        self.wait_for(lambda: re.search(pattern, self.out), seconds)
        return re.search(pattern, self.out)

    def wait_for_answer(self, url: str) -> None:
        def answers() -> bool:
            with contextlib.suppress(requests.ConnectionError):
                return requests.get(url, timeout=5).status_code == 200
            return False

        self.wait_for(answers)

    def stop(self, number: int = signal.SIGINT) -> int:
        """Send a signal to this process and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(40)
