"""The start page: the services, what waits for the person's answer, workflows and their last runs.

It is made on the server and needs no script. Answers are taken only from the host's own page (`Auth.from_own_page`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, current_app, make_response, redirect, request, url_for

from atom_shopify_plugin.host.http import Problem, caller, form_field
from atom_shopify_plugin.host.workflows import NotThere, NotYet
from atom_shopify_plugin.host.workflows.definition import started_by
from atom_shopify_plugin.pages.render import Pages, headers

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal

__all__ = ["blueprint", "message", "nobody", "page", "start_page"]

blueprint = Blueprint("atom_home", __name__)

_PAGES = Pages(Path(__file__).parent / "templates")
_RUNS = 15
_NOTICES = {
    "approve": "Approved: the workflow goes on.",
    "decline": "Declined: the step is not carried out.",
}
_RUN_STATES = {
    "pending": "waits for its turn",
    "running": "is running",
    "waiting": "waits",
    "completed": "completed",
    "failed": "failed",
    "cancelled": "cancelled",
}
_HEALTH = {"healthy": "Works.", "degraded": "Works with restrictions.", "unhealthy": "Does not work."}


def page(template: str, status: int = 200, **values: Any) -> Response:
    """Return a page of the host; `values` fill the template."""
    host = _host()
    values.setdefault("person", None)
    values["signout"] = url_for("atom_signin.signout")
    response = make_response(_PAGES.render(template, links=_links(host), **values), status)
    response.headers.update(headers())
    return response


def message(title: str, text: str, status: int = 200, link: Mapping[str, str] | None = None) -> Response:
    """Return a page that says one thing."""
    return page("message.html", status, title=title, text=text, link=link)


def nobody() -> Response:
    """Return the page that says that nobody is signed in."""
    return message(
        "ATOM",
        "Nobody is signed in. Open a sign-in link. The operator of this server creates one with the command "
        "atom-shopify token create --link",
        401,
    )


@blueprint.get("/pages")
def pages() -> Response:
    """Show the start page, also where the dashboard has its place at `/`."""
    principal = _host().hook.atom_authenticate(request=request)
    if principal is None:
        return nobody()
    caller()  # counts the request
    return start_page(principal)


def start_page(principal: Principal) -> Response:
    """Return the services, questions, workflows and runs of a person."""
    return _home(principal, notice=_NOTICES.get(request.args.get("notice", ""), ""))


@blueprint.post("/approvals/<approval_id>")
def answer(approval_id: str) -> Response:
    """Answer a question of a workflow from the start page."""
    host = _host()
    principal = caller()
    if not host.auth.from_own_page(request):
        raise Problem(403, "Answer on the host's page.")
    word = form_field("answer")
    if word not in _NOTICES:
        raise Problem.at("/answer", "answer must be approve or decline.", "enum")
    try:
        host.workflows.decide(principal, approval_id, word == "approve")
    except (NotThere, NotYet) as error:
        return _home(principal, problem=str(error.args[0]), status=404 if isinstance(error, NotThere) else 409)
    return make_response(redirect(f"{_start()}?notice={word}", 303))


@blueprint.get("/workflows/<workflow_id>")
def why(workflow_id: str) -> Response:
    """Show what became of the events that a workflow waited for."""
    principal = caller()
    try:
        told = _host().workflows.why(principal, workflow_id)
    except NotThere as error:
        return message("No such workflow", str(error.args[0]), 404, {"label": "Back", "href": _start()})
    traces = [
        {**trace, "at": _moment(trace["at"]), "failed": trace["run_state"] == "failed"} for trace in told.pop("traces")
    ]
    return page("why.html", person=principal.subject, workflow=told, traces=traces, back=_start())


def _home(principal: Principal, *, notice: str = "", problem: str = "", status: int = 200) -> Response:
    host = _host()
    workflows, history = host.workflows.library.all(principal), host.workflows.history
    names = {workflow["id"]: workflow["name"] for workflow in workflows}
    runs, _ = history.runs(principal, limit=_RUNS)
    questions = [_approval(one) for one in history.waiting(principal)]
    entries = host.registry.entries()
    return page(
        "home.html",
        status,
        person=principal.subject,
        notice=notice,
        problem=problem,
        approvals=questions,
        services=[_service(entry) for entry in entries.values() if entry["status"] != "disconnected"],
        refused_plugins=[{"plugin": one.plugin, "reason": one.reason} for one in host.plugins.refused],
        workflows=[_workflow(workflow) for workflow in workflows],
        runs=[_run(run, names) for run in runs],
    )


def _host() -> Any:
    return current_app.extensions["atom_host"]


def _start() -> str:
    """Return where the start page is."""
    return "/" if _host().dashboard is None else "/pages"


def _links(host: Any) -> list[dict[str, Any]]:
    services = [service for loaded in host.plugins.loaded.values() for service in loaded.services.values()]
    own = [{"label": "ATOM", "href": _start(), "current": request.path == _start()}]
    if host.dashboard is not None:
        own.append({"label": "Dashboard", "href": "/", "current": False})
    return own + [
        {"label": service["name"], "href": service["links"][0]["href"], "current": False}
        for service in services
        if service.get("links")
    ]


def _service(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": entry["name"],
        "description": entry["description"],
        "health": _HEALTH.get(entry["health"], entry["health"]),
        "fine": entry["health"] == "healthy",
        "links": entry.get("links") or [],
    }


def _approval(approval: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": approval["id"],
        "question": approval["question"],
        "warning": "This can’t be undone." if approval["reason"] == "confirmation" else "",
        "workflow": approval["workflow_name"] or approval["workflow_id"],
        "step_id": approval["step_id"],
        "created_at": _moment(approval["created_at"]),
        "expires_at": _moment(approval["expires_at"]),
        "notices": [_notice(notice) for notice in approval["notices"]],
    }


def _notice(notice: Mapping[str, Any]) -> str:
    if notice["state"] == "failed":
        return f"{notice['to']} could not be notified: {notice['error']['message']}"
    return f"{notice['to']} was notified." if notice["state"] == "sent" else f"{notice['to']} is being notified."


def _workflow(workflow: Mapping[str, Any]) -> dict[str, str]:
    return {
        "id": workflow["id"],
        "name": workflow["name"],
        "started_by": started_by(workflow["workflow_config"]),
        "state": "ready" if workflow["runnable"] else "has errors: it can’t run",
        "next_at": _moment(workflow["next_at"]),
    }


def _run(run: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    error = run["error"]
    return {
        "created_at": _moment(run["created_at"]),
        "workflow": run["workflow_name"] or names.get(run["workflow_id"], run["workflow_id"]),
        "cause": {"manual": "a person", "schedule": "the clock"}.get(run["cause"], f"the event {run['event']['key']}"),
        "state": _RUN_STATES.get(run["state"], run["state"]),
        "failed": run["state"] == "failed",
        "why": error["message"] if error else run["note"] or "",
    }


def _moment(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, int | float):
        from datetime import UTC, datetime

        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"{str(value)[:16].replace('T', ' ')} UTC"
