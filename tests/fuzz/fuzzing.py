"""Runs schemathesis against a house: the documents of the plugin and of the host, over real HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from house import House, Person, open_house

HERE = Path(__file__).parent
DOCUMENTS = {"plugin": "/api/shopify/openapi.json", "host": "/api/openapi.json"}


@dataclass(frozen=True)
class Value:
    """Values for one parameter, or one member of the body, of some operations."""

    place: str
    values: list[str]
    operations: tuple[str, ...]


@contextmanager
def fuzzed_house(folder: Path) -> Iterator[tuple[House, Person]]:
    """Open a house with two stores and an owner who is an operator; nothing limits how much is asked."""
    rate = "10000000 per minute"
    settings = {"ATOM_SHOPIFY_RATE_LIMIT": rate, "ATOM_HOST_RATE_LIMIT": rate, "ATOM_SHOPIFY_TIMEOUT": "10"}
    with open_house(folder, "--threads", "8", **settings) as house:
        ada = house.person("ada", "atom:operator")
        for shop in ("demo", "outlet"):
            house.connect(ada, shop)
        yield house, ada


def fuzz(house: House, ada: Person, folder: Path, document: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run schemathesis on one of `DOCUMENTS`; its output names each failure with a command that repeats it."""
    file, config = folder / f"{document}.json", folder / f"{document}.toml"
    values = _values(ada)
    file.write_text(json.dumps(_with_examples(ada.get(DOCUMENTS[document]).json, values)))
    config.write_text((HERE / "schemathesis.toml").read_text() + _dictionaries(values))
    command = [
        *(sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()"),
        *("--config-file", str(config), "run", str(file), "--url", f"http://127.0.0.1:{house.server.port}"),
        *("--header", f"Authorization: Bearer {ada.token}", *options),
    ]
    environ = {**os.environ, "SCHEMATHESIS_HOOKS": "openapi_checks", "PYTHONPATH": str(HERE), "NO_COLOR": "1"}
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=3600)


def _values(ada: Person) -> list[Value]:
    """Return ids that are there, so that not all requests end in 404."""

    def first(path: str) -> list[str]:
        items: list[dict[str, Any]] = ada.get(f"{path}?limit=20").json["data"]["items"]
        return [str(one["legacy_id"]) for one in items]

    products = ada.get("/api/shopify/products?limit=5").json["data"]["items"]
    variants = [variant for product in products for variant in product["variants"]["nodes"]]
    question = {"id": "asks", "steps": [{"id": "ask", "type": "approval"}]}
    assert ada.post("/api/workflows/definitions", question).status_code == 200
    runs = [ada.post("/api/workflows/execute", {"workflow_id": "asks"}).json for _ in range(5)]
    return [
        Value("path.id", first("/api/shopify/products"), ("product_get", "product_update", "product_delete")),
        Value("path.id", first("/api/shopify/customers"), ("customer_get", "customer_update")),
        Value(
            "path.id",
            first("/api/shopify/orders"),
            ("order_get", "order_update", "order_cancel", "order_close"),
        ),
        Value(
            "path.id",
            first("/api/shopify/webhook-subscriptions"),
            ("webhook_get", "webhook_update", "webhook_delete"),
        ),
        Value("path.id", [one["legacy_id"] for one in variants], ("variant_update",)),
        Value("path.run_id", [run["execution_id"] for run in runs], ("workflow_run", "run_cancel", "run_retry")),
        Value("path.approval_id", [run["approvals"][0]["id"] for run in runs], ("approval_decide",)),
        Value("path.workflow_id", ["asks"], ("workflow_definition",)),
        Value("body.workflow_id", ["asks"], ("workflow_execute",)),
        Value("path.service_id", ["shopify"], ("service", "service_health")),
        Value("body.service_id", ["shopify"], ("register_workflow", "test_chat_command")),
    ]


def _dictionaries(values: list[Value]) -> str:
    lines = [
        line
        for at, value in enumerate(values)
        for line in (
            f"[dictionaries.values_{at}]",
            f"values = {json.dumps(value.values)}",
            "[[operations]]",
            f"include-operation-id = {json.dumps(value.operations)}",
            f'parameters."{value.place}" = {{ dictionary = "values_{at}", probability = 0.8 }}',
        )
    ]
    return "\n" + "\n".join(lines) + "\n"


def _with_examples(document: dict[str, Any], values: list[Value]) -> dict[str, Any]:
    """Return the document with examples, with which schemathesis fills what a case is not about."""
    of = {(name, value.place): value.values[0] for value in values for name in value.operations}
    for path in document["paths"].values():
        for operation in path.values():
            for parameter in operation["parameters"]:
                place = f"{parameter['in']}.{parameter['name']}"
                example = of.get((operation["operationId"], place), "demo" if parameter["name"] == "shop" else None)
                if example is not None:
                    parameter["example"] = example
    return document
