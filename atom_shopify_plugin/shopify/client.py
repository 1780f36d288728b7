"""`Client.execute`: one document to one store, and the one place where Shopify's failures become ours."""

from __future__ import annotations

import logging
import random
import re
import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import orjson

from atom_shopify_plugin.errors import (
    Fault,
    InvalidInput,
    PluginError,
    Throttled,
    UpstreamError,
)
from atom_shopify_plugin.metrics.families import API_REQUESTS, API_SECONDS, COST, THROTTLE_WAIT
from atom_shopify_plugin.metrics.meter import Meter, action_at_work
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.answers import PREVIOUS_FAILED, codes, read
from atom_shopify_plugin.shopify.documents import Document
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.shopify.effects import Effects, Mutation
from atom_shopify_plugin.shopify.failures import Failure, TokenRefused, by_status
from atom_shopify_plugin.shopify.results import Result, user_errors
from atom_shopify_plugin.shopify.throttle import Throttle
from atom_shopify_plugin.shopify.throttle.memory import number
from atom_shopify_plugin.shopify.transport import AnswerLost, HTTPAnswer, NotSent, NotTrusted, Transport

__all__ = ["Client", "Contact", "Result", "TokenRefused", "user_errors"]

log = logging.getLogger(__name__)

_BASE, _LONGEST, _ATTEMPTS = 0.25, 8.0, 8
_SOME_WAIT = 0.001  # seconds; below it a call was not held up
_TOKEN = re.compile(r"[\x21-\x7e]{1,1024}")


@dataclass(frozen=True, slots=True)
class Contact:
    """The last exchange with a store, for health: when (Unix time), how long (seconds), and the error code if any."""

    at: float
    seconds: float
    error: str | None


