"""The adapter to ATOM's Flask host: our names in its registries, and its registries as they were afterwards."""

from __future__ import annotations

import copy
import time

import jwt
import pytest
from atom_flask_host import SECRET, STALE, Agent, AtomFlask, entry
from flask import Flask
from toy_weather import MANIFEST, Weather

from atom_shopify_plugin.hookspecs import Event, Principal, hookimpl
from atom_shopify_plugin.host.atom_flask import StepFailed, install, uninstall
from atom_shopify_plugin.plugin import ShopifyPlugin
from atom_shopify_plugin.sandbox.server import serve

# The names that this host uses for Shopify: its clients and workflows call them.
TRIGGERS = ["order_created", "product_updated", "customer_created", "inventory_changed"]
ACTIONS = ["create_product", "update_order", "search_customers", "generate_report", "get_orders"]
PHRASES = [
    "use shopify",
    "access shopify",
    "list products",
    "check orders",
    "view analytics",
    "use auth shopify",
    "access auth shopify",
]
CAPABILITIES = [
    "manage_products",
    "process_orders",
    "customer_management",
    "sales_analytics",
    "inventory_tracking",
    "webhook_management",
    "bulk_operations",
    "custom_apps",
    "get_order",
    "get_top_selling_products",
    "get_shopify_client",
    "list_products",
    "create_product",
    "update_inventory",
    "customer_segmentation",
    "inventory_management",
    "webhook_processing",
    "get_shopify_auth_url",
]
ADA = Principal("ada")


class Working(Weather):
    """A service whose action answers, fails or breaks."""

    @hookimpl
    def atom_run_action(self, service, action, input, context):  # noqa: A002
        self.asked.append((action, input, context["principal"].subject, context.get("shop")))
        if input.get("city") == "nowhere":
            return {"ok": False, "error": {"code": "NOT_FOUND", "message": "There is no such city."}}
        if input.get("city") == "broken":
            raise RuntimeError("the password is hunter2")
        return {"ok": True, "success": True, "data": {"sky": "blue"}}

    @hookimpl
    def atom_may_see(self, principal, event):
        return principal.subject == "ada"


@pytest.fixture
def atom():
    found = AtomFlask()
    yield found
    uninstall(found.app)


@pytest.fixture
def weather():
    return Working()


@pytest.fixture
def installed(atom, weather):
    return atom.install({}, [("weather", weather)], principal=ADA)


@pytest.fixture
def shopify(atom, environ, sandbox, store):
    """The real plugin in the host, with a store of ada's."""
    with serve(sandbox) as server:
        plugin = ShopifyPlugin()
        yield atom.install({**environ, "ATOM_SHOPIFY_ENDPOINT": server.url}, [("shopify", plugin)], principal=ADA)
        uninstall(atom.app)


def signed_in(atom, subject="ada"):
    token = jwt.encode({"user_id": subject, "exp": time.time() + 60}, SECRET, "HS256")
    client = atom.app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


def run(atom, action, service="shopify", **parameters):
    body = {"service": service, "action": action, "parameters": parameters}
    return atom.app.test_client().post("/api/run", json=body).json


def test_one_entry_takes_the_place_of_three(atom, shopify):
    assert shopify.refused is None
    services = atom.app.test_client().get("/api/services").json["services"]
    (ours,) = [one for one in services if "shopify" in one["id"]]
    assert ours["id"] == "shopify"
    assert len(services) == 7 - 3 + 1
    assert set(CAPABILITIES) <= set(ours["capabilities"])
    assert set(TRIGGERS) <= set(ours["workflow_triggers"])
    assert set(ACTIONS) <= set(ours["workflow_actions"])
    assert set(PHRASES) <= set(ours["chat_commands"])
    assert (ours["status"], ours["health"], ours["type"]) == ("connected", "healthy", "integration")
    assert set(entry("x")) <= set(ours)


def test_a_phrase_is_listed_once(atom, shopify):
    told = atom.registry["shopify"]["chat_commands"]
    assert len(told) == len(set(told))


