"""Runs schemathesis against a house: the documents of the plugin and of the host, over real HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from house import House, Person, open_house

HERE = Path(__file__).parent
DOCUMENTS = {"plugin": "/api/shopify/openapi.json", "host": "/api/openapi.json"}
# Which ids of the store an operation's path is about.
_OF = {
    "products": ("product_get", "product_update", "product_delete"),
    "customers": ("customer_get", "customer_update"),
    "orders": ("order_get", "order_update", "order_cancel", "order_close"),
    "webhook-subscriptions": ("webhook_get", "webhook_update", "webhook_delete"),
}


@contextmanager
def fuzzed_house(folder: Path) -> Iterator[tuple[House, Person]]:
    """Open a house with two stores and an owner who is an operator; nothing limits how much is asked."""
    settings = {"ATOM_SHOPIFY_RATE_LIMIT": "10000000 per minute", "ATOM_SHOPIFY_TIMEOUT": "10"}
    with open_house(folder, "--threads", "8", **settings) as house:
        ada = house.person("ada", "atom:operator")
        for shop in ("demo", "outlet"):
            house.connect(ada, shop)
        yield house, ada


def fuzz(house: House, ada: Person, folder: Path, document: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run schemathesis on one of `DOCUMENTS`; its output names each failure with a command that repeats it."""
    file, config = folder / f"{document}.json", folder / f"{document}.toml"
    file.write_bytes(ada.get(DOCUMENTS[document]).data)
    config.write_text((HERE / "schemathesis.toml").read_text() + _ids(ada))
    command = [
        *(sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()"),
        *("--config-file", str(config), "run", str(file), "--url", f"http://127.0.0.1:{house.server.port}"),
        *("--header", f"Authorization: Bearer {ada.token}", *options),
    ]
    environ = {**os.environ, "SCHEMATHESIS_HOOKS": "openapi_checks", "PYTHONPATH": str(HERE), "NO_COLOR": "1"}
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=3600)


def _ids(ada: Person) -> str:
    """Return configuration with ids that are there, so that not all requests end in 404."""
    of: dict[str, tuple[str, list[str], Sequence[str]]] = {}
    for collection, operations in _OF.items():
        found: list[dict[str, Any]] = ada.get(f"/api/shopify/{collection}?limit=20").json["data"]["items"]
        of[collection] = ("path.id", [str(one["legacy_id"]) for one in found], operations)
    question = {"id": "asks", "steps": [{"id": "ask", "type": "approval"}]}
    assert ada.post("/api/workflows/definitions", question).status_code == 200
    runs = [ada.post("/api/workflows/execute", {"workflow_id": "asks"}).json for _ in range(5)]
    of["runs"] = ("path.run_id", [run["execution_id"] for run in runs], ("workflow_run", "run_cancel", "run_retry"))
    of["approvals"] = ("path.approval_id", [run["approvals"][0]["id"] for run in runs], ("approval_decide",))
    of["workflows"] = ("path.workflow_id", ["asks"], ("workflow_definition",))
    of["begun"] = ("body.workflow_id", ["asks"], ("workflow_execute",))
    of["services"] = ("path.service_id", ["shopify"], ("service", "service_health"))
    of["served"] = ("body.service_id", ["shopify"], ("register_workflow", "test_chat_command"))
    lines = [
        line
        for name, (place, ids, operations) in of.items()
        for line in (
            f"[dictionaries.{name}]",
            f"values = {json.dumps(ids)}",
            "[[operations]]",
            f"include-operation-id = {json.dumps(operations)}",
            f'parameters."{place}" = {{ dictionary = "{name}", probability = 0.8 }}',
        )
    ]
    return "\n" + "\n".join(lines) + "\n"
