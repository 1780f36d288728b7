"""What the operator allows the host to send, and where to: the setting ``ATOM_HOST_OUTGOING``.

It holds JSON, or the path of a file with it::

    {"smtp": {"host": "smtp.example.com", "port": 465, "security": "tls", "username": "…", "password": "…",
              "from": "Shop <shop@example.com>"},
     "targets": {"default": {"type": "email", "to": ["ada@example.com"], "approvals": true},
                 "team": {"type": "slack", "url": "https://hooks.slack.com/…"},
                 "erp": {"type": "webhook", "url": "https://erp.example.com/atom", "headers": {…}, "secret": "…",
                         "people": ["ada"]}},
     "webhook_hosts": ["api.example.com"],
     "secrets": {"erp_key": {"value": "Bearer …", "hosts": ["api.example.com"], "people": ["ada"]}},
     "internal_hosts": ["10.0.0.5:8065"], "timeout_seconds": 10, "notices_per_hour": 120}
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from atom_shopify_plugin.host.outgoing.addresses import HOST, place_of
from atom_shopify_plugin.host.outgoing.failures import SendFailure
from atom_shopify_plugin.host.outgoing.wire import header_fault

__all__ = ["BadOutgoing", "Mail", "OutgoingConfig", "Secret", "Target", "read_outgoing"]

_LARGEST = 256 * 1024
_TEXT = {"type": "string", "minLength": 1, "maxLength": 1_000}
_NAME = {"pattern": r"^[A-Za-z0-9_.-]{1,64}\Z"}
_HOSTS = {"type": "array", "maxItems": 200, "items": {"type": "string", "pattern": rf"^{HOST}\Z"}}
_PEOPLE = {"type": "array", "maxItems": 1_000, "items": _TEXT}
_MEMBERS = {"type": {"enum": ["email", "slack", "webhook"]}, "people": _PEOPLE, "approvals": {"type": "boolean"}}
_KINDS = {
    "email": {"to": {"type": "array", "minItems": 1, "maxItems": 20, "items": _TEXT}},
    "slack": {"url": _TEXT},
    "webhook": {"url": _TEXT, "headers": {"type": "object", "maxProperties": 20, "additionalProperties": _TEXT},
                "secret": {"type": "string", "minLength": 24, "maxLength": 200}},
}  # fmt: skip
_NEEDS = {"email": "to", "slack": "url", "webhook": "url"}


def _closed(properties: Mapping[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


_SCHEMA = _closed(
    {
        "smtp": _closed(
            {
                "host": {"type": "string", "pattern": rf"^{HOST}\Z"},
                "port": {"type": "integer", "minimum": 1, "maximum": 65_535},
                "security": {"enum": ["tls", "starttls", "none"]},
                "username": _TEXT,
                "password": _TEXT,
                "from": _TEXT,
            },
            "host",
            "from",
        ),
        "targets": {
            "type": "object",
            "maxProperties": 200,
            "propertyNames": _NAME,
            "additionalProperties": {"type": "object", "required": ["type"], "properties": _MEMBERS},
        },
        "timeout_seconds": {"type": "number", "minimum": 0.2, "maximum": 30},
        "notices_per_hour": {"type": "integer", "minimum": 1, "maximum": 100_000},
        "webhook_hosts": _HOSTS,
        "internal_hosts": _HOSTS,
        "secrets": {
            "type": "object",
            "maxProperties": 200,
            "propertyNames": _NAME,
            "additionalProperties": _closed({"value": _TEXT, "hosts": {**_HOSTS, "minItems": 1}, "people": _PEOPLE},
                                            "value", "hosts"),
        },
    }
)  # fmt: skip


class BadOutgoing(ValueError):
    """The setting can't be used; the message says what is wrong and repeats no value of it."""


@dataclass(frozen=True, slots=True)
class _ForPeople:
    people: frozenset[str] | None

    def is_for(self, tenant: str, subject: str) -> bool:
        """Tell whether a person may use it. Somebody of another tenant than ``default`` is named tenant/subject."""
        return self.people is None or (subject if tenant == "default" else f"{tenant}/{subject}") in self.people


@dataclass(frozen=True, slots=True)
class Target(_ForPeople):
    """Somebody to tell things to; `url`, `headers` and `secret` may hold secrets and are left out of its repr."""

    name: str
    type: str
    approvals: bool = False
    to: tuple[str, ...] = field(default=(), repr=False)
    url: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Secret(_ForPeople):
    """What the headers of `webhook` steps may name, for some hosts only."""

    value: str = field(repr=False)
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mail:
    """The SMTP server."""

    host: str
    port: int
    security: str
    sender: str
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class OutgoingConfig:
    """What may be sent; by default nothing.

    `seconds` is how long one request or e-mail may take, `per_hour` how many notices a target gets from one process.
    """

    mail: Mail | None = None
    targets: Mapping[str, Target] = field(default_factory=dict)
    webhook_hosts: tuple[str, ...] = ()
    internal_hosts: tuple[str, ...] = ()
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    seconds: float = 10.0
    per_hour: int = 120


