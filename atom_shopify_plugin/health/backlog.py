"""How far the work is behind, for health and metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atom_shopify_plugin.hookspecs import Check

if TYPE_CHECKING:
    from atom_shopify_plugin.services import Services

__all__ = ["LATE", "check"]

LATE = 300.0
"""Seconds that a job may have been due before somebody should look whether workers run."""


def check(services: Services) -> Check:
    """Return the numbers of jobs by state and how long the oldest has been due (`oldest_seconds`)."""
    found = services.storage.jobs.backlog()
    figures = {**found, "oldest_seconds": round(found["oldest_seconds"])}
    aside = int(found["dead"] + found["quarantined"])
    if found["oldest_seconds"] > LATE:
        words = "Jobs have been waiting for minutes: check that workers are running."
    elif aside:
        words = f"{aside} jobs failed: list them with `atom-shopify jobs list`, then replay or discard them."
    else:
        return Check("jobs", "ok", "Jobs are processed as they arrive.", figures)
    return Check("jobs", "degraded", words, figures)
