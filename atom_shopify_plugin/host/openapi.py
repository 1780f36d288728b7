"""The host's own routes as an OpenAPI document: services, workflows, chat, health, signing in.

A plugin describes its routes in a document of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Blueprint, Response, current_app, jsonify

from atom_shopify_plugin._version import __version__
from atom_shopify_plugin.apidoc import (
    COUNT,
    FLAG,
    MOMENT,
    TEXT,
    Answer,
    Route,
    document,
    header,
    list_of,
    nullable,
    object_of,
    one_of,
    query,
    ref,
)
from atom_shopify_plugin.host.http import caller
from atom_shopify_plugin.host.limits import KEY_PATTERN, LONGEST_WAIT, MESSAGE_LIMIT, RUN_STATES, USUAL_WAIT
from atom_shopify_plugin.host.openapi_people import people_routes
from atom_shopify_plugin.host.openapi_shapes import SHAPES, atom, atom_body, envelope, good

__all__ = ["blueprint", "build", "routes"]

blueprint = Blueprint("atom_openapi", __name__)

_EVERYBODY: tuple[Mapping[str, Any], ...] = ()
_MAYBE: tuple[Mapping[str, Any], ...] = ({}, {"bearer": []})
_OBJECT: Mapping[str, Any] = {"type": "object"}
_WORD: Mapping[str, Any] = {"type": "string", "pattern": r"\S"}


@blueprint.get("/api/openapi.json")
def openapi() -> Response:
    """Answer this description of the host's routes."""
    caller()
    return jsonify(build(current_app.extensions["atom_host"].config.public_url))


def build(public_url: str) -> dict[str, Any]:
    """Return the document as plain JSON values."""
    info = {"title": "ATOM host", "version": __version__, "description": "Services, workflows and chat."}
    return document(info, public_url, routes(), SHAPES)


def routes() -> Iterator[Route]:
    """Yield every route of the host."""
    yield from _services()
    yield from _workflows()
    yield from _runs()
    yield from _others()
    yield from people_routes()


def _services() -> Iterator[Route]:
    def route(method: str, path: str, name: str, summary: str, answer: Answer, body: Any = None) -> Route:
        return Route(method, f"/api/services{path}", name, summary, "services", (answer,), body=body)

    counts = {"total_services": COUNT, "active_services": COUNT}
    yield route(
        "GET", "", "services", "The services of all plugins",
        atom(
            services=list_of(ref("Service")), **counts, workflow_integrated_services=COUNT,
            chat_integrated_services=COUNT, timestamp=MOMENT,
        ),
    )  # fmt: skip
    yield route("GET", "/{service_id}", "service", "One service", atom(service=ref("Service")))
    yield route(
        "GET", "/{service_id}/health", "service_health", "How a service is",
        Answer.json(atom_body(
            object_of(
                {
                    "service": TEXT, "name": TEXT, "status": ref("Health"), "type": TEXT,
                    "capabilities": list_of(TEXT), "last_checked": MOMENT, "message": TEXT,
                }
            ))
        ),
    )  # fmt: skip
    yield route(
        "GET", "/health", "services_health", "How all services are",
        atom(
            overall_health=ref("Health"), health_percentage={"type": "number", "minimum": 0, "maximum": 100},
            healthy_services=COUNT, total_services=COUNT,
            services=list_of(object_of({"id": TEXT, "name": TEXT, "health": ref("Health"), "status": TEXT})),
            timestamp=MOMENT,
        ),
    )  # fmt: skip
    words = ("connected", "active", "disconnected", "error")
    yield route(
        "GET", "/status", "services_status", "How many services are in which state",
        atom(status_summary=object_of(dict.fromkeys(words, COUNT)), total_services=COUNT, timestamp=MOMENT),
    )  # fmt: skip
    able = object_of({"id": TEXT, "name": TEXT, "triggers": list_of(TEXT), "actions": list_of(TEXT), "type": TEXT})
    yield route(
        "GET", "/workflow-capabilities", "workflow_capabilities", "What workflows can wait for and do",
        atom(workflow_services=list_of(able), total_workflow_services=COUNT, timestamp=MOMENT),
    )  # fmt: skip
    command = object_of({"command": TEXT, "service_id": TEXT, "service_name": TEXT, "description": TEXT})
    yield route(
        "GET", "/chat-commands", "chat_commands", "What can be said in the chat",
        atom(chat_commands=list_of(command), total_commands=COUNT, timestamp=MOMENT),
    )  # fmt: skip
    automation = ("total_services", "workflow_enabled", "triggers_available", "actions_available")
    chat = ("total_services", "chat_enabled", "commands_available")
    yield route(
        "GET", "/integration-status", "integration_status", "How far services are integrated",
        atom(
            integration_status=object_of(
                {
                    "workflow_automation": object_of(dict.fromkeys(automation, COUNT)),
                    "chat_interface": object_of(dict.fromkeys(chat, COUNT)),
                }
            ),
            timestamp=MOMENT,
        ),
    )  # fmt: skip
    yield route(
        "POST", "/register-workflow", "register_workflow", "Store a workflow of any shape",
        atom(
            workflow_id=TEXT, service_id=TEXT, workflow_config=_OBJECT, message=TEXT, timestamp=MOMENT,
        ),
        object_of({"service_id": _WORD}, {"workflow_config": _OBJECT}, more=True),
    )  # fmt: skip
    yield route(
        "POST", "/test-chat-command", "test_chat_command", "Run a command that only reads",
        atom(service_id=TEXT, command=TEXT, result=TEXT, simulated={"const": False}, timestamp=MOMENT),
        object_of({"service_id": _WORD, "command": _WORD}, more=True),
    )  # fmt: skip
    health = object_of({"name": TEXT, "status": ref("Health"), "type": TEXT, "last_checked": MOMENT})
    yield route(
        "GET", "/batch/health", "batch_health", "The health of all, by id",
        Answer.json(atom_body(
            object_of(
                {
                    "total_services": COUNT, "healthy_services": COUNT,
                    "services": {"type": "object", "additionalProperties": health}, "timestamp": MOMENT,
                }
            ))
        ),
    )  # fmt: skip
    lists = ("capabilities", "workflow_triggers", "workflow_actions", "chat_commands")
    facts = object_of(
        {
            **dict.fromkeys(("name", "type", "description", "status"), TEXT),
            **dict.fromkeys(lists, list_of(TEXT)),
        }
    )
    yield route(
        "GET", "/batch/info", "batch_info", "The facts of all, by id",
        Answer.json(atom_body(
            object_of({**counts, "services": {"type": "object", "additionalProperties": facts}, "timestamp": MOMENT}))
        ),
    )  # fmt: skip


