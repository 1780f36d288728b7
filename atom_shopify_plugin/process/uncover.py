"""Installed libraries that a folder of a host covers: its migrations may stand in one called ``alembic``."""

from __future__ import annotations

import importlib
import importlib.metadata
import sys
import threading

__all__ = ["uncover"]

_LOCK = threading.Lock()


def uncover(name: str) -> None:
    """Import the installed library `name`, whatever else is called like it on `sys.path` or was imported before."""
    with _LOCK:
        home = str(importlib.metadata.distribution(name).locate_file(""))
        known = sys.modules.get(name)
        if known is not None and str(getattr(known, "__file__", "")).startswith(home):
            return
        for module in [module for module in sys.modules if module == name or module.startswith(f"{name}.")]:
            del sys.modules[module]
        path = list(sys.path)
        sys.path.insert(0, home)
        try:
            importlib.import_module(name)
        finally:
            sys.path[:] = path
