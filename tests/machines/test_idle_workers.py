"""idle_timeout and min_workers: which idle worker is let go when; and that it owes nothing then."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

import pytest

from checkedpool._core import messages
from checkedpool._core.idle_workers import IdleWorkers, LettingManager
from checkedpool._core.manager import Manager, Settings
from checkedpool._core.messages import Command, WorkerNo
from checkedpool._core.worker_record import Phase
from checkedpool._fast.dispatch_rules import LendingManager
from checkedpool_spec.vocabulary import DeathPolicy, ShutdownLevel
from tests.machines import test_quick_plan
from tests.machines.rules import all_is_over, watch
from tests.machines.stories import begin, ends, everybody_works, lane, of
from tests.machines.story import Beginning
from tests.machines.world import World

LIMIT = 10.0
STORIES = range(200)


class LettingLending(LettingManager, LendingManager):
    """As the rooms of a default pool have it, without the quick rules."""


class IdleWorld(World):
    """A pool whose idle workers leave."""

    manager_type: ClassVar[type[Manager]] = LettingLending


def pool(workers: int = 2, least: int = 0, *, replace: bool = False) -> World:
    """Such a pool, without workers yet."""
    policy = DeathPolicy.REPLACE if replace else DeathPolicy.BREAK
    settings = Settings(workers, policy, idle_timeout=LIMIT, min_workers=least, patience=1_000.0)
    world = watch(IdleWorld(settings))
    world.wake()
    return world


def idle(workers: int = 2, least: int = 0, *, replace: bool = False) -> World:
    """All workers have come, each for a task that it holds up; then all tasks are done."""
    world = pool(workers, least, replace=replace)
    world.submit(workers)
    for _ in range(workers):
        world.wake()
        world.start()
    world.wake()
    world.boot_all()
    for number in range(workers):
        begin(world, number)
        world.lanes[number].finish()
    world.wake()
    assert len(world.manager.lanes) == workers
    return world


def leaves(commands: list[Command]) -> list[WorkerNo]:
    return [command.lane for command in of(commands, messages.Leave)]


def test_it_leaves_when_it_has_been_idle_for_so_long_and_not_before() -> None:
    """C-158."""
    world = idle(workers=1)
    assert world.deadline() == world.now + LIMIT
    assert leaves(world.pass_time(LIMIT - 0.5)) == []
    assert leaves(world.pass_time(0.5)) == [0]
    assert lane(world).phase is Phase.LEAVING
    everybody_works(world)
    assert not world.manager.lanes
    assert not world.broken


def test_it_comes_again_when_there_is_a_task() -> None:
    """C-158."""
    world = idle(workers=1)
    world.pass_time(LIMIT)
    everybody_works(world)
    world.submit()
    everybody_works(world)
    assert ends(world) == ["value", "value"]
    assert len(of(world.commands, messages.Start)) == 2


def test_a_task_that_comes_while_it_leaves_waits_for_another_one() -> None:
    """C-158, C-66: who leaves counts until it has ended."""
    world = idle(workers=1)
    world.pass_time(LIMIT)
    world.submit()
    assert not of(world.wake(), messages.Start)
    everybody_works(world)
    assert ends(world) == ["value", "value"]


def test_any_answer_begins_its_time_anew() -> None:
    """C-158: also one that is heard together with the task, since a client has issued that by itself."""
    world = idle(workers=1)
    world.pass_time(LIMIT - 1)
    task = world.publish()
    world.look_again(task)
    assert world.issue_alone(task)
    begin(world)
    world.lanes[0].finish()
    assert leaves(world.pass_time(1)) == []
    assert world.deadline() == world.now + LIMIT


def test_who_is_at_work_stays_however_long() -> None:
    """C-158."""
    world = idle(workers=2)
    world.submit()
    world.wake()
    begin(world, 0)
    assert leaves(world.pass_time(2 * LIMIT)) == [1]
    assert leaves(world.pass_time(LIMIT)) == []
    world.lanes[0].finish()
    assert leaves(world.wake()) == []
    assert leaves(world.pass_time(LIMIT)) == [0]


def test_of_two_the_one_leaves_that_has_been_idle_for_longer() -> None:
    """C-159."""
    world = idle(workers=2, least=1)
    world.now += 1
    world.submit()
    world.wake()
    begin(world, 0)
    world.lanes[0].finish()
    world.wake()
    assert leaves(world.pass_time(LIMIT)) == [1]


def test_as_many_stay_as_must_and_the_manager_sleeps_on() -> None:
    """C-159: nothing that has to be waited for is a deadline."""
    world = idle(workers=3, least=2)
    assert len(leaves(world.pass_time(5 * LIMIT))) == 1
    everybody_works(world)
    assert len(world.manager.lanes) == 2
    assert world.deadline() == float("inf")
    assert leaves(world.pass_time(50 * LIMIT)) == []


def test_who_is_at_work_is_one_of_those_that_stay() -> None:
    """C-159."""
    world = idle(workers=2, least=1)
    world.submit()
    world.wake()
    begin(world, 0)
    assert leaves(world.pass_time(LIMIT)) == [1]


def test_none_leaves_for_which_another_one_would_have_to_come() -> None:
    """C-158: a call is being pickled."""
    world = idle(workers=1)
    world.submit(deferred=True)
    world.wake()
    assert leaves(world.pass_time(2 * LIMIT)) == []
    world.do_job()
    everybody_works(world)
    assert ends(world) == ["value", "value"]
    assert len(of(world.commands, messages.Start)) == 1


def test_a_worker_that_boots_is_not_idle() -> None:
    """C-158: its time begins when it is ready."""
    world = pool(workers=1)
    (task,) = world.submit()
    world.wake()
    world.start()
    world.wake()
    assert world.cancel(task)
    assert leaves(world.pass_time(2 * LIMIT)) == []
    world.boot_all()
    assert leaves(world.pass_time(LIMIT)) == [0]


def test_one_that_dies_idle_is_a_death_and_one_that_was_let_go_is_none() -> None:
    """C-158, C-76."""
    world = idle(workers=2)
    world.pass_time(LIMIT)
    world.lanes[0].die(-9)
    world.wake()
    assert not world.broken
    other = idle(workers=1)
    other.lanes[0].die(-9)
    other.wake()
    assert other.broken


def test_an_order_to_leave_that_a_canceller_takes_along_is_given_again() -> None:
    """C-158."""
    world = idle(workers=1)
    world.pass_time(LIMIT)
    world.lanes[0].sort_back(world.unclaimed)
    world.inbox.append(messages.RevokedByCanceller(0))
    assert leaves(world.wake()) == [0]
    everybody_works(world)
    assert not world.manager.lanes


@pytest.mark.parametrize("level", list(ShutdownLevel)[1:], ids=lambda level: level.name)
def test_a_pool_ends_whoever_was_let_go(level: ShutdownLevel) -> None:
    """C-158, C-50."""
    world = idle(workers=2)
    world.submit()
    world.wake()
    world.pass_time(LIMIT)
    world.request(level)
    world.wake()
    assert world.manager.deadline() is not None or not world.manager.lanes or level <= ShutdownLevel.CANCEL
    for fake in list(world.lanes.values()):
        if fake.doomed is not None:
            fake.die(fake.doomed)
    everybody_works(world)
    all_is_over(world)


def test_a_copy_goes_on_by_itself_and_its_key_says_since_when() -> None:
    world = idle(workers=1)
    twin = world.manager.copy()
    assert twin.key() == world.manager.key()
    world.pass_time(LIMIT)
    assert isinstance(twin, LettingManager)
    assert twin.idle.since != {}
    assert twin.key() != world.manager.key()


def test_the_times_are_data() -> None:
    """The oldest of those whose time has come, and no more than can be spared."""
    one = IdleWorkers(LIMIT, 0)
    one.since = {3: 0.0, 1: 1.0, 2: 5.0}
    assert one.deadline(spare=1) == LIMIT
    assert one.deadline(spare=0) is None
    assert one.go(spare=5, now=LIMIT + 1) == [3, 1]
    assert one.go(spare=1, now=LIMIT + 1) == [3]
    assert one.go(spare=-1, now=LIMIT + 1) == []


@pytest.fixture
def _in_stories(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stories of chance are told of pools in which idle workers leave after a second, if workers can come again."""
    monkeypatch.setattr(World, "manager_type", LettingLending)
    monkeypatch.setattr(test_quick_plan, "Beginning", partial(Beginning, idle_timeout=1.0))


@pytest.mark.usefixtures("_in_stories")
def test_stories_of_chance_come_to_their_end_with_idle_workers_that_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    """C-158: the rules of every story hold, and some worker is let go as idle in them."""
    gone: list[WorkerNo] = []
    go = IdleWorkers.go

    def noted(self: IdleWorkers, spare: int, now: float) -> list[WorkerNo]:
        found = go(self, spare, now)
        gone.extend(found)
        return found

    monkeypatch.setattr(IdleWorkers, "go", noted)
    test_quick_plan.tell_all(STORIES)
    assert len(gone) > 10
