"""The part of the host's OpenAPI document that is about pages for people and their sessions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from atom_shopify_plugin.apidoc import FLAG, MOMENT, TEXT, Answer, Route, nullable, object_of, one_of, query
from atom_shopify_plugin.host.openapi_shapes import good

__all__ = ["people_routes"]

_EVERYBODY: tuple[Mapping[str, Any], ...] = ()
_MAYBE: tuple[Mapping[str, Any], ...] = ({}, {"bearer": []})
_PAGE = {"text/html": {"type": "string"}}
_NOBODY = Answer(401, "Nobody is signed in, says the page.", _PAGE)
_BEGUN = (
    Answer(303, "The session has begun.", _PAGE, ("Location",)),
    Answer(400, "The link no longer works, says the page.", _PAGE),
)


def people_routes() -> Iterator[Route]:
    """Yield the routes of pages, and those that begin, show and end a session."""
    yield from _dashboard()
    yield from _server_pages()
    yield from _sessions()


def _dashboard() -> Iterator[Route]:
    same = Answer(304, "The browser has it already.")
    yield Route(
        "GET", "/", "home", "The dashboard, where it is built, else the start page", "people",
        (Answer(200, "The page.", _PAGE), same, _NOBODY), parameters=(query("notice", TEXT),), security=_MAYBE,
    )  # fmt: skip
    gone = Answer(404, "There is no dashboard, says the page.", _PAGE)
    for path, name in (("/app", "dashboard"), ("/app/{path}", "dashboard_page")):
        yield Route(
            "GET", path, name, "The dashboard at one of its addresses", "people",
            (Answer(200, "The page.", _PAGE), same, _NOBODY, gone),
        )  # fmt: skip
    for path, name in (("/assets/{path}", "dashboard_file"), ("/icon.svg", "dashboard_icon")):
        yield Route(
            "GET", path, name, "A file that the dashboard loads; the same for everybody", "people",
            (Answer(200, "The file.", {"*/*": {}}), same), security=_EVERYBODY,
        )  # fmt: skip


def _server_pages() -> Iterator[Route]:
    yield Route(
        "GET", "/pages", "start_page", "The start page: services, questions, workflows and runs", "people",
        (Answer(200, "The page.", _PAGE), _NOBODY), parameters=(query("notice", TEXT),),
    )  # fmt: skip
    yield Route(
        "GET", "/workflows/{workflow_id}", "workflow_page", "A page about one workflow: why it ran, or not", "people",
        (Answer(200, "The page.", _PAGE), Answer(404, "There is no such workflow, says the page.", _PAGE)),
    )  # fmt: skip
    yield Route(
        "POST", "/approvals/{approval_id}", "approval_answer", "Answer a question; from the host's own page only",
        "people",
        (
            Answer(303, "It is answered.", _PAGE, ("Location",)),
            Answer(404, "There is no such question, says the page.", _PAGE),
            Answer(409, "It was answered before, says the page.", _PAGE),
        ),
        body=object_of({"answer": one_of("approve", "decline")}, more=True),
        media=("application/x-www-form-urlencoded",),
    )  # fmt: skip


def _sessions() -> Iterator[Route]:
    yield Route(
        "GET", "/api/session", "session", "Who is signed in, and until when", "people",
        (
            good(
                subject=TEXT, read_only=FLAG, operator=FLAG, expires_at=nullable(MOMENT), sign_out=nullable(TEXT),
            ),
        ),
    )  # fmt: skip
    yield Route(
        "GET", "/signin", "signin", "Begin a session by a link that works once, or ask whether to", "people",
        (
            Answer(200, "The page that asks, where somebody is signed in or another page opened the link.", _PAGE),
            *_BEGUN,
        ),
        parameters=(query("token", TEXT),), security=_EVERYBODY,
    )  # fmt: skip
    yield Route(
        "POST", "/signin", "signin_confirm", "The same after a yes; from the host's own page only", "people",
        _BEGUN, body=object_of({}, {"token": TEXT}, more=True), media=("application/x-www-form-urlencoded",),
        security=_EVERYBODY,
    )  # fmt: skip
    yield Route(
        "POST", "/signout", "signout", "End the session; from the host's own page only", "people",
        (Answer(303, "The session has ended.", _PAGE, ("Location",)),), security=_EVERYBODY,
    )  # fmt: skip
