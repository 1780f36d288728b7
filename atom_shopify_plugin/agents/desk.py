"""What a call of a tool does, without the protocol: `server` puts it on the wire.

Every action runs through `FanOut.run`, as it does for REST. So an agent passes the same checks of stores, scopes,
policies and confirmations, and leaves the same entries in the audit log.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.actions import validation
from atom_shopify_plugin.actions.call import Accepted, Call, Outcome
from atom_shopify_plugin.actions.operations import KIND
from atom_shopify_plugin.actions.undo import UndoCall
from atom_shopify_plugin.agents.own_tools import OWN
from atom_shopify_plugin.agents.tools import ALWAYS, OPTIONS, Tool, chosen_names, find, tool_of
from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.strictjson import Limits, encode, parse_object

if TYPE_CHECKING:
    from atom_shopify_plugin.actions.fanout import FanOut, StoreResults
    from atom_shopify_plugin.actions.run import Actions
    from atom_shopify_plugin.catalog.model import Action, Catalog
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.storage import Storage

__all__ = ["Desk", "Session"]

_MOST_PRINCIPALS = 1000


class Session:
    """The tools that one principal lists beside those of `ALWAYS`."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = set(names)


class Desk:
    """Answers calls of tools. `run_job` runs the job of that id in this thread, where it is due and nobody has it."""

    def __init__(
        self,
        *,
        catalog: Catalog,
        actions: Actions,
        fanout: FanOut,
        storage: Storage,
        run_job: Callable[[str], bool],
        active: Iterable[str] = (),
    ) -> None:
        self.catalog = catalog
        self._actions = actions
        self._fanout = fanout
        self._storage = storage
        self._run_job = run_job
        self._active = {*ALWAYS, *chosen_names(catalog, active, ())}
        self._tools: dict[str, Tool] = {}
        self._sessions: OrderedDict[tuple[str, str], Session] = OrderedDict()
        self._lock = Lock()

    def session(self, principal: Principal) -> Session:
        """Return what is remembered of a principal; of very many, those that were seen last."""
        key = (principal.tenant, principal.subject)
        with self._lock:
            found = self._sessions.pop(key, None) or Session(self._active)
            self._sessions[key] = found
            while len(self._sessions) > _MOST_PRINCIPALS:
                self._sessions.popitem(last=False)
        return found

    def tools(self, principal: Principal) -> list[Tool]:
        """Return the tools that a principal lists now: our own first, then actions in the order of the Catalog."""
        active = set(self.session(principal).names)
        return [*OWN.values(), *(self._tool(one) for key, one in self.catalog.actions.items() if key in active)]

    def known(self, name: str) -> bool:
        """Tell whether there is a tool of that name, listed or not."""
        return name in OWN or name in self.catalog.actions

    def changes_tools(self, principal: Principal, given: Mapping[str, Any]) -> bool:
        """Carry out activate_tools, and tell whether the list of tools is another one now; raise `InvalidInput`."""
        checked = _own_input("activate_tools", given)
        if not checked.get("names") and not checked.get("domains"):
            raise InvalidInput.about("The input", [Fault("", "Give names or domains.", "required")])
        chosen = set(chosen_names(self.catalog, checked.get("domains", ()), checked.get("names", ())))
        session = self.session(principal)
        before = set(session.names)
        session.names = before - chosen if checked.get("remove") else before | chosen
        return session.names != before

    def call(
        self, principal: Principal, name: str, given: Mapping[str, Any], request_id: str, confirm: str | None = None
    ) -> Outcome | Accepted | StoreResults:
        """Carry out a tool and return what came of it; raise a `PluginError`.

        `confirm` is the token of a question that a person has answered with yes.
        """
        if name in OWN:
            return self._own(principal, name, given, request_id, confirm)
        action = self.catalog.action(name)
        # As REST takes it: numbers digit by digit, nothing too deep, too many, or of a form that nobody can store.
        arguments = parse_object(encode(given), Limits(exact=True))
        options = _options(action, arguments)
        call = Call(
            principal,
            action.key,
            {member: value for member, value in arguments.items() if member not in OPTIONS},
            idempotency_key=options.get("idempotency_key"),
            confirm=confirm or options.get("confirm"),
            preview=bool(options.get("preview")),
            request_id=request_id,
        )
        return self._fanout.run(call, options.get("shop"))

    def look(self, principal: Principal, operation_id: str) -> Outcome | Accepted:
        """Return what became of an operation; a look at Shopify that is due is taken here, unless somebody does it."""
        job = self._storage.jobs.find(KIND, operation_id)
        if job is not None:
            self._run_job(job.id)
        return self._actions.outcome(principal, operation_id)

    def _tool(self, action: Action) -> Tool:
        if action.key not in self._tools:
            self._tools[action.key] = tool_of(action)
        return self._tools[action.key]

    def _own(
        self, principal: Principal, name: str, given: Mapping[str, Any], request_id: str, confirm: str | None
    ) -> Outcome | Accepted:
        checked = _own_input(name, given)
        if name == "find_tools":
            return Outcome(self._found(principal, checked))
        if name == "activate_tools":
            self.changes_tools(principal, given)
            return Outcome({"active": [tool.name for tool in self.tools(principal)]})
        if name == "operation_get":
            return self.look(principal, checked["id"])
        if name == "operation_cancel":
            return Outcome(self._actions.cancel(principal, checked["id"]).as_dict())
        return self._actions.undo(
            UndoCall(
                principal,
                checked["audit_id"],
                force=checked.get("force", False),
                confirm=confirm or checked.get("confirm"),
                preview=checked.get("preview", False),
                request_id=request_id,
            )
        )

    def _found(self, principal: Principal, checked: Mapping[str, Any]) -> dict[str, Any]:
        active = self.session(principal).names
        found = find(self.catalog, checked.get("query", ""), checked.get("domain"), checked.get("limit", 10))
        return {
            "tools": [
                {
                    "name": one.key,
                    "title": one.title,
                    "domain": one.domain,
                    "effect": one.effect,
                    "active": one.key in active,
                }
                for one in found
            ],
            "domains": {name: domain.title for name, domain in self.catalog.domains.items()},
        }


def _own_input(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    schema = OWN[name].input
    checked = parse_object(encode(given))
    faults = validation.faults_of(validation.build(schema), checked)
    if faults:
        raise InvalidInput.about(f"The input of {name}", faults)
    return checked


def _options(action: Action, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a call, checked; raise `InvalidInput`."""
    known: Mapping[str, Any] = tool_of(action).input["properties"]
    options = {name: value for name, value in given.items() if name in OPTIONS}
    schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: known[name] for name in OPTIONS if name in known},
    }
    faults = validation.faults_of(validation.build(schema), options)
    if faults:
        raise InvalidInput.about(f"The input of {action.key}", faults)
    return options
