"""A host in a process of its own, to be killed. Commands come in as lines; SIGTERM ends it as a server would."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from toy_ledger import Ledger

from atom_shopify_plugin.hookspecs import Event

LEASE = "1"


class HostProcess:
    """A host on `folder` with the books in `books`, or with the plugins that are installed.

    `crash_at` names the point where it kills itself.
    """

    def __init__(self, folder: Path, books: Path | None, *, crash_at: str = "", **settings: str) -> None:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("ATOM_")}
        environ |= {"ATOM_HOST_DATA_DIR": str(folder), "ATOM_HOST_LEASE_SECONDS": LEASE, **settings}
        self.process = subprocess.Popen(
            [sys.executable, __file__, *([] if books is None else [str(books)])],
            env={**environ, **({"ATOM_HOST_CRASH_AT": crash_at} if crash_at else {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.said()  # "ready"; nothing from one that has died by then

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def said(self) -> str:
        """The next line that it says."""
        return self.process.stdout.readline().strip()

    def tell(self, **command) -> None:
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def gone(self, seconds: float = 20) -> int:
        """Its exit code, as soon as there is one."""
        return self.process.wait(seconds)

    def close(self) -> None:
        if self.alive:
            self.process.kill()
        self.process.wait(20)
        for pipe in (self.process.stdin, self.process.stdout):
            try:
                pipe.close()
            except BrokenPipeError:
                continue  # a command that the killed process never read


def main(*books: str) -> None:
    from atom_shopify_plugin.host.app import create_app

    plugins = [("ledger", Ledger(Path(books[0])))] if books else None
    host = create_app(plugins=plugins).extensions["atom_host"]
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    host.ready()
    if "FLOW_FORKS" in os.environ:
        fork_in_storm(host, int(os.environ["FLOW_FORKS"]))
        return
    if "FLOW_FORK" in os.environ:
        # As a server that loads the app first and forks its workers then.
        child = os.fork()
        if child:
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    print("ready", flush=True)  # noqa: T201

    def listen() -> None:
        for line in sys.stdin:
            command = json.loads(line)
            if "emit" in command:
                payload, dedupe_key, *more = command["emit"]
                shop, key = more or ("main", "paid")
                host.hook.atom_emit(event=Event(key, payload, dedupe_key, shop))
        ended.set()

    threading.Thread(target=listen, daemon=True).start()
    while not ended.is_set():
        time.sleep(0.02)
    print("stopping", flush=True)  # noqa: T201
    host.close()


def fork_in_storm(host, count: int) -> None:
    """Fork `count` children while threads of this process write; each child takes one event."""

    def storm(at: int) -> None:
        number = 0
        while not over.is_set():
            number += 1
            host.hook.atom_emit(event=Event("unheard", {}, f"storm:{at}:{number}", "main"))
            time.sleep(0.002)  # SQLite lets no other process in where one never pauses

    over = threading.Event()
    threads = [threading.Thread(target=storm, args=(at,)) for at in range(2)]
    for thread in threads:
        thread.start()
    failed = 0
    for number in range(count):
        child = os.fork()
        if child == 0:
            host.hook.atom_emit(event=Event("paid", {"n": number}, f"e{number}", "main"))
            os._exit(0)
        failed += os.waitpid(child, 0)[1] != 0
    over.set()
    for thread in threads:
        thread.join()
    host.close()
    sys.exit(failed)


if __name__ == "__main__":
    main(*sys.argv[1:])
