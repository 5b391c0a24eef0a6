"""One future for several attempts, each of which the test ends as it likes; no manager, no thread.

Decides: how an attempt ends, and who comes between two of them. Must not know: how tasks reach workers.
"""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing import get_context
from typing import Any

import pytest

from checkedpool import rooms
from checkedpool._core.messages import Requested, Settings
from checkedpool._core.tables import Step
from checkedpool._pool.pool import Pool, Submitter
from checkedpool._pool.retrying import Attempt, Retried, Retries
from checkedpool._pool.shared import CANCELLED_END, PoolFuture, Shared, error_end, value_end
from checkedpool.options import also
from checkedpool_spec.vocabulary import ShutdownLevel
from tests.shell.strikes import StrikeAt, at_every_instruction

CAUSES = (LookupError,)
Fit = Callable[[type[Any]], type[Any]]
FITS: dict[str, Fit] = {"plain": lambda plain: plain, "fast": rooms.in_use}


class Call:
    """A call that may be tried again, and what is told of it."""

    def __init__(self, tries: int = 1, fit: Fit = FITS["fast"]) -> None:
        self.pool: Any = fit(Pool)(Settings(1), get_context("forkserver"), (None, ()))
        self.pool.shared.start.take(self)  # as if it were started
        self.shared: Shared = self.pool.shared
        base = fit(PoolFuture)
        attempts = also(Attempt, base)
        whole: Any = also(Retried, base)(self.shared, next(self.shared.numbers))
        whole.retries, whole.tries, whole.causes, whole.make = Retries.of(self.pool), tries, CAUSES, attempts
        whole.retries.open.add(whole)
        self.whole = whole
        first = whole.first(self.shared, next(self.shared.numbers))
        first.frame = b"frame"
        self.shared.unclaimed[first.number] = None
        self.shared.inbox.append(first)
        self.called: list[object] = []
        self.whole.add_done_callback(self.called.append)

    @property
    def attempt(self) -> Any:
        return self.whole.attempt

    def begin(self) -> None:
        """A worker has it: nobody can claim it."""
        assert self.shared.claim(self.attempt.number)

    def end(self, end: Any) -> None:
        """As the manager, and then a user-code thread."""
        attempt = self.attempt
        assert attempt.complete(end, wait=False) is True
        attempt.complete_and_call(None)

    def fails(self) -> None:
        self.begin()
        self.end(error_end(LookupError()))

    def posted(self) -> list[Any]:
        return [post for post in self.shared.inbox if not isinstance(post, PoolFuture)]


@pytest.fixture(params=FITS)
def call(request: pytest.FixtureRequest) -> Call:
    return Call(fit=FITS[request.param])


def test_a_call_that_is_tried_again_is_a_task_of_its_own_with_the_same_frame(call: Call) -> None:
    """C-149."""
    first = call.attempt
    call.fails()
    assert call.attempt is not first
    assert call.attempt.number > first.number
    assert call.attempt.frame == b"frame"
    assert [post for post in call.shared.inbox if post is call.attempt]
    assert call.attempt.number in call.shared.unclaimed
    assert not call.whole.done()
    call.end(value_end(5))
    assert call.whole.result(0) == 5
    assert call.called == [call.whole]
    assert call.attempt is None
    assert call.whole.frame is None


@pytest.mark.parametrize("end", [error_end(ValueError()), value_end(1), CANCELLED_END])
def test_other_ends_are_the_calls(call: Call, end: Any) -> None:
    """C-149."""
    call.begin()
    call.end(end)
    assert call.whole.done()
    assert (call.whole._result, call.whole._exception, call.whole._state) == end


def test_the_last_error_is_the_calls(call: Call) -> None:
    """C-149."""
    call.fails()
    call.begin()
    last = LookupError("last")
    call.end(error_end(last))
    assert call.whole.exception(0) is last


def test_what_could_not_be_pickled_is_not_tried_again(call: Call) -> None:
    """C-20, C-149, C-150."""
    call.attempt.frame = None
    call.fails()
    assert call.whole.done()


@pytest.mark.parametrize("how", ["cancel", "terminate", "kill"])
def test_between_two_attempts_nothing_is_begun(call: Call, how: str) -> None:
    """C-04, C-05, C-149: its first attempt is over, and no user-code thread has come to that."""
    call.begin()
    attempt = call.attempt
    attempt.complete(error_end(LookupError()), wait=False)
    assert not call.whole.running()
    assert getattr(call.whole, how)()
    assert call.whole.cancelled()
    assert call.called == [call.whole]
    posts = len(call.shared.inbox)
    attempt.complete_and_call(None)
    assert len(call.shared.inbox) == posts
    assert call.called == [call.whole]


def test_one_that_has_its_last_end_is_running_until_it_is_told(call: Call) -> None:
    """C-04, C-05, C-149."""
    call.begin()
    call.attempt.complete(value_end(5), wait=False)
    assert call.whole.running()
    assert not call.whole.cancel()
    call.attempt.complete_and_call(None)
    assert call.whole.result(0) == 5


def test_a_request_to_drain_waits_for_open_calls_and_a_stronger_one_does_not(call: Call) -> None:
    """C-43, C-45, C-149, C-150."""
    retries = Retries.of(call.pool)
    assert not retries.lets(ShutdownLevel.DRAIN)
    call.fails()
    assert call.posted() == []
    assert not call.whole.done()
    call.end(value_end(5))
    assert call.posted() == [Requested(ShutdownLevel.DRAIN)]
    assert retries.lets(ShutdownLevel.DRAIN)


