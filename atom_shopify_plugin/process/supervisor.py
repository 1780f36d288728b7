"""Keep processes alive: fork them, and fork again what dies."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from types import FrameType

__all__ = ["supervise"]

_CRASH_PAUSE = 1.0  # seconds between two starts of a process that dies at once
_LOOK = 2.0
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)


def supervise(
    work: Callable[[threading.Event], None],
    processes: int,
    *,
    grace: float = 30.0,
    ended: Callable[[int], None] = lambda _pid: None,
) -> None:
    """Run `work(stop)` in `processes` forked children until SIGTERM or Ctrl-C; then set `stop` in each and wait.

    A child that ends before that is replaced, whether it returned, raised or was killed. One that still runs `grace`
    seconds after the signal is killed. A child whose supervisor is gone ends as by SIGTERM. `ended` is told of each
    child that is gone. Call it from the main thread, before other threads run.
    """
    children: dict[int, float] = {}
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        if not stopping.is_set():
            stopping.set()
            signal.alarm(max(1, int(grace)))
            _send(children, signal.SIGTERM)

    def give_up(_number: int, _frame: FrameType | None) -> None:
        _send(children, signal.SIGKILL)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    signal.signal(signal.SIGALRM, give_up)
    while len(children) < processes and not stopping.is_set():
        _start(work, children, stopping)
    while children:
        pid, _ = os.wait()
        began = children.pop(pid, None)
        ended(pid)
        if began is None or stopping.is_set():
            continue
        if time.monotonic() - began < _CRASH_PAUSE:
            stopping.wait(_CRASH_PAUSE)
        if not stopping.is_set():
            _start(work, children, stopping)
    signal.alarm(0)


def _send(children: dict[int, float], number: signal.Signals) -> None:
    for pid in list(children):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def _start(work: Callable[[threading.Event], None], children: dict[int, float], stopping: threading.Event) -> None:
    """Fork a child. Signals wait until it is in the table, and has handlers of its own."""
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    pid = 0 if stopping.is_set() else os.fork()
    if stopping.is_set() or pid:
        if pid:
            children[pid] = time.monotonic()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        return
    code = 1
    try:
        stop = threading.Event()
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the supervisor passes on what counts
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        threading.Thread(target=_watch, args=(parent,), name="atom-shopify-watch", daemon=True).start()
        work(stop)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001  # the end of the process: what is left to do is to say why
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK)
    os.kill(os.getpid(), signal.SIGTERM)
