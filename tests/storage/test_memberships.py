"""Who may use which store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select
from storage_helpers import DEMO, OUTLET, MovableClock, grant

from atom_shopify_plugin.errors import NotFound
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.storage import Storage, Store
from atom_shopify_plugin.storage.stores.tables import Installation, Membership, OAuthToken


def test_who_connects_first_owns_the_store_and_has_it_as_default(demo: Store, clock: MovableClock) -> None:
    assert (demo.role, demo.is_default, demo.state, demo.epoch) == ("owner", True, "active", 1)
    assert (demo.shop, demo.currency, demo.timezone) == (DEMO, "EUR", "Europe/Berlin")
    assert demo.granted_scopes == {"read_products", "write_products"}
    assert demo.connected_at == clock()
    assert demo.expires_at is not None
    assert demo.expires_at.utcoffset() is not None


def test_two_people_of_one_store_share_its_installation(
    storage: Storage, demo: Store, ada: Principal, bob: Principal
) -> None:
    second = storage.installations.grant(grant(access=Secret("shpat_two")), bob)
    assert (second.id, second.role, second.epoch) == (demo.id, "member", 1)
    token = storage.tokens.read(demo.id)
    assert token is not None
    assert token.access.reveal() == "shpat_two"
    assert [store.role for store in storage.memberships.stores(ada)] == ["owner"]


def test_a_store_of_somebody_else_is_not_there(storage: Storage, demo: Store, bob: Principal) -> None:
    assert storage.memberships.find(bob, demo.shop) is None
    assert storage.memberships.find(bob, None) is None
    assert storage.memberships.stores(bob) == []
    with pytest.raises(NotFound):
        storage.memberships.set_default(bob, demo.shop)


def test_the_same_name_in_another_tenant_is_somebody_else(storage: Storage, demo: Store) -> None:
    assert storage.memberships.find(Principal("ada", tenant="other"), demo.shop) is None


def test_without_a_name_the_default_store_is_meant(storage: Storage, demo: Store, ada: Principal) -> None:
    outlet = storage.installations.grant(grant(OUTLET), ada)
    assert not outlet.is_default
    assert storage.memberships.find(ada, None) == demo
    assert storage.memberships.set_default(ada, OUTLET).is_default
    found = storage.memberships.find(ada, None)
    assert found is not None
    assert found.shop == OUTLET
    assert [(store.shop, store.is_default) for store in storage.memberships.stores(ada)] == [
        (OUTLET, True),
        (DEMO, False),
    ]


def test_who_leaves_the_default_store_gets_another_one(storage: Storage, demo: Store, ada: Principal) -> None:
    storage.installations.grant(grant(OUTLET), ada)
    assert storage.memberships.remove(ada, demo.id)
    assert [(store.shop, store.is_default) for store in storage.memberships.stores(ada)] == [(OUTLET, True)]
    assert not storage.memberships.remove(ada, demo.id)


def test_the_last_one_who_leaves_takes_the_token_along(
    storage: Storage, demo: Store, ada: Principal, bob: Principal
) -> None:
    storage.memberships.add(bob, demo.id)
    storage.memberships.remove(ada, demo.id)
    assert storage.tokens.read(demo.id) is not None
    storage.memberships.remove(bob, demo.id)
    assert storage.tokens.read(demo.id) is None
    with pytest.raises(NotFound):
        storage.memberships.add(bob, demo.id)


def test_a_store_connected_through_another_app_replaces_the_way_to_it(
    storage: Storage, demo: Store, ada: Principal
) -> None:
    own = storage.installations.grant(grant(app="own-app", kind="admin_token", refresh=None, expires_at=None), ada)
    assert own.id != demo.id
    assert storage.memberships.stores(ada) == [own]
    assert own.is_default
    assert storage.tokens.read(demo.id) is None


def test_after_an_uninstall_a_new_install_has_a_new_epoch_and_no_old_members(
    storage: Storage, demo: Store, ada: Principal, bob: Principal
) -> None:
    storage.memberships.add(bob, demo.id)
    assert storage.installations.uninstall(demo.id, keep_members=True)
    gone = storage.memberships.find(ada, DEMO)
    assert gone is not None
    assert (gone.state, gone.expires_at, gone.token_version) == ("uninstalled", None, 0)
    again = storage.installations.grant(grant(), ada)
    assert (again.id, again.epoch, again.state, again.role) == (demo.id, 2, "active", "owner")
    assert storage.memberships.find(bob, DEMO) is None


def test_a_late_notice_of_an_uninstall_leaves_a_newer_install_alone(
    storage: Storage, demo: Store, ada: Principal, clock: MovableClock
) -> None:
    happened = clock()
    clock.move(minutes=1)
    storage.installations.grant(grant(), ada)
    assert not storage.installations.uninstall(demo.id, before=happened)
    assert storage.tokens.read(demo.id) is not None
    clock.move(minutes=1)
    assert storage.installations.uninstall(demo.id, before=clock())
    assert not storage.installations.uninstall(demo.id)


def test_connecting_again_keeps_the_epoch(storage: Storage, demo: Store, ada: Principal) -> None:
    token = storage.tokens.read(demo.id)
    assert token is not None
    assert storage.tokens.refused(demo.id, token.version)
    waiting = storage.memberships.find(ada, None)
    assert waiting is not None
    assert waiting.state == "reauth_required"
    again = storage.installations.grant(grant(), ada)
    assert (again.epoch, again.state) == (1, "active")
    assert again.token_version > token.version


def test_first_connections_of_one_store_at_the_same_time_make_one_installation(storage: Storage) -> None:
    people = [Principal(f"person-{number}") for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        stores = list(pool.map(lambda person: storage.installations.grant(grant(), person), people))
    assert len({store.id for store in stores}) == 1
    assert sorted(store.role for store in stores) == ["member"] * 7 + ["owner"]
    with storage.read() as session:
        counts = [
            session.scalar(select(func.count()).select_from(table)) for table in (Installation, OAuthToken, Membership)
        ]
    assert counts == [1, 1, 8]


def test_names_from_shopify_are_stored_whatever_they_hold(storage: Storage, ada: Principal) -> None:
    strange = "Caf\u00e9 \0 \ud800 \U0001f600" + "x" * 400
    store = storage.installations.grant(grant(ShopDomain("strange.myshopify.com"), name=strange), ada)
    assert store.name.startswith("Caf\u00e9  ? \U0001f600x")
    assert len(store.name) == 255


def test_the_overview_counts_by_state(storage: Storage, demo: Store, ada: Principal, clock: MovableClock) -> None:
    outlet = storage.installations.grant(grant(OUTLET), ada)
    storage.installations.uninstall(outlet.id)
    assert storage.installations.overview() == {
        "active": 1,
        "reauth_required": 0,
        "uninstalled": 1,
        "expiring_soon": 0,
        "attention": 0,
    }
    clock.move(days=80)
    assert storage.installations.overview()["expiring_soon"] == 1
    assert storage.installations.overview([outlet.id])["expiring_soon"] == 0
