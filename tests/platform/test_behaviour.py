"""What a platform does, in both worlds: channels, tickets, deaths, statuses.

Decides: what the manager's machine may rely on. A test that one world fails shows that the other was described wrongly.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import pytest

from checkedpool._core import messages
from checkedpool._core.messages import Verdict
from checkedpool._core.tables import LEAVE, MARK
from checkedpool._fast import memory_files
from checkedpool._os import system
from tests.platform import tasks
from tests.platform.bench import ROOM, Bench, answers
from tests.platform.real import RealBench
from tests.platform.simulated import SimulatedBench

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(system.PORTABLE or sys.platform != "linux", reason="sizes of pipes, and tickets read back"),
]

WORLDS = ("simulated fork", "simulated spawn", "fork", "spawn", "forkserver")
Make = Callable[..., Bench]


@pytest.fixture(params=WORLDS)
def make(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes the world's bench, and ends it.  Large values take the pipes: there is no memory in the simulated world."""
    monkeypatch.setattr(memory_files, "has_memory", lambda: False)
    world = request.param
    made: list[Bench] = []

    def make(*, bad_initializer: bool = False) -> Bench:
        if world.startswith("simulated"):
            made.append(SimulatedBench(on_demand="spawn" in world, bad_initializer=bad_initializer))
        else:
            made.append(RealBench(world, tmp_path, bad_initializer=bad_initializer))
        return made[-1]

    yield make
    for bench in made:
        bench.close()


@pytest.fixture
def bench(make: Make) -> Bench:
    """A worker that takes tickets."""
    bench = make()
    bench.ready()
    return bench


@contextmanager
def canceller(bench: Bench) -> Iterator[None]:
    bench.enter_lane()
    try:
        yield
    finally:
        bench.leave_lane()


def ends(bench: Bench, exitcode: int | None, before: list[messages.Event] | None = None) -> None:
    """The death is told, after what was there; what is left is drained; the status is taken."""
    assert bench.until(messages.Ended) == [*(before or []), messages.Ended(0)]
    assert bench.perform(messages.Drain(0))[-1] == messages.Drained(0)
    told = bench.perform(messages.Reap(0)) or bench.until(messages.Reaped)
    assert told == [messages.Reaped(0, exitcode)]


# --- tasks and answers ------------------------------------------------------------------------------------------------


def test_a_task_crosses_as_bytes_and_comes_back_with_what_it_is(bench: Bench) -> None:
    numbers = (
        bench.submit(tasks.doubled, "ab"),
        bench.submit(tasks.same, Fraction(1, 2)),
        bench.submit(tasks.raises, "no"),
    )
    bench.deal(*numbers)
    told: list[tuple[int, Verdict, object]] = []
    while len(told) < len(numbers):
        told += answers(bench.until(messages.Answered))
    assert [(seq, verdict) for seq, verdict, _ in told] == list(
        zip(numbers, (Verdict.PLAIN, Verdict.VALUE, Verdict.ERROR), strict=True)
    )
    assert [value for _, _, value in told[:2]] == ["abab", Fraction(1, 2)]


def test_a_frame_without_its_ticket_is_not_begun(bench: Bench) -> None:
    items = bench.send(bench.submit(tasks.same, 1))
    assert bench.now() == []
    assert bench.perform(messages.Revoke(0)) == [messages.Revoked(0, ())]
    assert bench.perform(messages.Issue(0, items)) == [messages.Issued(0)]
    assert answers(bench.until(messages.Answered)) == [(1, Verdict.PLAIN, 1)]


def test_tickets_that_the_worker_has_not_taken_come_back_and_are_nobodys(bench: Bench) -> None:
    first = bench.gated()
    others = bench.submit(tasks.same, 2), bench.submit(tasks.same, 3)
    bench.deal(first, *others)
    bench.until_it_stops()
    assert bench.perform(messages.Revoke(0)) == [messages.Revoked(0, others)]
    assert bench.perform(messages.Revoke(0)) == [messages.Revoked(0, ())]
    bench.open()
    assert answers(bench.until(messages.Answered)) == [(first, Verdict.PLAIN, first)]
    assert bench.now() == []


