"""The real platform performs each command as its word says, on real channels; processes are stand-ins, threads none.

What is looked at: the order in which events are told, what is counted and let go of, and that nothing blocks.
"""

from __future__ import annotations

import inspect
import itertools
import os
import pickle
import textwrap
import threading
from typing import Any

import pytest

from checkedpool._core import messages
from checkedpool._core.messages import Event, Verdict
from checkedpool._core.tables import LEAVE, MARK
from checkedpool._fast import quick_submit
from checkedpool._fast.quick_submit import GatheringPlatform
from checkedpool._os import system
from checkedpool._os.locks import Latch
from checkedpool._os.system import Status
from checkedpool._payload.pickling import READ_SIZE, Assembler, Kind, header
from checkedpool._pool.platform import COUNTED, STATUS_LIMIT
from tests import limits
from tests.shell.bench import Bench
from tests.shell.lanes import takes_back

pytestmark = takes_back


# --- the inbox ------------------------------------------------------------------------------------------------------


def test_each_task_that_was_posted_is_told_of(bench: Bench) -> None:
    for _ in range(3):
        bench.submit()
    assert bench.wait() == [messages.Submitted((1,)), messages.Submitted((2,)), messages.Submitted((3,))]


def test_with_the_room_submit_the_same_is_told_at_once_of_tasks_that_were_posted_together(
    bench: Bench, gathering: Bench
) -> None:
    compare(bench, gathering)


GATHERED_OTHERWISE = {
    "nothing is told at once": ("inbox.popleft()", "(self._flush(ids, deferred), inbox.popleft())[1]"),
    "what is not pickled is told as if it were": ("(ids if post.deferred is None else deferred)", "ids"),
    "what comes between is told first": ("            self._flush(ids, deferred)\n", ""),
    "the last row is not told": ("    self._flush(ids, deferred)\n    shared", "    shared"),
    "a large pickle is not counted": ("shared.pending_bytes += weight", "pass"),
    "what it counts is not kept": ("self.sizes[number] = weight =", "weight ="),
    "the burst goes on": ("shared.burst = 0", "pass"),
}


