"""`atom-shopify doctor`: look at everything that has to be right, and say what to do where it is not."""

# ruff: noqa: D301  # click wants the character \b before lines that it shall not re-wrap
from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import click

from atom_shopify_plugin.cli.common import as_json, environment, host_environ, operator, print_json, say
from atom_shopify_plugin.errors import PluginError
from atom_shopify_plugin.settings import Settings

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime

__all__ = ["doctor"]

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, how it is, and what to do about it."""

    name: str
    state: Literal["ok", "warn", "fail"]
    detail: str
    remedy: str = ""


@click.command()
@as_json
def doctor(as_json: bool) -> None:
    """Check settings, database, keys, Shopify and your stores; say what to do where something is wrong.

    A line is ok, warn (works, but look at it) or fail. Exit code 1 if any line is fail. Nothing is changed, save for
    the key ring that is made in the data folder when there is none.

    \b
    Example:
      atom-shopify doctor --json
    """
    findings = []
    for finding in _look():
        findings.append(finding)
        if not as_json:
            state = click.style(f"{finding.state:<4}", fg=_COLOURS[finding.state])
            say(f"{state}  {finding.name}: {finding.detail}")
            if finding.remedy:
                say(f"      → {finding.remedy}")
    failed = any(finding.state == "fail" for finding in findings)
    if as_json:
        print_json({"ok": not failed, "findings": [asdict(finding) for finding in findings]})
    if failed:
        raise click.exceptions.Exit(1)


def _look() -> Iterator[Finding]:
    environ = environment()
    try:
        settings = Settings.from_environ(environ)
    except PluginError as error:
        yield Finding("settings", "fail", error.message, "Correct the setting and start again.")
        return
    yield Finding("settings", "ok", f"public address {settings.public_url}, API version {settings.api_version}")
    yield _host(environ, settings)
    from atom_shopify_plugin.runtime import Runtime

    runtime = Runtime(settings)
    try:
        trouble = False
        for finding in (_keys(runtime), _database(runtime)):
            trouble = trouble or finding.state == "fail"
            yield finding
        yield _endpoint(settings)
        if not trouble:
            yield from _health(runtime)
            yield from _stores(runtime)
    finally:
        runtime.close()


def _host(environ: Mapping[str, str], settings: Settings) -> Finding:
    from atom_shopify_plugin.host.config import HostConfig, HostMisconfigured

    try:
        config = HostConfig.from_environ(host_environ(environ, settings))
    except HostMisconfigured as error:
        return Finding("host", "fail", str(error), "Correct the setting and start again.")
    tokens = "its own tokens and ATOM's JSON Web Tokens" if config.jwt_secret else "its own tokens"
    return Finding("host", "ok", f"data in {config.data_dir}, accepts {tokens}")


def _keys(runtime: Runtime) -> Finding:
    try:
        ring = runtime.storage.keys
        fine = ring.decrypt(ring.encrypt(b"probe", "doctor"), "doctor") == b"probe"
    except PluginError as error:
        return Finding(
            "keys", "fail", error.message, "Restore the key ring from a backup; never make a new one over it."
        )
    if not fine:
        return Finding("keys", "fail", "What was encrypted does not come back the same.", "Report this as a bug.")
    return Finding("keys", "ok", f"encryption works, with key {ring.first_id}")


def _database(runtime: Runtime) -> Finding:
    from atom_shopify_plugin.storage.database.engine import DatabaseAway  # heavy: not for --help

    try:
        current, head = runtime.storage.current(), runtime.storage.head()
        if current != head:
            detail = f"at revision {current or 'none'}, this version wants {head}"
            return Finding("database", "fail", detail, "Run `atom-shopify db upgrade`.")
        seconds = runtime.storage.ping()
    except PluginError as error:
        reason = f" ({error.reason})" if isinstance(error, DatabaseAway) and error.reason else ""
        remedy = "Check ATOM_SHOPIFY_DATABASE_URL, and that the database can be reached and written to."
        return Finding("database", "fail", f"{error.message}{reason}", remedy)
    return Finding("database", "ok", f"answers in {seconds * 1000:.1f} ms, at revision {current}")


def _endpoint(settings: Settings) -> Finding:
    if not settings.endpoint:
        return Finding("endpoint", "ok", "each store is reached at its own myshopify.com address")
    parts = urlsplit(settings.endpoint)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=2):
            pass
    except OSError:
        detail = f"nothing answers at {settings.endpoint}"
        return Finding(
            "endpoint", "fail", detail, "Start `atom-shopify sandbox`, or unset ATOM_SHOPIFY_ENDPOINT for the real one."
        )
    return Finding("endpoint", "warn", f"all calls go to the sandbox at {settings.endpoint}", "Fine for trying out.")


_REMEDIES = {
    "credentials": "Set SHOPIFY_API_KEY and SHOPIFY_API_SECRET to connect stores by Shopify's own page.",
    "version": "Set SHOPIFY_API_VERSION to a newer version.",
    "tokens": "Connect those stores again: `atom-shopify stores list` names them.",
}


def _health(runtime: Runtime) -> Iterator[Finding]:
    for name, reporter in runtime.health.reporters().items():
        if name not in _REMEDIES:
            continue  # the rest is about calls that a process has made, and this one has made none
        check = reporter()
        if check.status == "ok":
            yield Finding(name, "ok", check.detail)
        else:
            yield Finding(name, "fail" if check.status == "down" else "warn", check.detail, _REMEDIES[name])


def _stores(runtime: Runtime) -> Iterator[Finding]:
    person = operator(runtime.settings)
    stores = runtime.storage.memberships.stores(person)
    if not stores:
        yield Finding(
            "stores",
            "warn",
            f"{person.subject} has no store",
            f"Connect one at {runtime.stores.connect_url()} or by `stores connect`.",
        )
    for store in stores:
        name, again = f"store {store.shop}", runtime.stores.connect_url(store.shop)
        if store.state != "active":
            yield Finding(name, "fail", f"is {store.state}", f"Connect it again: {again}")
            continue
        try:
            found = runtime.health.connection(person, str(store.shop))
        except PluginError as error:
            yield Finding(name, "fail", error.message, f"Connect it again if that goes on: {again}")
            continue
        seconds = float(found["api_response_time"])
        missing = sorted(runtime.settings.scopes - store.granted_scopes)
        if missing:
            yield Finding(
                name,
                "warn",
                f"answers in {seconds * 1000:.0f} ms, but did not grant {', '.join(missing)}",
                f"Ask again: {again}",
            )
        else:
            yield Finding(name, "ok", f"answers in {seconds * 1000:.0f} ms, all scopes are granted")
    if stores:
        yield _served(runtime)


def _served(runtime: Runtime) -> Finding:
    asked, served = runtime.settings.api_version, runtime.client.served_version
    if served is not None and served != asked:
        return Finding("served version", "warn", f"{asked} is asked for, {served} is served", _REMEDIES["version"])
    return Finding("served version", "ok", f"Shopify serves {served or asked}")
