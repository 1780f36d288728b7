"""A read-only store is looked up anew for every write, and what stands already is told as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from atom_shopify_plugin.actions.run import Call, UndoCall
from atom_shopify_plugin.errors import ConfirmationNeeded, Forbidden, OutcomeUnknown, PluginError, ReadOnly
from atom_shopify_plugin.hookspecs import READ_ONLY_SCOPE, Principal
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.sandbox.adapter import SandboxAdapter
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.storage import Store

PRODUCT = "gid://shopify/Product/1000000001"
CREATE = {"title": "Mug"}
CUSTOMER = {"email": "eve@example.com", "addresses": [{"city": "Oslo", "country_code": "NO"}]}
GUEST = Principal("ada", scopes=frozenset({READ_ONLY_SCOPE}), via="test")


class Meddler(SandboxAdapter):
    """A network on which something else happens while a request of that subject is under way."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self.after: dict[str, Callable[[], object]] = {}

    def send(self, request: Any, *arguments: Any, **options: Any) -> Any:
        answer = super().send(request, *arguments, **options)
        subject = str(self.sandbox.calls()[-1]["subject"])
        if subject in self.after:
            self.after.pop(subject)()
        return answer


@pytest.fixture
def network(sandbox: Sandbox) -> Meddler:
    return Meddler(sandbox)


@pytest.fixture
def other(environ: dict[str, str], network: Meddler, store: Store) -> Iterator[Runtime]:
    """Another process of the same installation, which knows the store from before."""
    runtime = Runtime(Settings.from_environ(environ), adapter=network)
    runtime.actions.run(Call(Principal("ada"), "store_get"))
    yield runtime
    runtime.close()


@pytest.fixture
def product(runtime: Runtime, principal: Principal, store: Store) -> str:
    return str(runtime.actions.run(Call(principal, "product_create", CREATE)).data["id"])


def effects(sandbox: Sandbox) -> list[str]:
    return [effect.operation for effect in sandbox.store("demo.myshopify.com").journal]


def test_the_refusal_says_who_changes_that_and_how(runtime: Runtime, principal: Principal, store: Store) -> None:
    runtime.read_only.set(principal, store, True)
    with pytest.raises(ReadOnly) as told:
        runtime.actions.run(Call(principal, "product_create", CREATE))
    error = told.value
    assert (error.code, error.status, error.retryable) == ("READ_ONLY", 403, False)
    assert "An owner of the store" in error.message
    assert "atom-shopify stores read-only demo.myshopify.com --off" in error.message
    assert error.details["url"].endswith("/shopify")


def test_a_process_that_was_started_before_obeys_at_once_and_goes_on_at_once(
    runtime: Runtime, other: Runtime, principal: Principal, store: Store, sandbox: Sandbox
) -> None:
    runtime.read_only.set(principal, store, True)
    with pytest.raises(ReadOnly):
        other.actions.run(Call(principal, "product_create", CREATE))
    assert effects(sandbox) == []
    runtime.read_only.set(principal, store, False)
    assert other.actions.run(Call(principal, "product_create", CREATE)).data["title"] == "Mug"


def test_a_switch_between_the_look_and_the_write_stops_the_write(
    runtime: Runtime, other: Runtime, network: Meddler, principal: Principal, store: Store, product: str,
    sandbox: Sandbox,
) -> None:  # fmt: skip
    network.after["ProductGet"] = lambda: runtime.read_only.set(principal, store, True)
    before = effects(sandbox)
    with pytest.raises(ReadOnly):
        other.actions.run(Call(principal, "product_update", {"id": product, "title": "Cup"}))
    assert not network.after, "the store was switched on the way"
    assert effects(sandbox) == before
    assert runtime.storage.audit.list(principal)[0].outcome == "READ_ONLY"


def test_a_switch_between_two_mutations_of_a_write_says_what_stands(
    runtime: Runtime, other: Runtime, network: Meddler, principal: Principal, store: Store, sandbox: Sandbox
) -> None:
    network.after["CustomerCreate"] = lambda: runtime.read_only.set(principal, store, True)
    with pytest.raises(OutcomeUnknown) as told:
        other.actions.run(Call(principal, "customer_create", CUSTOMER))
    assert (told.value.details["cause"], told.value.details["done"]) == ("READ_ONLY", ["CustomerCreate"])
    assert told.value.retryable is False
    assert effects(sandbox) == ["customerCreate"]


@pytest.mark.parametrize(
    "damage",
    ["ALTER TABLE shopify_installations DROP COLUMN read_only", "DELETE FROM shopify_installations"],
    ids=["column", "row"],
)
def test_a_switch_that_cannot_be_read_refuses_every_write(
    runtime: Runtime,
    other: Runtime,
    network: Meddler,
    principal: Principal,
    product: str,
    sandbox: Sandbox,
    damage: str,
) -> None:
    def break_it() -> None:
        with runtime.storage.begin() as session:
            session.execute(text(damage))

    network.after["ProductGet"] = break_it
    before = effects(sandbox)
    with pytest.raises((PluginError, DatabaseError)):
        other.actions.run(Call(principal, "product_update", {"id": product, "title": "Cup"}))
    assert not network.after, "it was broken on the way"
    assert effects(sandbox) == before


