"""Starting workers: when one is wanted, one at a time, never too many, and what failures to start cost.

Under fork all exist before the machine does; everything here is about spawn and forkserver unless it says otherwise.
"""

from __future__ import annotations

import pytest

from checkedpool._core import messages
from checkedpool._core.manager import STARTS_BEFORE_GIVING_UP, Manager, Settings
from checkedpool._core.messages import When
from checkedpool_spec.vocabulary import DeathPolicy, ShutdownLevel
from tests.machines.fake_worker import BOOTING
from tests.machines.rules import all_is_over
from tests.machines.stories import everybody_works, lane, of, on_demand, pool, work_off
from tests.machines.world import World

NO_PROCESS = OSError("no process")


def test_no_worker_starts_before_there_is_a_task() -> None:
    world = on_demand()
    assert not of(world.wake(), messages.Start)
    world.submit(1)
    assert of(world.wake(), messages.Start) == [messages.Start(0)]


def test_workers_start_one_at_a_time() -> None:
    world = on_demand(workers=3)
    world.submit(3)
    for number in range(3):
        assert of(world.wake(), messages.Start) == [messages.Start(number)]
        assert not of(world.wake(), messages.Start)
        world.start()


def test_no_more_workers_start_than_there_are_tasks() -> None:
    world = on_demand(workers=3)
    world.submit(2)
    everybody_works(world)
    assert len(of(world.commands, messages.Start)) <= 2


def test_no_more_workers_start_than_were_asked_for() -> None:
    world = on_demand(workers=2)
    world.submit(50)
    everybody_works(world)
    assert len(world.manager.lanes) == 2


def test_an_idle_worker_is_used_before_another_is_started() -> None:
    world = on_demand(workers=2)
    world.submit(1)
    everybody_works(world)
    for _ in range(3):
        world.submit(1)
        everybody_works(world)
    assert of(world.commands, messages.Start) == [messages.Start(0)]


def test_under_fork_nothing_is_ever_started() -> None:
    world = pool(workers=2)
    world.submit(20)
    everybody_works(world)
    assert not of(world.commands, messages.Start)


def test_a_start_that_fails_is_tried_again_at_once_when_nobody_else_is_there() -> None:
    world = on_demand(workers=1)
    world.submit(1)
    world.wake()
    world.start(cause=NO_PROCESS)
    assert of(world.wake(), messages.Start) == [messages.Start(1)]
    everybody_works(world)
    assert world.tasks[0].end == "value"


def test_a_start_that_fails_beside_a_worker_is_tried_again_after_a_while() -> None:
    world = on_demand(workers=2)
    world.submit(2)
    world.wake()
    world.start()
    world.wake()
    world.start(cause=NO_PROCESS)
    assert not of(world.wake(), messages.Start)
    assert world.manager.deadline() == world.now + 1.0
    assert of(world.pass_time(1.0), messages.Start)


def test_a_start_that_failed_costs_nobody_anything() -> None:
    world = on_demand(workers=2)
    world.submit(4)
    world.wake()
    world.start()
    world.wake()
    world.start(cause=NO_PROCESS)
    everybody_works(world)
    assert all(task.end == "value" for task in world.tasks.values())


@pytest.mark.parametrize("replace", [False, True])
def test_several_failed_starts_in_a_row_and_nobody_left_break_the_pool(replace: bool) -> None:
    world = on_demand(workers=1, replace=replace)
    world.submit(2)
    for _ in range(STARTS_BEFORE_GIVING_UP):
        assert not world.broken
        world.wake()
        world.start(cause=NO_PROCESS)
    world.wake()
    assert world.broken
    death = world.tasks[0].death
    assert death is not None
    assert (death.when, death.cause, death.blamed) == (When.START, NO_PROCESS, None)
    assert world.manager.finished


def test_a_start_that_fails_while_all_is_terminated_does_not_break_the_pool() -> None:
    world = on_demand(workers=1)
    world.submit(1)
    for _ in range(STARTS_BEFORE_GIVING_UP - 1):
        world.wake()
        world.start(cause=NO_PROCESS)
    world.wake()
    world.request(ShutdownLevel.TERMINATE)
    world.start(cause=NO_PROCESS)
    world.wake()
    assert not world.broken
    assert (world.tasks[0].end, world.manager.finished) == ("cancelled", True)


def test_a_manager_that_was_told_nothing_sleeps() -> None:
    assert Manager(Settings(1), born=(0,)).deadline() is None


def test_a_worker_that_got_ready_makes_earlier_failures_forgotten() -> None:
    world = on_demand(workers=1, replace=True)
    world.submit(10)
    for _ in range(5):
        for _ in range(STARTS_BEFORE_GIVING_UP - 1):
            world.wake()
            world.start(cause=NO_PROCESS)
        world.wake()
        number = world.start()
        world.wake()
        world.boot_all()
        work_off(world, 1, number)
        world.lanes[number].die(-9)
        world.wake()
    assert not world.broken


