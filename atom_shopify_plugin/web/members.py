"""The people of a store over REST: members, invitations, and accepting one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response

from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.stores.roles import DEFAULT_HOURS
from atom_shopify_plugin.web.identity import principal
from atom_shopify_plugin.web.options import only_query, posted, refuse_body, texts
from atom_shopify_plugin.web.problems import answer
from atom_shopify_plugin.web.state import PREFIX, state
from atom_shopify_plugin.web.stores import moment, own_store, store_body

if TYPE_CHECKING:
    from atom_shopify_plugin.storage import Invited
    from atom_shopify_plugin.web.routing import Routes

__all__ = ["register"]


def register(routes: Routes) -> None:
    """Add the routes of members and invitations."""
    runtime = routes.runtime

    def people(shop: str) -> Response:
        refuse_body()
        only_query(state(), ("user_id",))
        found = runtime.members.people(principal(), own_store(runtime, shop))
        listed = [{"subject": one.subject, "role": one.role, "joined_at": moment(one.joined_at)} for one in found]
        return answer({"items": listed})

    def dismiss(shop: str) -> Response:
        refuse_body()
        here = state()
        only_query(here, ("user_id", "subject"))
        subject, store = here.one("subject"), own_store(runtime, shop)
        if not subject:
            message = "Name the member: add ?subject=."
            raise InvalidInput(message, [Fault("/subject", message, "required")])
        runtime.members.dismiss(principal(), store, subject, here.request_id)
        return answer(None, meta={"shop": str(store.shop), "subject": subject})

    def invitations(shop: str) -> Response:
        refuse_body()
        only_query(state(), ("user_id",))
        return answer({"items": [_body(one) for one in runtime.members.invitations(own_store(runtime, shop))]})

    def invite(shop: str) -> Response:
        only_query(state(), ("user_id",))
        body = posted()
        hours = body.pop("hours", DEFAULT_HOURS)
        if isinstance(hours, bool) or not isinstance(hours, int):
            raise InvalidInput.about("The body", [Fault("/hours", "It must be a whole number.", "type")])
        given = texts(body, optional=("role", "subject"))
        made, token = runtime.members.invite(
            principal(),
            own_store(runtime, shop),
            role=given.get("role", "member"),
            subject=given.get("subject"),
            hours=hours,
            request_id=state().request_id,
        )
        return answer({**_body(made), "token": token}, status=201)

    def withdraw(shop: str, invitation_id: str) -> Response:
        refuse_body()
        only_query(state(), ("user_id",))
        store = own_store(runtime, shop)
        runtime.members.withdraw(principal(), store, invitation_id, state().request_id)
        return answer(None, meta={"shop": str(store.shop)})

    def accept() -> Response:
        only_query(state(), ("user_id",))
        given = texts(posted(), optional=("token",))
        if "token" not in given:
            message = "Send the token of the invitation."
            raise InvalidInput(message, [Fault("/token", message, "required")])
        return answer(store_body(runtime.members.accept(principal(), given["token"], state().request_id), runtime))

    store = f"{PREFIX}/stores/<shop>"
    routes.add("GET", f"{store}/members", "members", people)
    routes.add("DELETE", f"{store}/members", "member_remove", dismiss)
    routes.add("GET", f"{store}/invitations", "invitations", invitations)
    routes.add("POST", f"{store}/invitations", "invitation_create", invite)
    routes.add("DELETE", f"{store}/invitations/<invitation_id>", "invitation_revoke", withdraw)
    routes.add("POST", f"{PREFIX}/invitations/accept", "invitation_accept", accept)


def _body(one: Invited) -> dict[str, Any]:
    return {
        "id": one.id,
        "role": one.role,
        "subject": one.subject,
        "created_by": one.created_by,
        "created_at": moment(one.created_at),
        "expires_at": moment(one.expires_at),
    }
