"""What errors say always: each case of a finite set, without a process.

Decides: the cases. Must not know: how tasks reach workers.
"""

from __future__ import annotations

import itertools
import signal
import time
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest

from checkedpool import ProcessPoolExecutor
from checkedpool._core.messages import Death, Issue, When
from checkedpool._given.stderr_tails import TailErrors
from checkedpool._payload.pickling import Kind
from checkedpool._pool.platform import RealPlatform
from checkedpool._pool.shared import Shared, error_end
from checkedpool._pool.time_limits import Limited, TimeLimits
from checkedpool.errors import LAST_WORDS, TRIED, BrokenErrors
from tests.shell.test_retrying import Call

STEPS = 6


SAID = {"begin": Kind.BEGUN, "fill": Kind.FILLED, "answer": Kind.PLAIN}


def limited(number: int) -> Limited[Any]:
    """A future whose task has a limit, so that its worker says when it begins."""
    future: Limited[Any] = Limited(Shared(), number)
    future.limit = 1000.0
    return future


class Lane(SimpleNamespace):
    """Takes what it is given."""

    def issue(self, items: Iterable[tuple[int, int]]) -> list[int]:
        self.ticketed.update(items)
        return []


@pytest.mark.every(
    "order in which a worker is given tasks, one or two at a time, begins with a limit, fills up, answers, of so many"
)
def test_a_task_has_run_since_it_was_given_or_since_the_answer_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """C-130, C-163: whichever was later.  What a worker says besides, and what is no whole frame, changes nothing."""
    for story in itertools.product(("give", "give two", "begin", "fill", "answer", "part"), repeat=STEPS):
        lane = Lane(number=0, ticketed={}, since=0.0, first_words=b"")
        shared = SimpleNamespace(limits=TimeLimits())
        platform: Any = SimpleNamespace(lanes={0: lane}, events=[], dues=[], futures={}, shared=shared)
        given: list[float] = []  # of each task that has not been answered, when it began at the earliest
        seq = 0
        for now, step in enumerate(story, 1):
            monkeypatch.setattr(time, "monotonic", lambda now=now: float(now))
            if step == "part":
                RealPlatform._hear(platform, lane, [])  # type: ignore[arg-type]
            elif step in SAID:
                if not given:
                    break  # another story has the same steps before
                oldest = next(iter(lane.ticketed))
                RealPlatform._hear(platform, lane, [(oldest, SAID[step], b"")])  # type: ignore[arg-type]
                if step == "answer":
                    given = [max(began, float(now)) for began in given[1:2]] + given[2:]
                elif step == "begin":
                    given[0] = float(now)
            else:
                count = 1 if step == "give" else 2
                RealPlatform._issue(platform, Issue(0, tuple((seq + at, seq + at) for at in range(count))))
                platform.futures.update((seq + at, limited(seq + at)) for at in range(count))
                seq += count
                given += [float(now)] * count
            if given:
                assert lane.since == given[0], story[:now]


@pytest.mark.every("part of a worker's life in which it dies, with each status, and on whose future")
def test_the_error_of_a_signal_alone_names_what_would_tell_more() -> None:
    """C-166: once, and not where that is told."""
    for when, exitcode in itertools.product(When, (None, *range(-signal.NSIG, 0), 0, 1, 255)):
        make = BrokenErrors(Death(0, exitcode, when, 5, cause=KeyError() if when is When.MANAGER else None), 7, "m.f")
        for ran in True, False:
            named = ran and exitcode is not None and exitcode < 0
            assert getattr(make(ran=ran), "__notes__", []) == [LAST_WORDS] * named
            assert LAST_WORDS not in getattr(TailErrors(make, "told")(ran=ran), "__notes__", [])


@pytest.mark.every("number of attempts up to fourteen")
def test_the_last_error_tells_of_up_to_ten_attempts_before_it_in_their_order() -> None:
    """C-164: of each in 500 characters at most."""
    for tries in range(14):
        call = Call(tries)
        for number in range(tries + 1):
            call.begin()
            call.end(error_end(LookupError(f"{number}. " + "x" * 600)))
        error = call.whole.exception(0)
        told = [f"LookupError: {f'{number}. ' + 'x' * 600:.500}" for number in range(tries)][-10:]
        notes = ["\n- ".join((TRIED, *told))] if told else []
        assert getattr(error, "__notes__", []) == notes
        assert call.whole.before == ()


@pytest.mark.every("finalizer or none, with arguments and without")
def test_arguments_without_a_finalizer_are_refused() -> None:
    """C-167."""
    some: tuple[Any, ...] = (), [], (1,), "ab", range(2)
    for finalizer, finalargs in itertools.product((None, print), some):
        if finalizer is None and len(finalargs):
            with pytest.raises(ValueError, match="finalargs are for finalizer"):
                ProcessPoolExecutor(1, finalizer=finalizer, finalargs=finalargs)
        else:
            ProcessPoolExecutor(1, finalizer=finalizer, finalargs=finalargs)
