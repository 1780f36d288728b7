"""Workflows over REST: ATOM's definitions, execution and services in ATOM's shapes, and runs, approvals, templates."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, current_app, request

from atom_shopify_plugin.host.auth import OPERATOR_SCOPE
from atom_shopify_plugin.host.http import (
    Problem,
    answer,
    answer_problem,
    atom_answer,
    caller,
    json_body,
    only,
    request_id,
)
from atom_shopify_plugin.host.limits import KEY_PATTERN, LONGEST_WAIT, RUN_STATES, USUAL_WAIT
from atom_shopify_plugin.host.parking import hold
from atom_shopify_plugin.host.registry import now
from atom_shopify_plugin.host.workflows import InvalidDefinition, NotThere, NotYet, Workflows
from atom_shopify_plugin.host.workflows.definition import DEEPEST, too_deep
from atom_shopify_plugin.host.workflows.intake import EVENTS_SHOWN
from atom_shopify_plugin.host.workflows.traces import KEPT

__all__ = ["blueprint"]

blueprint = Blueprint("atom_workflows", __name__)

_KEY = re.compile(KEY_PATTERN)
_NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?")


@blueprint.errorhandler(NotThere)
def _not_there(error: NotThere) -> Response:
    return answer_problem(Problem(404, str(error)))


@blueprint.errorhandler(NotYet)
def _not_yet(error: NotYet) -> Response:
    return answer_problem(Problem(409, str(error), code="CONFLICT"))


@blueprint.errorhandler(InvalidDefinition)
def _invalid(error: InvalidDefinition) -> Response:
    return answer_problem(Problem(400, error.summary, faults=error.listed))


def _workflows() -> Workflows:
    found: Workflows = current_app.extensions["atom_host"].workflows
    return found


@blueprint.get("/api/workflows/definitions")
def definitions() -> Response:
    workflows = _workflows().library.all(caller())
    return atom_answer(workflows=workflows, total=len(workflows), timestamp=now())


@blueprint.post("/api/workflows/definitions")
def create_definition() -> Response:
    """Store a definition, or make one of a template: `{template, variables?, name?, shop?, id?}`.

    `warnings` says which steps can start the workflow again.
    """
    principal, body = caller(), json_body()
    library = _workflows().library
    if "template" in body:
        unknown = sorted(set(body) - {"template", "variables", "name", "description", "shop", "id"})
        if unknown:
            raise InvalidDefinition([{"pointer": "/", "message": f"has members that are not known: {unknown}"}])
        body = library.from_template(str(body["template"]), body)
    made = library.create(principal, body)
    times = {name: made[name] for name in ("created_at", "updated_at", "version")}
    warnings = library.warnings(principal, made["workflow_config"])
    workflow = {**made["workflow_config"], **times}
    return atom_answer(workflow_id=made["id"], workflow=workflow, warnings=warnings)


@blueprint.post("/api/workflows/validate")
def validate() -> Response:
    """Say what is wrong with a definition: `{definition}`; nothing is stored.

    The answer is `{valid, faults, warnings, next_at}`. Each fault and warning has a `pointer` and a `message`.
    """
    principal, body = caller(), json_body()
    if set(body) != {"definition"} or not isinstance(body["definition"], dict):
        raise Problem.at("/definition", 'The body must be {"definition": {…}} and nothing else.', "type")
    return answer(_workflows().library.validate(principal, body["definition"]))


@blueprint.get("/api/workflows/definitions/<workflow_id>")
def definition(workflow_id: str) -> Response:
    library = _workflows().library
    shown = library.one(caller(), workflow_id)
    faults = [] if shown["runnable"] else library.faults(shown["workflow_config"], caller())
    return atom_answer(workflow={**shown, "faults": faults})


@blueprint.get("/api/workflows/definitions/<workflow_id>/why")
def why(workflow_id: str) -> Response:
    """Say what became of the events that a workflow waited for, the newest first; `limit` (1 to 200, 50)."""
    principal = caller()
    only(request.args, "limit", what="parameter")
    limit = request.args.get("limit", "50")
    if not re.fullmatch(r"[0-9]{1,3}", limit, re.ASCII) or not 1 <= int(limit) <= KEPT:
        raise Problem.at("/limit", f"limit must be a whole number from 1 to {KEPT}.", "range")
    return answer(_workflows().why(principal, workflow_id, int(limit)))


@blueprint.delete("/api/workflows/definitions/<workflow_id>")
def delete_definition(workflow_id: str) -> Response:
    _workflows().library.delete(caller(), workflow_id)
    return atom_answer(workflow_id=workflow_id)


@blueprint.get("/api/workflows/templates")
def templates() -> Response:
    caller()
    return answer({"templates": _workflows().library.templates()})


@blueprint.get("/api/workflows/services")
def services() -> Response:
    """Answer which actions a step may name, by service, in ATOM's shape."""
    caller()
    return atom_answer(
        services={
            service["id"]: {
                "name": service["name"],
                "actions": [entry["key"] for entry in service["workflow_actions"]],
                "description": service["description"],
            }
            for service in _workflows().library.services()
        },
    )


