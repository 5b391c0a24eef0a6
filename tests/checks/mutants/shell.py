"""Mutants of what only real processes and threads can show: the shell, and the machines as a trace sees them.

Decides: what is broken, which check of real runs finds it. Must not know: how that check looks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures._base import PENDING
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Any
from unittest import mock

from checkedpool._core import messages
from checkedpool._core.manager import Manager
from checkedpool._fast import pack, parents_side, parking, payload, pipes
from checkedpool._os import servers, system
from checkedpool._pool import shared, starting_in_threads, starting_world, worker_channels
from checkedpool._pool.platform import RealPlatform
from checkedpool._pool.shared import PoolFuture, Shared
from checkedpool._pool.user_code import UserThreads
from checkedpool._pool.worker_channels import WorkerChannels
from checkedpool.testing.schedules import run
from tests.checks.mutants import ladder
from tests.checks.mutants.mutant import Broken, Mutant

if TYPE_CHECKING:
    from checkedpool._core.manager import Platform

__all__ = ["MUTANTS", "says_of_nobody_that_it_ran", "tells_a_worker_to_leave"]


def _patch(target: object, name: str, new: object) -> Broken:
    return lambda: mock.patch.object(target, name, new)


TELL_WAITERS, PUSH, EMPLOY = PoolFuture._tell_waiters, Manager._push, Manager._employ
SIGNAL, FAIL = RealPlatform._signal, RealPlatform._fail
FILLED, ANNOUNCED, KEEP = pipes.FillingAssembler.filled, pack._announced, payload.keep_pages


def _does(op: type, new: Callable[[RealPlatform, Any], None]) -> Broken:
    """The real platform performs this command otherwise."""
    return _patch(RealPlatform, RealPlatform.does[op], new)


def tells_no_waiter_of_a_cancel(future: PoolFuture[Any]) -> None:
    """CPython's own bug: whoever waits for a future that is cancelled is not told."""
    if not future._state.startswith("CANCELLED"):
        TELL_WAITERS(future)


def asks_politely(platform: RealPlatform, op: messages.Signal) -> None:
    """SIGTERM where SIGKILL was ordered."""
    SIGNAL(platform, messages.Signal(op.lane, force=False))


def throws_away_what_the_dead_have_said(platform: RealPlatform, op: messages.Drain) -> None:
    """What a dead worker has written and nobody has read is not read any more."""
    platform.lanes[op.lane].dead = True
    platform.events.append(messages.Drained(op.lane))


def says_of_nobody_that_it_ran(platform: RealPlatform, op: messages.Fail) -> None:
    """The future whose task the dead worker had begun is told what the others are told."""
    death = op.death
    FAIL(platform, messages.Fail(op.ids, messages.Death(death.lane, death.exitcode, death.when, None, death.cause)))


def runs_where_it_was(future: PoolFuture[Any]) -> bool:
    """running() as it once was: the lane that it found is trusted, although the task may have moved meanwhile."""
    with future._condition:
        pool, place = future.shared, future.place
        if future._state != PENDING or pool is None or place is None or future.number in pool.unclaimed:
            return False
    return place[0].has_begun(future.number, place[1]) and future._state == PENDING


def tells_a_worker_to_leave(m: Manager) -> None:
    """A worker that has done a task is told to leave, for no reason; all results are right."""
    EMPLOY(m)
    for lane in m.lanes.values():
        if lane.at_rest and lane.given:
            lane.deadline = m.now + m.settings.exit_limit
            m._order(lane, messages.Leave(lane.number))


def loses_what_came_of_operations(machine: Manager, platform: Platform) -> None:
    """A loop that sleeps where it should tell the machine what came of its commands."""
    events: list[messages.Event] = []
    while not machine.finished:
        commands = machine.step(events)
        platform.perform(commands)
        events = platform.wait(machine.deadline())


def pushes_once(m: Manager, lane: Any, force: Any) -> None:
    """SIGTERM, and never SIGKILL after it."""
    if not lane.force.value:
        PUSH(m, lane, force)


