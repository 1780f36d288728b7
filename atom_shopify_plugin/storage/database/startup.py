"""A process serves first; the tables are brought up to date behind it where that can't be done at once."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from atom_shopify_plugin.errors import PluginError, Unavailable
from atom_shopify_plugin.process.forks import reset_after_fork
from atom_shopify_plugin.storage.database.engine import DatabaseAway
from atom_shopify_plugin.storage.database.timeouts import begin_answering, end_answering

__all__ = ["Startup"]

log = logging.getLogger(__name__)

_AT_ONCE = 1.0  # seconds that a process which starts waits for the database before it serves
_AGAIN = 1.0  # seconds between two attempts
_REMIND = 30.0  # seconds between two lines in the log


class Startup:
    """Keeps all but the upgrade itself away from tables that may be missing or old.

    Until `prepare` is called nothing is kept away: whoever opens a storage by itself knows what is in it. `make_ready`
    brings the tables up to date, and `tidy` runs once after that; both raise `Unavailable` while the database is away.
    """

    def __init__(self, make_ready: Callable[[], None], tidy: Callable[[], None]) -> None:
        self._make_ready = make_ready
        self._tidy = tidy
        self._held = False
        self._closed = threading.Event()
        self.trouble = ""
        """Why the tables are not up to date yet, empty when they are."""
        reset_after_fork(self)

    def reset(self) -> None:
        """Begin without a thread: a fork leaves it behind."""
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def prepare(self) -> None:
        """Bring the tables up to date now if that takes a moment only, else behind what this process does.

        What has expired is deleted behind it in any case. Raise `Misconfigured` for a setting that is wrong.
        """
        self._held = True
        begin_answering(_AT_ONCE)
        try:
            self._upgrade()
        except Unavailable as error:
            self._say(error, first=True)
        finally:
            end_answering()
        self._work()

    def admit(self) -> None:
        """Raise `DatabaseAway` until the tables are up to date."""
        if not self._held:
            return
        self._work()  # in a forked child nobody is at it yet
        raise DatabaseAway(self.trouble or "The database is being brought up to date; try again in a moment.")

    def close(self) -> None:
        """Give up what has not been done."""
        self._closed.set()

    def _work(self) -> None:
        with self._starting:
            if self._thread is None or not (self._thread.is_alive() or not self._held):
                self._thread = threading.Thread(target=self._catch_up, name="atom-shopify-start", daemon=True)
                self._thread.start()

    def _upgrade(self) -> None:
        self._make_ready()
        if self.trouble:
            log.warning("The database is back, and up to date.")
        self._held, self.trouble = False, ""

    def _say(self, error: PluginError, *, first: bool) -> None:
        self.trouble = error.message
        if first:
            reason = getattr(error, "reason", "") or error.message
            log.warning("The database can't be brought up to date yet, and is tried again each second: %s.", reason)

    def _catch_up(self) -> None:
        """Upgrade and tidy, as often as it takes."""
        said = time.monotonic()
        done = False
        while not done and not self._closed.is_set():
            try:
                if self._held:
                    self._upgrade()
                self._tidy()
                done = True
            except PluginError as error:
                late = time.monotonic() - said > _REMIND
                said = time.monotonic() if late else said
                self._say(error, first=late)
            except Exception:  # the end of a thread: nobody above could take it
                log.exception("The database could not be brought up to date: `atom-shopify db upgrade` says why.")
                self._closed.wait(_REMIND)
            if not done:
                self._closed.wait(_AGAIN)
