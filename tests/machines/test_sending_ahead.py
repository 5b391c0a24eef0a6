"""How much is sent ahead of a worker: little until its tasks are known to be short, and after a long one again."""

from __future__ import annotations

import pytest

from checkedpool._core.manager import Settings
from checkedpool._fast.dispatch_rules import LendingManager
from checkedpool._fast.quick_rules import SHORT, SHORT_ENOUGH, JudgedRecord, QuickManager
from tests.checks.mutants.quick import reworded
from tests.machines.rules import watch
from tests.machines.stories import begin, everybody_works, lane, work_off
from tests.machines.world import World

FEW, MANY = 4, 32


class Judging(LendingManager, QuickManager):
    """As the default pool has it."""


@pytest.fixture(autouse=True)
def judging(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(World, "manager_type", Judging)


def judged(world: World) -> JudgedRecord:
    record = lane(world)
    assert isinstance(record, JudgedRecord)
    return record


def cautious(workers: int = 1) -> World:
    """A pool whose workers are ready and have not worked yet."""
    world = watch(World(Settings(workers, on_demand=False, window=MANY, cautious=FEW), workers))
    world.wake()
    world.boot_all()
    return world


def quick(tasks: int) -> World:
    """A worker that has been quick, and has so many tasks to do."""
    world = cautious()
    world.submit(FEW)
    world.wake()
    work_off(world, FEW)
    world.submit(tasks)
    world.wake()
    return world


def test_few_tasks_are_sent_ahead_of_a_worker_that_nothing_is_known_of() -> None:
    world = cautious(workers=2)
    world.submit(100)
    world.wake()
    assert [lane(world, number).outstanding for number in range(2)] == [FEW, FEW]


def test_many_are_when_its_tasks_have_been_short() -> None:
    world = cautious()
    world.submit(100)
    world.wake()
    work_off(world, FEW // 2)
    assert lane(world).outstanding == MANY


def test_few_are_again_after_a_long_one() -> None:
    world = quick(1)
    world.pass_time(10.0)
    work_off(world, 1)
    world.submit(100)
    world.wake()
    assert lane(world).outstanding == FEW


@pytest.mark.parametrize(("left", "limit"), [(1, SHORT), (0, SHORT_ENOUGH)])
def test_what_counts_is_the_time_of_each_task_and_not_of_all_that_were_answered_together(
    left: int, limit: float
) -> None:
    """A worker that has nothing left may have waited for the manager: nobody knows since when."""
    count = MANY - left
    for seconds, expected in ((limit * count * 0.9, True), (limit * count * 1.1, False)):
        world = quick(MANY)
        world.now += seconds
        work_off(world, count)
        assert judged(world).quick is expected


def test_the_time_in_which_a_worker_has_nothing_to_do_does_not_count() -> None:
    world = quick(0)
    world.pass_time(1_000.0)
    world.submit(1)
    world.wake()
    work_off(world, 1)
    assert judged(world).quick


def test_time_counts_however_often_the_manager_wakes_up_meanwhile() -> None:
    world = quick(1)
    begin(world)
    for _ in range(100):
        world.pass_time(SHORT_ENOUGH / 10)
    world.lanes[0].finish()
    world.wake()
    assert not judged(world).quick


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_everything_is_worked_off_in_the_end(workers: int) -> None:
    world = cautious(workers)
    world.submit(300)
    everybody_works(world)
    assert all(task.end == "value" for task in world.tasks.values())


def test_a_pool_that_was_not_told_to_be_cautious_counts_no_time() -> None:
    world = watch(World(Settings(1, on_demand=False, window=MANY), 1))
    world.wake()
    world.boot_all()
    world.submit(2)
    world.wake()
    before = lane(world).key()
    world.pass_time(1.0)
    assert lane(world).key() == before
    assert lane(world).outstanding == 2
    work_off(world, 2)
    assert not judged(world).quick
    assert judged(world).since == 0


@pytest.mark.parametrize("taken_in", ["_issued", "_answered"])
def test_a_pool_that_counts_time_all_the_same_is_caught(taken_in: str) -> None:
    with (
        reworded(QuickManager, taken_in, " and self.settings.cautious is not None", "")(),
        pytest.raises(AssertionError),
    ):
        test_a_pool_that_was_not_told_to_be_cautious_counts_no_time()


def test_a_slow_worker_is_sent_more_when_half_of_what_it_had_is_done() -> None:
    world = cautious()
    world.submit(100)
    world.wake()
    had = []
    for _ in range(FEW // 2):
        world.pass_time(1.0)
        work_off(world, 1)
        had.append(lane(world).outstanding)
    assert had == [*range(FEW - 1, FEW // 2, -1), FEW]
