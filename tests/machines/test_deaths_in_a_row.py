"""Workers die one after another: with a limit one more breaks the pool, and a task that was finished ends the row."""

from __future__ import annotations

from itertools import product

import pytest

from checkedpool._core import messages
from checkedpool._core.deaths_in_a_row import CountingManager
from checkedpool._core.messages import When
from checkedpool_spec.vocabulary import ShutdownLevel
from tests.machines.fake_worker import BOOTING, FakeLane
from tests.machines.rules import all_is_over
from tests.machines.stories import begin, ends, everybody_works, of, on_demand
from tests.machines.world import World


def someone(world: World) -> FakeLane:
    """A worker with a task that it has begun."""
    world.submit()
    world.wake()
    if world.starting:
        world.start()
        world.wake()
    worker = world.lanes[max(world.manager.lanes)]
    if worker.state == BOOTING:
        worker.boot()
        world.wake()
    begin(world, worker.number)
    world.wake()
    return worker


def finishes(world: World) -> None:
    someone(world).finish()
    world.wake()


def dies(world: World) -> None:
    someone(world).die(-9)
    world.wake()


def dies_idle(world: World) -> None:
    """After a task: else it has none to be started for."""
    worker = someone(world)
    worker.finish()
    world.wake()
    worker.die(-9)
    world.wake()


def answers_and_dies(world: World) -> None:
    """Both are seen at one waking."""
    worker = someone(world)
    worker.finish()
    worker.die(-9)
    world.wake()


def is_stopped(world: World) -> None:
    worker = someone(world)
    world.stop(max(world.tasks))
    world.wake()
    worker.die(-15)
    world.wake()


ROWS = {finishes: (0, 0), dies: (1, 1), dies_idle: (0, 1), answers_and_dies: (0, 1), is_stopped: (1, 0)}
"""Of each story what it leaves of the row that was (0: nothing), and how many deaths it adds."""


@pytest.mark.parametrize("limit", [0, 1, 2])
def test_the_pool_breaks_at_one_death_more_in_a_row_and_nowhere_else(limit: int) -> None:
    """C-135: each order of three stories; counted here from the stories, there from tickets and answers."""
    for stories in product(ROWS, repeat=3):
        world, row = on_demand(1, replace=True, restarts=limit), 0
        for story in stories:
            story(world)
            keeps, adds = ROWS[story]
            row = row * keeps + adds
            assert world.broken is (row > limit), [one.__name__ for one in stories]
            if world.broken:
                break


def test_what_breaks_the_pool_says_how_many_died_and_which_was_the_last() -> None:
    """C-136: the task that ran in it is blamed, others are broken off."""
    world = on_demand(1, replace=True, restarts=1)
    dies(world)
    worker = someone(world)
    world.submit()
    world.wake()
    worker.die(-11)
    everybody_works(world)
    assert ends(world) == ["broken"] * 3
    deaths = [world.tasks[number].death for number in (0, 1, 2)]
    assert [(death.in_a_row, death.blamed, death.when) for death in deaths if death] == [
        (0, 0, When.TASK), (2, 1, When.TASK), (2, 1, When.TASK)
    ]  # fmt: skip
    world.request(ShutdownLevel.DRAIN)
    everybody_works(world)
    all_is_over(world)


def test_a_worker_that_dies_before_it_is_ready_is_one_of_the_row() -> None:
    """C-86, C-135: and of a row of failed starts; the limit that comes first breaks the pool."""
    world = on_demand(1, replace=True, restarts=1)
    world.submit()
    for expected in (False, True):
        world.wake()
        world.pass_time(2.0)
        world.start()
        world.wake()
        world.lanes[max(world.manager.lanes)].die(-9)
        world.wake()
        assert world.broken is expected
    assert of(world.commands, messages.Break)[0].death.in_a_row == 2


def test_deaths_in_two_workers_at_once_are_two_of_a_row() -> None:
    """C-135."""
    world = on_demand(2, replace=True, restarts=1)
    world.submit(2)
    world.wake()
    for number in (0, 1):
        world.start()
        world.wake()
        world.lanes[number].boot()
        world.wake()
    for number in (0, 1):
        begin(world, number)
    for number in (0, 1):
        world.lanes[number].die(-9)
    everybody_works(world)
    assert world.broken


def test_without_a_limit_nothing_is_counted() -> None:
    world = on_demand(1, replace=True)
    for _ in range(5):
        dies(world)
    assert not world.broken
    assert not isinstance(world.manager, CountingManager)


def test_a_copy_counts_for_itself() -> None:
    """As exploration wants it."""
    world = on_demand(1, replace=True, restarts=3)
    dies(world)
    twin = world.manager.copy()
    assert twin.key() == world.manager.key()
    dies(world)
    assert isinstance(twin, CountingManager)
    assert isinstance(world.manager, CountingManager)
    assert (twin.row.deaths, world.manager.row.deaths) == (1, 2)
