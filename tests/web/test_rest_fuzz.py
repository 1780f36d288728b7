"""Whatever is sent, by whomever: an answer in one shape, never a 5xx of ours, and no store of somebody else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from webhost import PEOPLE, Caller, error_of

from atom_shopify_plugin.catalog.loading import packaged
from atom_shopify_plugin.catalog.model import Catalog
from atom_shopify_plugin.storage import Store

CATALOG: Catalog = packaged()
ACTIONS = [action for action in CATALOG.actions.values() if action.rest is not None]
ODD = st.sampled_from(
    (
        *("", " ", "0", "-1", "1e9", "NaN", "null", "true", "a" * 300, "\u202e", "e\u0301", "\ufeff", "\u0130", "٣"),
        *("' OR 1=1", '" OR tag:"', "{{7*7}}", "../..", "gid://shopify/Order/1", "\r\nX: 1", "<script>", "%s%n"),
        *("mug", "2026-13-45"),
    )
)
TEXTS = ODD | st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def requests(draw: Any) -> tuple[str, str, Any]:
    """Return a method, a path with its query, and a body: half right, half not."""
    action = draw(st.sampled_from(ACTIONS))
    method, path = action.rest or ("", "")
    path = re.sub(r"\{\w+\}", lambda _: quote(draw(TEXTS), safe="") or "1", path)
    names = st.sampled_from([*action.properties, "user_id", "shop", "preview", "confirm", "bogus"]) | TEXTS
    values = draw(st.dictionaries(names, VALUES, max_size=4))
    start = draw(st.sampled_from([{}, *action.examples]))
    if method in ("GET", "DELETE"):
        pairs = {**start, **values}
        query = "&".join(f"{quote(str(name))}={quote(str(value))}" for name, value in pairs.items())
        return method, f"/api/shopify{path}?{query}", None
    given = {name: value for name, value in start.items() if f"{{{name}}}" not in (action.rest or ("", ""))[1]}
    return method, f"/api/shopify{path}", {**given, **values}


@given(st.sampled_from([*PEOPLE, None]), requests())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_request_is_answered_in_one_shape(
    caller: Callable[[str | None], Caller], store: Store, who: str | None, sent: tuple[str, str, Any]
) -> None:
    method, path, body = sent
    options: dict[str, Any] = {}
    if body is not None:
        options = {"data": json.dumps(body).encode(), "headers": {"Content-Type": "application/json"}}
    response = caller(who).send(method, path, **options)
    assert response.status_code < 500, (method, path, body, response.data)
    if response.status_code >= 400:
        error_of(response)
    else:
        assert who is not None
        assert response.json is not None
        assert response.json["ok"] is True
        assert PEOPLE[who].subject in ("ada", "service")
        assert PEOPLE[who].tenant == "default"
