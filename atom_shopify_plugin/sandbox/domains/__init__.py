"""One module per domain: its kinds, its fields that are computed, its queries and mutations."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

__all__ = ["load"]

EXTRAS = f"{__name__.rpartition('.')[0]}.extras"


def load() -> None:
    """Import every module of this folder and of the extras, so that its rules are registered.

    Repeated calls do nothing.
    """
    for folder in (__name__, EXTRAS):
        for module in sorted(iter_modules(import_module(folder).__path__), key=lambda found: found.name):
            import_module(f"{folder}.{module.name}")
