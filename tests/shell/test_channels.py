"""A lane's channels in the parent: what is written, read, put out and revoked, with no process at the other end.

Nothing here waits, whatever the other end does: what does not fit stays queued, and a lock that is held is an answer.
"""

from __future__ import annotations

import signal
import threading
from contextlib import closing
from typing import Any

import pytest

from checkedpool._core.messages import RevokedByCanceller
from checkedpool._fast.parents_side import GATHER
from checkedpool._os import system
from checkedpool._payload.pickling import Kind, header
from checkedpool._pool.stacks import runs
from checkedpool._pool.worker_channels import A_MOMENT
from tests.shell.lanes import Frame, LaneAndWorker, held, takes_back


class AskedLock:
    """Says how long one would have waited for it."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.is_free = False

    def acquire(self, wait: bool, timeout: float) -> bool:
        self.asked.append(timeout if wait else 0)
        return self.is_free

    def release(self) -> None:
        """It is free still."""


BIG = 300_000
"""Bytes: more than a pipe or a socket takes."""


def pump(both: LaneAndWorker) -> tuple[list[Frame], list[int]]:
    """Write and read by turns until all is through: the frames, and how many were behind after each write."""
    frames: list[Frame] = []
    behind = []
    while True:
        both.lane.write()
        behind.append(both.lane.behind)
        some = both.read_frames()
        frames += some
        if not some and not both.lane.unwritten:
            return frames, behind


# --- call pipe --------------------------------------------------------------------------------------------------------


def test_frames_larger_than_the_pipe_arrive_whole_and_in_order(either: LaneAndWorker) -> None:
    bodies = [bytes([seq]) * BIG for seq in range(1, 6)]
    for seq, body in enumerate(bodies, 1):
        either.lane.queue([(header(seq, Kind.CALL, body), body)])
    either.lane.write()
    assert either.lane.behind >= 4
    assert either.lane.unwritten
    frames, behind = pump(either)
    assert frames == [(seq, Kind.CALL, body) for seq, body in enumerate(bodies, 1)]
    assert behind == sorted(behind, reverse=True)
    assert either.lane.behind == 0


def test_more_parts_than_one_call_of_the_system_takes_arrive_in_order(either: LaneAndWorker) -> None:
    count = 3 * GATHER
    for number in range(count):
        body = str(number).encode()
        either.lane.queue([(header(number % 256, Kind.CALL, body), body)])
    frames, _ = pump(either)
    assert [int(body) for _, _, body in frames] == list(range(count))


def test_a_frame_is_behind_until_its_last_byte_is_in_the_pipe(either: LaneAndWorker) -> None:
    small, big = b"small", b"b" * BIG
    either.lane.queue([(header(1, Kind.CALL, small), small)])
    either.lane.queue([(header(2, Kind.CALL, big), big)])
    assert either.lane.behind == 2
    either.lane.write()
    assert either.lane.behind == 1
    either.lane.queue([(header(3, Kind.CALL, small), small)])
    assert either.lane.behind == 2
    pump(either)
    assert either.lane.behind == 0


def test_a_frame_may_be_empty(either: LaneAndWorker) -> None:
    either.lane.queue([(header(5, Kind.CALL, b""), b"")])
    assert pump(either)[0] == [(5, Kind.CALL, b"")]


def test_writing_to_a_worker_that_has_died_is_neither_an_error_nor_a_signal(either: LaneAndWorker) -> None:
    """Its death is seen elsewhere; a program may have set SIGPIPE to its default, which ends the program."""
    before = signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        either.lane.let_go_of_worker_ends()  # where its worker is gone, these were the last ones but the parent's own
        for seq in (1, 2):
            either.lane.queue([(header(seq, Kind.CALL, b"x" * BIG), b"x" * BIG)])
            either.lane.write()
    finally:
        signal.signal(signal.SIGPIPE, before)
    assert either.lane.behind == 2


def test_a_part_too_large_for_one_write_is_written_in_pieces(
    either: LaneAndWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some systems refuse more than 2 GB at once."""
    monkeypatch.setattr("checkedpool._pool.worker_channels.WRITE_SIZE", 1000)
    monkeypatch.setattr("checkedpool._fast.parents_side.WRITE_SIZE", 1000)
    either.lane.queue([(header(1, Kind.CALL, b"x" * 5500), b"x" * 5500)])
    either.lane.write()
    assert pump(either)[0] == [(1, Kind.CALL, b"x" * 5500)]


