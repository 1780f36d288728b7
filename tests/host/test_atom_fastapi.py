"""The adapter to ATOM's FastAPI host: our names in its registries, and its registries as they were afterwards."""

from __future__ import annotations

import asyncio
import base64
import copy
import hashlib
import hmac
import json
import os
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from jsonschema import Draft202012Validator
from toy_weather import Weather

from atom_shopify_plugin.hookspecs import Event, Principal, hookimpl
from atom_shopify_plugin.host.atom_fastapi import StepFailed, install, uninstall
from atom_shopify_plugin.plugin import ShopifyPlugin
from atom_shopify_plugin.sandbox.server import serve

# The names that agents, steps and pages of this host use for Shopify and that we answer.
NAMES = [
    "shopify_create_product",
    "shopify_update_inventory",
    "shopify_get_orders",
    "shopify_get_customers",
    "shopify_get_products",
    "shopify_create_fulfillment",
    "shopify_get_analytics",
    "shopify_manage_inventory",
    *(
        f"shopify_{name}"
        for name in (
            "get_shop_analytics",
            "get_customer",
            "search_customers",
            "get_fulfillments",
            "get_shop_info",
            "get_inventory_levels",
            "get_locations",
            "calculate_refund",
            "get_draft_orders",
            "create_draft_order",
            "complete_draft_order",
            "get_transactions",
            "get_order_count",
            "get_product_count",
            "get_customer_count",
        )
    ),
]
PARAMETERS = {
    "type": "object",
    "required": ["type", "properties", "required"],
    "properties": {
        "type": {"const": "object"},
        "properties": {
            "additionalProperties": {
                "type": "object",
                "required": ["type"],
                "properties": {"type": {"enum": ["string", "integer", "number", "boolean", "array", "object"]}},
            }
        },
        "required": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
    },
}
ADA = Principal("ada")


class ActionRegistry:
    """Named actions, and no way to take one out, as in the host."""

    def __init__(self) -> None:
        self._actions: dict[str, Any] = {}

    def register(self, name, handler, description="", parameters_schema=None, preconditions=None, effects=None) -> Any:
        self._actions[name] = made = SimpleNamespace(
            name=name, handler=handler, description=description, schema=parameters_schema, effects=effects
        )
        return made

    async def execute_action(self, name, args, context) -> Any:
        return await self._actions[name].handler(args, context)


class OwnService:
    """The class by which the host's own code reaches Shopify, as far as it matters here."""

    def __init__(self, tenant_id="default", config=None) -> None:
        self.tenant_id, self.config, self.shop_name = tenant_id, config or {}, None

    async def get_products(self, access_token, shop, limit=20):
        raise RuntimeError("the host's own")

    async def get_customer(self, access_token, shop, customer_id):
        raise RuntimeError("the host's own")

    async def create_product(self, access_token, shop, product):
        raise RuntimeError("the host's own")

    async def get_order_count(self, access_token, shop, status="any"):
        raise RuntimeError("the host's own")

    async def list_blogs(self, access_token, shop):
        return ["the host's own"]

    async def health_check(self):
        return {"healthy": True, "message": "Connected"}

    async def execute_operation(self, operation, parameters, context=None):
        return {"success": True, "result": "the host's own"}


class Orchestrator:
    def __init__(self) -> None:
        self.events: list[tuple[str, Any]] = []

    async def trigger_event(self, event_type, data) -> int:
        self.events.append((event_type, data))
        return 1


class Atom:
    """A stand-in for the host: its registries, a route of its own below our prefix, and its filter of bodies."""

    def __init__(self) -> None:
        self.app = FastAPI()
        self.registry = ActionRegistry()
        self.registry.register("host_action", self._own)
        self.registry.register("shopify_create_product", self._own)
        self.registry.register("shopify_list_blogs", self._own)
        self.services = [{"id": "slack", "name": "Slack", "description": "", "status": "x", "oauth_required": True}]
        self.orchestrator = Orchestrator()
        self.service = type("ShopifyService", (OwnService,), dict(vars(OwnService)))

        @self.app.middleware("http")
        async def filtered(request: Request, call_next: Any) -> Any:
            if b"content=" in await request.body():
                return JSONResponse({"error": "Invalid request content"}, 400)
            return await call_next(request)

        @self.app.get("/api/shopify/products")
        async def products() -> Any:
            return {"from": "host"}

        @self.app.get("/api/own")
        async def own() -> Any:
            return {"from": "host"}

    async def _own(self, args, context) -> Any:
        return {"success": True, "from": "host"}

    def install(self, environ, plugins, **options) -> Any:
        given = {
            "action_registry": self.registry,
            "services": self.services,
            "decode_token": lambda token: {"sub": token} if token in ("ada", "mallory") else None,
            "get_orchestrator": lambda: self.orchestrator,
            "service_classes": {"shopify": self.service},
            **options,
        }
        return install(self.app, environ=environ, plugins=plugins, **given)

    def send(self, method, path, **options) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:5058") as client:
                return await client.request(method, path, **options)

        return asyncio.run(ask())

    def act(self, name, context, **args) -> Any:
        return asyncio.run(self.registry.execute_action(name, args, context))


