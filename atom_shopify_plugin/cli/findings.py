"""What `doctor` finds: one line each; and what it finds about outgoing requests and about an adapter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from atom_shopify_plugin.host.outgoing.config import OutgoingConfig

__all__ = ["Finding", "adapter_findings", "outgoing_findings"]


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


def adapter_findings(folder: Path) -> Iterator[Finding]:
    """Yield what the adapter to another ATOM host has left word of, nothing where there is none."""
    from atom_shopify_plugin.host.adapter import NOTE

    try:
        note = json.loads((folder / NOTE).read_bytes())
        host, at, refused = str(note["host"]), str(note["at"]), note["refused"]
        missing = [(str(one["name"]), str(one["without"])) for one in note["missing"]]
    except FileNotFoundError:
        return
    except (OSError, ValueError, KeyError, TypeError):
        yield Finding("adapter", "warn", f"{folder / NOTE} can't be read", "Restart the host: it is written anew.")
        return
    if refused:
        yield Finding("adapter", "fail", f"{host} started without the plugins at {at}", str(refused))
        return
    yield Finding("adapter", "ok", f"installed in {host} at {at}")
    for name, without in missing:
        remedy = "docs/install-in-atom.md says what each part of the host is for."
        yield Finding("adapter", "warn", f"the host has no {name}: {without}", remedy)
