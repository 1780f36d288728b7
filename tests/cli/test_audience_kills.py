"""Members of an audience are tagged from the command line, by processes that are killed on the way."""

from __future__ import annotations

import json
import signal

import pytest

SHOP = "demo.myshopify.com"
POINTS = ("audience_planned", "operation_after_store", "audience_tagged")
GIVEN = {"audience": "Everybody", "tag": "aud"}


@pytest.mark.parametrize("migrated_database_url", ["sqlite"], indirect=True)
@pytest.mark.timeout(300)
def test_each_member_is_tagged_wherever_a_process_died(run, sandbox, tmp_path):
    assert run("sync", "--wait").returncode == 0
    rules = [{"attribute": "orders", "operator": "at_least", "value": "1"}]
    made = run("call", "audience_create", "--input", json.dumps({"name": "Everybody", "rules": rules}))
    assert made.returncode == 0, made.stderr
    once = tmp_path / "once"
    once.mkdir()
    crashes = {"ATOM_SHOPIFY_CRASH_AT": ",".join(POINTS), "ATOM_SHOPIFY_CRASH_ONCE": str(once)}
    for _ in range(len(POINTS) + 1):
        answer = run("call", "audience_push", "--input", json.dumps(GIVEN), "--yes", "--json", **crashes)
        if answer.returncode == 0:
            break
        assert answer.returncode == -signal.SIGKILL, answer.stderr
    assert answer.returncode == 0
    assert {point.name for point in once.iterdir()} == set(POINTS)
    done = json.loads(answer.stdout)
    customers = sandbox.store(SHOP).all("Customer").values()
    members = [one for one in customers if "aud" in one["tags"]]
    assert len(members) == json.loads(made.stdout)["members"] > 0
    assert done["data"]["tagged"] == len(members)
    assert done["meta"]["verified"] is True
