"""`atom-shopify serve`: the host behind its server, as a process of its own."""

from __future__ import annotations

import json
import signal
import socket
import subprocess

import pytest
import requests
from click.testing import CliRunner
from ports import free_port
from processes import PROGRAM, bare_environment

from atom_shopify_plugin.cli import main


@pytest.fixture
def folders(tmp_path):
    return {"ATOM_SHOPIFY_DATA_DIR": str(tmp_path / "data")}


@pytest.mark.parametrize(("workers", "signal_number"), [("1", signal.SIGINT), ("2", signal.SIGTERM)])
def test_serve_answers_counts_and_stops_cleanly(start, tmp_path, folders, workers, signal_number):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    program = start("serve", "--port", str(port), "--workers", workers, "--threads", "4", **folders)
    program.wait_for_answer(f"{url}/healthz")
    token = subprocess.run(
        [*PROGRAM, "token", "create", "--subject", "ada", "--json"],
        cwd=tmp_path,
        env=bare_environment(**folders),
        capture_output=True,
        check=True,
    ).stdout
    with requests.Session() as person:
        assert person.get(f"{url}/api/services").status_code == 401
        person.headers["Authorization"] = f"Bearer {json.loads(token)['token']}"
        services = person.get(f"{url}/api/services").json()["services"]
        assert [service["id"] for service in services] == ["shopify"]
        # A store is not connected: whatever the caller asks for, that is what it is told.
        assert person.get(f"{url}/api/shopify/products").status_code == 401
        for _ in range(10):
            person.get(f"{url}/healthz")
        text = person.get(f"{url}/metrics").text
        # One process's own count, or the sum over all of them: nothing is lost either way.
        counted = [line for line in text.splitlines() if "requests_total" in line and '"/healthz"' in line]
        assert sum(float(line.rpartition(" ")[2]) for line in counted) >= 11
        assert 'atom_check_status{check="database",plugin="shopify"} 1.0' in text
    assert program.stop(signal_number) == 0
    assert "Traceback" not in program.err


def test_serve_and_sandbox_and_demo_say_which_port_is_taken(start, folders):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        for words, flag in (
            (["serve", "--port", port], "--port"),
            (["sandbox", "--size", "small", "--port", port], "--port"),
            (["demo", "--size", "small", "--host-port", port, "--sandbox-port", "0"], "--host-port"),
            (["demo", "--size", "small", "--host-port", "0", "--sandbox-port", port], "--sandbox-port"),
        ):
            program = start(*words, **folders)
            assert program.process.wait(60) == 1
            assert program.err.startswith("error: ")
            assert port in program.err
            assert flag in program.err
            assert program.err.count("\n") == 1


def test_serve_refuses_a_secret_that_anybody_knows(start, folders):
    program = start("serve", "--port", "0", **folders, JWT_SECRET="secret")
    assert program.process.wait(60) == 1
    assert program.err.startswith("error: JWT_SECRET")


def test_a_wrong_plugin_setting_stops_serve_with_one_line(start, folders):
    program = start("serve", **folders, ATOM_SHOPIFY_ENDPOINT="https://example.com")
    assert program.process.wait(60) == 1
    assert "ATOM_SHOPIFY_ENDPOINT" in program.err
    assert program.err.count("\n") == 1


def test_a_wrong_seed_names_its_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "seed.json").write_text('{"stores": {"mine.myshopify.com": {"products": [{"title": ""}]}}}')
    answer = CliRunner().invoke(main, ["sandbox", "--port", "0", "--seed", "seed.json"])
    assert answer.exit_code == 1
    assert "stores.mine.myshopify.com.products[0].title: Title can't be blank." in answer.stderr
    assert "none.json can't be read" in CliRunner().invoke(main, ["sandbox", "--seed", "none.json"]).stderr


@pytest.mark.parametrize(("seed", "orders"), [("none", False), ("economy", True)])
def test_a_seed_has_a_name(start, seed, orders):
    program = start("sandbox", "--port", "0", "--seed", seed)
    url = program.wait_for_text(r"running at (http://127\.0\.0\.1:\d+)").group(1)
    made = requests.post(f"{url}/__sandbox__/stores/demo/admin-token", json={}, timeout=30).json()
    headers = {"Host": "demo.myshopify.com", "X-Shopify-Access-Token": made["access_token"]}
    query = {"query": "{ orders(first: 1, reverse: true) { nodes { name } } }"}
    answer = requests.post(f"{url}/admin/api/2026-10/graphql.json", json=query, headers=headers, timeout=30).json()
    assert answer["data"]["orders"]["nodes"] == ([{"name": "#6000"}] if orders else [])


def test_the_sandbox_runs_alone_with_a_seed_is_reset_and_stops_on_ctrl_c(start, tmp_path):
    seed = {"stores": {"mine.myshopify.com": {"products": [{"title": "Cup"}]}}}
    (tmp_path / "seed.json").write_text(json.dumps(seed))
    program = start("sandbox", "--port", "0", "--seed", "seed.json")
    url = program.wait_for_text(r"running at (http://127\.0\.0\.1:\d+)").group(1)
    requests.post(f"{url}/__sandbox__/stores/mine/products", json={"title": "Mug"}, timeout=10).raise_for_status()
    assert len(requests.get(f"{url}/__sandbox__/journal", timeout=10).json()["effects"]) == 1
    CliRunner().invoke(main, ["sandbox", "snapshot", "two", "--url", url], catch_exceptions=False)
    assert "as it was at start" in CliRunner().invoke(main, ["sandbox", "reset", "--url", url]).stdout
    assert requests.get(f"{url}/__sandbox__/journal", timeout=10).json()["effects"] == []
    back = CliRunner().invoke(main, ["sandbox", "reset", "two", "--url", url, "--json"])
    assert json.loads(back.stdout) == {"snapshot": "two", "snapshots": ["start", "two"]}
    assert len(requests.get(f"{url}/__sandbox__/journal", timeout=10).json()["effects"]) == 1
    unknown = CliRunner().invoke(main, ["sandbox", "reset", "never", "--url", url])
    assert (unknown.exit_code, unknown.stderr.count("\n")) == (1, 1)
    assert "There is no snapshot 'never'; there are start, two." in unknown.stderr
    assert program.stop(signal.SIGINT) == 0
    assert program.err == ""