@pytest.fixture
def atom():
    found = Atom()
    yield found
    uninstall(found.app)


@pytest.fixture
def shopify(atom, environ, sandbox, store):
    with serve(sandbox) as server:
        settings = {**environ, "ATOM_SHOPIFY_ENDPOINT": server.url}
        yield atom.install(settings, [("shopify", ShopifyPlugin())], principal=ADA)
        uninstall(atom.app)


def user(subject="ada", workspace=None):
    return {"user": SimpleNamespace(id=subject, workspace_id=workspace), "user_id": subject, "db": None}


STEP = {"run_id": "r", "execution_id": "e", "workspace_id": "default", "tenant_id": "t", "agent_id": None}


def test_actions_are_registered_under_the_hosts_names(atom, shopify):
    assert shopify.refused is None
    assert set(NAMES) <= set(atom.registry._actions)
    assert atom.act("shopify_list_blogs", {}) == {"success": True, "from": "host"}  # which we don't have
    for name, action in atom.registry._actions.items():
        if action.schema is not None:
            Draft202012Validator(PARAMETERS).validate(action.schema)
            assert action.description, name


def test_an_action_answers_in_the_hosts_way(atom, shopify):
    made = atom.act("shopify_create_product", user(), title="Kite")
    assert (made["success"], made["product"]["title"]) == (True, "Kite")
    found = atom.act("shopify_get_orders", {"workspace_id": "default", "user_id": "ada"}, limit=2)
    assert len(found["orders"]) == 2
    wrong = atom.act("shopify_create_product", user())
    assert (wrong["success"], wrong["error"]) == (False, "validation_error")
    assert wrong["message"]
    assert wrong["request_id"]
    assert json.dumps(made)


@pytest.mark.parametrize("name", ["shopify_get_shop_info", "shopify_get_locations", "shopify_get_product_count"])
def test_a_step_of_a_workflow_acts_for_the_configured_person(atom, shopify, name):
    assert atom.act(name, STEP)["success"] is True


def test_a_step_that_fails_raises(atom, shopify):
    with pytest.raises(StepFailed):
        atom.act("shopify_create_product", STEP)
    with pytest.raises(StepFailed, match="sign in"):
        atom.act("shopify_get_shop_info", {**STEP, "workspace_id": None})


def test_who_has_no_store_is_told_so(atom, shopify):
    for context in (user("mallory"), user("ada", "elsewhere"), {"workspace_id": "other", "user_id": "ada"}):
        answer = atom.act("shopify_get_products", context)
        assert (answer["success"], answer["error"]) == (False, "no_shopify_store")


@pytest.mark.parametrize("context", [{}, None, {"user_id": None}, {"agent_id": "a"}, {"user": object()}])
def test_nobody_is_refused(atom, shopify, context):
    answer = atom.act("shopify_get_products", context)
    assert (answer["success"], answer["error"]) == (False, "auth_error")


def test_the_workspace_is_never_taken_from_arguments(atom, shopify):
    answer = atom.act("shopify_get_shop_info", user("ada", "elsewhere"), workspace_id="default", tenant_id="default")
    assert answer["error"] == "no_shopify_store"


def test_addresses_are_served_before_the_hosts_routes(atom, shopify):
    answer = atom.send("GET", "/api/shopify/products", headers={"Authorization": "Bearer ada"})
    assert answer.json()["data"]["items"]
    refused = atom.send("GET", "/api/shopify/products")
    assert (refused.status_code, refused.json()["detail"]) == (401, refused.json()["error"]["message"])
    assert atom.send("GET", "/api/own").json() == {"from": "host"}
    page = atom.send("GET", "/shopify", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["content-type"]) == (401, "application/json")