def test_the_entry_says_what_the_store_is_like(atom, environ):
    atom.install(environ, [("shopify", ShopifyPlugin())])
    assert atom.registry["shopify"]["status"] == "pending"
    services = atom.app.test_client().get("/api/services").json["services"]
    assert [one["status"] for one in services if one["id"] == "shopify"] == ["disconnected"]


def test_a_step_answers_with_live_data(atom, shopify):
    answer = run(atom, "create_product", title="Umbrella")
    assert answer["status"] == "completed"
    assert answer["result"]["product"]["title"] == "Umbrella"
    assert answer["result"]["product"] == answer["result"]["data"]
    found = run(atom, "get_orders", limit=2)
    assert len(found["result"]["orders"]) == 2


@pytest.mark.parametrize("name", ["generate_report", "search_customers", "get_orders"])
def test_a_name_that_the_host_uses_runs(atom, shopify, name):
    assert run(atom, name)["status"] == "completed"
    assert atom.agent.service_handlers["shopify"](name, {})["ok"] is True


@pytest.mark.parametrize("phrase", PHRASES)
def test_a_phrase_that_the_host_uses_is_answered(atom, shopify, phrase):
    answer = atom.agent.process_chat_command(f"please {phrase}", {})
    assert answer["success"] is True, answer
    assert answer["message"]


def test_a_failed_step_raises_and_says_nothing_of_the_inside(atom, installed, weather):
    assert run(atom, "forecast_get", "weather", city="Rome", shop="x")["result"]["data"] == {"sky": "blue"}
    assert weather.asked == [("forecast_get", {"city": "Rome"}, "ada", "x")]
    assert run(atom, "forecast_get", "weather", city="nowhere")["error"] == "There is no such city."
    broken = run(atom, "forecast_get", "weather", city="broken")
    assert broken["status"] == "failed"
    assert "hunter2" not in broken["error"]
    with pytest.raises(StepFailed):
        atom.agent.service_handlers["weather"]("forecast_get", {"city": "nowhere"})


def test_without_a_principal_nobody_acts(atom, weather):
    adapter = atom.install({}, [("weather", weather)])
    assert "principal" in {missing.name for missing in adapter.missing}
    assert "principal" in run(atom, "forecast_get", "weather")["error"]
    assert atom.agent.chat_command_handlers["weather weather"]({})["success"] is False
    assert weather.asked == []


def test_a_user_id_that_names_somebody_else_is_refused(atom, installed, weather):
    assert "somebody else" in run(atom, "forecast_get", "weather", user_id="mallory")["error"]
    assert run(atom, "forecast_get", "weather", user_id="ada")["status"] == "completed"
    assert len(weather.asked) == 1


def test_phrases_are_plain_functions_the_longer_ones_first(atom, shopify):
    phrases = list(atom.agent.chat_command_handlers)
    assert all(atom.agent.names())
    for at, phrase in enumerate(phrases):
        assert not any(earlier in phrase for earlier in phrases[:at]), phrase
    assert all(" " in phrase and "{" not in phrase for phrase in phrases)
    assert not [phrase for phrase in phrases if "undo" in phrase]  # it changes something


def test_a_phrase_that_the_host_has_stays_the_hosts(atom, weather):
    def own(parameters):
        return {"own": True}

    atom.agent.chat_command_handlers["weather weather"] = own
    atom.install({}, [("weather", weather)], principal=ADA)
    assert atom.agent.chat_command_handlers["weather weather"] is own
    uninstall(atom.app)
    assert atom.agent.chat_command_handlers == {"weather weather": own}


def test_what_the_host_throws_away_is_entered_again(atom, installed):
    atom.agent.initialize_services()
    atom.app.test_client().get("/api/services")
    assert set(atom.agent.service_handlers) == {"gmail", "weather"}
    assert list(atom.agent.chat_command_handlers) == ["schedule", "weather weather"]
    uninstall(atom.app)
    assert set(atom.agent.service_handlers) == {"gmail"}


