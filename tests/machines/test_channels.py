"""The parent's side of one worker's channels, on real pipes and sockets; the worker is the test itself.

Who can claim a task, whose ticket is out, who has begun: at every moment exactly one of them, whoever is interrupted.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from checkedpool._core.lane import LEAVE
from checkedpool._shell import channels, ends
from checkedpool._shell.frames import HEADER, Assembler, Kind, header
from checkedpool._shell.lane import LaneChannels
from checkedpool._shell.shared import Shared
from checkedpool.future import PoolFuture

pytestmark = pytest.mark.skipif(channels.PORTABLE, reason="tickets of a living worker cannot be read back here")
BIG = b"x" * (1 << 20)
DESCRIPTORS = Path("/proc/self/fd")


class Bench:
    """One lane, and the worker's ends in the hands of a test."""

    def __init__(self) -> None:
        self.shared = Shared()
        self.lane = LaneChannels(0, self.shared)
        self.call = channels.reader(self.lane.worker_ends.call)
        self.answer = channels.writer(self.lane.worker_ends.result)
        self.assembler = Assembler()

    def publish(self, *numbers: int) -> list[PoolFuture[int]]:
        self.shared.unclaimed.update(dict.fromkeys(numbers))
        return [PoolFuture(self.shared, number) for number in numbers]

    def send(self, seq: int, body: bytes) -> int:
        self.lane.queue(header(seq, Kind.CALL, body), body)
        self.lane.write()
        return self.lane.behind

    def ticket(self) -> int:
        return self.lane.worker_ends.tickets.recv(1)[0]

    def read(self) -> list[tuple[int, int, bytes]]:
        return self.assembler.feed(self.call(1 << 20))

    def close(self) -> None:
        self.lane.let_go_of_worker_ends()
        self.lane.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


# --- the call pipe --------------------------------------------------------------------------------------------------


def test_a_frame_arrives_whole(bench: Bench) -> None:
    assert bench.send(7, b"body") == 0
    assert bench.read() == [(7, Kind.CALL, b"body")]


def test_what_the_pipe_does_not_take_waits_and_is_counted(bench: Bench) -> None:
    assert bench.send(1, b"small") == 0
    assert bench.send(2, BIG) == 1
    assert bench.send(3, b"after") == 2
    assert bench.lane.unwritten


def test_writing_never_blocks_and_goes_on_when_there_is_room(bench: Bench) -> None:
    for seq in (1, 2, 3):
        bench.send(seq, BIG)
    found: list[tuple[int, int, bytes]] = []
    while len(found) < 3:
        found += bench.read()
        bench.lane.write()
    assert [seq for seq, _, _ in found] == [1, 2, 3]
    assert all(body == BIG for _, _, body in found)
    assert bench.lane.behind == 0
    assert not bench.lane.unwritten


def test_frames_are_counted_behind_until_their_last_byte_is_written(bench: Bench) -> None:
    behind = [bench.send(1, BIG)]
    while behind[-1]:
        bench.read()
        bench.lane.write()
        behind.append(bench.lane.behind)
    assert behind[0] == 1
    assert behind[-1] == 0
    assert sorted(behind, reverse=True) == behind


def test_many_small_frames_go_in_one_write(bench: Bench) -> None:
    for seq in range(1, 200):
        bench.lane.queue(header(seq, Kind.CALL, b"."), b".")
    bench.lane.write()
    assert bench.lane.behind == 0
    assert len(bench.read()) == 199


def test_a_reader_that_is_gone_takes_everything(bench: Bench) -> None:
    """Its death will be seen elsewhere; until then nothing may wait for room."""
    bench.send(1, BIG)
    bench.lane.let_go_of_worker_ends()
    assert bench.send(2, BIG) == 0
    assert not bench.lane.unwritten


def test_the_setup_goes_first_and_is_no_frame_of_a_task(bench: Bench) -> None:
    bench.lane.queue_setup(b"initializer")
    assert bench.lane.behind == 0
    assert bench.send(1, b"task") == 0
    assert bench.read() == [(0, Kind.CALL, b"initializer"), (1, Kind.CALL, b"task")]


