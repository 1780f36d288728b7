"""What a service manifest must look like, and ATOM's registry entry made from it.

A malformed entry would break ATOM's own pages for every service, so a manifest is checked whole before anything of it
is shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["check_service", "registry_lists"]

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_PHRASE = re.compile(r"[a-z0-9{][a-z0-9 _{}'-]*")  # `{slot}` stands for what the person fills in
_SERVICE_ID = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_EFFECTS = ("read", "write", "destructive")
_TEXTS = ("name", "version", "type", "description")


def check_service(service: Any) -> list[str]:
    """Return everything that is wrong with a service manifest, each fault as ``/pointer: what is expected``."""
    if not isinstance(service, Mapping):
        return ["/: must be an object"]
    faults = []
    if not _matches(_SERVICE_ID, service.get("id")):
        faults.append("/id: must be a short lower-case name such as `weather`")
    faults += [f"/{key}: must be text" for key in _TEXTS if not isinstance(service.get(key), str) or not service[key]]
    faults += _texts("/capabilities", service.get("capabilities"))
    for kind in ("workflow_triggers", "workflow_actions", "chat_commands"):
        faults += _entries(kind, service.get(kind))
    if "accounts_url" in service and not _own_path(service["accounts_url"]):
        faults.append("/accounts_url: must be a path on this host, such as /api/weather/cities")
    return faults + _links(service.get("links", []))


def registry_lists(service: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return ATOM's four flat lists: capabilities, and the keys of triggers, actions and chat phrases."""
    kinds = ("workflow_triggers", "workflow_actions", "chat_commands")
    return {
        "capabilities": list(service["capabilities"]),
        **{kind: [entry["key"] for entry in service[kind]] for kind in kinds},
    }


def _matches(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _own_path(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("/") and not value.startswith(("//", "/\\"))


def _links(links: Any) -> list[str]:
    if not isinstance(links, list | tuple):
        return ["/links: must be a list of objects"]
    return [
        f"/links/{at}: must be an object with a label and an href that is a path on this host"
        for at, link in enumerate(links)
        if not (isinstance(link, Mapping) and isinstance(link.get("label"), str) and _own_path(link.get("href")))
    ]


def _texts(pointer: str, value: Any) -> list[str]:
    if not isinstance(value, list | tuple):
        return [f"{pointer}: must be a list of text"]
    return [f"{pointer}/{at}: must be text" for at, item in enumerate(value) if not isinstance(item, str) or not item]


def _entries(kind: str, value: Any) -> list[str]:
    if not isinstance(value, list | tuple):
        return [f"/{kind}: must be a list of objects"]
    faults: list[str] = []
    seen: set[str] = set()
    pattern, example = (_PHRASE, "list products") if kind == "chat_commands" else (_NAME, "order_created")
    for at, entry in enumerate(value):
        here = f"/{kind}/{at}"
        if not isinstance(entry, Mapping):
            faults.append(f"{here}: must be an object")
            continue
        key = entry.get("key")
        if not _matches(pattern, key):
            faults.append(f"{here}/key: must be lower-case text such as `{example}`")
        elif key in seen:
            faults.append(f"{here}/key: `{key}` is there twice")
        else:
            seen.add(str(key))
        if not isinstance(entry.get("input", {}), Mapping):
            faults.append(f"{here}/input: must be a JSON Schema of the input, as an object")
        if entry.get("effect", "read") not in _EFFECTS:
            faults.append(f"{here}/effect: must be one of {', '.join(_EFFECTS)}")
    return faults
