"""Bring the database to the tables that this version needs, by the Alembic migrations inside the package."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, column, func, inspect, select, table

from atom_shopify_plugin.process.uncover import uncover

if TYPE_CHECKING:
    from alembic.config import Config

__all__ = ["VERSION_TABLE", "current", "head", "knows", "upgrade"]

_FOLDER = Path(__file__).parent / "migrations"
VERSION_TABLE = "shopify_alembic_version"
_LOCK = 0x53484F50  # any number that no other program takes as an advisory lock in the same database


def _config(**attributes: Any) -> Config:
    uncover("alembic")
    from alembic.config import Config

    config = Config(attributes=attributes)
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def head() -> str:
    """Return the revision that this version of the package works with.

    The names of the migrations begin with their revisions, and each follows the one before it. To ask Alembic would
    take every process a fifth of its start.
    """
    revisions = sorted(path.name.partition("_")[0] for path in (_FOLDER / "versions").glob("[0-9]*_*.py"))
    if not revisions:
        raise RuntimeError("The package holds no migrations.")
    return revisions[-1]


def knows(revision: str) -> bool:
    """Return whether this version of the package can migrate from a revision."""
    uncover("alembic")
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    try:
        found = ScriptDirectory.from_config(_config()).get_revision(revision)
    except CommandError:
        return False
    return found is not None and found.revision == revision  # Alembic takes beginnings and `head`, too


def current(connection: Connection) -> str | None:
    """Return the revision of the database, None for an empty one."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    revision: str | None = connection.scalar(select(table(VERSION_TABLE, column("version_num")).c.version_num))
    return revision


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run what is missing up to `revision` inside the caller's write transaction: all of it or nothing.

    A second process waits: on SQLite for the writer's place, on PostgreSQL for an advisory lock.
    """
    uncover("alembic")
    from alembic import command

    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    command.upgrade(_config(connection=connection), revision)
