"""Every metric that the plugin counts. Names follow Prometheus: base units, and ``_total`` for counters.

Labels hold words of this code and keys of the manifests alone: never a person, an id or anything that a stranger sent.
The codes of errors (`errors`) are a bounded set, too.
"""

from __future__ import annotations

from atom_shopify_plugin.metrics.meter import Family

__all__ = [
    "ACKNOWLEDGEMENTS",
    "ACTIONS",
    "ACTION_SECONDS",
    "API_REQUESTS",
    "API_SECONDS",
    "COMMITS",
    "COST",
    "DELIVERIES",
    "DELIVERY_AGE",
    "FAMILIES",
    "JOBS",
    "JOB_SECONDS",
    "REFRESHES",
    "REFRESH_SECONDS",
    "THROTTLE_WAIT",
    "TRIGGERS",
    "WAITS",
    "door",
]

_CALL = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_DATABASE = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 5.0)
_AGE = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 1800.0, 7200.0, 86_400.0)

ACTIONS = Family(
    "atom_shopify_actions_total",
    "Actions run, by the interface that called them (door) and how they ended: ok, accepted, or the code of an error.",
    ("action", "door", "outcome"),
    by_store=True,
)
ACTION_SECONDS = Family("atom_shopify_action_seconds", "Time that actions took.", ("action",), _CALL)
COST = Family(
    "atom_shopify_cost_points_total",
    "Points of Shopify's rate limit that calls used, by the action that made them.",
    ("action",),
    by_store=True,
)
THROTTLE_WAIT = Family(
    "atom_shopify_throttle_wait_seconds_total",
    "Seconds that calls waited for Shopify's rate limit before they left, by the action that made them.",
    ("action",),
    by_store=True,
)
API_REQUESTS = Family(
    "atom_shopify_api_requests_total",
    "Requests to Shopify's Admin API, each attempt for itself: ok, or the code of the failure.",
    ("kind", "outcome"),
    by_store=True,
    zeros=tuple(
        (kind, outcome)
        for kind in ("query", "mutation")
        for outcome in ("ok", "shopify_error", "shopify_throttled", "unavailable")
    ),
)
API_SECONDS = Family("atom_shopify_api_request_seconds", "Time until Shopify answered.", ("kind",), _CALL)
DELIVERIES = Family(
    "atom_shopify_deliveries_total",
    "Webhooks that came in: accepted, duplicate, or rejected for a reason (the code of the error).",
    ("outcome", "reason"),
    zeros=(
        ("accepted", ""),
        ("duplicate", ""),
        *(("rejected", reason) for reason in ("unavailable", "validation_error", "wrong_signature")),
    ),
)
ACKNOWLEDGEMENTS = Family(
    "atom_shopify_delivery_acknowledgement_seconds",
    "Time until a webhook was answered; Shopify waits five seconds.",
    ("outcome",),
    _CALL,
)
DELIVERY_AGE = Family("atom_shopify_delivery_age_seconds", "Age of webhooks when they had been worked on.", (), _AGE)
TRIGGERS = Family("atom_shopify_triggers_fired_total", "Events handed to the host, by trigger.", ("trigger",))
JOBS = Family(
    "atom_shopify_jobs_run_total",
    "Attempts of jobs by how they ended: done, retried, put_off, parked, dead, discarded, quarantined or lost.",
    ("kind", "outcome"),
)
JOB_SECONDS = Family("atom_shopify_job_seconds", "Time that one attempt of a job took.", ("kind",), _CALL)
REFRESHES = Family(
    "atom_shopify_token_refreshes_total",
    "Renewals of access tokens: ok, refused (the store must be connected again), credentials (the app's id or secret"
    " is wrong) or the code of an error.",
    ("outcome",),
    zeros=(("ok",), ("refused",), ("credentials",), ("unavailable",)),
)
REFRESH_SECONDS = Family("atom_shopify_token_refresh_seconds", "Time that renewals of tokens took.", (), _CALL)
COMMITS = Family("atom_shopify_group_commit_seconds", "Time of transactions that write for many.", (), _DATABASE)
WAITS = Family(
    "atom_shopify_database_wait_seconds",
    "Time until a transaction that writes could begin: the wait for a connection of the pool and, on SQLite, for the"
    " one writer's turn.",
    (),
    _DATABASE,
)

FAMILIES = (
    *(ACTIONS, ACTION_SECONDS, COST, THROTTLE_WAIT, API_REQUESTS, API_SECONDS, DELIVERIES, ACKNOWLEDGEMENTS),
    *(DELIVERY_AGE, TRIGGERS, JOBS, JOB_SECONDS, REFRESHES, REFRESH_SECONDS, COMMITS, WAITS),
)

_DOORS = frozenset({"agent", "chat", "cli", "mcp", "rest", "workflow"})


def door(via: str) -> str:
    """Return the interface that a principal uses as a label: a host may say anything."""
    name = via.partition(" ")[0]  # `rest by SUBJECT` where a service acts for somebody
    return name if name in _DOORS else "other"
