"""When the manager lets answers gather, and when a submitter gives way: only where it saves more than it takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from checkedpool._shell import turns
from checkedpool._shell.locks import TAKE_TURNS
from checkedpool._shell.shared import Bell, Shared, Sleep
from tests.shell.lanes import LaneAndWorker

MANY = turns.MANY + 1


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The turns that were given up, instead of giving them up."""
    made: list[str] = []
    monkeypatch.setattr(turns, "give_up", lambda: made.append("a turn"))
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
    lanes: list[LaneAndWorker], given: list[str]
) -> None:
    for lane in lanes:
        give(lane, MANY)
    turns.gather([("result", lane.lane) for lane in lanes])
    assert given == ["a turn"]


@pytest.mark.parametrize("left", [0, 1, turns.MANY])
def test_the_answer_of_a_worker_that_has_few_tasks_more_is_read_at_once(
    lanes: list[LaneAndWorker], given: list[str], left: int
) -> None:
    give(lanes[0], MANY)
    give(lanes[1], left)
    turns.gather([("result", lane.lane) for lane in lanes])
    assert not given


@pytest.mark.parametrize("what", ["death", "room", "status"])
def test_nothing_else_waits_for_answers_to_gather(lanes: list[LaneAndWorker], given: list[str], what: str) -> None:
    give(lanes[0], MANY)
    turns.gather([("result", lanes[0].lane), (what, lanes[0].lane)])
    turns.gather([])
    assert not given


def test_a_submitter_gives_way_to_a_manager_that_is_awake_or_rung_for(given: list[str]) -> None:
    shared = Shared()
    turns.give_way(shared)
    shared.sleep = Sleep(Bell())
    shared.ring()
    turns.give_way(shared)
    assert given == ["a turn"] * 2 * TAKE_TURNS


def test_a_submitter_does_not_give_way_to_a_manager_that_sleeps(given: list[str]) -> None:
    shared = Shared()
    shared.sleep = Sleep(Bell())
    turns.give_way(shared)
    assert not given
