"""What the tests of this room start as other processes; `sys.argv[1]` names it."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable

from probe import jobs_of, new, settle

from atom_shopify_plugin.jobs import Jobs
from atom_shopify_plugin.process.supervisor import supervise
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.settings import Settings


def load() -> tuple[Jobs, Callable[[], None]]:
    runtime = Runtime(Settings.from_environ())
    return jobs_of(runtime), runtime.close


def threads(count: str) -> None:
    """Run jobs by threads of `count` processes until SIGTERM."""

    def work(stop: threading.Event) -> None:
        jobs, close = load()
        jobs.start()
        stop.wait()
        close()

    supervise(work, int(count))


def celery(count: str) -> None:
    """Run `count` Celery workers until SIGTERM."""

    def work(stop: threading.Event) -> None:
        jobs, close = load()
        try:
            celery_app.run(Settings.from_environ(), jobs, stop)
        finally:
            close()

    from atom_shopify_plugin.jobs import celery_app

    import_celery()
    supervise(work, int(count))


def import_celery() -> None:
    """Import what each worker needs before they are forked: that makes them quick to start."""
    import redis  # noqa: F401


def put(count: str, name: str = "put") -> None:
    """Put jobs and say which of them are safe, one line each."""
    jobs, close = load()
    jobs.handlers.clear()  # this process runs none
    for number in range(int(count)):
        jobs.put(new(f"{name}-{number}", body=b"x" * 1000))
        print(number, flush=True)  # noqa: T201
    close()


def senders(count: str, name: str) -> None:
    """Have forked processes put the same job, one after the other; say how each ended and how many jobs there are."""
    jobs, close = load()
    jobs.handlers.clear()
    storage = jobs._services.storage
    for _ in range(int(count)):
        if not (pid := os.fork()):
            jobs.put(new(name, name, body=b"x"))
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        print(code, len(storage.jobs.list(subject=name)))  # noqa: T201
    close()


def unpark() -> None:
    """Let parked jobs go, and say how many."""
    jobs, close = load()
    jobs.handlers.clear()
    print(jobs._services.storage.jobs.unpark(after=0.0))  # noqa: T201
    close()


def preload(_: str) -> None:
    """Run a job here, then fork twice while a thread writes, and have each child run jobs of its own."""
    jobs, close = load()
    storage = jobs._services.storage
    jobs.put(new("parent"))
    settle(storage, 1)
    enough = threading.Event()

    def write() -> None:
        number = 0
        while not enough.is_set():
            storage.jobs.put(new(f"noise-{number}", kind="noise"))
            number += 1

    writing = threading.Thread(target=write)
    writing.start()
    children = []
    for number in range(2):
        if not (pid := os.fork()):
            jobs.put(new(f"child-{number}"))
            settle(storage, 2)
            close()
            os._exit(0)
        children.append(pid)
    enough.set()
    writing.join()
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
    settle(storage, 3)
    close()
    sys.exit(any(codes))


if __name__ == "__main__":
    modes: dict[str, Callable[..., None]] = {
        "threads": threads,
        "celery": celery,
        "put": put,
        "senders": senders,
        "unpark": unpark,
        "preload": preload,
    }
    modes[sys.argv[1]](*sys.argv[2:])
