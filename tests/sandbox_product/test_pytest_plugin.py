"""The fixture `shopify_sandbox`, as the tests of another app use it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx

TESTS = """
import pytest

CREATE = 'mutation { productCreate(product: {title: "Cup"}) { product { id } userErrors { message } } }'

@pytest.mark.parametrize("turn", range(3))
def test_each_test_gets_it_as_it_was(shopify_sandbox, turn):
    assert shopify_sandbox.journal() == []
    assert shopify_sandbox.graphql("{ shop { name } }")["data"]["shop"]["name"] == "SHOP"
    assert shopify_sandbox.graphql(CREATE)["data"]["productCreate"]["userErrors"] == []
    assert [effect.operation for effect in shopify_sandbox.journal()] == ["productCreate"]
    shopify_sandbox.faults.add({"kind": "status", "status": 503, "times": None})
    shopify_sandbox.sandbox.clock.move(3600)

def test_a_reset_within_a_test(shopify_sandbox):
    shopify_sandbox.graphql(CREATE)
    shopify_sandbox.snapshot("one product more")
    shopify_sandbox.reset()
    assert shopify_sandbox.journal() == []
    shopify_sandbox.reset("one product more")
    assert len(shopify_sandbox.journal()) == 1
"""


def run_pytest(folder: Path, *, installed: bool = False) -> str:
    """Run the tests of `folder` with the plugin alone, or with all that is installed, which takes longer."""
    alone = ["-p", "atom_shopify_plugin.sandbox.pytest_plugin"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *(["-p", "no:schemathesis"] if installed else alone), "test_app.py"],
        cwd=folder,
        env={**os.environ, **({} if installed else {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_it_is_there_wherever_the_package_is_installed(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    (tmp_path / "test_app.py").write_text(TESTS.replace("SHOP", "Demo"))
    assert "4 passed" in run_pytest(tmp_path, installed=True)


def test_a_seed_file_says_what_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nshopify_sandbox_seed = seed.json\n")
    (tmp_path / "seed.json").write_text(json.dumps({"stores": {"mine.myshopify.com": {"shop": {"name": "Mine"}}}}))
    (tmp_path / "test_app.py").write_text(TESTS.replace("SHOP", "Mine"))
    assert "4 passed" in run_pytest(tmp_path)


def test_a_seed_has_a_name(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nshopify_sandbox_seed = economy\n")
    query = "{ orders(first: 1, reverse: true) { nodes { name } } }"
    test = f"def test_it(shopify_sandbox):\n    assert '#6000' in str(shopify_sandbox.graphql('{query}'))\n"
    (tmp_path / "test_app.py").write_text(test)
    assert "1 passed" in run_pytest(tmp_path)


def test_any_client_reaches_a_store_by_its_name(shopify_sandbox) -> None:
    token = shopify_sandbox.token("outlet", scopes=["read_products"])
    assert shopify_sandbox.stores == ["demo.myshopify.com", "outlet.myshopify.com"]
    headers = {"Host": shopify_sandbox.domain("outlet"), "X-Shopify-Access-Token": token}
    address = f"{shopify_sandbox.url}/admin/api/2026-10/graphql.json"
    reply = httpx.post(address, json={"query": "{ shop { currencyCode } }"}, headers=headers)
    assert reply.json()["data"] == {"shop": {"currencyCode": "USD"}}
    assert [call["store"] for call in shopify_sandbox.calls()] == ["outlet.myshopify.com"]
    denied = shopify_sandbox.graphql("{ customers(first: 1) { nodes { id } } }", store="outlet", token=token)
    assert denied["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"
