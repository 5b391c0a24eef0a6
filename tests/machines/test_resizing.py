"""Another number of workers: who leaves, who stays, what becomes of tasks that were sent ahead."""

from __future__ import annotations

import random

import pytest

from checkedpool._core import messages
from tests.machines import rules, test_quick_plan
from tests.machines.stories import begin, ends, everybody_works, lane, of, on_demand
from tests.machines.story import Story
from tests.machines.test_random_stories import WEIGHTS
from tests.machines.world import World


def at_work(workers: int, tasks: int) -> World:
    """All workers have come and have begun a task; the other tasks are sent ahead of them."""
    world = on_demand(workers=workers, replace=True)
    world.submit(tasks)
    for _ in range(workers):
        world.wake()
        world.start()
    world.wake()
    world.boot_all()
    world.wake()
    for number in range(workers):
        begin(world, number)
    return world


def resize(world: World, count: int) -> list[messages.Command]:
    world.inbox.append(messages.Resized(count))
    return world.wake()


def test_a_pool_that_grows_starts_workers_for_what_waits() -> None:
    world = at_work(workers=1, tasks=4)
    assert of(resize(world, 3), messages.Start) == [messages.Start(1)]
    everybody_works(world)
    assert ends(world) == ["value"] * 4
    assert len(of(world.commands, messages.Start)) == 3


def test_a_pool_that_grows_without_work_starts_nothing() -> None:
    world = at_work(workers=1, tasks=1)
    assert not of(resize(world, 3), messages.Start)


def test_of_too_many_the_idle_leave_at_once() -> None:
    world = at_work(workers=3, tasks=3)
    world.lanes[1].finish()
    world.wake()
    assert of(resize(world, 2), messages.Leave) == [messages.Leave(1)]


def test_who_is_busy_finishes_its_task_and_what_was_sent_ahead_of_it_runs_elsewhere() -> None:
    world = at_work(workers=2, tasks=6)
    resize(world, 1)
    going = lane(world, 1)
    assert (going.limit, going.queued, len(going.issued)) == (0, (), 1)
    everybody_works(world)
    assert ends(world) == ["value"] * 6
    assert len(of(world.commands, messages.Start)) == 2
    assert [*world.manager.lanes] == [0]


def test_a_canceller_at_its_tickets_holds_up_nothing_for_ever() -> None:
    world = at_work(workers=2, tasks=6)
    fake = world.lanes[1]
    fake.held = True
    resize(world, 1)
    fake.held = False
    world.inbox.append(messages.RevokedByCanceller(1))
    everybody_works(world)
    assert ends(world) == ["value"] * 6
    assert [*world.manager.lanes] == [0]


def test_none_comes_before_one_too_many_has_gone() -> None:
    world = at_work(workers=2, tasks=2)
    resize(world, 1)
    world.submit(4)
    assert not of(resize(world, 2), messages.Start)
    everybody_works(world)
    assert ends(world) == ["value"] * 6
    assert len(world.manager.lanes) <= 2


def test_a_copy_is_told_apart_by_its_number() -> None:
    world = at_work(workers=1, tasks=1)
    twin = world.manager.copy()
    world.manager.step([messages.Resized(5)])
    assert twin.key() != world.manager.key()


def test_stories_of_chance_with_other_numbers_come_to_their_end(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(7)

    def resized(story: Story, number: int) -> None:
        if story.world.settings.on_demand and not story.world.manager.finished:
            story.world.inbox.append(messages.Resized(1 + number % 4))

    monkeypatch.setattr(test_quick_plan, "WEIGHTS", {**WEIGHTS, resized: 4})
    monkeypatch.setattr(rules, "the_order_is_kept", lambda _fake: None)  # that is of pools of one worker for good
    for seed in range(300):
        test_quick_plan.tell(seed + chance.randrange(10))
