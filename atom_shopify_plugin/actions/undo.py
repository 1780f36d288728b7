"""Undo: the call that puts a write back, what it is checked against first, and carrying it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.actions.call import Accepted, Call, Outcome
from atom_shopify_plugin.actions.verify import MISSING, declared, find, gained, lost, same
from atom_shopify_plugin.catalog.model import Action, Catalog
from atom_shopify_plugin.errors import Conflict, NotFound, OutcomeUnknown, Stale, StillRunning
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.storage.calls.audit import Undoing

if TYPE_CHECKING:
    from atom_shopify_plugin.actions.reads import ReadRunner
    from atom_shopify_plugin.storage import AuditRow, Storage, Store
    from atom_shopify_plugin.stores.shop import Shop

__all__ = ["UndoCall", "UndoRunner", "changed_since", "checks", "putting_back"]

# Shopify and we keep an idempotency key for a day: an unfinished undo is repeated under its key for less than that.
_KEY_LIFE = timedelta(hours=23)
_UNSTABLE = frozenset({"last_edit_date", "updated_at"})


def putting_back(action: Action, checked: Mapping[str, Any], before: Any, data: Any) -> dict[str, Any] | None:
    """Return the input of the call that puts things back, None where too little is known for a whole one."""
    if action.undo is None:
        return None
    verify = action.verify
    if verify is not None and (verify.holds or verify.lacks):
        # Only what this call added is taken away again, and only what it removed is put back.
        if not isinstance(before, Mapping):
            return None
        given = dict(checked)
        given |= {name: gained(checked[name], before.get(name)) for name in verify.holds}
        given |= {name: lost(checked[name], before.get(name)) for name in verify.lacks}
    elif action.undo.input is None:
        given = {name: _former(action, checked, before, name) for name in action.undo.whole(checked)}
    else:
        known = {"input": checked, "before": before, "after": data}
        given = {member: _source(known, source) for member, source in action.undo.input.items()}
    # Half an undo would look like a whole one.
    return None if any(value is MISSING for value in given.values()) else given


def _former(action: Action, checked: Mapping[str, Any], before: Any, name: str) -> Any:
    if action.verify is None or action.undo is None or before is None:
        return MISSING
    if name in action.verify.by:
        return checked[name]
    path = {**action.verify.reads, **action.undo.former}.get(name)
    return MISSING if path is None else declared(action.properties[name], find(before, path))


def _source(known: Mapping[str, Any], source: str | tuple[str, ...]) -> Any:
    if isinstance(source, tuple):
        values = [_source(known, one) for one in source]
        return MISSING if any(value is MISSING for value in values) else values
    value = find(known, source.removeprefix("-").removesuffix("?"))
    if value is None and not source.endswith("?"):
        return MISSING
    return -value if source.startswith("-") and isinstance(value, int) else value


def checks(
    catalog: Catalog, action: Action, checked: Mapping[str, Any], named: Mapping[str, Any] | None, after: Any
) -> dict[str, Any]:
    """Return what has to be as a write left it when the write is undone: members of the audit entry's ``undo``.

    ``look`` is the call that reads the thing; it is left out where the undo adds to what is there (a quantity, tags)
    and so overwrites nobody's change. ``expect`` holds the members that the write set, each with its path and value in
    what is read. Without ``expect`` the whole thing has to be as it was: the undo deletes it, or overwrites all of it.
    """
    verify, undo = action.verify, action.undo
    if verify is None or undo is None or named is None or verify.holds or verify.lacks:
        return {}
    look = {"action": verify.read, "input": dict(named)}
    if undo.input is None:
        paths = {**verify.reads, **undo.former}
        expect = [
            {"field": name, "path": path, "value": value}
            for name, path in paths.items()
            if name in undo.whole(checked)
            and name not in verify.by
            # What was read back is what stands there: Shopify may write it in another form than it was given.
            and (value := checked.get(name) if after is None else find(after, path)) is not MISSING
        ]
        return {"look": look, "expect": expect} if expect else {}
    whole = undo.unchanged or catalog.actions[undo.action].effect == "destructive"
    return {"look": look, "whole": True} if whole and after is not None else {}


def changed_since(action: Action, undo: Mapping[str, Any], after: Any, now: Any) -> list[dict[str, Any]]:
    """Return ``{field, wanted, found}`` for each member of a thing that is no longer as the write left it."""
    if undo.get("whole"):
        left, found = _stable(after), _stable(now)
        names = sorted(left.keys() | found.keys()) if isinstance(left, dict) and isinstance(found, dict) else []
        return [
            {"field": name, "wanted": left.get(name), "found": found.get(name)}
            for name in names
            if not same({}, left.get(name), found.get(name))
        ]
    values = [(one, find(now, one["path"])) for one in undo.get("expect", ())]
    return [
        {"field": one["field"], "wanted": one["value"], "found": None if value is MISSING else value}
        for one, value in values
        if not same(action.properties.get(one["field"], {}), one["value"], value)
    ]


def _stable(value: Any) -> Any:
    """Return a value without the moments of its last change."""
    if isinstance(value, Mapping):
        return {name: _stable(member) for name, member in value.items() if name not in _UNSTABLE}
    return [_stable(item) for item in value] if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class UndoCall:
    """A request to undo an entry of the audit log.

    `force` undoes it although what it changed has been changed since, or although nobody knows what became of an
    earlier undo. `shop` narrows the search to one store. The other members are those of `Call`.
    """

    principal: Principal
    entry_id: str
    shop: Store | None = None
    force: bool = False
    confirm: str | None = None
    preview: bool = False
    request_id: str | None = None


class UndoRunner:
    """Undoes entries of the audit log by calls of `run`, which checks and records them as any other call.

    `store_of` returns the store of a person by its name; `lease` is how many seconds a write may take.
    """

    def __init__(
        self,
        *,
        catalog: Catalog,
        storage: Storage,
        reader: ReadRunner,
        open_shop: Callable[[Store], Shop],
        store_of: Callable[[Principal, str | None], Store],
        run: Callable[[Call], Outcome | Accepted],
        lease: float,
    ) -> None:
        self._catalog = catalog
        self._storage = storage
        self._reader = reader
        self._open = open_shop
        self._store_of = store_of
        self._run = run
        self._lease = lease

    def undo(self, asked: UndoCall) -> Outcome | Accepted:
        """Undo an entry and return the entry of the audit log that says so; a second call returns the same one.

        Raise `NotFound`, `Conflict` where the entry can't be undone, `Stale` with ``details.differences`` where what it
        changed has been changed since, and whatever the call that puts it back raises.
        """
        row = self._storage.audit.get(asked.principal, asked.entry_id, asked.shop)
        if row is None:
            raise NotFound("The audit log of your stores has no such entry.")
        earlier = None if row.undone_by is None else self._storage.audit.get(asked.principal, row.undone_by)
        if earlier is not None and earlier.outcome == "ok":
            return self._answer(asked, Outcome(None, None, {"audit_id": earlier.id, "replayed": True}))
        undo = _undo_of(row)
        store = self._store_of(asked.principal, row.shop)
        if store.id != row.store_id:
            raise NotFound("The store of this entry is no longer one of yours.")
        instead_of = None if earlier is None else self._unfinished(asked, row, earlier)
        if instead_of is None and not asked.force:
            self._check(row, undo, store)
        key = f"undo:{row.id}:{self._storage.audit.failed_undos(row.id)}"
        if asked.force and earlier is not None:
            key = f"{key}:{earlier.id}"  # it is a new effect, which somebody asked for after looking
        return self._answer(
            asked,
            self._run(
                Call(
                    asked.principal,
                    undo["action"],
                    undo["input"],
                    shop=str(store.shop),
                    idempotency_key=key,
                    confirm=asked.confirm,
                    preview=asked.preview,
                    request_id=asked.request_id,
                    undoes=Undoing(row.id, instead_of),
                )
            ),
        )

    def _answer(self, asked: UndoCall, outcome: Outcome | Accepted) -> Outcome | Accepted:
        if isinstance(outcome, Accepted) or outcome.meta.get("preview"):
            return outcome
        entry = self._storage.audit.get(asked.principal, str(outcome.meta.get("audit_id")))
        meta = {**outcome.meta, **({} if entry is None else {"shop": entry.shop, "verified": entry.verified})}
        return Outcome(None if entry is None else entry.as_dict(), None, meta)

    def _unfinished(self, asked: UndoCall, row: AuditRow, earlier: AuditRow) -> str:
        """Return the id of an earlier undo whose place this one may take; raise where it may not."""
        age = self._storage.now() - earlier.at
        mine = _same_person(asked, earlier)
        if earlier.outcome == "started" and age < timedelta(seconds=self._lease) and (asked.force or not mine):
            raise StillRunning("Another call is undoing this entry. Try again in a moment.", retry_after=2.0)
        # The same person repeats it under the same key, under which it takes effect once.
        if asked.force or (mine and age < _KEY_LIFE):
            return earlier.id
        raise OutcomeUnknown(
            "An earlier undo of this entry failed, and Shopify may have carried it out. Check the store, then "
            "undo the entry with force if you still want that.",
            details={"action": row.action, "earlier": earlier.id},
        )

    def _check(self, row: AuditRow, undo: Mapping[str, Any], store: Store) -> None:
        """Raise `Stale` where what the entry changed is not as the entry left it."""
        look = undo.get("look")
        if look is None or look["action"] not in self._catalog.actions:
            return
        forced = "To undo it anyway, repeat the call with force."
        try:
            now = self._reader.read(self._catalog.actions[look["action"]], self._open(store), look["input"]).data
        except NotFound:
            raise Conflict("What this entry changed no longer exists, so it can't be undone.") from None
        differences = changed_since(self._catalog.action(row.action), undo, row.after, now)
        if differences:
            names = ", ".join(one["field"] for one in differences)
            raise Stale(
                f"This has been changed since: {names}. An undo would overwrite that. {forced}",
                details={"entry": row.id, "differences": differences},
            )


def _same_person(asked: UndoCall, entry: AuditRow) -> bool:
    return (asked.principal.tenant, asked.principal.subject) == (entry.tenant, entry.subject)


def _undo_of(row: AuditRow) -> Mapping[str, Any]:
    """Return how an entry is undone; raise `Conflict` with the reason where it can't be."""
    if row.outcome == "ok" and isinstance(row.undo, Mapping):
        return row.undo
    if row.effect == "read":
        reason = "it changed nothing in the store"
    elif row.outcome == "started":
        reason = "it has not finished, or its process died"
    elif row.outcome == OutcomeUnknown.code:
        reason = "its outcome is unknown; check the store"
    elif row.outcome != "ok":
        reason = f"it failed ({row.outcome})"
    elif row.input is None:
        reason = "the data of the change is no longer kept"
    else:
        reason = f"{row.action} can't be reversed by another call"
    raise Conflict(f"This entry can't be undone: {reason}.", details={"entry": row.id})
