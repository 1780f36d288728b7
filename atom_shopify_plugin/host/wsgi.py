"""The host behind gunicorn: threads for waiting on the network, processes for more than one core."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import socket
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from atom_shopify_plugin.host.app import create_app
from atom_shopify_plugin.host.config import HostConfig

__all__ = ["PortTaken", "run"]

_LOOK = 0.5  # seconds between two looks at the parent
_LEAVES = 1.5  # seconds after which a worker that ends has left its loop: that takes a second


class PortTaken(OSError):
    """Another program listens on the port."""

    def __init__(self, address: str, port: int) -> None:
        super().__init__(errno.EADDRINUSE, f"Port {port} on {address} is taken by another program.")

    def __str__(self) -> str:
        return str(self.strerror)


def run(environ: Mapping[str, str], *, address: str, port: int, workers: int, threads: int, timeout: int) -> None:
    """Serve until SIGTERM or Ctrl-C; requests that are running then have 30 s to end.

    Raises `PortTaken`, and `ImportError` without gunicorn. Does not return: gunicorn ends the process.
    """
    from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

    from atom_shopify_plugin.host.worker import PatientWorker

    _must_be_free(address, port)
    multiprocess = _metrics_folder(environ) if workers > 1 else None
    options = {
        "bind": [f"[{address}]:{port}" if ":" in address else f"{address}:{port}"],
        "workers": workers,
        "worker_class": PatientWorker,
        "threads": threads,
        "timeout": timeout,
        "graceful_timeout": 30,
        "keepalive": 5,
        "loglevel": "info",
        "proc_name": "atom-shopify",
        "control_socket_disable": True,
        # A header with an underscore could pass for one that a proxy has set; gunicorn refuses such a request.
        "header_map": "refuse",
        "post_fork": _watch_over,
        "post_worker_init": _ready,
        "worker_exit": _close,
        "child_exit": _forget if multiprocess else _nothing,
    }

    class Application(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            # In each worker, after the fork: no thread or connection is carried over.
            return create_app(environ)

    Application().run()


def _must_be_free(address: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortTaken(address, port) from None
            raise


def _metrics_folder(environ: Mapping[str, str]) -> Path:
    """Give the workers a folder to share their counters in, and tell the metrics library of it."""
    folder = HostConfig.from_environ(environ).data_dir / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    return folder


def _watch_over(_server: Any, worker: Any) -> None:
    threading.Thread(target=_free_the_port, args=(worker, os.getppid()), name="atom-parent", daemon=True).start()


def _free_the_port(worker: Any, parent: int) -> None:
    """Let go of the port once the parent is gone, so that another server can take it while requests still run here.

    The worker ends by itself then: it takes nothing new, and gives what runs its time.
    """
    while os.getppid() == parent:
        time.sleep(_LOOK)
    worker.alive = False
    time.sleep(_LEAVES)
    for listener in worker.sockets:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def _ready(worker: Any) -> None:
    worker.app.callable.extensions["atom_host"].ready()


def _close(_server: Any, worker: Any) -> None:
    # A worker that failed while loading has no app to close.
    with contextlib.suppress(AttributeError, KeyError):
        worker.app.callable.extensions["atom_host"].close()


def _forget(_server: Any, worker: Any) -> None:
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def _nothing(_server: Any, _worker: Any) -> None:
    """Do nothing when a worker ends."""