@pytest.mark.parametrize("level", [ShutdownLevel.CANCEL, ShutdownLevel.TERMINATE, ShutdownLevel.KILL])
def test_after_a_stronger_request_nothing_is_tried_again(call: Call, level: ShutdownLevel) -> None:
    """C-46, C-53, C-54, C-149, C-150."""
    assert Retries.of(call.pool).lets(level)
    call.fails()
    assert isinstance(call.whole.exception(0), LookupError)


@pytest.mark.parametrize("what", ["request", "break"])
def test_what_comes_while_an_attempt_is_submitted_is_seen(
    call: Call, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C-01, C-149, C-150: whoever comes too late for the manager claims his own task."""
    retries, submit = Retries.of(call.pool), Pool.submit_again

    def late(self: Pool, attempt: Any, go_on: Callable[[], bool]) -> bool:
        if what == "request":
            retries.lets(ShutdownLevel.KILL)
        else:
            call.shared.broken = RuntimeError
        return submit(self, attempt, go_on)

    assert retries.go_on()
    monkeypatch.setattr(Pool, "submit_again", late)
    call.fails()
    assert isinstance(call.whole.exception(0), LookupError)
    assert not call.shared.unclaimed
    assert call.called == [call.whole]


def test_a_submit_that_is_refused_leaves_nothing_open() -> None:
    """C-17, C-45, C-149."""
    from checkedpool import ProcessPoolExecutor  # noqa: PLC0415 - a whole pool, which starts nothing

    pool: Any = ProcessPoolExecutor(1)
    pool.shutdown()
    with pytest.raises(RuntimeError, match="after shutdown"):
        pool.with_options(retries=1).submit(int)
    assert not Retries.of(pool._pool).open
    assert Submitter.table[Step.READ_CLOSED]


WATCHED = frozenset(
    function.__code__
    for kind in (Retried, Attempt, Retries)
    for function in vars(kind).values()
    if hasattr(function, "__code__")
)


@pytest.mark.parametrize("state", ["pending", "between"])
@pytest.mark.parametrize("times", [1, 2])
def test_a_cancel_struck_anywhere_loses_no_call(state: str, times: int) -> None:
    """C-01, C-21, C-149: afterwards the call can be cancelled, or is."""

    def attempt(strike: StrikeAt) -> None:
        call = Call()
        if state == "between":
            call.begin()
            call.attempt.complete(error_end(LookupError()), wait=False)
        strike(call.whole.cancel)
        assert call.whole.cancel()
        assert call.called == [call.whole]
        assert not Retries.of(call.pool).open

    at_every_instruction(attempt, times, 50, WATCHED if times == 1 else WATCHED - {Retried._end_through.__code__})


ENDS: dict[str, Any] = {
    "value": value_end(5), "error": error_end(ValueError()), "cause": error_end(LookupError()), "cancel": CANCELLED_END,
}  # fmt: skip
MEANWHILE: dict[str, Callable[[Call], object]] = {
    "nothing": lambda _: None,
    "drain": lambda call: call.pool.shutdown(ShutdownLevel.DRAIN, wait=False),
    "request": lambda call: call.pool.shutdown(ShutdownLevel.CANCEL, wait=False),
    "break": lambda call: setattr(call.shared, "broken", RuntimeError),
    "cancel": lambda call: call.whole.cancel(),
    "its start fails": lambda call: call.shared.start.give_back(),
    "and nobody starts it any more": lambda call: call.shared.ended.set(),
}


@pytest.mark.every("end of an attempt, and what else comes before it, after it, or while another one is submitted")
@pytest.mark.parametrize("when", ["before", "between", "while"])
@pytest.mark.parametrize("meanwhile", MEANWHILE)
@pytest.mark.parametrize("end", ENDS)
def test_whatever_comes_beside_each_end_the_call_ends_once_or_goes_on(
    end: str, meanwhile: str, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C-01, C-05, C-45, C-46, C-69, C-149, C-150."""
    call, submit = Call(), Pool.submit_again
    came: list[object] = []

    def come() -> None:
        came.append(MEANWHILE[meanwhile](call))

    def late(pool: Pool, attempt: Any, go_on: Callable[[], bool]) -> bool:
        if when == "while":
            come()
        return submit(pool, attempt, go_on)

    monkeypatch.setattr(Pool, "submit_again", late)
    call.begin()
    attempt = call.attempt
    if when == "before":
        come()
    attempt.complete(ENDS[end], wait=False)
    if when == "between":
        come()
    attempt.complete_and_call(None)
    goes_on = end == "cause" and (meanwhile in ("nothing", "drain") or came == [False])
    if goes_on:
        assert not call.whole.done()
        assert Requested(ShutdownLevel.DRAIN) not in call.shared.inbox
        call.fails()
        assert isinstance(call.whole.exception(0), LookupError)
    assert (end, meanwhile, when) != ("cause", "cancel", "between") or came == [True]
    cancelled = end == "cancel" or (meanwhile == "cancel" and came == [True])
    assert call.whole.done()
    assert call.whole.cancelled() is cancelled
    assert call.called == [call.whole]
    assert not Retries.of(call.pool).open
    assert meanwhile != "drain" or not came or Requested(ShutdownLevel.DRAIN) in call.shared.inbox
    assert not call.shared.unclaimed
