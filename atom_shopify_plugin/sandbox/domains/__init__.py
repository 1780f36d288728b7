"""One module per domain: its kinds, its fields that are computed, its queries and mutations."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

__all__ = ["load"]


def load() -> None:
    """Import every module of this folder, so that its rules are registered; repeated calls do nothing."""
    for module in sorted(iter_modules(__path__), key=lambda found: found.name):
        import_module(f"{__name__}.{module.name}")