def takes_a_callback_and_then_calls_it(future: PoolFuture[Any]) -> None:
    """Whoever is interrupted between the two has lost it."""
    while future._owing:
        with future._condition:
            callback = future._done_callbacks.pop(0) if future._done_callbacks else None
            future._owing = callback is not None
        if callback is not None:
            callback(future)


def claims_and_forgets_where_it_was_sent(pool: Shared, future: PoolFuture[Any]) -> bool:
    """In two calls: who is interrupted between them leaves a task that seems to have begun."""
    claimed = pool.claim(future.number)
    if claimed:
        future.place = None
    return claimed


def holds_by_a_statement(lock: Any, wait: bool = True, timeout: float = -1) -> Iterator[bool]:  # noqa: FBT002 - as it is
    """As long as a generator is in the middle of it; in its own code it can be struck."""
    if lock.acquire(wait, timeout):
        try:
            yield True
        finally:
            lock.release()


def insists_on_an_alarm() -> system.File | None:
    """Where the system refuses one, that is an error."""
    return next(iter(system.made(parking.new_alarm())), None)


def reads_over_what_was_read(assembler: pipes.FillingAssembler, count: int) -> list[tuple[int, int, Any]]:
    """The next bytes of a wide frame are put where the last ones are."""
    found, room = FILLED(assembler, count), assembler.room
    assembler.room = None if room is None else memoryview(assembler._begun[2])[: len(room)]
    return found


def says_less(value: bytes) -> bytes:
    """Before bytes stands that they are one byte shorter."""
    return ANNOUNCED(value[:-1])


def takes_it_as_it_stands(_: payload.Unfolding, seq: int, kind: int, body: Any) -> tuple[int, int, Any]:
    """A marked frame is taken for the body for which it stands."""
    return seq, kind & (payload.MARKED - 1), body


def forgets_the_rest(lane: WorkerChannels) -> None:
    """Of a frame that does not fit into the pipe the rest is not written."""
    with suppress(BlockingIOError):
        while lane.unwritten:
            lane.put((memoryview(lane.unwritten.popleft()),))
    lane.behind = 0


def asks_each_time(size: int) -> None:
    """The C library is asked to keep pages with every value."""
    payload._asked[0] = 0
    KEEP(size)


