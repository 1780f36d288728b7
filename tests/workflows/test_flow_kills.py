"""Hosts that are killed, stopped and drained in the middle of runs: nothing lost, nothing twice."""

from __future__ import annotations

import signal

import pytest
from flow_house import eventually, step
from flow_process import LEASE, HostProcess

from atom_shopify_plugin.host.workflows.crash import POINTS


@pytest.fixture
def spawn(tmp_path, ledger):
    """Start hosts in processes of their own, on one folder with the house."""
    started = []

    def start(**arguments):
        started.append(HostProcess(tmp_path / "host", ledger.folder, **arguments))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def watching(open_house, ledger):
    """A person at a host that works on nothing itself."""
    return open_house([("ledger", ledger)], ATOM_HOST_WORKFLOW_THREADS="0").client()


@pytest.fixture
def working(open_house, ledger):
    """Let a host work in this process, as the one that is started after a death."""
    return lambda: open_house([("ledger", ledger)], ATOM_HOST_LEASE_SECONDS=LEASE)


def approve_all(person):
    for approval in person.ask("GET", "/approvals")["approvals"]:
        person.ask("POST", f"/approvals/{approval['id']}", json={"approve": True})


def completed(person):
    approve_all(person)
    runs = person.runs("?limit=250")
    return runs if runs and all(run["state"] == "completed" for run in runs) else None


def calls(ledger):
    return [line["key"].split(":")[1] for line in ledger.lines("calls")]


@pytest.mark.parametrize("point", POINTS)
def test_a_host_killed_at_any_point_is_resumed_by_the_next(spawn, watching, working, ledger, point):
    watching.create(
        step("a", "write", n="{{ trigger.n }}"),
        step("ask", of="approval", message="go on?"),
        step("b", "flaky", failures=1, retry={"backoff": 0}),
        step("long", "long", until="go"),
        step("c", "write", after="{{ a.written.n }}"),
        trigger={"key": "paid"},
    )
    (ledger.folder / "go").touch()
    doomed = spawn(crash_at=point)
    doomed.tell(emit=[{"n": 1}, "e1"])
    eventually(lambda: not doomed.alive or approve_all(watching))
    assert doomed.gone() == -signal.SIGKILL
    before = [
        one["id"] for run in watching.runs() for one in watching.run(run["id"])["steps"] if one["state"] == "done"
    ]
    called = calls(ledger)
    working()
    ledger.emit({"n": 1}, "e1")  # the plugin can't know whether the event was taken: it emits again
    (run,) = eventually(lambda: completed(watching))
    assert [one["state"] for one in watching.run(run["id"])["steps"]] == ["done"] * 5
    assert not set(before) & set(calls(ledger)[len(called) :]), "a finished step was carried out again"
    assert sorted(line["key"].split(":")[1] for line in ledger.lines("effects")) == ["a", "b", "c", "long"]
    assert len(ledger.lines("taken")) == 1
    assert ledger.effects()[-1] == {"after": 1}
    assert len(watching.run(run["id"])["approvals"]) == 1


def test_a_zombie_does_no_harm_when_it_wakes(spawn, watching, working, ledger):
    watching.create(step("s", "slow", until="go"), step("t", "write", n=1), trigger={"key": "paid"})
    zombie = spawn()
    zombie.tell(emit=[{}, "e1"])
    eventually(lambda: calls(ledger))
    zombie.signal(signal.SIGSTOP)
    working()
    eventually(lambda: calls(ledger) == ["s", "s"])
    (ledger.folder / "go").touch()
    (run,) = eventually(lambda: completed(watching))
    shown = watching.run(run["id"])
    zombie.signal(signal.SIGCONT)
    zombie.signal(signal.SIGTERM)
    assert zombie.gone() == 0
    assert watching.run(run["id"]) == shown
    assert calls(ledger) == ["s", "s", "t"]
    assert len(ledger.effects()) == 2


def test_a_host_that_is_told_to_end_finishes_its_step_and_hands_the_run_over(spawn, watching, working, ledger):
    watching.create(step("s", "slow", until="go"), step("t", "write", n=1), trigger={"key": "paid"})
    host = spawn(ATOM_HOST_LEASE_SECONDS="600")
    host.tell(emit=[{}, "e1"])
    eventually(lambda: calls(ledger))
    host.signal(signal.SIGTERM)
    assert host.said() == "stopping"
    (ledger.folder / "go").touch()
    assert host.gone() == 0
    (run,) = watching.runs()
    assert [one["state"] for one in watching.run(run["id"])["steps"]] == ["done", "pending"]
    working()
    eventually(lambda: completed(watching))
    assert calls(ledger) == ["s", "t"]


def test_a_step_that_kills_its_host_again_and_again_is_given_up(spawn, watching, working, ledger):
    watching.create(step("s", "poison", retry={"count": 0}), trigger={"key": "paid"})
    ledger.emit({}, "e1")
    for _ in range(3):
        assert spawn().gone() == -signal.SIGKILL
    working()
    (run,) = eventually(lambda: [one for one in watching.runs() if one["state"] == "failed"])
    assert run["error"]["code"] == "ABANDONED"
    assert calls(ledger) == ["s"] * 3


def test_a_storm_over_dying_hosts_loses_nothing_and_doubles_nothing(spawn, watching, working, ledger):
    watching.create(
        step("a", "write", n="{{ trigger.n }}"), step("b", "write", n="{{ a.written.n }}"), trigger={"key": "paid"}
    )
    events = [number % 60 for number in range(90)]
    hosts = [spawn(), spawn()]
    for at, number in enumerate(events):
        ledger.emit({"n": number}, f"e{number}")
        if at in (30, 60):
            hosts[at // 30 - 1].signal(signal.SIGKILL)
    working()
    assert len(eventually(lambda: completed(watching), 40)) == 60
    effects = ledger.lines("effects")
    assert len({line["key"] for line in effects}) == len(effects) == 120
    assert sorted(line["input"]["n"] for line in effects) == sorted([*range(60)] * 2)


def test_a_forked_process_works_with_threads_of_its_own(spawn, watching, ledger):
    watching.create(step("s", "write", n="{{ trigger.n }}"), trigger={"key": "paid"})
    host = spawn(FLOW_FORK="1")
    for number in range(3):
        host.tell(emit=[{"n": number}, f"e{number}"])
    assert len(eventually(lambda: len(watching.runs()) == 3 and completed(watching))) == 3
    host.process.stdin.close()
    assert host.gone() == 0
    assert sorted(one["n"] for one in ledger.effects()) == [0, 1, 2]


def test_a_fork_in_the_middle_of_writing_leaves_a_child_that_writes_too(spawn, watching, ledger):
    watching.create(step("s", "write", n="{{ trigger.n }}"), trigger={"key": "paid"})
    host = spawn(FLOW_FORKS="20")
    assert host.gone(60) == 0
    assert len(watching.runs("?limit=250")) == 20