def test_the_page_of_the_host_sees_the_connection(atom, shopify):
    ada = {"Authorization": "Bearer ada"}
    found = atom.send("GET", "/api/shopify/connection", headers=ada).json()
    assert (found["ok"], found["connected"], found["shop"]) == (True, True, "demo.myshopify.com")
    other = atom.send("GET", "/api/shopify/connection", headers={"Authorization": "Bearer mallory"}).json()
    assert (other["ok"], other["connected"], other["shop"]) == (True, False, None)
    begun = atom.send("GET", "/api/shopify/auth/url?shop=demo", headers=ada)
    assert (begun.json()["shop"], begun.json()["configured"]) == ("demo.myshopify.com", True)
    assert "/admin/oauth/authorize" in begun.json()["url"]
    assert "set-cookie" in begun.headers


@pytest.mark.parametrize(
    "path", ["/api/shopify/webhooks", "/api/v1/webhooks/shopify", "/api/webhooks/shopify/orders-create"]
)
def test_a_delivery_reaches_us_before_the_hosts_filter(atom, shopify, path):
    body = json.dumps({"id": 1, "landing_site": "/?utm_content=x", "admin_graphql_api_id": "gid://shopify/Order/1"})
    digest = hmac.digest(b"sandbox-secret", body.encode(), hashlib.sha256)
    headers = {
        "X-Shopify-Topic": "orders/create",
        "X-Shopify-Shop-Domain": "demo.myshopify.com",
        "X-Shopify-Webhook-Id": "w-1",
        "X-Shopify-Event-Id": "e-1",
        "X-Shopify-API-Version": "2026-10",
        "X-Shopify-Triggered-At": "2026-11-30T10:00:00Z",
        "X-Shopify-Hmac-Sha256": base64.b64encode(digest).decode(),
        "Content-Type": "application/json",
    }
    answer = atom.send("POST", path, content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    forged = atom.send("POST", path, content=body, headers={**headers, "X-Shopify-Hmac-Sha256": "AAAA"})
    assert forged.status_code == 401
    assert atom.send("POST", "/api/own", content="content=x").status_code == 400  # the host's own filter


def test_an_event_reaches_the_orchestrator_on_the_loop_of_the_server(atom):
    class Seeing(Weather):
        @hookimpl
        def atom_may_see(self, principal, event):
            return event.shop == "rome"

    adapter = atom.install({}, [("weather", Seeing())], principal=Principal("ada", tenant="w1"))
    event = Event("rain_started", {"mm": 3}, "d-1", "rome")

    async def serving() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(atom.app), base_url="http://x") as client:
            await client.get("/api/own")
            for one in (event, event, Event("rain_started", {}, "d-2", "oslo")):
                await asyncio.to_thread(adapter.hook.atom_emit, event=one)

    asyncio.run(serving())
    assert atom.orchestrator.events == [
        (
            "WEATHER_RAIN_STARTED",
            {
                "mm": 3,
                "workspace_id": "w1",
                "source": "weather",
                "shop": "rome",
                "topic": "rain_started",
                "event_id": "d-1",
            },
        )
    ]


def test_uninstalling_restores_every_registry(atom, environ):
    before = (list(atom.registry._actions.items()), copy.deepcopy(atom.services))
    adapter = atom.install(environ, [("shopify", ShopifyPlugin())], principal=ADA)
    assert atom.install(environ, []) is adapter
    assert [one["id"] for one in atom.services] == ["slack", "shopify"]
    uninstall(atom.app)
    uninstall(atom.app)
    assert (list(atom.registry._actions.items()), atom.services) == before
    gone = atom.send("GET", "/api/shopify/stores")
    assert (gone.status_code, gone.json()["detail"]) == (410, "The plugins were uninstalled.")
    assert atom.send("GET", "/api/own").status_code == 200
    assert atom.install(environ, []).refused


def test_after_the_first_request_nothing_is_changed(atom, environ):
    atom.send("GET", "/api/own")
    before = (list(atom.registry._actions.items()), list(atom.services))
    assert "already" in atom.install(environ, [("shopify", ShopifyPlugin())]).refused
    assert (list(atom.registry._actions.items()), atom.services) == before


@pytest.mark.parametrize("lost", ["action_registry", "services", "decode_token", "get_orchestrator"])
def test_a_host_that_lacks_something_gets_the_rest(atom, lost):
    adapter = atom.install({}, [("weather", Weather())], principal=ADA, **{lost: None})
    assert adapter.refused is None
    assert len(adapter.missing) == 1
    assert ("weather_forecast_get" in atom.registry._actions) is (lost != "action_registry")
    assert ("weather" in [one["id"] for one in atom.services]) is (lost != "services")


