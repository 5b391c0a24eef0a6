"""A client that issues its task alone, to the worker that the sleeping manager has lent: all of it happens, or nothing.

Whatever the moment at which a signal, another client or the manager comes in between.
"""

from __future__ import annotations

import inspect
import os
import socket
import textwrap
import threading
from collections.abc import Sequence
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

from checkedpool._core.messages import RevokedByCanceller
from checkedpool._fast import direct_dispatch as loan_module
from checkedpool._fast.direct_dispatch import LENT, MOST, Loan
from checkedpool._pool.shared import PoolFuture
from tests.behaviour.forked import in_forked_child
from tests.shell.lanes import LIMIT, LaneAndWorker
from tests.shell.strikes import StrikeAt, at_every_instruction
from tests.shell.test_interruptions import is_free

pytestmark = [
    pytest.mark.usefixtures("counted_process"),
    pytest.mark.skipif(not LENT, reason="no worker is lent here: threads do not take turns, or sockets serve as pipes"),
]
SEQ, NUMBER = 7, 11


def posted(both: LaneAndWorker, number: int = NUMBER, frame: bytes = b"call") -> PoolFuture[Any]:
    """A future whose task has just been published."""
    future: PoolFuture[Any] = PoolFuture(both.shared, number)
    future.frame = frame
    both.offer(number)
    both.shared.inbox.append(future)
    return future


def nothing_was_done(both: LaneAndWorker, future: PoolFuture[Any]) -> bool:
    """Neither frame nor ticket is out, and nobody believes so."""
    return not (both.tickets() or both.read_frames() or both.lane.ticketed or future.place)


def test_the_task_is_claimed_and_its_frame_and_its_ticket_are_out_and_the_manager_finds_that_out() -> None:
    with closing(LaneAndWorker()) as both:
        future, loan = posted(both), Loan(both.lane, SEQ)
        assert loan.use(both.shared, future)
        assert both.tickets() == bytes((SEQ,))
        assert both.take_ticket() == SEQ
        assert [(seq, body) for seq, _, body in both.read_frames()] == [(SEQ, b"call")]
        assert not both.shared.claim(NUMBER)
        assert future.place == (both.lane, SEQ)
        assert future.running()
        assert loan.recall() == NUMBER


def test_it_can_be_cancelled_until_the_worker_takes_its_ticket() -> None:
    with closing(LaneAndWorker()) as both:
        future = posted(both)
        assert Loan(both.lane, SEQ).use(both.shared, future)
        assert not future.running()
        assert future.cancel()
        assert both.lane.revoke() == (SEQ,)


def test_a_worker_is_used_once() -> None:
    with closing(LaneAndWorker()) as both:
        loan = Loan(both.lane, SEQ)
        first, second = posted(both), posted(both, NUMBER + 1)
        assert loan.use(both.shared, first)
        both.shared.inbox.popleft()
        assert not loan.use(both.shared, second)
        assert both.tickets() == bytes((SEQ,))
        assert loan.recall() == NUMBER


def test_one_that_comes_late_to_a_worker_that_was_used_and_recalled_leaves_that_ones_ticket_alone() -> None:
    with closing(LaneAndWorker()) as both:
        loan = Loan(both.lane, SEQ)
        first, late = posted(both), posted(both, NUMBER + 1)

        class Frame(bytes):
            def __len__(self) -> int:  # he has looked, and found it free
                if loan._free:
                    assert loan.use(both.shared, first)
                    assert both.take_ticket() == SEQ
                    assert loan.recall() == NUMBER
                    both.shared.inbox.clear()
                    assert both.shared.claim(NUMBER + 1), "the manager has issued it elsewhere"
                return 1

        late.frame = Frame(b"x")
        assert not loan.use(both.shared, late)
        assert first.place, "it was used"
        assert both.lane.revoke() == ()
        assert first.running()
        assert not both.shared.claim(NUMBER + 1)
        assert not both.shared.inbox


