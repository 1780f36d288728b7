"""`atom-shopify doctor`: look at everything that has to be right, and say what to do where it is not."""

# ruff: noqa: D301  # click wants the character \b before lines that it shall not re-wrap
from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from difflib import get_close_matches
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from atom_shopify_plugin.cli.common import as_json, environment, host_environ, operator, print_json, say
from atom_shopify_plugin.cli.findings import Finding, adapter_findings, outgoing_findings
from atom_shopify_plugin.errors import PluginError
from atom_shopify_plugin.settings import LOOPBACK, SETTINGS, Settings

if TYPE_CHECKING:
    from atom_shopify_plugin.host.config import HostConfig
    from atom_shopify_plugin.runtime import Runtime

__all__ = ["doctor"]

_PREFIXES = ("ATOM_SHOPIFY_", "ATOM_HOST_", "SHOPIFY_")
_OF_TOOLS = ("SHOPIFY_CLI_", "SHOPIFY_FLAG_")  # Shopify's own command line reads these
_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command()
@as_json
def doctor(as_json: bool) -> None:
    """Check settings, database, keys, Shopify and your stores, and suggest a fix for each problem.

    Each line is ok, warn (it works, but check it) or fail. The exit code is 1 if any line is fail. The command
    changes nothing, except that it creates an encryption key if there is none.

    \b
    Example:
      atom-shopify doctor --json
    """
    findings = []
    for finding in _look():
        findings.append(finding)
        if not as_json:
            say(f"{finding.state:<4}", nl=False, colour=_COLOURS[finding.state])
            say(f"  {finding.name}: {finding.detail}")
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
    yield _credentials(settings)
    yield from _names(environ)
    yield Finding("settings", "ok", f"public address {settings.public_url}, API version {settings.api_version}")
    yield from _addresses(settings)
    yield from _host(environ, settings)
    from atom_shopify_plugin.runtime import Runtime

    runtime = Runtime(settings)
    try:
        yield from _scopes(runtime)
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


def _credentials(settings: Settings) -> Finding:
    missing = [
        name
        for name, value in (("SHOPIFY_API_KEY", settings.api_key), ("SHOPIFY_API_SECRET", settings.api_secret))
        if not value
    ]
    if not missing:
        return Finding("credentials", "ok", f"the app's client id is {settings.api_key}, its secret is set")
    if len(missing) == 1:
        return Finding(
            "credentials", "fail", f"{missing[0]} is not set, but its counterpart is", f"Set {missing[0]}, too."
        )
    return Finding(
        "credentials",
        "warn",
        "SHOPIFY_API_KEY and SHOPIFY_API_SECRET are not set",
        "Set both to connect stores through Shopify's own page. Without them a store is connected by a token of an app "
        "of its own: `atom-shopify stores connect SHOP --token`.",
    )


