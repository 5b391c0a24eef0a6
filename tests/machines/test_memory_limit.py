"""max_memory_per_child: a worker that says that its memory is over the limit is let go when its answer was heard."""

from __future__ import annotations

import pytest

from checkedpool._core import messages
from checkedpool._core.tables import IllegalStep
from checkedpool._core.worker_record import Phase
from checkedpool_spec.vocabulary import ShutdownLevel
from tests.machines.rules import all_is_over
from tests.machines.stories import begin, ends, everybody_works, lane, of, on_demand, with_a_full_worker


def test_it_leaves_after_its_answer() -> None:
    world = with_a_full_worker()
    assert not of(world.wake(), messages.Leave)
    world.lanes[0].finish()
    assert of(world.wake(), messages.Leave) == [messages.Leave(0)]
    assert lane(world).phase is Phase.LEAVING


def test_it_is_dealt_nothing_more() -> None:
    world = with_a_full_worker(tasks=3)
    world.lanes[0].finish()
    commands = world.wake()
    assert not of(commands, messages.Send)
    assert not of(commands, messages.Lend)
    everybody_works(world)
    assert ends(world) == ["value"] * 3
    assert len(of(world.commands, messages.Start)) == 2


def test_without_demand_it_has_no_successor() -> None:
    world = with_a_full_worker(tasks=1)
    world.lanes[0].finish()
    everybody_works(world)
    assert len(of(world.commands, messages.Start)) == 1
    assert not world.manager.lanes


def test_a_death_before_its_answer_is_a_death() -> None:
    world = with_a_full_worker()
    world.lanes[0].die(-9)
    everybody_works(world)
    assert ends(world) == ["broken", "value"]
    first = world.tasks[0].death
    assert first is not None
    assert first.when is messages.When.TASK


def test_others_stay() -> None:
    world = on_demand(workers=2, window=1)
    world.submit(4)
    world.wake()
    while world.starting:
        world.start()
        world.wake()
    world.boot_all()
    begin(world, 0)
    begin(world, 1)
    world.lanes[1].fill()
    world.lanes[0].finish()
    world.lanes[1].finish()
    assert of(world.wake(), messages.Leave) == [messages.Leave(1)]


def test_the_pool_ends_with_a_full_worker() -> None:
    world = with_a_full_worker()
    world.request(ShutdownLevel.DRAIN)
    everybody_works(world)
    all_is_over(world)
    assert ends(world) == ["value", "value"]


def test_only_a_worker_that_takes_tickets_can_say_so() -> None:
    world = on_demand(workers=1, window=1)
    world.submit()
    world.wake()
    with pytest.raises(IllegalStep):
        world.manager.step([messages.Filled(0)])
