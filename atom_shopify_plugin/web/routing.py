"""The routes of all modules, each of them guarded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from flask import Blueprint
from flask.blueprints import BlueprintSetupState

from atom_shopify_plugin.hookspecs import Host
from atom_shopify_plugin.web.problems import guarded
from atom_shopify_plugin.web.rules import Identifier, LeanRule

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime

__all__ = ["Routes"]


class Routes:
    """Takes the routes of all modules and guards each view."""

    def __init__(self, runtime: Runtime, host: Host, blueprint: Blueprint) -> None:
        self.runtime = runtime
        self.host = host
        self._rules: list[tuple[str, str, list[str], Callable[..., Any]]] = []
        blueprint.record(self._register)

    def add(self, methods: str | Sequence[str], rule: str, name: str, view: Callable[..., Any]) -> None:
        """Serve `rule` by `view`; whatever it raises becomes the failure envelope."""
        names = [methods] if isinstance(methods, str) else list(methods)
        self._rules.append((rule, name, [*names, "OPTIONS"], guarded(view)))

    def _register(self, setup: BlueprintSetupState) -> None:
        """Do what `Blueprint.add_url_rule` does, with rules of our class."""
        app = setup.app
        app.url_map.converters["atom_shopify_id"] = Identifier
        for rule, name, methods, view in self._rules:
            endpoint = f"{setup.name_prefix}.{setup.name}.{name}".lstrip(".")
            if endpoint in app.view_functions:
                raise AssertionError(f"Two routes have the name {endpoint}.")
            prefix = (setup.url_prefix or "").rstrip("/")
            app.url_map.add(LeanRule(prefix + rule, endpoint=endpoint, methods=methods))
            app.view_functions[endpoint] = view