def _names(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Find settings that nobody reads: mostly a typing error."""
    from atom_shopify_plugin.host.config import HOST_SETTINGS

    known = {name for setting in SETTINGS for name in (setting.name, *setting.aliases)} | HOST_SETTINGS.keys()
    for name in sorted(environ):
        if name.startswith(_PREFIXES) and name not in known and not name.startswith(_OF_TOOLS):
            near = get_close_matches(name, known, 1, 0.6)
            remedy = f"Did you mean {near[0]}?" if near else "Remove it. docs/reference/settings.md lists all settings."
            yield Finding("unknown setting", "warn", f"{name} is not a setting and has no effect", remedy)


def _addresses(settings: Settings) -> Iterator[Finding]:
    """Find addresses that are well formed and can't work."""
    if settings.endpoint:
        return  # the sandbox takes any address
    public = urlsplit(settings.public_url)
    local = public.hostname in LOOPBACK
    if local:
        yield Finding(
            "public address",
            "warn",
            f"{settings.public_url} can only be reached from this machine",
            "Set ATOM_SHOPIFY_PUBLIC_URL to the https address of this host, so that Shopify can deliver webhooks.",
        )
    elif public.scheme != "https":
        yield Finding(
            "public address",
            "fail",
            f"{settings.public_url} is not https; Shopify redirects and delivers to https addresses only",
            "Serve the host over https and set ATOM_SHOPIFY_PUBLIC_URL to that address.",
        )
    redirect = urlsplit(settings.redirect_uri)
    if not redirect.hostname or redirect.scheme not in ("http", "https"):
        yield Finding(
            "redirect address",
            "fail",
            f"SHOPIFY_REDIRECT_URI is {settings.redirect_uri!r}",
            "Set it to an https address.",
        )
    elif redirect.hostname != public.hostname:
        yield Finding(
            "redirect address",
            "warn",
            f"merchants are sent back to {redirect.hostname}, but sign in at {public.hostname}",
            "Unset SHOPIFY_REDIRECT_URI, or make both the same host: the sign-in cookie belongs to one of them.",
        )


def _scopes(runtime: Runtime) -> Iterator[Finding]:
    from atom_shopify_plugin.shopify.scopes import expand_scopes
    from atom_shopify_plugin.shopify.topics import TOPICS

    asked = runtime.settings.scopes
    used = {scope for action in runtime.catalog.actions.values() for group in action.scopes for scope in group}
    used |= {scope for topic in TOPICS.values() for scope in topic.scopes}
    readable = expand_scopes(used)
    for scope in sorted(asked):
        if scope in readable or scope.replace("write_", "read_", 1) in readable:
            continue
        near = get_close_matches(scope, readable | {name.replace("read_", "write_", 1) for name in readable}, 1, 0.8)
        remedy = f"Did you mean {near[0]}?" if near else "Remove it from SHOPIFY_SCOPES, unless you need it elsewhere."
        yield Finding("scope", "warn", f"{scope} is a scope that no action or topic needs", remedy)
    if not asked:
        yield Finding("scope", "fail", "SHOPIFY_SCOPES is empty", "Unset it to ask for what all actions need.")


def _host(environ: Mapping[str, str], settings: Settings) -> Iterator[Finding]:
    from atom_shopify_plugin.host.config import HostConfig, HostMisconfigured

    try:
        config = HostConfig.from_environ(host_environ(environ, settings))
    except HostMisconfigured as error:
        yield Finding("host", "fail", str(error), "Correct the setting and start again.")
        return
    tokens = "its own tokens and ATOM's JSON Web Tokens" if config.jwt_secret else "its own tokens"
    yield Finding("host", "ok", f"data in {config.data_dir}, accepts {tokens}")
    yield from outgoing_findings(config.outgoing, environ.get("ATOM_HOST_OUTGOING", "").strip())
    yield from adapter_findings(config.data_dir)
    yield from _workflows(config)


def _workflows(config: HostConfig) -> Iterator[Finding]:
    """Tell how the host's workflows are, where it has any."""
    import sqlite3

    from atom_shopify_plugin.host.store import HostStore
    from atom_shopify_plugin.host.workflows import figures

    store = HostStore(config.data_dir)
    if not store.path.exists():
        return  # no host has run here yet, and none is begun by looking
    try:
        check = figures.check(store, config.failures)
    except sqlite3.Error as error:
        reason = getattr(error, "sqlite_errorname", "") or "it can't be opened, or is busy"
        yield Finding(
            "workflows",
            "fail",
            f"{store.path} can't be read ({reason})",
            "Restore the file, or close what holds it open.",
        )
        return
    finally:
        store.close()
    late = max(check.data["late_seconds"], check.data["ticks_late_seconds"]) > figures.LATE
    remedy = "Start the host, or check its log to see why no worker picks them up." if late else ""
    yield Finding("workflows", "ok" if check.status == "ok" else "warn", check.detail, remedy)


def _keys(runtime: Runtime) -> Finding:
    try:
        ring = runtime.storage.keys
        fine = ring.decrypt(ring.encrypt(b"probe", "doctor"), "doctor") == b"probe"
    except PluginError as error:
        return Finding(
            "keys", "fail", error.message, "Restore the key ring from a backup; never make a new one over it."
        )
    if not fine:
        return Finding("keys", "fail", "Encrypted data does not decrypt to the same value.", "Report this as a bug.")
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
    return Finding(
        "endpoint", "warn", f"all calls go to the sandbox at {settings.endpoint}", "This is fine for trying things out."
    )


_REMEDIES = {
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
            f"Connect one at {runtime.stores.connect_url()}."
            if runtime.settings.has_app
            else "Connect one: `atom-shopify stores connect SHOP --token`.",
        )
    for store in stores:
        name, again = f"store {store.shop}", runtime.stores.connect_url(store.shop)
        if store.state != "active":
            yield Finding(name, "fail", f"is {store.state}", f"Connect it again: {again}")
            continue
        try:
            found = runtime.health.connection(person, str(store.shop))
        except PluginError as error:
            yield Finding(name, "fail", error.message, f"If this continues, connect it again: {again}")
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
