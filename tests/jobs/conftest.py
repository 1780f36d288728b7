"""Jobs on each database, and workers of each engine."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from broker_proxy import Proxy
from dbfixtures import _database
from probe import jobs_of
from worker_groups import Workers

from atom_shopify_plugin.jobs import Jobs
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.storage import Storage

KEYS = (("k1", Secret(base64.b64encode(bytes([1]) * 32).decode())),)


@pytest.fixture
def settings(migrated_database_url: str, tmp_path: Path) -> Settings:
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    return Settings(data_dir=data_dir, database_url=migrated_database_url, encryption_keys=KEYS)


@pytest.fixture
def open_runtime(settings: Settings) -> Iterator[Callable[..., Runtime]]:
    """Open a runtime as another process would, perhaps with other settings, or a clock of its own."""
    opened: list[Runtime] = []

    def open_one(*, clock: Any = None, **changes: Any) -> Runtime:
        runtime = Runtime(replace(settings, **changes))
        if clock is not None:
            runtime.__dict__["storage"] = Storage(runtime.settings, clock=clock)
        opened.append(runtime)
        return runtime

    yield open_one
    for runtime in opened:
        runtime.close()


@pytest.fixture
def runtime(open_runtime: Callable[..., Runtime]) -> Runtime:
    return open_runtime()


@pytest.fixture
def storage(runtime: Runtime) -> Storage:
    return runtime.storage


@pytest.fixture
def jobs(runtime: Runtime) -> Jobs:
    """Jobs that are run by threads of the test's own process."""
    return jobs_of(runtime)


@pytest.fixture(scope="module", params=["sqlite-threads", "postgresql-threads", "sqlite-celery", "postgresql-celery"])
def combination(request: pytest.FixtureRequest) -> tuple[str, str]:
    database, _, engine = request.param.partition("-")
    return database, engine


def open_workers(
    stack: ExitStack, request: pytest.FixtureRequest, combination: tuple[str, str], folder: Path
) -> Workers:
    """Return workers, not started, on an empty database of their own; Celery's reach the broker through a proxy."""
    database, engine = combination
    if database == "sqlite":
        shutil.copy(request.getfixturevalue("_migrated_sqlite"), folder / "test.db")
        url = f"sqlite:///{folder / 'test.db'}"
    else:
        url = stack.enter_context(_database(request.getfixturevalue("postgres_server")))
        storage = Storage(Settings(data_dir=folder, database_url=url, encryption_keys=KEYS))
        storage.upgrade()
        storage.close()
    settings = Settings(data_dir=folder, database_url=url, encryption_keys=KEYS)
    proxy = None
    if engine == "celery":
        proxy = stack.enter_context(Proxy(*request.getfixturevalue("valkey")))
        # Each group has a database of the broker for itself.
        number = request.config.stash.setdefault(_NUMBER, 0)
        request.config.stash[_NUMBER] = number + 1
        settings = replace(settings, celery_broker_url=Secret(f"redis://127.0.0.1:{proxy.port}/{number % 16}"))
    workers = Workers(engine, settings, proxy)
    stack.callback(workers.close)
    return workers


_NUMBER = pytest.StashKey[int]()


@pytest.fixture(scope="module")
def workers(
    request: pytest.FixtureRequest, combination: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workers]:
    """Two worker processes that live as long as the module's tests."""
    with ExitStack() as stack:
        group = open_workers(stack, request, combination, tmp_path_factory.mktemp("workers"))
        group.start()
        yield group


@pytest.fixture
def own_workers(request: pytest.FixtureRequest, combination: tuple[str, str], tmp_path: Path) -> Iterator[Workers]:
    """Workers for one test, which starts them itself."""
    with ExitStack() as stack:
        yield open_workers(stack, request, combination, tmp_path)