def test_the_setup_goes_before_all_tasks_and_is_not_counted_among_them(either: LaneAndWorker) -> None:
    either.lane.queue_setup(b"s" * BIG)
    either.lane.write()
    assert either.lane.behind == 0
    assert either.lane.unwritten
    either.lane.queue([(header(1, Kind.CALL, b"task"), b"task")])
    assert either.lane.behind == 1
    assert pump(either)[0] == [(0, Kind.CALL, b"s" * BIG), (1, Kind.CALL, b"task")]


# --- results ----------------------------------------------------------------------------------------------------------


def test_answers_are_given_when_they_are_whole(either: LaneAndWorker) -> None:
    answer = header(4, Kind.PLAIN, b"value") + b"value"
    assert either.lane.read() is None
    either.say(answer[:7])
    assert either.lane.read() == []
    either.say(answer[7:] + answer)
    assert either.lane.read() == [(4, Kind.PLAIN, b"value")] * 2
    assert either.lane.read() is None
    assert not either.lane.at_end


def test_what_was_written_before_the_end_is_read_before_it(either: LaneAndWorker) -> None:
    either.say(header(4, Kind.PLAIN, b"value") + b"value")
    either.lane.let_go_of_worker_ends()
    assert either.lane.read() == [(4, Kind.PLAIN, b"value")]
    assert not either.lane.at_end
    assert either.lane.read() is None
    assert either.lane.at_end


def test_a_connection_that_was_reset_is_at_its_end(either: LaneAndWorker) -> None:
    def reset(size: int) -> bytes:
        raise ConnectionResetError

    either.lane._get = reset
    assert either.lane.read() is None
    assert either.lane.at_end


# --- tickets ----------------------------------------------------------------------------------------------------------


def test_a_ticket_goes_out_for_each_task_that_can_be_claimed_and_for_no_other(either: LaneAndWorker) -> None:
    either.offer(10, 12)
    assert either.lane.issue(((1, 10), (2, 11), (3, 12))) == [11]
    assert either.tickets() == bytes((1, 3))
    assert not either.shared.unclaimed


def test_no_ticket_goes_out_if_all_were_cancelled(either: LaneAndWorker) -> None:
    assert either.lane.issue(((1, 10),)) == [10]
    assert either.tickets() == b""


def test_a_ticket_of_no_task_is_behind_those_that_are_out(either: LaneAndWorker) -> None:
    either.offer(10)
    either.lane.issue(((1, 10),))
    either.lane.put_ticket(255)
    assert [either.take_ticket(), either.take_ticket()] == [1, 255]


@takes_back
def test_taking_back_gives_the_tickets_that_the_worker_has_not_taken(both: LaneAndWorker) -> None:
    both.offer(10, 11, 12)
    both.lane.issue(((1, 10), (2, 11), (3, 12)))
    assert both.take_ticket() == 1
    assert both.lane.revoke() == (2, 3)
    assert set(both.shared.unclaimed) == {11, 12}
    assert both.lane.revoke() == ()


@takes_back
def test_a_ticket_of_no_task_that_comes_back_makes_nothing_claimable(both: LaneAndWorker) -> None:
    both.lane.put_ticket(255)
    assert both.lane.revoke() == (255,)
    assert not both.shared.unclaimed


@takes_back
def test_a_canceller_gets_its_task_and_makes_the_others_claimable_for_the_manager(both: LaneAndWorker) -> None:
    future = both.send(2, 11)
    both.offer(10, 12)
    both.lane.issue(((1, 10), (2, 11), (3, 12)))
    place = future.place
    assert place is not None
    assert both.lane.revoke_for(future, place) is True
    assert set(both.shared.unclaimed) == {10, 12}
    assert both.lane.revoke() == (1, 2, 3)


@takes_back
def test_a_canceller_of_a_task_that_was_begun_is_told_so(both: LaneAndWorker) -> None:
    future = both.send(1, 10)
    both.offer(11)
    both.lane.issue(((1, 10), (2, 11)))
    both.take_ticket()
    assert future.place is not None
    assert both.lane.revoke_for(future, future.place) is False
    assert both.lane.revoke() == (2,)


