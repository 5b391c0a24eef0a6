"""The real platform performs each operation as its word says, on real channels; processes are stand-ins, threads none.

What is looked at: the order in which outcomes are told, what is counted and let go of, and that nothing blocks.
"""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from checkedpool import BrokenProcessPool
from checkedpool._core import words
from checkedpool._core.lane import LEAVE, MARK
from checkedpool._core.words import Death, Op, Outcome, Verdict, When
from checkedpool._shell import channels, real
from checkedpool._shell.frames import Assembler, Kind, header
from checkedpool._shell.lane import LaneChannels
from checkedpool._shell.processes import Descriptor
from checkedpool._shell.real import COUNTED, STATUS_LIMIT, RealPlatform
from checkedpool._shell.shared import Shared
from checkedpool.future import PoolFuture

pytestmark = pytest.mark.skipif(channels.PORTABLE, reason="tickets of a living worker cannot be read back here")
KILLED = Death(0, -9, When.TASK, 1)


class StandInProcess:
    """As much of a process as the platform asks for."""

    pid = 17
    _popen = None
    exitcode: int | None = None

    def __init__(self) -> None:
        self.sentinel, self._end = os.pipe()

    def join(self, _: float) -> None:
        os.close(self.sentinel)
        os.close(self._end)


class StandInStarter:
    """Hands out what a start thread has made."""

    def __init__(self) -> None:
        self.made: dict[int, LaneChannels] = {}
        self.asked: list[int] = []
        self.abandoned: list[int] = []

    def start_in_thread(self, number: int) -> None:
        self.asked.append(number)

    def take(self, number: int) -> LaneChannels | None:
        return self.made.pop(number, None)

    def abandon(self, number: int) -> None:
        self.abandoned.append(number)


class StandInHelpers:
    """Keeps jobs instead of doing them."""

    def __init__(self) -> None:
        self.jobs: list[Callable[[], object]] = []
        self.added = 0
        self.ended = False

    def give(self, job: Callable[[], object]) -> None:
        self.jobs.append(job)

    def add(self) -> None:
        self.added += 1

    def end(self) -> None:
        self.ended = True


class Bench:
    """A platform with one lane, and the ends of its worker."""

    def __init__(self) -> None:
        self.shared = Shared()
        self.starter, self.helpers = StandInStarter(), StandInHelpers()
        self.lane, self.dies = self.new_lane(0)
        starter: Any = self.starter
        helpers: Any = self.helpers
        self.platform = RealPlatform(self.shared, starter, {0: self.lane}, helpers)
        self.numbers = iter(range(1, 1_000))

    def new_lane(self, number: int) -> tuple[LaneChannels, Callable[[], None]]:
        lane = LaneChannels(number, self.shared)
        process: Any = StandInProcess()
        reader, writer = os.pipe()
        lane.process, lane.pid, lane.watch = process, process.pid, Descriptor(reader)

        def dies() -> None:
            process.exitcode = -9
            os.close(writer)

        return lane, dies

    def submit(self, frame: bytes | None = b"frame", *, callback: bool = False) -> PoolFuture[object]:
        future: PoolFuture[object] = PoolFuture(self.shared, next(self.numbers))
        future._frame, future._name = frame, "module.fn"
        if frame is None:
            future._kept = (int, (), {})
        if callback:
            future.add_done_callback(lambda _: None)
        self.shared.unclaimed[future._number] = None
        self.shared.inbox.append(future)
        return future

    def wait(self) -> list[Outcome]:
        """What has happened; the time is left out."""
        tick, *outcomes = self.platform.wait(0.0)
        assert isinstance(tick, words.Tick)
        return outcomes

    def perform(self, *ops: Op) -> list[Outcome]:
        return self.platform.perform(ops)

    def answer(self, seq: int, kind: Kind, value: object = None) -> None:
        body = pickle.dumps(value)
        os.write(self.lane.worker_ends.result.fileno(), header(seq, kind, body) + body)

    def begin(self) -> int:
        return self.lane.worker_ends.tickets.recv(1)[0]

    def close(self) -> None:
        self.platform.reactor.close()
        for lane in {self.lane, *self.platform.lanes.values()}:
            lane.let_go_of_worker_ends()
            lane.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


