"""Start ATOM's Flask host, install the plugin over the sandbox, and print what came of it as a line of JSON."""

from __future__ import annotations

import json
import logging
import tempfile

logging.disable(logging.CRITICAL)

import main_api_app_original  # noqa: E402
import service_registry_routes  # noqa: E402
import workflow_agent_integration  # noqa: E402
import workflow_execution_service  # noqa: E402

from atom_shopify_plugin.hookspecs import Principal  # noqa: E402
from atom_shopify_plugin.host.atom_flask import install, uninstall  # noqa: E402
from atom_shopify_plugin.plugin import ShopifyPlugin  # noqa: E402
from atom_shopify_plugin.sandbox.core import Sandbox  # noqa: E402
from atom_shopify_plugin.sandbox.server import serve  # noqa: E402
from atom_shopify_plugin.settings import Secret  # noqa: E402
from atom_shopify_plugin.shopify.domain import ShopDomain  # noqa: E402

PAGES = [
    *("/api/services", "/api/services/shopify", "/api/services/health", "/api/services/status"),
    *("/api/services/workflow-capabilities", "/api/services/chat-commands", "/api/services/integration-status"),
    *("/api/services/batch/health", "/api/services/batch/info", "/api/workflows/services"),
    *("/api/services/shopify/health", "/api/services/shopify/info"),
    *("/api/shopify/products?user_id=ada", "/api/shopify/connection-status?user_id=ada"),
    *("/api/integrations/shopify/health?user_id=ada", "/api/shopify/health?user_id=ada"),
]
PHRASES = ["use shopify", "access shopify", "list products", "check orders", "view analytics", "use auth shopify"]
DEMO = "demo.myshopify.com"


def step(name, action, **parameters):
    return {"id": name, "type": "service_action", "service": "shopify", "action": action, "parameters": parameters}


def main():
    app = main_api_app_original.create_app()
    registry = service_registry_routes.SERVICE_REGISTRY
    actions = workflow_execution_service.workflow_execution_service.service_registry
    agent = workflow_agent_integration.workflow_agent_integration_service
    objects = (registry, actions, agent.service_handlers, agent.chat_command_handlers)
    before = [list(one.items()) for one in objects]
    with tempfile.TemporaryDirectory() as folder, Sandbox(size="small") as sandbox, serve(sandbox) as server:
        environ = {
            "ATOM_SHOPIFY_DATA_DIR": folder,
            "ATOM_SHOPIFY_ENDPOINT": server.url,
            "SHOPIFY_API_KEY": "sandbox-key",
            "SHOPIFY_API_SECRET": "sandbox-secret",
            "JWT_SECRET": "x9Kq2mVbT7wLr4ZsYd8NfGh1JcPuEo3A",
        }
        plugin, ada = ShopifyPlugin(), Principal("ada")
        adapter = install(app, principal=ada, environ=environ, plugins=[("shopify", plugin)], trust_user_id=True)
        told = {"refused": adapter.refused, "missing": [one.name for one in adapter.missing]}
        token = Secret(sandbox.issue_admin_token(DEMO, scopes=plugin.runtime.settings.scopes))
        plugin.runtime.connections.connect_token(ada, ShopDomain(DEMO), token)
        client = app.test_client()
        told["pages"] = {path: client.get(path).status_code for path in PAGES}
        told["total"] = client.get("/api/services").json["total_services"]
        told["entry"] = client.get("/api/services/shopify").json["service"]
        steps = [
            step("s1", "create_product", title="Kite"),
            step("s2", "get_product", id="{{s1.product.id}}"),
            step("s3", "generate_report"),
        ]
        client.post("/api/workflows/definitions", json={"id": "w1", "name": "Kites", "steps": steps})
        results = client.post("/api/workflows/execute", json={"workflow_id": "w1", "input": {}}).json["results"]
        told["steps"] = [results[one["id"]].get("result", {}).get("ok") for one in steps]
        told["title"] = results["s2"]["result"]["product"]["title"]
        told["orders"] = agent.service_handlers["shopify"]("get_orders", {"limit": 1})["ok"]
        told["chat"] = {phrase: agent.process_chat_command(f"please {phrase}", {})["success"] for phrase in PHRASES}
        uninstall(app)
        told["restored"] = [list(one.items()) == was for one, was in zip(objects, before, strict=True)]
        told["after"] = [client.get(path).status_code for path in ("/api/shopify/stores", "/api/services")]
    print("\n" + json.dumps(told))  # noqa: T201  # what the test reads


main()
