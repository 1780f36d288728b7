"""Mark the tests that start processes, and fail a test that starts one without the mark.

Nobody sets the mark by hand as a rule: a test gets it where its code, or a fixture or helper that it uses, names
`subprocess`, `os.fork` or `multiprocessing`. What that search can't see (a process that the product starts) is found
when the test runs: Python's audit events tell of each new process, and the test fails with what to do.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

STARTERS = {"subprocess", "multiprocessing"}
FORKS = {"fork", "forkpty", "posix_spawn", "posix_spawnp"}
EVENTS = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn"}
# Servers that a whole session shares: the tests which use them start nothing themselves.
SHARED = {"postgres_server", "valkey"}

_known: dict[int, bool] = {}
_started: list[str] = []
_exempt = 0
_tests = Path(__file__).parent


@contextmanager
def shared_server() -> Iterator[None]:
    """Let a fixture of the session start its server without making processes of the first test that uses it."""
    global _exempt
    _exempt += 1
    try:
        yield
    finally:
        _exempt -= 1


def _listen(event: str, arguments: tuple[Any, ...]) -> None:
    if event in EVENTS and not _exempt and arguments[:1] != ("file",):  # `platform.architecture` asks for that
        _started.append(f"{event} {arguments[0]}" if arguments else event)


sys.addaudithook(_listen)


def pytest_configure(config: pytest.Config) -> None:
    global _tests
    _tests = config.rootpath / "tests"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and item.get_closest_marker("process") is None and starts_process(item):
            item.add_marker("process")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    _started.clear()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    result = yield
    if _started and item.get_closest_marker("process") is None:
        pytest.fail(
            f"This test started a process ({_started[0]}) and does not carry the marker `process`. "
            "Write @pytest.mark.process above it.",
            pytrace=False,
        )
    return result


def starts_process(item: pytest.Function) -> bool:
    """Return whether a test, a fixture or a helper that they use starts a process, as far as its code tells."""
    fixtures = item._fixtureinfo.name2fixturedefs
    used = [fixtures[name][-1].func for name in item.fixturenames if name in fixtures and name not in SHARED]
    return any(_reaches(function) for function in (item.function, *used))


def _reaches(thing: Any) -> bool:
    thing = getattr(thing, "__wrapped__", thing)
    if id(thing) not in _known:
        _known[id(thing)] = False  # ends the search where helpers call each other in a circle
        if isinstance(thing, types.FunctionType):
            names = set(_names(thing.__code__))
            _known[id(thing)] = any(_names_a_start(thing.__globals__, name, names) for name in names)
        elif isinstance(thing, type):
            members = [getattr(member, "fget", member) for member in vars(thing).values()]
            members = [getattr(member, "__func__", member) for member in members]
            _known[id(thing)] = any(_reaches(member) for member in members if callable(member))
    return _known[id(thing)]


def _names(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)


def _names_a_start(namespace: dict[str, Any], name: str, beside: set[str]) -> bool:
    thing = namespace.get(name)
    if isinstance(thing, types.ModuleType):
        if thing.__name__ in STARTERS or (thing.__name__ == "os" and beside & FORKS):
            return True
        return _is_ours(thing.__name__) and any(
            _reaches(member) for member in (getattr(thing, other, None) for other in beside) if _is_callable(member)
        )
    return _is_callable(thing) and _is_ours(getattr(thing, "__module__", "") or "") and _reaches(thing)


def _is_callable(thing: object) -> bool:
    return isinstance(thing, types.FunctionType | type)


def _is_ours(module: str) -> bool:
    """Return whether a module is one of the tests, which lie in no package."""
    file = getattr(sys.modules.get(module), "__file__", None)
    return file is not None and Path(file).is_relative_to(_tests)
