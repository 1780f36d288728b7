"""One shape for every answer, good or bad, whoever made the error: ours, Flask's or nobody's.

Success is ``{ok, success, data, page, meta}``, failure ``{ok, success, error{code, message, details, request_id,
retryable}}``. `guarded` wraps each view and hook of the blueprint, so that a host's own error handlers never see, and
never reword, an error of ours.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from flask import Response
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as WerkzeugResponse

from atom_shopify_plugin.answers import failure as refused
from atom_shopify_plugin.errors import PluginError, unexpected
from atom_shopify_plugin.strictjson import encode
from atom_shopify_plugin.web.envelope import failed, headers_of, succeeded
from atom_shopify_plugin.web.state import state

__all__ = [
    "answer",
    "failure",
    "guarded",
    "http_failure",
    "json_response",
]

View = TypeVar("View", bound=Callable[..., Any])

_KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")


def json_response(body: Mapping[str, Any], status: int = 200) -> Response:
    """Return `body` as JSON, members in the order given."""
    return Response(encode(body), status, mimetype="application/json")


def answer(
    data: Any,
    *,
    page: Mapping[str, Any] | None = None,
    meta: Mapping[str, Any] | None = None,
    beside: Mapping[str, Any] | None = None,
    status: int = 200,
) -> Response:
    """Return the success envelope; `beside` adds top-level members that ATOM's clients read."""
    body = succeeded(data, state().request_id, page=page, meta=meta)
    return json_response({**(beside or {}), **body}, status)


def failure(error: PluginError, *, beside: Mapping[str, Any] | None = None) -> Response:
    """Return the failure envelope of `error`, with the headers that its status calls for."""
    here = state()
    here.error_code = error.code
    response = json_response({**(beside or {}), **failed(error, here.request_id)}, error.status)
    response.headers.update(headers_of(error))
    return response


def http_failure(error: HTTPException) -> Response:
    """Return Flask's or Werkzeug's own error (404, 405, 413 …) in our shape."""
    status = error.code or 500
    here = state()
    # In our words: Werkzeug's descriptions may repeat parts of the request.
    body = refused(status, here.request_id)
    here.error_code = body["error"]["code"]
    response = json_response(body, status)
    for name, value in error.get_headers():
        if name in _KEPT_HEADERS:
            response.headers[name] = value
    return response


def guarded(view: View) -> View:
    """Turn whatever `view` raises into the failure envelope."""

    @functools.wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> WerkzeugResponse | None:
        try:
            result: WerkzeugResponse | None = view(*args, **kwargs)
        except PluginError as error:
            return failure(error)
        except HTTPException as error:
            return http_failure(error)
        except Exception as error:  # noqa: BLE001  # the outermost boundary: a caller gets one shape and no internals
            return failure(unexpected(error, state().request_id))
        return result

    return wrapper  # type: ignore[return-value]  # same parameters, and always a response where the view gives one
