"""The host behind granian: one process with an event loop and threads, or several of them under a supervisor."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import logging
import os
import resource
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from flask import Flask

from atom_shopify_plugin.host.app import create_app
from atom_shopify_plugin.host.bodies import HEAD_LIMIT, READ_SECONDS
from atom_shopify_plugin.host.config import HostConfig
from atom_shopify_plugin.host.front import Front
from atom_shopify_plugin.process.supervisor import supervise

__all__ = ["PortTaken", "ThreadedServer", "reserved_port", "run", "serve_app"]

log = logging.getLogger(__name__)

CONNECTIONS = 4_096
"""Connections of a process; further ones wait until the kernel takes them."""

DRAIN_SECONDS = 30.0
"""How long requests have to end when a process is told to."""

TAKE_SECONDS = 20.0
"""How long a client may take nothing of its answer before its connection is closed."""

_START = 15.0  # seconds for a server to take connections
_FLUSH = 1.0  # seconds for the last answers to leave
_GRACE = 75.0  # seconds after which a process is killed: runs and jobs may take another 30 seconds to end, too
_OTHER_FILES = 512  # that a process may have open beside its connections


class PortTaken(OSError):
    """Another program listens on the port."""

    def __init__(self, address: str, port: int) -> None:
        super().__init__(errno.EADDRINUSE, f"Port {port} on {address} is taken by another program.")

    def __str__(self) -> str:
        return str(self.strerror)


@contextlib.contextmanager
def reserved_port(address: str, port: int) -> Iterator[int]:
    """Keep a port, 0 for any, for servers of this process and its children; give it. Raise `PortTaken`, `OSError`.

    The socket is bound and does not listen, so that it gets no connection.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # Alone first: with the option below it would share the port of another server of ours.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortTaken(address, port) from None
            raise
        port = probe.getsockname()[1]
    with socket.socket(family, socket.SOCK_STREAM) as place:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        place.bind((address, port))
        yield port


def run(environ: Mapping[str, str], *, address: str, port: int, workers: int, threads: int, timeout: int) -> None:
    """Serve until SIGTERM or Ctrl-C; requests that are running then have 30 s to end.

    A process that dies, or whose event loop answers nothing for `timeout` seconds, is replaced. Raise `PortTaken`, and
    `ImportError` without granian.
    """
    import granian.server.embed  # noqa: F401  # before the fork, and so that its absence is told at once

    with reserved_port(address, port) as port:
        if workers > 1:
            _share_metrics(environ)
        _allow_connections()
        log.info("Listening at http://%s:%d", f"[{address}]" if ":" in address else address, port)

        def work(told: threading.Event) -> None:
            # In each process, after the fork: no thread or connection is carried over.
            app = create_app(environ)
            gc.collect()
            gc.freeze()  # what lives as long as the process need not be looked through again and again
            try:
                with asyncio.Runner(loop_factory=_loop_factory()) as runner:
                    runner.run(_until_told(told, app, address, port, threads, timeout))
            finally:
                app.extensions["atom_host"].close()

        supervise(work, workers, grace=_GRACE, ended=_forget_metrics)


async def _until_told(told: threading.Event, app: Flask, address: str, port: int, threads: int, timeout: int) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    if told.is_set():  # before there was a loop to tell
        stop.set()
    _end_when_stuck(timeout)
    await serve_app(app, address, port, threads=threads, stop=stop)


async def serve_app(
    app: Flask,
    address: str,
    port: int,
    *,
    threads: int,
    stop: asyncio.Event,
    drain: float = DRAIN_SECONDS,
) -> None:
    """Serve a host's app in this event loop until `stop` is set, and what runs has ended or had `drain` seconds."""
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.server.embed import Server

    front = Front(app, threads=threads)
    logging.getLogger("_granian").setLevel(logging.CRITICAL)
    server = Server(
        front,
        address,
        port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=False,
        backlog=1024,
        backpressure=CONNECTIONS,
        http1_settings=HTTP1Settings(header_read_timeout=int(READ_SECONDS * 1000), max_buffer_size=HEAD_LIMIT),
        log_enabled=False,
    )
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(stop.wait())
    await _limit_stalls(port, serving)
    app.extensions["atom_host"].ready()
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    front.close()
    if not serving.done():
        server.stop()  # type: ignore[no-untyped-call]  # its types are incomplete
        quiet = asyncio.create_task(front.quiet())
        await asyncio.wait({quiet}, timeout=drain)
        if quiet.cancel():
            log.warning("Requests did not end in %.0f s, and are given up.", drain)
        # It waits for heads of requests that are not whole, too.
        await asyncio.wait({serving}, timeout=_FLUSH)
        serving.cancel()
    await asyncio.wait({serving})
    if not serving.cancelled():
        serving.result()


