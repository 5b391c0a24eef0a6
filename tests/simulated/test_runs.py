"""Runs through the simulated world: whoever chooses the same gets the same, and the pool's own loop does as well."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from checkedpool._core.messages import Verdict
from checkedpool.testing import (
    Budget,
    Choose,
    End,
    Handed,
    Scope,
    SimulatedPlatform,
    Simulation,
    Successor,
    World,
    ask,
    cancel,
    play,
    replay,
    shutdown,
    submit,
)
from checkedpool_spec.vocabulary import DeathPolicy, ShutdownLevel

ANYTHING = Budget(kills=1, bad_starts=1, hangs=1, haste=1, deaf=1, grandchildren=1, thefts=1, stubborn=1, servers=1)
STORY = (submit(0), submit(1), cancel(0), submit(2), cancel(1), shutdown(ShutdownLevel.DRAIN))
SCOPES = {
    "fork": Scope((STORY,), workers=2, budget=ANYTHING, callbacks=True),
    "spawn": Scope((STORY,), workers=2, budget=ANYTHING, on_demand=True, policy=DeathPolicy.REPLACE),
    "two clients": Scope((STORY, (cancel(2), shutdown(ShutdownLevel.TERMINATE))), budget=ANYTHING, on_demand=True),
    "narrow pipes": Scope(
        (STORY,), workers=2, budget=ANYTHING, call_pipe=40, result_pipe=9, chunk=7, verdict=Verdict.VALUE
    ),
    "errors": Scope((STORY,), verdict=Verdict.ERROR, late_ends=True, budget=ANYTHING),
    "interrupts": Scope((STORY, (submit(3), cancel(3))), interrupts=True, callbacks=True),
}
RUNS = 40


def by_chance(seed: int) -> Choose:
    chance = random.Random(seed)
    return lambda _, found: chance.randrange(len(found))


def the_first(_: World, found: Sequence[Successor]) -> int:
    return 0


@pytest.mark.parametrize("name", SCOPES)
def test_every_run_ends_as_it_should_whatever_is_chosen(name: str) -> None:
    simulation = Simulation(SCOPES[name])
    for seed in range(RUNS):
        run = play(simulation, by_chance(seed))
        assert run.ended, seed
        assert run.wrong is None, (seed, *map(str, run.steps))


@pytest.mark.parametrize("name", SCOPES)
def test_the_same_choices_make_the_same_run_in_another_simulation(name: str) -> None:
    for seed in range(RUNS):
        one, other = (play(Simulation(SCOPES[name]), by_chance(seed)) for _ in range(2))
        assert one.steps == other.steps
        assert one.world._replace(mind=None) == other.world._replace(mind=None)
        assert one.now == other.now


@pytest.mark.parametrize("name", SCOPES)
def test_the_loop_of_the_pool_makes_the_run_that_the_simulation_makes(name: str) -> None:
    simulation = Simulation(replace(SCOPES[name], fine=True))
    for seed in range(RUNS):
        stepped, driven = play(simulation, by_chance(seed)), SimulatedPlatform.play(simulation, by_chance(seed))
        assert driven.steps == stepped.steps
        assert driven.world == stepped.world


def test_a_run_is_replayed_from_its_steps() -> None:
    run = play(Simulation(SCOPES["spawn"]), by_chance(7))
    again = replay(Simulation(SCOPES["spawn"]), run.steps)
    assert again.world._replace(mind=None) == run.world._replace(mind=None)


def test_a_step_that_is_not_possible_is_refused_with_what_is() -> None:
    simulation = Simulation(SCOPES["fork"])
    steps = play(simulation, the_first).steps
    with pytest.raises(LookupError, match="possible are: client 0: submit 0"):
        replay(simulation, steps[1:])


def test_a_scope_whose_steps_are_fused_is_not_driven_operation_by_operation() -> None:
    with pytest.raises(ValueError, match="fine=True"):
        SimulatedPlatform.play(Simulation(Scope(((submit(0),),))), the_first)


def test_a_client_may_be_asked_for_more_calls_while_the_run_goes_on() -> None:
    simulation = Simulation(Scope(((),)))
    world = play(simulation, the_first, ask(simulation.initial, 0, submit(0))).world
    assert (world.tasks[0].handed, world.tasks[0].end) == (Handed.RETURNED, End.SUCCEEDED)
    world = play(simulation, the_first, ask(world, 0, shutdown(ShutdownLevel.DRAIN))).world
    assert world.ended


def test_time_passes_when_nothing_else_can_happen() -> None:
    scope = Scope(((submit(0), shutdown(ShutdownLevel.DRAIN)),), on_demand=True, budget=Budget(hangs=1))
    run = play(
        Simulation(scope), lambda _, found: next((n for n, (label, _) in enumerate(found) if label.what == "hangs"), 0)
    )
    assert run.wrong is None
    assert run.now >= Simulation(scope).settings.start_limit


def test_a_killed_process_does_nothing_any_more() -> None:
    for seed in range(RUNS):
        killed: set[int] = set()
        for label in play(Simulation(SCOPES["spawn"]), by_chance(seed)).steps:
            assert label.who != "worker" or label.number not in killed
            if label.who == "nature" and str(label.what).startswith("kills it"):
                killed.add(label.number)


def test_a_call_that_cannot_be_pickled_costs_its_own_future() -> None:
    scope = Scope(((submit(0, body=b""), submit(1), shutdown(ShutdownLevel.DRAIN)),))
    world = play(Simulation(scope), the_first).world
    assert [task.end for task in world.tasks] == [End.FAILED, End.SUCCEEDED]