@blueprint.post("/api/workflows/execute")
def execute() -> Response:
    """Run a workflow by hand: `{workflow_id, input?, trigger_data?, wait?}`; answer ATOM's execution record.

    Waits up to `wait` seconds (10) for its end. A run that takes longer goes on and is answered as it stands, with 202
    and `Location`, where to ask again. Where very many requests wait already, a further one is answered at once, and
    `waited` is false. With the header `Idempotency-Key`, the same key begins one
    run, however often it is sent.
    """
    principal, body = caller(), json_body()
    only(body, "workflow_id", "input", "trigger_data", "wait")
    workflow_id, wait = body.get("workflow_id"), body.get("wait", USUAL_WAIT)
    given, trigger = body.get("input", {}), body.get("trigger_data", {})
    if not isinstance(workflow_id, str) or not workflow_id:
        raise Problem.at("/workflow_id", "workflow_id is required and must not be empty.", "required")
    _objects(input=given, trigger_data=trigger)
    if isinstance(wait, bool) or not isinstance(wait, int | float) or not 0 <= wait <= LONGEST_WAIT:
        raise Problem.at("/wait", f"wait must be a number of seconds from 0 to {LONGEST_WAIT:.0f}.", "range")
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _KEY.fullmatch(key):
        raise Problem.at(
            "/Idempotency-Key",
            "The header Idempotency-Key must have 1 to 200 printable characters and no space.",
            "header",
        )
    workflows = _workflows()
    waiting = hold()
    if waiting is not None and waiting.over and waiting.run_id is not None:
        run_id = waiting.run_id
    else:
        run_id = workflows.start(principal, workflow_id, given, trigger=trigger, key=key)
    settled, waited = _settled(run_id, wait)
    response = atom_answer(**workflows.history.record(principal, run_id), waited=waited)
    if not settled:
        response.status_code = 202
        response.headers["Location"] = f"/api/workflows/runs/{run_id}"
        response.headers["Retry-After"] = "1"
    return response


def _objects(**given: Any) -> None:
    for name, value in given.items():
        if not isinstance(value, dict):
            raise Problem.at(f"/{name}", f"{name} must be an object.", "type")
        if too_deep(value):
            raise Problem.at(f"/{name}", f"{name} may be nested {DEEPEST} levels deep at most.", "depth")


def _settled(run_id: str, seconds: float) -> tuple[bool, bool]:
    """Wait for a run; return whether it has ended or waits for a person, and whether this request has waited.

    Under the front the first call asks for the wait, and nothing of its answer is sent; the view is then called again.
    """
    engine, waiting = _workflows().engine, hold()
    if waiting is None:
        return engine.settled(run_id, seconds), seconds > 0
    if seconds and not waiting.over:
        waiting.until(run_id, seconds)
        return False, False
    return engine.settled(run_id, 0), waiting.waited


@blueprint.post("/api/workflows/dry-run")
def try_out() -> Response:
    """Say what each step would do: `{workflow_id | definition, input?, trigger_data? | sample?}`.

    `sample` takes an event as the trigger's plugin describes it, in place of `trigger_data`. Actions that only read are
    really carried out; those that write are previewed. Nothing is stored.
    """
    principal, body = caller(), json_body()
    only(body, "workflow_id", "definition", "input", "trigger_data", "sample")
    if not isinstance(body.get("sample", False), bool):
        raise Problem.at("/sample", "sample must be true or false.", "type")
    if body.get("sample") and "trigger_data" in body:
        raise Problem.at("/sample", "Give either trigger_data or sample, not both.", "oneOf")
    if ("workflow_id" in body) == ("definition" in body):
        raise Problem.at("", "Give either workflow_id or definition.", "oneOf")
    given, trigger = body.get("input", {}), body.get("trigger_data", {})
    _objects(input=given, trigger_data=trigger)
    workflows = _workflows()
    raw = body.get("definition")
    if "workflow_id" in body:
        if not isinstance(body["workflow_id"], str):
            raise Problem.at("/workflow_id", "workflow_id must be a text.", "type")
        raw = workflows.library.one(principal, body["workflow_id"])["workflow_config"]
    if not isinstance(raw, dict):
        raise Problem.at("/definition", "definition must be an object.", "type")
    if body.get("sample"):
        trigger = workflows.sample(raw)
    return answer(workflows.dry_run(principal, raw, given, trigger, request_id()))