def test_failures_to_start_break_nothing_while_a_worker_is_alive() -> None:
    world = on_demand(workers=2)
    world.submit(2)
    world.wake()
    world.start()
    world.wake()
    world.boot_all()
    for _ in range(3 * STARTS_BEFORE_GIVING_UP):
        world.start(cause=NO_PROCESS)
        world.wake()
        world.pass_time(1.0)
    assert not world.broken


def test_a_start_that_does_not_return_is_given_up() -> None:
    world = on_demand(workers=1)
    world.submit(1)
    world.wake()
    assert world.manager.deadline() == world.now + Settings(1).start_limit
    commands = world.pass_time(Settings(1).start_limit)
    assert [type(command) for command in commands if isinstance(command, messages.Close | messages.Start)] == [
        messages.Close,
        messages.Start,
    ]


def test_a_worker_that_comes_after_its_start_was_given_up_is_not_known() -> None:
    world = on_demand(workers=1)
    world.submit(1)
    world.wake()
    world.pass_time(Settings(1).start_limit)
    world.inbox.append(messages.Started(0))
    world.wake()
    assert list(world.manager.lanes) == [1]
    everybody_works(world)
    assert world.tasks[0].end == "value"


def test_a_worker_that_dies_before_it_is_ready_breaks_the_pool() -> None:
    world = on_demand(workers=1)
    world.submit(1)
    world.wake()
    world.start()
    world.wake()
    world.lanes[0].die(3)
    world.wake()
    assert world.broken
    death = world.tasks[0].death
    assert death is not None
    assert (death.when, death.exitcode) == (When.START, 3)


def test_with_replacement_only_several_in_a_row_break_it() -> None:
    world = on_demand(workers=1, replace=True)
    world.submit(1)
    world.wake()
    for _ in range(STARTS_BEFORE_GIVING_UP):
        assert not world.broken
        number = world.start()
        world.wake()
        world.lanes[number].die(3)
        world.wake()
    assert world.broken


@pytest.mark.parametrize("tasks", [1, 2, 10])
@pytest.mark.parametrize("apart", [0.0, 0.4, 1.2, 5.0])
def test_starts_that_fail_slowly_break_it_too_however_many_are_under_way(tasks: int, apart: float) -> None:
    """Workers that die while they import: the next one is on its way before the last one is known to have failed."""
    world = on_demand(workers=3, replace=True)
    world.submit(tasks)
    world.wake()
    for _ in range(10 * STARTS_BEFORE_GIVING_UP):
        if world.starting:
            world.start()
        else:
            next(fake for fake in world.lanes.values() if fake.state is BOOTING).die(3)
        world.pass_time(apart)
        if world.broken:
            break
        if not any(fake.state is BOOTING for fake in world.lanes.values()):
            world.pass_time(1.0)
    assert world.broken
    all_is_over(world)


def test_after_many_failed_starts_the_next_waits_for_what_becomes_of_those_under_way() -> None:
    world = on_demand(workers=2)
    world.submit(2)
    world.wake()
    world.start()
    world.wake()
    for _ in range(STARTS_BEFORE_GIVING_UP):
        world.start(cause=NO_PROCESS)
        world.wake()
        world.pass_time(1.0)
    assert not world.starting
    assert not world.broken
    world.boot_all()
    assert world.starting, "it is ready: the failures are forgotten"


def initializer_fails(world: World) -> None:
    world.submit(2)
    world.wake()
    if world.starting:
        world.start()
        world.wake()
    world.lanes[0].boot(failure="its traceback")
    world.wake()


@pytest.mark.parametrize("policy", list(DeathPolicy))
def test_an_initializer_that_raises_breaks_the_pool_under_both_policies(policy: DeathPolicy) -> None:
    world = on_demand(workers=1, replace=policy is DeathPolicy.REPLACE)
    initializer_fails(world)
    assert world.broken
    death = world.tasks[1].death
    assert death is not None
    assert (death.when, death.cause) == (When.INITIALIZER, "its traceback")
    all_is_over(world)


def test_a_worker_whose_initializer_raised_and_that_does_not_end_is_made_to() -> None:
    world = on_demand(workers=1)
    world.submit(1)
    world.wake()
    world.start()
    world.wake()
    world.lanes[0].messages.append(messages.InitializerFailed(0, "its traceback"))
    world.wake()
    assert lane(world).deadline == world.now + Settings(1).exit_limit
    assert of(world.pass_time(Settings(1).exit_limit), messages.Signal) == [messages.Signal(0, force=False)]


def test_no_worker_starts_for_tasks_that_are_being_cancelled() -> None:
    world = on_demand(workers=2)
    world.submit(1)
    everybody_works(world)
    world.submit(3)
    world.wake()
    world.start(cause=NO_PROCESS)
    world.wake()
    world.now += 5.0  # a start would be tried again now
    world.request(ShutdownLevel.CANCEL)
    assert not of(world.wake(), messages.Start)
