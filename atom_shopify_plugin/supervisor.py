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


def supervise(work: Callable[[threading.Event], None], processes: int, *, grace: float = 30.0) -> None:
    """Run `work(stop)` in `processes` forked children until SIGTERM or Ctrl-C; then set `stop` in each and wait.

    A child that ends before that is replaced, whether it returned, raised or was killed. One that still runs `grace`
    seconds after the signal is killed. A child whose supervisor is gone ends as by SIGTERM. Call it from the main
    thread, before other threads run.
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
        children[_start(work)] = time.monotonic()
    while children:
        pid, _ = os.wait()
        began = children.pop(pid, None)
        if began is None or stopping.is_set():
            continue
        if time.monotonic() - began < _CRASH_PAUSE:
            stopping.wait(_CRASH_PAUSE)
        if not stopping.is_set():
            children[_start(work)] = time.monotonic()
            if stopping.is_set():  # the signal came while the child was not in the table yet
                _send(children, signal.SIGTERM)
    signal.alarm(0)


def _send(children: dict[int, float], number: signal.Signals) -> None:
    for pid in list(children):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def _start(work: Callable[[threading.Event], None]) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        stop = threading.Event()
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the supervisor passes on what counts
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
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
