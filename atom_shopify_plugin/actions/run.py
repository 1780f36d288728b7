"""`Actions.run` runs every action, whoever calls it.

REST routes, chat commands, workflow steps, agent tools and shell calls all use it, so what must hold for all of them
is written here once and in this order::

    catalogue → every fault of the input → the caller's store → policies → granted scopes
    → replay of an idempotency key → whether store and caller may write → limits → preview or confirmation
    → document or handler → user errors → read back → audit → answer
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.actions.amounts import too_fine
from atom_shopify_plugin.actions.call import Accepted, Call, Outcome
from atom_shopify_plugin.actions.cuts import getters
from atom_shopify_plugin.actions.dry_run import Catch, DryRunner
from atom_shopify_plugin.actions.granted import add_remedy, require_scopes
from atom_shopify_plugin.actions.inputs import Inputs
from atom_shopify_plugin.actions.limits import is_about_one, left_out, limits_of, with_limits
from atom_shopify_plugin.actions.operations import Begun, Follower
from atom_shopify_plugin.actions.policed import Guard
from atom_shopify_plugin.actions.proof import Prover
from atom_shopify_plugin.actions.reads import ReadRunner, execute
from atom_shopify_plugin.actions.references import resolve
from atom_shopify_plugin.actions.undo import UndoCall, UndoRunner
from atom_shopify_plugin.actions.writes import WriteRunner
from atom_shopify_plugin.catalog.fields import chosen
from atom_shopify_plugin.catalog.model import Action, Catalog
from atom_shopify_plugin.errors import (
    InvalidInput,
    MissingScope,
    NotFound,
    OutcomeUnknown,
    PluginError,
)
from atom_shopify_plugin.events.origins import noting
from atom_shopify_plugin.metrics.families import ACTION_SECONDS, ACTIONS, door
from atom_shopify_plugin.metrics.meter import acting
from atom_shopify_plugin.service.background import Pending
from atom_shopify_plugin.stores.resolve import StoreResolver
from atom_shopify_plugin.stores.shop import Shop

if TYPE_CHECKING:
    from collections.abc import Callable

    from atom_shopify_plugin.actions.paging import PageTokens
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.services import PutJob
    from atom_shopify_plugin.shopify.client import Client
    from atom_shopify_plugin.shopify.documents import Documents
    from atom_shopify_plugin.storage import Operation, Storage, Store
    from atom_shopify_plugin.stores.connections import Connections
    from atom_shopify_plugin.stores.policies import Policies
    from atom_shopify_plugin.stores.read_only import ReadOnlySwitch

__all__ = ["Accepted", "Actions", "Call", "Outcome", "UndoCall"]


class Actions:
    """Runs actions for principals."""

    def __init__(
        self,
        *,
        catalog: Catalog,
        storage: Storage,
        connections: Connections,
        client: Client,
        documents: Documents,
        pages: PageTokens,
        stores: StoreResolver,
        read_only: ReadOnlySwitch,
        policies: Policies,
        put_job: PutJob,
        operation_ended: Callable[[str], None],
    ) -> None:
        self._catalog = catalog
        self._storage = storage
        self._connections = connections
        self._client = client
        self._documents = documents
        self._stores = stores
        self._read_only = read_only
        self._guard = Guard(policies, storage)
        self._inputs = Inputs()
        self._getters = getters(catalog)
        self._reader = ReadRunner(pages)
        prover = Prover(catalog, self._inputs, self._reader)
        self._follower = Follower(
            catalog=catalog, storage=storage, prover=prover, put_job=put_job, ended=operation_ended
        )
        self._writer = WriteRunner(
            catalog=catalog,
            storage=storage,
            documents=documents,
            inputs=self._inputs,
            prover=prover,
            follower=self._follower,
            dry_runs=DryRunner(catalog=catalog, documents=documents, open_shop=self._dry_shop),
            open_shop=self._shop,
            guard=self._guard,
            lease=2 * client.timeout,
        )
        self._undos = UndoRunner(
            catalog=catalog,
            storage=storage,
            reader=self._reader,
            open_shop=self._shop,
            store_of=self.store_of,
            run=self.run,
            lease=2 * client.timeout,
        )

    def run(self, call: Call) -> Outcome | Accepted:
        """Run one action; raise a `PluginError` that says what happened, what to do and whether to retry."""
        action = self._catalog.action(call.action)
        started = time.monotonic()
        healthy, told, store = False, "internal_error", None
        try:
            with acting(action.key):
                checked = self._inputs.check(action, call.input)
                store = self._stores.by_name(call.principal, call.shop)
                self._guard.allow(action, call, store, checked)
                self._stores.require_active(store)
                require_scopes(action, checked, store, self._stores.connect_url(store.shop))
                _check_amounts(action, store, checked)
                outcome = self._carry_out(action, call, store, checked)
            healthy, told = True, "accepted" if isinstance(outcome, Accepted) else "ok"
        except PluginError as error:
            if isinstance(error, MissingScope) and store is not None:
                add_remedy(error, action, store, self._stores.connect_url(store.shop))
            # Only what a caller could not have avoided counts against the service's objectives.
            healthy = error.status < 500 and not isinstance(error, OutcomeUnknown)
            told = error.code.lower()
            raise
        finally:
            seconds = time.monotonic() - started
            self._storage.usage.record("action", action.key, healthy, seconds, store.id if store else None)
            meter = self._storage.meter
            meter.count(ACTIONS, action.key, door(call.principal.via), told, shop=store.shop if store else "")
            meter.observe(ACTION_SECONDS, seconds, action.key)
        return outcome

    def undo(self, asked: UndoCall) -> Outcome | Accepted:
        """Undo an entry of the audit log; see `UndoRunner.undo`."""
        return self._undos.undo(asked)

    def store_of(self, principal: Principal, name: str | None) -> Store:
        """Return the person's store of that name, or the default one, where it can be used; raise as `run` does."""
        store = self._stores.by_name(principal, name)
        self._stores.require_active(store)
        return store

    def operation(self, principal: Principal, operation_id: str, store: Store | None = None) -> Operation:
        """Return an operation of the person's stores; raise `NotFound`."""
        found = self._storage.operations.get(principal, operation_id, store)
        if found is None:
            raise NotFound("Your stores have no such operation.")
        return found

    def outcome(self, principal: Principal, operation_id: str) -> Outcome | Accepted:
        """Return what became of an operation: its outcome, or itself while it goes on; raise its error."""
        operation = self.operation(principal, operation_id)
        if not operation.ended:
            self._follower.follow_again(operation)
        return self._follower.answer(operation, replayed=False)

    def cancel(self, principal: Principal, operation_id: str, store: Store | None = None) -> Operation:
        """Follow an operation no more and return it; Shopify may still carry it out. Raise `NotFound`, `Conflict`."""
        self._follower.cancel(self.operation(principal, operation_id, store))
        return self.operation(principal, operation_id, store)

    def warm_up(self) -> None:
        """Load what the first calls would otherwise wait for: every document and the schema validator."""
        for action in self._catalog.actions.values():
            for name in action.operations:
                self._documents.get(name)
        self._inputs.warm_up()

    def _carry_out(self, action: Action, call: Call, store: Store, checked: Mapping[str, Any]) -> Outcome | Accepted:
        if action.effect != "read":
            if call.origin is None or call.preview:
                return self._writer.run(action, call, store, checked)
            write = partial(self._writer.run, action, call, store, checked)
            noted = self._noted(action, store, checked)
            return noting(self._storage, store.id, call.origin, noted, write, _told)
        if call.preview:
            raise InvalidInput(f"{action.key} only reads: there is nothing to preview.")
        shop = self._shop(store)
        fields = checked.get("fields")
        given: Mapping[str, Any] = {name: member for name, member in checked.items() if name != "fields"}
        limits = limits_of(action, store, checked, self._stores.connect_url(store.shop))
        try:
            given = resolve(action, shop, given).value
            if action.poll is None:
                outcome = self._reader.read(action, shop, given)
            else:
                begun = Begun(action, call, shop, given, None, None)
                found = self._follower.begin(begun, execute(action, shop, given))
                if isinstance(found, Accepted):
                    return found
                outcome = found
        except NotFound as error:
            raise with_limits(error, limits) from None
        if isinstance(outcome.data, Pending):
            return self._follower.begin(Begun(action, call, shop, checked, None, None), outcome.data)
        limits = left_out(limits, shop.told)
        if limits and not is_about_one(action, checked):
            outcome = replace(outcome, meta={**outcome.meta, "limits": limits})
        if fields is None:
            return outcome
        return replace(outcome, data=chosen(outcome.data, fields, listed=action.is_search))

    def _noted(self, action: Action, store: Store, checked: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the input with the ids of what it names, as far as they are known before the write.

        The write looks names up by itself, behind its idempotency key: a repeated call is answered even where the
        thing is gone.
        """
        if action.any_document:
            return {**checked, "named": _GID.findall(checked["document"])}
        try:
            return resolve(action, self._shop(store), checked).value
        except PluginError:
            return checked

    def _dry_shop(self, store: Store, catch: Catch) -> Shop:
        return Shop(store, self._connections, self._client, self._documents, getters=self._getters, catch=catch)

    def _shop(self, store: Store, idempotency_key: str | None = None, writer: Principal | None = None) -> Shop:
        return Shop(
            store,
            self._connections,
            self._client,
            self._documents,
            idempotency_key=idempotency_key,
            getters=self._getters,
            may_write=None if writer is None else partial(self._read_only.check, writer, store),
            writer=writer,
        )


_GID = re.compile(r"gid://shopify/[A-Za-z]{1,60}/[0-9]{1,20}")


def _check_amounts(action: Action, store: Store, checked: Mapping[str, Any]) -> None:
    faults = list(too_fine(action.input, checked, store.currency))
    if faults:
        raise InvalidInput(f"The input of {action.key} is not valid: {faults[0].pointer}: {faults[0].message}", faults)


def _told(outcome: Outcome | Accepted) -> Any:
    return None if isinstance(outcome, Accepted) else outcome.data