def test_installing_twice_changes_nothing(atom, installed, weather):
    before = (dict(atom.registry), dict(atom.actions), list(atom.app.url_map.iter_rules()))
    assert atom.install({}, [("weather", weather)]) is installed
    assert (dict(atom.registry), dict(atom.actions), list(atom.app.url_map.iter_rules())) == before


def test_uninstalling_restores_every_registry(atom, environ):
    atom.agent.initialize_services()
    objects = (atom.registry, atom.actions, atom.agent.service_handlers, atom.agent.chat_command_handlers)
    before = [list(copy.copy(one).items()) for one in objects]
    texts = copy.deepcopy(atom.registry)
    atom.install(environ, [("shopify", ShopifyPlugin())], principal=ADA)
    atom.app.test_client().get("/api/services")
    assert [list(one.items()) for one in objects] != before
    uninstall(atom.app)
    uninstall(atom.app)
    assert [list(one.items()) for one in objects] == before  # in order, too
    assert atom.registry == texts
    assert set(STALE) <= set(atom.registry)


def test_after_uninstalling_addresses_say_that_they_are_gone(atom, installed):
    kept = atom.actions["weather"]["forecast_get"]
    client = atom.app.test_client()
    assert client.get("/api/weather/today").status_code == 401
    uninstall(atom.app)
    for path in ("/api/weather/today", "/api/services/weather/health"):
        answer = client.get(path)
        assert (answer.status_code, answer.json["success"], type(answer.json["error"])) == (410, False, str)
    assert client.get("/api/services").status_code == 200
    assert run(atom, "send", "gmail", to="ada")["status"] == "completed"
    assert atom.install({}, []).refused
    atom.actions["kept"] = {"forecast_get": kept}
    assert "uninstalled" in run(atom, "forecast_get", "kept")["error"]


def test_after_the_first_request_nothing_is_changed(atom, weather):
    atom.app.test_client().get("/api/services")
    before = (dict(atom.registry), dict(atom.actions))
    adapter = atom.install({}, [("weather", weather)])
    assert "right after `create_app()`" in adapter.refused
    assert (atom.registry, atom.actions) == before
    assert atom.app.test_client().get("/api/services").status_code == 200


@pytest.mark.parametrize("lost", ["services", "workflow_actions", "agent", "execute_workflow"])
def test_a_host_that_lacks_a_registry_gets_the_rest(weather, lost):
    atom = AtomFlask()
    given = {
        "services": atom.registry,
        "workflow_actions": atom.actions,
        "agent": atom.agent,
        "execute_workflow": atom.execute_workflow,
    }
    del given[lost]
    adapter = install(
        atom.app,
        environ={"JWT_SECRET": SECRET},
        plugins=[("weather", weather)],
        principal=ADA,
        triggers={"rain_started": ["w1"]},
        **given,
    )
    assert adapter.refused is None
    (missing,) = adapter.missing
    assert missing.name
    assert missing.without
    entered = ("weather" in atom.registry, "weather" in atom.actions, "weather" in atom.agent.service_handlers)
    assert list(entered) == [lost != "services", lost != "workflow_actions", lost != "agent"]
    uninstall(atom.app)


