"""The worker's loop over real channels, in a thread instead of a process: tickets, frames, answers, exit code."""

from __future__ import annotations

import logging
import select
import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from checkedpool._core.tables import LEAVE
from checkedpool._payload import pickling
from checkedpool._payload.pickling import Kind, header
from checkedpool._pool.shared import Shared
from checkedpool._pool.worker_channels import WorkerChannels
from checkedpool._worker.worker import Interrupts, Worker, run_chunk
from tests import limits
from tests.shell import usercode

NO_SETUP: tuple[Any, tuple[Any, ...]] = (None, ())
ran: list[object] = []


class Loop:
    """A worker and the parent's side of its lane."""

    def __init__(self) -> None:
        self.shared = Shared()
        self.lane = WorkerChannels(0, self.shared)
        self.code: int | None = None
        self.thread = threading.Thread(target=self._work)
        self.setup: tuple[Any, tuple[Any, ...]] | None = NO_SETUP

    def _work(self) -> None:
        self.code = Worker(self.lane.worker_ends, self.setup).work()

    def start(self, setup: tuple[Any, tuple[Any, ...]] | None = NO_SETUP) -> Loop:
        self.setup = setup
        self.thread.start()
        return self

    def send(self, seq: int, fn: object, *args: object) -> None:
        body = pickling.dumps((fn, args, {}))
        self.lane.queue([(header(seq, Kind.CALL, body), body)])
        self.lane.write()

    def answers(self, count: int) -> list[tuple[int, Kind, bytes]]:
        """So many messages of the worker."""
        found: list[tuple[int, Kind, bytes]] = []
        while len(found) < count and not self.lane.at_end:
            messages = self.lane.read()
            if messages is None:
                select.select([self.lane.result_fd], [], [], 30)
            found += [(seq, Kind(kind), body) for seq, kind, body in messages or []]
        return found

    def ends(self) -> int | None:
        self.thread.join(limits.HANG)
        return self.code


@pytest.fixture
def loop() -> Iterator[Loop]:
    ran.clear()
    made = Loop()
    yield made
    made.lane.ticket_end.close()
    made.lane.call_end.close()
    if made.thread.ident is not None:
        made.thread.join(limits.HANG)
    made.lane.let_go_of_worker_ends()
    made.lane.close()


def note(value: object) -> object:
    ran.append(value)
    return value


def test_a_worker_says_that_it_is_ready_when_its_initializer_has_run(loop: Loop) -> None:
    loop.start((note, ("initialized",)))
    assert [kind for _, kind, _ in loop.answers(1)] == [Kind.READY]
    assert ran == ["initialized"]


def test_its_setup_may_come_as_the_first_frame(loop: Loop) -> None:
    loop.lane.queue_setup(pickling.dumps((note, ("sent",))))
    loop.lane.write()
    loop.start(None)
    assert [kind for _, kind, _ in loop.answers(1)] == [Kind.READY]
    assert ran == ["sent"]


def test_an_initializer_that_raises_is_reported_and_the_worker_aborts(
    loop: Loop, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.CRITICAL, logger="concurrent.futures"):
        loop.start((usercode.raise_it, (ValueError("initializer"),)))
        ((_, kind, body),) = loop.answers(1)
        assert loop.ends() == 1
    assert kind is Kind.INITIALIZER_FAILED
    assert "initializer" in str(pickling.load_error(body))
    assert "Exception in initializer" in caplog.text


def test_frames_wait_for_their_tickets(loop: Loop) -> None:
    loop.start()
    loop.answers(1)
    loop.send(1, note, "first")
    assert not ran
    loop.lane.put_ticket(1)
    assert loop.answers(1) == [(1, Kind.PLAIN, pickling.dumps("first"))]