# --- the inbox ------------------------------------------------------------------------------------------------------


def test_tasks_that_were_posted_together_are_told_together(bench: Bench) -> None:
    for _ in range(3):
        bench.submit()
    assert bench.wait() == [words.Submitted((1, 2, 3))]


def test_the_order_of_posts_of_different_kinds_is_kept(bench: Bench) -> None:
    bench.submit()
    bench.shared.inbox.append(words.Withdrawn(1))
    bench.submit()
    assert bench.wait() == [words.Submitted((1,)), words.Withdrawn(1), words.Submitted((2,))]


def test_tasks_that_are_not_pickled_are_told_apart(bench: Bench) -> None:
    bench.submit()
    bench.submit(None)
    assert bench.wait() == [words.Submitted((1,)), words.Submitted((2,), kept=True)]


def test_large_pickles_are_counted_until_their_tasks_have_an_end(bench: Bench) -> None:
    bench.submit(b"x" * COUNTED)
    bench.submit(b"x" * (COUNTED + 1))
    bench.wait()
    assert bench.shared.pending_bytes == COUNTED + 1
    bench.perform(words.Cancel((1, 2)))
    assert bench.shared.pending_bytes == 0


@pytest.mark.parametrize("post", [words.Withdrawn(1), words.PickleFailed(1)])
def test_a_task_that_is_gone_is_let_go_of(bench: Bench, post: Outcome) -> None:
    bench.submit(b"x" * (COUNTED + 1))
    bench.shared.inbox.append(post)
    bench.wait()
    assert not bench.platform.futures
    assert bench.shared.pending_bytes == 0


def test_whoever_waits_until_all_has_been_seen_is_let_go_on_when_it_has(bench: Bench) -> None:
    barrier = threading.Event()
    bench.perform(words.Start(7))
    bench.shared.inbox.append(barrier)
    bench.wait()
    bench.wait()
    assert not barrier.is_set(), "a start is under way"
    bench.shared.inbox.append(words.StartFailed(7, "cause"))
    bench.wait()
    bench.wait()
    assert barrier.is_set()


# --- starts ---------------------------------------------------------------------------------------------------------


def test_a_worker_that_was_started_is_taken_over(bench: Bench) -> None:
    bench.perform(words.Start(1))
    assert bench.starter.asked == [1]
    bench.starter.made[1], dies = bench.new_lane(1)
    bench.shared.inbox.append(words.Started(1))
    assert bench.wait() == [words.Started(1)]
    dies()
    assert bench.wait() == [words.Ended(1)]


def test_a_start_that_is_given_up_is_abandoned(bench: Bench) -> None:
    bench.perform(words.Start(1), words.Close(1))
    assert bench.starter.abandoned == [1]
    assert not bench.platform.starting


# --- tasks to workers -----------------------------------------------------------------------------------------------


def test_to_send_is_to_write_frames_and_to_say_where_each_task_went(bench: Bench) -> None:
    future = bench.submit(b"body")
    bench.wait()
    assert bench.perform(words.Send(0, ((5, 1),))) == [words.Sent(0, 0)]
    assert future._place == (bench.lane, 5)
    data = channels.reader(bench.lane.worker_ends.call)(1 << 16)
    assert Assembler().feed(data) == [(5, Kind.CALL, b"body")]


def test_what_was_cancelled_meanwhile_is_not_sent(bench: Bench) -> None:
    bench.submit().cancel()
    bench.submit()
    bench.wait()
    assert bench.perform(words.Send(0, ((1, 1), (2, 2)))) == [words.Sent(0, 0, (1,))]