def test_who_finds_it_used_takes_no_lock_for_that(monkeypatch: pytest.MonkeyPatch) -> None:
    """The manager finds a lane whose lock is taken busy, and lets the next task wait for a twentieth of a second."""
    with closing(LaneAndWorker()) as both:
        loan = Loan(both.lane, SEQ)
        first, second = posted(both), posted(both, NUMBER + 1)
        assert loan.use(both.shared, first)
        with monkeypatch.context() as patched:
            patched.delattr(both.lane, "lock")
            assert not loan.use(both.shared, second)


def test_who_submits_waits_for_nobody_who_has_the_lanes_lock() -> None:
    """A finalizer may run there, and wait for what the one who submits has in his hands."""
    with closing(LaneAndWorker()) as both:
        future, loan = posted(both), Loan(both.lane, SEQ)
        inside, go_on = threading.Event(), threading.Event()

        def holds() -> None:
            with both.lane.lock:
                inside.set()
                go_on.wait(0.2)  # it does not come while anybody waits

        other = threading.Thread(target=holds)
        other.start()
        try:
            assert inside.wait(LIMIT)
            assert not loan.use(both.shared, future)
            assert nothing_was_done(both, future)
        finally:
            go_on.set()
            other.join(LIMIT)
        assert loan.use(both.shared, future)


def test_what_was_recalled_can_be_used_no_more() -> None:
    with closing(LaneAndWorker()) as both:
        future, loan = posted(both), Loan(both.lane, SEQ)
        assert loan.recall() is None
        assert not loan.use(both.shared, future)
        assert nothing_was_done(both, future)
        assert both.shared.claim(NUMBER)


def test_nobody_overtakes_what_was_posted_before() -> None:
    with closing(LaneAndWorker()) as both:
        first, second, loan = posted(both), posted(both, NUMBER + 1), Loan(both.lane, SEQ)
        assert not loan.use(both.shared, second)
        assert nothing_was_done(both, second)
        assert loan.use(both.shared, first), "it is as free as before"


def test_an_inbox_that_changes_while_it_is_looked_into_has_something_else_first() -> None:
    with closing(LaneAndWorker()) as both:

        class Post:
            def __eq__(self, other: object) -> bool:
                both.shared.inbox.popleft()
                return False

            __hash__ = None  # type: ignore[assignment]

        cast("Any", both.shared.inbox).append(Post())
        future, loan = posted(both), Loan(both.lane, SEQ)
        assert not loan.use(both.shared, future)
        assert nothing_was_done(both, future)


def test_a_task_that_the_manager_has_taken_from_the_inbox_is_the_managers() -> None:
    with closing(LaneAndWorker()) as both:
        future, loan = posted(both), Loan(both.lane, SEQ)
        both.shared.inbox.clear()
        assert not loan.use(both.shared, future)
        assert nothing_was_done(both, future)


def test_a_task_that_a_canceller_has_claimed_is_not_issued() -> None:
    with closing(LaneAndWorker()) as both:
        future, loan = posted(both), Loan(both.lane, SEQ)
        assert both.shared.claim(NUMBER)
        assert not loan.use(both.shared, future)
        assert nothing_was_done(both, future)
        assert loan.recall() is None


@pytest.mark.parametrize("frame", [None, b"x" * (MOST + 1)], ids=["not pickled yet", "large"])
def test_a_call_that_may_not_fit_into_the_pipe_at_once_is_the_managers(frame: bytes | None) -> None:
    with closing(LaneAndWorker()) as both:
        future, loan = posted(both), Loan(both.lane, SEQ)
        future.frame = frame
        assert not loan.use(both.shared, future)
        assert nothing_was_done(both, future)


def test_no_ticket_goes_out_before_those_that_were_read_back_have_been_taken() -> None:
    with closing(LaneAndWorker()) as both:
        future = both.send(2, 10)
        both.lane.issue(((2, 10),))
        assert both.lane.revoke_for(future, (both.lane, 2))
        both.shared.inbox.clear()
        waiting = posted(both)
        assert not Loan(both.lane, SEQ).use(both.shared, waiting)
        assert not both.tickets()