def test_a_confirmation_of_before_counts_no_more(
    runtime: Runtime, principal: Principal, store: Store, product: str, sandbox: Sandbox
) -> None:
    call = Call(principal, "product_delete", {"id": product})
    with pytest.raises(ConfirmationNeeded) as asked:
        runtime.actions.run(call)
    runtime.read_only.set(principal, store, True)
    before = effects(sandbox)
    for confirm in (None, asked.value.details["confirmation_token"]):
        with pytest.raises(ReadOnly):
            runtime.actions.run(replace(call, confirm=confirm))
    assert effects(sandbox) == before


def test_nothing_is_undone_but_an_undo_can_be_previewed(
    runtime: Runtime, principal: Principal, store: Store, product: str, sandbox: Sandbox
) -> None:
    done = runtime.actions.run(Call(principal, "product_update", {"id": product, "title": "Cup"}))
    runtime.read_only.set(principal, store, True)
    before = effects(sandbox)
    asked = UndoCall(principal, done.meta["audit_id"])
    with pytest.raises(ReadOnly):
        runtime.actions.undo(asked)
    assert runtime.actions.undo(replace(asked, preview=True)).meta["preview"] is True
    assert effects(sandbox) == before
    runtime.read_only.set(principal, store, False)
    runtime.actions.undo(asked)
    assert runtime.actions.run(Call(principal, "product_get", {"id": product})).data["title"] == "Mug"


def test_a_key_that_was_answered_is_answered_again_and_a_refused_one_stays_free(
    runtime: Runtime, principal: Principal, store: Store, sandbox: Sandbox
) -> None:
    done = Call(principal, "product_create", CREATE, idempotency_key="before")
    first = runtime.actions.run(done)
    runtime.read_only.set(principal, store, True)
    assert runtime.actions.run(done).data == first.data
    later = replace(done, idempotency_key="later")
    with pytest.raises(ReadOnly):
        runtime.actions.run(later)
    runtime.read_only.set(principal, store, False)
    assert runtime.actions.run(later).data["title"] == "Mug"
    assert effects(sandbox).count("productCreate") == 2


def test_chat_answers_questions_and_changes_nothing(
    runtime: Runtime, principal: Principal, store: Store, sandbox: Sandbox
) -> None:
    runtime.read_only.set(principal, store, True)
    reply = runtime.chat.answer(principal, "hold #1002", None)
    assert reply is not None
    assert not reply.ok
    assert "read-only" in reply.text
    asked = runtime.chat.answer(principal, "list products", None)
    assert asked is not None
    assert asked.ok
    stores = runtime.chat.answer(principal, "stores", None)
    assert stores is not None
    assert "active, read-only, default" in stores.text
    default = runtime.chat.answer(GUEST, "make demo my default", None)
    assert default is not None
    assert not default.ok
    assert effects(sandbox) == []


def test_a_document_that_somebody_wrote_is_a_write_as_any_other(
    runtime: Runtime, principal: Principal, store: Store, sandbox: Sandbox
) -> None:
    runtime.read_only.set(principal, store, True)
    document = 'mutation { tagsAdd(id: "gid://shopify/Product/1000000001", tags: ["x"]) { node { id } } }'
    with pytest.raises(ReadOnly):
        runtime.actions.run(Call(principal, "graphql_mutate", {"document": document}))
    found = runtime.actions.run(Call(principal, "graphql_query", {"document": "{ shop { name } }"}))
    assert found.data
    assert effects(sandbox) == []


def test_only_an_owner_who_may_write_turns_the_switch_and_each_turn_is_audited(
    runtime: Runtime, principal: Principal, store: Store
) -> None:
    colleague = Principal("colleague")
    runtime.storage.memberships.add(colleague, store.id)
    seen = runtime.stores.by_name(colleague, None)
    for read_only in (True, False):
        with pytest.raises(Forbidden):
            runtime.read_only.set(colleague, seen, read_only)
        with pytest.raises(ReadOnly):
            runtime.read_only.set(GUEST, store, read_only)
    for read_only in (True, True, False, False):
        runtime.read_only.set(principal, store, read_only)
    turns = [(row.subject, row.action, row.after) for row in runtime.storage.audit.list(principal)]
    assert turns == [
        ("ada", "store_writable", {"read_only": False}),
        ("ada", "store_read_only", {"read_only": True}),
    ]


def test_a_store_stays_read_only_when_the_app_is_removed_and_installed_anew(
    runtime: Runtime, principal: Principal, store: Store, sandbox: Sandbox
) -> None:
    from atom_shopify_plugin.settings import Secret

    runtime.read_only.set(principal, store, True)
    runtime.storage.installations.uninstall(store.id)
    token = Secret(sandbox.issue_admin_token(str(store.shop), scopes=runtime.settings.scopes))
    assert runtime.connections.connect_token(principal, store.shop, token).read_only
    with pytest.raises(ReadOnly):
        runtime.actions.run(Call(principal, "product_create", CREATE))


def test_what_the_plugin_does_by_itself_goes_on(
    runtime: Runtime, principal: Principal, store: Store, sandbox: Sandbox
) -> None:
    runtime.read_only.set(principal, store, True)
    found = runtime.storage.installed.store(store.id)
    assert found is not None
    runtime.subscribing.reconcile(found)
    assert runtime.actions.run(Call(principal, "webhook_count")).data["count"] > 0
    assert runtime.connections.refresh(principal, store.shop).read_only
