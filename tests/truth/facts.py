"""What is known of Shopify's answers, as tables: a document, its variables, and the answer that Shopify gives.

A module lists its facts and ends with ``test_facts = each(FACTS)``. The same words serve for every domain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from atom_shopify_plugin.sandbox.pytest_plugin import ShopifySandbox

__all__ = ["Before", "Fact", "each", "user_error"]

SEEN = "seen on a live store"


@dataclass(frozen=True)
class Before:
    """A request that is sent before the one a fact is about. What stands at `path` in its data is called `name`.

    ``<name>`` stands for that value in later documents, variables and answers, ``<name#>`` for the number of an id. A
    path has names and indexes, with dots between: ``productCreate.product.variants.nodes.0.id``. `also` names more
    values, by name. `scopes` are the token's (default: the app's). `upload` is sent to the first staged target of the
    answer. Bulk operations that the request starts come to their end before the next one, unless they are held.
    """

    document: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    path: str = ""
    scopes: Sequence[str] | None = None
    upload: bytes | None = None
    also: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Fact:
    """One exchange with Shopify.

    `what` says in a few words what is shown. `data` and `errors` are compared as a whole where they are given; an error
    is compared in the members that are named. `cost` is the requested cost in points, `actual` the actual one, and
    `warnings` are those of ``extensions.search``. `scopes` are the token's (default: the app's). `control` are requests
    to the control API that come first, by route. `source` says how the fact is known: "seen on a live store", "official
    schema", "documentation", "inferred", or "ours" where nothing is known.
    """

    what: str
    document: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    before: Sequence[Before] = ()
    data: Any = ...
    errors: Sequence[Mapping[str, Any]] = ()
    cost: int | None = None
    actual: int | None = None
    warnings: Sequence[Mapping[str, Any]] | None = None
    scopes: Sequence[str] | None = None
    store: str | None = None
    control: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    source: str = SEEN

    def check(self, shopify: ShopifySandbox, scopes: Sequence[str] | None = None) -> None:
        """Send the requests and compare the last answer; `scopes` are those of facts that name none."""
        named: dict[str, Any] = {}
        usual = shopify.token(self.store, scopes)
        token = usual if self.scopes is None else shopify.token(self.store, self.scopes)
        for route, body in self.control.items():
            assert requests.post(f"{shopify.url}/__sandbox__/{route}", json=body, timeout=10).status_code == 200
        for step in self.before:
            held = usual if step.scopes is None else shopify.token(self.store, step.scopes)
            answer = self._send(shopify, held, step.document, step.variables, named)
            assert "errors" not in answer, (step.document, answer["errors"])
            if step.upload is not None:
                _upload(answer["data"]["stagedUploadsCreate"]["stagedTargets"][0], step.upload)
            assert shopify.sandbox.bulk.settle()
            places = {step.name: step.path, **step.also} if step.name else step.also
            named |= {name: _at(answer["data"], path) for name, path in places.items()}
        answer = self._send(shopify, token, self.document, self.variables, named)
        errors = answer.get("errors", [])
        assert len(errors) == len(self.errors), errors
        for error, expected in zip(errors, self.errors, strict=True):
            wanted = _filled(expected, named)
            assert {name: error.get(name) for name in wanted} == wanted
        if self.data is not ...:
            assert answer.get("data") == _filled(self.data, named)
        extensions = answer.get("extensions", {})
        if self.cost is not None:
            assert extensions["cost"]["requestedQueryCost"] == self.cost
        if self.actual is not None:
            assert extensions["cost"]["actualQueryCost"] == self.actual
        if self.warnings is not None:
            assert extensions.get("search", []) == list(self.warnings)

    def _send(
        self,
        shopify: ShopifySandbox,
        token: str | None,
        document: str,
        variables: Mapping[str, Any],
        named: Mapping[str, Any],
    ) -> dict[str, Any]:
        return shopify.graphql(_filled(document, named), _filled(variables, named), store=self.store, token=token)


def each(facts: Iterable[Fact], scopes: Sequence[str] | None = None) -> Callable[..., None]:
    """Return a test that checks each of the facts against a fresh sandbox.

    `scopes` are those of the token (default: the app's), also for the requests before a fact.
    """
    listed = list(facts)
    names = [fact.what for fact in listed]
    assert len(set(names)) == len(names), "two facts have the same name"

    @pytest.mark.parametrize("fact", listed, ids=names)
    def check(fact: Fact, shopify_sandbox: ShopifySandbox) -> None:
        fact.check(shopify_sandbox, scopes)

    return check


def user_error(message: str, *path: Any, code: str | None = None) -> dict[str, Any]:
    """Return a user error as it stands in data: ``{field, message}``, with `code` where one is given."""
    shown: dict[str, Any] = {"field": [str(step) for step in path] or None, "message": message}
    return shown if code is None else {**shown, "code": code}


def _upload(target: Mapping[str, Any], content: bytes) -> None:
    fields = {row["name"]: row["value"] for row in target["parameters"]}
    reply = requests.post(target["url"], data=fields, files={"file": ("upload", content)}, timeout=10)
    assert reply.status_code == 201, reply.text


def _at(data: Any, path: str) -> Any:
    for step in path.split("."):
        data = data[int(step) if isinstance(data, list) else step]
    return data


def _filled(value: Any, named: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        for name, known in named.items():
            if value == f"<{name}>":
                return known
            value = value.replace(f"<{name}>", str(known))
            value = value.replace(f"<{name}#>", str(known).rpartition("/")[2])
        return value
    if isinstance(value, Mapping):
        return {key: _filled(member, named) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(member, named) for member in value]
    return value
