"""The blueprint for a host that wants to start quickly: all its addresses at once, what answers them when one is asked.

Its functions are those of `blueprint.build`, which is called for the first request below our prefixes. They run in the
request of the host's own application, as if they had been registered there.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, Response, jsonify, request
from flask.blueprints import BlueprintSetupState

from atom_shopify_plugin.answers import failure
from atom_shopify_plugin.web.rules import Identifier, LeanRule
from atom_shopify_plugin.web.state import is_ours

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["NAME", "late_blueprint"]

NAME = "atom_shopify_plugin"
"""The name of the blueprint, before the names of its routes."""
_LOG = logging.getLogger(__name__)

Route = tuple[str, str, "Sequence[str]"]


class _Late:
    """An application of its own that the blueprint was registered in, once somebody asks for it."""

    def __init__(self, build: Callable[[], Blueprint]) -> None:
        self._build = build
        self._lock = threading.Lock()
        self.app: Flask | None = None

    def get(self) -> Flask:
        """Return the application; raise what building raises, and build again for the next request."""
        with self._lock:
            if self.app is None:
                app = Flask(__name__, static_folder=None)
                app.register_blueprint(self._build())
                self.app = app
        return self.app


def late_blueprint(routes: Iterable[Route], build: Callable[[], Blueprint]) -> Blueprint:
    """Return a blueprint with `routes`; `build` returns the one that answers, and is called for the first request."""
    blueprint = Blueprint(NAME, __name__)
    late = _Late(build)

    @blueprint.before_app_request
    def enter() -> Any:
        if late.app is None and not is_ours(request.path) and request.blueprint != NAME:
            return None
        try:
            app = late.get()
        except Exception:  # noqa: BLE001  # the edge to the host: its request gets an answer, and the next tries again
            request_id = uuid.uuid4().hex
            _LOG.exception("request %s: the plugin could not be started", request_id)
            return _unavailable(request_id)
        return _first(app.before_request_funcs.get(None, ()))

    @blueprint.before_request
    def admit() -> Any:
        return _first(late.get().before_request_funcs.get(NAME, ()))

    @blueprint.after_app_request
    def leave(response: Response) -> Response:
        for function in reversed(_functions(late, "after_request_funcs")):
            response = function(response)
        return response

    @blueprint.teardown_app_request
    def done(error: BaseException | None) -> None:
        for function in reversed(_functions(late, "teardown_request_funcs")):
            function(error)

    def answer(endpoint: str, **values: Any) -> Any:
        return late.get().view_functions[endpoint](**values)

    def register(setup: BlueprintSetupState) -> None:
        app = setup.app
        app.url_map.converters["atom_shopify_id"] = Identifier
        for rule, name, methods in routes:
            endpoint = f"{NAME}.{name}"
            app.url_map.add(LeanRule(rule, endpoint=endpoint, methods=methods))
            app.view_functions[endpoint] = partial(answer, endpoint)

    blueprint.record(register)
    return blueprint


def _first(functions: Iterable[Callable[[], Any]]) -> Any:
    """Return the first answer that is one, as Flask does before a request."""
    for function in functions:
        answer = function()
        if answer is not None:
            return answer
    return None


def _functions(late: _Late, kind: str) -> list[Callable[..., Any]]:
    return [] if late.app is None else list(getattr(late.app, kind).get(None, ()))


def _unavailable(request_id: str) -> Response:
    """Answer where the plugin's own way to answer can't be loaded; the log says why, the caller may try again."""
    response = jsonify(failure(503, request_id, message="The plugin could not be started; the log says why."))
    response.status_code = 503
    response.headers["X-Request-Id"] = request_id
    return response
