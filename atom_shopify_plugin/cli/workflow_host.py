"""What the commands about workflows share: the host's own storage, and definitions and objects from the shell."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from atom_shopify_plugin.cli.common import Failed, environment, host_environ, operator
from atom_shopify_plugin.settings import Settings

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.host.workflows import Workflows

__all__ = ["opened", "read_file", "read_object", "variable"]


@contextmanager
def opened() -> Iterator[tuple[Workflows, Principal]]:
    """Give the host's workflows with all plugins loaded, and who is acting."""
    from atom_shopify_plugin.host.app import create_app
    from atom_shopify_plugin.host.config import HostMisconfigured
    from atom_shopify_plugin.host.quotas import OverQuota
    from atom_shopify_plugin.host.workflows import InvalidDefinition, NotThere, NotYet

    environ = environment()
    settings = Settings.from_environ(environ)
    try:
        host = create_app(host_environ(environ, settings)).extensions["atom_host"]
    except HostMisconfigured as error:
        raise Failed(str(error)) from None
    try:
        yield host.workflows, operator(settings)
    except InvalidDefinition as error:
        fault = {"code": "VALIDATION_ERROR", "message": error.summary, "details": {"faults": error.listed}}
        raise Failed(f"The definition has errors: {error}", {**fault, "retryable": False}) from None
    except NotThere as error:
        raise Failed(str(error.args[0]), {"code": "NOT_FOUND", "message": error.args[0], "retryable": False}) from None
    except (NotYet, OverQuota) as error:
        again = isinstance(error, OverQuota) and error.status == 429
        raise Failed(str(error), {"code": "CONFLICT", "message": str(error), "retryable": again}) from None
    finally:
        host.close()


def variable(text: str) -> tuple[str, Any]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise click.BadParameter(f"{text} is not NAME=VALUE", param_hint="--set")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def read_file(name: str) -> dict[str, Any]:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Failed(f"{name} can't be read: {error}") from None
    return _parsed(text, "FILE")


def read_object(source: str, option: str) -> dict[str, Any]:
    if source.startswith("@"):
        return read_file(source[1:])
    return _parsed(source, option)


def _parsed(text: str, where: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise click.BadParameter(f"that is not JSON: {error}", param_hint=where) from None
    if not isinstance(value, dict):
        raise click.BadParameter("it must be a JSON object", param_hint=where)
    return value
