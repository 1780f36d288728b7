"""The host's own settings, checked once at start; a plugin reads its own from the same mapping."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from atom_shopify_plugin.host.jwts import HostMisconfigured, jwt_secret
from atom_shopify_plugin.host.outgoing.config import BadOutgoing, OutgoingConfig, read_outgoing
from atom_shopify_plugin.host.quotas import FailureLimits, Quotas

__all__ = ["HOST_SETTINGS", "HostConfig", "HostMisconfigured", "jwt_secret"]

# Name → what it does. `atom-shopify serve --help` prints this table.
HOST_SETTINGS: dict[str, str] = {
    "ATOM_HOST_DATA_DIR": "Folder of the host's SQLite file (tokens, workflows). Default: ./data.",
    "ATOM_HOST_PUBLIC_URL": "Address of the host as a browser reaches it. Default: http://127.0.0.1:5058.",
    "ATOM_JWT_SECRET": "Accepts ATOM's HS256 tokens signed with this secret of 32 bytes or more (also JWT_SECRET).",
    "ATOM_HOST_WORKFLOW_THREADS": "Workflow runs per process at a time; 0: none. Default: 4.",
    "ATOM_HOST_LEASE_SECONDS": "Seconds after which runs of a dead process are taken over, 1 to 600. Default: 30.",
    "ATOM_HOST_CHAIN_LENGTH": "Longest chain of runs that start each other by their changes, 1 to 100. Default: 5.",
    "ATOM_HOST_RUNS_PER_THING": "Runs of a workflow per resource in ten minutes; 0: no limit. Default: 60.",
    "ATOM_HOST_RATE_LIMIT": "Requests per person to the host's routes. Default: 600 per minute.",
    "ATOM_HOST_RATE_LIMIT_STORAGE": "Storage of that limit (a `limits` URL). Default: memory://, in each process.",
    "ATOM_HOST_MAX_WORKFLOWS": "Workflows per person. Default: 200.",
    "ATOM_HOST_MAX_WORKFLOW_KB": "Size of one definition in KiB. Default: 64.",
    "ATOM_HOST_MAX_WORKFLOWS_KB": "Size of all definitions of one person in KiB. Default: 4096.",
    "ATOM_HOST_MAX_SCHEDULES": "Workflows with a schedule per person. Default: 50.",
    "ATOM_HOST_SHORTEST_INTERVAL": "Shortest interval of a schedule in seconds. Default: 60.",
    "ATOM_HOST_MAX_OPEN_RUNS": "Unfinished runs per person. Default: 1000.",
    "ATOM_HOST_MAX_INPUT_KB": "Size of a run's input and trigger data in KiB. Default: 64.",
    "ATOM_HOST_HISTORY_MB": "Size of finished runs kept per person in MiB; the oldest are deleted. Default: 64.",
    "ATOM_HOST_FAILING_PERCENT": "Share of a workflow's last 20 runs that may fail before health says so. Default: 20.",
    "ATOM_HOST_FAILING_RUNS": "Failed runs below which health says nothing of a workflow; 0: never. Default: 3.",
    "ATOM_HOST_RECOVERED_PERCENT": "Share of failed runs at which a workflow counts as mended. Default: 5.",
    "ATOM_HOST_OUTGOING": "Who is told and what may be called: JSON or the path of a JSON file, see operations.",
    "ATOM_HOST_DEMO": "1 allows Werkzeug's development server. Only `atom-shopify demo` sets it.",
}

_RATE = re.compile(r"\d{1,9} ?(?:per|/) ?(?:\d{1,4} )?(?:second|minute|hour|day)s?(?:[,;|] ?(?=\d))?")
_QUOTAS = {  # setting → field of `Quotas`, most
    "ATOM_HOST_MAX_WORKFLOWS": ("workflows", 100_000),
    "ATOM_HOST_MAX_WORKFLOW_KB": ("workflow_kb", 256),
    "ATOM_HOST_MAX_WORKFLOWS_KB": ("workflows_kb", 1_048_576),
    "ATOM_HOST_MAX_SCHEDULES": ("schedules", 100_000),
    "ATOM_HOST_SHORTEST_INTERVAL": ("shortest_interval", 86_400),
    "ATOM_HOST_MAX_OPEN_RUNS": ("open_runs", 1_000_000),
    "ATOM_HOST_MAX_INPUT_KB": ("input_kb", 256),
    "ATOM_HOST_HISTORY_MB": ("history_mb", 1_048_576),
}


@dataclass(frozen=True, slots=True)
class HostConfig:
    """What the host was told: built by `from_environ`, which raises `HostMisconfigured`."""

    data_dir: Path
    public_url: str
    jwt_secret: bytes | None
    demo: bool
    workflow_threads: int = 4
    lease_seconds: float = 30.0
    chain_length: int = 5
    runs_per_thing: int = 60
    rate_limit: str = "600 per minute"
    rate_limit_storage: str = "memory://"
    quotas: Quotas = field(default_factory=Quotas)
    failures: FailureLimits = field(default_factory=FailureLimits)
    outgoing: OutgoingConfig = field(default_factory=OutgoingConfig)

    @property
    def secure(self) -> bool:
        """Whether browsers reach the host over https, so that cookies may be kept to it."""
        return self.public_url.startswith("https://")

    @property
    def origin(self) -> str:
        """Return what a browser sends as the origin of the host's own pages: without path and default port."""
        parts = urlsplit(self.public_url)
        default = {"http": 80, "https": 443}[parts.scheme]
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in (None, default) else "")

    def __repr__(self) -> str:
        return f"HostConfig(data_dir={str(self.data_dir)!r}, public_url={self.public_url!r}, demo={self.demo})"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> HostConfig:
        """Read and check the settings of `HOST_SETTINGS`."""
        return cls(
            data_dir=Path(environ.get("ATOM_HOST_DATA_DIR", "").strip() or "data"),
            public_url=_public_url(environ.get("ATOM_HOST_PUBLIC_URL", "").strip() or "http://127.0.0.1:5058"),
            jwt_secret=jwt_secret(environ),
            demo=environ.get("ATOM_HOST_DEMO", "").strip() == "1",
            workflow_threads=_number(environ, "ATOM_HOST_WORKFLOW_THREADS", 4, 0, 64),
            lease_seconds=_number(environ, "ATOM_HOST_LEASE_SECONDS", 30, 1, 600),
            chain_length=_number(environ, "ATOM_HOST_CHAIN_LENGTH", 5, 1, 100),
            runs_per_thing=_number(environ, "ATOM_HOST_RUNS_PER_THING", 60, 0, 9999),
            rate_limit=_rate(environ),
            rate_limit_storage=environ.get("ATOM_HOST_RATE_LIMIT_STORAGE", "").strip() or "memory://",
            quotas=_quotas(environ),
            failures=_failures(environ),
            outgoing=_outgoing(environ),
        )


