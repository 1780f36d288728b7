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

__all__ = ["BESIDE", "choose_board"]

BESIDE = ".throttle"
"""What the name of a SQLite board adds to the name of its database."""

_REDIS = ("redis://", "rediss://")


def choose_board(settings: Settings) -> Board | None:
    """Return the board that `settings.throttle_ledger` names, None for a process that reckons alone.

    ``auto`` is Redis where another setting names one, else the database: no process can know whether another one (a
    worker, a shell command) is there. Raise `Misconfigured` for ``redis`` without an address.
    """
    if settings.throttle_ledger == "memory":
        return None
    redis_url = _redis_url(settings)
    if redis_url is not None and settings.throttle_ledger in ("auto", "redis"):
        return RedisBoard(redis_url)
    if settings.throttle_ledger == "redis":
        raise Misconfigured(
            "ATOM_SHOPIFY_THROTTLE_LEDGER is redis, but no setting names a Redis: set ATOM_SHOPIFY_CELERY_BROKER_URL "
            "or ATOM_SHOPIFY_RATE_LIMIT_STORAGE to redis://HOST:PORT.",
            details={"setting": "ATOM_SHOPIFY_THROTTLE_LEDGER"},
        )
    url = database_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        return SQLiteBoard(Path(f"{url.database}{BESIDE}"))
    return PostgresBoard(settings.database_url)


def _redis_url(settings: Settings) -> Secret | None:
    for url in (settings.celery_broker_url, Secret(settings.rate_limit_storage)):
        if url.reveal().startswith(_REDIS):
            return url
    return None