def test_answers_come_in_the_order_of_the_tickets(loop: Loop) -> None:
    for seq in range(1, 6):
        loop.send(seq, note, seq)
        loop.lane.put_ticket(seq)
    loop.start()
    assert [seq for seq, _, _ in loop.answers(6)] == [0, 1, 2, 3, 4, 5]
    assert ran == [1, 2, 3, 4, 5]


def test_frames_whose_tickets_were_taken_back_are_skipped(loop: Loop) -> None:
    for seq in (1, 2, 3):
        loop.send(seq, note, seq)
    loop.lane.put_ticket(3)
    loop.start()
    assert [seq for seq, _, _ in loop.answers(2)] == [0, 3]
    assert ran == [3]


def test_a_worker_leaves_with_its_last_ticket(loop: Loop) -> None:
    loop.send(1, note, 1)
    loop.lane.put_ticket(1)
    loop.lane.put_ticket(LEAVE)
    loop.start()
    assert loop.ends() == 0
    assert ran == [1]
    assert len(loop.answers(2)) == 2


def test_a_worker_leaves_when_nobody_can_give_it_tickets_any_more(loop: Loop) -> None:
    loop.start()
    loop.answers(1)
    loop.lane.ticket_end.close()
    assert loop.ends() == 0


def test_a_worker_whose_frame_never_comes_aborts(loop: Loop) -> None:
    loop.start()
    loop.answers(1)
    loop.lane.put_ticket(1)
    loop.lane.call_end.close()
    assert loop.ends() == 1


def test_a_worker_whose_answer_nobody_can_read_aborts(loop: Loop) -> None:
    loop.start()
    loop.answers(1)
    loop.lane._result.close()
    loop.send(1, note, 1)
    loop.lane.put_ticket(1)
    assert loop.ends() == 1


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ((usercode.raise_it, ValueError("task")), ValueError),
        ((usercode.raise_it, SystemExit(3)), SystemExit),
        ((usercode.raise_it, KeyboardInterrupt()), KeyboardInterrupt),
        ((usercode.raise_made, usercode.FrozenError), usercode.FrozenError),
        ((usercode.raise_made, usercode.UnpicklableError), Exception),
        ((usercode.raise_made, usercode.UnshowableError), usercode.UnshowableError),
        ((usercode.made, usercode.NoPickle), TypeError),
        ((usercode.made, usercode.NoPickleAtAll), SystemExit),
        ((usercode.double, usercode.NoUnpickle()), ValueError),
    ],
)  # fmt: skip
def test_whatever_a_task_raises_is_its_answer_and_the_worker_goes_on(
    loop: Loop, call: tuple[object, ...], error: type[BaseException]
) -> None:
    loop.send(1, *call)
    loop.send(2, note, "next")
    for seq in (1, 2):
        loop.lane.put_ticket(seq)
    loop.start()
    _, failed, after = loop.answers(3)
    assert failed[:2] == (1, Kind.ERROR)
    assert isinstance(pickling.load_error(failed[2]), error)
    assert after == (2, Kind.PLAIN, pickling.dumps("next"))


def test_a_value_larger_than_the_pipe_arrives_whole(loop: Loop) -> None:
    loop.send(1, bytes, 1 << 20)
    loop.lane.put_ticket(1)
    loop.start()
    _, (seq, kind, body) = loop.answers(2)
    assert (seq, kind) == (1, Kind.VALUE)
    assert pickling.loads(body) == bytes(1 << 20)


def test_a_chunk_is_one_column_or_several() -> None:
    assert run_chunk(abs, (-1, -2)) == [1, 2]
    assert run_chunk(pow, (2, 3), (3, 2)) == [8, 9]


def test_a_second_sigint_does_not_reach_who_deals_with_the_first() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        interrupts = Interrupts()

        def task() -> str:
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
            try:
                signal.raise_signal(signal.SIGINT)
            except KeyboardInterrupt:  # pytest would take it for its own
                return "twice"
            return "once"

        assert interrupts.reach(task) == "once"
    finally:
        signal.signal(signal.SIGINT, before)
