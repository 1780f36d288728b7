"""The only reader of the environment.

`SETTINGS` is the one table of names; the configuration table of the documentation is made from it.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from atom_shopify_plugin.errors import Misconfigured

__all__ = ["DEFAULT_API_VERSION", "SETTINGS", "Secret", "Setting", "Settings"]

DEFAULT_API_VERSION = "2026-10"
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_LEDGERS = ("auto", "memory", "database", "redis")
_BROKERS = {"redis", "rediss", "redis+socket", "amqp", "amqps", "pyamqp", "sentinel"}
DEFAULT_SCOPES = (
    "read_products,write_products,read_orders,write_orders,read_customers,write_customers,"
    "read_inventory,write_inventory,read_locations,read_publications,write_publications,"
    "read_metaobjects,write_metaobjects,"
    "read_fulfillments,read_assigned_fulfillment_orders,"
    "read_merchant_managed_fulfillment_orders,write_merchant_managed_fulfillment_orders,"
    "read_draft_orders,write_draft_orders,read_order_edits,write_order_edits,read_returns,write_returns,"
    "read_discounts,write_discounts,read_files,write_files,read_reports"
)


class Secret:
    """A text that shows itself to nobody: `***` in every repr, neither picklable nor JSON-able.

    `reveal()` is the only way to the value, so a search for it lists every place that uses a secret.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return "***"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, _other: object) -> NoReturn:
        raise TypeError("Compare secrets with hmac.compare_digest on their bytes.")

    __hash__ = None  # type: ignore[assignment]  # not hashable on purpose

    def __reduce__(self) -> NoReturn:
        raise TypeError("A Secret can't be pickled.")


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the configuration table: a name, the names accepted beside it, its default and what it does."""

    name: str
    about: str
    default: str = ""
    aliases: tuple[str, ...] = ()


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "SHOPIFY_API_KEY",
        "Client id of your Shopify app.",
        aliases=("SHOPIFY_CLIENT_ID", "SHOPIFY_APP_CLIENT_ID"),
    ),
    Setting(
        "SHOPIFY_API_SECRET",
        "Client secret of your Shopify app.",
        aliases=("SHOPIFY_CLIENT_SECRET", "SHOPIFY_APP_CLIENT_SECRET"),
    ),
    Setting("SHOPIFY_API_SECRET_PREVIOUS", "The previous client secret. Signatures made with it are still accepted."),
    Setting("SHOPIFY_API_VERSION", "Admin API version.", DEFAULT_API_VERSION),
    Setting(
        "SHOPIFY_REDIRECT_URI",
        "Address that Shopify redirects a merchant to; the app must list it. "
        "Default: ATOM_SHOPIFY_PUBLIC_URL + /api/auth/shopify/callback.",
    ),
    Setting("SHOPIFY_SCOPES", "Scopes to ask for, separated by commas.", DEFAULT_SCOPES, ("SHOPIFY_APP_SCOPES",)),
    Setting(
        "ATOM_SHOPIFY_PUBLIC_URL",
        "Address of this host as a browser reaches it.",
        "http://127.0.0.1:5058",
        ("ATOM_PUBLIC_URL",),
    ),
    Setting("ATOM_SHOPIFY_DATA_DIR", "Folder of the SQLite database and of the generated key ring.", "./data"),
    Setting(
        "ATOM_SHOPIFY_DATABASE_URL",
        "SQLAlchemy URL: sqlite:///… or postgresql+psycopg://…. Default: a SQLite file in the data folder.",
    ),
    Setting(
        "ATOM_SHOPIFY_ENCRYPTION_KEYS",
        "Key ring `id:base64,id:base64` of 32-byte keys; the first one encrypts. Required with PostgreSQL. With "
        "SQLite, the default is a ring generated in the data folder.",
    ),
    Setting(
        "ATOM_SHOPIFY_ENDPOINT",
        "Sends all Shopify traffic to this loopback address (the sandbox). Other addresses are refused.",
    ),
    Setting("ATOM_SHOPIFY_TIMEOUT", "Time limit of one call to Shopify in seconds, including retries and waits.", "30"),
    Setting(
        "ATOM_SHOPIFY_THROTTLE_LEDGER",
        "How processes share Shopify's rate limit: through `redis` (the server in ATOM_SHOPIFY_CELERY_BROKER_URL or "
        "ATOM_SHOPIFY_RATE_LIMIT_STORAGE), the `database`, or not at all (`memory`). `auto` uses Redis if one of these "
        "settings names a server, or else the database if several processes are likely (PostgreSQL, "
        "`serve --workers`, `worker`).",
        "auto",
    ),
    Setting(
        "ATOM_SHOPIFY_SYNC",
        "1 copies each store into tables of the database when it is connected. With 0, a store is copied when somebody "
        "asks for it (`atom-shopify sync`). Either way, the copy is then kept up to date.",
        "0",
    ),
    Setting("ATOM_SHOPIFY_RATE_LIMIT", "Requests per person to the plugin's REST routes.", "600 per minute"),
    Setting(
        "ATOM_SHOPIFY_RATE_LIMIT_STORAGE",
        "Storage of the rate limiter (a `limits` URL). By default, each process counts separately.",
        "memory://",
    ),
    Setting(
        "ATOM_SHOPIFY_HISTORY_MB",
        "Limit in MiB for the contents of each store's finished deliveries and events, and of each person's audit "
        "entries. Above it the oldest contents are deleted; their rows stay.",
        "256",
    ),
    Setting(
        "ATOM_SHOPIFY_WORKER_THREADS",
        "Threads per process for webhooks and other jobs. 0: only `atom-shopify worker` processes them.",
        "4",
    ),
    Setting("ATOM_SHOPIFY_JOB_LEASE", "Seconds after which another worker takes over the job of a dead one.", "30"),
    Setting(
        "ATOM_SHOPIFY_CELERY_BROKER_URL",
        "Redis-compatible or AMQP broker. If set, Celery wakes `atom-shopify worker` processes for jobs.",
    ),
    Setting(
        "ATOM_SHOPIFY_METRICS_BY_STORE",
        "1 adds the label `shop` to the metrics of actions and of calls to Shopify. Whoever reads the metrics then "
        "sees the names of all stores, and each store has its own series.",
        "0",
    ),
    Setting(
        "ATOM_SHOPIFY_LIVE_HEARTBEAT",
        "Seconds between heartbeats in a stream of live events. The timeout of a proxy in front must be longer.",
        "15",
    ),
    Setting("ATOM_SHOPIFY_LIVE_STREAMS", "Maximum number of live event streams that a process keeps open.", "2000"),
    Setting("ATOM_SHOPIFY_OPERATOR_SUBJECT", "Person who acts on the command line, or if the host passes no identity."),
)
_BY_NAME = {setting.name: setting for setting in SETTINGS}


def _read(environ: Mapping[str, str], name: str) -> str:
    setting = _BY_NAME[name]
    for key in (setting.name, *setting.aliases):
        value = environ.get(key, "").strip()
        if value:
            return value
    return setting.default


def _refuse(name: str, why: str) -> NoReturn:
    raise Misconfigured(f"{name} {why}", details={"setting": name})


def _endpoint(value: str) -> str | None:
    if not value:
        return None
    parts = urlsplit(value)
    try:
        port = parts.port
    except ValueError:
        port = None
    if parts.scheme != "http" or parts.hostname not in LOOPBACK or port is None or parts.path not in ("", "/"):
        _refuse("ATOM_SHOPIFY_ENDPOINT", "must be http://127.0.0.1:PORT: it is for a sandbox on this machine only.")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"http://{host}:{port}"


def _public_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        _refuse(
            "ATOM_SHOPIFY_PUBLIC_URL", "must be an http(s) address without query, such as https://atom.example.com."
        )
    return value.rstrip("/")


def _key_ring(value: str) -> tuple[tuple[str, Secret], ...]:
    ring: list[tuple[str, Secret]] = []
    for part in filter(None, (piece.strip() for piece in value.split(","))):
        key_id, _, text = part.partition(":")
        try:
            raw = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", key_id) or len(raw) != 32:
            _refuse("ATOM_SHOPIFY_ENCRYPTION_KEYS", "must be id:base64 of 32 bytes; see `atom-shopify keys generate`.")
        ring.append((key_id, Secret(text)))
    if len({key_id for key_id, _ in ring}) != len(ring):
        _refuse("ATOM_SHOPIFY_ENCRYPTION_KEYS", "names a key id twice.")
    return tuple(ring)


def _number(environ: Mapping[str, str], name: str, low: int, high: int) -> float:
    text = _read(environ, name)
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        _refuse(name, f"must be a number between {low} and {high}.")
    return value


def _switch(environ: Mapping[str, str], name: str) -> bool:
    text = _read(environ, name)
    if text not in ("0", "1"):
        _refuse(name, "must be 0 or 1.")
    return text == "1"


def _ledger(value: str) -> str:
    if value not in _LEDGERS:
        _refuse("ATOM_SHOPIFY_THROTTLE_LEDGER", f"must be one of {', '.join(_LEDGERS)}.")
    return value


def _broker(value: str) -> Secret:
    if value and urlsplit(value).scheme not in _BROKERS:
        # The value itself may hold a password.
        _refuse("ATOM_SHOPIFY_CELERY_BROKER_URL", f"must begin with one of {', '.join(sorted(_BROKERS))}, then ://.")
    return Secret(value)


@dataclass(frozen=True, slots=True)
class Settings:
    """All that can be configured, checked once. Build it with `from_environ`.

    `encryption_keys` holds (key id, base64 text) pairs, the encrypting one first; it is empty where the storage shall
    make its own ring in `data_dir`.
    """

    api_key: str = ""
    api_secret: Secret = field(default_factory=lambda: Secret(""))
    api_secret_previous: Secret = field(default_factory=lambda: Secret(""))
    api_version: str = DEFAULT_API_VERSION
    redirect_uri: str = ""
    scopes: frozenset[str] = frozenset()
    public_url: str = "http://127.0.0.1:5058"
    data_dir: Path = Path("data")
    database_url: str = ""
    encryption_keys: tuple[tuple[str, Secret], ...] = ()
    endpoint: str | None = None
    timeout: float = 30.0
    throttle_ledger: str = "auto"
    rate_limit: str = "600 per minute"
    rate_limit_storage: str = "memory://"
    history_mb: int = 256
    metrics_by_store: bool = False
    sync: bool = False
    operator_subject: str | None = None
    worker_threads: int = 4
    job_lease: float = 30.0
    celery_broker_url: Secret = field(default_factory=lambda: Secret(""))
    live_heartbeat: float = 15.0
    live_streams: int = 2000

    @property
    def has_app(self) -> bool:
        """Whether the OAuth flow can run: both client id and secret are set."""
        return bool(self.api_key and self.api_secret)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read and check the environment; raise `Misconfigured` naming the setting that is wrong."""
        env = os.environ if environ is None else environ
        version = _read(env, "SHOPIFY_API_VERSION")
        if not re.fullmatch(r"\d{4}-(01|04|07|10)|unstable", version):
            _refuse("SHOPIFY_API_VERSION", "must look like 2026-10.")
        data_dir = Path(_read(env, "ATOM_SHOPIFY_DATA_DIR"))
        public_url = _public_url(_read(env, "ATOM_SHOPIFY_PUBLIC_URL"))
        values: dict[str, Any] = {
            "api_key": _read(env, "SHOPIFY_API_KEY"),
            "api_secret": Secret(_read(env, "SHOPIFY_API_SECRET")),
            "api_secret_previous": Secret(_read(env, "SHOPIFY_API_SECRET_PREVIOUS")),
            "api_version": version,
            "redirect_uri": _read(env, "SHOPIFY_REDIRECT_URI") or f"{public_url}/api/auth/shopify/callback",
            "scopes": frozenset(filter(None, re.split(r"[,\s]+", _read(env, "SHOPIFY_SCOPES")))),
            "public_url": public_url,
            "data_dir": data_dir,
            "database_url": _read(env, "ATOM_SHOPIFY_DATABASE_URL")
            or f"sqlite:///{(data_dir / 'atom-shopify.db').absolute()}",
            "encryption_keys": _key_ring(_read(env, "ATOM_SHOPIFY_ENCRYPTION_KEYS")),
            "endpoint": _endpoint(_read(env, "ATOM_SHOPIFY_ENDPOINT")),
            "timeout": _number(env, "ATOM_SHOPIFY_TIMEOUT", 1, 600),
            "throttle_ledger": _ledger(_read(env, "ATOM_SHOPIFY_THROTTLE_LEDGER")),
            "rate_limit": _read(env, "ATOM_SHOPIFY_RATE_LIMIT"),
            "rate_limit_storage": _read(env, "ATOM_SHOPIFY_RATE_LIMIT_STORAGE"),
            "history_mb": int(_number(env, "ATOM_SHOPIFY_HISTORY_MB", 1, 1_048_576)),
            "metrics_by_store": _switch(env, "ATOM_SHOPIFY_METRICS_BY_STORE"),
            "sync": _switch(env, "ATOM_SHOPIFY_SYNC"),
            "worker_threads": int(_number(env, "ATOM_SHOPIFY_WORKER_THREADS", 0, 64)),
            "job_lease": _number(env, "ATOM_SHOPIFY_JOB_LEASE", 1, 600),
            "celery_broker_url": _broker(_read(env, "ATOM_SHOPIFY_CELERY_BROKER_URL")),
            "live_heartbeat": _number(env, "ATOM_SHOPIFY_LIVE_HEARTBEAT", 1, 60),
            "live_streams": int(_number(env, "ATOM_SHOPIFY_LIVE_STREAMS", 1, 100_000)),
            "operator_subject": _read(env, "ATOM_SHOPIFY_OPERATOR_SUBJECT") or None,
        }
        return cls(**values)
