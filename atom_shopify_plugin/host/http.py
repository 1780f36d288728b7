"""What the host's own routes share: the error envelope, JSON bodies within limits, and the caller."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

from flask import Response, current_app, g, jsonify, request
from werkzeug.exceptions import HTTPException

from atom_shopify_plugin.answers import failure, refusal, success
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.host.parking import hold
from atom_shopify_plugin.host.request_ids import REQUEST_ID, harmless_id, request_id

__all__ = [
    "REQUEST_ID",
    "Problem",
    "answer",
    "answer_problem",
    "atom_answer",
    "caller",
    "envelope",
    "form_field",
    "harmless_id",
    "json_body",
    "only",
    "request_id",
    "to_problem",
]

BODY_LIMIT = 256 * 1024
_LONGEST_FORM = 4096  # bytes
_MOST_FAULTS = 50
_COUNTED = "atom_request_counted"
# What looks by a POST, or hands on to a plugin, which sees that the caller may change nothing.
_LOOKING = frozenset(
    {"atom_chat.chat", "atom_services.test_chat_command", "atom_workflows.try_out", "atom_workflows.validate"}
)


class Problem(Exception):
    """An answer that is an error: HTTP status, what happened and what to do, and facts for programs.

    `faults` says what is wrong with the input, each as `fault` makes it; `details` are further facts. `retry_after` is
    in seconds. `beside` are members that ATOM's own clients read beside the envelope.
    """

    def __init__(
        self,
        status: int,
        message: str | None = None,
        *,
        code: str | None = None,
        retry_after: float | None = None,
        faults: Sequence[Mapping[str, str]] | None = None,
        beside: Mapping[str, Any] | None = None,
        **details: Any,
    ) -> None:
        usual = refusal(status)
        self.message = message or usual[1]
        super().__init__(self.message)
        self.status = status
        self.code = code or usual[0]
        self.retry_after = retry_after
        self.details = details if faults is None else {**details, "faults": [dict(one) for one in faults]}
        self.beside = dict(beside or {})

    @classmethod
    def at(cls, pointer: str, message: str, code: str = "invalid") -> Problem:
        """Return the problem of one field of the input, whose pointer is in the details; `message` names it."""
        return cls(400, message, faults=[{"pointer": pointer, "code": code}])

    @classmethod
    def unknown(cls, given: Iterable[str], known: Sequence[str], what: str = "field") -> Problem | None:
        """Return the problem of names that are not `known`, None where there are none."""
        odd = sorted(set(given) - set(known))
        if not odd:
            return None
        hint = f"Known here: {', '.join(known)}." if known else "This address accepts no parameters."
        many = "s" if len(odd) > 1 else ""
        faults = [
            {"pointer": f"/{name[:100].replace('~', '~0').replace('/', '~1')}", "code": "unknown_field"} for name in odd
        ]
        return cls(400, f"Unknown {what}{many}: {', '.join(odd)[:200]}. {hint}", faults=faults[:_MOST_FAULTS])


def to_problem(error: HTTPException) -> Problem:
    """Turn Flask's own refusals (404, 405, 413 …) into ours; their descriptions may repeat parts of the request."""
    return Problem(error.code or 500)


def envelope(problem: Problem, request_id: str) -> dict[str, Any]:
    """Return the body of an error."""
    body = failure(problem.status, request_id, code=problem.code, message=problem.message, details=problem.details)
    return {**problem.beside, **body}


def answer_problem(problem: Problem) -> Response:
    """Return the answer that an error is."""
    response = jsonify(envelope(problem, request_id()))
    response.status_code = problem.status
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(max(1, math.ceil(problem.retry_after)))
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def answer(
    data: Any,
    *,
    page: Mapping[str, Any] | None = None,
    beside: Mapping[str, Any] | None = None,
    status: int = 200,
) -> Response:
    """Return the success envelope; `beside` are top-level members that ATOM's own clients read."""
    response = jsonify({**(beside or {}), **success(data, request_id(), page=page)})
    response.status_code = status
    return response


def atom_answer(**members: Any) -> Response:
    """Return a success where ATOM's own clients read the `members` at the top level: they are there and in ``data``."""
    return answer(members, beside=members)


def only(given: Iterable[str], *known: str, what: str = "field") -> None:
    """Raise `Problem` 400 for names that are not `known`."""
    problem = Problem.unknown(given, known, what)
    if problem is not None:
        raise problem


def caller(scope: str | None = None) -> Principal:
    """Return who is calling, and count the request as theirs.

    Raise `Problem` 401 for nobody, 403 for somebody without `scope` or who may change nothing and asks for a change,
    429 for somebody who sends too many requests.
    """
    host = current_app.extensions["atom_host"]
    principal: Principal | None = host.hook.atom_authenticate(request=request)
    if principal is None:
        raise Problem(401)
    waiting = hold()
    if not g.get(_COUNTED) and not (waiting is not None and waiting.over):  # counted before it waited
        host.limiter.check(principal)
        g.setdefault(_COUNTED, True)
    if principal.read_only and request.method not in ("GET", "HEAD", "OPTIONS") and request.endpoint not in _LOOKING:
        raise Problem(
            403,
            "Your token or session is read-only. It can read what you can read, but it can't change anything. To make "
            "changes, sign in with another one; the operator of ATOM creates it with `atom-shopify token create`.",
            code="READ_ONLY",
            reason="caller",
        )
    if scope is not None and scope not in principal.scopes:
        raise Problem(403, f"Only operators may do this: your token lacks the scope {scope}.", missing_scopes=[scope])
    return principal


def json_body() -> dict[str, Any]:
    """Return the request's JSON object.

    Raise `Problem` 415 for another type, 413 above 256 KiB, 400 for what is no object or no strict JSON.
    """
    if request.mimetype != "application/json" and not request.mimetype.endswith("+json"):
        raise Problem(415)
    # Read one byte past the limit: a chunked body carries no length that could be checked beforehand.
    raw = request.stream.read(BODY_LIMIT + 1)
    if len(raw) > BODY_LIMIT:
        raise Problem(413, f"The body is larger than {BODY_LIMIT // 1024} KiB, the maximum here.", limit=BODY_LIMIT)
    try:
        body = json.loads(raw.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_no_twins)
        json.dumps(body, ensure_ascii=False).encode("utf-8")  # a lone surrogate can't be stored or sent on
    except (ValueError, RecursionError):
        raise Problem(
            400,
            "The body must be one JSON object in UTF-8, with no duplicate names.",
            faults=[{"pointer": "", "code": "json"}],
        ) from None
    if not isinstance(body, dict):
        raise Problem.at("", "The body must be a JSON object, such as {}.", "type")
    return body


def form_field(name: str) -> str:
    """Return a field of a small form that a page of ours sent, empty where it has none; raise `Problem` 400."""
    try:
        form = parse_qs(request.stream.read(_LONGEST_FORM).decode("ascii", "replace"), max_num_fields=10)
    except ValueError:
        raise Problem(400, "The form has too many fields.") from None
    return form.get(name, [""])[0]


def _no_constant(_name: str) -> Any:
    raise ValueError("NaN and Infinity are not JSON")


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key appears twice")
    return result
