"""Make pages from templates: text is escaped, and the headers let a page load nothing and send forms nowhere else."""

from __future__ import annotations

import base64
import hashlib
from functools import cached_property
from inspect import isroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["Pages", "headers"]

_SHARED = Path(__file__).parent / "templates"
_STYLE = (_SHARED / "style.css").read_text("utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()


def headers(*, form_targets: str = "") -> dict[str, str]:
    """Return the headers of a page; `form_targets` are further addresses that its forms may lead to (CSP sources)."""
    return {
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self' {form_targets}".rstrip()
            + "; base-uri 'none'; frame-ancestors 'none'"
        ),
        # Without any referrer, a browser would send `Origin: null` with our own forms.
        "Referrer-Policy": "same-origin",
    }


def _value(value: Any) -> Any:
    """Return what is to be shown; raise `TypeError` for a method, which stands where a dict's member was meant."""
    if isroutine(value):
        raise TypeError(f"A template shows the method {value.__name__!r}.")
    return value


class Pages:
    """The templates of a folder, in the frame ``base.html`` that all pages share.

    Its blocks are ``title`` and ``main``; it shows ``person`` (a name, or None), ``links``, a list of
    ``{label, href, current}``, and a button that signs out, where ``signout`` names the address for it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def _environment(self) -> Environment:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        return Environment(
            loader=FileSystemLoader([self._folder, _SHARED]),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_value,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def render(self, template: str, **values: Any) -> str:
        """Return the page that `template` makes of `values`."""
        from markupsafe import Markup

        style = Markup(_STYLE)  # noqa: S704  # our own file
        return self._environment.get_template(template).render(**{"style": style, "signout": "", **values})