def test_a_frame_behind_a_setup_that_does_not_fit_is_behind(bench: Bench) -> None:
    bench.lane.queue_setup(BIG)
    assert bench.send(1, b"task") == 1


# --- tickets --------------------------------------------------------------------------------------------------------


def test_to_issue_is_to_claim_and_to_put_the_ticket_out(bench: Bench) -> None:
    bench.publish(10, 11)
    assert bench.lane.issue(((1, 10), (2, 11))) == []
    assert not bench.shared.unclaimed
    assert [bench.ticket(), bench.ticket()] == [1, 2]


def test_a_task_that_was_cancelled_before_gets_no_ticket(bench: Bench) -> None:
    bench.publish(11)
    assert bench.lane.issue(((1, 10), (2, 11))) == [10]
    assert bench.ticket() == 2


def test_a_ticket_that_was_taken_back_makes_its_task_claimable(bench: Bench) -> None:
    bench.publish(10, 11, 12)
    bench.lane.issue(((1, 10), (2, 11), (3, 12)))
    assert bench.ticket() == 1
    assert bench.lane.take_back() == (2, 3)
    assert set(bench.shared.unclaimed) == {11, 12}
    assert bench.lane.take_back() == ()


def test_a_ticket_has_one_taker(bench: Bench) -> None:
    bench.publish(10)
    bench.lane.issue(((1, 10),))
    assert bench.lane.take_back() == (1,)
    with pytest.raises(BlockingIOError):
        channels.take_waiting(bench.lane.worker_ends.tickets, bytearray(1))


def test_a_ticket_to_leave_is_reported_and_claims_nothing(bench: Bench) -> None:
    bench.lane.put_ticket(LEAVE)
    assert bench.lane.take_back() == (LEAVE,)
    assert not bench.shared.unclaimed


def test_a_canceller_claims_what_it_reads_back_and_leaves_the_rest_claimable(bench: Bench) -> None:
    first, second = bench.publish(10, 11)
    first._place, second._place = (bench.lane, 1), (bench.lane, 2)
    bench.lane.issue(((1, 10), (2, 11)))
    assert bench.lane.read_back(second, second._place) is True
    assert set(bench.shared.unclaimed) == {10}
    assert bench.lane.take_back() == (1, 2), "the manager is told of both"


def test_a_canceller_finds_out_that_the_worker_has_begun(bench: Bench) -> None:
    (future,) = bench.publish(10)
    future._place = bench.lane, 1
    bench.lane.issue(((1, 10),))
    bench.ticket()
    assert bench.lane.read_back(future, future._place) is False


def test_a_canceller_finds_out_that_the_task_has_moved(bench: Bench) -> None:
    (future,) = bench.publish(10)
    place = future._place = bench.lane, 1
    bench.lane.issue(((1, 10),))
    bench.lane.take_back()
    bench.shared.claim(10)
    future._place = LaneChannels(1, bench.shared), 1
    assert bench.lane.read_back(future, place) is None
    future._place[0].let_go_of_worker_ends()
    future._place[0].close()


def test_a_task_has_begun_when_its_ticket_is_gone_and_not_before(bench: Bench) -> None:
    bench.publish(10, 11)
    assert not bench.lane.has_begun(10, 1)
    bench.lane.issue(((1, 10), (2, 11)))
    assert not bench.lane.has_begun(10, 1)
    bench.ticket()
    assert bench.lane.has_begun(10, 1)
    assert not bench.lane.has_begun(11, 2)


def test_looking_whether_a_task_has_begun_takes_no_ticket(bench: Bench) -> None:
    bench.publish(10)
    bench.lane.issue(((1, 10),))
    for _ in range(3):
        bench.lane.has_begun(10, 1)
    assert bench.ticket() == 1


def test_a_task_that_was_taken_back_has_not_begun(bench: Bench) -> None:
    bench.publish(10)
    bench.lane.issue(((1, 10),))
    bench.lane.take_back()
    assert not bench.lane.has_begun(10, 1)


