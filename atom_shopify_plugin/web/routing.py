"""How addresses are matched: ids with slashes in them, and rules that cost little to register."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from flask import Blueprint
from flask.blueprints import BlueprintSetupState
from werkzeug.routing import BaseConverter, Rule

from atom_shopify_plugin.hookspecs import Host
from atom_shopify_plugin.web.problems import guarded

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime

__all__ = ["Identifier", "LeanRule", "Routes"]


class Identifier(BaseConverter):
    """A path segment, or a whole gid, whose slashes arrive plain even when the caller encoded them.

    A proxy that merges slashes turns ``gid://`` into ``gid:/``; both are understood.
    """

    part_isolating = False
    regex = r"(?:gid:/{1,2}shopify/[A-Za-z]+/)?[^/]+"

    def to_python(self, value: str) -> str:
        return value if "://" in value else value.replace("gid:/", "gid://", 1)


class LeanRule(Rule):
    """A rule that compiles its two URL builders when one is first asked for.

    Werkzeug compiles them at registration, which is nine tenths of the time that a rule costs; `url_for` is hardly
    ever called on ours.
    """

    provide_automatic_options = True  # Flask answers OPTIONS for such a rule

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., Any]:
        compile_now = super()._compile_builder
        built: list[Callable[..., Any]] = []

        def build(rule: LeanRule, /, *args: Any, **values: Any) -> Any:
            if not built:
                built.append(compile_now(append_unknown))
            return built[0](rule, *args, **values)

        return build


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
