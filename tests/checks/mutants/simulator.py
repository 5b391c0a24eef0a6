"""Mutants of the simulator that make it kinder than reality, found by the suite of the platform.

Decides: what is kinder, which test of the suite sees it. Must not know: how the suite runs on the real world.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from unittest import mock

from checkedpool.testing import Lane, Scope, World
from checkedpool.testing.simulated import manager_sleep, pipes, simulated_platform, simulated_processes
from checkedpool.testing.simulated.world import with_lane
from tests.checks.mutants.mutant import Broken, Mutant
from tests.platform import test_behaviour as suite
from tests.platform.bench import Bench
from tests.platform.simulated import SimulatedBench

__all__ = ["MUTANTS"]


def seen_by(test: Callable[[Bench], None]) -> str:
    """What this test of the suite says of the simulated world."""
    bench = SimulatedBench(on_demand=False)
    try:
        bench.ready()
        test(bench)
    except (AssertionError, StopIteration, KeyError) as error:
        return f"{test.__name__}: {type(error).__name__}"
    return ""


def _patch(target: object, name: str, new: object) -> Broken:
    return lambda: mock.patch.object(target, name, new)


PUT, TAKE_BACK = pipes.put, pipes.read_tickets


def puts_whole_or_nothing(pipe: bytes, data: bytes, size: int | None) -> tuple[bytes, bytes]:
    """No message is ever torn, whatever its size."""
    pipe_after, rest = PUT(pipe, data, None)
    return (pipe, data) if pipe and size is not None else (pipe_after, rest)


def swallows_what_the_dead_do_not_read(scope: Scope, w: World, n: int) -> tuple[World, int]:
    """A call pipe whose reader is dead takes everything."""
    if w.lanes[n].alive:
        return pipes.write(scope, w, n)
    return with_lane(w, n, w.lanes[n]._replace(out=())), 0


def copies_tickets(w: World, n: int) -> World:
    """Who revokes tickets leaves them where they were: two receivers get one ticket."""
    after = TAKE_BACK(w, n)
    return with_lane(after, n, after.lanes[n]._replace(tickets=w.lanes[n].tickets))


STIRRING = manager_sleep._stirring


def deaths_first(scope: Scope, w: World) -> tuple[int, ...]:
    """A death is heard before the answers that were there."""
    return tuple(sorted(STIRRING(scope, w)))


READABLE = pipes.is_readable


def is_let_go(lane: Lane) -> bool:
    """A process that a task left behind holds nothing of its worker's."""
    return READABLE(lane._replace(held=False))


def obeys(_scope: Scope, w: World, n: int, *, force: bool) -> World:
    """Every signal ends its process, however it is meant and whatever the process does about it."""
    return with_lane(w, n, w.lanes[n]._replace(at=None, gone=True, status=-9 if force else -15))


MUTANTS: tuple[Mutant, ...] = tuple(
    Mutant(name, breaks, partial(seen_by, test), test.__name__)
    for name, breaks, test in (
        ("the simulator tears no message", _patch(pipes, "put", puts_whole_or_nothing),
         suite.test_a_message_that_is_torn_by_a_kill_is_never_told),
        ("a pipe whose reader is dead takes everything",
         _patch(simulated_platform, "write", swallows_what_the_dead_do_not_read),
         suite.test_a_full_pipe_stays_full_when_its_reader_dies_and_that_is_no_error),
        ("a ticket has two receivers", _patch(simulated_platform, "read_tickets", copies_tickets),
         suite.test_tickets_that_the_worker_has_not_taken_come_back_and_are_nobodys),
        ("a death is told before the answers", _patch(manager_sleep, "_stirring", deaths_first),
         suite.test_answers_that_were_there_are_told_before_the_death),
        ("every process obeys", _patch(simulated_platform, "_signal", obeys),
         suite.test_sigterm_may_be_ignored_and_sigkill_may_not),
        ("a process left behind holds nothing", _patch(manager_sleep, "is_readable", is_let_go),
         suite.test_a_process_that_a_task_left_behind_keeps_the_end_of_file_away_and_no_death),
        ("a dead process answers once more", _patch(simulated_processes, "died", lambda _scope, w, _n, _status: w),
         suite.test_a_death_is_told_once),
    )
)  # fmt: skip
"""Each with the test of the suite that sees it."""