def test_a_canceller_whose_task_went_elsewhere_is_told_so(both: LaneAndWorker) -> None:
    future = both.send(1, 10)
    place = future.place
    assert place is not None
    future.place = both.lane, 2  # sent a second time, here or elsewhere
    both.shared.unclaimed.clear()
    assert both.lane.revoke_for(future, place) is None


@takes_back
def test_a_cancel_follows_its_task_from_lane_to_lane(both: LaneAndWorker) -> None:
    """The manager takes it back, claims it and sends it elsewhere just when it is looked for here."""
    with closing(LaneAndWorker(1, both.shared)) as other:
        future = both.send(1, 10)
        both.lane.issue(((1, 10),))
        revoke_for = both.lane.revoke_for

        def too_late(*arguments: Any) -> bool | None:
            both.lane.revoke()
            future.place = other.lane, 9
            other.lane.issue(((9, 10),))
            return revoke_for(*arguments)

        both.lane.revoke_for = too_late  # type: ignore[assignment,method-assign]
        assert future.cancel()
        assert other.tickets() == b""
        del both.lane.revoke_for


@takes_back
def test_a_task_has_begun_when_its_ticket_was_taken(both: LaneAndWorker) -> None:
    future = both.send(1, 10)
    other = both.send(2, 11)
    assert not future.running()
    both.lane.issue(((1, 10), (2, 11)))
    assert not future.running()
    both.take_ticket()
    assert future.running()
    assert not other.running()
    assert both.tickets() == b"\x02"


@takes_back
def test_a_worker_runs_the_last_task_that_it_has_begun_until_its_answer_is_here(both: LaneAndWorker) -> None:
    """C-141: of what it shows of its stack nothing is another task's."""
    both.send(1, 10)
    both.send(2, 11)
    lane = both.lane
    assert not runs(lane, 1, 10)
    both.lane.issue(((1, 10), (2, 11)))
    assert not runs(lane, 1, 10)
    both.take_ticket()
    assert (runs(lane, 1, 10), runs(lane, 2, 11)) == (True, False)
    assert not runs(lane, 1, 9)  # the number was another task's before
    both.take_ticket()
    assert (runs(lane, 1, 10), runs(lane, 2, 11)) == (False, True)
    both.lane.ticketed.clear()  # its answers are here
    assert not runs(lane, 2, 11)


def test_a_task_whose_answer_is_still_to_be_read_is_running_though_its_number_is_out_for_another(
    both: LaneAndWorker,
) -> None:
    """C-04: its value may be rebuilt by slow code of the user, while the worker goes on through all the numbers."""
    future = both.send(2, 11)
    both.lane.issue(((2, 11),))
    both.take_ticket()
    both.lane.ticketed.pop(2)
    assert future.running()
    both.offer(300)
    both.lane.issue(((2, 300),))
    assert future.running()
    assert not future.cancel()


@takes_back
def test_a_task_that_moved_while_it_was_asked_for_is_looked_for_where_it_is(both: LaneAndWorker) -> None:
    """C-04: between two steps of running() the manager has dealt it anew; no worker has begun it."""
    with closing(LaneAndWorker(1, both.shared)) as other:
        future = both.send(1, 10)
        both.lane.issue(((1, 10),))
        has_begun = both.lane.has_begun

        def too_late(number: int, seq: int) -> bool:
            both.lane.revoke()
            future.place = other.lane, 9
            other.lane.issue(((9, 10),))
            return has_begun(number, seq)

        both.lane.has_begun = too_late  # type: ignore[method-assign]
        assert not future.running()
        other.take_ticket()
        assert future.running()
        del both.lane.has_begun


def test_what_was_read_back_and_not_sorted_has_not_begun(both: LaneAndWorker) -> None:
    future = both.send(3, 10)
    both.lane.issue(((3, 10),))
    system.take_waiting(both.lane._tickets, both.lane._back)
    assert not future.running()