def test_what_does_not_fit_is_told_when_there_is_room(bench: Bench) -> None:
    bench.submit(b"x" * (1 << 20))
    bench.wait()
    assert bench.perform(words.Send(0, ((1, 1),))) == [words.Sent(0, 1)]
    sent: list[Outcome] = []
    while not sent or sent[-1] != words.Sent(0, 0):
        channels.reader(bench.lane.worker_ends.call)(1 << 16)
        sent += bench.wait()
    assert bench.wait() == []


def test_tickets_go_out_and_come_back(bench: Bench) -> None:
    for _ in range(3):
        bench.submit()
    bench.wait()
    items = ((1, 1), (2, 2), (3, 3))
    assert bench.perform(words.Send(0, items), words.Issue(0, items))[-1] == words.Issued(0)
    assert bench.begin() == 1
    assert bench.perform(words.TakeBack(0)) == [words.TookBack(0, (2, 3))]


def test_a_canceller_inside_makes_both_busy(bench: Bench) -> None:
    bench.submit()
    bench.wait()
    inside, leave = threading.Event(), threading.Event()

    def canceller() -> None:
        with bench.lane._lock:
            inside.set()
            leave.wait(30)

    thread = threading.Thread(target=canceller)
    thread.start()
    inside.wait(30)
    outcomes = bench.perform(words.Issue(0, ((1, 1),)), words.TakeBack(0))
    leave.set()
    thread.join(30)
    assert outcomes == [words.Busy(0), words.Busy(0)]


def test_a_marked_frame_comes_with_its_ticket_and_belongs_to_no_task(bench: Bench) -> None:
    assert bench.perform(words.Mark(0)) == [words.Sent(0, 0)]
    assert bench.begin() == MARK
    ((seq, _, body),) = Assembler().feed(channels.reader(bench.lane.worker_ends.call)(1 << 16))
    assert seq == MARK
    fn, args, kwargs = pickle.loads(body)
    assert fn(*args, **kwargs) is False


def test_a_worker_is_told_to_leave_by_a_ticket(bench: Bench) -> None:
    assert bench.perform(words.Leave(0)) == []
    assert bench.begin() == LEAVE


# --- answers and deaths ---------------------------------------------------------------------------------------------


def test_answers_are_told_in_their_order_and_with_what_they_are(bench: Bench) -> None:
    bench.answer(0, Kind.READY)
    for seq, kind in ((1, Kind.PLAIN), (2, Kind.VALUE), (3, Kind.ERROR)):
        bench.answer(seq, kind, seq)
    ready, answered = bench.wait()
    assert ready == words.Ready(0)
    assert isinstance(answered, words.Answered)
    verdicts = [(answer.seq, answer.verdict) for answer in answered.answers]
    assert verdicts == [(1, Verdict.PLAIN), (2, Verdict.VALUE), (3, Verdict.ERROR)]


def test_a_death_is_told_after_the_answers_that_were_there_and_once(bench: Bench) -> None:
    bench.answer(1, Kind.PLAIN, 1)
    bench.dies()
    answered, ended = bench.wait()
    assert isinstance(answered, words.Answered)
    assert ended == words.Ended(0)
    assert bench.wait() == []


def test_to_drain_is_to_read_all_that_the_dead_worker_has_written(bench: Bench) -> None:
    bench.dies()
    bench.wait()
    for seq in (1, 2):
        bench.answer(seq, Kind.PLAIN, seq)
    *answered, drained = bench.perform(words.Drain(0))
    assert [type(outcome) for outcome in answered] == [words.Answered]
    assert drained == words.Drained(0)


def test_an_initializer_that_failed_is_told_with_its_traceback(bench: Bench) -> None:
    bench.answer(0, Kind.INITIALIZER_FAILED, "traceback")
    assert bench.wait() == [words.InitializerFailed(0, pickle.dumps("traceback"))]


def test_a_status_that_is_there_is_told_at_once(bench: Bench) -> None:
    bench.dies()
    bench.wait()
    assert bench.perform(words.Reap(0)) == [words.Reaped(0, -9)]