@pytest.mark.filterwarnings("ignore:The HMAC key is")
@pytest.mark.parametrize("secret", [None, "your-secret-key", "short"])
def test_a_secret_that_anybody_may_know_lets_nobody_in(atom, weather, secret):
    environ = {} if secret is None else {"JWT_SECRET": secret}
    adapter = install(atom.app, services=atom.registry, environ=environ, plugins=[("weather", weather)])
    assert "JWT_SECRET" in {missing.name for missing in adapter.missing}
    token = jwt.encode({"user_id": "ada", "exp": time.time() + 60}, secret or "x" * 32, "HS256")
    answer = atom.app.test_client().get("/api/weather/today", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


def test_a_manifest_with_a_fault_is_not_entered(atom):
    class Faulty(Weather):
        @hookimpl
        def atom_services(self):
            return [{**MANIFEST, "capabilities": ["forecast", "forecast"]}]

    before = dict(atom.registry)
    adapter = atom.install({}, [("weather", Faulty())])
    assert "capabilities" in adapter.refused
    assert atom.registry == before
    assert atom.app.test_client().get("/api/weather/today").status_code == 410


def test_a_plugin_that_breaks_leaves_the_host_as_it_is(atom):
    class Broken(Weather):
        @hookimpl
        def atom_start(self, host):
            raise RuntimeError("no")

    before = dict(atom.registry)
    adapter = atom.install({}, [("weather", Broken())])
    assert "plugin weather" in {missing.name for missing in adapter.missing}
    assert atom.registry == before
    assert atom.app.test_client().get("/api/services").status_code == 200


def test_a_trigger_starts_its_workflows_once(atom, weather):
    adapter = atom.install(
        {}, [("weather", weather)], principal=ADA, triggers={"rain_started": ["w1", "w2"], "other": ["w3"]}
    )
    assert list(adapter.hook.atom_triggers_in_use()) == [{"rain_started", "other"}]
    event = Event("rain_started", {"mm": 3}, "d-1", "rome")
    for _ in range(2):
        adapter.hook.atom_emit(event=event)
    until = time.monotonic() + 5
    while len(atom.started) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    assert sorted(name for name, _ in atom.started) == ["w1", "w2"]
    assert atom.started[0][1] == {"trigger": "rain_started", "shop": "rome", "event_id": "d-1", "payload": {"mm": 3}}


def test_an_event_that_the_principal_may_not_see_starts_nothing(atom, weather):
    adapter = atom.install(
        {}, [("weather", weather)], principal=Principal("mallory"), triggers={"rain_started": ["w1"]}
    )
    adapter.hook.atom_emit(event=Event("rain_started", {}, "d-1", "rome"))
    time.sleep(0.05)
    assert atom.started == []


def test_the_chat_of_a_service_answers_the_person_who_signed_in(atom, shopify):
    client = signed_in(atom)
    answer = client.post("/api/services/shopify/chat", json={"message": "product mug"})
    assert answer.json["ok"] is True
    assert "Mug" in answer.json["reply"]
    assert atom.app.test_client().post("/api/services/shopify/chat", json={"message": "x"}).status_code == 401
    for body in ({}, {"message": 7}, {"message": "x" * 3000}, {"message": "x", "shop": 1}, []):
        failed = client.post("/api/services/shopify/chat", json=body)
        assert (failed.status_code, type(failed.json["error"])) == (400, str)


def test_the_pages_of_a_service_are_there(atom, shopify):
    client = atom.app.test_client()
    health = client.get("/api/services/shopify/health").json
    assert (health["status"], health["name"], health["service"]) == ("healthy", "Shopify", "shopify")
    info = client.get("/api/services/shopify/info").json
    assert (info["service_id"], info["status"], info["workflow_integration"]) == ("shopify", "connected", True)
    assert signed_in(atom).get("/api/shopify/products").json["ok"] is True


def test_an_agent_of_an_odd_shape_is_left_alone(atom, weather):
    atom.agent = Agent()
    atom.agent.service_handlers = None
    adapter = atom.install({}, [("weather", weather)], principal=ADA)
    assert adapter.refused is None
    assert "weather weather" in atom.agent.chat_command_handlers


def test_the_first_request_is_answered_as_all_others(environ):
    app = Flask("bare")
    assert install(app, environ=environ, plugins=[("shopify", ShopifyPlugin())]).refused is None
    client = app.test_client()
    try:
        assert client.get("/elsewhere").content_type.startswith("text/html")
        for method, path, status in (
            ("GET", "/api/shopify/nothing", 404),
            ("PATCH", "/api/shopify/stores", 405),
            ("GET", "/api/shopify/stores", 401),
        ):
            for _ in range(2):
                answer = client.open(path, method=method)
                assert answer.status_code == status
                assert set(answer.json["error"]) == {"code", "message", "details", "request_id", "retryable"}
                assert answer.headers["X-Request-Id"] == answer.json["error"]["request_id"]
    finally:
        uninstall(app)
