from __future__ import annotations

from collections.abc import Iterator

import pytest
from hookshop import Receiver, Shop

from atom_shopify_plugin.sandbox.clock import Clock
from atom_shopify_plugin.sandbox.core import Sandbox


@pytest.fixture
def clock() -> Clock:
    """A clock that stands until a test moves it."""
    return Clock(lambda: 1_795_000_000.0, frozen=True)


@pytest.fixture
def sandbox(clock: Clock) -> Iterator[Sandbox]:
    with Sandbox(size="small", clock=clock) as sandbox:
        yield sandbox


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def shop(sandbox: Sandbox) -> Shop:
    return Shop(sandbox)