def test_a_registry_that_breaks_leaves_the_host_as_it_was(atom, environ):
    def broken(*args, **options):
        raise RuntimeError("no")

    before = list(atom.services)
    registry = SimpleNamespace(register=broken, _actions={})
    adapter = atom.install(environ, [("shopify", ShopifyPlugin())], action_registry=registry)
    assert "RuntimeError" in adapter.refused
    assert atom.services == before
    assert atom.send("GET", "/api/own").status_code == 200


def test_a_folder_of_the_host_that_is_called_like_a_library_is_no_obstacle(tmp_path):
    (tmp_path / "alembic").mkdir()
    (tmp_path / "alembic" / "__init__.py").write_text("")
    script = (
        "import alembic; from fastapi import FastAPI; from atom_shopify_plugin.host.atom_fastapi import install\n"
        "adapter = install(FastAPI(), environ={'ATOM_SHOPIFY_DATA_DIR': 'data'})\n"
        "print(adapter.refused, list(adapter.services()))"
    )
    environ = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=tmp_path, env=environ
    )
    assert done.stdout.strip() == "None ['shopify']"


def reach(atom, name, *args, tenant="default", **options):
    """Call a method of the host's class as its steps do, which ask what kind of function it is."""
    method = getattr(atom.service(tenant_id=tenant), name)
    assert asyncio.iscoroutinefunction(method)
    return asyncio.run(method(*args, **options))


def test_the_hosts_own_class_answers_with_live_data(atom, shopify):
    kept = atom.service()  # some of the host's modules keep an object that they made before
    products = asyncio.run(kept.get_products("token", "demo.myshopify.com", 2))
    assert len(products) == 2
    assert all(one["title"] for one in products)
    assert reach(atom, "get_products", access_token="x", shop="demo", limit=1) == products[:1]
    made = reach(atom, "create_product", None, None, {"title": "Kite"})
    assert made["title"] == "Kite"
    assert isinstance(reach(atom, "get_order_count", None, None), int)
    customer = atom.act("shopify_get_customers", user(), limit=1)["customers"][0]
    assert reach(atom, "get_customer", None, None, customer["legacy_id"])["id"] == customer["id"]
    assert reach(atom, "list_blogs", None, None) == ["the host's own"]
    assert reach(atom, "health_check")["healthy"] is True


def test_the_hosts_own_class_raises_what_fails_and_opens_no_other_store(atom, shopify):
    with pytest.raises(StepFailed):
        reach(atom, "get_products", "token", "elsewhere.myshopify.com")
    with pytest.raises(StepFailed, match="another workspace"):
        reach(atom, "get_products", None, None, tenant="w2")
    with pytest.raises(StepFailed):
        reach(atom, "get_customer", None, None, "not an id")


def test_an_operation_of_the_hosts_own_class_is_told_in_its_shape(atom, shopify):
    found = reach(atom, "execute_operation", "get_products", {"limit": 1, "access_token": "x"})
    assert (found["success"], len(found["result"])) == (True, 1)
    for context, tenant in (({"user_id": "mallory"}, "default"), (None, "w2"), ({"workspace_id": "w2"}, "default")):
        refused = reach(atom, "execute_operation", "get_products", {}, context, tenant=tenant)
        assert (refused["success"], refused["operation"]) == (False, "get_products")
        assert refused["error"]
    assert reach(atom, "execute_operation", "list_blogs", {}) == {"success": True, "result": "the host's own"}


def test_the_hosts_own_class_lists_what_it_can_do(atom, shopify):
    service = atom.service()
    told = service.get_capabilities()
    assert told["supports_webhooks"] is True
    assert {"id", "name", "complexity"} == set(told["operations"][0])
    for one in service.get_operations():
        Draft202012Validator(PARAMETERS).validate(one["parameters"])
        assert 1 <= one["complexity"] <= 4
        assert one["description"]


def test_the_hosts_own_class_is_given_back(atom, environ):
    before = dict(vars(atom.service))
    atom.install(environ, [("shopify", ShopifyPlugin())], principal=ADA)
    assert dict(vars(atom.service)) != before
    uninstall(atom.app)
    assert dict(vars(atom.service)) == before


def test_installing_loads_nothing_but_names(environ):
    script = (
        "import sys; from fastapi import FastAPI; import atom_shopify_plugin.host.atom_flask\n"
        "from atom_shopify_plugin.host.atom_fastapi import install\n"
        "adapter = install(FastAPI())\n"
        "loaded = [name for name in sys.modules if name.startswith('atom_shopify_plugin.')]\n"
        "heavy = [name for name in loaded if '.storage' in name or '.loading' in name]\n"
        "print(adapter.refused, heavy, 'graphql' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, env={**os.environ, **environ}
    )
    assert done.stdout.strip() == "None [] False"
