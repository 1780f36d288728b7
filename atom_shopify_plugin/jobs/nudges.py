"""Nudges: tell Celery's workers which rows are new, on a thread of its own."""

from __future__ import annotations

import logging
import threading
from collections import deque
from typing import TYPE_CHECKING

from atom_shopify_plugin.jobs.broker import QUEUE, TASK, make_celery
from atom_shopify_plugin.process import crashpoints
from atom_shopify_plugin.process.forks import reset_after_fork

if TYPE_CHECKING:
    from atom_shopify_plugin.settings import Settings

__all__ = ["Nudges"]

log = logging.getLogger(__name__)

_MOST_WAITING = 1_000
_PAUSE = 2.0  # seconds that a broker is left alone after it failed


class Nudges:
    """Row ids, offered by any thread, published by one. What can't be said is dropped: the workers' sweep finds it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        reset_after_fork(self)

    def reset(self) -> None:
        """Begin without a thread and a connection, as a forked child does."""
        self._changed = threading.Condition()
        self._waiting: deque[str] = deque(maxlen=_MOST_WAITING)
        self._thread: threading.Thread | None = None
        self._closed = False

    def offer(self, job_id: str) -> None:
        """Take a row id; returns at once, whatever the broker does."""
        with self._changed:
            if self._closed:
                return
            self._waiting.append(job_id)
            if self._thread is None:
                self._thread = threading.Thread(target=self._loop, name="atom-shopify-relay", daemon=True)
                self._thread.start()
            self._changed.notify()

    def close(self) -> None:
        """Stop; nudges that were not sent yet are not sent any more."""
        with self._changed:
            self._closed = True
            self._changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join(5.0)

    def _loop(self) -> None:
        celery = make_celery(self._settings, publisher=True)
        try:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._waiting or self._closed)
                    if self._closed:
                        return
                    job_id = self._waiting.popleft()
                crashpoints.at("before_nudge")
                try:
                    celery.send_task(TASK, (job_id,), queue=QUEUE, ignore_result=True, retry=False)
                except Exception as error:  # noqa: BLE001  # the boundary to the broker's client: any trouble means the same
                    # The type alone: the text may hold the broker's address with its password.
                    log.warning("The broker takes no nudges (%s); workers find the rows anyway.", type(error).__name__)
                    with self._changed:
                        self._waiting.clear()
                        self._changed.wait_for(lambda: self._closed, _PAUSE)
        finally:
            celery.close()
