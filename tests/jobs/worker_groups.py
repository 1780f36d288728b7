"""Worker processes as the tests see them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from broker_proxy import Proxy
from probe import environ_of, jobs_of

from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.settings import Settings

PROCESS = Path(__file__).with_name("worker_process.py")


class Workers:
    """A group of worker processes of one engine, and a runtime of the test's process that puts jobs for them."""

    def __init__(self, engine: str, settings: Settings, proxy: Proxy | None) -> None:
        self.engine = engine
        self.settings = settings
        self.proxy = proxy
        self.runtime = Runtime(replace(settings, worker_threads=0))
        self.jobs = jobs_of(self.runtime, threads=0)
        self.storage = self.runtime.storage
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, count: int = 2, **environ: str) -> None:
        log = (self.settings.data_dir / "workers.log").open("ab")
        with log:
            self._process = subprocess.Popen(
                [sys.executable, str(PROCESS), self.engine, str(count)],
                env=environ_of(self.settings, **environ),
                stdout=log,
                stderr=log,
            )

    def pids(self) -> list[int]:
        """Return the processes that run jobs."""
        assert self._process is not None
        main = self._process.pid
        file = Path(f"/proc/{main}/task/{main}/children")
        try:
            return [int(word) for word in file.read_text().split()]
        except FileNotFoundError:
            return []

    def kill(self, pid: int) -> None:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def terminate(self) -> int:
        """Send SIGTERM and return the exit code."""
        process, self._process = self._process, None
        assert process is not None
        process.terminate()
        try:
            return process.wait(40)
        except subprocess.TimeoutExpired:
            for pid in (*self.pids_of(process.pid), process.pid):
                self.kill(pid)
            process.wait(10)
            raise

    @staticmethod
    def pids_of(main: int) -> list[int]:
        return [int(word) for word in Path(f"/proc/{main}/task/{main}/children").read_text().split()]

    def close(self) -> None:
        if self._process is not None:
            self.terminate()
        self.runtime.close()
