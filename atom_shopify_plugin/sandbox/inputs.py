"""Input members into stored fields: checked, cleaned, and refused with the messages that Shopify's Rails gives."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.refusals import Refused, UserError, not_modelled
from atom_shopify_plugin.sandbox.registry import REGISTRY, Member, Write
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["clean_tags", "handle_from", "label_of", "plain_values", "settle_handle", "stored_values", "stripped"]


def _is_empty(value: Any) -> bool:
    return value is None or value is False or value == []


def plain_values(kind: str, given: Mapping[str, Any], *, input_name: str, apart: Iterable[str] = ()) -> Node:
    """Return the members of an input object that are fields of the same name on `kind`.

    Members named in `apart` are the caller's to handle. A member that the kind does not store raises "not modelled",
    unless it is empty: an input never disappears in silence. A null sets the kind's default where that is not null.
    """
    defaults = REGISTRY.kinds[kind].defaults
    values: Node = {}
    for name, value in given.items():
        if name in apart:
            continue
        if name not in defaults:
            if _is_empty(value):
                continue
            raise not_modelled(f"{input_name}.{name}")
        values[name] = defaults[name] if value is None else value
    return values


def stored_values(ctx: Context, kind: str, members: Mapping[str, Member], write: Write, path: list[Any]) -> Node:
    """Return what an input stores; raise `Refused` with every member that is wrong."""
    defaults = REGISTRY.kinds[kind].defaults
    values = plain_values(kind, write.given, input_name=write.input_name, apart=members)
    if "tags" in values:
        values["tags"] = clean_tags(values["tags"])
    errors: list[UserError] = []
    for name, member in members.items():
        if name not in write.given and not (member.required and write.creates):
            continue
        if member.filled and not write.creates and write.given[name] is None:
            continue
        if not member.modelled:
            if not _is_empty(write.given[name]):
                raise not_modelled(f"{write.input_name}.{name}")
            continue
        try:
            value = _checked(ctx, kind, name, member, write, [*path, name])
        except Refused as refusal:
            errors += refusal.errors
            continue
        if member.field is not None:
            field = member.field or name
            values[field] = defaults.get(field) if value is None else value
    if errors:
        raise Refused(errors)
    return values


def _checked(ctx: Context, kind: str, name: str, member: Member, write: Write, path: list[Any]) -> Any:
    value, label = write.given.get(name), member.label or label_of(name)
    if (member.required or member.filled) and (value is None or (isinstance(value, str) and not value.strip())):
        raise Refused.one(path, f"{label} can't be blank", "BLANK")
    if member.clean is not None:
        value = member.clean(value, path)
    if member.longest is not None and len(value or "") > member.longest:
        raise Refused.one(path, f"{label} is too long (maximum is {member.longest} characters)", "TOO_LONG")
    if member.unique and value is not None:
        others = ctx.store.find(kind, member.field or name, value)
        if any(other is not write.node for other in others):
            raise Refused.one(path, f"{label} has already been taken", "TAKEN")
    return value


def label_of(name: str) -> str:
    """Return a name as Rails prints it: ``First name`` for ``firstName``, ``Draft order`` for ``DraftOrder``."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).split()
    return " ".join(words).capitalize()


def stripped(text: str, _path: list[Any]) -> str:
    return text.strip()


def clean_tags(tags: Iterable[str]) -> list[str]:
    """Return tags trimmed, split at commas, without repeats (case-blind, first spelling wins), in order of name."""
    found: dict[str, str] = {}
    for tag in (part.strip() for text in tags for part in text.split(",")):
        if tag:
            found.setdefault(tag.casefold(), tag)
    return sorted(found.values(), key=str.casefold)


def handle_from(text: str) -> str:
    """Return the handle that a title makes: lower case, words joined by hyphens."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return "-".join(re.findall(r"[^\W_]+", plain.casefold()))[:255]


def settle_handle(
    ctx: Context,
    kind: str,
    write: Write,
    *,
    title: str,
    path: Iterable[str],
    fallback: str,
    within: Mapping[str, Any] | None = None,
    message: str = "",
    numbered: bool = False,
    remade: bool = False,
    counts_on: bool = False,
) -> None:
    """Put a handle into `write.values`: the one that is given, or for a new node one made of `title`.

    A given handle must be free among the nodes that have the values of `within`; one that is made gets a number where
    it is taken. `message` is what a taken one is refused with; `numbered` gives it a number instead. With `remade`, a
    blank one in an update is made of the title and one without letters or digits becomes `fallback`; otherwise both
    count as not given. With `counts_on`, a taken handle that ends in a number counts on (seen for products and
    collections).
    """
    given = write.given.get("handle") or ""
    wanted = handle_from(given)
    if not wanted and not write.creates and not (remade and write.given.get("handle") is not None):
        write.values.pop("handle", None)
        return
    base = wanted or (not (remade and given.strip()) and handle_from(title)) or fallback

    def taken(handle: str) -> bool:
        others = (other for other in ctx.store.find(kind, "handle", handle) if other is not write.node)
        return any(all(other[name] == value for name, value in (within or {}).items()) for other in others)

    if wanted and not numbered and taken(wanted):
        said = message or f"Handle '{given}' already in use. Please provide a new handle."
        raise Refused.one([*path, "handle"], said, "TAKEN")
    write.values["handle"] = next(handle for handle in _numbered(base, counts_on=counts_on) if not taken(handle))


def _numbered(handle: str, *, counts_on: bool) -> Iterator[str]:
    """Yield a handle, then the ones that replace it where it is taken."""
    yield handle
    found = re.fullmatch(r"(.*?)(\d{1,18})", handle) if counts_on else None
    stem, start = (found[1], int(found[2]) + 1) if found else (f"{handle}-", 1)
    yield from (f"{stem}{number}" for number in count(start))
