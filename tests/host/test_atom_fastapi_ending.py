"""A server of ATOM's FastAPI host that is told to end has streams end, without a limit of its own for them."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from ports import free_port

pytestmark = pytest.mark.process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_streams_end_when_the_server_is_told_to_end(number):
    port = free_port()
    command = [sys.executable, str(Path(__file__).with_name("uvicorn_host.py")), str(port)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        try:
            _wait(port)
            with httpx.stream("GET", f"http://127.0.0.1:{port}/api/weather/stream", timeout=30) as answer:
                lines = answer.iter_lines()
                assert next(lines) == ": alive"
                server.send_signal(number)
                assert "event: end" in lines
            assert server.wait(timeout=30) in (0, -number)
        finally:
            server.kill()


def _wait(port: int) -> None:
    for _ in range(300):
        try:
            httpx.get(f"http://127.0.0.1:{port}/docs", timeout=5)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("The server does not answer.")
