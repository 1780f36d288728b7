"""Health names the workflows that fail too often, and the doctor does."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from flow_house import eventually, step
from hypothesis import given
from hypothesis import strategies as st

from atom_shopify_plugin.cli import main
from atom_shopify_plugin.host.config import HostConfig, HostMisconfigured
from atom_shopify_plugin.host.quotas import FailureLimits
from atom_shopify_plugin.host.workflows.failing import judged


def check(house):
    operator = house.client("ops", scopes=("atom:operator",)).client
    checks = operator.get("/api/health").json["data"]["host"]
    return {one["name"]: one for one in checks}["workflows"]


def create(person, name="Tag big spenders"):
    person.create(step("s", "broken", when="input.bad"), step("w", "write", n=1), id="tags", name=name)


def run(person, *, bad):
    answer = person.execute("tags", input={"bad": bad})
    assert answer["status"] == ("failed" if bad else "completed"), answer


def test_a_workflow_that_fails_is_named_until_its_runs_are_good_again(house, ada):
    create(ada)
    for _ in range(2):
        run(ada, bad=True)
    assert check(house)["status"] == "ok"
    run(ada, bad=True)
    told = eventually(lambda: (found := check(house))["status"] == "degraded" and found)
    assert told["data"]["failing"] == 1
    for word in (
        "“Tag big spenders”",
        "tags",
        "3 of its last 3 runs failed",
        "workflows runs --workflow=tags",
        "retry",
    ):
        assert word in told["detail"]
    assert "hunter2" not in str(told)
    metrics = house.client().client.get("/metrics").get_data(as_text=True)
    assert 'atom_check_value{check="workflows",figure="failing",plugin="host"} 1.0' in metrics
    assert "Tag big spenders" not in metrics
    for _ in range(16):  # 3 of 19 have failed: few, but not few enough
        run(ada, bad=False)
    assert eventually(lambda: (found := check(house))["data"]["unfinished"] == 0 and found)["status"] == "degraded"
    for _ in range(4):
        run(ada, bad=False)
    assert eventually(lambda: (found := check(house))["status"] == "ok" and found)["data"]["failing"] == 0


def test_a_corrected_workflow_begins_anew(house, ada):
    create(ada)
    for _ in range(3):
        run(ada, bad=True)
    eventually(lambda: check(house)["status"] == "degraded")
    create(ada, name="Tag them")
    eventually(lambda: check(house)["status"] == "ok")


def test_the_limits_are_settings(open_house, ledger):
    house = open_house([("ledger", ledger)], ATOM_HOST_FAILING_RUNS="0")
    ada = house.client()
    create(ada)
    for _ in range(3):
        run(ada, bad=True)
    assert check(house)["status"] == "ok"
    sooner = open_house([("ledger", ledger)], ATOM_HOST_FAILING_RUNS="1")
    assert check(sooner)["status"] == "degraded"


@pytest.mark.parametrize(
    "settings",
    [
        {"ATOM_HOST_FAILING_PERCENT": "0"},
        {"ATOM_HOST_FAILING_RUNS": "21"},
        {"ATOM_HOST_FAILING_PERCENT": "20", "ATOM_HOST_RECOVERED_PERCENT": "20"},
    ],
)
def test_limits_that_can_not_work_are_refused(settings):
    with pytest.raises(HostMisconfigured, match=next(iter(settings))):
        HostConfig.from_environ(settings)


def test_the_doctor_names_them(house, ada, tmp_path):
    create(ada)
    for _ in range(3):
        run(ada, bad=True)
    settings = {"ATOM_HOST_DATA_DIR": str(house.host.config.data_dir), "ATOM_SHOPIFY_DATA_DIR": str(tmp_path / "data")}
    lines = CliRunner().invoke(main, ["doctor"], env=settings).stdout.splitlines()
    (line,) = [one for one in lines if "workflows:" in one]
    assert line.startswith("warn")
    assert "“Tag big spenders”" in line


def test_the_doctor_begins_no_host_where_there_is_none(tmp_path):
    settings = {"ATOM_HOST_DATA_DIR": str(tmp_path / "host"), "ATOM_SHOPIFY_DATA_DIR": str(tmp_path / "data")}
    assert "workflows:" not in CliRunner().invoke(main, ["doctor"], env=settings).stdout
    assert not (tmp_path / "host" / "atom-host.db").exists()


LIMITS = st.builds(FailureLimits, percent=st.integers(10, 100), runs=st.integers(1, 20), recovered=st.integers(0, 9))


@given(st.lists(st.booleans(), max_size=60), LIMITS)
def test_between_the_limits_a_workflow_stays_what_it_was(ended, limits):
    before = judged(ended[:-1], limits) is not None
    after = judged(ended, limits) is not None
    last = ended[-20:]
    share = 100 * sum(last) / len(last) if last else 0
    if after and not before:
        assert share >= limits.percent
        assert sum(last) >= limits.runs
    if before and not after:
        assert share <= limits.recovered


@given(LIMITS)
def test_runs_that_all_fail_are_noticed_and_runs_that_all_work_are_too(limits):
    bad = [True] * limits.runs
    assert judged(bad, limits) is not None
    assert judged([*bad, *[False] * 20], limits) is None
