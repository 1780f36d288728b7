"""A shell in processes of its own that can be killed at a named point, and called again."""

from __future__ import annotations

import json
import subprocess
import time

import pytest
from processes import PROGRAM, bare_environment

from atom_shopify_plugin.sandbox.server import serve

SHOP = "demo.myshopify.com"


@pytest.fixture
def shell_settings(tmp_path, migrated_database_url):
    return {
        "ATOM_SHOPIFY_DATABASE_URL": migrated_database_url,
        "ATOM_SHOPIFY_DATA_DIR": str(tmp_path / "data"),
        "ATOM_SHOPIFY_ENCRYPTION_KEYS": "k1:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        "ATOM_SHOPIFY_JOB_LEASE": "1",
        "SHOPIFY_API_KEY": "sandbox-key",
        "SHOPIFY_API_SECRET": "sandbox-secret",
    }


@pytest.fixture
def run(sandbox, shell_settings, tmp_path):
    """Type a command line in a process of its own, with the store connected."""
    with serve(sandbox) as server:
        settings = {**shell_settings, "ATOM_SHOPIFY_ENDPOINT": server.url}

        def run_(*words, stdin="", **more):
            return subprocess.run(
                [*PROGRAM, *words], input=stdin, env=bare_environment(**settings, **more), cwd=tmp_path,
                capture_output=True, text=True, timeout=60, check=False,
            )  # fmt: skip

        token = sandbox.issue_admin_token(SHOP)
        connected = run_("stores", "connect", SHOP, "--token", stdin=f"{token}\n")
        assert connected.returncode == 0, connected.stderr
        settings["ATOM_SHOPIFY_TIMEOUT"] = "2"  # a call that has not ended after twice as long counts as cut off
        run_.settings = settings
        yield run_


@pytest.fixture
def kill_after(run, tmp_path):
    """Type a command line in a process of its own, and kill that after some seconds if it still runs."""

    def kill_after_(seconds, *words):
        process = subprocess.Popen(
            [*PROGRAM, *words], env=bare_environment(**run.settings), cwd=tmp_path,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    return kill_after_


def settled(run, *words):
    """Repeat a call until an earlier one that was cut off counts as that."""
    until = time.monotonic() + 30
    while True:
        answer = run(*words)
        found = json.loads(answer.stdout or "{}")
        if found.get("error", {}).get("code") != "STILL_RUNNING":
            return found
        assert time.monotonic() < until
        time.sleep(0.2)
