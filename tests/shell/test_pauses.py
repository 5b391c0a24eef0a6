"""When the manager lets answers gather, and when a submitter gives way: only where it saves more than it takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from checkedpool._shell import pauses
from checkedpool._shell.locks import TAKE_TURNS
from checkedpool._shell.shared import Bell, Shared, Sleep
from tests.shell.lanes import LaneAndWorker

MANY = pauses.MANY + 1


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made, instead of making them."""
    made: list[float] = []
    monkeypatch.setattr(time, "sleep", made.append)
    return made


@pytest.fixture
def lanes() -> Iterator[list[LaneAndWorker]]:
    with closing(LaneAndWorker()) as one, closing(LaneAndWorker(1, one.shared)) as other:
        yield [one, other]


def give(lane: LaneAndWorker, count: int) -> None:
    """So many tasks."""
    lane.offer(*range(count))
    lane.lane.issue(tuple((number + 1, number) for number in range(count)))


def test_answers_gather_while_each_worker_that_answered_has_many_tasks_more(
    lanes: list[LaneAndWorker], slept: list[float]
) -> None:
    for lane in lanes:
        give(lane, MANY)
    pauses.gather([("result", lane.lane) for lane in lanes])
    assert slept == [pauses.PAUSE]


@pytest.mark.parametrize("left", [0, 1, pauses.MANY])
def test_the_answer_of_a_worker_that_has_few_tasks_more_is_read_at_once(
    lanes: list[LaneAndWorker], slept: list[float], left: int
) -> None:
    give(lanes[0], MANY)
    give(lanes[1], left)
    pauses.gather([("result", lane.lane) for lane in lanes])
    assert not slept


@pytest.mark.parametrize("what", ["death", "room", "status"])
def test_nothing_else_waits_for_answers_to_gather(lanes: list[LaneAndWorker], slept: list[float], what: str) -> None:
    give(lanes[0], MANY)
    pauses.gather([("result", lanes[0].lane), (what, lanes[0].lane)])
    pauses.gather([])
    assert not slept


def test_a_submitter_gives_way_to_a_manager_that_is_awake_or_rung_for(slept: list[float]) -> None:
    shared = Shared()
    pauses.give_way(shared)
    shared.sleep = Sleep(Bell())
    shared.ring()
    pauses.give_way(shared)
    assert slept == [pauses.PAUSE] * 2 * TAKE_TURNS


def test_a_submitter_does_not_give_way_to_a_manager_that_sleeps(slept: list[float]) -> None:
    shared = Shared()
    shared.sleep = Sleep(Bell())
    pauses.give_way(shared)
    assert not slept