def _workflows() -> Iterator[Route]:
    def route(method: str, path: str, name: str, summary: str, answer: Answer, body: Any = None) -> Route:
        path = f"/api/workflows{path}"
        return Route(method, path, name, summary, "workflows", (answer,), body=body)

    template = object_of(
        {"template": TEXT},
        {
            "variables": _OBJECT,
            **{name: SHAPES["Definition"]["properties"][name] for name in ("name", "description", "shop", "id")},
        },
        description="A new workflow from a template.",
    )
    yield route(
        "GET", "/definitions", "workflow_definitions", "Your workflows",
        atom(workflows=list_of(ref("Workflow")), total=COUNT, timestamp=MOMENT),
    )  # fmt: skip
    yield route(
        "POST", "/definitions", "workflow_create", "Store a workflow, or make one from a template",
        atom(workflow_id=TEXT, workflow=_OBJECT, warnings=list_of(_OBJECT)),
        {"anyOf": [ref("Definition"), template], "type": "object"},
    )  # fmt: skip
    findings = list_of(object_of({"pointer": TEXT, "message": TEXT}))
    yield route(
        "POST", "/validate", "workflow_validate", "Say what is wrong with a definition; nothing is stored",
        good(valid=FLAG, faults=findings, warnings=findings, next_at=nullable({"type": "number"})),
        object_of({"definition": _OBJECT}),
    )  # fmt: skip
    yield route(
        "GET", "/definitions/{workflow_id}", "workflow_definition", "One workflow",
        atom(workflow={**SHAPES["Workflow"], "additionalProperties": True}),
    )  # fmt: skip
    trace = object_of(
        {
            "id": TEXT, "event": TEXT, "shop": nullable(TEXT), "dedupe_key": TEXT, "outcome": TEXT, "why": TEXT,
            "condition": nullable(TEXT), "values": _OBJECT, "run_id": nullable(TEXT), "run_state": nullable(TEXT),
            "at": MOMENT,
        }
    )  # fmt: skip
    yield Route(
        "GET", "/api/workflows/definitions/{workflow_id}/why", "workflow_why",
        "Why a workflow ran or did not: its latest events", "workflows",
        (good(workflow_id=TEXT, name=TEXT, started_by=TEXT, hint=TEXT, traces=list_of(trace)),),
        parameters=(query("limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}),),
    )  # fmt: skip
    yield route("DELETE", "/definitions/{workflow_id}", "workflow_delete", "Delete a workflow", atom(workflow_id=TEXT))
    yield route(
        "GET", "/templates", "workflow_templates", "Workflows that are ready to use", good(templates=list_of(_OBJECT))
    )
    service = object_of({"name": TEXT, "actions": list_of(TEXT), "description": TEXT})
    yield route(
        "GET", "/services", "workflow_services", "Which actions a step may name",
        atom(services={"type": "object", "additionalProperties": service}),
    )  # fmt: skip


def _runs() -> Iterator[Route]:
    def route(method: str, path: str, name: str, summary: str, *answers: Answer, **members: Any) -> Route:
        return Route(method, f"/api/workflows{path}", name, summary, "runs", answers, **members)

    record = atom_body(object_of({**SHAPES["Execution"]["properties"], "waited": FLAG}))
    yield route(
        "POST", "/execute", "workflow_execute", "Run a workflow by hand",
        Answer.json(record, 200, "The run has ended, or waits for a person."),
        Answer.json(record, 202, "It goes on; `waited` tells whether there was a wait.", "Location", "Retry-After"),
        parameters=(
            header("Idempotency-Key", {"type": "string", "pattern": f"^{KEY_PATTERN}$"}, "One key begins one run."),
        ),
        body=object_of(
            {"workflow_id": {"type": "string", "minLength": 1}},
            {
                "input": _OBJECT,
                "trigger_data": _OBJECT,
                "wait": {"type": "number", "minimum": 0, "maximum": LONGEST_WAIT, "default": USUAL_WAIT},
            },
        ),
    )  # fmt: skip
    condition = object_of({"condition": TEXT, "holds": FLAG}, {"why": TEXT})
    yield route(
        "POST", "/dry-run", "workflow_dry_run", "Say what each step would do with a sample event",
        good(starts=FLAG, conditions=list_of(condition), steps=list_of(ref("DryStep"))),
        body=object_of(
            {},
            {
                "workflow_id": {"type": "string", "minLength": 1}, "definition": ref("Definition"), "input": _OBJECT,
                "trigger_data": _OBJECT, "sample": {"type": "boolean", "default": False},
            },
            oneOf=[{"required": ["workflow_id"]}, {"required": ["definition"]}],
        ),
    )  # fmt: skip
    page = object_of({"next": nullable(TEXT), "has_more": FLAG})
    yield route(
        "GET", "/runs", "workflow_runs", "Your runs, the newest first", good(page, runs=list_of(ref("Run"))),
        parameters=(
            query("workflow_id", TEXT),
            query("state", one_of(*RUN_STATES)),
            query("limit", {"type": "integer", "minimum": 1, "maximum": 250, "default": 50}),
            query(
                "cursor", {"type": "string", "pattern": "^[0-9]{1,18}$"}, "`page.next` of the page before.",
                allowEmptyValue=True,
            ),
        ),
    )  # fmt: skip
    run = good(run=ref("RunInFull"))
    wait = query(
        "wait", {"type": "number", "minimum": 0, "maximum": LONGEST_WAIT, "default": 0},
        "Seconds to wait for its end, or until it waits for a person.",
    )  # fmt: skip
    yield route("GET", "/runs/{run_id}", "workflow_run", "One run with its steps", run, parameters=(wait,))
    yield route("POST", "/runs/{run_id}/cancel", "run_cancel", "End a run", run)
    yield route("POST", "/runs/{run_id}/retry", "run_retry", "Let a failed run go on", run)
    target = object_of({"name": TEXT, "type": one_of("email", "slack", "webhook"), "approvals": FLAG})
    yield route("GET", "/targets", "targets", "Whom your workflows may tell things", good(targets=list_of(target)))
    yield route("GET", "/approvals", "approvals", "What waits for your yes", good(approvals=list_of(ref("Approval"))))
    yield route(
        "POST", "/approvals/{approval_id}", "approval_decide", "Say yes or no", good(run_id=TEXT),
        body=object_of({"approve": FLAG}),
    )  # fmt: skip


def _others() -> Iterator[Route]:
    reply = object_of({"reply": TEXT, "command": nullable(TEXT), "data": {}})
    yield Route(
        "POST", "/api/chat", "chat", "Say something to the services", "chat",
        (
            Answer.json(
                {
                    "anyOf": [
                        envelope(reply, {}, {"type": "null"}),
                        object_of({"data": reply}, more=True, allOf=[ref("Error")]),
                    ]
                },
                200, "The reply; `ok` tells whether the command went well.",
            ),
        ),
        body=object_of(
            {"message": {"type": "string", "pattern": r"\S", "maxLength": MESSAGE_LIMIT}},
            {"shop": nullable(TEXT), "service": nullable(TEXT)},
        ),
    )  # fmt: skip
    events = object_of({"events": list_of(_OBJECT), "kept_at_most": COUNT})
    yield Route(
        "GET", "/api/events", "events", "The last events of all stores; for operators", "health",
        (Answer.json(envelope(events, {}, {"type": "null"})),),
    )  # fmt: skip
    checks = list_of(ref("Check"))
    plugin = object_of(
        {"plugin": TEXT, "state": one_of("loaded", "refused")},
        {"services": list_of(TEXT), "checks": checks, "reason": TEXT},
    )
    report = object_of({"status": ref("Status"), "host": checks, "plugins": list_of(plugin)})
    yield Route(
        "GET", "/api/health", "health", "All checks; for operators", "health",
        (Answer.json(envelope(report, {}, {"type": "null"})),),
    )  # fmt: skip
    yield Route(
        "GET", "/healthz", "live", "Whether the process serves", "health",
        (atom(status={"const": "ok"}),), security=_EVERYBODY,
    )  # fmt: skip
    yield Route(
        "GET", "/metrics", "metrics", "Figures for Prometheus; for operators and this machine itself", "health",
        (Answer(200, "The figures.", {"text/plain": {"type": "string"}}),), security=_MAYBE,
    )  # fmt: skip
    yield Route(
        "GET", "/api/openapi.json", "openapi", "This document", "health",
        (Answer.json({"type": "object", "required": ["openapi", "info", "paths"]}),),
    )  # fmt: skip
