"""The hooks of the plugin, as any host calls them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pluggy
import pytest

from atom_shopify_plugin.hookspecs import PROJECT, Check, HostHooks, PluginHooks, Principal
from atom_shopify_plugin.plugin import ShopifyPlugin
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.server import serve
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.storage.database.timeouts import begin_answering, end_answering


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


STRANGE = {"kind": "status", "status": 200, "body": {"data": {"products": {}}}, "match": {"subject": "ProductSearch"}}


def test_a_defect_is_an_answer_that_shows_nothing_of_it(
    plugin: Started, sandbox: Sandbox, principal: Principal, caplog: pytest.LogCaptureFixture
) -> None:
    """An answer of Shopify that lacks a member makes the code that reads it fail, in an action and in a command."""
    context = {"principal": principal, "request_id": "request-77"}
    sandbox.faults.add(STRANGE)
    answer = run(plugin[0], "product_search", {}, **context)
    assert (answer["ok"], answer["error"]["code"], answer["error"]["retryable"]) == (False, "INTERNAL_ERROR", False)
    assert answer["error"]["request_id"] == "request-77"
    sandbox.faults.add(STRANGE)
    reply = plugin[0].hook.atom_run_command(service="shopify", text="list products", context=context)
    assert (reply["ok"], reply["error"]["code"], reply["error"]["request_id"]) == (
        False, "INTERNAL_ERROR", "request-77",
    )  # fmt: skip
    assert "nodes" not in repr((answer, reply))
    assert caplog.text.count("Unexpected KeyError in request request-77") == 2
    assert "'nodes'" not in "".join(record.getMessage().splitlines()[0] for record in caplog.records)


@pytest.mark.parametrize(
    "context", [None, [], "ada", {"principal": None}, {"principal": Principal("ada"), "request_id": 5}], ids=repr
)
def test_a_context_that_is_none_is_an_answer_too(plugin: Started, context: Any) -> None:
    hook = plugin[0].hook
    assert hook.atom_run_action(service="shopify", action="store_get", input={}, context=context)["ok"] is False
    assert hook.atom_run_command(service="shopify", text="list products", context=context)["ok"] is False


def test_before_the_start_and_after_the_stop_every_hook_still_answers(environ: dict[str, str]) -> None:
    plugin = ShopifyPlugin()
    context = {"principal": Principal("ada")}
    for _ in range(2):
        answer = plugin.atom_run_action("shopify", "store_get", {}, context)
        assert answer is not None
        assert answer["error"]["code"] == "CONFIG_ERROR"
        reply = plugin.atom_run_command("shopify", "list products", context)
        assert reply is not None
        assert reply["error"]["code"] == "CONFIG_ERROR"
        assert plugin.atom_run_action("weather", "store_get", {}, context) is None
        host = SmallHost(environ)
        host.manager.register(plugin, "shopify")
        host.hook.atom_start(host=host)
        host.hook.atom_stop()


def test_the_request_of_the_host_stands_in_the_audit_log(plugin: Started, principal: Principal) -> None:
    context = {"principal": principal, "request_id": "request-77", "via": "agent by " + "s" * 255}
    made = run(plugin[0], "product_create", {"title": "Cup"}, **context)
    (entry,) = plugin[1].runtime.storage.audit.list(principal)
    assert (entry.id, entry.request_id) == (made["meta"]["audit_id"], "request-77")
    assert entry.via == "agent by " + "s" * 255


def test_an_error_names_the_request(plugin: Started, principal: Principal) -> None:
    answer = run(plugin[0], "nothing", {}, principal=principal, request_id="request-77")
    assert answer["error"]["request_id"] == "request-77"


def test_an_operation_that_can_not_be_one_is_not_found(plugin: Started, principal: Principal) -> None:
    for operation in (None, 7, ["a"], "", "\0", "x" * 10_000, "0" * 32):
        context = {"principal": principal}
        answer = plugin[0].hook.atom_operation(service="shopify", operation=operation, context=context)
        assert answer["error"]["code"] == "NOT_FOUND"


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


HUGE = [10**30, -(10**30), 2**63, 10**5000, float("inf"), float("nan"), 1e300, "5x", [5], True, 5.5]


@pytest.mark.parametrize("delta", HUGE, ids=range(len(HUGE)))
def test_a_number_of_any_size_is_refused_at_its_place(plugin: Started, principal: Principal, delta: Any) -> None:
    host, _ = plugin
    answer = run(host, "inventory_adjust", {"sku": "MUG-BLUE", "delta": delta}, principal=principal)
    assert answer["error"]["code"] == "VALIDATION_ERROR"
    assert [fault["pointer"] for fault in answer["error"]["details"]["faults"]] == ["/delta"]


def nested(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    return value


NO_JSON = ["a\0b", "\ud800", {"\ud800": 1}, {1: 2}, (1, 2), object(), {"a": b"b"}, nested(2_000)]


@pytest.mark.parametrize("value", NO_JSON, ids=range(len(NO_JSON)))
def test_what_json_does_not_know_is_refused(plugin: Started, principal: Principal, value: Any) -> None:
    host, _ = plugin
    answer = run(host, "product_create", {"title": value}, principal=principal)
    assert answer["error"]["code"] == "VALIDATION_ERROR"
    assert answer["error"]["details"]["faults"][0]["pointer"].startswith("/title")


@pytest.mark.parametrize("shop", ["all", "demo,outlet", ["demo", "outlet.myshopify.com"]])
def test_a_host_may_name_several_stores(plugin: Started, sandbox: Sandbox, principal: Principal, shop: Any) -> None:
    host, started = plugin
    token = Secret(sandbox.issue_admin_token("outlet.myshopify.com", scopes=started.runtime.settings.scopes))
    started.runtime.connections.connect_token(principal, ShopDomain("outlet.myshopify.com"), token)
    answer = run(host, "store_get", {}, principal=principal, shop=shop)
    assert answer["ok"] is True
    assert [one["shop"] for one in answer["data"]["stores"]] == ["demo.myshopify.com", "outlet.myshopify.com"]
    spoken = host.hook.atom_run_command(
        service="shopify", text="list products", context={"principal": principal, "shop": shop}
    )
    assert [one["ok"] for one in spoken["data"]["stores"]] == [True, True]


def test_a_busy_database_does_not_fail_the_host_that_tells_of_other_triggers(
    plugin: Started, environ: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    (file,) = Path(environ["ATOM_SHOPIFY_DATA_DIR"]).glob("*.db")
    with closing(sqlite3.connect(file)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        begin_answering(0.2)  # as a request does that stores a workflow
        try:
            plugin[0].hook.atom_triggers_changed()
        finally:
            end_answering()
    (record,) = (record for record in caplog.records if record.name == "atom_shopify_plugin.plugin")
    assert "within an hour" in record.message
    assert record.exc_info is None