MUTANTS: tuple[Mutant, ...] = (
    Mutant("SIGTERM is not followed by SIGKILL", _patch(Manager, "_push", pushes_once),
           ladder.machines, "tests/machines", "C-53"),
    Mutant("the loop loses what came of its operations", _patch(run, "drive", loses_what_came_of_operations),
           ladder.runs, "tests/simulated"),
    Mutant("SIGKILL is SIGTERM", _does(messages.Signal, asks_politely), ladder.real_platform, "tests/platform",
           "C-54"),
    Mutant("what the dead have said is thrown away", _does(messages.Drain, throws_away_what_the_dead_have_said),
           ladder.deaths, "after ANSWER", "C-78"),
    Mutant("a cancelled future tells no waiter", _patch(PoolFuture, "_tell_waiters", tells_no_waiter_of_a_cancel),
           ladder.histories, "tests.checks.mutants.under:Pool: 1 differs", "C-06"),
    Mutant("the pool's running() trusts the lane that it found", _patch(PoolFuture, "running", runs_where_it_was),
           ladder.shell, "tests/shell", "C-04"),
    Mutant("a worker is told to leave for no reason", _patch(Manager, "_employ", tells_a_worker_to_leave),
           ladder.traces, "run 0: diverged"),
    Mutant("a refused thread is not tried again", _patch(UserThreads, "add_or_owe", UserThreads.add),
           ladder.tests("tests/shell/test_helpers.py", "-k", "refused_for_a_while"), "tests/shell/test_helpers.py"),
    Mutant("a wake-up takes a handler's error for its own", _patch(shared, "is_a_handlers", lambda _: False),
           ladder.tests("tests/shell/test_meeting_place.py", "-k", "passes_over"), "tests/shell/", "C-21"),
    Mutant("a refused alarm is an error", _patch(parking, "alarm", insists_on_an_alarm),
           ladder.tests("tests/shell/test_confined.py"), "tests/shell/test_confined.py"),
    Mutant("a copy that is forked in its sleep is not woken", _patch(system, "before_closing", []),
           ladder.tests("tests/behaviour/test_fork_while_waiting.py", "-k", "exception-8"), "tests/behaviour/",
           "C-92"),
    Mutant("a callback is taken off the list, then called",
           _patch(PoolFuture, "run_callbacks", takes_a_callback_and_then_calls_it),
           ladder.tests("tests/shell/test_interruptions.py", "-k", "each_callback_once"), "tests/shell/", "C-08 C-21"),
    Mutant("a claim and its note are two calls", _patch(Shared, "withdraw", claims_and_forgets_where_it_was_sent),
           ladder.tests("tests/shell/test_interruptions.py", "-k", "the_next_one_succeeds"), "tests/shell/",
           "C-05 C-21"),
    Mutant("a lock is held by a generator's statement", _patch(shared, "held", holds_by_a_statement),
           ladder.tests("tests/shell/test_interruptions.py", "-k", "neither_its_lock"), "tests/shell/", "C-21"),
    Mutant("a wide frame is read over what was read",
           _patch(pipes.FillingAssembler, "filled", reads_over_what_was_read),
           ladder.tests("tests/shell/test_frames.py"), "tests/shell/", "C-101"),
    Mutant("what is in memory is taken for a pickle", _patch(payload.Unfolding, "unfolded", takes_it_as_it_stands),
           ladder.tests("tests/shell/test_payload_rooms.py"), "tests/shell/", "C-101"),
    Mutant("the plain lane forgets what did not fit", _patch(WorkerChannels, "write", forgets_the_rest),
           ladder.tests("tests/shell/test_channels.py", "-k", "plain"), "tests/shell/", "C-02"),
    Mutant("the manager never waits for who has a lane's lock",
           _patch(worker_channels, "A_MOMENT", worker_channels.NOT_AT_ALL),
           ladder.tests("tests/shell/test_channels.py", "-k", "whenever_it_looks"), "tests/shell/", "C-01"),
    Mutant("long bytes are said to be shorter", _patch(pack, "_announced", says_less),
           ladder.tests("tests/shell/test_parts.py"), "tests/shell/", "C-02"),
    Mutant("copied pickles count once among what waits", _patch(payload, "OFTEN", 1 << 40),
           ladder.tests("tests/shell/test_parts.py", "-k", "counts"), "tests/shell/", "C-19"),
    Mutant("pages are asked for with every value", _patch(payload, "keep_pages", asks_each_time),
           ladder.tests("tests/shell/test_parts.py", "-k", "pages"), "tests/shell/"),
    Mutant("all pipes are widened", _patch(parents_side, "WIDE", 1 << 40),
           ladder.tests("tests/shell/test_wide_pipes.py"), "tests/shell/"),
    Mutant("a start finds the world of its own moment", _patch(starting_world.World, "kept", lambda _: nullcontext()),
           ladder.tests("tests/shell/test_world.py"), "tests/shell/", "C-104"),
    Mutant("a process whose start raises is forgotten",
           _patch(starting_in_threads, "launch", lambda lane: lane.process.start()),
           ladder.tests("tests/behaviour/test_early_deaths.py", "-k", "afterwards"), "tests/behaviour/", "C-96"),
    Mutant("a worker is made between two forks", _patch(worker_channels, "TOGETHER", 1),
           ladder.tests("tests/shell/test_forked_together.py", "-k", "some_workers"), "tests/shell/"),
    Mutant("a worker closes nothing of the others", _patch(system, "_close_others", lambda _: None),
           ladder.tests("tests/shell/test_forked_together.py", "-k", "no_worker"), "tests/shell/"),
    Mutant("a child keeps the locks of a start", _patch(servers, "starting", nullcontext),
           ladder.tests("tests/shell/test_servers.py"), "tests/shell/", "C-90"),
    Mutant("no future says that its task was begun", _does(messages.Fail, says_of_nobody_that_it_ran),
           ladder.deaths, "after TAKE_TICKET", "C-80"),
)  # fmt: skip
"""Each with the check that finds it."""