@pytest.mark.parametrize("what", ["put", "ticket_end"])
def test_a_ticket_that_the_system_does_not_take_counts_as_read_back(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = socket.socket()
    closed.close()
    with closing(LaneAndWorker()) as both:
        future, loan = posted(both), Loan(both.lane, SEQ)
        with monkeypatch.context() as patched:
            patched.setattr(both.lane, what, closed if what == "ticket_end" else partial(os.writev, -1))
            assert not loan.use(both.shared, future)
        assert loan.recall() == NUMBER
        assert both.shared.inbox.pop() == RevokedByCanceller(0), "the manager looks"
        assert both.lane.revoke() == (SEQ,)
        assert both.shared.claim(NUMBER), "and deals it anew"
        assert not both.tickets()


@pytest.mark.parametrize("times", [1, 2, 3])
def test_who_is_struck_while_he_deals_with_that_has_dealt_with_it_or_the_manager_does(times: int) -> None:
    def attempt(strike: StrikeAt) -> None:
        with closing(LaneAndWorker()) as both:
            future, loan = posted(both), Loan(both.lane, SEQ)
            both.lane.put = partial(os.writev, -1)
            strike(partial(loan.use, both.shared, future))
            assert is_free(both.lane.lock)
            if loan.recall() is not None:
                assert both.shared.inbox.count(RevokedByCanceller(0)) == 1
                assert both.lane.revoke() == (SEQ,)
            assert both.shared.claim(NUMBER)

    at_every_instruction(attempt, times, 100)


def test_the_manager_writes_nothing_before_a_client_that_is_in_the_middle_of_it() -> None:
    """The system may put him aside as soon as he has let go of the GIL, before he has written."""
    with closing(LaneAndWorker()) as both:
        future, loan = posted(both), Loan(both.lane, SEQ)
        inside, recalled, done = threading.Event(), threading.Event(), []
        put = both.lane.put

        def put_aside(parts: Sequence[bytes | memoryview]) -> int:
            inside.set()
            recalled.wait(0.2)  # it does not come
            done.append("written")
            return put(parts)

        def recall() -> None:
            assert inside.wait(LIMIT)
            assert loan.recall() == NUMBER
            done.append("recalled")
            recalled.set()

        both.lane.put = put_aside
        manager = threading.Thread(target=recall)
        manager.start()
        assert loan.use(both.shared, future)
        manager.join(LIMIT)
        assert done == ["written", "recalled"]


def test_in_a_child_that_a_signal_handler_has_forked_within_it_nothing_is_written_into_other_files(
    tmp_path: Path,
) -> None:
    """The handler has opened some, which have the numbers of the pool's ends now."""
    with closing(LaneAndWorker()) as both:
        future, loan = posted(both), Loan(both.lane, SEQ)

        def goes_on() -> list[object]:
            with ExitStack() as stack:
                files = [stack.enter_context((tmp_path / str(number)).open("w+b", 0)) for number in range(20)]
                came = loan.use(both.shared, future)
                return [came, *(file.read() for file in files if not file.seek(0))]

        assert in_forked_child(goes_on) == [False] + [b""] * 20
        assert loan.use(both.shared, future), "here it is as before"


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_submit_that_is_struck_anywhere_has_issued_the_task_or_has_not(times: int) -> None:
    done: list[bool] = []

    def attempt(strike: StrikeAt) -> None:
        with closing(LaneAndWorker()) as both:
            future, loan = posted(both), Loan(both.lane, SEQ)
            strike(partial(loan.use, both.shared, future))
            assert is_free(both.lane.lock)
            is_used = loan.recall() is not None
            assert is_used is (both.tickets() == bytes((SEQ,)))
            assert is_used is bool(both.read_frames())
            assert is_used is not both.shared.claim(NUMBER)
            assert is_used is (future.place is not None)
            done.append(is_used)

    at_every_instruction(attempt, times, 80)
    assert {True, False} == set(done), "both came to pass"
    assert done == sorted(done), "and once it is done it stays so"


@pytest.mark.parametrize("kind", [KeyError, IndexError, ValueError, RuntimeError])
def test_what_a_signal_handler_raises_comes_out_whatever_it_is(
    kind: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(LaneAndWorker()) as both:
        future, loan = posted(both), Loan(both.lane, SEQ)

        def handler(*_: object) -> None:
            raise kind

        monkeypatch.setattr(loan_module, "list", handler, raising=False)
        with pytest.raises(kind):
            loan.use(both.shared, future)


def test_the_ends_to_which_a_client_is_just_writing_are_not_closed_beneath_it() -> None:
    """Their numbers might be another file's by then."""
    both = LaneAndWorker()
    inside, go_on = threading.Event(), threading.Event()

    def writes() -> None:
        with both.lane.lock:
            inside.set()
            assert go_on.wait(LIMIT)

    client = threading.Thread(target=writes)
    client.start()
    try:
        assert inside.wait(LIMIT)
        both.lane.close()
        assert both.lane.put((b"x",)) == 1
        assert both.lane.ticket_end.send(b"x") == 1
    finally:
        go_on.set()
        client.join(LIMIT)
        both.close()


CHECKS = (
    test_the_task_is_claimed_and_its_frame_and_its_ticket_are_out_and_the_manager_finds_that_out,
    test_it_can_be_cancelled_until_the_worker_takes_its_ticket,
    test_a_worker_is_used_once,
    test_one_that_comes_late_to_a_worker_that_was_used_and_recalled_leaves_that_ones_ticket_alone,
    test_who_submits_waits_for_nobody_who_has_the_lanes_lock,
    test_what_was_recalled_can_be_used_no_more,
    test_nobody_overtakes_what_was_posted_before,
    test_a_task_that_a_canceller_has_claimed_is_not_issued,
    test_no_ticket_goes_out_before_those_that_were_read_back_have_been_taken,
    partial(test_a_submit_that_is_struck_anywhere_has_issued_the_task_or_has_not, 1),
    test_the_manager_writes_nothing_before_a_client_that_is_in_the_middle_of_it,
)
PUT = "partial(lane.put, "
MUTANTS = {
    "nobody looks whether something was posted before": ("partial(shared.inbox.index, future, 0, 1),", ""),
    "a worker is used again and again": ("self._free.pop,", "int,"),
    "the task is not claimed": ("partial(shared.unclaimed.pop, number),", ""),
    "the manager is not told": ("partial(self.used.append, number),", ""),
    "the ticket is not booked": ("partial(lane.ticketed.__setitem__, seq, number),", ""),
    "a canceller does not find it": ('partial(setattr, future, "place", self.place),', ""),
    "no frame is written": ("partial(lane.put, (HEADER.pack(seq, CALL, len(frame)), frame)),", ""),
    "the manager does not wait for the client": (
        "list(map(do, (",
        "list(map(do, (partial(setattr, self, '_writing', allocate_lock()),",
    ),
    "no ticket is put out": ("partial(lane.ticket_end.send, bytes((seq,))),", ""),
    "the first call of the system is a step of its own": (PUT, ")))\n" + 12 * " " + "list(map(do, (" + PUT),
    "nothing says that the ticket is out": ("self._owed.pop,", ""),
    "one that comes late undoes what another has done": ("if number in self.used:", "if True:"),
    "the lane's lock is waited for": ("held(lane.lock, False)", "held(lane.lock)"),
    "what was read back is overlooked": ("not lane.is_clear", "False"),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_use_that_leaves_something_out_is_caught(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = textwrap.dedent(inspect.getsource(Loan.use))
    old, new = MUTANTS[mutant]
    assert source.count(old) == 1, f"it is worded differently now: {old!r}"
    names: dict[str, Any] = {}
    exec(source.replace(old, new), vars(loan_module), names)  # noqa: S102 - our own source, changed above
    monkeypatch.setattr(Loan, "use", names["use"])
    assert not all(passes(check) for check in CHECKS)


def passes(check: Any) -> bool:
    """Whether it finds nothing."""
    try:
        check()
    except (AssertionError, BlockingIOError):
        return False
    return True