@takes_back
def test_the_manager_hears_of_a_read_back_before_it_happens_and_while_the_lock_is_held(both: LaneAndWorker) -> None:
    """So whatever an interrupted canceller leaves behind is looked for."""
    future = both.send(1, 10)
    both.lane.issue(((1, 10),))
    seen: list[tuple[list[object], bytes]] = []
    answers: list[object] = []

    def wake() -> None:
        seen.append((list(both.shared.inbox), both.tickets()))
        thread = threading.Thread(target=lambda: answers.append(both.lane.revoke()))
        thread.start()
        thread.join()

    both.shared.wake = wake  # type: ignore[method-assign]
    assert future.place is not None
    assert both.lane.revoke_for(future, future.place) is True
    assert seen == [([RevokedByCanceller(0)], b"\x01")]
    assert answers == [None]


def test_while_another_thread_is_at_the_tickets_the_manager_gets_nothing_and_changes_nothing(
    either: LaneAndWorker,
) -> None:
    either.offer(10, 11)
    either.lane.issue(((1, 10),))
    with held(either.lane.lock):
        assert either.lane.issue(((2, 11),)) is None
        assert either.lane.revoke() is None
    assert either.tickets() == b"\x01"
    assert set(either.shared.unclaimed) == {11}
    assert either.lane.issue(((2, 11),)) == []


@pytest.mark.parametrize("wanted", ["issue", "revoke"])
def test_the_manager_waits_for_a_client_that_has_the_lock_whenever_it_looks(either: LaneAndWorker, wanted: str) -> None:
    """C-01: one that asks without pause would keep it from issuing for ever."""
    lock = either.lane.lock = AskedLock()  # type: ignore[assignment]
    either.offer(10)
    get = {"issue": lambda: either.lane.issue(((1, 10),)), "revoke": either.lane.revoke}[wanted]
    for _ in range(3):
        assert get() is None
    lock.is_free = True
    assert get() is not None
    assert get() is not None
    assert lock.asked == [0, A_MOMENT[1], A_MOMENT[1], A_MOMENT[1], 0]


@takes_back
def test_of_many_threads_that_take_one_ticket_back_exactly_one_gets_the_task(both: LaneAndWorker) -> None:
    future = both.send(1, 10)
    place = future.place
    assert place is not None
    both.lane.issue(((1, 10),))
    won: list[bool | None] = []
    threads = [threading.Thread(target=lambda: won.append(both.lane.revoke_for(future, place))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won, key=bool) == [None] * 7 + [True]  # None: it is nowhere any more, look again


# --- the portable kind, and the end -----------------------------------------------------------------------------------


def test_a_portable_lane_reads_nothing_back_while_its_worker_may_read_too(portable: LaneAndWorker) -> None:
    future = portable.send(1, 10)
    portable.lane.issue(((1, 10),))
    assert future.running()
    assert not future.cancel()
    assert portable.lane.revoke() == ()
    assert portable.tickets() == b"\x01"


def test_a_portable_lane_reads_everything_back_once_its_worker_is_dead(portable: LaneAndWorker) -> None:
    future = portable.send(1, 10)
    portable.offer(11)
    portable.lane.issue(((1, 10), (2, 11)))
    portable.lane.dead = True
    assert not future.running()
    assert future.cancel()
    assert portable.lane.revoke() == (1, 2)
    assert portable.lane.revoke() == ()


def test_a_closed_lane_gives_no_ticket_and_no_error(either: LaneAndWorker) -> None:
    future = either.send(1, 10)
    either.lane.issue(((1, 10),))
    either.close()
    assert not future.cancel()
    assert either.lane.revoke() == ()
    either.close()


def test_a_lane_that_closes_while_a_canceller_is_at_its_tickets_leaves_them_open(both: LaneAndWorker) -> None:
    """A canceller never reads from a descriptor that is somebody else's by now."""
    with held(both.lane.lock):
        both.lane.close()
        assert both.lane._tickets.fileno() >= 0
    both.lane.close()
    assert both.lane._tickets.fileno() < 0


# --- the end ----------------------------------------------------------------------------------------------------------


def is_closed(end: Any) -> bool:
    try:
        return bool(end.fileno() < 0)
    except ValueError:
        return True


def test_a_lane_that_is_closed_has_no_end_open(either: LaneAndWorker) -> None:
    ends = [value for value in vars(either.lane).values() if hasattr(value, "fileno")]
    assert len(ends) >= 3
    assert not any(map(is_closed, ends))
    either.lane.close()
    assert all(map(is_closed, ends))