def read_outgoing(value: str) -> OutgoingConfig:
    """Return what the setting says; raise `BadOutgoing`."""
    if not value:
        return OutgoingConfig()
    text, where = value, "ATOM_HOST_OUTGOING"
    if not value.startswith("{"):
        where = f"The file {value}, which ATOM_HOST_OUTGOING names,"
        try:
            path = Path(value)
            if path.stat().st_size > _LARGEST:
                raise BadOutgoing(f"{where} is larger than {_LARGEST // 1024} KiB.")
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadOutgoing(f"{where} can't be read ({type(error).__name__}).") from None
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        raise BadOutgoing(f"{where} is not JSON.") from None
    faults = list(_faults(raw))
    if faults:
        raise BadOutgoing(f"{where} has faults: {'; '.join(faults[:10])}.")
    return _config(raw)


def _faults(raw: Any) -> Iterator[str]:
    from jsonschema import Draft202012Validator

    structure = [_told(error) for error in Draft202012Validator(_SCHEMA).iter_errors(raw)]
    yield from structure
    if structure:
        return
    for name, target in raw.get("targets", {}).items():
        kind, here = target["type"], f"targets.{name}"
        schema = _closed({**_MEMBERS, **_KINDS[kind]}, _NEEDS[kind])
        own = [_told(error, here) for error in Draft202012Validator(schema).iter_errors(target)]
        yield from own
        if not own:
            yield from _target_faults(here, target, raw)
    smtp = raw.get("smtp", {})
    if smtp and not _is_mail_address(smtp["from"], named=True):
        yield "smtp.from is no e-mail address"
    if ("username" in smtp) != ("password" in smtp):
        yield "smtp needs username and password, or neither"
    if "password" in smtp and smtp.get("security") == "none":
        yield "smtp.security none sends no password: leave username and password out, or use tls or starttls"
    for name, secret in raw.get("secrets", {}).items():
        if fault := header_fault("X", secret["value"]):
            yield f"secrets.{name}.value {fault}"


def _target_faults(here: str, target: Mapping[str, Any], raw: Mapping[str, Any]) -> Iterator[str]:
    if target["type"] == "email":
        if "smtp" not in raw:
            yield f"{here} needs smtp"
        yield from (f"{here}.to.{at} is no e-mail address" for at, one in enumerate(target["to"])
                    if not _is_mail_address(one))  # fmt: skip
        return
    try:
        place, _ = place_of(target["url"])
    except SendFailure:
        yield f"{here}.url is no plain https address"
        return
    if not place.tls and not place.among(raw.get("internal_hosts", ())):
        yield f"{here}.url must begin with https://, unless internal_hosts lists its host"
    for name, value in target.get("headers", {}).items():
        if fault := header_fault(name, value):
            yield f"{here}.headers.{name} {fault}"
    if "secret" in target:
        try:
            base64.b64decode(target["secret"].removeprefix("whsec_"), validate=True)
        except (binascii.Error, ValueError):
            yield f"{here}.secret must be Base64, with whsec_ before it or not"


def _told(error: Any, here: str = "") -> str:
    """Return a fault with its place, and without the value that is wrong."""
    path = ".".join(filter(None, [here, *map(str, error.absolute_path)])) or "the whole"
    match error.validator:
        case "required":
            missing = next((name for name in error.validator_value if name not in error.instance), "")
            return f"{path} needs {missing}"
        case "additionalProperties":
            unknown = sorted(set(error.instance) - set(error.schema["properties"]))
            return f"{path} has members that are not known: {', '.join(unknown)[:200]}"
        case "type":
            return f"{path} must be of type {error.validator_value}"
        case "enum":
            return f"{path} must be one of {', '.join(error.validator_value)}"
        case "pattern":
            return f"{path} must match {error.validator_value}" if error.schema is _NAME else f"{path} is no host"
        case _:
            return f"{path} breaks the rule {error.validator} {error.validator_value}"


def _is_mail_address(text: str, *, named: bool = False) -> bool:
    if not text.isprintable() or not text.isascii():
        return False
    address = parseaddr(text)[1] if named else text
    try:
        found = Address(addr_spec=address)
    except (ValueError, IndexError):
        return False
    return bool(found.username) and bool(found.domain)


def _people(raw: Mapping[str, Any]) -> frozenset[str] | None:
    return frozenset(raw["people"]) if "people" in raw else None


def _config(raw: Mapping[str, Any]) -> OutgoingConfig:
    smtp = raw.get("smtp")
    mail = None
    if smtp is not None:
        security = smtp.get("security", "tls")
        port = smtp.get("port", {"tls": 465, "starttls": 587, "none": 25}[security])
        mail = Mail(smtp["host"], port, security, smtp["from"], smtp.get("username", ""), smtp.get("password", ""))
    targets = {
        name: Target(
            _people(one), name, one["type"], one.get("approvals", False), tuple(one.get("to", ())), one.get("url", ""),
            one.get("headers", {}), one.get("secret", "").removeprefix("whsec_"),
        )
        for name, one in raw.get("targets", {}).items()
    }  # fmt: skip
    secrets = {
        name: Secret(_people(one), one["value"], tuple(map(str.lower, one["hosts"])))
        for name, one in raw.get("secrets", {}).items()
    }
    callable_, internal = (tuple(map(str.lower, raw.get(name, ()))) for name in ("webhook_hosts", "internal_hosts"))
    limits = raw.get("timeout_seconds", 10.0), raw.get("notices_per_hour", 120)
    return OutgoingConfig(mail, targets, callable_, internal, secrets, *limits)
