"""Which board the processes of one installation share, by their settings."""

from __future__ import annotations

from pathlib import Path

from atom_shopify_plugin.errors import Misconfigured
from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.shopify.throttle import Board
from atom_shopify_plugin.storage.boards.postgres_board import PostgresBoard
from atom_shopify_plugin.storage.boards.redis_board import RedisBoard
from atom_shopify_plugin.storage.boards.sqlite_board import SQLiteBoard
from atom_shopify_plugin.storage.database.engine import database_url

__all__ = ["BESIDE", "choose_board", "shared_ledger"]

BESIDE = ".throttle"
"""What the name of a SQLite board adds to the name of its database."""

_REDIS = ("redis://", "rediss://")


def choose_board(settings: Settings) -> Board | None:
    """Return the board that `settings.throttle_ledger` names, None for a process that reckons alone.

    ``auto`` is Redis where another setting names one, else the database where other processes are to be expected: it is
    PostgreSQL, or jobs are left to workers. Raise `Misconfigured` for ``redis`` without an address.
    """
    url = database_url(settings.database_url)
    on_sqlite = url.get_backend_name() == "sqlite"
    redis_url = _redis_url(settings)
    ledger = settings.throttle_ledger
    if ledger == "auto" and redis_url is None and on_sqlite and settings.worker_threads:
        ledger = "memory"
    if ledger == "memory":
        return None
    if redis_url is not None and ledger in ("auto", "redis"):
        return RedisBoard(redis_url)
    if ledger == "redis":
        raise Misconfigured(
            "ATOM_SHOPIFY_THROTTLE_LEDGER is redis, but no setting names a Redis: set ATOM_SHOPIFY_CELERY_BROKER_URL "
            "or ATOM_SHOPIFY_RATE_LIMIT_STORAGE to redis://HOST:PORT.",
            details={"setting": "ATOM_SHOPIFY_THROTTLE_LEDGER"},
        )
    if on_sqlite:
        return SQLiteBoard(Path(f"{url.database}{BESIDE}"))
    return PostgresBoard(settings.database_url)


def shared_ledger(settings: Settings) -> str:
    """Return the ledger for processes that know of each other: the one that was set, else Redis or the database."""
    if settings.throttle_ledger != "auto":
        return settings.throttle_ledger
    return "database" if _redis_url(settings) is None else "redis"


def _redis_url(settings: Settings) -> Secret | None:
    for url in (settings.celery_broker_url, Secret(settings.rate_limit_storage)):
        if url.reveal().startswith(_REDIS):
            return url
    return None
