"""Policies over REST: what somebody may do in a store, and calls that wait for an owner's approval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from flask import Response

from atom_shopify_plugin.actions.wording import unknown_fields
from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.stores.policy_desk import Wish
from atom_shopify_plugin.web.identity import principal
from atom_shopify_plugin.web.options import only_query, posted, refuse_body
from atom_shopify_plugin.web.problems import answer
from atom_shopify_plugin.web.state import PREFIX, state
from atom_shopify_plugin.web.stores import own_store

if TYPE_CHECKING:
    from atom_shopify_plugin.web.routing import Routes

__all__ = ["register"]

_TEXTS = ("subject", "tool", "kind", "via", "amount")
_NUMBERS = ("quantity", "calls")
_WISH = (*_TEXTS, *_NUMBERS, "approve")


def register(routes: Routes) -> None:
    """Add the routes of policies and approvals."""
    runtime = routes.runtime

    def policies(shop: str) -> Response:
        refuse_body()
        only_query(state(), ("user_id",))
        return answer({"items": runtime.policy_desk.policies(principal(), own_store(runtime, shop))})

    def put(shop: str) -> Response:
        here = state()
        only_query(here, ("user_id",))
        body = posted()
        store = own_store(runtime, shop)
        return answer(runtime.policy_desk.put(principal(), store, _wish(body), here.request_id))

    def remove(shop: str, policy_id: str) -> Response:
        refuse_body()
        here = state()
        only_query(here, ("user_id",))
        store = own_store(runtime, shop)
        runtime.policy_desk.remove(principal(), store, policy_id, here.request_id)
        return answer(None, meta={"shop": str(store.shop)})

    def approvals(shop: str) -> Response:
        refuse_body()
        only_query(state(), ("user_id",))
        return answer({"items": runtime.policy_desk.waiting(principal(), own_store(runtime, shop))})

    def decide(shop: str, approval_id: str) -> Response:
        here = state()
        only_query(here, ("user_id",))
        body = posted()
        store = own_store(runtime, shop)
        faults = list(unknown_fields("", body, ("approve",)))
        approve = body.get("approve")
        if not isinstance(approve, bool):
            faults.append(Fault("/approve", "It must be true or false.", "type"))
        if faults or not isinstance(approve, bool):
            raise InvalidInput.about("The body", faults)
        return answer(runtime.policy_desk.decide(principal(), store, approval_id, approve, here.request_id))

    store = f"{PREFIX}/stores/<shop>"
    routes.add("GET", f"{store}/policies", "policies", policies)
    routes.add("PUT", f"{store}/policies", "policy_set", put)
    routes.add("DELETE", f"{store}/policies/<policy_id>", "policy_remove", remove)
    routes.add("GET", f"{store}/approvals", "approvals", approvals)
    routes.add("POST", f"{store}/approvals/<approval_id>", "approval_decide", decide)


def _wish(body: Mapping[str, Any]) -> Wish:
    """Return the policy of a body; what it means is checked by the desk."""
    faults = [*unknown_fields("", body, _WISH), *_faults(body)]
    if faults:
        raise InvalidInput.about("The body", faults)
    given = {name: body[name] for name in _WISH if body.get(name) is not None}
    if "amount" in given:
        given["amount"] = Decimal(given["amount"])
    return Wish(**given)


def _faults(body: Mapping[str, Any]) -> Iterable[Fault]:
    if body.get("subject") is None:
        yield Fault("/subject", "Name a person or an agent, or * for everybody.", "required")
    for name in _TEXTS:
        value = body.get(name)
        if value is not None and not (isinstance(value, str) and len(value) <= 200):
            yield Fault(f"/{name}", "It must be a text of at most 200 characters.", "type")
    for name in _NUMBERS:
        value = body.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            yield Fault(f"/{name}", "It must be a whole number.", "type")
    if not isinstance(body.get("approve", False), bool):
        yield Fault("/approve", "It must be true or false.", "type")
    amount = body.get("amount")
    if isinstance(amount, str) and len(amount) <= 200:
        try:
            Decimal(amount)
        except InvalidOperation:
            yield Fault("/amount", "It must be a decimal number as text, such as 49.95.", "decimal")
