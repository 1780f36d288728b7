"""OpenAPI 3.1 documents out of declared routes: what the plugin's document and the host's have in common.

Every route may answer each status of `STATUSES`: most of them are the server's, the gate's or the network's, not the
route's own. All of them have the one shape of errors, `ERROR`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "COUNT",
    "ERROR",
    "FLAG",
    "MOMENT",
    "STATUSES",
    "TEXT",
    "Answer",
    "Route",
    "document",
    "header",
    "list_of",
    "nullable",
    "object_of",
    "one_of",
    "query",
    "ref",
]

Schema = Mapping[str, Any]

STATUSES: Mapping[str, str] = {
    "400": "The input is wrong, or another service refused it; `details` says where.",
    "401": "Nobody is signed in, or no store is connected; `details.connect_url` leads on.",
    "403": "Not allowed, a scope is not granted, or the store or token is read-only.",
    "404": "No such thing, or none of yours.",
    "405": "This address does not take that method; `Allow` lists those that it takes.",
    "409": "A confirmation is needed, a key was used for something else, or the state of things does not allow it.",
    "411": "The body came without a Content-Length.",
    "413": "The body is too large.",
    "414": "The address is longer than 8 KB.",
    "415": "The body is not JSON.",
    "417": "Of expectations only 100-continue is met.",
    "429": "Too many requests; wait for `Retry-After` seconds.",
    "431": "The headers are too large, or too many.",
    "500": "Something went wrong on our side.",
    "501": "The body came in a transfer coding that is not supported.",
    "502": "Another service answered something that cannot be used.",
    "503": "Another service, the database or the network is away, or the server is busy; send the request again.",
}
"""Every error that a route may answer, by status. A route that refuses for a reason of its own takes one of these."""

TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
MOMENT: Schema = {"type": "string", "format": "date-time"}


def object_of(required: Schema, optional: Schema | None = None, *, more: bool = False, **rules: Any) -> dict[str, Any]:
    """Return the schema of an object with these members, and, only with `more`, others."""
    properties = {**required, **(optional or {})}
    found: dict[str, Any] = {"type": "object", "required": list(required), "properties": properties, **rules}
    return found if more else {**found, "additionalProperties": False}


def list_of(items: Schema, **rules: Any) -> dict[str, Any]:
    """Return the schema of a list."""
    return {"type": "array", "items": items, **rules}


def nullable(schema: Schema) -> dict[str, Any]:
    """Return a schema that takes null as well."""
    if {"$ref", "enum", "const"} & schema.keys() or not isinstance(schema.get("type"), str):
        return {"anyOf": [schema, {"type": "null"}]}
    return {**schema, "type": [schema["type"], "null"]}


def one_of(*words: str) -> dict[str, Any]:
    """Return the schema of a text that is one of `words`."""
    return {"type": "string", "enum": list(words)}


def ref(name: str) -> dict[str, Any]:
    """Return a reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def query(name: str, schema: Schema, about: str = "", *, required: bool = False, **members: Any) -> dict[str, Any]:
    """Return a parameter of the query string."""
    words = {"description": about} if about else {}
    return {"name": name, "in": "query", "required": required, "schema": schema, **words, **members}


def header(name: str, schema: Schema, about: str = "", *, required: bool = False) -> dict[str, Any]:
    """Return a parameter that is sent as a header."""
    return {**query(name, schema, about, required=required), "in": "header"}


