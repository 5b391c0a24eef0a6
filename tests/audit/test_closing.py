"""The closure of a history's moments, quickly and step by step.  Decides: that both are one set, whatever happens.

Must not know: what the contract allows.  A closure that is wrong in one of three ways is told apart here.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from unittest import mock

import pytest

from checkedpool.testing.audit import Call, Kind, Work
from checkedpool.testing.audit.judge import calls, internal_steps
from checkedpool.testing.audit.judge.check import Checker
from checkedpool.testing.audit.judge.closing import Closing
from checkedpool.testing.audit.judge.possible_states import Moment
from checkedpool_spec.vocabulary import DeathPolicy, ShutdownLevel
from tests.audit.histories import Told

Story = Iterator[Told]


def deaths() -> Story:
    """A worker is killed inside a task, and another task is cancelled meanwhile."""
    told = Told(2, DeathPolicy.REPLACE).busy()
    second = told.submit()
    yield told
    cancelling = told.begin(Call.CANCEL, second)
    yield told.event(Kind.STRUCK, 0)
    waiting = told.begin(Call.TOLD, 0)
    yield told.end(cancelling, said=True)
    yield told.end(waiting, "blamed")


def a_request() -> Story:
    """A pool is shut while a submit is under way, a caller is interrupted, and somebody waits for the end."""
    told = Told(1)
    first = told.submit(Work.HELD)
    submitting = told.begin(Call.SUBMIT, 1, Work.RAISES)
    told.begin_to_wait(ShutdownLevel.CANCEL)
    yield told
    told.begin(Call.ADD, first)
    yield told.event(Kind.ENTERED, first)
    yield told.end(submitting, "interrupted")
    yield told.event(Kind.OPENED, first)
    asked = told.begin(Call.DONE, first)
    yield told
    yield told.end(asked, said=False).event(Kind.BAD_START)


def a_difference() -> Story:
    """What is refused is another difference than what comes after it."""
    told = Told(1)
    task = told.submit()
    yield told.call(Call.TOLD, "value", task)
    running = told.begin(Call.RUNNING, told.submit())
    yield told
    yield told.end(running, said=False).event(Kind.PLANNED)


STORIES = (deaths, a_request, a_difference)


def step_by_step(checker: Checker, moments: frozenset[Moment]) -> frozenset[Moment]:
    """Every step of every moment, asked of the moment itself."""
    seen, new = set(moments), list(moments)
    while new:
        moment = new.pop()
        further = set(internal_steps.after(checker.facts, moment))
        further.update(one for call, _ in moment.at for one in calls.forward(checker.facts, moment, call))
        new += further - seen
        seen |= further
    return frozenset(seen)


def differing(story: Callable[[], Story]) -> int:
    """How many sets of the story are closed otherwise than step by step."""
    wrong = 0
    for told in story():
        before = told.checker.moments
        told.checker.may_be_quiet()
        wrong += told.checker.moments != step_by_step(told.checker, before)
    return wrong


@pytest.mark.parametrize("story", STORIES)
def test_a_closure_is_the_one_that_is_made_step_by_step(story: Callable[[], Story]) -> None:
    assert differing(story) == 0


def without_forgetting() -> AbstractContextManager[object]:
    """The facts are others, and what the pool may do is not asked again."""
    return mock.patch.object(Closing, "forget", return_value=None)


def without_new_calls() -> AbstractContextManager[object]:
    """A call that begins opens nothing."""
    return mock.patch.object(Checker, "_opens", lambda self, event: event.kind is Kind.BEGIN or self._all_is_open())


def without_callbacks() -> AbstractContextManager[object]:
    """A call's step forgets which callbacks the call owes."""
    was = Closing._steps_of

    def steps_of(self: Closing, number: int, call: tuple[int, str]) -> object:
        return tuple((then, at, frozenset()) for then, at, _ in was(self, number, call))

    return mock.patch.object(Closing, "_steps_of", steps_of)


@pytest.mark.parametrize("broken", [without_forgetting, without_new_calls, without_callbacks])
def test_a_closure_that_leaves_something_out_is_another(broken: Callable[[], AbstractContextManager[object]]) -> None:
    with broken():
        assert any(map(differing, STORIES))