class Client:
    """Runs GraphQL documents; share one among all threads.

    `version` is the Admin API version of the URL, `timeout` the seconds that a call may take, waits and retries
    included. `meter` counts the calls. `clock`, `sleep` and `jitter` (a number from 0 to 1) exist for simulations.
    """

    def __init__(
        self,
        transport: Transport,
        throttle: Throttle,
        *,
        version: str,
        timeout: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        jitter: Callable[[], float] = random.random,
        meter: Meter | None = None,
    ) -> None:
        self.transport = transport
        self.throttle = throttle
        self.version = version
        self.timeout = timeout
        self.served_version: str | None = None
        self._clock = clock
        self.sleep = sleep
        self._jitter = jitter
        self._meter = meter or Meter()
        self._path = f"/admin/api/{version}/graphql.json"
        self._heads: dict[str, bytes] = {}
        self._contacts: dict[ShopDomain, Contact] = {}
        self._said: set[tuple[str, str]] = set()

    def execute(
        self,
        shop: ShopDomain,
        token: Secret,
        document: Document,
        variables: Mapping[str, Any] | None = None,
        *,
        idempotency_key: str | None = None,
        urgent: bool = True,
        timeout: float | None = None,
        effects: Effects | None = None,
        renew: Callable[[], Secret] | None = None,
    ) -> Result:
        """Run `document` on `shop` and return its data.

        Waits for the rate limit and repeats what may be repeated, inside `timeout` seconds: a query always, unless it
        has an effect each time it is sent (`Document.once`) and may have run; a mutation when its document carries an
        idempotency key, or when Shopify certainly did not run it. `urgent` calls pass ordinary ones in the line of the
        rate limit. `renew` is called once, where Shopify refuses the token, and returns another one. `effects` is told
        what a mutation did, whatever the call ends with.

        Raise `InvalidInput` (variables that can't be sent, a search that Shopify would ignore), `TokenRefused`,
        `ReauthRequired`, `MissingScope`, `ShopUnavailable`, `Throttled`, `Unavailable`, `UpstreamError`, and in their
        place `OutcomeUnknown` where any attempt may have run the mutation: the last failure doesn't change that, and
        whether a repetition by the caller is harmless isn't known here. ``userErrors`` are not raised: see
        `user_errors`; where an earlier attempt may have run, the mutation stays in doubt in spite of them.
        """
        values = dict(variables or {})
        if idempotency_key is not None and "idempotency_key" in document.variables:
            values.setdefault("idempotency_key", idempotency_key)
        body = self._body(document, values)
        headers = {"X-Shopify-Access-Token": _token(token)}
        repeatable = document.kind == "query" or (document.idempotent and bool(values.get("idempotency_key")))
        effects = Effects() if effects is None else effects
        mutation = effects.begin(document.name) if document.kind == "mutation" else None
        shape = _shape(document, values)
        deadline = self._clock() + (self.timeout if timeout is None else timeout)
        attempt, earlier = 0, None
        while True:
            attempt += 1
            state = mutation.state if mutation is not None else "not_run"
            outcome = self._once(shop, headers, document, body, values, shape, urgent, deadline, mutation)
            if isinstance(outcome, Result):
                if mutation is not None:
                    _note(effects, mutation, state, outcome)
                return outcome
            if mutation is not None and outcome.nothing_ran:
                mutation.state = state
            error = outcome.error
            if earlier is not None and isinstance(error, Throttled) and not outcome.again:
                error = earlier  # there was no time left for another attempt: what stopped the last one is the reason
            earlier = error
            if renew is not None and isinstance(error, TokenRefused):
                try:
                    headers = {"X-Shopify-Access-Token": _token(renew())}
                except PluginError as failed:
                    error = failed
                else:
                    renew = None
                    continue
            in_doubt = mutation is not None and mutation.state == "in_doubt"
            twice = document.once and not outcome.nothing_ran
            may = outcome.again and (repeatable or not in_doubt) and not twice and attempt < _ATTEMPTS
            pause = self._pause(error, attempt)
            if not may or pause >= deadline - self._clock():
                if outcome.again and error.retry_after is None:
                    error.retry_after = pause
                raise effects.unknown(error) if in_doubt else error
            self.sleep(pause)

    def contact(self, shop: ShopDomain) -> Contact | None:
        """Return the last exchange with a store, None where there was none in this process."""
        return self._contacts.get(shop)

    def contacts(self) -> dict[ShopDomain, Contact]:
        """Return the last exchange with each store that this process has called."""
        return dict(self._contacts)

    def _once(
        self,
        shop: ShopDomain,
        headers: Mapping[str, str],
        document: Document,
        body: bytes,
        values: Mapping[str, Any],
        shape: Hashable,
        urgent: bool,
        deadline: float,
        mutation: Mutation | None,
    ) -> Result | Failure:
        arrived = self._clock()
        try:
            call = self.throttle.take(
                shop, shape, estimate=lambda: document.estimate(values), urgent=urgent, deadline=deadline
            )
        except Throttled as error:
            return Failure(error)
        finally:
            if (waited := self._clock() - arrived) > _SOME_WAIT:
                self._meter.count(THROTTLE_WAIT, action_at_work(), amount=waited, shop=shop)
        cost: Any = None
        ran, refused, seconds = True, False, 0.0
        outcome: Result | Failure | None = None
        try:
            left = deadline - self._clock()
            if mutation is not None:
                mutation.state = "in_doubt"  # and so it stays until an answer is understood
            answer = self.transport.send(
                shop, "POST", self._path, headers=headers, body=body, deadline=time.monotonic() + left
            )
            seconds = answer.elapsed
            self._note_versions(answer, document)
            failure = by_status(answer.status, answer.headers)
            if failure is not None:
                ran = not failure.nothing_ran
                outcome = failure
            else:
                outcome, cost = read(answer, document, self.version)
                refused = isinstance(outcome, Failure) and isinstance(outcome.error, Throttled)
                if refused and isinstance(outcome, Failure):
                    outcome.error.retry_after = _time_to_wait(cost)
        except NotSent as error:
            ran, outcome = False, Failure(error, nothing_ran=True, again=True)
        except NotTrusted as error:
            ran, outcome = False, Failure(error, nothing_ran=True)
        except AnswerLost as error:
            outcome = Failure(error, nothing_ran=False, again=True)
        except UpstreamError as error:
            outcome = Failure(error, nothing_ran=False)
        finally:
            self.throttle.settle(shop, call, cost, refused=refused, ran=ran)
            code = outcome.error.code if isinstance(outcome, Failure) else None
            self._contacts[shop] = Contact(time.time(), seconds, code)
            told = "internal_error" if outcome is None else "ok" if code is None else code.lower()
            self._count(shop, document.kind, told, seconds, cost)
        return outcome

    def _count(self, shop: ShopDomain, kind: str, told: str, seconds: float, cost: Any) -> None:
        meter = self._meter
        meter.count(API_REQUESTS, kind, told, shop=shop)
        if seconds:
            meter.observe(API_SECONDS, seconds, kind)
        if points := number(cost, "actualQueryCost"):
            meter.count(COST, action_at_work(), amount=points, shop=shop)

    def _pause(self, error: PluginError, attempt: int) -> float:
        """Return the seconds before the next attempt: Shopify's hint and a little, else full jitter."""
        if error.retry_after is not None:
            return error.retry_after + _BASE * self._jitter()
        return self._jitter() * float(min(_LONGEST, _BASE * 2**attempt))

    def _body(self, document: Document, values: Mapping[str, Any]) -> bytes:
        names = values.keys()
        if not (document.required <= names <= document.variables):
            missing, unknown = document.required - names, names - document.variables
            raise InvalidInput(
                f"{document.name} does not take these variables.",
                [Fault(f"/{name}", "It is required.", "required") for name in sorted(missing)]
                + [Fault(f"/{name}", "It is not known.", "unknown") for name in sorted(unknown)],
            )
        head = self._heads.get(document.text)
        if head is None:
            fixed = orjson.dumps({"query": document.text, "operationName": document.name})
            head = fixed[:-1] + b',"variables":'
            if document.points is None:
                self._heads[document.text] = head
        try:
            return head + orjson.dumps(values, default=_plain) + b"}"
        except TypeError:
            raise InvalidInput("The input holds a value that can't be sent as JSON.") from None

    def _note_versions(self, answer: HTTPAnswer, document: Document) -> None:
        served = answer.headers.get("X-Shopify-API-Version")
        if served is not None and served != self.served_version:
            self.served_version = served[:20]
        if served is not None and served != self.version:
            self._say_once(
                "version", served[:20], "Shopify serves API version %s although %s is asked for.", self.version
            )
        reason = answer.headers.get("X-Shopify-API-Deprecated-Reason")
        if reason:
            about = document.name if document.points is None else "a caller's document"
            self._say_once(about, reason[:300], "Deprecated, says Shopify (%s) about %s.", about)

    def _say_once(self, topic: str, first: str, sentence: str, second: str) -> None:
        if (topic, first) not in self._said and len(self._said) < 1000:
            self._said.add((topic, first))
            log.warning(sentence, first, second)


