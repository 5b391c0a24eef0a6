"""A task is stopped: its worker is ended when it runs nothing else, nobody dies of it, and another worker comes."""

from __future__ import annotations

import pytest

from checkedpool._core import messages
from checkedpool._core.messages import Death, When
from checkedpool._core.worker_record import Force
from checkedpool_spec.vocabulary import ShutdownLevel
from tests.machines.rules import all_is_over
from tests.machines.stories import begin, ends, everybody_works, lane, of, on_demand
from tests.machines.world import World

both_policies = pytest.mark.parametrize("replace", [False, True], ids=["break", "replace"])


def running(tasks: int = 1, *, workers: int = 1, replace: bool = False) -> World:
    """So many tasks were dealt, and each worker has begun one."""
    world = on_demand(workers, replace=replace)
    world.submit(tasks)
    world.wake()
    for number in range(min(workers, tasks)):
        world.start()
        world.wake()
        world.lanes[number].boot()
        world.wake()
    for number in range(min(workers, tasks)):
        begin(world, number)
    world.wake()
    return world


def signals(world: World) -> list[bool]:
    """Of each signal that was sent whether it is SIGKILL."""
    return [signal.force for signal in of(world.commands, messages.Signal)]


@both_policies
def test_a_worker_that_is_stopped_at_its_task_has_not_died(replace: bool) -> None:
    """C-111, C-112."""
    world = running(replace=replace)
    assert world.stop(0)
    world.wake()
    assert signals(world) == [False]
    world.lanes[0].die(-15)
    world.wake()
    assert ends(world) == ["cancelled"]
    assert not world.broken
    assert not of(world.commands, messages.Fail)


@both_policies
def test_what_was_sent_ahead_runs_in_another_worker(replace: bool) -> None:
    """C-112: no signal is sent before its ticket is back."""
    world = running(3, replace=replace)
    assert lane(world).outstanding == 3
    world.stop(0)
    kinds = [type(command) for command in world.wake()]
    assert kinds.index(messages.Revoke) < kinds.index(messages.Signal)
    assert messages.Issue not in kinds
    world.lanes[0].die(-15)
    everybody_works(world)
    assert ends(world) == ["cancelled", "value", "value"]
    world.request(ShutdownLevel.DRAIN)
    everybody_works(world)
    all_is_over(world)


def test_a_worker_that_has_answered_meanwhile_is_left_alone() -> None:
    """Its answer is read at the same waking: nothing is left that could be stopped."""
    world = running(2)
    world.inbox.append(messages.StopRequested(0, force=False))
    world.lanes[0].finish()
    world.wake()
    assert signals(world) == []
    assert lane(world).stop is None
    assert ends(world)[0] == "value"


def test_a_worker_that_runs_the_next_task_is_left_alone() -> None:
    """The answer to what is to be stopped is still on its way."""
    world = running(2)
    fake = world.lanes[0]
    fake.late = True
    fake.finish()
    begin(world)
    world.stop(0)
    world.wake()
    assert signals(world) == []
    fake.late = False
    everybody_works(world)
    assert ends(world) == ["cancelled", "value"]


def test_of_two_tasks_of_one_worker_the_later_one_is_stopped() -> None:
    world = running(2)
    fake = world.lanes[0]
    fake.late = True
    fake.finish()
    begin(world)
    world.stop(1)
    world.stop(0)
    world.wake()
    assert lane(world).stop == 1
    assert signals(world) == [False]


def test_a_kill_after_a_terminate_is_a_kill() -> None:
    world = running()
    world.inbox += [messages.StopRequested(0, force=False), messages.StopRequested(0, force=True)]
    world.wake()
    assert signals(world) == [True]
    assert lane(world).force is Force.KILL


def test_a_worker_that_ignores_sigterm_is_killed_after_the_limit() -> None:
    """C-111."""
    world = running()
    world.lanes[0].stubborn = True
    world.stop(0)
    world.wake()
    world.pass_time(world.settings.terminate_limit)
    assert signals(world) == [False, True]


def test_a_caller_who_was_interrupted_leaves_the_end_to_the_manager() -> None:
    """C-114: he has asked, and has not ended the future."""
    world = running()
    world.inbox.append(messages.StopRequested(0, force=True))
    world.wake()
    world.lanes[0].die(-9)
    world.wake()
    assert ends(world) == ["cancelled"]
    assert not world.broken


@both_policies
def test_a_worker_that_ends_by_itself_with_the_wish_or_after_it_has_not_died(replace: bool) -> None:
    """C-112: whatever came first, it was known before the death was charged."""
    world = running(2, replace=replace)
    world.inbox.append(messages.StopRequested(0, force=False))
    world.lanes[0].die(-11)
    everybody_works(world)
    assert ends(world) == ["cancelled", "value"]
    assert not world.broken
    assert signals(world) == []


def test_a_worker_whose_death_was_charged_before_has_died() -> None:
    """C-112."""
    world = running(replace=True)
    world.lanes[0].die(-11)
    world.wake()
    world.inbox.append(messages.StopRequested(0, force=False))
    world.wake()
    assert ends(world) == ["broken"]
    assert world.tasks[0].death == Death(0, -11, When.TASK, 0)


def test_no_worker_is_started_for_a_task_that_is_stopped() -> None:
    """C-67: its worker is ended, and nothing else waits."""
    world = running(workers=2)
    world.stop(0)
    world.wake()
    assert signals(world) == [False]
    assert len(of(world.commands, messages.Start)) == 1


@pytest.mark.parametrize("answers", [False, True], ids=["ignores SIGTERM", "answers all the same"])
def test_a_new_task_waits_for_no_worker_that_is_being_ended(answers: bool) -> None:
    """C-112: another one may exist beside it."""
    world = running(workers=2)
    world.lanes[0].stubborn = True
    world.stop(0)
    world.wake()
    if answers:
        world.lanes[0].finish()
        world.wake()
    world.submit()
    world.wake()
    assert len(of(world.commands, messages.Start)) == 2
    everybody_works(world)
    assert ends(world)[1] == "value"


def test_a_signalled_worker_that_answers_before_it_dies_costs_nobody_anything() -> None:
    """C-78, C-112."""
    world = running()
    world.inbox.append(messages.StopRequested(0, force=False))
    world.wake()
    world.lanes[0].finish()
    world.wake()
    world.submit()
    world.wake()
    assert not of(world.commands, messages.Issue)[1:]
    world.lanes[0].die(-15)
    everybody_works(world)
    assert ends(world) == ["value", "value"]
    assert not world.broken


def test_what_is_queued_for_a_signalled_worker_goes_elsewhere_although_it_answers_before_it_dies() -> None:
    """C-112: its ticket could not be issued, since a canceller held the lock."""
    world = running()
    fake = world.lanes[0]
    fake.held = True
    world.submit()
    world.wake()
    assert lane(world).queued
    world.inbox.append(messages.StopRequested(0, force=False))
    world.wake()
    fake.held = False
    world.pass_time(0.1)
    world.wake()
    assert signals(world) == [False]
    fake.finish()
    world.wake()
    assert not of(world.commands, messages.Issue)[2:], "the one that was begun, the one that could not be issued"
    fake.die(-15)
    everybody_works(world)
    assert ends(world) == ["value", "value"]


def test_a_task_that_is_nowhere_is_not_stopped() -> None:
    world = running()
    world.inbox.append(messages.StopRequested(7, force=True))
    world.wake()
    assert signals(world) == []
