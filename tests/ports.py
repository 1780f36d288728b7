"""Ports of this machine for servers that tests start."""

from __future__ import annotations

import os
import random
import socket

# Below the ports that the kernel gives to outgoing connections (32768 and up on Linux): between our look and the
# server's start such a connection could take the port. Each pytest worker has a range of its own for the same reason.
_FIRST, _PER_WORKER, _WORKERS = 10_000, 1_000, 20


def free_port() -> int:
    """Return a port on 127.0.0.1 that nobody listens on, and that nothing but a server takes."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _WORKERS
    first = _FIRST + worker * _PER_WORKER
    for port in random.sample(range(first, first + _PER_WORKER), _PER_WORKER):
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue
    raise OSError(f"no free port between {first} and {first + _PER_WORKER}")