ERROR = object_of(
    {
        "ok": {"const": False},
        "success": {"const": False},
        "error": object_of(
            {
                "code": {"type": "string", "pattern": "^[A-Z][A-Z0-9_]*$", "description": "Stable; for programs."},
                "message": {"type": "string", "minLength": 1, "description": "For people."},
                "details": {"type": "object", "description": "`faults` lists what is wrong, with JSON pointers."},
                "request_id": TEXT,
                "retryable": {"type": "boolean", "description": "Whether the same request may succeed later."},
            }
        ),
    },
    more=True,
)
_HEADERS: Mapping[str, Any] = {
    "X-Request-Id": {"required": True, "schema": TEXT, "description": "Leads to the line of this request in the log."},
    "Retry-After": {"schema": {"type": "integer", "minimum": 1}, "description": "Seconds to wait."},
    "WWW-Authenticate": {"schema": TEXT, "description": "How to sign in; only where nobody is signed in."},
    "Allow": {"schema": TEXT, "description": "The methods that this address takes."},
    "Location": {"schema": TEXT, "description": "Where the result is, or goes on."},
}
_OF_STATUS = {
    "401": ("WWW-Authenticate",),
    "405": ("Allow",),
    "409": ("Retry-After",),
    "429": ("Retry-After",),
    "503": ("Retry-After",),
}
_IN_PATH = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer of a route: its schemas by media type, none for one without a body."""

    status: int
    about: str
    content: Mapping[str, Schema] = field(default_factory=dict)
    headers: tuple[str, ...] = ()

    @classmethod
    def json(cls, schema: Schema, status: int = 200, about: str = "The answer.", *headers: str) -> Answer:
        """Return an answer in JSON."""
        return cls(status, about, {"application/json": schema}, headers)


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one address.

    `parameters` names what stands neither in the path nor in the body; a parameter of the path that is not among them
    is text. `body` is the schema of the JSON object that is taken. `security` is given where others than signed-in
    people may ask. `error` names the schema of its errors. `more` are further members of the operation.
    """

    method: str
    path: str
    id: str
    summary: str
    tag: str
    answers: tuple[Answer, ...]
    parameters: tuple[Mapping[str, Any], ...] = ()
    body: Schema | None = None
    media: tuple[str, ...] = ("application/json",)
    security: tuple[Mapping[str, Any], ...] | None = None
    error: str = "Error"
    more: Mapping[str, Any] = field(default_factory=dict)


def document(info: Schema, server: str, routes: Iterable[Route], schemas: Schema) -> dict[str, Any]:
    """Return the OpenAPI document of `routes`. `schemas` are named by references and hold those of the errors."""
    routes = list(routes)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.1",
        "info": dict(info),
        "servers": [{"url": server}],
        "security": [{"bearer": []}],
        "tags": [{"name": name} for name in dict.fromkeys(route.tag for route in routes)],
        "paths": dict(sorted(paths.items())),
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "headers": dict(_HEADERS),
            "schemas": dict(schemas),
            "responses": {
                _response_name(status, error): {
                    "description": about,
                    "headers": _headers("X-Request-Id", *_OF_STATUS.get(status, ())),
                    "content": {"application/json": {"schema": ref(error)}},
                }
                for error in dict.fromkeys(route.error for route in routes)
                for status, about in STATUSES.items()
            },
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    named = {parameter["name"] for parameter in route.parameters if parameter["in"] == "path"}
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in _IN_PATH.findall(route.path)
        if name not in named
    ]
    operation: dict[str, Any] = {
        "operationId": route.id,
        "summary": route.summary,
        "tags": [route.tag],
        **route.more,
        "parameters": [*in_path, *map(dict, route.parameters)],
        "responses": {
            **{
                status: {"$ref": f"#/components/responses/{_response_name(status, route.error)}"} for status in STATUSES
            },
            **{str(answer.status): _answer(answer) for answer in route.answers},
        },
    }
    if route.security is not None:
        operation["security"] = [dict(one) for one in route.security]
    if route.body is not None:
        operation["requestBody"] = {
            "required": _must_hold_something(route.body),
            "content": {kind: {"schema": route.body} for kind in route.media},
        }
    return operation


def _answer(answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = {"description": answer.about, "headers": _headers("X-Request-Id", *answer.headers)}
    if answer.content:
        found["content"] = {kind: {"schema": schema} for kind, schema in answer.content.items()}
    return found


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _must_hold_something(body: Schema) -> bool:
    """Tell whether a body that is left out, which counts as an empty object, is refused."""
    if body.get("required") or body.get("minProperties", 0) > 0:
        return True
    return any(branch.get("required") for rule in ("oneOf", "anyOf") for branch in body.get(rule, ()))


def _response_name(status: str, error: str) -> str:
    return status if error == "Error" else f"{status}-{error}"
