"""The examples of docs/sandbox.md do what it says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

import atom_shopify_plugin
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.engine import schema
from atom_shopify_plugin.sandbox.faults import KINDS
from atom_shopify_plugin.sandbox.pytest_plugin import ShopifySandbox
from atom_shopify_plugin.sandbox.resolve import modelled
from atom_shopify_plugin.sandbox.seed_file import LISTS

TEXT = (Path(atom_shopify_plugin.__file__).parents[1] / "docs" / "sandbox.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def test_its_tests_run(tmp_path: Path) -> None:
    examples = [example for example in blocks("python") if "def test_" in example]
    for number, example in enumerate(examples):
        (tmp_path / f"test_app_{number}.py").write_text(example)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "atom_shopify_plugin.sandbox.pytest_plugin"],
        cwd=tmp_path,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    count = sum(example.count("def test_") for example in examples)
    assert f"{count} passed" in done.stdout, done.stdout + done.stderr


def test_its_seed_is_one() -> None:
    (example,) = blocks("json")
    store = Sandbox(seed=json.loads(example)).store("my-test.myshopify.com")
    assert [len(store.all(kind)) for kind in ("Product", "Customer", "Order", "WebhookSubscription")] == [1, 1, 1, 1]


def test_its_python_client_works(shopify_sandbox: ShopifySandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = [block for block in blocks("python") if "ToSandbox" in block]
    example = example.replace("5059", shopify_sandbox.url.rpartition(":")[2])
    monkeypatch.setenv("TOKEN", shopify_sandbox.token())
    names: dict[str, Any] = {}
    exec(example, names)  # noqa: S102  # what our own documentation says
    assert names["result"].data == {"shop": {"name": "Demo"}}


def test_its_curl_lines_work(shopify_sandbox: ShopifySandbox) -> None:
    query, token = re.findall(r"^curl (?:-X POST )?(.*?)(?=\n```)", TEXT, re.DOTALL | re.MULTILINE)
    address = re.search(r"http://127\.0\.0\.1:5059(\S+)", token)[1]  # type: ignore[index]
    made = requests.post(shopify_sandbox.url + address, json={}, timeout=10).json()["access_token"]
    address = re.search(r"http://127\.0\.0\.1:5059(\S+)", query)[1]  # type: ignore[index]
    body = re.search(r"-d '(.*)'", query)[1]  # type: ignore[index]
    headers = {"Host": "demo.myshopify.com", "X-Shopify-Access-Token": made, "Content-Type": "application/json"}
    answer = requests.post(shopify_sandbox.url + address, data=body, headers=headers, timeout=10)
    assert answer.json()["data"] == {"shop": {"name": "Demo"}}


@pytest.mark.parametrize("names", [sorted(KINDS), sorted(LISTS), ["small", "full", "none"]])
def test_it_names_every_fault_list_and_size(names: list[str]) -> None:
    assert [name for name in names if f"`{name}`" not in TEXT and f"--size {name}" not in TEXT] == []


def test_every_route_that_it_names_is_there(shopify_sandbox: ShopifySandbox) -> None:
    routes = requests.get(f"{shopify_sandbox.url}/__sandbox__/", timeout=10).json()["routes"]
    served = {route.partition(" ")[2].removeprefix("/__sandbox__/") for route in routes}
    named = re.findall(r"`(?:GET|POST|DELETE) /(?!__sandbox__)([^\s`]+)", TEXT)
    assert [route for route in named if route not in served] == []


def test_the_model_lists_what_is_carried_out(shopify_sandbox: ShopifySandbox) -> None:
    model = requests.get(f"{shopify_sandbox.url}/__sandbox__/model", timeout=10).json()
    assert model == modelled(schema())
    assert {"orderCancel", "collectionCreate"} <= set(model["mutations"])
    assert "title" in model["types"]["Product"]
    assert "cashTrackingSessions" not in model["queries"]  # official, and not served