def test_the_manager_does_not_wait_for_a_canceller(bench: Bench) -> None:
    bench.publish(10)
    inside, leave = threading.Event(), threading.Event()

    def canceller() -> None:
        with bench.lane._lock:
            inside.set()
            leave.wait(30)

    thread = threading.Thread(target=canceller)
    thread.start()
    inside.wait(30)
    try:
        assert bench.lane.issue(((1, 10),)) is None
        assert bench.lane.take_back() is None
    finally:
        leave.set()
        thread.join()
    assert bench.lane.issue(((1, 10),)) == []


class Interrupting(dict[int, None]):
    """A user's signal handler raises while tickets are being sorted."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.left = after

    def __setitem__(self, number: int, value: None) -> None:
        self.left -= 1
        if self.left == -1:
            raise KeyboardInterrupt
        super().__setitem__(number, value)


@pytest.mark.parametrize("after", range(5))
def test_an_interrupted_canceller_loses_no_ticket(bench: Bench, after: int) -> None:
    futures = bench.publish(10, 11, 12, 13)
    futures[0]._place = bench.lane, 1
    bench.lane.issue(((1, 10), (2, 11), (3, 12), (4, 13)))
    bench.shared.unclaimed = Interrupting(after)
    if after < 4:
        with pytest.raises(KeyboardInterrupt):
            bench.lane.read_back(futures[0], futures[0]._place)
    returned = bench.lane.take_back()
    assert returned is not None
    assert set(returned) == {1, 2, 3, 4}
    assert set(bench.shared.unclaimed) == {10, 11, 12, 13}


def test_a_call_in_a_signal_handler_inside_the_sorting_sees_every_ticket(bench: Bench) -> None:
    """The lock is re-entrant: the handler's canceller must not take a ticket in between for a begun task."""
    futures = bench.publish(10, 11, 12)
    for seq, future in enumerate(futures, 1):
        future._place = bench.lane, seq
    bench.lane.issue(((1, 10), (2, 11), (3, 12)))
    seen: list[bool | None] = []

    class Handler(dict[int, None]):
        def __setitem__(self, number: int, value: None) -> None:
            super().__setitem__(number, value)
            if number == 11 and not seen:
                seen.append(None)
                seen.append(bench.lane.read_back(futures[2], futures[2]._place or (bench.lane, 3)))

    bench.shared.unclaimed = Handler()
    bench.lane.read_back(futures[0], futures[0]._place or (bench.lane, 1))
    assert seen == [None, True]


# --- results and closing --------------------------------------------------------------------------------------------


def test_answers_are_read_as_they_come(bench: Bench) -> None:
    assert bench.lane.read() is None
    answer = header(3, Kind.PLAIN, b"value") + b"value"
    bench.answer([answer[:4]])
    assert bench.lane.read() == []
    bench.answer([answer[4:]])
    assert bench.lane.read() == [(3, Kind.PLAIN, b"value")]
    assert bench.lane.read() is None
    assert not bench.lane.at_end


def test_the_end_of_the_results_is_known(bench: Bench) -> None:
    bench.answer([HEADER.pack(3, Kind.PLAIN, 1000)])  # half a message, then death
    bench.lane.let_go_of_worker_ends()
    assert bench.lane.read() == []
    assert bench.lane.read() is None
    assert bench.lane.at_end


@pytest.mark.skipif(not DESCRIPTORS.is_dir(), reason="descriptors are listed in /proc")
def test_after_closing_nothing_is_left_open_and_a_late_canceller_finds_the_task_begun() -> None:
    def descriptors() -> set[str]:
        return {path.name for path in DESCRIPTORS.iterdir()}

    before = descriptors()
    bench = Bench()
    (future,) = bench.publish(10)
    future._place = bench.lane, 1
    bench.lane.issue(((1, 10),))
    bench.close()
    assert descriptors() == before
    assert bench.lane.read_back(future, future._place) is False
    assert bench.lane.has_begun(10, 1)


def test_every_end_is_registered_so_that_no_forked_child_keeps_it(bench: Bench) -> None:
    lane = bench.lane
    mine = {*lane.worker_ends.all(), lane._call, lane._result, lane._lifeline, lane._tickets, lane._issue}
    assert mine <= set(ends._ends)
    bench.close()
    assert not mine & set(ends._ends)