@pytest.mark.parametrize("mutant", GATHERED_OTHERWISE)
def test_a_platform_that_tells_at_once_and_otherwise_is_caught(
    bench: Bench, gathering: Bench, mutant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = textwrap.dedent(inspect.getsource(GatheringPlatform._take_inbox))
    old, new = GATHERED_OTHERWISE[mutant]
    assert source.count(old) >= 1, f"it is worded differently now: {old!r}"
    changed: dict[str, Any] = {}
    exec(source.replace(old, new, 1), vars(quick_submit), changed)  # noqa: S102 - our own source, changed above
    monkeypatch.setattr(GatheringPlatform, "_take_inbox", changed["_take_inbox"])
    with pytest.raises(AssertionError):
        compare(bench, gathering)


def compare(bench: Bench, gathering: Bench) -> None:
    """The same is counted, in whatever order posts come; each queue of the manager has its tasks in that order."""
    gathered = False
    for frames in itertools.product((b"frame", b"x" * (COUNTED + 1), None, "another post"), repeat=4):
        for each in bench, gathering:
            for frame in frames:
                if isinstance(frame, str):
                    each.shared.inbox.append(messages.RevokedByCanceller(0))
                else:
                    each.submit(frame)
            each.shared.burst = 1
        plain, fast = bench.wait(), gathering.wait()
        for deferred in False, True:
            assert of_one_queue(fast, deferred=deferred) == of_one_queue(plain, deferred=deferred)
        gathered = gathered or len(fast) < len(plain)
        for count in of_shared, of_platform:
            assert count(gathering) == count(bench)
    assert gathered


def of_one_queue(events: list[Event], *, deferred: bool) -> list[object]:
    """Its tasks, one by one, and what is said between them."""
    found: list[object] = []
    for event in events:
        if not isinstance(event, messages.Submitted):
            found.append(event)
        elif event.deferred is deferred:
            found += event.ids
    return found


def of_shared(bench: Bench) -> object:
    return bench.shared.pending_bytes, bench.shared.burst


def of_platform(bench: Bench) -> object:
    return [*bench.platform.futures], bench.platform.sizes


def test_the_order_of_posts_of_different_kinds_is_kept(bench: Bench) -> None:
    bench.submit()
    bench.shared.inbox.append(messages.Withdrawn(1))
    bench.submit()
    assert bench.wait() == [messages.Submitted((1,)), messages.Withdrawn(1), messages.Submitted((2,))]


def test_tasks_that_are_not_pickled_are_told_apart(bench: Bench) -> None:
    bench.submit()
    bench.submit(None)
    assert bench.wait() == [messages.Submitted((1,)), messages.Submitted((2,), deferred=True)]


def test_large_pickles_are_counted_until_their_tasks_have_an_end(bench: Bench) -> None:
    bench.submit(b"x" * COUNTED)
    bench.submit(b"x" * (COUNTED + 1))
    bench.wait()
    assert bench.shared.pending_bytes == COUNTED + 1
    bench.perform(messages.Cancel((1, 2)))
    assert bench.shared.pending_bytes == 0


@pytest.mark.parametrize("post", [messages.Withdrawn(1), messages.PickleFailed(1)])
def test_a_task_that_is_gone_is_let_go_of(bench: Bench, post: Event) -> None:
    bench.submit(b"x" * (COUNTED + 1))
    bench.shared.inbox.append(post)
    bench.wait()
    assert not bench.platform.futures
    assert bench.shared.pending_bytes == 0


def test_whoever_waits_until_all_has_been_seen_is_let_go_on_when_it_has(bench: Bench) -> None:
    barrier = Latch()
    bench.perform(messages.Start(7))
    bench.shared.inbox.append(barrier)
    bench.wait()
    bench.wait()
    assert not barrier.is_set(), "a start is under way"
    bench.shared.inbox.append(messages.StartFailed(7, "cause"))
    bench.wait()
    bench.wait()
    assert barrier.is_set()


# --- starts ---------------------------------------------------------------------------------------------------------


def test_a_worker_that_was_started_is_taken_over(bench: Bench) -> None:
    bench.perform(messages.Start(1))
    assert bench.starter.asked == [1]
    bench.starter.made[1], dies = bench.new_lane(1)
    bench.shared.inbox.append(messages.Started(1))
    assert bench.wait() == [messages.Started(1), messages.Sent(1, 0)]
    dies()
    assert bench.wait() == [messages.Ended(1)]


def test_a_start_that_is_given_up_is_abandoned(bench: Bench) -> None:
    bench.perform(messages.Start(1), messages.Close(1))
    assert bench.starter.abandoned == [1]
    assert not bench.platform.starting


# --- tasks to workers -----------------------------------------------------------------------------------------------


def test_to_send_is_to_write_frames_and_to_say_where_each_task_went(bench: Bench) -> None:
    future = bench.submit(b"body")
    bench.wait()
    assert bench.perform(messages.Send(0, ((5, 1),))) == [messages.Sent(0, 0)]
    assert future.place == (bench.lane, 5)
    data = bench.lane.worker_ends.call.reader()(1 << 16)
    assert Assembler().feed(data) == [(5, Kind.CALL, b"body")]


def test_what_was_cancelled_meanwhile_is_not_sent(bench: Bench) -> None:
    bench.submit().cancel()
    bench.submit()
    bench.wait()
    assert bench.perform(messages.Send(0, ((1, 1), (2, 2)))) == [messages.Sent(0, 0, (1,))]


def test_no_ticket_goes_out_without_a_frame_even_if_a_cancelled_task_was_made_claimable_again(bench: Bench) -> None:
    """An interrupted canceller had left it so: he had revoked its ticket and made it claimable, no more."""
    future = bench.submit()
    bench.wait()
    bench.perform(messages.Send(0, ((1, 1),)), messages.Issue(0, ((1, 1),)))
    lane = bench.lane
    system.take_waiting(lane._tickets, lane._back)
    bench.shared.unclaimed[1] = None
    assert future.cancel()
    bench.wait()
    assert bench.perform(messages.Revoke(0)) == [messages.Revoked(0, (1,))]
    events = bench.perform(messages.Send(0, ((2, 1),)), messages.Issue(0, ((2, 1),)))
    assert events == [messages.Sent(0, 0, (1,)), messages.Issued(0, (1,))]
    assert bench.perform(messages.Revoke(0)) == [messages.Revoked(0, ())]


def test_what_does_not_fit_is_told_when_there_is_room(bench: Bench) -> None:
    bench.submit(b"x" * (1 << 20))
    bench.wait()
    assert bench.perform(messages.Send(0, ((1, 1),))) == [messages.Sent(0, 1)]
    sent: list[Event] = []
    while not sent or sent[-1] != messages.Sent(0, 0):
        bench.lane.worker_ends.call.reader()(1 << 16)
        sent += bench.wait()
    assert bench.wait() == []


def test_tickets_go_out_and_come_back(bench: Bench) -> None:
    for _ in range(3):
        bench.submit()
    bench.wait()
    items = ((1, 1), (2, 2), (3, 3))
    assert bench.perform(messages.Send(0, items), messages.Issue(0, items))[-1] == messages.Issued(0)
    assert bench.begin() == 1
    assert bench.perform(messages.Revoke(0)) == [messages.Revoked(0, (2, 3))]


def test_a_canceller_inside_makes_both_busy(bench: Bench) -> None:
    bench.submit()
    bench.wait()
    inside, leave = threading.Event(), threading.Event()

    def canceller() -> None:
        with bench.lane.lock:
            inside.set()
            leave.wait(limits.HANG)

    thread = threading.Thread(target=canceller)
    thread.start()
    inside.wait(limits.HANG)
    events = bench.perform(messages.Issue(0, ((1, 1),)), messages.Revoke(0))
    leave.set()
    thread.join(limits.HANG)
    assert events == [messages.Busy(0), messages.Busy(0)]


def test_a_marked_frame_comes_with_its_ticket_and_belongs_to_no_task(bench: Bench) -> None:
    assert bench.perform(messages.Mark(0)) == [messages.Sent(0, 0)]
    assert bench.begin() == MARK
    ((seq, _, body),) = Assembler().feed(bench.lane.worker_ends.call.reader()(1 << 16))
    assert seq == MARK
    fn, args, kwargs = pickle.loads(body)
    assert fn(*args, **kwargs) is False


def test_a_worker_is_told_to_leave_by_a_ticket(bench: Bench) -> None:
    assert bench.perform(messages.Leave(0)) == []
    assert bench.begin() == LEAVE


# --- answers and deaths ---------------------------------------------------------------------------------------------


def test_answers_are_told_in_their_order_and_with_what_they_are(bench: Bench) -> None:
    bench.answer(0, Kind.READY)
    for seq, kind in ((1, Kind.PLAIN), (2, Kind.VALUE), (3, Kind.ERROR)):
        bench.answer(seq, kind, seq)
    ready, answered = bench.wait()
    assert ready == messages.Ready(0)
    assert isinstance(answered, messages.Answered)
    verdicts = [(answer.seq, answer.verdict) for answer in answered.answers]
    assert verdicts == [(1, Verdict.PLAIN), (2, Verdict.VALUE), (3, Verdict.ERROR)]


def test_a_death_is_told_after_the_answers_that_were_there_and_once(bench: Bench) -> None:
    bench.answer(1, Kind.PLAIN, 1)
    bench.dies()
    answered, ended = bench.wait()
    assert isinstance(answered, messages.Answered)
    assert ended == messages.Ended(0)
    assert bench.wait() == []


def test_to_drain_is_to_read_all_that_the_dead_worker_has_written(bench: Bench) -> None:
    bench.dies()
    bench.wait()
    for seq in (1, 2):
        bench.answer(seq, Kind.PLAIN, seq)
    *answered, drained = bench.perform(messages.Drain(0))
    assert [type(event) for event in answered] == [messages.Answered]
    assert drained == messages.Drained(0)


def test_an_initializer_that_failed_is_told_with_its_traceback(bench: Bench) -> None:
    bench.answer(0, Kind.INITIALIZER_FAILED, "traceback")
    assert bench.wait() == [messages.InitializerFailed(0, pickle.dumps("traceback"))]


def test_all_that_a_dead_worker_has_written_is_told_also_behind_an_answer_that_was_read_by_half(bench: Bench) -> None:
    """C-78: the rest of it is one read, and what stands behind it is another."""
    large = b"x" * (READ_SIZE // 2)
    message = header(1, Kind.VALUE, large) + large
    half = len(message) // 2
    result = bench.lane.worker_ends.result.fileno()
    os.write(result, message[:half])
    assert bench.wait() == []
    os.write(result, message[half:])
    for seq in (2, 3):
        bench.answer(seq, Kind.PLAIN, seq)
    bench.dies()
    *answered, drained = bench.perform(messages.Drain(0))
    assert drained == messages.Drained(0)
    answers = [answer for event in answered if isinstance(event, messages.Answered) for answer in event.answers]
    assert [answer.seq for answer in answers] == [1, 2, 3]
    assert answers[0].body == large


def test_a_status_that_is_there_is_told_at_once(bench: Bench) -> None:
    bench.dies()
    bench.wait()
    assert bench.perform(messages.Reap(0)) == [messages.Reaped(0, -9)]


def test_a_status_that_does_not_come_is_waited_for_and_then_unknown(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr("checkedpool._pool.platform.time.monotonic", lambda: now[0])
    monkeypatch.setattr("checkedpool._pool.platform.system.take_status", lambda _: (Status.COMES, None))
    assert bench.perform(messages.Reap(0)) == []
    assert bench.wait() == []
    now[0] = STATUS_LIMIT
    assert bench.wait() == [messages.Reaped(0, None)]


def test_a_lane_that_is_closed_is_watched_no_more(bench: Bench) -> None:
    bench.dies()
    bench.perform(messages.Close(0))
    assert bench.wait() == []
    assert not bench.platform.lanes
    assert bench.lane.closed
