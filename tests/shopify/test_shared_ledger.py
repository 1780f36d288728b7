"""Several processes on one bucket, in simulated time: nothing is throttled, and nothing is lost for long."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ledger_processes import Call, Process, Town

from atom_shopify_plugin.shopify.throttle.pool import Pool

MIXED = ((60.0, 45.0), (30.0, 20.0), (12.0, 12.0))
LATENCY = (0.01, 0.03, 0.01)


def drain(town: Town, threads: int, budget: float) -> None:
    """Have each process call as often as it can until all together have used the budget."""
    turn = itertools.count()

    def call(process: Process) -> None:
        if town.used < budget and process.alive:
            requested, actual = MIXED[next(turn) % len(MIXED)]
            process.ask(Call(requested, actual, LATENCY))

    town.on_done = call
    for process in town.processes:
        for _ in range(threads):
            call(process)


def idle(town: Town) -> bool:
    return not any(
        process.alive and (process.urgent or process.ordinary or process.ledger.in_flight) for process in town.processes
    )


@pytest.mark.parametrize(("processes", "threads"), [(1, 8), (2, 4), (8, 2)])
def test_a_drain_takes_about_as_long_as_the_bucket_makes_it(processes: int, threads: int) -> None:
    town = Town(4000, 200, processes)
    drain(town, threads, 4000 + 60 * 200)
    town.run(lambda: idle(town))
    assert town.refused == 0
    assert town.now <= 1.02 * (town.used - town.size) / town.rate


def test_one_process_visits_the_board_seldom() -> None:
    town = Town(20000, 1000, 1)
    drain(town, 8, 40000)
    town.run(lambda: idle(town))
    assert town.board.updates <= len(town.done) / 2
    assert town.board.updates <= 12 * town.now


@given(
    st.integers(1, 6),
    st.sampled_from([(2000.0, 100.0), (20000.0, 1000.0)]),
    st.integers(1, 4),
    st.integers(0, 2**32),
    st.sampled_from([0.0, 0.2, 1.0]),
    st.sampled_from([0.0, 0.002, 0.03]),
)
@example(3, (2000.0, 100.0), 1, 461, 0.2, 0.0)  # an urgent call comes while another process has just got its points
@settings(deadline=None, max_examples=60)
def test_whatever_the_calls_cost_and_however_they_overtake_nothing_is_throttled(
    processes: int, bucket: tuple[float, float], threads: int, seed: int, urgent: float, visit: float
) -> None:
    town, chance, left = Town(*bucket, processes, visit), random.Random(seed), [60]  # noqa: S311  # no secret

    def call(process: Process) -> None:
        if left[0]:
            left[0] -= 1
            requested = chance.choice([7, 60, 333])
            actual = round(1 + chance.random() * (requested - 1))
            latency = (chance.uniform(0.001, 0.3), chance.uniform(0.001, 0.3), chance.uniform(0.001, 0.3))
            process.ask(Call(requested, actual, latency, urgent=chance.random() < urgent))

    town.on_done = call
    for process in town.processes:
        for _ in range(threads):
            call(process)
    town.run(lambda: not left[0] and idle(town))
    assert town.refused == 0
    assert len(town.done) == 60


def test_an_urgent_call_passes_what_was_promised_to_other_processes() -> None:
    town = Town(2000, 100, 5)
    drain(town, 2, 2000 + 100 * 30)
    town.run(lambda: town.used > 3000)
    town.on_done = lambda _process: None
    call = Call(30, 30, LATENCY, urgent=True)
    town.processes[0].ask(call)
    before = [waiting for process in town.processes for waiting in process.ordinary]
    town.run(lambda: idle(town))
    assert town.refused == 0
    assert sum(waiting.left < call.left for waiting in before) <= 1


def test_the_share_of_a_process_that_died_returns() -> None:
    town = Town(2000, 100, 3)
    drain(town, 2, 1e9)
    town.run(lambda: town.used > 1000)
    dead = town.processes[0]
    assert dead.ledger.holds
    dead.alive = False
    town.run_for(10)
    used = town.used
    town.run_for(20)
    assert town.refused == 0
    assert town.used - used >= 0.95 * 20 * town.rate


def test_points_of_a_dead_process_come_back_to_one_that_calls_seldom() -> None:
    town = Town(2000, 100, 2)
    dead, other = town.processes
    dead.ask(Call(10, 10, LATENCY))
    town.run_for(0.1)
    dead.ask(Call(500, 500, (0.01, 1e4, 0.01)))
    dead.alive = False
    town.run_for(30)
    other.ask(Call(10, 10, LATENCY))
    town.run_for(1)
    other.ask(Call(990, 990, LATENCY))
    town.run_for(1)
    assert len(town.done) == 3
    assert town.refused == 0


@pytest.mark.parametrize("step", [-3600.0, -0.4, 3600.0])
def test_a_step_of_the_boards_clock_matters_to_nobody(step: float) -> None:
    town = Town(2000, 100, 4)
    drain(town, 2, 1e9)
    town.run(lambda: town.used > 2500)
    town.board.step += step
    used = town.used
    town.run_for(20)
    assert town.refused == 0
    assert town.used - used >= 0.9 * 20 * town.rate


def test_without_the_board_each_process_goes_on_with_its_part() -> None:
    town = Town(2000, 100, 4)
    drain(town, 2, 1e9)
    town.run(lambda: town.used > 2500)
    town.board.away = True
    used, refused = town.used, town.refused
    town.run_for(20)
    assert all(process.ledger.trouble for process in town.processes)
    assert town.used - used >= 0.5 * 20 * town.rate
    assert town.refused - refused <= 20
    town.board.away = False
    town.run_for(5)
    assert not any(process.ledger.trouble for process in town.processes)
    used, refused = town.used, town.refused
    town.run_for(20)
    assert town.refused == refused
    assert town.used - used >= 0.9 * 20 * town.rate


def test_an_answer_of_the_board_that_is_lost_loses_no_points() -> None:
    town = Town(2000, 100, 2)
    town.processes[0].ask(Call(10, 10, LATENCY))
    town.run_for(1)
    town.board.lose_next = True
    town.processes[0].ask(Call(800, 800, LATENCY))
    town.run_for(30)
    town.processes[1].ask(Call(990, 990, LATENCY))
    town.run_for(1)
    assert len(town.done) == 3
    assert town.refused == 0


def test_a_board_that_forgets_everything_is_taught_again() -> None:
    town = Town(2000, 100, 3)
    drain(town, 2, 1e9)
    town.run(lambda: town.used > 2500)
    town.board.texts.clear()
    town.run_for(5)
    used, refused = town.used, town.refused
    town.run_for(20)
    assert town.refused == refused
    assert town.used - used >= 0.9 * 20 * town.rate


DAMAGED = (
    "",
    "[1]",
    '{"epoch": "x", "at": "soon"}',
    '{"epoch": "x", "at": 1.0, "shares": {"a": 5}}',
    '{"epoch": "x", "at": 1.0, "shares": {"a": [1, 2]}}',
    '{"epoch": "x", "at": 1.0, "queue": [1, 2]}',
    '{"epoch": "x", "at": 1.0, "probe": [1]}',
    '{"epoch": "x", "at": 1.0, "maximum": 2000, "rate": 0}',
    '{"epoch": "x", "at": 1.0, "maximum": 1e300, "rate": 1e300, "level": 1e300}',
    '{"epoch": "x", "at": 1.0, "maximum": 2000, "rate": 100, "queue": [["nobody", 1e9, true]]}',
    '{"epoch": "x", "at": 1.0, "maximum": 2000, "rate": 100, "shares": {"nobody": [1e9, 0, 1e9]}}',
)


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_text_on_the_board_is_replaced(text: str) -> None:
    town = Town(2000, 100, 3)
    drain(town, 2, 1e9)
    town.run(lambda: town.used > 2500)
    town.board.texts["shop"] = text
    town.run_for(5)
    used, refused = town.used, town.refused
    town.run_for(20)
    assert town.refused == refused
    assert town.used - used >= 0.9 * 20 * town.rate
    assert not any(process.ledger.trouble for process in town.processes)


def test_a_board_that_fails_in_an_unknown_way_is_tried_again() -> None:
    town = Town(2000, 100, 2)
    drain(town, 2, 1e9)
    town.run(lambda: town.used > 2500)
    town.board.defect = RuntimeError("a defect")
    town.run_for(5)
    assert all(process.ledger.trouble for process in town.processes)
    town.board.defect = None
    town.run_for(5)
    assert not any(process.ledger.trouble for process in town.processes)


def test_a_process_that_loses_the_board_for_a_moment_takes_nothing_from_the_others() -> None:
    town = Town(20000, 200, 4)
    drain(town, 2, 1e9)
    town.run(lambda: town.used > 2000)
    town.board.lose_next = True
    town.run(lambda: any(process.ledger.trouble for process in town.processes))
    town.run(lambda: not any(process.ledger.trouble for process in town.processes))
    town.run_for(1)
    pool = Pool.load(town.board.texts["shop"])
    assert pool is not None
    assert pool.level + pool.held >= 0.9 * town.restored()
    assert town.refused == 0
