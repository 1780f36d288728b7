"""One call for several stores: `Actions.run` for each of them, side by side, and one result per store.

Each store is a call of its own: it has its own scopes, preview, audit entry and end. What fails in one store stops
none of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.actions.call import Accepted, Call, Outcome
from atom_shopify_plugin.errors import ConfirmationNeeded, Fault, InvalidInput, PartialFailure, PluginError, unexpected
from atom_shopify_plugin.stores.resolve import ALL

if TYPE_CHECKING:
    from atom_shopify_plugin.actions.run import Actions
    from atom_shopify_plugin.catalog.model import Catalog
    from atom_shopify_plugin.storage import Storage, Store
    from atom_shopify_plugin.stores.resolve import StoreResolver

__all__ = ["FanOut", "StoreResult", "StoreResults", "store_names"]

_SIDE_BY_SIDE = 20


def store_names(shop: str | Sequence[str] | None) -> str | tuple[str, ...] | None:
    """Return what a caller's `shop` names: one store, several (`ALL`, or a tuple), or None for the default store.

    In a text, commas stand between several names. Raise `InvalidInput` for an empty name.
    """
    if shop is None or (isinstance(shop, str) and "," not in shop):
        return shop
    names = [name.strip() for name in (shop.split(",") if isinstance(shop, str) else shop)]
    if not names or not all(names):
        message = "One of the store names is empty."
        raise InvalidInput(message, [Fault("/shop", message, "shop_domain")])
    return tuple(names)


@dataclass(frozen=True, slots=True)
class StoreResult:
    """What came of the call in one store: an outcome or an error."""

    store: Store
    outcome: Outcome | Accepted | None = None
    error: PluginError | None = None

    def as_dict(self, request_id: str | None = None) -> dict[str, Any]:
        """Return the envelope of one store, with its domain as ``shop``."""
        if self.outcome is not None:
            return {"shop": self.store.shop.name, **self.outcome.as_dict()}
        error = self.error.as_dict(request_id) if self.error is not None else None
        return {"shop": self.store.shop.name, "ok": False, "success": False, "error": error}


@dataclass(frozen=True, slots=True)
class StoreResults:
    """What came of a call in several stores, in the order in which they were named, the default store first for all.

    `error` is None where every store succeeded.
    """

    results: Sequence[StoreResult]
    error: PartialFailure | None
    request_id: str | None = None

    @property
    def data(self) -> dict[str, Any]:
        """The results of all stores: ``{stores: [{shop, ok, data | error, …}]}``."""
        return {"stores": [result.as_dict(self.request_id) for result in self.results]}

    @property
    def meta(self) -> dict[str, int]:
        """How many stores there are, and in how many the call failed."""
        failed = sum(result.error is not None for result in self.results)
        return {"stores": len(self.results), "failed": failed}

    def as_dict(self) -> dict[str, Any]:
        """Return the envelope: ``ok`` only where every store succeeded, and the results of all in ``data``."""
        envelope: dict[str, Any] = {"ok": self.error is None, "success": self.error is None, "data": self.data}
        if self.error is not None:
            envelope["error"] = self.error.as_dict(self.request_id)
        envelope["meta"] = self.meta
        return envelope


class FanOut:
    """Runs actions for principals in one store or in several."""

    def __init__(self, *, actions: Actions, catalog: Catalog, storage: Storage, stores: StoreResolver) -> None:
        self._actions = actions
        self._catalog = catalog
        self._storage = storage
        self._stores = stores

    def run(self, call: Call, shop: str | Sequence[str] | None = None) -> Outcome | Accepted | StoreResults:
        """Run a call in the stores that `shop` names: one, several, or `ALL`; without it as `call` says.

        An idempotency key holds for each store by itself. A destructive call without its confirmation does nothing
        anywhere and raises `ConfirmationNeeded` with one token for all stores. Raise, before anything is done,
        `InvalidInput` and `NotFound` for what can't be meant.
        """
        names = store_names(shop)
        if names is None:
            return self._actions.run(call)
        if isinstance(names, str) and names != ALL:
            return self._actions.run(replace(call, shop=names))
        if "cursor" in call.input:
            message = "A cursor belongs to one store's list: name that store."
            raise InvalidInput(message, [Fault("/cursor", message, "cursor")])
        stores = self._stores.several(call.principal, names)
        results = list(self._each(replace(call, shop=None, preview_token=self._storage.confirmations.token()), stores))
        if any(isinstance(result.error, ConfirmationNeeded) for result in results):
            self._ask(call, results)
        return StoreResults(results, self._summed_up(call, results), call.request_id)

    def ended(self, call: Call, results: StoreResults, wait: Callable[[Accepted], Outcome]) -> StoreResults:
        """Return the results once each operation among them has ended; `wait` returns its outcome or raises."""
        ended = [
            _result(result.store, partial(wait, result.outcome), call.request_id)
            if isinstance(result.outcome, Accepted)
            else result
            for result in results.results
        ]
        return StoreResults(ended, self._summed_up(call, ended), call.request_id)

    def _each(self, call: Call, stores: Sequence[Store]) -> Iterator[StoreResult]:
        def one(store: Store) -> StoreResult:
            return _result(store, lambda: self._actions.run(replace(call, shop=store.shop.name)), call.request_id)

        with ThreadPoolExecutor(min(_SIDE_BY_SIDE, len(stores)), thread_name_prefix="atom-shopify-store") as pool:
            yield from pool.map(one, stores)

    def _ask(self, call: Call, results: Sequence[StoreResult]) -> None:
        """Raise the question that holds for all stores, unless the call has taken effect in one of them."""
        if any(result.outcome is not None for result in results):
            return
        asked = [result.error for result in results if isinstance(result.error, ConfirmationNeeded)]
        action = self._catalog.action(call.action)
        summary = " ".join(error.details["preview"]["summary"] for error in asked)
        questions = [error.details["preview"].get("question") for error in asked]
        question = " ".join(questions) if questions and all(questions) else None
        spent = "This confirmation was already used, has expired, or belongs to another call. " if call.confirm else ""
        advice = "This can't be taken back: repeat" if action.effect == "destructive" else "If that is meant, repeat"
        raise ConfirmationNeeded(
            f"{spent}{action.title} in {len(asked)} of {len(results)} stores: {summary} {advice} the call with the "
            "confirmation token.",
            details={
                "preview": {
                    "action": action.key,
                    "effect": action.effect,
                    "shop": [result.store.shop.name for result in results],
                    "summary": summary,
                    **({"question": question} if question else {}),
                    "stores": [result.as_dict(call.request_id) for result in results],
                },
                "confirmation_token": asked[0].details["confirmation_token"],
                "expires_in": asked[0].details["expires_in"],
            },
        )

    def _summed_up(self, call: Call, results: Sequence[StoreResult]) -> PartialFailure | None:
        failures = [(result.store, result.error) for result in results if result.error is not None]
        if not failures:
            return None
        told = "; ".join(f"{store.shop.handle}: {error.message}" for store, error in failures[:3])
        more = f"; and {len(failures) - 3} more" if len(failures) > 3 else ""
        # To repeat the call is to repeat it everywhere. With a key, what succeeded is answered from memory.
        harmless = call.idempotency_key is not None or self._catalog.action(call.action).effect == "read"
        return PartialFailure(
            f"{len(failures)} of {len(results)} stores failed: {told}{more}",
            details={"failed": {store.shop.name: error.code for store, error in failures}},
            retryable=harmless and all(error.retryable for _, error in failures),
            retry_after=max((error.retry_after or 0.0 for _, error in failures), default=0.0) or None,
        )


def _result(store: Store, run: Callable[[], Outcome | Accepted], request_id: str | None) -> StoreResult:
    try:
        return StoreResult(store, run())
    except PluginError as error:
        return StoreResult(store, error=error)
    except Exception as error:  # noqa: BLE001  # the results of the other stores must be told
        return StoreResult(store, error=unexpected(error, request_id))