def _note(effects: Effects, mutation: Mutation, state: Literal["not_run", "in_doubt", "done"], result: Result) -> None:
    """Settle a mutation that was answered; `state` is what was known of it before this attempt."""
    if not user_errors(result.data):
        mutation.state = "done"
    elif PREVIOUS_FAILED in codes(result.data):
        effects.failed(mutation)
    else:
        # A refusal says that this attempt did nothing. After an attempt in doubt it may be that one's own echo.
        mutation.state = state


def _shape(document: Document, values: Mapping[str, Any]) -> Hashable:
    """Return what decides the cost of a call; documents that callers write share one for each cost."""
    if document.points is not None:
        return ("", document.points)
    return (document.name, *(values.get(name) for name in document.page_sizes))


def _token(token: Secret) -> str:
    text = token.reveal()
    if not _TOKEN.fullmatch(text):
        raise TokenRefused("This store's token can't be a Shopify token.")
    return text


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal) and value.is_finite():
        return str(value)
    raise TypeError


def _time_to_wait(cost: Any) -> float:
    """Return the seconds after which a throttled call fits, at least one (shopify.dev, "API limits")."""
    try:
        status = cost["throttleStatus"]
        lacking = float(cost["requestedQueryCost"]) - float(status["currentlyAvailable"])
        return min(max(1.0, lacking / float(status["restoreRate"])), 3600.0)
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return 1.0
