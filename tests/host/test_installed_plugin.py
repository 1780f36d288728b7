"""The installed Shopify plugin in the host: found by its entry point, in ATOM's shapes, under ATOM's names."""

from __future__ import annotations

import pytest
from atom_shapes import GET, check


@pytest.fixture
def door(open_host, environ):
    return open_host(None, **environ)


@pytest.fixture
def service(door):
    return door.signed_in().get("/api/services/shopify").json["service"]


def test_the_plugin_is_found_by_its_entry_point(door):
    assert list(door.host.plugins.loaded) == ["shopify"]
    assert door.host.plugins.refused == []


@pytest.mark.parametrize("name", GET)
def test_the_registry_keeps_atoms_shapes_with_it(door, name):
    answer = door.signed_in().get(name.removeprefix("GET ").replace("weather", "shopify"))
    assert answer.status_code == 200
    check(name, answer.json)


def test_it_carries_the_names_that_atom_uses(service):
    assert {"order_created", "product_updated", "customer_created", "inventory_changed"} <= set(
        service["workflow_triggers"]
    )
    assert {"create_product", "update_order", "search_customers"} <= set(service["workflow_actions"])
    assert {"use shopify", "access shopify", "list products", "check orders"} <= set(service["chat_commands"])


def test_without_a_store_it_is_not_connected(service):
    assert service["status"] == "disconnected"


def test_each_phrase_is_listed_once(door):
    commands = door.signed_in().get("/api/services/chat-commands").json["chat_commands"]
    phrases = [command["command"] for command in commands]
    assert len(phrases) == len(set(phrases))


def test_a_tested_phrase_is_answered_for_the_caller(door):
    answer = door.signed_in().post(
        "/api/services/test-chat-command", json={"service_id": "shopify", "command": "use shopify"}
    )
    assert answer.status_code == 200
    assert "No store is connected" in answer.json["result"]


def test_choosing_a_store_is_no_test(door):
    answer = door.signed_in().post(
        "/api/services/test-chat-command", json={"service_id": "shopify", "command": "use outlet"}
    )
    assert answer.status_code == 400
    assert "changes data" in answer.json["error"]["message"]


def test_a_wrong_setting_refuses_the_plugin_and_names_the_setting(open_host, environ):
    door = open_host(None, **environ, ATOM_SHOPIFY_ENDPOINT="https://evil.example.com")
    ((name, reason),) = [(one.plugin, one.reason) for one in door.host.plugins.refused]
    assert name == "shopify"
    assert "ATOM_SHOPIFY_ENDPOINT must be" in reason
    assert door.anonymous().get("/healthz").status_code == 200


def test_its_checks_come_out_as_metrics(client):
    text = client.get("/metrics").get_data(as_text=True)
    assert 'atom_check_status{check="database",plugin="shopify"} 1.0' in text
    assert 'atom_check_value{check="tokens",figure="connected",plugin="shopify"} 0.0' in text
