"""The pool's own machines in a simulated world: every schedule and every crash point of small scopes.

Decides: what must hold in which scope, and which broken machine must be found where. Larger scopes:
``python -m tests.bridge.larger``.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TypeAlias
from unittest import mock

import pytest

from checkedpool._core import client, plan, worker
from checkedpool._core.client import Step
from checkedpool._core.manager import Manager
from checkedpool.testing import End, Scope, cancel, clients, shutdown, submit
from checkedpool_spec.vocabulary import ShutdownLevel
from tests.bridge import scopes
from tests.bridge.explorer import Exploration, Report, explore
from tests.bridge.scopes import BREAKING, FORKED, KILL, MODES, REPLACING, Bounded, Named, submits

Broken: TypeAlias = AbstractContextManager[object]

DRAIN = shutdown(ShutdownLevel.DRAIN)
LONG = ("a pipe of one frame", "signal handlers that raise", "frame numbers that wrap around")


def holds(report: Report) -> None:
    """The search went to its end and nothing was wrong."""
    assert report.wrong is None, "\n".join((report.wrong, *report.story))
    assert report.finished
    assert report.states > 1


def all_hold(family: Iterator[Named]) -> None:
    """Each scope of a family holds."""
    for name, scope in family:
        report = explore(scope)
        assert report.wrong is None, "\n".join((name, report.wrong, *report.story))
        assert report.finished, name


# --- what holds -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_ordered_pair_of_calls_ends_well_with_one_worker_and_one_task() -> None:
    all_hold(scopes.pairs(FORKED, 1))


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_every_single_call_ends_well_whenever_the_only_worker_is_killed(mode: str) -> None:
    all_hold(scopes.singles(replace(MODES[mode], budget=KILL), 1))


@pytest.mark.slow
def test_every_single_call_ends_well_with_two_tasks_and_a_kill() -> None:
    all_hold(scopes.singles(replace(FORKED, budget=KILL), 2))


@pytest.mark.slow
def test_a_call_of_another_thread_beside_submit_ends_well_whenever_a_worker_is_killed() -> None:
    all_hold(scopes.two_clients(replace(FORKED, budget=KILL), 1))


@pytest.mark.slow
def test_two_workers_share_two_tasks() -> None:
    holds(explore(Bounded(replace(FORKED, workers=2, scripts=((*submits(2), DRAIN),)))))


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, _ in scopes.oddities() if name not in LONG])
def test_the_rest_of_the_world_holds_too(name: str) -> None:
    holds(explore(dict(scopes.oddities())[name]))


@pytest.mark.slow
@pytest.mark.parametrize("mode", [FORKED, REPLACING])
def test_fusing_what_nobody_can_see_loses_no_outcome(mode: Scope) -> None:
    fused, fine = (
        Exploration(Bounded(replace(mode, scripts=((submit(0), DRAIN),), budget=KILL, fine=f)), 10**5)
        for f in (False, True)
    )
    holds(fused.run())
    holds(fine.run())
    assert len(fine.worlds) > len(fused.worlds)
    assert fused.ends() == fine.ends()


def test_outcomes_differ_with_the_schedule() -> None:
    search = Exploration(Bounded(replace(BREAKING, scripts=((submit(0), cancel(0)),), budget=KILL)), 10**5)
    holds(search.run())
    assert {end for (_, end, _), *_ in search.ends()} == {End.SUCCEEDED, End.CANCELLED, End.BROKEN, End.CHARGED}


# --- what must be found -----------------------------------------------------------------------------------------------


def forgets_what_was_taken_back() -> Broken:
    return mock.patch.object(Manager, "give_back", return_value=None)


def gives_back_at_the_end() -> Broken:
    return mock.patch.object(Manager, "give_back", lambda m, ids: m.pending.update(dict.fromkeys(ids)))


def never_steals() -> Broken:
    return mock.patch.object(plan, "_steal")


def does_not_look_a_second_time() -> Broken:
    return mock.patch.dict(client.SUBMIT, {Step.REREAD_BROKEN: {True: Step.RING, False: Step.RING}})


def does_not_skip_stale_frames() -> Broken:
    return mock.patch.object(worker.WorkerMachine, "read", return_value=worker.Came.MATCH)


def charges_before_tickets_are_back() -> Broken:
    def bury(m: Manager) -> None:
        for lane in tuple(m.lanes.values()):
            if lane.drained and lane.reaped:
                m.bury(lane)

    return mock.patch.object(plan, "_bury", bury)


def accepts_after_the_request() -> Broken:
    submitted = Manager._submitted

    def late(m: Manager, ids: tuple[int, ...], kept: bool) -> None:
        level, m.level = m.level, ShutdownLevel.OPEN
        submitted(m, ids, kept)
        m.level = level

    return mock.patch.object(Manager, "_submitted", late)


def rings_nobody() -> Broken:
    return mock.patch.object(clients, "wake_up", lambda w: w)


def never_sleeps() -> Broken:
    return mock.patch.object(Manager, "deadline", lambda m: m.now)


def trusts_the_lane_it_found() -> Broken:
    row = {**client.CANCEL[Step.READ_BACK], None: Step.POST_UNCHANGED}
    return mock.patch.dict(client.CANCEL, {Step.READ_BACK: row})


def reads_back_in_silence() -> Broken:
    return mock.patch.object(clients, "announce", lambda w, _: w)


TWO = replace(FORKED, workers=2)
MUTANTS: dict[str, tuple[Callable[[], Broken], Scope, str]] = {
    "nobody wakes the manager": (
        rings_nobody, replace(FORKED, scripts=((submit(0), DRAIN),)), "a client's call does not return",
    ),
    "the manager never sleeps": (
        never_sleeps, replace(FORKED, scripts=((submit(0),),)), "no end can be reached from here",
    ),
    "submit does not look a second time": (
        does_not_look_a_second_time, replace(FORKED, scripts=((submit(0),), (DRAIN,))), "a future does not end",
    ),
    "the manager accepts what is posted after the request": (
        accepts_after_the_request, replace(FORKED, scripts=(submits(2), (DRAIN,))), "a client's call does not return",
    ),
    "the manager forgets what was taken back": (
        forgets_what_was_taken_back, replace(FORKED, scripts=((*submits(2), cancel(0), DRAIN),)),
        "a future does not end",
    ),
    "the manager deals what was taken back after all others": (
        gives_back_at_the_end, replace(FORKED, scripts=((*submits(3), cancel(0)),)),
        "Violation: task 2 is begun before task 1",
    ),
    "the manager leaves tasks behind others": (
        never_steals, replace(FORKED, workers=2, scripts=(submits(2),)),
        "Violation: the manager sleeps, and a task waits beside an idle worker",
    ),
    "a worker does not skip stale frames": (
        does_not_skip_stale_frames, replace(FORKED, scripts=((*submits(2), cancel(0)),)),
        "Violation: task 1 gets an answer that is not its own",
    ),
    "a death is charged before the tickets are back": (
        charges_before_tickets_are_back, replace(REPLACING, scripts=((submit(0), cancel(0)),), budget=KILL),
        "Violation: task 0 was never begun, and a worker's death is charged to it",
    ),
    "cancel trusts the lane that it found": (
        trusts_the_lane_it_found, replace(TWO, scripts=(submits(2), (cancel(1),))),
        "Violation: cancel of task 1 returns False, and nobody has begun it",
    ),
    "cancel does not say that it reads tickets back": (
        reads_back_in_silence, replace(FORKED, scripts=((submit(0), cancel(0)),), interrupts=True),
        "a future does not end",
    ),
}  # fmt: skip
"""What is broken, the smallest scope that finds it, and what is found."""


@pytest.mark.slow
@pytest.mark.parametrize("name", MUTANTS)
def test_a_broken_machine_is_found(name: str) -> None:
    broken, scope, wrong = MUTANTS[name]
    with broken():
        report = explore(Bounded(scope))
    assert report.wrong == wrong
