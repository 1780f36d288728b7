"""What all tests stand on: a sandbox, a runtime that talks to it, and a person with two stores."""

from __future__ import annotations

import gc
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.shopify.domain import ShopDomain

if TYPE_CHECKING:
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

pytest_plugins = ["process_marker", "dbfixtures", "pytester"]

# The machine is shared and slow at times: how long an example takes decides nothing. On CI the examples are the same
# in each run, so that a red run means a change.
settings.register_profile(
    "rules",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,
    max_examples=60,
)
settings.load_profile("rules")

DEMO = ShopDomain("demo.myshopify.com")
OUTLET = ShopDomain("outlet.myshopify.com")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let each worker begin with some of the tests that may take minutes, so that nobody waits for one at the end.

    Those have a time limit above the usual one. Workers get the list in pieces of the same length, the first one the
    first piece, and take from the ends of each other's pieces when theirs is done.
    """
    usual = float(config.getini("timeout"))
    limits = {item: float(marker.args[0]) for item in items if (marker := item.get_closest_marker("timeout"))}
    long = sorted((item for item in limits if limits[item] > usual), key=lambda item: -limits[item])
    others = [item for item in items if limits.get(item, usual) <= usual]
    workers, left, items[:] = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")), len(items), []
    for number in range(workers):
        first, size = long[number::workers], left // (workers - number)
        items += first + others[: max(0, size - len(first))]
        del others[: max(0, size - len(first))]
        left -= size


def pytest_collection_finish() -> None:
    """Keep the collector of garbage away from what stays: it took a quarter of the time of many tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let CI, which installs everything, fail when something was skipped all the same."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if "CI" in os.environ and reporter is not None and reporter.stats.get("skipped"):
        reporter.write_line("Tests were skipped on CI, where nothing may be missing.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Fail where a module leaves threads that run jobs, rather than in a later one that finds them."""
    yield
    if nextitem is None or nextitem.path != item.path:
        left = [thread.name for thread in threading.enumerate() if thread.name.startswith("atom-shopify-job-")]
        assert not left, f"{item.path.name} leaves threads: close its runtimes and hosts"


@pytest.fixture(autouse=True)
def _push_request_context() -> None:
    """Keep each request of a test apart: pytest-flask would push one context, and with it one `flask.g`, for all."""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A local Shopify with the stores demo and outlet and little data."""
    from atom_shopify_plugin.sandbox.core import Sandbox

    with Sandbox(size="small") as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def new_data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an upgraded, empty database and a key ring, to be copied."""
    folder = tmp_path_factory.mktemp("data")
    runtime = Runtime(Settings.from_environ({"ATOM_SHOPIFY_DATA_DIR": str(folder)}))
    runtime.storage.upgrade()
    assert runtime.storage.keys.first_id  # the ring is made when it is first asked for
    runtime.close()
    return folder


@pytest.fixture
def environ(tmp_path: Path, new_data_dir: Path) -> dict[str, str]:
    """The environment of a plugin whose app the sandbox knows, with a database of its own."""
    data_dir = tmp_path / "data"
    shutil.copytree(new_data_dir, data_dir)
    return {
        "SHOPIFY_API_KEY": "sandbox-key",
        "SHOPIFY_API_SECRET": "sandbox-secret",
        "ATOM_SHOPIFY_DATA_DIR": str(data_dir),
    }


@pytest.fixture
def pauses() -> dict[str, Any]:
    """How the runtime waits between tries: in real time. Where calls are lost, `skipping` takes the place of this."""
    return {}


@pytest.fixture
def runtime(environ: dict[str, str], sandbox: Sandbox, pauses: dict[str, Any]) -> Iterator[Runtime]:
    """The parts of a plugin whose network is the sandbox."""
    from atom_shopify_plugin.sandbox.adapter import SandboxAdapter

    runtime = Runtime(Settings.from_environ(environ), adapter=SandboxAdapter(sandbox), **pauses)
    yield runtime
    runtime.close()


@pytest.fixture
def principal() -> Principal:
    return Principal("ada", via="test")


@pytest.fixture
def stranger() -> Principal:
    """Somebody with no store."""
    return Principal("mallory", via="test")


@pytest.fixture
def store(runtime: Runtime, sandbox: Sandbox, principal: Principal) -> Store:
    """The demo store, connected for `principal` with an admin token that has the default scopes."""
    token = Secret(sandbox.issue_admin_token(str(DEMO), scopes=runtime.settings.scopes))
    return runtime.connections.connect_token(principal, DEMO, token)
