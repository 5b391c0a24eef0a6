"""max_tasks_per_child: what counts as a task, when a worker is let go, and when its successor starts."""

from __future__ import annotations

from checkedpool._core import messages
from checkedpool._core.worker_record import Phase
from checkedpool_spec.vocabulary import ShutdownLevel
from tests.machines.rules import all_is_over
from tests.machines.stories import begin, everybody_works, lane, of, on_demand, work_off
from tests.machines.world import World


def limited(limit: int, tasks: int, workers: int = 1) -> World:
    world = on_demand(workers=workers, limit=limit)
    world.submit(tasks)
    world.wake()
    while world.starting:
        world.start()
        world.wake()
    world.boot_all()
    return world


def test_a_worker_is_given_no_more_tasks_than_its_limit() -> None:
    world = limited(limit=3, tasks=10)
    assert lane(world).given == 3
    assert len(world.manager.pending) == 7


def test_it_leaves_after_its_last_answer() -> None:
    world = limited(limit=2, tasks=3)
    assert not of(work_off(world, 1), messages.Leave)
    assert of(work_off(world, 1), messages.Leave) == [messages.Leave(0)]
    assert lane(world).phase is Phase.LEAVING


def test_it_stays_when_it_has_not_reached_its_limit() -> None:
    world = limited(limit=3, tasks=2)
    assert not of(work_off(world, 2), messages.Leave)
    world.submit(1)
    world.wake()
    assert of(work_off(world, 1), messages.Leave) == [messages.Leave(0)]


def test_its_successor_starts_when_all_that_belongs_to_it_is_closed() -> None:
    world = limited(limit=1, tasks=2)
    work_off(world, 1)
    assert not world.starting
    world.lanes[0].take()
    commands = world.wake()
    assert [type(command) for command in commands if isinstance(command, messages.Close | messages.Start)] == [
        messages.Close,
        messages.Start,
    ]


def test_without_demand_it_has_no_successor() -> None:
    world = limited(limit=1, tasks=1)
    work_off(world, 1)
    world.lanes[0].take()
    assert not of(world.wake(), messages.Start)
    assert not world.manager.lanes


def test_a_ticket_that_was_read_back_does_not_count() -> None:
    world = limited(limit=3, tasks=3)
    begin(world)
    world.cancel(1)
    world.wake()
    assert lane(world).given == 2
    world.submit(1)
    world.wake()
    assert lane(world).given == 3
    everybody_works(world)
    assert [task.end for task in world.tasks.values()] == ["value", "cancelled", "value", "value"]


def test_workers_are_replaced_after_a_shutdown_that_drains() -> None:
    world = limited(limit=2, tasks=9, workers=2)
    world.request(ShutdownLevel.DRAIN)
    everybody_works(world)
    all_is_over(world)
    assert all(task.end == "value" for task in world.tasks.values())
    assert len(of(world.commands, messages.Start)) >= 5


def test_nothing_is_stolen_for_a_worker_that_may_have_no_more() -> None:
    world = limited(limit=2, tasks=4, workers=2)
    begin(world, 0)
    commands = work_off(world, 2, number=1)
    assert not of(commands, messages.Revoke)
    assert of(commands, messages.Leave) == [messages.Leave(1)]
