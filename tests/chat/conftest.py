"""A person who talks to the chat, and a look at what really happened in the store."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from atom_shopify_plugin.chat.conversation import Reply
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.domain import ShopDomain

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store


@pytest.fixture
def say(runtime: Runtime, principal: Principal, store: Store) -> Callable[[str], Reply]:
    """Say something as the owner of the demo store."""

    def say(text: str) -> Reply:
        reply = runtime.chat.answer(principal, text)
        assert reply is not None, f"not understood: {text}"
        return reply

    return say


@pytest.fixture
def changes(sandbox: Sandbox, store: Store) -> Callable[[], list[str]]:
    """Return the operations that changed the demo store since it was connected, in their order."""
    state = sandbox.store("demo.myshopify.com")
    begin = len(state.journal)
    return lambda: [effect.operation for effect in state.journal[begin:]]


@pytest.fixture
def outlet(runtime: Runtime, sandbox: Sandbox, principal: Principal, store: Store) -> Store:
    """A second store of the same person."""
    domain = ShopDomain("outlet.myshopify.com")
    token = Secret(sandbox.issue_admin_token(str(domain), scopes=runtime.settings.scopes))
    return runtime.connections.connect_token(principal, domain, token)