def _number(environ: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = environ.get(name, "").strip() or str(default)
    if not (text.isascii() and text.isdigit() and len(text) < 8 and least <= int(text) <= most):
        raise HostMisconfigured(f"{name} must be a whole number from {least} to {most}.")
    return int(text)


def _rate(environ: Mapping[str, str]) -> str:
    text = environ.get("ATOM_HOST_RATE_LIMIT", "").strip() or "600 per minute"
    if not re.fullmatch(f"(?:{_RATE.pattern})+", text):
        raise HostMisconfigured("ATOM_HOST_RATE_LIMIT must look like `600 per minute`.")
    return text


def _quotas(environ: Mapping[str, str]) -> Quotas:
    defaults = asdict(Quotas())
    return Quotas(**{name: _number(environ, key, defaults[name], 1, most) for key, (name, most) in _QUOTAS.items()})


def _failures(environ: Mapping[str, str]) -> FailureLimits:
    limits = FailureLimits(
        percent=_number(environ, "ATOM_HOST_FAILING_PERCENT", 20, 1, 100),
        runs=_number(environ, "ATOM_HOST_FAILING_RUNS", 3, 0, 20),
        recovered=_number(environ, "ATOM_HOST_RECOVERED_PERCENT", 5, 0, 99),
    )
    if limits.recovered >= limits.percent:
        raise HostMisconfigured("ATOM_HOST_RECOVERED_PERCENT must be less than ATOM_HOST_FAILING_PERCENT.")
    return limits


def _outgoing(environ: Mapping[str, str]) -> OutgoingConfig:
    try:
        return read_outgoing(environ.get("ATOM_HOST_OUTGOING", "").strip())
    except BadOutgoing as error:
        raise HostMisconfigured(str(error)) from None


def _public_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        fine = False
    if not fine or parts.query or parts.fragment:
        raise HostMisconfigured("ATOM_HOST_PUBLIC_URL must be an http(s) address such as https://atom.example.com.")
    return value.rstrip("/")
