"""How addresses are matched: ids with slashes in them, and rules that cost little to register."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing import BaseConverter, Rule

__all__ = ["Identifier", "LeanRule"]


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
