"""What `doctor` finds: one line each; and what it finds about notices and outgoing requests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from atom_shopify_plugin.host.outgoing.config import OutgoingConfig

__all__ = ["Finding", "outgoing_findings"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, how it is, and what to do about it."""

    name: str
    state: Literal["ok", "warn", "fail"]
    detail: str
    remedy: str = ""


def outgoing_findings(outgoing: OutgoingConfig, setting: str) -> Iterator[Finding]:
    """Yield what is wrong with the targets: unknown names, addresses that are not public, a file that others read."""
    from atom_shopify_plugin.host.outgoing.addresses import addresses, place_of
    from atom_shopify_plugin.host.outgoing.failures import SendFailure

    if setting and not setting.startswith("{") and Path(setting).stat().st_mode & 0o077:
        remedy = f"Run `chmod 600 {setting}`."
        yield Finding("outgoing", "warn", f"others can read {setting}, which may hold secrets", remedy)
    troubled = False
    for name, target in outgoing.targets.items():
        try:
            if target.url:
                addresses(place_of(target.url)[0], outgoing.internal_hosts)
        except SendFailure as failure:
            troubled = True
            yield Finding(f"target {name}", "warn", str(failure), "Correct the target in ATOM_HOST_OUTGOING.")
    if outgoing.targets and not troubled:
        names = ", ".join(sorted(outgoing.targets))
        yield Finding("outgoing", "ok", f"workflows may tell {names}; `atom-shopify workflows tell` tries one")