def test_frames_whose_tickets_came_back_are_skipped(bench: Bench) -> None:
    first = bench.gated()
    skipped, wanted = bench.submit(tasks.same, "skipped"), bench.submit(tasks.same, "wanted")
    bench.deal(first, skipped, wanted)
    bench.until_it_stops()
    assert bench.perform(messages.Revoke(0)) == [messages.Revoked(0, (skipped, wanted))]
    assert bench.perform(messages.Issue(0, ((wanted, wanted),))) == [messages.Issued(0)]
    bench.open()
    told = answers(bench.until(messages.Answered))
    if len(told) == 1:
        told += answers(bench.until(messages.Answered))
    assert told == [(first, Verdict.PLAIN, first), (wanted, Verdict.PLAIN, "wanted")]


def test_what_was_cancelled_before_it_is_sent_or_issued_is_told_to_be_gone(bench: Bench) -> None:
    one, other = bench.submit(tasks.same, 1), bench.submit(tasks.same, 2)
    bench.take_in(one, other)
    bench.cancel(one)
    assert bench.perform(messages.Send(0, ((1, one), (2, other)))) == [messages.Sent(0, 0, (one,))]
    bench.cancel(other)
    assert bench.perform(messages.Issue(0, ((2, other),))) == [messages.Issued(0, (other,))]
    assert bench.perform(messages.Revoke(0)) == [messages.Revoked(0, ())]


def test_a_canceller_at_the_tickets_keeps_the_manager_away_without_blocking_it(bench: Bench) -> None:
    items = bench.send(bench.submit(tasks.same, 1))
    with canceller(bench):
        assert bench.perform(messages.Issue(0, items), messages.Revoke(0)) == [messages.Busy(0), messages.Busy(0)]
    assert bench.perform(messages.Issue(0, items)) == [messages.Issued(0)]


def test_a_marked_frame_is_read_and_answered_by_its_mark(bench: Bench) -> None:
    assert bench.perform(messages.Mark(0)) == [messages.Sent(0, 0)]
    assert answers(bench.until(messages.Answered)) == [(MARK, Verdict.PLAIN, False)]


# --- pipes that are too small -----------------------------------------------------------------------------------------


def test_a_frame_larger_than_its_pipe_goes_on_when_the_worker_reads(bench: Bench) -> None:
    number = bench.submit(tasks.same, b"x" * (3 * ROOM))
    bench.take_in(number)
    items = ((number, number),)
    assert bench.perform(messages.Send(0, items)) == [messages.Sent(0, 1)]
    assert bench.now() == []
    assert bench.perform(messages.Issue(0, items)) == [messages.Issued(0)]
    told = bench.until(messages.Answered)
    assert messages.Sent(0, 0) in told
    assert [value for _, _, value in answers(told)] == [b"x" * (3 * ROOM)]


def test_a_full_pipe_stays_full_when_its_reader_dies_and_that_is_no_error(bench: Bench) -> None:
    first = bench.gated()
    bench.deal(first)
    bench.until_it_stops()
    others = bench.submit(tasks.same, b"x" * (3 * ROOM)), bench.submit(tasks.same, 3)
    bench.take_in(*others)
    assert bench.perform(messages.Send(0, ((2, others[0]),))) == [messages.Sent(0, 1)]
    bench.kill()
    ends(bench, -9)
    assert bench.perform(messages.Send(0, ((3, others[1]),))) == [messages.Sent(0, 2)]
    assert bench.now() == []


def test_an_answer_larger_than_its_pipe_comes_whole(bench: Bench) -> None:
    bench.deal(bench.submit(tasks.large, 3 * ROOM))
    assert answers(bench.until(messages.Answered)) == [(1, Verdict.VALUE, b"x" * (3 * ROOM))]


def test_a_message_that_is_torn_by_a_kill_is_never_told(bench: Bench) -> None:
    bench.deal(bench.submit(tasks.large, 3 * ROOM))
    bench.until_it_is_stuck()
    bench.kill()
    ends(bench, -9)
    assert bench.now() == []


