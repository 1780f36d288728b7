"""The face that the plugin shows to any host that speaks the hooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pluggy
import pytest

from atom_shopify_plugin.hookspecs import PROJECT, Check, HostHooks, PluginHooks, Principal
from atom_shopify_plugin.plugin import ShopifyPlugin
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.server import serve
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.domain import ShopDomain


class SmallHost:
    """The least that a host has to be."""

    name = "small"

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.manager = pluggy.PluginManager(PROJECT)
        self.manager.add_hookspecs(PluginHooks)
        self.manager.add_hookspecs(HostHooks)
        self.hook = self.manager.hook


@pytest.fixture
def plugin(
    environ: dict[str, str], sandbox: Sandbox, principal: Principal
) -> Iterator[tuple[SmallHost, ShopifyPlugin]]:
    with serve(sandbox) as server:
        host = SmallHost({**environ, "ATOM_SHOPIFY_ENDPOINT": server.url})
        plugin = ShopifyPlugin()
        host.manager.register(plugin, "shopify")
        host.hook.atom_blueprints(host=host)
        host.hook.atom_start(host=host)
        token = Secret(sandbox.issue_admin_token("demo.myshopify.com", scopes=plugin.runtime.settings.scopes))
        plugin.runtime.connections.connect_token(principal, ShopDomain("demo.myshopify.com"), token)
        yield host, plugin
        host.hook.atom_stop()
        host.hook.atom_stop()  # twice is harmless


Started = tuple[SmallHost, ShopifyPlugin]


def run(host: SmallHost, action: str, given: dict[str, Any], **context: Any) -> Any:
    return host.hook.atom_run_action(service="shopify", action=action, input=given, context=context)


def test_the_service_is_told_without_starting_anything() -> None:
    (card,) = ShopifyPlugin().atom_services()
    assert card["id"] == "shopify"
    names = {entry["key"] for entry in card["workflow_actions"]}
    assert {"create_product", "update_order", "search_customers"} <= names
    triggers = {entry["key"] for entry in card["workflow_triggers"]}
    assert {"order_created", "product_updated", "customer_created", "inventory_changed"} <= triggers
    phrases = {entry["key"] for entry in card["chat_commands"]}
    assert {"use shopify", "access shopify", "list products", "check orders"} <= phrases


def test_an_action_runs_for_the_principal_of_the_context(plugin: Started, principal: Principal) -> None:
    answer = run(plugin[0], "product_get", {"handle": "mug"}, principal=principal)
    assert answer["ok"]
    assert answer["data"]["title"] == "Mug"


@pytest.mark.parametrize(
    ("action", "given", "context", "code"),
    [
        ("product_get", {"handle": "mug"}, {}, "AUTH_ERROR"),
        ("product_get", {"handle": "mug"}, {"principal": "ada"}, "AUTH_ERROR"),
        ("product_get", {"handle": "mug"}, {"principal": Principal("ada"), "shop": 3}, "VALIDATION_ERROR"),
        ("product_get", {"handle": "mug"}, {"principal": Principal("eve")}, "STORE_NOT_CONNECTED"),
        ("product_get", [], {"principal": Principal("ada")}, "VALIDATION_ERROR"),
        ("nothing", {}, {"principal": Principal("ada")}, "NOT_FOUND"),
    ],
)
def test_a_failure_is_an_answer_and_never_raised(
    plugin: Started, action: str, given: Any, context: dict[str, Any], code: str
) -> None:
    answer = run(plugin[0], action, given, **context)
    assert answer["ok"] is False
    assert answer["error"]["code"] == code


def test_another_service_is_left_to_its_plugin(plugin: Started, principal: Principal) -> None:
    host = plugin[0]
    context = {"principal": principal}
    assert host.hook.atom_run_action(service="weather", action="product_get", input={}, context=context) is None
    assert host.hook.atom_run_command(service="weather", text="list products", context=context) is None


def test_a_command_is_answered_and_what_is_none_is_passed_on(plugin: Started, principal: Principal) -> None:
    host = plugin[0]
    answer = host.hook.atom_run_command(service="shopify", text="list products", context={"principal": principal})
    assert answer["ok"]
    assert "Mug" in answer["reply"]
    assert host.hook.atom_run_command(service="", text="good morning", context={"principal": principal}) is None


def test_health_reporters_answer_checks(plugin: Started) -> None:
    (reporters,) = plugin[0].hook.atom_health_reporters()
    checks = [reporter() for reporter in reporters.values()]
    assert checks
    assert all(isinstance(check, Check) and check.status in ("ok", "degraded", "down") for check in checks)