@blueprint.get("/api/workflows/runs")
def runs() -> Response:
    """Answer runs, the newest first; `workflow_id`, `state`, `limit` (1 to 250, 50) and `cursor` narrow them."""
    principal = caller()
    only(request.args, "workflow_id", "state", "limit", "cursor", what="parameter")
    limit, cursor = request.args.get("limit", "50"), request.args.get("cursor", "")
    if not re.fullmatch(r"[0-9]{1,3}", limit, re.ASCII) or not 1 <= int(limit) <= 250:
        raise Problem.at("/limit", "limit must be a whole number from 1 to 250.", "range")
    if cursor and not re.fullmatch(r"[0-9]{1,18}", cursor, re.ASCII):
        raise Problem.at("/cursor", "cursor must be the page.next of the previous page.", "cursor")
    state = request.args.get("state")
    if state is not None and state not in RUN_STATES:
        raise Problem.at("/state", f"state must be one of: {', '.join(RUN_STATES)}.", "enum")
    found, more = _workflows().history.runs(
        principal,
        workflow_id=request.args.get("workflow_id"),
        state=state,
        before=int(cursor) if cursor else None,
        limit=int(limit),
    )
    page = {"next": None if more is None else str(more), "has_more": more is not None}
    return answer({"runs": found}, page=page)


@blueprint.get("/api/workflows/runs/<run_id>")
def run(run_id: str) -> Response:
    """Answer a run; with `wait` (seconds, 0 to 30) when it has ended or waits for a person, if that comes first."""
    principal, history = caller(), _workflows().history
    only(request.args, "wait", what="parameter")
    text = request.args.get("wait", "0")
    seconds = float(text) if _NUMBER.fullmatch(text) else -1.0
    if not 0 <= seconds <= LONGEST_WAIT:
        raise Problem.at("/wait", f"wait must be a number of seconds from 0 to {LONGEST_WAIT:.0f}.", "range")
    history.run(principal, run_id)  # nobody waits for a run that is not theirs to see
    _settled(run_id, seconds)
    return answer({"run": history.run(principal, run_id)})


@blueprint.post("/api/workflows/runs/<run_id>/cancel")
def cancel(run_id: str) -> Response:
    principal, workflows = caller(), _workflows()
    workflows.history.cancel(principal, run_id)
    return answer({"run": workflows.history.run(principal, run_id)})


@blueprint.post("/api/workflows/runs/<run_id>/retry")
def retry(run_id: str) -> Response:
    principal, workflows = caller(), _workflows()
    workflows.retry(principal, run_id)
    return answer({"run": workflows.history.run(principal, run_id)})


@blueprint.get("/api/workflows/targets")
def targets() -> Response:
    """Answer whom your workflows may tell things; addresses stay with the operator."""
    return answer({"targets": _workflows().targets(caller())})


@blueprint.get("/api/workflows/approvals")
def approvals() -> Response:
    return answer({"approvals": _workflows().history.waiting(caller())})


@blueprint.post("/api/workflows/approvals/<approval_id>")
def decide(approval_id: str) -> Response:
    """Answer a question of a run with `{approve: true | false}`."""
    principal, body = caller(), json_body()
    if set(body) != {"approve"} or not isinstance(body["approve"], bool):
        raise Problem.at("/approve", 'The body must be {"approve": true} or {"approve": false}.', "type")
    workflows = _workflows()
    run_id = workflows.decide(principal, approval_id, body["approve"])
    return answer({"run_id": run_id})


@blueprint.get("/api/events")
def events() -> Response:
    """Answer the last events; for operators, since they belong to all stores."""
    caller(OPERATOR_SCOPE)
    kept: list[dict[str, Any]] = _workflows().intake.recent()
    return answer({"events": kept, "kept_at_most": EVENTS_SHOWN})