# --- deaths -----------------------------------------------------------------------------------------------------------


def test_answers_that_were_there_are_told_before_the_death(bench: Bench) -> None:
    bench.deal(bench.submit(tasks.same, 1))
    assert bench.perform(messages.Leave(0)) == []
    told = bench.until(messages.Ended)
    assert answers(told) == [(1, Verdict.PLAIN, 1)]
    assert told[-1] == messages.Ended(0)


def test_a_worker_leaves_at_its_last_ticket_with_status_0(bench: Bench) -> None:
    assert bench.perform(messages.Leave(0)) == []
    ends(bench, 0)


def test_the_order_to_leave_can_come_back(bench: Bench) -> None:
    bench.deal(bench.gated())
    bench.until_it_stops()
    assert bench.perform(messages.Leave(0), messages.Revoke(0)) == [messages.Revoked(0, (LEAVE,))]


def test_tickets_of_the_dead_come_back(bench: Bench) -> None:
    first, other = bench.gated(), bench.submit(tasks.same, 2)
    bench.deal(first, other)
    bench.until_it_stops()
    bench.kill()
    ends(bench, -9)
    assert bench.perform(messages.Revoke(0)) == [messages.Revoked(0, (other,))]


@pytest.mark.parametrize(("force", "status"), [(False, -15), (True, -9)])
def test_a_signal_ends_a_busy_worker(bench: Bench, force: bool, status: int) -> None:
    bench.deal(bench.gated())
    bench.until_it_stops()
    assert bench.perform(messages.Signal(0, force)) == []
    ends(bench, status)


def test_sigterm_may_be_ignored_and_sigkill_may_not(bench: Bench) -> None:
    bench.deal(bench.gated(deaf=True))
    bench.until_it_stops()
    assert bench.perform(messages.Signal(0, force=False)) == []
    assert bench.now() == []
    bench.perform(messages.Signal(0, force=True))
    ends(bench, -9)


def test_a_signal_to_the_dead_is_no_error(bench: Bench) -> None:
    bench.kill()
    assert bench.until(messages.Ended) == [messages.Ended(0)]
    assert bench.perform(messages.Signal(0, force=False), messages.Signal(0, force=True)) == []
    assert bench.perform(messages.Drain(0)) == [messages.Drained(0)]


def test_a_death_is_told_once(bench: Bench) -> None:
    bench.kill()
    ends(bench, -9)
    assert bench.now() == []


def test_the_end_of_file_comes_with_the_death_if_nobody_else_has_the_pipe(bench: Bench) -> None:
    bench.deal(bench.gated())
    bench.until_it_stops()
    assert not bench.is_at_its_end()
    bench.kill()
    ends(bench, -9)
    assert bench.is_at_its_end()


def test_a_process_that_a_task_left_behind_keeps_the_end_of_file_away_and_no_death(bench: Bench) -> None:
    bench.deal(bench.gated(leaves=True))
    bench.until_it_stops()
    bench.kill()
    ends(bench, -9)
    assert not bench.is_at_its_end()
    assert bench.now() == []
    assert bench.perform(messages.Close(0)) == []


def test_a_status_that_somebody_else_took_is_unknown_and_no_hang(bench: Bench) -> None:
    if not bench.reaps:
        pytest.skip("it is the forkserver's child")
    bench.kill()
    assert bench.until(messages.Ended) == [messages.Ended(0)]
    bench.steal_status()
    told = bench.perform(messages.Reap(0)) or bench.until(messages.Reaped)
    assert told == [messages.Reaped(0, None)]


def test_an_initializer_that_raises_is_told_and_the_worker_ends_with_status_1(make: Make) -> None:
    bench = make(bad_initializer=True)
    *before, failed, ended = bench.until(messages.Ended)
    assert before == list(bench.starts)
    assert isinstance(failed, messages.InitializerFailed)
    assert ended == messages.Ended(0)
    told = bench.perform(messages.Reap(0)) or bench.until(messages.Reaped)
    assert told == [messages.Reaped(0, 1)]