def test_a_status_that_does_not_come_is_waited_for_and_then_unknown(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(real.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(real.processes, "take_status", lambda _: (False, None))
    assert bench.perform(words.Reap(0)) == []
    assert bench.wait() == []
    now[0] = STATUS_LIMIT
    assert bench.wait() == [words.Reaped(0, None)]


def test_a_lane_that_is_closed_is_watched_no_more(bench: Bench) -> None:
    bench.dies()
    bench.perform(words.Close(0))
    assert bench.wait() == []
    assert not bench.platform.lanes
    assert bench.lane.closed


# --- the ends of futures --------------------------------------------------------------------------------------------


def test_plain_values_are_told_by_the_manager_and_leave_nothing_owing(bench: Bench) -> None:
    future = bench.submit()
    bench.wait()
    assert bench.perform(words.Settle(((1, pickle.dumps(7)),))) == []
    assert future.result(0) == 7


@pytest.mark.parametrize("op", [words.Settle(((1, pickle.dumps(7)),)), words.Cancel((1,)), words.Fail((1,), KILLED)])
def test_a_future_with_callbacks_is_told_and_its_callbacks_are_owing(bench: Bench, op: Op) -> None:
    future = bench.submit(callback=True)
    bench.wait()
    assert bench.perform(op) == [words.Settled((1,))]
    assert future.done()
    bench.perform(words.Call(1))
    (job,) = bench.helpers.jobs
    job()
    assert not future._owing


def test_a_future_whose_lock_is_held_is_told_later(bench: Bench) -> None:
    future = bench.submit()
    bench.wait()
    held, leave = threading.Event(), threading.Event()

    def holder() -> None:
        with future._condition:
            held.set()
            leave.wait(30)

    thread = threading.Thread(target=holder)
    thread.start()
    held.wait(30)
    assert bench.perform(words.Settle(((1, pickle.dumps(7)),))) == [words.Settled((1,))]
    leave.set()
    thread.join(30)
    bench.perform(words.Call(1))
    bench.helpers.jobs.pop()()
    assert future.result(0) == 7


def test_each_broken_future_has_an_error_of_its_own_and_one_says_that_it_ran(bench: Bench) -> None:
    futures = [bench.submit(), bench.submit()]
    bench.wait()
    bench.perform(words.Break(KILLED), words.Fail((1, 2), KILLED))
    errors = [future.exception(0) for future in futures]
    assert [error.ran for error in errors if isinstance(error, BrokenProcessPool)] == [True, False]
    assert errors[0] is not errors[1]


def test_a_task_that_came_after_the_break_is_told_of_the_same_worker_and_task(bench: Bench) -> None:
    bench.submit()
    bench.wait()
    bench.perform(words.Break(KILLED), words.Fail((1,), KILLED), words.Close(0))
    late = bench.submit()
    bench.wait()
    bench.perform(words.Fail((2,), KILLED))
    error = late.exception(0)
    assert isinstance(error, BrokenProcessPool)
    assert (error.pid, error.task, error.ran) == (17, "module.fn", False)
    assert bench.shared.broken is not None
    assert bench.shared.broken().task == "module.fn"


def test_values_of_users_are_read_by_a_job(bench: Bench) -> None:
    future = bench.submit()
    bench.wait()
    assert bench.perform(words.Deliver(1, Verdict.VALUE, pickle.dumps([1]))) == []
    assert not future.done()
    bench.helpers.jobs.pop()()
    assert future.result(0) == [1]


def test_what_was_kept_is_pickled_by_a_job(bench: Bench) -> None:
    bench.submit(None)
    bench.wait()
    bench.perform(words.Pickle(1))
    bench.helpers.jobs.pop()()
    assert bench.wait() == [words.Pickled(1)]


def test_to_finish_is_to_let_the_user_code_threads_go(bench: Bench) -> None:
    bench.perform(words.AddHelper(), words.Finish())
    assert bench.helpers.added == 1
    assert bench.helpers.ended
    bench.platform.reactor = real.Reactor()  # for the teardown