async def _limit_stalls(port: int, serving: asyncio.Task[None]) -> None:
    """Have the kernel close connections whose client takes no byte for `TAKE_SECONDS`, once the server listens.

    Granian has no such limit, and keeps its listening socket to itself. Connections inherit the option from it
    (tcp(7), TCP_USER_TIMEOUT).
    """
    until = time.monotonic() + _START
    while sys.platform == "linux" and not serving.done() and time.monotonic() < until:
        found = _listening(port)
        if found is not None:
            with found:
                found.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(TAKE_SECONDS * 1000))
            return
        await asyncio.sleep(0.01)


def _listening(port: int) -> socket.socket | None:
    """Return a copy of the socket by which this process listens on a port, None where there is none yet."""
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):  # it is closed by now, or no socket
            # Never a copy of anything else: closing one of a database's file would end SQLite's locks of this process,
            # and another process could take its write-ahead log away (sqlite.org, "How To Corrupt An SQLite Database").
            if not os.readlink(f"/proc/self/fd/{name}").startswith("socket:"):
                continue
            descriptor = os.dup(int(name))
            try:
                found = socket.socket(fileno=descriptor)
            except OSError:
                os.close(descriptor)
                continue
            if found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) and found.getsockname()[1] == port:
                return found
            found.close()
    return None


class ThreadedServer:
    """A host's app served by a thread of this process."""

    def __init__(self, app: Flask, address: str, port: int, *, threads: int, drain: float = DRAIN_SECONDS) -> None:
        self._app = app
        self._at = (address, port)
        self._threads = threads
        self._drain = drain
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="atom-host", daemon=True)

    def start(self) -> None:
        """Serve from now on; return once connections are taken, and raise `RuntimeError` where that fails."""
        self._thread.start()
        until = time.monotonic() + _START
        while time.monotonic() < until and self._thread.is_alive():
            with contextlib.suppress(OSError):
                socket.create_connection(self._at, timeout=1.0).close()
                return
            time.sleep(0.02)
        raise RuntimeError("The host's server could not be started.")

    def stop(self) -> None:
        """Let what runs end, and the thread with it."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended by itself
                self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            self._loop = runner.get_loop()
            runner.run(serve_app(self._app, *self._at, threads=self._threads, stop=self._stop, drain=self._drain))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return what makes the faster loop of uvloop, None for Python's own where that is not installed."""
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


def _share_metrics(environ: Mapping[str, str]) -> None:
    """Give the processes a folder to share their counters in, and tell the metrics library of it."""
    folder: Path = HostConfig.from_environ(environ).data_dir / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def _forget_metrics(pid: int) -> None:
    """Count what a process had open no more: it is gone."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(pid)  # type: ignore[no-untyped-call]


def _allow_connections() -> None:
    """Raise the limit of open files, which counts connections too, as far as this user may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))


def _end_when_stuck(timeout: int) -> None:
    """End this process, which is then replaced, when its event loop does nothing for `timeout` seconds."""
    loop = asyncio.get_running_loop()
    beat = threading.Event()

    def watch() -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: the process ends
            while True:
                beat.clear()
                loop.call_soon_threadsafe(beat.set)
                if not beat.wait(timeout):
                    log.critical("The event loop has been stuck for %d s; this process is replaced.", timeout)
                    os._exit(1)
                time.sleep(1.0)

    threading.Thread(target=watch, name="atom-watch", daemon=True).start()
