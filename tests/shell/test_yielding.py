"""When the manager lets answers gather, and when a submitter gives way: only where it saves more than it takes."""

from __future__ import annotations

import os
import select
from collections.abc import Iterator
from contextlib import closing

import pytest

from checkedpool._fast import yielding
from checkedpool._fast.yielding import EVERY, GatheringReactor, YieldingShared
from checkedpool._os.locks import TAKE_TURNS
from checkedpool._pool.shared import Sleep, Wakeup
from tests.shell.lanes import LaneAndWorker

MANY = yielding.MANY + 1


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The turns that were given up, instead of giving them up."""
    made: list[str] = []
    monkeypatch.setattr(yielding, "give_up", lambda: made.append("a turn"))
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
    yielding.gather([("result", lane.lane) for lane in lanes])
    assert given == ["a turn"]


@pytest.mark.parametrize("left", [0, 1, yielding.MANY])
def test_the_answer_of_a_worker_that_has_few_tasks_more_is_read_at_once(
    lanes: list[LaneAndWorker], given: list[str], left: int
) -> None:
    give(lanes[0], MANY)
    give(lanes[1], left)
    yielding.gather([("result", lane.lane) for lane in lanes])
    assert not given


@pytest.mark.parametrize("what", ["death", "room", "status"])
def test_nothing_else_waits_for_answers_to_gather(lanes: list[LaneAndWorker], given: list[str], what: str) -> None:
    give(lanes[0], MANY)
    yielding.gather([("result", lanes[0].lane), (what, lanes[0].lane)])
    yielding.gather([])
    assert not given


def test_the_manager_lets_answers_gather_before_it_reads(lanes: list[LaneAndWorker], given: list[str]) -> None:
    give(lanes[0], MANY)
    reactor = GatheringReactor()
    reactor.add(lanes[0].lane)
    os.write(lanes[0].lane.worker_ends.result.fileno(), b"an answer")
    assert reactor.wait(lanes[0].shared, 0.0) == [("result", lanes[0].lane)]
    assert given == ["a turn"]
    reactor.close()


@pytest.mark.parametrize("sleeps", [True, False])
def test_whoever_rings_gives_way_once_in_so_many_times_and_rings_as_others_do(
    given: list[str], *, sleeps: bool
) -> None:
    shared = YieldingShared()
    wakeup = Wakeup()
    shared.sleep = Sleep(wakeup) if sleeps else None
    for _ in range(2 * EVERY - 1):
        shared.wake()
    assert given == ["a turn"] * TAKE_TURNS
    shared.wake()
    assert given == ["a turn"] * 2 * TAKE_TURNS
    assert shared.sleep is None or shared.sleep.rung
    assert bool(select.select([wakeup], [], [], 0)[0]) is sleeps
